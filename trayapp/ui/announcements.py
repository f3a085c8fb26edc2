"""Says what happens to the model in one notification that is updated; its buttons tell wishes.

How a desktop shows it is not known here: the showing is handed in.
"""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer

from trayapp.core.notices import Notice, notice_for
from trayapp.core.states import Checking, Starting, State, Stopping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.notices import Button
    from trayapp.core.problems import Problem
    from trayapp.ui.wishes import Wishes

PROGRESS_PAUSE_MS = 250
"""Progress that changes faster is shown at this pace: nobody reads more, and each showing costs 2-3 ms."""


class Showing(Protocol):
    """What shows the notification."""

    def show(
        self, title: str, body: str = "", buttons: tuple[tuple[str, str], ...] = (), *, urgent: bool, lasting: bool
    ) -> None:
        """Show this in place of what is shown now."""

    def withdraw(self) -> None:
        """Take away what is shown."""


class Announcements(QObject):
    """Turns changes of the state into the notification, and its buttons into wishes and events."""

    def __init__(self, showing: Showing, wishes: "Wishes", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._showing = showing
        self._wishes = wishes
        self._notice: Notice | None = None
        self._shown: object = None
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(PROGRESS_PAUSE_MS)
        self._pace.timeout.connect(self._show)

    def state_changed(self, before: State, after: State) -> None:
        """Tell a change, if it is news; progress within a state is told at a pace."""
        notice = notice_for(before, after)
        if notice is None:
            # A survey called off, a failure left behind: it is no longer so, and "Starting" would stay for ever.
            self._pace.stop()
            self._notice = self._shown = None
            self._showing.withdraw()
            return
        self._notice = notice
        if type(before) is not type(after):
            self._pace.stop()
            self._show()
        elif not self._pace.isActive():
            self._pace.start()

    def say(self, problems: "Sequence[Problem]") -> None:
        """Tell problems that belong to no state, in one notification: a second one would take the first one's place."""
        if not problems:
            return
        from trayapp.wording.problems import problem_words

        first, *others = map(problem_words, problems)
        lines = [first.detail, first.remedy, *(f"{words.title}: {words.detail}" for words in others)]
        self._showing.show(first.title, "\n".join(line for line in lines if line), urgent=False, lasting=False)

    def pressed(self, key: str) -> None:
        """Do what the button with this key wishes; a button of an older notification may have gone."""
        buttons = self._notice.buttons if self._notice else ()
        button = next((button for number, button in enumerate(buttons) if key == _key(number, button)), None)
        if button is not None:
            self._wishes.tell_button(button)

    def _show(self) -> None:
        if self._notice is None:
            return
        from trayapp.wording.notices import button_words, notice_words  # late: an idle app says nothing

        title, text = notice_words(self._notice)
        offered = enumerate(self._notice.buttons)
        buttons = tuple((_key(number, button), button_words(button)) for number, button in offered)
        state = self._notice.state
        lasting = isinstance(state, Stopping) or (isinstance(state, Checking | Starting) and not state.course.lost)
        content = (title, text, buttons, self._notice.urgent, lasting)
        if content != self._shown:
            self._shown = content
            self._showing.show(title, text, buttons, urgent=self._notice.urgent, lasting=lasting)


def _key(number: int, button: "Button") -> str:
    return f"{number}:{button.id}"
