"""The tray app on a desktop of session.py, with a vLLM that is a fake."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.desktop.person import Person
from tests.desktop.session import Session, until
from tests.fakes.vllm_folder import FakeVllmFolder

if TYPE_CHECKING:
    import subprocess

MODEL = Path(__file__).parents[2] / "resources" / "selftest-model"


class App:
    """The tray app on a desktop."""

    def __init__(self, session: Session, person: Person, vllm: FakeVllmFolder) -> None:
        self._session = session
        self._person = person
        self.settings_file = session.folder / "config" / "vllm-tray" / "settings.json"
        self.vllm = vllm
        self.process = self.launch()
        until("the icon", person.icons)

    def launch(self) -> "subprocess.Popen[str]":
        return self._session.run(sys.executable, "-m", "trayapp")

    def command(self, *arguments: str) -> str:
        return self._session.ask(sys.executable, "-m", "trayapp", *arguments)

    def status(self) -> dict[str, Any]:
        """What `status --json` says."""
        answer = json.loads(self.command("status", "--json"))
        assert isinstance(answer, dict)
        return answer

    def state(self) -> str:
        """The first row of the menu."""
        return self._person.menu()[0].label

    def until_state(self, text: str) -> None:
        until(text, lambda: self.state().startswith(text), 20)


def start_app(session: Session, person: Person, vllm: FakeVllmFolder, **settings: object) -> App:
    """Start it where there are a panel and notifications, with these settings in its file."""
    folder = session.folder / "config" / "vllm-tray"
    folder.mkdir()
    values = {"version": 1, "model": str(MODEL), "vllm_executable": vllm.executable, **settings}
    (folder / "settings.json").write_text(json.dumps(values))
    session.start_tray()
    session.start_notifications()
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    until("notifications", lambda: person.is_on_bus("org.freedesktop.Notifications"))
    return App(session, person, vllm)


def pictures(folder: Path) -> Path:
    """Where the pictures go: a folder that somebody wants to look at, or one that pytest throws away."""
    chosen = Path(os.environ.get("VLLM_TRAY_PICTURES", folder))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen
