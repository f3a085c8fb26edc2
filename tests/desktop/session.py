"""A desktop for one test: X server, message bus, window manager, panel with a tray, notification service.

Nothing of the user's desktop is touched: the bus, the folders and the screen are its own, the bus starts no service
that is not named here, and what was started ends by its pid with the test (or with pytest, should that be killed).
How the desktop is looked at and operated is in person.py.
"""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

Found = TypeVar("Found")

PACKAGES = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "openbox": "openbox",
    "xfce4-panel": "xfce4-panel",
    "trayer": "trayer",
    "dunst": "dunst",
    "xdotool": "xdotool",
    "xwininfo": "x11-utils",
    "scrot": "scrot",
    "setpriv": "util-linux",
}
NOTIFYD = sorted(Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd"))
PANEL_HEIGHT_PX = 28

_BUS = """<busconfig>
  <type>session</type>
  <auth>EXTERNAL</auth>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_BUS_NAMES = (
    *("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"),
    "org.freedesktop.DBus.ListNames",
)
_PANEL = f"""<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    {{dark}}
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="{PANEL_HEIGHT_PX}"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
"""
_NOTIFYD = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-notifyd" version="1.0">
  <property name="do-fadeout" type="bool" value="false"/>
  <property name="do-slideout" type="bool" value="false"/>
  <property name="expire-timeout-enabled" type="bool" value="false"/>
  <property name="initial-opacity" type="double" value="1.0"/>
</channel>
"""


def until(what: str, look: Callable[[], Found], within_s: float = 30) -> Found:
    """Return what look finds, once it finds something; a screen is looked at, there is no event to wait for."""
    end = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < end, f"{what}: not within {within_s} s"
        time.sleep(0.03)
    return found


class Session:
    """One desktop; the services can be started and stopped while a program runs on it."""

    def __init__(self, folder: Path, *, dark: bool = False) -> None:
        missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
        missing += [] if NOTIFYD else ["xfce4-notifyd"]
        assert not missing, f"tests/desktop needs these packages (installer/test.sh installs them): {missing}"
        self.folder = folder
        self._services: dict[str, subprocess.Popen[bytes]] = {}
        self._programs: list[subprocess.Popen[str]] = []
        self._write_files(dark)
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        self.environment = {
            **keep,
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_SESSION_TYPE": "x11",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/run/bus",
            "NO_AT_BRIDGE": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def make_readable(self) -> None:
        """Let what is in the windows be read (widgets.py); to be called before start."""
        shutil.copy(Path("/usr/share/dbus-1/services/org.a11y.Bus.service"), self.folder / "services")
        del self.environment["NO_AT_BRIDGE"]
        self.environment["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"

    def start(self) -> None:
        """Start the screen, the bus and the window manager; the rest on demand."""
        ours, screens = os.pipe()
        size = ("-screen", "0", "1280x800x24", "-dpi", "96")
        # Without -noreset the server begins anew, and throws out whoever is just arriving, when its last client leaves.
        command = ("Xvfb", "-displayfd", str(screens), *size, "-nolisten", "tcp", "-noreset")
        self._service("screen", *command, pass_fds=(screens,))
        os.close(screens)
        with os.fdopen(ours) as numbers:
            self.environment["DISPLAY"] = f":{numbers.readline().strip()}"
        bus = self.folder / "run" / "bus"
        configuration = f"--config-file={self.folder}/bus.conf"
        self._service("bus", "dbus-daemon", "--nofork", configuration, f"--address=unix:path={bus}")
        until("the bus", bus.exists)
        # It claims the screen before it looks for windows that are there: one that is shown between the two is lost.
        ready = self.folder / "windows.ready"
        self._service("windows", "openbox", "--sm-disable", "--startup", f"touch {shlex.quote(str(ready))}")
        until("the window manager", ready.exists)
        # At the first key of xdotool's keyboard the window manager gives its own keys up and takes them anew: an alt+F4
        # in between would go to the window.
        self.ask("xdotool", "key", "Shift_L")

    def start_tray(self, kind: str = "panel") -> None:
        """Start a place for tray icons: a panel (StatusNotifierItem) or a trayer (XEmbed, the older kind)."""
        if kind == "panel":
            self._service("tray", "xfce4-panel", "--disable-wm-check")
        else:
            self._service("tray", "trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request")

    def start_notifications(self, kind: str = "xfce") -> None:
        """Start a notification service: xfce4-notifyd (with buttons) or dunst."""
        dunst = ["dunst", "-conf", str(self.folder / "dunstrc")]
        self._service("notifications", *([str(NOTIFYD[0])] if kind == "xfce" else dunst))

    def start_keyring(self) -> None:
        """Start a keyring that is unlocked."""
        keyring = "exec gnome-keyring-daemon --foreground --unlock --components=secrets < <(printf test)"
        self._service("keyring", "bash", "-c", keyring)
        until("the keyring", lambda: "org.freedesktop.secrets" in self.ask(*_BUS_NAMES))

    def stop(self, name: str) -> None:
        """End one service ("tray", "notifications", "keyring") and wait until it is gone."""
        _end(self._services.pop(name))

    def run(self, *command: str) -> subprocess.Popen[str]:
        """Start a program on this desktop; its output can be read, and what is written to it is its standard input."""
        with (self.folder / "program.log").open("ab") as log:
            program = subprocess.Popen(
                _bound_to_us(command),
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )
        self._programs.append(program)
        return program

    def ask(self, *command: str) -> str:
        """Return what a command on this desktop prints."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout.strip()

    def end(self) -> None:
        """End everything, the newest first."""
        for program in reversed(self._programs):
            _end(program)
            for stream in (program.stdin, program.stdout):
                if stream is not None:
                    stream.close()
        for name in reversed(list(self._services)):
            self.stop(name)

    def _service(self, name: str, *command: str, pass_fds: Sequence[int] = ()) -> None:
        log: IO[bytes]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._services[name] = subprocess.Popen(
                _bound_to_us(command),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                start_new_session=True,
            )

    def _write_files(self, dark: bool) -> None:
        channels = self.folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        for folder in (channels, self.folder / "services", self.folder / "run"):
            folder.mkdir(parents=True)
        (self.folder / "run").chmod(0o700)
        (self.folder / "bus.conf").write_text(_BUS.format(folder=self.folder))
        (self.folder / "dunstrc").write_text("[global]\nmarkup = no\n")
        dark_mode = f'<property name="dark-mode" type="bool" value="{str(dark).lower()}"/>'
        (channels / "xfce4-panel.xml").write_text(_PANEL.format(dark=dark_mode))
        (channels / "xfce4-notifyd.xml").write_text(_NOTIFYD)
        settings_service = Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
        shutil.copy(settings_service, self.folder / "services")


def _bound_to_us(command: Sequence[str]) -> list[str]:
    return ["setpriv", "--pdeathsig", "KILL", *command]


def _end(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
