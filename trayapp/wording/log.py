"""Texts of the window with the log."""

from typing import assert_never

from trayapp.core.log_kinds import Level
from trayapp.wording.translation import _
from trayapp.wording.units import number_words


def window_title() -> str:
    """Return the title of the window."""
    return _("Log · vLLM Tray")


def lines_label() -> str:
    """Return what a screen reader says for the lines."""
    return _("Lines of the log")


def empty_words() -> str:
    """Return what stands in the window before there is a line."""
    return _("Nothing has been started yet.")


def nothing_passes_words() -> str:
    """Return what stands in the window when the filter lets no line through."""
    return _("No line is of this kind.")


def left_out_words(lines: int) -> str:
    """Return what stands in a log in place of lines that are no longer in memory."""
    return _("--- {count} lines left out here; the log file has them ---").format(count=number_words(lines))


def find_hint() -> str:
    """Return the hint in the search field."""
    return _("Find (Ctrl+F)")


def next_label() -> str:
    """Return the label of the button that looks further down."""
    return _("&Next")


def previous_label() -> str:
    """Return the label of the button that looks further up."""
    return _("&Previous")


def not_found_words() -> str:
    """Return that the search found nothing."""
    return _("Not found")


def follow_label() -> str:
    """Return the label of the switch that keeps the newest line in view."""
    return _("Fo&llow")


def copy_label(*, selected: bool) -> str:
    """Return the label of the button that copies."""
    return _("&Copy selection") if selected else _("&Copy all")


def copy_help() -> str:
    """Return what is left out of what is copied."""
    return _("Keys and tokens are taken out.")


def level_label() -> str:
    """Return what a screen reader says for the choice of a level."""
    return _("How grave")


def process_label() -> str:
    """Return what a screen reader says for the choice of a process."""
    return _("Process")


def every_process() -> str:
    """Return the choice of all processes."""
    return _("All processes")


def level_words(level: Level) -> str:
    """Return the choice of lines that are at least this grave."""
    match level:
        case Level.DETAIL:
            return _("All lines")
        case Level.INFO:
            return _("Without details")
        case Level.WARNING:
            return _("Warnings and errors")
        case Level.ERROR:
            return _("Errors")
        case _:
            assert_never(level)
