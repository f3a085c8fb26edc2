"""A clock that is set while programs run: those with `environment` see another time of day, steady clocks go on."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.compiled import compile_library

if TYPE_CHECKING:
    import subprocess

SOURCE = Path(__file__).resolve().parent / "clock/set_clock.c"
DAY_S, HOUR_S = 86_400, 3_600


class SetClock:
    """The library and the file that it reads in a folder."""

    def __init__(self, folder: Path) -> None:
        self.library = compile_library(SOURCE, folder / "libset_clock.so")
        self._file = folder / "off_s"
        self.environment = {"LD_PRELOAD": str(self.library), "SET_CLOCK": str(self._file)}
        self._file.write_bytes(bytes(8))

    def jump(self, by_s: int) -> None:
        """Be so many seconds more off from now on."""
        with self._file.open("r+b") as file:  # the same file: it is mapped
            off_s = int.from_bytes(file.read(), "little", signed=True) + by_s
            file.seek(0)
            file.write(off_s.to_bytes(8, "little", signed=True))

    def jump_until_ended(self, program: "subprocess.Popen[bytes]", by_s: int, within_s: float) -> int:
        """Jump again and again until a program has ended, and return its code: no moment is spared."""
        until = time.monotonic() + within_s
        while program.poll() is None:
            assert time.monotonic() < until, "it does not end"
            self.jump(by_s)
            time.sleep(0.02)
        return program.returncode
