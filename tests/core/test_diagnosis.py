"""The diagnosis names the one cause: of what the real vLLM printed, and of logs rebuilt from its messages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import recordings
from tests.core.rebuilt_logs import LOGS, Log, engine, loaded, serving
from trayapp.core.causes.all_rules import RULES
from trayapp.core.diagnosis import Cause, Circumstances, Clues, Confidence, Diagnosis, diagnose
from trayapp.core.exits import Exit

HEALTHY_LINES = recordings.load("healthy_start_and_stop").lines()
STARTING = HEALTHY_LINES[: next(n for n, line in enumerate(HEALTHY_LINES) if "Warming up model" in line)]


def of(log: Log, text: str | None = None) -> Diagnosis:
    lines = (log.text if text is None else text).splitlines()
    return diagnose(lines, Circumstances(compute_capability=log.capability))


@pytest.mark.parametrize("name", recordings.NAMES)
def test_a_recorded_end_has_its_cause(name: str) -> None:
    recording = recordings.load(name)
    circumstances = Circumstances(exit=recording.exit, stopped_by_user=recording.header["stopped_by_user"])
    assert diagnose(recording.lines(), circumstances).cause == recording.header["cause"]


@pytest.mark.parametrize("name", recordings.NAMES)
def test_a_recorded_log_alone_is_enough(name: str) -> None:
    recording = recordings.load(name)
    if recording.header["cause"] in {Cause.HEALTHY, Cause.HOST_RAM_OOM_KILLED}:
        assert diagnose(recording.lines()).cause in {Cause.HEALTHY, recording.header["cause"]}
    else:
        assert diagnose(recording.lines()).cause == recording.header["cause"]


@pytest.mark.parametrize("name", LOGS)
def test_a_rebuilt_log_has_its_cause_and_figures(name: str) -> None:
    log = LOGS[name]
    diagnosis = of(log)
    assert diagnosis.cause == log.cause
    assert {key: diagnosis.values.get(key) for key in log.values} == log.values
    assert diagnosis.evidence


def test_every_cause_has_a_log() -> None:
    recorded = {recordings.load(name).header["cause"] for name in recordings.NAMES}
    assert recorded | {log.cause for log in LOGS.values()} | {"unknown"} == set(Cause)


def test_the_log_of_one_cause_never_counts_for_another() -> None:
    wrong = []
    for name, log in LOGS.items():
        for rule in RULES:
            told = [sign for sign in rule.signs if sign in log.text]
            alone = diagnose([line for line in log.text.splitlines() if any(sign in line for sign in told)])
            if told and rule.rank == 4 and not rule.also and not rule.decide and alone.cause != log.cause:
                wrong.append((name, rule.cause, told))
    assert wrong == []


@pytest.mark.parametrize("name", [name for name, log in LOGS.items() if "No available shared memory" not in log.text])
def test_noise_does_not_hide_the_cause(name: str) -> None:
    log = LOGS[name]
    lines = log.text.splitlines()
    noisy = {
        "compose": [f"vllm-server-1  | {line}" for line in lines],
        "colours": [f"\x1b[0;36m(EngineCore_0 pid=7)\x1b[0;0m {line}" for line in lines],
        "copied colours": [f"^[[1;36m(Worker_TP0 pid=7)^[[0;0m {line}" for line in lines],
        "a forum's tags": [f'<font color="#EF2929">{line}</font>' for line in lines],
        "rubbish": ["\x00\udcff\x80 \ufffd", *lines, "█" * 300],
        "one more wrapper": [*lines, "RuntimeError: Engine core initialization failed. See root cause above."],
        "a start before it": [*STARTING, *lines],
    }
    if any(log.cause.startswith(word) for word in ("cuda_oom", "host_ram")):
        del noisy["a start before it"]  # how far the start came is what tells these apart
    for kind, changed in noisy.items():
        diagnosis = diagnose(changed, Circumstances(compute_capability=log.capability))
        assert (kind, diagnosis.cause) == (kind, log.cause)


@pytest.mark.parametrize(
    "name", ["kv cache (V0)", "no blocks", "occupied", "bf16", "quantization", "code", "offline", "name (0.8)"]
)
@pytest.mark.parametrize("width", [60, 80, 132])
def test_lines_broken_anywhere_still_tell(name: str, width: int) -> None:
    log = LOGS[name]
    broken = [line[at : at + width] for line in log.text.splitlines() for at in range(0, max(len(line), 1), width)]
    assert diagnose(broken).cause == log.cause


def test_lines_broken_between_words_still_give_the_figures() -> None:
    words = LOGS["kv cache (V0)"].text.split(" ")
    lines = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    diagnosis = diagnose(lines)
    assert diagnosis.cause is Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN
    assert diagnosis.confidence is Confidence.LIKELY


def test_a_whole_log_on_one_line_still_tells() -> None:
    text = " ".join(engine("ValueError: No available memory for the cache blocks.").splitlines())
    assert diagnose([text]).cause is Cause.NO_MEMORY_FOR_CACHE_BLOCKS


def test_what_the_user_asked_for_is_no_failure_whatever_the_log_says() -> None:
    lines = LOGS["out of memory while serving"].text.splitlines()
    diagnosis = diagnose(lines, Circumstances(exit=Exit(1), stopped_by_user=True))
    assert (diagnosis.cause, diagnosis.confidence) == (Cause.HEALTHY, Confidence.CERTAIN)


def test_the_first_cause_wins_over_what_follows_from_it() -> None:
    first, second = LOGS["no blocks"].text.splitlines(), LOGS["bf16"].text.splitlines()
    assert diagnose([*first, *second]).cause is Cause.NO_MEMORY_FOR_CACHE_BLOCKS
    assert diagnose([*second, *first]).cause is Cause.BF16_UNSUPPORTED


def test_a_warning_that_did_not_stop_the_start_is_not_why_the_server_ended() -> None:
    lines = ["WARNING 11-20 10:11:02 [cuda.py:22] undefined symbol: _Z1", *serving("").splitlines()]
    assert diagnose(lines, Circumstances(exit=Exit(0))).cause is Cause.ENGINE_DEAD_AT_RUNTIME
    assert diagnose(lines).cause is Cause.HEALTHY


def test_what_a_record_of_level_info_quotes_has_not_happened() -> None:
    prompt = "INFO 11-20 10:11:02 [logger.py:20] Received request: prompt: 'Why CUDA out of memory?', params"
    assert diagnose([*serving("").splitlines(), prompt]).cause is Cause.HEALTHY


def test_a_warning_counts_for_less_than_an_error() -> None:
    warning = "WARNING 11-20 10:11:02 [x.py:1] OSError: [Errno 98] Address already in use"
    assert diagnose([warning]).confidence is Confidence.LIKELY
    assert diagnose([warning, "UVA is not available"]).cause is Cause.WSL_UVA_UNAVAILABLE


def test_an_engine_that_was_told_to_go_did_not_die() -> None:
    lines = [
        "INFO 11-20 10:11:02 [core.py:1454] [shutdown] EngineCore: trigger received signal=SIGTERM",
        "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above)",
    ]
    assert diagnose(lines).cause is Cause.HEALTHY
    assert diagnose(lines, Circumstances(exit=Exit(1))).cause is Cause.UNKNOWN


def test_what_fails_after_the_server_was_told_to_stop_fails_because_of_that() -> None:
    stopped = serving("INFO 11-20 10:11:02 [launcher.py:254] [shutdown] API server: shutdown triggered\n")
    assert diagnose([*stopped.splitlines(), *LOGS["illegal access"].text.splitlines()[-1:]]).cause is Cause.HEALTHY


def test_one_line_of_waiting_while_compiling_is_no_hang() -> None:
    assert diagnose(LOGS["hang"].text.splitlines()[:1]).cause is Cause.UNKNOWN


@pytest.mark.parametrize("level", ["Xid (PCI:0000:01:00): 45, pid=1", "Xid number unreadable (x): y"])
def test_an_xid_that_only_cleans_up_is_no_cause(level: str) -> None:
    assert diagnose([f"NVRM: {level}"]).cause is Cause.UNKNOWN


def test_a_start_without_trouble_is_healthy_as_far_as_it_goes() -> None:
    assert diagnose(STARTING).cause is Cause.HEALTHY


def test_nothing_is_unknown() -> None:
    assert diagnose([]) == Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN)


def test_the_last_error_is_shown_for_an_unknown_cause() -> None:
    lines = ["Traceback (most recent call last):", "ValueError: something new", "RuntimeError: See stack trace above"]
    diagnosis = diagnose(lines[:2], Circumstances(exit=Exit(1)))
    assert diagnosis.cause is Cause.UNKNOWN
    assert [item.text for item in diagnosis.evidence] == ["ValueError: something new"]
    assert [item.line for item in diagnosis.evidence] == [2]


def test_an_engine_that_died_of_an_error_without_a_name_is_unknown_and_shows_it() -> None:
    lines = [*LOGS["engine died"].text.splitlines(), "AssertionError: something new"]
    diagnosis = diagnose(lines, Circumstances(exit=Exit(0), was_ready=True))
    assert diagnosis.cause is Cause.UNKNOWN
    assert [item.text for item in diagnosis.evidence] == ["AssertionError: something new"]


def test_the_evidence_is_the_message_and_not_the_source_that_raised_it() -> None:
    lines = [
        '    raise ValueError("No available memory for the cache blocks.")',
        "ValueError: No available memory for the cache blocks. Try",
    ]
    assert [item.line for item in diagnose(lines).evidence] == [2]


@pytest.mark.parametrize(
    ("circumstances", "cause", "confidence"),
    [
        (Circumstances(exit=Exit(None, 9)), Cause.HOST_RAM_OOM_KILLED, Confidence.LIKELY),
        (Circumstances(exit=Exit(137)), Cause.HOST_RAM_OOM_KILLED, Confidence.LIKELY),
        (
            Circumstances(exit=Exit(None, 9), clues=Clues(killed_for_memory=False)),
            Cause.UNKNOWN,
            Confidence.UNKNOWN,
        ),
        (
            Circumstances(exit=Exit(None, 9), was_ready=True, clues=Clues(killed_for_memory=False)),
            Cause.ENGINE_DEAD_AT_RUNTIME,
            Confidence.LIKELY,
        ),
        (
            Circumstances(exit=Exit(None, 9), clues=Clues(killed_for_memory=True)),
            Cause.HOST_RAM_OOM_KILLED,
            Confidence.CERTAIN,
        ),
        (
            Circumstances(exit=Exit(1), clues=Clues(killed_for_memory=True, killed_process="VLLM::EngineCor")),
            Cause.HOST_RAM_OOM_KILLED,
            Confidence.CERTAIN,
        ),
        (
            Circumstances(exit=Exit(1), clues=Clues(killed_for_memory=True, killed_process="firefox")),
            Cause.HOST_RAM_OOM_KILLED,
            Confidence.LIKELY,
        ),
        (Circumstances(exit=Exit(1), clues=Clues(gpu_lost=True)), Cause.GPU_FELL_OFF_BUS_XID, Confidence.CERTAIN),
        (
            Circumstances(exit=Exit(1), clues=Clues(gpu_lost=True, xid=79)),
            Cause.GPU_FELL_OFF_BUS_XID,
            Confidence.CERTAIN,
        ),
        (Circumstances(clues=Clues(driver_replaced=True)), Cause.NVML_VERSION_MISMATCH, Confidence.CERTAIN),
        (Circumstances(clues=Clues(disk_full="/home/user")), Cause.DISK_FULL, Confidence.LIKELY),
        (Circumstances(clues=Clues(shared_memory_full=True)), Cause.SHM_TOO_SMALL, Confidence.LIKELY),
        (Circumstances(exit=Exit(None, 7)), Cause.SHM_TOO_SMALL, Confidence.LIKELY),
        (Circumstances(exit=Exit(0), was_ready=True), Cause.ENGINE_DEAD_AT_RUNTIME, Confidence.LIKELY),
        (Circumstances(exit=Exit(0)), Cause.UNKNOWN, Confidence.UNKNOWN),
    ],
)
def test_what_the_log_does_not_tell_the_circumstances_may(
    circumstances: Circumstances, cause: Cause, confidence: Confidence
) -> None:
    diagnosis = diagnose(["INFO 11-20 10:11:02 [x.py:1] nothing"], circumstances)
    assert (diagnosis.cause, diagnosis.confidence) == (cause, confidence)


def test_a_killed_process_that_the_kernel_did_not_kill_for_memory_died_otherwise() -> None:
    lines = serving(
        "ERROR 11-20 11:11:12 [x.py:1] Worker proc VllmWorker-0 died unexpectedly (exit code: -9)"
    ).splitlines()
    assert diagnose(lines).cause is Cause.HOST_RAM_OOM_KILLED
    known = Circumstances(exit=Exit(0), clues=Clues(killed_for_memory=False))
    assert diagnose(lines, known).cause is Cause.ENGINE_DEAD_AT_RUNTIME


def test_the_phase_of_an_out_of_memory_comes_from_the_app_where_the_log_was_cut() -> None:
    lines = LOGS["out of memory while profiling"].text.splitlines()
    assert diagnose(lines, Circumstances(was_ready=True)).cause is Cause.CUDA_OOM_RUNTIME


def test_private_pools_tell_that_graphs_had_been_captured() -> None:
    text = (
        "CUDA out of memory. Tried to allocate 1.74 GiB. with 128.00 MiB allocated in private pools (e.g., CUDA Graphs)"
    )
    assert diagnose([text]).cause is Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE


def test_without_a_capability_the_age_of_a_card_is_only_likely() -> None:
    lines = ["RuntimeError: CUDA error: no kernel image is available for execution on the device"]
    assert diagnose(lines).confidence is Confidence.LIKELY


def test_a_hundred_thousand_times_the_same_line_costs_no_more() -> None:
    lines = ["ValueError: No available memory for the cache blocks."] * 100_000
    assert diagnose(lines).cause is Cause.NO_MEMORY_FOR_CACHE_BLOCKS


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=30))
def test_any_text_gets_an_answer(lines: list[str]) -> None:
    assert diagnose(lines).cause in set(Cause)


SIGNS = [sign for rule in RULES for sign in rule.signs]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(SIGNS) | st.text(max_size=20) | st.sampled_from(["\n", "INFO 11-20 ", "(1.2/"]), max_size=12
    )
)
def test_signs_in_any_mixture_get_an_answer(parts: list[str]) -> None:
    for lines in (parts, ["".join(parts)]):
        diagnosis = diagnose(lines)
        assert all(1 <= item.line <= len(lines) for item in diagnosis.evidence)


def test_loaded_is_what_it_says() -> None:
    assert "Model loading took" in loaded(engine("x"))


def test_an_estimate_that_cannot_be_computed_is_left_out() -> None:
    text = LOGS["kv cache, no estimate printed (0.8.5)"].text.replace("(2.50 GiB)", "(-0.10 GiB)")
    values = diagnose(text.splitlines()).values
    assert "estimated_max_model_len" not in values


def test_every_sign_is_a_text_long_enough_to_mean_something() -> None:
    assert all(isinstance(rule.signs, tuple) for rule in RULES)
    assert min(len(sign) for sign in SIGNS) >= 5
