"""Whether the folders with models that stand in the settings are there: looked at in a thread, told to the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from trayapp.probes.model_folders import find_folder_troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trayapp.core.folder_trouble import FolderTrouble
    from trayapp.presenters.behind import Behind
    from trayapp.ui.settings_dialog import SettingsDialog


class FolderCheck(QObject):
    """Lives as long as its window. A thread of its own: a network folder that is silent keeps no plan waiting."""

    def __init__(
        self,
        behind: "Behind",
        dialog: "SettingsDialog",
        find: "Callable[[Sequence[str]], tuple[FolderTrouble, ...]]" = find_folder_troubles,
    ) -> None:
        super().__init__(dialog)
        self._behind = behind
        self._dialog = dialog
        self._find = find
        self._wanted: tuple[str, ...] = ()
        self._looked_at: set[tuple[str, ...]] = set()  # those that have not answered yet are not asked a second time

    def look(self, folders: tuple[str, ...]) -> None:
        """Look at these, and tell the window, unless others are wanted by then."""
        self._wanted = folders
        if not folders or folders in self._looked_at:
            return
        self._looked_at.add(folders)

        def told(troubles: "tuple[FolderTrouble, ...]") -> None:
            self._looked_at.discard(folders)
            if folders == self._wanted:
                self._dialog.render_folders(folders, troubles)

        self._behind.ask(self, lambda: self._find(folders), told)
