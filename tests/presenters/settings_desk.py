"""The settings window with what stands behind it in the app; the keyring and the controller are made up."""

import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QPushButton

from tests.builders import a_plan
from trayapp.core.states import Course, Ready
from trayapp.presenters.behind import Behind
from trayapp.presenters.installs import Installs
from trayapp.storage.folders import Folders
from trayapp.supervision.background import Background
from trayapp.ui.icons import Icons
from trayapp.ui.settings_dialog import SettingsDialog
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
PATIENCE_MS = 10_000


class FakeController(QObject):
    """Runs a model for ever, and notes what it is told."""

    state_changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.state: object = Ready(1, a_plan(), Course(), 4096, 123)
        self.taken: list[object] = []

    def take(self, event: object) -> None:
        self.taken.append(event)


class FakeSecrets:
    """A keyring that keeps one key."""

    def __init__(self) -> None:
        self.key = ""

    def read(self, _name: str) -> str:
        return self.key

    def keep(self, _name: str, value: str) -> None:
        self.key = value

    def forget(self, _name: str) -> None:
        self.key = ""


class Desk:
    """The window with what stands behind it."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.controller = FakeController()
        self.secrets = FakeSecrets()
        self.background = Background()
        self.read_again = 0
        wishes = Wishes()
        windows = Windows(ICONS, wishes, list)
        parts: Any = (self.controller, self.background, windows, wishes, folders, None)
        own: Any = (lambda: (sys.executable,), self.secrets, None, None, None, None, self.again)
        self.behind = Behind(*parts, *own, Installs(lambda: (sys.executable,), None, windows))  # type: ignore[arg-type]

    def again(self) -> None:
        self.read_again += 1

    def settle(self) -> None:
        """Wait for what was asked, and let the window hear the answers."""
        assert self.background.wait(10)
        QCoreApplication.processEvents()

    def button(self, dialog: SettingsDialog, name: str) -> QPushButton:
        button = dialog.findChild(QPushButton, name)
        assert button is not None
        return button


def holds(it_is_so: bool) -> None:
    assert it_is_so
