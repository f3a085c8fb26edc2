"""What of a server is still there after all its processes have ended: its port, its place on the GPU.

Living processes are found in leftovers.py. Nothing is changed in here.
"""

from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.ports import find_port_problem

if TYPE_CHECKING:
    from collections.abc import Collection


def find_remains(host: str, port: int, pids: "Collection[int]", *, on_gpu: bool) -> tuple[Problem, ...]:
    """Return PORT_TAKEN when the port is not free, and GPU_IN_USE for each GPU on which the driver still lists a pid.

    pids are those that the server's processes had. Blocks: some milliseconds, and up to 0.2 s where there is a GPU.
    """
    found: list[Problem] = []
    port_problem = find_port_problem(host, port)
    if port_problem is not None and port_problem.kind is ProblemKind.PORT_TAKEN:
        found.append(port_problem)
    if on_gpu:
        from trayapp.probes.gpus import find_gpus

        for gpu in find_gpus().gpus:
            ours = [user for user in gpu.users if user.pid in pids]
            if ours:
                names = ", ".join(f"{user.name or 'vLLM'} ({user.pid})" for user in ours)
                used_bytes = sum(user.memory_bytes or 0 for user in ours)
                found.append(
                    Problem(ProblemKind.GPU_IN_USE, {"gpu": gpu.name, "users": names, "used_bytes": used_bytes})
                )
    return tuple(found)
