"""What is read of a terminal on which a program draws."""

import errno
import os

import pytest

from trayapp.jobs.uv_run import drawn


def test_the_end_is_not_lost_when_the_terminal_is_said_to_be_closed_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux does so now and then: one in a thousand times on two busy processors."""
    terminal, far_end = os.openpty()
    os.write(far_end, b"error: no solution\nhint: the index wants a password\n")
    os.close(far_end)
    read = os.read
    early = iter([True])

    def read_too_early(descriptor: int, size: int) -> bytes:
        if descriptor == terminal and next(early, False):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", read_too_early)
    said = "".join(drawn(terminal))
    os.close(terminal)
    assert said.splitlines() == ["error: no solution", "hint: the index wants a password"]
