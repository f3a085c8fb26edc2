"""What an environment of our own with a vLLM in it is called, and what says that it is whole. No files in here."""

RUNTIMES = "runtimes"
"""The folder under the user's data folder that holds one environment for each version and build of vLLM."""

COMPLETE = "vllm-tray-complete"
"""The file that an installation writes last. An environment without it was interrupted and is never used."""


def runtime_name(version: str, build: str) -> str:
    """Return the folder name of an environment: vllm-0.32.0-cpu for version "0.32.0" and build "cpu"."""
    return f"vllm-{version}-{build}"
