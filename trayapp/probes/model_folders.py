"""Whether the folders that a person names can be looked through for models. Blocks for as long as a network does."""

import os
from typing import TYPE_CHECKING

from trayapp.core.folder_trouble import FolderTrouble, Trouble
from trayapp.probes.home_path import home_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def find_folder_troubles(folders: "Sequence[str]") -> tuple[FolderTrouble, ...]:
    """Return what is wrong with each that cannot be looked through; () where all can."""
    return tuple(_troubles(folders))


def _troubles(folders: "Sequence[str]") -> "Iterator[FolderTrouble]":
    for folder in folders:
        try:
            os.scandir(home_path(folder)).close()
        except FileNotFoundError:
            yield FolderTrouble(folder, Trouble.MISSING)
        except NotADirectoryError:
            yield FolderTrouble(folder, Trouble.NO_FOLDER)
        except OSError as error:
            yield FolderTrouble(folder, Trouble.NOT_READABLE, error.strerror or str(error))
