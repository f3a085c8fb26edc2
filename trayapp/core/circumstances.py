"""What is known about an end beside the log: found by probes and the supervision, weighed in diagnosis.py."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.exits import Exit
    from trayapp.core.vllm_version import VllmVersion


@dataclass(frozen=True, slots=True)
class Clues:
    """What the kernel and the driver tell about an end; None: nobody looked, or they do not tell."""

    killed_for_memory: bool | None = None  # the kernel ended a process for want of RAM while the server ran
    killed_process: str | None = None  # its name, where the kernel's log can be read ("VLLM::EngineCor")
    gpu_lost: bool | None = None  # the driver no longer reaches a GPU that was there
    xid: int | None = None  # the last Xid in the kernel's log since the launch
    driver_replaced: bool | None = None  # the driver's library and kernel module differ in version
    disk_full: str | None = None  # a folder that vLLM writes to, on a full file system
    shared_memory_full: bool | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the log."""

    exit: "Exit | None" = None
    stopped_by_user: bool = False
    vllm_version: "VllmVersion | None" = None
    compute_capability: tuple[int, int] | None = None
    was_ready: bool = False
    clues: Clues = field(default_factory=Clues)
