"""Texts of the window with the details of a failure, and of the list of programs on the GPU."""

from typing import TYPE_CHECKING

from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.machine import Gpu


def window_title() -> str:
    """Return the title of the window."""
    return _("What went wrong · vLLM Tray")


def evidence_head() -> str:
    """Return the heading above the lines that prove the cause."""
    return _("The log says (line: text)")


def steps_head() -> str:
    """Return the heading above what can be done."""
    return _("What can be done, the best first:")


def tried_words(tried: "Sequence[str]") -> str:
    """Return what the app has tried already."""
    return _("Already tried: {what}.").format(what="; ".join(tried))


def copy_report_label() -> str:
    """Return the label of the button that copies the report."""
    return _("Copy report")


def copy_report_help() -> str:
    """Return what the report holds."""
    return _("For an issue tracker: versions, plan, GPU, settings and log; without keys, home folder, user and host.")


def show_in_log_label() -> str:
    """Return the label of the button that opens the log at the evidence."""
    return _("Show in log")


def close_label() -> str:
    """Return the label of the button that closes the window."""
    return _("Close")


def gpu_users_title() -> str:
    """Return the title of the list of programs that use a GPU."""
    return _("Who uses the GPU")


def gpu_users_words(gpus: "Sequence[Gpu]") -> str:
    """Return the programs on each GPU with their memory, the largest first."""
    if not gpus:
        return _("No NVIDIA GPU answers.")
    parts = []
    for gpu in gpus:
        free, total = bytes_words(gpu.memory_free_bytes), bytes_words(gpu.memory_total_bytes)
        parts.append(_("{name}: {free} of {total} free").format(name=gpu.name, free=free, total=total))
        users = sorted(gpu.users, key=lambda user: -(user.memory_bytes or 0))
        for user in users:
            size = bytes_words(user.memory_bytes) if user.memory_bytes is not None else _("size not told")
            parts.append(f"    {user.name} ({user.pid}): {size}")
        if not users:
            parts.append("    " + _("no program is named by the driver"))
    return "\n".join(parts)
