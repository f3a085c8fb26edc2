"""Rules for this computer: its memory, disk and limits, the installation, and how the processes ended."""

import re

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule, Scene

_SHARED_MEMORY = re.compile(
    r"dev/shm|SemLock|shared_memory|SharedMemory|shm_open|multiprocessing/(?:queues|synchron|context)"
)


def _disk_or_shared_memory(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return which of the two is full: the kernel has one error for both."""
    if _SHARED_MEMORY.search(scene.around(line, before=8, after=2)):
        return Cause.SHM_TOO_SMALL, True
    return Cause.DISK_FULL, True


def _waits_for_long(scene: Scene, _line: int) -> tuple[Cause, bool] | None:
    """Return a hang when the line has come for three minutes (once a minute); once is normal while compiling."""
    return (Cause.STARTUP_HANG, True) if scene.count("broadcast_wait") >= 3 else None


RULES = (
    # --- memory of the computer
    Rule(
        Cause.HOST_RAM_OOM_KILLED,
        (
            "Out of memory: Killed process",
            "Memory cgroup out of memory",
            "oom-kill:",
            "oom_reaper",
            "node running low on memory",
            "memory pressure (OOM)",
            "exceeds the memory usage threshold",  # Ray, which ends workers before the kernel does
            "DefaultCPUAllocator: can't allocate memory",
            "DefaultCPUAllocator: not enough memory",
            "std::bad_alloc",
        ),
    ),
    Rule(Cause.HOST_RAM_OOM_KILLED, ("MemoryError", "Cannot allocate memory"), unless="CUDA|cuda", rank=Rank.VAGUE),
    # Ended by signal 9: the kernel for want of memory, or somebody's hand. The log cannot tell.
    Rule(
        Cause.HOST_RAM_OOM_KILLED,
        ("exit code: -9", "': -9", "code -9", "code 137", 'ExitCode": 137', "Killed"),
        also=r"exit code: -9\b|': -9[,}]|code -9\b|code 137\b|137\b|(?m:^(?:.{0,60}?\d+ )?Killed(?: .*)?$)",
        near=(0, 0),
        rank=Rank.AFTERMATH,
        any_level=True,
    ),
    # --- files and limits
    Rule(
        Cause.DISK_FULL,
        ("No space left on device", "os error 28"),
        decide=_disk_or_shared_memory,
        any_level=True,
        rank=Rank.VAGUE,
    ),
    Rule(
        Cause.DISK_FULL,
        ("Not enough free disk space to download", "free disk space", "Disk quota exceeded"),
        also=r"[Nn]ot enough|only has|quota|while |required",
        any_level=True,
        figures=(r"only has (?P<free_mib>[\d.]+) MB free disk", r"size of (?P<needed_mib>[\d.]+) MB"),
    ),
    Rule(
        Cause.SHM_TOO_SMALL,
        (
            "Insufficient space in /dev/shm",
            "creating shared memory segment /dev/shm",
            "shared memory segment /dev/shm",
            "unable to open shared memory object",
            "unable to mmap",
            "insufficient shared memory (shm)",
            "Bus error",
            "': -7",
        ),
        unless=r"': -7\d",
        near=(0, 0),
        figures=(r"\b(?P<needed_mib>\d{1,9}) MiB required, (?P<free_mib>\d+) MiB free",),
    ),
    Rule(Cause.TOO_MANY_OPEN_FILES, ("Too many open files",), unless="Found ulimit of", near=(0, 0)),
    # --- the installation
    Rule(
        Cause.MISSING_COMPILER_FOR_JIT,
        (
            "Failed to find C compiler",
            "Python.h: No such file",
            "Could not find nvcc",
            "No such file or directory: 'nvcc'",
            "/nvcc'",
            "nvcc: not found",
            "nvcc: command not found",
            "Ninja is required to load C++ extensions",
            "No such file or directory: 'ninja'",
            "CUDA_HOME environment variable is not set",
            "No working C++ compiler found",
            "Please specify via CC environment variable",
        ),
        unless=r"FlashInfer kernels are disabled",
        near=(0, 0),
        figures=(r"(?P<tool>nvcc|ninja|Python\.h|C compiler|C\+\+ compiler)",),
    ),
    Rule(Cause.MISSING_COMPILER_FOR_JIT, ("Ninja build failed", "ninja: build stopped"), rank=Rank.VAGUE),
    Rule(
        Cause.MISSING_COMPILER_FOR_JIT,
        ("CalledProcessError: Command '[",),
        also=r"cuda_utils\.c|triton_launcher|(?:gcc|clang|tcc|/cc)(?:\.exe)?'",
        near=(0, 0),
        rank=Rank.VAGUE,
    ),
    # A path of the compiler that begins with ":" comes from a malformed CUDA_HOME.
    Rule(Cause.MISSING_COMPILER_FOR_JIT, ("bin/nvcc ",), also=r"(?:^|[\s\]]):/\S{0,300}bin/nvcc", near=(0, 0)),
    Rule(
        Cause.TORCH_ABI_MISMATCH,
        (
            "undefined symbol",
            "No module named 'vllm._C'",
            "'_OpNamespace' '_C",
            "operator torchvision::nms does not exist",
            "No package metadata was found for vllm",
            "version `GLIBC",
            "compiled using NumPy 1.x cannot be run in",
        ),
        rank=Rank.CAUSE,
        any_level=True,
        figures=(r"undefined symbol: (?P<symbol>\w+)",),
    ),
    Rule(Cause.OWN_MODULE_NOT_FOUND, ("No module named 'vllm_tray_own_names'",)),
    Rule(
        Cause.TORCH_ABI_MISMATCH,
        ("Failed to import from vllm._C", "cannot open shared object file", "ModuleNotFoundError: ", "ImportError: "),
        rank=Rank.AFTERMATH,
        figures=(r"No module named '(?P<module>[^']+)'",),
    ),
    Rule(
        Cause.PLATFORM_UNSUPPORTED_WINDOWS_NATIVE,
        ("uvloop does not support Windows", "No module named 'resource'"),
    ),
    # --- the course of the run
    Rule(
        Cause.STARTUP_TIMEOUT,
        ("Timed out waiting for engine core processes to start",),
        figures=(r"Waited (?P<waited_s>\d+)s",),
        rank=Rank.VAGUE,
    ),
    Rule(
        Cause.STARTUP_HANG,
        ("No available shared memory broadcast block",),
        rank=Rank.REQUEST,  # a process waits; when one has died, that is why
        any_level=True,
        decide=_waits_for_long,
    ),
    Rule(
        Cause.ENGINE_DEAD_AT_RUNTIME,
        (
            "died unexpectedly",
            "engine core exited unexpectedly",
            # V0 engines
            "Engine process (pid ",
            "MQLLMEngine is already dead",
            "Engine loop has died",
        ),
        rank=Rank.AFTERMATH,
    ),
    Rule(
        Cause.ENGINE_DEAD_WRAPPER_ONLY,
        (
            "ee root cause above",
            "See stack trace",
            "Engine core initialization failed",
            "EngineCore failed to start",
            "EngineCore encountered a",
            "EngineDeadError",
            "WorkerProc failed to start",
            "WorkerProc initialization failed",
            "Frontend process failed during engine core",
        ),
        rank=Rank.WRAPPER,
    ),
)
