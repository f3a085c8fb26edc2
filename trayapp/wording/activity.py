"""Texts of the window with the progress of a start and the figures of a running model."""

from typing import TYPE_CHECKING

from trayapp.core.log_events import Phase
from trayapp.wording.phases import phase_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, number_words

if TYPE_CHECKING:
    from trayapp.core.live_figures import Moment
    from trayapp.core.start_times import StartProgress, StepRow

_MINUTE_S = 60


def window_title() -> str:
    """Return the title of the window."""
    return _("Progress and memory · vLLM Tray")


def steps_label() -> str:
    """Return what a screen reader says for the list of steps."""
    return _("Steps of the start")


def bar_label() -> str:
    """Return what a screen reader says for the bar."""
    return _("Progress of the start")


def figures_label() -> str:
    """Return what a screen reader says for the part of the window that scrolls."""
    return _("Steps and figures")


def cancel_label() -> str:
    """Return the label of the button that ends a start."""
    return _("&Cancel")


def stop_label() -> str:
    """Return the label of the button that stops a running model."""
    return _("&Stop")


def start_label() -> str:
    """Return the label of the button that starts the model."""
    return _("&Start")


def seconds_words(seconds: float) -> str:
    """Return a span of time: "8 s", "1 min 20 s"."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return _("{seconds} s").format(seconds=whole)
    return _("{minutes} min {seconds} s").format(minutes=whole // _MINUTE_S, seconds=whole % _MINUTE_S)


def step_words(row: "StepRow") -> str:
    """Return the name of a step, marked when it is done or under way."""
    mark = "▶" if row.is_now else "✓" if row.seconds is not None else "·"
    return f"{mark} {phase_words(row.phase)}"


def step_seconds(row: "StepRow") -> str:
    """Return how long a step took, and how long earlier."""
    took = "" if row.seconds is None else seconds_words(row.seconds)
    if row.expected_s is None:
        return took
    usual = _("usually {time}").format(time=seconds_words(row.expected_s))
    return f"{took} ({usual})" if took else usual


def progress_words(progress: "StartProgress") -> str:
    """Return how long it has taken and will take."""
    elapsed = seconds_words(progress.elapsed_s)
    if progress.is_over:
        return _("It took {time}.").format(time=elapsed)
    if progress.remaining_s is None:
        return _("{time} so far. How long it takes is known after the first start.").format(time=elapsed)
    if progress.remaining_s < 1:
        return _("{time} so far; longer than usual.").format(time=elapsed)
    remaining = seconds_words(progress.remaining_s)
    return _("{time} so far, about {remaining} to go.").format(time=elapsed, remaining=remaining)


def first_start_words(progress: "StartProgress") -> str:
    """Return the remark that a first start compiles, once; "" where it does not apply."""
    compiles = any(row.phase is Phase.COMPILING and row.seconds is not None for row in progress.rows)
    if not progress.is_first or not compiles or progress.is_over:
        return ""
    return _("The first start compiles for this computer, once; the next ones are quicker.")


def memory_name(*, of_gpu: bool) -> str:
    """Return the name of the line of the memory."""
    return _("GPU memory in use") if of_gpu else _("Memory of the computer in use")


def requests_name() -> str:
    """Return the name of the line of the requests."""
    return _("Requests")


def speed_name() -> str:
    """Return the name of the line of the speed."""
    return _("Tokens per second")


def memory_now(moment: "Moment") -> str:
    """Return the memory in use now."""
    if moment.memory_used_bytes is None or not moment.memory_total_bytes:
        return _("not known")
    used, total = bytes_words(moment.memory_used_bytes), bytes_words(moment.memory_total_bytes)
    return _("{used} of {total}").format(used=used, total=total)


def requests_now(moment: "Moment") -> str:
    """Return the requests at work and waiting now, and the share of the cache they use."""
    if moment.server is None:
        return _("not known")
    return _("{running} at work, {waiting} waiting, {percent} % of the context in use").format(
        running=round(moment.server.running),
        waiting=round(moment.server.waiting),
        percent=round(moment.server.kv_share * 100),
    )


def speed_now(speed: float | None) -> str:
    """Return the speed now."""
    return _("not known") if speed is None else number_words(speed, 1)


def ten_minutes() -> str:
    """Return what lies below the lines."""
    return _("the last ten minutes")
