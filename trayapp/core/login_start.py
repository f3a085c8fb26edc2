"""Whether the app starts on login: what the desktop says, and what the menu shows."""

from enum import StrEnum


class LoginStart(StrEnum):
    """The three answers of a desktop."""

    ON = "on"
    OFF = "off"
    SWITCHED_OFF_BY_DESKTOP = "switched_off_by_desktop"  # in the desktop's own settings; only there it is undone
