"""A command that says what a test wants, in a real child process, and stand-ins for what else a presenter meets."""

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from trayapp.core.states import Stopped

ROWS = [
    {"name": "new", "executable": "/d/new/bin/vllm", "version": "0.32.0+cpu", "build": "cpu", "kind": "own"},
    {"name": "old", "executable": "/d/old/bin/vllm", "version": "0.31.0+cpu", "build": "cpu", "kind": "own"},
]
SUITS = {"build": "cpu", "version": "0.32.0", "reason": "vLLM 0.32.0 for the processor. There is no GPU."}
NEWER = {"build": "cpu", "version": "0.33.0", "download_bytes": 640 << 20}
COMMAND = """
import json, signal, sys
from pathlib import Path
here, arguments = Path(sys.argv[1]), sys.argv[2:]
said = json.loads((here / "says.json").read_text())
with (here / "asked").open("a") as asked:
    print(*arguments, file=asked)
signal.signal(signal.SIGTERM, lambda *_: (print('{"step": "failed", "kind": "cancelled"}', flush=True), sys.exit(130)))
answer = said[" ".join(arguments[1:-1])]
for line in answer["lines"]:
    print(json.dumps(line), flush=True)
if answer.get("waits"):
    signal.pause()
sys.exit(answer.get("code", 0))
"""


class StubCommand:
    """Answers by its arguments, in lines, an exit code, and perhaps waiting for ever; notes what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._says: dict[str, dict[str, Any]] = {}
        (folder / "command.py").write_text(COMMAND)
        self.answer("list", {**ROWS[0], "chosen": True}, {**ROWS[1], "previous": True})
        self.answer("check --offline", {"recommended": SUITS})
        self.answer("check", {"recommended": SUITS, "update": NEWER})

    def own_command(self) -> tuple[str, ...]:
        return sys.executable, str(self._folder / "command.py"), str(self._folder)

    def answer(self, command: str, *lines: dict[str, Any], **more: Any) -> None:
        self._says[command] = {"lines": lines, **more}
        written = self._folder / "says.json.new"
        written.write_text(json.dumps(self._says))
        written.replace(self._folder / "says.json")  # a command that is just starting reads all of it

    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()


class FakeController(QObject):
    """Runs nothing, and notes what it is told."""

    state_changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.state: object = Stopped()
        self.taken: list[object] = []

    def take(self, event: object) -> None:
        self.taken.append(event)


class FakeNotifier(QObject):
    """Keeps what it is told to show."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []

    def show(self, title: str, body: str = "", buttons: Any = (), **_how: bool) -> None:
        self.shown.append((title, body))
