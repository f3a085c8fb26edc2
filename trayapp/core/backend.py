"""The names of the places where a model can run."""

from enum import StrEnum


class Backend(StrEnum):
    """Where the model runs; the values are those of the setting `backend`."""

    VLLM = "vllm"  # vLLM on this computer, as a process of ours
    OLLAMA = "ollama"  # Ollama on this computer
    REMOTE = "remote"  # a server elsewhere that speaks OpenAI's interface
