"""Every cause, remedy and phase has words, and they are for people."""

import re

import pytest

from tests.core import recordings
from tests.core.rebuilt_logs import LOGS
from trayapp.core.diagnosis import Cause, Circumstances, Confidence, Diagnosis, Evidence, diagnose
from trayapp.core.log_events import Phase
from trayapp.core.remedies import Remedy, RemedyId, remedies_for
from trayapp.core.settings import Settings
from trayapp.wording.diagnoses import confidence_words, diagnosis_words
from trayapp.wording.gpu_diagnoses import cpu_diagnoses
from trayapp.wording.phases import phase_words
from trayapp.wording.remedies import remedy_words


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_short_title_and_an_explanation(cause: Cause) -> None:
    title, explanation = diagnosis_words(Diagnosis(cause, Confidence.CERTAIN))
    assert 10 <= len(title) <= 60
    assert explanation.endswith(".")
    assert "{" not in title + explanation


@pytest.mark.parametrize("cause", Cause)
def test_titles_are_free_of_jargon(cause: Cause) -> None:
    title = diagnosis_words(Diagnosis(cause, Confidence.CERTAIN))[0]
    jargon = r"KV|OOM|NCCL|tensor|quantiz|bf16|compute capability|rope|utilization|token(?!s? that)|_"
    assert not re.search(jargon, title, re.IGNORECASE)


@pytest.mark.parametrize("name", LOGS)
def test_the_figures_of_a_log_come_out_as_words(name: str) -> None:
    diagnosis = diagnose(LOGS[name].text.splitlines(), Circumstances(compute_capability=LOGS[name].capability))
    text = " ".join(diagnosis_words(diagnosis))
    assert not re.search(r"[{}]|\d{8,}", text)  # no empty place, no size in bytes
    for remedy in remedies_for(diagnosis, Settings(), None):
        assert "…" not in remedy_words(remedy)


def test_sizes_and_lengths_are_written_for_people() -> None:
    kv = diagnosis_words(diagnose(LOGS["kv cache (V0)"].text.splitlines()))[1]
    assert "32,768 tokens do not fit; about 20,000 do." in kv
    occupied = diagnosis_words(diagnose(LOGS["occupied"].text.splitlines()))[1]
    assert "3.1 GiB of 23.6 GiB were free, 21.2 GiB were asked for." in occupied


@pytest.mark.parametrize("cause", cpu_diagnoses())
def test_on_the_processor_nobody_speaks_of_a_gpu(cause: Cause) -> None:
    assert "GPU" not in " ".join(diagnosis_words(Diagnosis(cause, Confidence.CERTAIN, values={"on_cpu": True})))


def test_a_recorded_run_on_the_processor_is_recognised() -> None:
    diagnosis = diagnose(recordings.load("kv_cache_too_small").lines())
    assert diagnosis_words(diagnosis)[0] == "Not enough memory for this context length"
    assert "GPU" not in " ".join(remedy_words(remedy) for remedy in remedies_for(diagnosis, Settings(), None))


def test_an_unknown_cause_says_the_last_error() -> None:
    diagnosis = Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN, (Evidence(1, "ValueError: new"),))
    assert "ValueError: new" in diagnosis_words(diagnosis)[1]


def test_every_confidence_has_words() -> None:
    assert len({confidence_words(confidence) for confidence in Confidence}) == len(Confidence)


@pytest.mark.parametrize("remedy_id", RemedyId)
def test_every_remedy_has_a_label_that_fits_on_a_button(remedy_id: RemedyId) -> None:
    assert 5 <= len(remedy_words(Remedy(remedy_id, automatic=False))) <= 55


@pytest.mark.parametrize(
    ("remedy_id", "changes", "label"),
    [
        (RemedyId.USE_DETECTED_CONTEXT, {"max_model_len": 9216}, "Use 9,216 tokens"),
        (RemedyId.USE_MODEL_LIMIT, {"max_model_len": 0}, "Use the model's own length"),
        (RemedyId.LOWER_UTILIZATION, {"gpu_memory_utilization": 0.87}, "Take only 87 % of the GPU"),
        (RemedyId.USE_OTHER_PORT, {"port": 8001}, "Use port 8001"),
        (RemedyId.FEWER_SEQUENCES, {"max_num_seqs": 64}, "Allow 64 requests at once"),
    ],
)
def test_a_label_says_what_will_be_done(remedy_id: RemedyId, changes: dict[str, object], label: str) -> None:
    assert remedy_words(Remedy(remedy_id, automatic=True, changes=changes)) == label


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_words(phase: Phase) -> None:
    assert phase_words(phase, None, None)


def test_a_count_is_shown_with_its_share() -> None:
    assert phase_words(Phase.LOADING_WEIGHTS, 2, 4) == "Loading weights 2/4 (50 %)"
    assert phase_words(Phase.LOADING_WEIGHTS, 5, 4) == "Loading weights 5/4 (100 %)"
    assert phase_words(Phase.LOADING_WEIGHTS, 0, 0) == "Loading weights"
