"""Where the app keeps its files, by the desktop's own rules (XDG on Linux). Nothing is created here."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "vllm-tray"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of this user; a test or the self-test puts others in their place."""

    config: Path
    data: Path
    logs: Path

    @property
    def settings_file(self) -> Path:
        """What the user chose."""
        return self.config / "settings.json"

    @property
    def learned_file(self) -> Path:
        """What starts have measured."""
        return self.data / "learned_limits.json"

    @property
    def start_times_file(self) -> Path:
        """How long earlier starts took."""
        return self.data / "start_times.json"

    @property
    def runtimes(self) -> Path:
        """The app's own installations of vLLM, one folder each."""
        return self.data / "runtimes"


def find_folders() -> Folders:
    """Return the folders of this user."""
    return Folders(
        Path(platformdirs.user_config_dir(APP)),
        Path(platformdirs.user_data_dir(APP)),
        Path(platformdirs.user_log_dir(APP)),
    )
