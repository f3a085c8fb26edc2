"""A system bus of a test's own, and on it a program that says what logind says."""

import subprocess
from pathlib import Path

from tests.desktop.session import until

BUS = """<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <listen>unix:path={path}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
RULES = (
    *("--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"),
    "org.freedesktop.DBus.Debug.Stats.GetAllMatchRules",
)
SIGNAL = ("dbus-send", "--type=signal", "/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep")


class SystemBus:
    """A bus at an address of its own; sleep() is what logind tells everybody on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bus"
        self._configuration = folder / "bus.conf"
        self._configuration.write_text(BUS.format(path=self.path))
        self.start()

    @property
    def address(self) -> str:
        return f"unix:path={self.path}"

    def start(self) -> None:
        command = ("dbus-daemon", "--nofork", f"--config-file={self._configuration}")
        self._daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the bus", self.path.exists)

    def stop(self) -> None:
        self._daemon.terminate()
        self._daemon.wait(10)
        self.path.unlink(missing_ok=True)

    def is_listened_to(self) -> bool:
        """Return whether a program has told the bus that it wants to hear of sleep."""
        ask = ("dbus-send", f"--bus={self.address}", *RULES)
        return b"PrepareForSleep" in subprocess.run(ask, capture_output=True, check=True).stdout

    def sleep(self, *, begins: bool) -> None:
        subprocess.run([SIGNAL[0], f"--bus={self.address}", *SIGNAL[1:], f"boolean:{str(begins).lower()}"], check=True)
