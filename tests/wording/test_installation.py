"""How far an installation of vLLM is, in words."""

import pytest

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import MIB
from trayapp.wording.runtimes import install_words

DOWNLOADING = InstallStep.DOWNLOADING


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (InstallProgress(InstallStep.PREPARING), "Making an environment"),
        (InstallProgress(InstallStep.PREPARING, MIB, 30 * MIB), "Getting Python: 1.0 of 30.0 MiB"),
        (InstallProgress(InstallStep.RESOLVING), "Choosing packages"),
        (InstallProgress(InstallStep.RESOLVING, detail="torch"), "Choosing packages: torch"),
        (InstallProgress(DOWNLOADING), "Getting packages"),
        (InstallProgress(DOWNLOADING, 210 * MIB, 640 * MIB, "torch"), "Downloading: 0.21 of 0.62 GiB"),
        (
            InstallProgress(DOWNLOADING, 210 * MIB, 640 * MIB, "torch", rate_bytes_s=21 * MIB, left_s=90),
            "Downloading: 0.21 of 0.62 GiB · 21.0 MiB/s · 2 min left",
        ),
        (InstallProgress(InstallStep.UNPACKING, 640, 640, "numpy"), "Unpacking: numpy"),
        (
            InstallProgress(InstallStep.WAITING, 210, 640, wait_s=5.0),
            "The packages cannot be reached. Trying again in 5 s",
        ),
        (InstallProgress(InstallStep.CHECKING), "Checking that vLLM starts"),
        (InstallProgress(InstallStep.DONE, detail="/bin/vllm"), "Ready: /bin/vllm"),
    ],
)
def test_every_step_says_what_is_known(progress: InstallProgress, words: str) -> None:
    assert install_words(progress) == words
