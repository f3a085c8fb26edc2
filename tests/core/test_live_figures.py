"""What /metrics says, as the real vLLM says it, and the last ten minutes of it."""

from pathlib import Path

import pytest

from trayapp.core.live_figures import KEPT_S, Live, Moment, ServerFigures, read_metrics

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "metrics_0.32.0.txt"


def test_the_real_answer_is_read() -> None:
    figures = read_metrics(RECORDED.read_text("utf-8"))
    assert figures is not None
    assert figures.running == 0
    assert figures.generated_tokens > 3
    assert figures.prompt_tokens > 3


def test_engines_are_added_up_and_rubbish_is_passed_over() -> None:
    text = """# HELP vllm:num_requests_running Number
vllm:num_requests_running{engine="0",model_name="a b}"} 2.0
vllm:num_requests_running{engine="1",model_name="a b}"} 1.0
vllm:kv_cache_usage_perc{engine="0"} 0.5
vllm:kv_cache_usage_perc{engine="1"} 0.25
vllm:generation_tokens_total{engine="0"} 1.2e+03
vllm:prompt_tokens_total{engine="0"} many
vllm:something_else 7
process_open_fds 9
"""
    assert read_metrics(text) == ServerFigures(running=3.0, kv_share=0.5, generated_tokens=1200.0)


@pytest.mark.parametrize("text", ["", "<html>", "go_gc 1\n", "vllm:"])
def test_another_servers_answer_says_nothing(text: str) -> None:
    assert read_metrics(text) is None


def test_only_ten_minutes_are_kept() -> None:
    live = Live()
    for second in range(0, 2_000, 2):
        live = live.with_moment(Moment(float(second), 5, 10))
    assert live.moments[0].at_s == live.now.at_s - KEPT_S
    assert Live().now == Moment(0.0)


def test_the_lines_leave_out_what_nobody_knew() -> None:
    live = Live()
    counts = (10.0, 30.0, 30.0, 5.0)
    for second, count in enumerate(counts):
        live = live.with_moment(Moment(second * 2.0, second, 10, ServerFigures(1.0, 2.0, 0.0, 0.0, count)))
    live = live.with_moment(Moment(9.0))
    assert live.memory() == ((0.0, 0.0), (2.0, 1.0), (4.0, 2.0), (6.0, 3.0))
    assert live.requests()[0] == (0.0, 3.0)
    assert live.tokens_per_s() == ((2.0, 10.0), (4.0, 0.0), (6.0, 0.0))
    same = Live((Moment(1.0, server=ServerFigures()), Moment(1.0, server=ServerFigures())))
    assert same.tokens_per_s() == ()
