"""The start of the app where it cannot be."""

import os
import subprocess
import sys

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM")


def test_without_a_screen_it_says_so_in_words() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-m", "trayapp"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "needs a desktop" in done.stderr
    assert "qt.qpa" not in done.stderr
