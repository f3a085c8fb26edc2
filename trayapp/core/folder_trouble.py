"""What keeps a folder from being looked through for models."""

from dataclasses import dataclass
from enum import Enum, auto


class Trouble(Enum):
    """One name for each kind."""

    MISSING = auto()
    NO_FOLDER = auto()
    NOT_READABLE = auto()


@dataclass(frozen=True, slots=True)
class FolderTrouble:
    """The folder as it was typed; reason is the system's, "" where the kind says all."""

    folder: str
    trouble: Trouble
    reason: str = ""
