"""What keeps a folder from being looked through for models: real folders, a real file, a real loop of links."""

from pathlib import Path

from trayapp.core.folder_trouble import FolderTrouble, Trouble
from trayapp.probes.local_models import find_local_models
from trayapp.probes.model_folders import find_folder_troubles


def test_each_folder_that_cannot_be_looked_through_is_told(tmp_path: Path) -> None:
    file, loop, gone = tmp_path / "model.safetensors", tmp_path / "loop", tmp_path / "gone"
    file.touch()
    loop.symlink_to(loop)
    troubles = find_folder_troubles((str(tmp_path), str(file), str(gone), str(loop), "~"))
    assert troubles[:2] == (FolderTrouble(str(file), Trouble.NO_FOLDER), FolderTrouble(str(gone), Trouble.MISSING))
    (last,) = troubles[2:]
    assert (last.folder, last.trouble) == (str(loop), Trouble.NOT_READABLE)
    assert "symbolic links" in last.reason


def test_the_home_of_a_user_that_is_not_there_is_a_folder_that_is_missing(tmp_path: Path) -> None:
    folder = "~nobody-of-this-name/models"
    assert find_folder_troubles((folder,)) == (FolderTrouble(folder, Trouble.MISSING),)
    assert find_local_models((folder,), tmp_path / "no cache") == ()
