"""An environment of our own with a vLLM in it: its name, what says that it is whole, and the steps of making one.

No files and no processes in here: jobs/runtime_install.py makes them, probes/vllm_install.py finds them.
"""

from dataclasses import dataclass
from enum import StrEnum

COMPLETE = "vllm-tray-complete"
"""The file that stands in an environment from the moment it is whole. Without it, it is never used."""

INCOMPLETE = "vllm-tray-incomplete"
"""The file that stands in an environment while it is made: such a folder may be removed by the next installation."""

UNVERIFIED = "vllm-tray-unverified"
"""The file that stands beside COMPLETE until the self-test has passed: such an environment is not taken unasked."""

VERIFIED = "vllm-tray-verified"
"""What UNVERIFIED becomes. Environments of older versions of the app have neither, and are taken."""

CPU_VERSION = "0.32.0"
"""The version of the CPU build that is installed unless another is asked for: the one the tests run."""


def runtime_name(version: str, build: str) -> str:
    """Return the folder name of an environment: vllm-0.32.0-cpu for version "0.32.0" and build "cpu"."""
    return f"vllm-{version}-{build}"


class InstallStep(StrEnum):
    """The steps of an installation, in the order of appearance."""

    PREPARING = "preparing"  # a Python and an empty environment
    RESOLVING = "resolving"  # which packages in which versions
    DOWNLOADING = "downloading"  # passed over when all are in the cache
    UNPACKING = "unpacking"  # into the environment: what is fetched is unpacked as it comes
    WAITING = "waiting"  # the network is gone, or the index has a fault
    CHECKING = "checking"  # vLLM says its version
    TESTING = "testing"  # the self-test: it answers a question
    DONE = "done"


@dataclass(frozen=True, slots=True)
class InstallProgress:
    """How far an installation is. total_bytes grows as uv learns the sizes, in the first moments of the downloads.

    done_bytes falls when a connection breaks: a package that has not come whole is fetched anew.
    """

    step: InstallStep
    done_bytes: int = 0
    total_bytes: int = 0
    detail: str = ""  # the package at work; with DONE the path of the `vllm` command
    rate_bytes_s: int | None = None
    left_s: int | None = None  # for the download alone
    wait_s: float = 0.0  # with WAITING
