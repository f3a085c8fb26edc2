"""What every presenter is handed: the parts of the app that a window may need."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shiboken6 import isValid

from trayapp.core.access import Access
from trayapp.core.states import Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from trayapp.core.states import State
    from trayapp.desktop.notifier import Notifier
    from trayapp.presenters.start_recorder import StartRecorder
    from trayapp.storage.folders import Folders
    from trayapp.supervision.background import Background
    from trayapp.supervision.controller import Controller
    from trayapp.ui.windows import Windows
    from trayapp.ui.wishes import Wishes

KEY_VARIABLE = "VLLM_API_KEY"


@dataclass(frozen=True, slots=True)
class Behind:
    """The parts; own_command starts this app again, for its command line in a child process."""

    controller: "Controller"
    background: "Background"
    windows: "Windows"
    wishes: "Wishes"
    folders: "Folders"
    starts: "StartRecorder"
    own_command: "Callable[[], tuple[str, ...]]"
    notifier: "Notifier"
    use_model: "Callable[[str], None]"  # choose it, and start it on this computer's vLLM

    def ask(self, asker: "QObject", work: "Callable[[], Any]", then: "Callable[[Any], None]") -> None:
        """Call work in a thread, and then with its result, unless the asker has gone meanwhile."""
        self.background.run(work, lambda result: then(result) if isValid(asker) else None)


def access_of(state: "State") -> Access | None:
    """Return how the model that is ready now is reached; None where none is."""
    if not isinstance(state, Ready):
        return None
    own = getattr(state.plan, "environment", {})  # of vLLM; the others have none
    key = own.get(KEY_VARIABLE) or os.environ.get(KEY_VARIABLE, "")
    return Access(state.plan.endpoint, state.plan.model_name, key, state.max_model_len)
