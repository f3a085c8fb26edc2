"""Answers the command line inside the running app; what a command does to the model is the lifecycle's."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer

from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.notices import Notice
from trayapp.core.problems import Problem
from trayapp.core.states import Failed, Ready, State, Stopped
from trayapp.core.status import gpus_of, status_of
from trayapp.probes.gpus import GpuSurvey
from trayapp.supervision.background import Background
from trayapp.supervision.controller import Controller
from trayapp.supervision.log_book import LogBook
from trayapp.wording.notices import failure_words, notice_words
from trayapp.wording.problems import problem_words
from trayapp.wording.states import state_row
from trayapp.wording.translation import _
from trayapp.wording.units import figure_words

CHOICES = ("model", "backend", "server")
"""What a start can choose from now on."""
MOST_LINES_AN_ANSWER = 500
LONGEST_WAIT_S = 7 * 24 * 3600
"""More than any start takes, and less than the 24 days that a QTimer can count."""


def is_waiting_time(value: object) -> bool:
    """Whether this is a number of seconds that can be waited."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_WAIT_S


class Asked(Protocol):
    """A request as desktop/single_instance.py brings it."""

    command: str
    arguments: Any
    gone: Any

    def answer(self, values: Any, *, last: bool = True) -> None:
        """Send one answer."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What answering needs: the model's owner, its log, the wishes of the app, and questions to the machine."""

    controller: Controller
    log_book: LogBook
    background: Background
    choose: Callable[[Mapping[str, str]], Problem | None]  # model, backend, server; blocks: writes the settings
    find_gpus: Callable[[], GpuSurvey]  # blocks
    show: Callable[[], None]
    quit: Callable[[], None]


class Answers(QObject):
    """Takes requests and answers each of them, at once or when what was asked for has happened."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk

    def take(self, request: Asked) -> None:
        """Answer one request."""
        wait_s = request.arguments.get("wait_s")
        if wait_s is not None and not is_waiting_time(wait_s):
            request.answer({"error": f"{wait_s!r} is not a number of seconds from 0 to {LONGEST_WAIT_S}."})
            return
        match request.command:
            case "status":
                self._status(request)
            case "start" | "restart":
                self._start(request)
            case "stop":
                self._desk.controller.take(StopWanted())
                self._wait(request, lambda state: isinstance(state, Stopped))
            case "quit":
                request.answer({"words": _("vLLM Tray ends.")})
                self._desk.quit()
            case "show":
                self._desk.show()
                request.answer({"words": state_row(self._desk.controller.state)})
            case "logs":
                self._logs(request)
            case _:
                request.answer({"error": f"This vLLM Tray does not know the command {request.command!r}."})

    def _status(self, request: Asked) -> None:
        def tell(survey: GpuSurvey) -> None:
            state = self._desk.controller.state
            status = {**asdict(status_of(state)), "gpus": gpus_of(survey.gpus)}
            words = [state_row(state)]
            if isinstance(state, Failed):
                words.append(failure_words(state)[1])
            if status["endpoint"] and isinstance(state, Ready):
                words.append(str(status["endpoint"]))
            request.answer({"status": status, "words": "\n".join(words)})

        self._desk.background.run(self._desk.find_gpus, tell)

    def _start(self, request: Asked) -> None:
        chosen = {name: request.arguments[name] for name in CHOICES if request.arguments.get(name) is not None}
        for name, value in chosen.items():
            if not (isinstance(value, str) and value.strip()):
                request.answer({"error": f"{value!r} is not the name of a {name}."})
                return
        wish = RestartWanted() if request.command == "restart" else StartWanted()

        def go(problem: Problem | None) -> None:
            if problem is not None:
                words = problem_words(problem)
                request.answer({"error": f"{words.detail} {words.remedy}".strip()})
                return
            # Another model, or another place, is only taken by a fresh server.
            self._desk.controller.take(RestartWanted() if chosen else wish)
            self._wait(request, lambda state: isinstance(state, Ready | Failed | Stopped))

        if chosen:
            self._desk.background.run(lambda: self._desk.choose(chosen), go)
        else:
            go(None)

    def _wait(self, request: Asked, done: Callable[[State], bool]) -> None:
        wait_s = request.arguments.get("wait_s")
        controller = self._desk.controller
        if wait_s is None or done(controller.state):
            self._answer_state(request, waited=wait_s is not None)
            return
        timer = QTimer(self)
        timer.setSingleShot(True)
        waiting = True

        def forget() -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                controller.state_changed.disconnect(look)
                timer.stop()
                timer.deleteLater()

        def look(_before: State, after: State) -> None:
            if waiting and done(after):
                forget()
                self._answer_state(request, waited=True)

        def give_up() -> None:
            forget()
            row = state_row(controller.state)
            words = _("Not done after {seconds} s: {state}").format(seconds=figure_words(wait_s), state=row)
            request.answer({"error": words, "in_time": False})

        controller.state_changed.connect(look)
        request.gone.connect(forget)  # a Ctrl-C ends the command, and nobody waits any more
        timer.timeout.connect(give_up)
        timer.start(int(wait_s * 1000))

    def _answer_state(self, request: Asked, *, waited: bool) -> None:
        state = self._desk.controller.state
        if isinstance(state, Failed) and (waited or request.command == "status"):
            title, text = failure_words(state)
            request.answer({"error": f"{title}\n{text}"})
        elif isinstance(state, Stopped) and (state.leftovers or state.remains):
            request.answer({"error": "\n".join(notice_words(Notice(state)))})
        elif isinstance(state, Stopped) and waited and request.command != "stop":
            request.answer({"error": state_row(state)})  # the start was called off from elsewhere
        else:
            request.answer({"words": state_row(state)})

    def _logs(self, request: Asked) -> None:
        count, follow = request.arguments.get("count", 100), bool(request.arguments.get("follow"))
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            request.answer({"error": f"{count!r} is not a number of lines."})
            return
        lines = list(self._desk.log_book.last(count))
        if follow:  # before anything is sent: who does not read may be let go by the sending
            self._follow(request)
        parts = [lines[start : start + MOST_LINES_AN_ANSWER] for start in range(0, len(lines), MOST_LINES_AN_ANSWER)]
        for part in parts:
            request.answer({"lines": part}, last=False)
        if not follow:
            request.answer({"lines": []})

    def _follow(self, request: Asked) -> None:
        def pass_on(new: list[str]) -> None:
            request.answer({"lines": new}, last=False)

        added = self._desk.log_book.added
        added.connect(pass_on)
        request.gone.connect(lambda: added.disconnect(pass_on))
