"""Rules for the GPU itself, its driver, and what it cannot do."""

import re

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule, Scene

_CAPABILITY = re.compile(r"(?:capability|sm_|compute_)[ =:]*(\d{1,2})\.?(\d)\b")
_XID = re.compile(r"Xid(?: \([^)]*\))?: (\d+)")
_SOFTWARE_XIDS = frozenset({13, 31, 43})
_HARDWARE_XIDS = frozenset({48, 61, 62, 63, 64, 74, 79, 92, 94, 95, 109, 110, 119, 120, 140, 143, 154})


def _too_old_or_too_new(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return which of two causes with the same words it is, by the GPU's compute capability."""
    capability = scene.compute_capability
    if capability is None:
        found = _CAPABILITY.search(scene.around(line, before=10, after=10))
        if found is None:
            return Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY, False
        capability = (int(found[1]), int(found[2]))
    # Builds of any version have code for 8.x and 9.0: who is below is too old, who is above too new.
    cause = Cause.GPU_TOO_NEW_FOR_BUILD if capability >= (9, 1) else Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY
    return cause, True


def _by_xid(scene: Scene, line: int) -> tuple[Cause, bool] | None:
    """Return what the number of an Xid means; 45 and others only say that something was cleaned up."""
    found = _XID.search(scene.around(line, before=0, after=0))
    number = int(found[1]) if found else 0
    if number in _HARDWARE_XIDS:
        return Cause.GPU_FELL_OFF_BUS_XID, True
    return (Cause.ILLEGAL_MEMORY_ACCESS, True) if number in _SOFTWARE_XIDS else None


RULES = (
    Rule(
        Cause.BF16_UNSUPPORTED,
        ("Bfloat16 is only supported on GPUs with compute capability", "does not support float16. Reason"),
        figures=(
            r"Your (?P<gpu>.{1,60}?) (?:GPU )?has compute capability (?P<compute_capability>\d+\.\d+)",
            r"model type '(?P<model_type>[^']+)' does not support float16",
        ),
    ),
    Rule(
        Cause.QUANTIZATION_UNSUPPORTED_ON_GPU,
        (
            "is not supported for the current GPU",
            "uantization scheme is not supported for",
            "fp8e4nv not supported in this architecture",
            "is not supported for quantization method",
            "FP8 KV cache is not supported by",
            "No valid attention backend found for",
            "is not valid for this configuration. Reason",
        ),
        figures=(
            r"quantization method (?P<method>[\w.-]+) is not supported",
            r"Min(?:imum)? capability: (?P<needed_capability>\d+)",
            r"Current capability: (?P<capability>\d+)",
        ),
    ),
    Rule(
        Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY,
        ("no kernel image is available",),
        decide=_too_old_or_too_new,
    ),
    Rule(
        Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY,
        ("is not compatible with the current PyTorch installation",),
        rank=Rank.VAGUE,  # only a warning; the crash that follows says more
        near=(3, 3),
        decide=_too_old_or_too_new,
    ),
    Rule(
        Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY,
        (
            "PyTorch no longer supports this GPU because it is too old",
            "FlashAttention only supports Ampere GPUs or newer",
            "only supports devices of CUDA Capability",
        ),
    ),
    Rule(Cause.GPU_TOO_NEW_FOR_BUILD, ("ptxas fatal",), also=r"is not defined for option|Value 'sm_\d+\w?' is not"),
    Rule(Cause.KERNEL_RESOURCE_LIMIT, ("OutOfResources: ", "out of resource: shared memory")),
    Rule(
        Cause.GPU_FELL_OFF_BUS_XID,
        ("Xid (", "Xid: "),
        decide=_by_xid,
        figures=(r"Xid(?: \([^)]*\))?: (?P<xid>\d+)",),
        figures_near=(0, 0),
    ),
    Rule(
        Cause.GPU_FELL_OFF_BUS_XID,
        ("fallen off the bus", "GPU is lost", "GSP RM heartbeat timed out", "GPU Reset Required"),
        figures=(r"Xid(?: \([^)]*\))?: (?P<xid>\d+)",),
        figures_near=(0, 0),
    ),
    Rule(
        Cause.MAX_LEN_EXCEEDS_MODEL,
        # Positions beyond the table of a model that was started with the check overridden.
        ("index out of bounds: 0 <= ",),
        also=r"< (?:\d{4,6})|cos_sin|rotary|position",
    ),
    Rule(
        Cause.ILLEGAL_MEMORY_ACCESS,
        (
            "illegal memory access was",
            "illegal instruction was",
            "unspecified launch failure",
            "misaligned address",
            "device-side assert triggered",
            "CUDA_ERROR_ILLEGAL_ADDRESS",
            "CUDA_ERROR_LAUNCH_FAILED",
        ),
        rank=Rank.VAGUE,  # a GPU that falls off the bus, or a full one, shows itself this way too
    ),
    Rule(
        Cause.NVML_VERSION_MISMATCH,
        ("river/library version mismatch", "NVML/RM version mismatch", "NVMLError_LibRmVersionMismatch"),
        any_level=True,
    ),
    Rule(
        Cause.DRIVER_TOO_OLD,
        (
            "NVIDIA driver on your system is too old",
            "unsatisfied condition: cuda",
            "Error 804",
            "CUDA driver version is insufficient for CUDA runtime version",
            "was compiled with an unsupported toolchain",
            "cudaErrorUnsupportedPtxVersion",
        ),
        figures=(r"found version (?P<driver_cuda_version>\d+)", r"cuda>=(?P<needed_cuda>[\d.]+)"),
    ),
    Rule(
        Cause.DRIVER_CUDA_MISMATCH_803,
        ("Error 803", "unsupported display driver / cuda driver combination"),
    ),
    Rule(
        Cause.NO_GPU_VISIBLE,
        (
            "Failed to infer device type",
            "NVML Shared Library Not Found",
            "No CUDA GPUs are available",
            "no CUDA-capable device is detected",
            "Found no NVIDIA driver on your system",
            "CUDA_ERROR_NO_DEVICE",
            "libcuda.so.1: cannot open shared object file",
            "libcuda.so: cannot open shared object file",
            "libcuda.so cannot found",
            "libnvidia-ml.so.1: cannot open shared object file",
            "could not select device driver",
            "CUDA unknown error",
        ),
        rank=Rank.VAGUE,  # a wrong driver hides the GPU as well, and says so in its own words
    ),
    Rule(Cause.NO_GPU_VISIBLE, ("No platform detected",), rank=Rank.VAGUE, any_level=True),
    # Said at debug level, and also by a build for the CPU, which is content with it.
    Rule(
        Cause.NO_GPU_VISIBLE,
        ("CUDA platform is not available because: NVML",),
        rank=Rank.REQUEST,
        any_level=True,
    ),
    Rule(Cause.WSL_UVA_UNAVAILABLE, ("UVA is not available",)),
    Rule(
        Cause.TENSOR_PARALLEL_EXCEEDS_GPUS,
        (
            "cannot be larger than the number of available GPUs",
            "is larger than the number of available GPUs",
            "number of required GPUs exceeds the total number of available",
            "less than than max local gpu count",
        ),
        figures=(
            r"(?:parallel size|[Ww]orld.size) \((?P<tensor_parallel_size>\d+)\)",
            r"(?:available GPUs|gpu count) \((?P<gpus>\d+)\)",
        ),
    ),
    Rule(
        Cause.NCCL_ERROR,
        ("NCCL error", "ncclSystemError", "ncclUnhandledCudaError", "ncclInternalError", "DistBackendError"),
        rank=Rank.VAGUE,
        # NCCL passes on what others found: their rules see those words themselves.
        unless=r"out of memory|/dev/shm",
        near=(2, 6),
    ),
)
