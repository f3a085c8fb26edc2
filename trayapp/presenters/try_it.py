"""Try it: the window's question goes to the running model, and the answer back to the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from trayapp.supervision.chat import Chat
from trayapp.ui.try_it import TryItWindow

if TYPE_CHECKING:
    from trayapp.core.chat import ChatFailure
    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> TryItWindow:
    """Open the window, or bring it to the front."""

    def make() -> TryItWindow:
        window = TryItWindow(behind.windows.icons)
        TryIt(behind, window)
        return window

    return behind.windows.show("try_it", make)


class TryIt(QObject):
    """Lives as long as its window."""

    def __init__(self, behind: "Behind", window: TryItWindow) -> None:
        super().__init__(window)
        self._behind = behind
        self._window = window
        self._chat: Chat | None = None
        self._stopped = False
        behind.controller.state_changed.connect(self._render)
        window.ask_wanted.connect(self._ask)
        window.stop_wanted.connect(self._stop)
        self._render()

    def _render(self) -> None:
        access = self._behind.access()
        self._window.render_model(access.model_name if access else "")

    def _ask(self, question: str) -> None:
        access = self._behind.access()
        if access is None or self._chat is not None:
            return
        self._stopped = False
        chat = self._chat = Chat(access, self)
        chat.grew.connect(self._window.render_answer)
        chat.ended.connect(self._ended)
        chat.ask(question)

    def _stop(self) -> None:
        if self._chat is not None:
            self._stopped = True
            self._chat.stop()

    def _ended(self, failure: "ChatFailure | None", message: str) -> None:
        chat, self._chat = self._chat, None
        if chat is not None:
            chat.deleteLater()
        self._window.render_end(failure, message, stopped=self._stopped)
