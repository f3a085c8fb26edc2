"""A program with the real tray, window and notifications, and states that a test tells it on its standard input.

Each line is Python-free: `state NAME`, `notify TITLE|BODY|key=label,...|lasting`, `withdraw`, `quit`; what the person
wishes comes out, one word a line.
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from tests.builders import a_plan, some_settings
from trayapp.core.log_events import Phase
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Afterwards, Course, Failed, Ready, Starting, Stopped, Stopping
from trayapp.desktop.notifier import Notifier
from trayapp.desktop.notifier_tray import TrayNotifier
from trayapp.ui.icons import Icons
from trayapp.ui.status_window import StatusWindow
from trayapp.ui.tray import Tray
from trayapp.ui.views import tray_view
from trayapp.ui.wishes import Wishes

PLAN = a_plan(model_name="Qwen3_0.6B")
STATES = {
    "stopped": Stopped(),
    "starting": Starting(1, PLAN, Course(), Phase.LOADING_WEIGHTS, 2, 4, 123),
    "ready": Ready(1, PLAN, Course(), 26_608, 123),
    "stopping": Stopping(1, PLAN, Course(), Afterwards.STAY_STOPPED, 123),
    "failed": Failed(Refusal((Problem(ProblemKind.VLLM_NOT_FOUND),)), Course()),
}


class Program:
    def __init__(self, state: str) -> None:
        icons = Icons(Path(__file__).parents[2] / "resources" / "icons")
        wishes = Wishes()
        for name in ("start", "stop", "restart", "copy_address", "show_log", "show_settings", "quit", "choose_model"):
            getattr(wishes, f"{name}_wanted").connect(lambda name=name: say(name))
        wishes.start_on_login_wanted.connect(lambda on: say(f"start_on_login {on}"))
        self.tray = Tray(icons, wishes)
        self.window: StatusWindow | None = None
        self.make_window = lambda: StatusWindow(icons, wishes)
        self.tray.available_changed.connect(self.available_changed)
        self.notifier = Notifier("vLLM Tray", TrayNotifier(lambda: self.tray.icon))
        self.notifier.pressed.connect(lambda key: say(f"pressed {key}"))
        self.notifier.closed.connect(lambda: say("closed"))
        self.notifier.unseen.connect(lambda reason: say(f"unseen {reason}"))
        self.render(state)
        self.commands = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self.commands.activated.connect(self.read)

    def render(self, state: str) -> None:
        self.view = tray_view(STATES[state], some_settings())
        self.tray.render(self.view)
        if self.window is not None:
            self.window.render_view(self.view)

    def available_changed(self, available: bool) -> None:
        say(f"tray {available}")
        if not available and self.window is None:
            self.window = self.make_window()
            self.window.render_view(self.view)
        if self.window is not None:
            self.window.setVisible(not available)

    def read(self) -> None:
        for line in os.read(0, 4096).decode().splitlines():
            self.do(*line.partition(" ")[::2])

    def do(self, word: str, rest: str) -> None:
        if word == "state":
            self.render(rest)
        elif word == "notify":
            title, body, buttons, how = rest.split("|")
            pairs = tuple((key, label) for key, _, label in (b.partition("=") for b in buttons.split(",") if b))
            self.notifier.show(title, body, pairs, urgent=how == "urgent", lasting=how == "lasting")
        elif word == "withdraw":
            self.notifier.withdraw()
        else:
            QApplication.quit()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    app = QApplication(["vllm-tray"])
    app.setApplicationName("vllm-tray")
    app.setQuitOnLastWindowClosed(False)
    program = Program(sys.argv[1])
    sys.exit(app.exec())
