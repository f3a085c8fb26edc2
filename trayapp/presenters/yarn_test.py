"""Whether a model really starts with a longer context: it is started for a moment, and all is put back as it was."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from trayapp.assembly import build_controller
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.settings import Settings, setting_names
from trayapp.core.states import Checking, Failed, Ready, Starting, State, Stopped, Stopping, Waiting
from trayapp.storage.folders import Folders
from trayapp.wording import settings as words
from trayapp.wording.notices import failure_words

if TYPE_CHECKING:
    from trayapp.desktop.secrets import Secrets
    from trayapp.supervision.controller import Controller


class YarnTest(QObject):
    """One test; ends with over(sentence), after the model that ran before was asked to start again."""

    over = Signal(str)

    def __init__(
        self, settings: Settings, folders: Folders, usual: "Controller", secrets: "Secrets", parent: QObject
    ) -> None:
        super().__init__(parent)
        self._usual = usual
        self._was_on = isinstance(usual.state, Checking | Starting | Ready | Waiting)
        self._scratch = Path(tempfile.mkdtemp(prefix="vllm-tray-yarn-"))
        self._result = ""
        self._begun = False
        # Only the runtimes are the person's own: what this test sets and learns goes when it ends.
        own = Folders(self._scratch / "config", folders.data, self._scratch / "logs")
        fixed = {name: getattr(settings, name) for name in setting_names()} | {"port": 0, "backend": "vllm"}
        self._tried, _log = build_controller(own, fixed, learn=False, secrets=secrets, parent=self)
        self._tried.state_changed.connect(self._follow)
        QCoreApplication.instance().aboutToQuit.connect(self._end)  # type: ignore[union-attr]

    def start(self) -> None:
        """Stop what runs, and start the test when the memory is free."""
        self._usual.state_changed.connect(self._usual_changed)
        if self._was_on:
            self._usual.take(StopWanted())
        elif not isinstance(self._usual.state, Stopping):
            self._begin()

    def _usual_changed(self, _before: State, after: State) -> None:
        match after:
            case Checking() | Starting() | Ready():  # the person wants the model now: there is no room for both
                self._was_on = False
                self._result = words.yarn_called_off_words()
                self._finish()
            case Stopped() | Failed():
                self._begin()
            case _:
                pass

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._tried.take(StartWanted())

    def _follow(self, _before: State, after: State) -> None:
        match after:
            case Ready():
                self._result = words.yarn_result_words(after.max_model_len or 0)
                self._tried.take(StopWanted())
            case Failed():
                self._result = words.yarn_failed_words(*failure_words(after))
                self._finish()
            case Stopped() if self._begun:
                self._finish()
            case _:
                pass

    def _end(self) -> None:
        """Leave nothing behind, and start nothing again: the app may be on its way out."""
        self._tried.state_changed.disconnect(self._follow)
        self._tried.end_now()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _finish(self) -> None:
        self._end()
        self._usual.state_changed.disconnect(self._usual_changed)
        if self._was_on:
            self._usual.take(StartWanted())
        self.over.emit(self._result)
        self.deleteLater()
