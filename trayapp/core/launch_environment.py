"""The environment of a server: quiet logs, no telemetry, the right GPUs, compilers found."""

from typing import TYPE_CHECKING

from trayapp.core.allowed_hosts import ALLOWED_HOSTS, allowed_hosts

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.machine import Gpu, VllmInstall
    from trayapp.core.settings import Settings

_PATH_WHEN_UNKNOWN = "/usr/local/bin:/usr/bin:/bin"

KEY = "VLLM_API_KEY"
"""The key that clients must know. In the environment, since arguments can be read by every user of the computer."""

DEVELOPER_MODE = "VLLM_SERVER_DEV_MODE"
"""Adds paths to the server that no key guards: to put it to sleep, to reset it, to run things in its workers."""

CPU_SPACE = "VLLM_CPU_KVCACHE_SPACE"
"""GiB of RAM for the KV cache of a CPU build."""


def launch_environment(
    settings: "Settings",
    install: "VllmInstall",
    model: "FoundModel",
    gpus: "tuple[Gpu, ...]",
    *,
    one_of_several: bool,
    cpu_space_gib: int | None,
    search_path: str,
) -> dict[str, str]:
    """Return what is added to the app's own environment; the user's own entries win."""
    environment = {
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        # Otherwise vLLM finds its own address by a socket to a public name server, and its parts speak to each other by
        # the address of the network, which changes with the network.
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        ALLOWED_HOSTS: allowed_hosts(settings),
    }
    version = install.version
    if version.at_least(0, 12, 0):  # newer versions warn about VLLM_ names that they do not know
        environment["VLLM_LOGGING_COLOR"] = "0"
    if version.at_least(0, 16, 0):
        environment["VLLM_DISABLE_LOG_LOGO"] = "1"
    folder = install.executable.rpartition("/")[0]
    if folder:
        # Kernels are compiled by programs (ninja) that stand beside the executable, which is started by its path.
        environment["PATH"] = f"{folder}:{search_path or _PATH_WHEN_UNKNOWN}"
    if model.complete:
        environment["HF_HUB_OFFLINE"] = "1"
    if gpus:
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order in which NVML counts
        if one_of_several:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(str(gpu.index) for gpu in gpus)
    if cpu_space_gib is not None:
        environment[CPU_SPACE] = str(cpu_space_gib)
    return environment | dict(settings.environment)
