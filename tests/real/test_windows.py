"""What the windows ask a running server, asked of the real vLLM: a streamed answer, and its figures."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from tests.supervision.story import SLOW_MS, Story
from trayapp.core.access import Access
from trayapp.core.chat import Answer
from trayapp.core.live_figures import ServerFigures
from trayapp.supervision.chat import Chat
from trayapp.supervision.metrics import Metrics

pytestmark = [pytest.mark.real, pytest.mark.long]


def test_an_answer_is_streamed_and_seen_in_the_figures(story: Callable[..., Story], qtbot: QtBot) -> None:
    """One start."""
    told = story()
    ready = told.start()
    access = Access(ready.plan.endpoint, ready.plan.model_name)
    chat, answers = Chat(access), list[Answer]()
    chat.grew.connect(answers.append)
    with qtbot.waitSignal(chat.ended, timeout=SLOW_MS) as ended:
        chat.ask("Say hello.")
    assert ended.args == [None, ""]
    assert "It works" in answers[-1].text
    assert answers[-1].tokens > 3
    assert answers[-1].first_token_s is not None
    metrics = Metrics(access)
    with qtbot.waitSignal(metrics.answered) as answered:
        metrics.ask()
    assert answered.args is not None
    figures = answered.args[0]
    assert isinstance(figures, ServerFigures)
    assert figures.generated_tokens == answers[-1].tokens
    assert figures.running == 0
