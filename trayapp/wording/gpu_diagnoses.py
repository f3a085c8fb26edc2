"""The causes that lie in the GPU, its memory or its driver, in words. Used by diagnoses.py only.

A build of vLLM for the processor has some of them too; then it is the computer's memory that they are about.
"""

from trayapp.core.found_cause import Cause
from trayapp.wording.translation import _


def gpu_diagnoses() -> "dict[Cause, tuple[str, str, str]]":
    """Return title, explanation, and a sentence with figures for each of these causes."""
    return {
        Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN: (
            _("Not enough GPU memory for this context length"),
            _("What the model keeps of a conversation (KV cache) grows with the context length, and there is no room."),
            _("{max_model_len} tokens do not fit; about {estimated_max_model_len} do."),
        ),
        Cause.NO_MEMORY_FOR_CACHE_BLOCKS: (
            _("No GPU memory is left for conversations"),
            _("The model and its workspace fill all that vLLM may take; nothing is left for the text (KV cache)."),
            "",
        ),
        Cause.FREE_MEMORY_BELOW_UTILIZATION: (
            _("Other programs use the GPU's memory"),
            _("Less memory was free at the start than vLLM was told to take."),
            _("{free_bytes} of {total_bytes} were free, {wanted_bytes} were asked for."),
        ),
        Cause.CUDA_OOM_LOADING_WEIGHTS: (
            _("The model does not fit into the GPU's memory"),
            _("The memory was full before all weights were in: the model is too big, or other programs use the GPU."),
            _("{free_bytes} of {total_bytes} were free."),
        ),
        Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE: (
            _("The GPU's memory ran out while vLLM warmed up"),
            _("The model was loaded, but there was no room for its workspace (profiling, CUDA graphs)."),
            _("{free_bytes} of {total_bytes} were free."),
        ),
        Cause.CUDA_OOM_RUNTIME: (
            _("The GPU's memory ran out while answering"),
            _("Requests or another program needed more than vLLM had left free."),
            _("{free_bytes} of {total_bytes} were free."),
        ),
        Cause.MEMORY_PROFILING_RACE: (
            _("Another program freed GPU memory at the wrong moment"),
            _("vLLM was measuring how much is free and got a wrong result. A second try usually works."),
            "",
        ),
        Cause.MAMBA_BLOCKS_TOO_FEW: (
            _("Too many requests at once for this model"),
            _("Each request needs a fixed piece of GPU memory with this model (Mamba), and there are not enough."),
            _("{max_num_seqs} were asked for, there is room for {blocks}."),
        ),
        Cause.BF16_UNSUPPORTED: (
            _("This GPU cannot calculate in the model's format"),
            _("The number format of the model or the setting (dtype) does not work here; another one does."),
            _("The GPU is a {gpu}."),
        ),
        Cause.QUANTIZATION_UNSUPPORTED_ON_GPU: (
            _("This GPU cannot use this kind of compression"),
            _("The model's weights or its cache are compressed (quantization) in a way that needs a newer GPU."),
            _("The method is {method}."),
        ),
        Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY: (
            _("This vLLM no longer supports this GPU"),
            _("The installed build has no code for a GPU this old (compute capability). An older vLLM may."),
            "",
        ),
        Cause.GPU_TOO_NEW_FOR_BUILD: (
            _("This GPU is newer than the installed vLLM"),
            _("The installed build has no code for it yet. A newer vLLM has."),
            "",
        ),
        Cause.KERNEL_RESOURCE_LIMIT: (
            _("A calculation does not fit this GPU"),
            _("One of vLLM's programs for the GPU (kernel) needs more fast memory on the chip than this one has."),
            "",
        ),
        Cause.ILLEGAL_MEMORY_ACCESS: (
            _("A calculation on the GPU went wrong"),
            _("A program on the GPU reached for memory that is not its own: a fault of vLLM, a setting, or the GPU."),
            "",
        ),
        Cause.GPU_FELL_OFF_BUS_XID: (
            _("The GPU stopped working"),
            _("The driver lost it. That is the card, its power supply or the driver, not vLLM. Switch off and on."),
            _("The driver's number for it is Xid {xid}."),
        ),
        Cause.NO_GPU_VISIBLE: (
            _("vLLM does not see a GPU"),
            _("The driver is missing, or the GPU is not passed on to this system."),
            "",
        ),
        Cause.NVML_VERSION_MISMATCH: (
            _("The GPU's driver was updated"),
            _("The new one only works after a restart of the computer."),
            "",
        ),
        Cause.DRIVER_TOO_OLD: (
            _("The GPU's driver is too old for this vLLM"),
            _("A newer driver is needed, or a vLLM that was built for the older one."),
            "",
        ),
        Cause.DRIVER_CUDA_MISMATCH_803: (
            _("The GPU's driver and its libraries do not fit together"),
            _("This happens after an update without a restart, or with foreign driver files in the way (error 803)."),
            "",
        ),
        Cause.WSL_UVA_UNAVAILABLE: (
            _("A memory mode is switched off under WSL"),
            _("This part of vLLM needs pinned memory, which must be allowed on Windows (UVA)."),
            "",
        ),
        Cause.NCCL_ERROR: (
            _("The GPUs could not talk to each other"),
            _("The library that connects several GPUs (NCCL) failed."),
            "",
        ),
        Cause.TENSOR_PARALLEL_EXCEEDS_GPUS: (
            _("More GPUs were asked for than there are"),
            _("The model was to be split over several GPUs (tensor parallel size)."),
            _("{tensor_parallel_size} were asked for, {gpus} are there."),
        ),
    }


def cpu_diagnoses() -> "dict[Cause, tuple[str, str, str]]":
    """Return the same for the causes that a run on the processor shares."""
    return {
        Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN: (
            _("Not enough memory for this context length"),
            _("What the model keeps of a conversation (KV cache) grows with the context length, and there is no room."),
            _("{max_model_len} tokens do not fit; about {estimated_max_model_len} do."),
        ),
        Cause.NO_MEMORY_FOR_CACHE_BLOCKS: (
            _("No memory is left for conversations"),
            _("The model and its workspace fill all that vLLM may take; nothing is left for the text (KV cache)."),
            "",
        ),
        Cause.FREE_MEMORY_BELOW_UTILIZATION: (
            _("Other programs use the computer's memory"),
            _("Less memory was free at the start than vLLM was told to take."),
            _("{free_bytes} of {total_bytes} were free, {wanted_bytes} were asked for."),
        ),
    }
