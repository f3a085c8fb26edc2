"""What the notification says."""

from trayapp.core.notices import Notice
from trayapp.core.states import Stopped
from trayapp.wording.notices import notice_words


def test_a_stop_promises_nothing_about_a_gpu_that_may_not_be_there() -> None:
    assert not any("GPU" in words for words in notice_words(Notice(Stopped())))


def test_what_would_not_end_is_named() -> None:
    title, text = notice_words(Notice(Stopped(leftovers=(4711, 4712))))
    assert "not everything" in title
    assert "4711, 4712" in text
