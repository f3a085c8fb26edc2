"""What can make a model fit: one name for each way. Which of them would is memory_advice.py."""

from enum import StrEnum


class Way(StrEnum):
    """One change that helps, in the order in which they are told."""

    SHORTER_CONTEXT = "shorter_context"
    FREE_MEMORY = "free_memory"
    MORE_UTILIZATION = "more_utilization"
    FEWER_SEQUENCES = "fewer_sequences"
    FEWER_IMAGES = "fewer_images"
    EAGER = "eager"
    FP8_CACHE = "fp8_cache"
    OTHER_GPU = "other_gpu"
    SEVERAL_GPUS = "several_gpus"
    FOUR_BITS = "four_bits"
    SMALLER_MODEL = "smaller_model"
    OLLAMA = "ollama"
    REMOTE = "remote"
