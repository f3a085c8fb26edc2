"""What would make a model fit, in words; which of them would is core/memory_advice.py."""

from typing import assert_never

from trayapp.core.ways import Way
from trayapp.wording.translation import _


def ways_words(ways: str) -> str:
    """Return the ways of a problem's value ("fewer_sequences,eager") as sentences."""
    return " ".join(way_words(Way(name)) for name in ways.split(",") if name)


def way_words(way: Way) -> str:
    """Return one way out as a sentence."""
    match way:
        case Way.SHORTER_CONTEXT:
            return _("Use a shorter context.")
        case Way.FEWER_SEQUENCES:
            return _("Allow fewer requests at once (max_num_seqs).")
        case Way.EAGER:
            return _("Switch CUDA graphs off (enforce_eager): slower, but smaller.")
        case Way.FP8_CACHE:
            return _("Keep the context in 8 bits (kv_cache_dtype fp8): half the size.")
        case Way.MORE_UTILIZATION:
            return _("Let vLLM take more of the GPU (gpu_memory_utilization).")
        case Way.FREE_MEMORY:
            return _("Close the programs that use the GPU.")
        case Way.FEWER_IMAGES:
            return _("Limit the images of a prompt: --limit-mm-per-prompt in the options for vLLM.")
        case Way.OTHER_GPU:
            return _("Use the other GPU of this computer, which has more free memory.")
        case Way.SEVERAL_GPUS:
            return _("Split the model over several GPUs (tensor_parallel_size).")
        case Way.FOUR_BITS:
            return _("Take a 4-bit variant of the model (AWQ or GPTQ): about a third of the size.")
        case Way.SMALLER_MODEL:
            return _("Take a smaller model.")
        case Way.OLLAMA:
            return _("Ollama can put a part of the model into the computer's own memory.")
        case Way.REMOTE:
            return _("Let a server in the network do the work.")
        case _:
            assert_never(way)
