import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trayapp.probes.desktop_services import find_desktop_services

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json
from dataclasses import asdict
from trayapp.probes.desktop_services import find_desktop_services
print(json.dumps(asdict(find_desktop_services())))
"""
TAKE_NAME_AND_ASK = """
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.kde.StatusNotifierWatcher"))
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications"))
"""


def on_a_bus_of_its_own(code: str) -> dict[str, object]:
    """Run code that ends in the question on a real session bus that nobody else is on."""
    runner = shutil.which("dbus-run-session")
    assert runner, "this test needs dbus-run-session (Debian, Ubuntu: apt install dbus)"
    environment = {**os.environ, "XDG_CURRENT_DESKTOP": "XFCE", "XDG_SESSION_TYPE": "x11"}
    command = [runner, "--", sys.executable, "-c", code + ASK]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def test_services_on_the_bus_are_found() -> None:
    found = on_a_bus_of_its_own(TAKE_NAME_AND_ASK)
    assert (found["desktop"], found["session"]) == ("XFCE", "x11")
    assert (found["bus"], found["tray"], found["notifications"]) == (True, True, True)


def test_a_bus_with_nobody_on_it_offers_nothing() -> None:
    found = on_a_bus_of_its_own("")
    assert (found["bus"], found["tray"]) == (True, False)


@pytest.mark.parametrize("address", ["", "unix:path=/no/such/socket", "rubbish"])
def test_no_bus_is_no_traceback(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert find_desktop_services().bus is False


def test_no_address_of_a_bus_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert find_desktop_services().bus is False
