"""What every presenter is handed: the parts of the app that a window may need."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from shiboken6 import isValid

from trayapp.core.access import Access
from trayapp.core.launch import LaunchPlan, RemotePlan
from trayapp.core.launch_environment import KEY
from trayapp.core.states import Ready, Starting, Stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import QObject

    from trayapp.core.machine import Gpu
    from trayapp.desktop.notifier import Notifier
    from trayapp.desktop.secrets import Secrets
    from trayapp.presenters.installs import Installs
    from trayapp.presenters.start_recorder import StartRecorder
    from trayapp.storage.folders import Folders
    from trayapp.supervision.background import Background
    from trayapp.supervision.controller import Controller
    from trayapp.ui.windows import Windows
    from trayapp.ui.wishes import Wishes

_DRAWN_AFTER_MS = 50
_RUN = (Starting, Ready, Stopping)  # states in which a server holds memory


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
    secrets: "Secrets"
    use: "Callable[[Mapping[str, str]], None]"  # choose a model, a backend, a server; and start
    remote_key: "Callable[[str], str]"  # of a server elsewhere, as it was read for the connection of now
    notifier: "Notifier"
    use_model: "Callable[[str], None]"  # choose it, and start it on this computer's vLLM
    settings_changed: "Callable[[], None]"  # the file has been written
    install: "Installs"

    def access(self) -> Access | None:
        """Return how the model that is ready now is reached; None where none is."""
        state = self.controller.state
        if not isinstance(state, Ready):
            return None
        plan = state.plan
        if isinstance(plan, RemotePlan):
            key, ca_file = self.remote_key(plan.server), plan.ca_file
        else:
            own = plan.environment if isinstance(plan, LaunchPlan) else {}
            key, ca_file = own.get(KEY) or os.environ.get(KEY, ""), ""
        return Access(plan.endpoint, plan.model_name, key, state.max_model_len, ca_file)

    def gpus_before(self) -> tuple["Gpu", ...]:
        """Return the GPUs as they were before the model was launched that runs on them now; () where none does."""
        plan = getattr(self.controller.state, "plan", None)
        return plan.gpus if isinstance(self.controller.state, _RUN) and isinstance(plan, LaunchPlan) else ()

    def ask(self, asker: "QObject", work: "Callable[[], Any]", then: "Callable[[Any], None]") -> None:
        """Ask in a thread, and call then with the answer, unless the asker has gone meanwhile.

        A window that asks while it opens is drawn first: it would wait for the thread again and again.
        """
        QTimer.singleShot(_DRAWN_AFTER_MS, self.background, lambda: _run(self.background, asker, work, then))

    def do(self, asker: "QObject", work: "Callable[[], Any]", then: "Callable[[Any], None]") -> None:
        """Do at once in a thread what the person wants done; the asker, if it is still there, hears of it by then."""
        _run(self.background, asker, work, then)


def _run(background: "Background", asker: "QObject", work: "Callable[[], Any]", then: "Callable[[Any], None]") -> None:
    background.run(work, lambda result: then(result) if isValid(asker) else None)
