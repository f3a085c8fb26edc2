"""When a server that crashed while serving is started again by itself. The times come in as values: no clock here."""

WINDOW_S = 600.0
PAUSES_S = (2.0, 10.0, 30.0)
"""The pause before each restart: long enough for a GPU to settle, and growing since a second crash is no accident."""


def pause_before_restart(crashes: tuple[float, ...], now_s: float) -> float | None:
    """Return the pause in seconds before the restart after the newest crash, or None when there were too many.

    crashes are the times of all crashes known, the one just now included; only those of the last ten minutes count.
    """
    recent = len(recent_crashes(crashes, now_s))
    return PAUSES_S[recent - 1] if 0 < recent <= len(PAUSES_S) else None


RECONNECT_PAUSES_S = (2.0, 5.0, 10.0, 30.0, 60.0)
"""The pauses before a lost server is asked again; the last one for ever. It is not ours to start, so that nothing is
worn out by asking, and a night is a normal time to be away."""


def pause_before_asking(tries: int) -> float:
    """Return the pause in seconds after so many tries to reach a lost server."""
    return RECONNECT_PAUSES_S[min(tries, len(RECONNECT_PAUSES_S) - 1)]


def recent_crashes(crashes: tuple[float, ...], now_s: float) -> tuple[float, ...]:
    """Return those crashes that still count."""
    return tuple(at_s for at_s in crashes if now_s - at_s < WINDOW_S)
