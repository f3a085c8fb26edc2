"""Models and their downloads in words: what a row of a list says, and how far a download is."""

from typing import assert_never

from trayapp.core.download import DownloadProgress, DownloadStep
from trayapp.core.memory_plan import Verdict
from trayapp.core.model_rows import ModelRow
from trayapp.wording.plan import verdict_words
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, left_words, pair_words, rate_words, tokens_words


def row_verdict(row: ModelRow) -> str:
    """Return whether a model fits, such as "It fits with 26,608 tokens"."""
    if row.unfinished_bytes and row.verdict is None:
        return _("{size} of an interrupted download").format(size=bytes_words(row.unfinished_bytes))
    if row.verdict is None:
        return problem_words(row.problem).title if row.problem is not None else _("Nothing is known yet")
    if row.verdict is Verdict.REDUCED_CONTEXT and row.context:
        return _("It fits with {tokens}").format(tokens=tokens_words(row.context))
    return verdict_words(row.verdict)


def row_size(row: ModelRow) -> str:
    """Return the size of a model; "about" where it was computed."""
    if not row.size_bytes:
        return "–"
    words = bytes_words(row.size_bytes)
    return _("about {size}").format(size=words) if row.approximate else words


def row_detail(row: ModelRow) -> str:
    """Return what else is known of a model on one line: format, licence, what it is good at, its languages."""
    skills = [_skills()[name] for name in row.good_at]
    parts = [
        row.quantization or row.weight_format,
        _("licence {licence}").format(licence=row.licence) if row.licence else "",
        _("a token is needed") if row.gated else "",
        ", ".join(skills),
        _("languages: {names}").format(names=" ".join(row.languages)) if row.languages else "",
        _("revision {revision}").format(revision=row.revision[:7]) if row.revision else "",
    ]
    return " · ".join(part for part in parts if part)


def _skills() -> dict[str, str]:
    return {
        "chat": _("conversation"),
        "code": _("programming"),
        "reasoning": _("thinking"),
        "tools": _("tools"),
        "languages": _("many languages"),
        "quick": _("quick"),
    }


def download_words(progress: DownloadProgress) -> str:
    """Return how far a download is, on one line."""
    match progress.step:
        case DownloadStep.LOOKING:
            return _("Asking the Hub for {model}").format(model=progress.model)
        case DownloadStep.DOWNLOADING:
            done, total = pair_words(progress.done_bytes, progress.total_bytes)
            words = _("{done} of {total}").format(done=done, total=total)
            if not progress.bytes_a_second:
                return words
            words += " · " + rate_words(progress.bytes_a_second)
            left = progress.seconds_left
            return words if left is None else words + " · " + left_words(left)
        case DownloadStep.WAITING:
            return _("The network is gone; trying again in {seconds} s").format(seconds=round(progress.wait_s))
        case DownloadStep.DONE:
            return _("{model} is there: {size}").format(model=progress.model, size=bytes_words(progress.total_bytes))
        case _:
            assert_never(progress.step)


def freed_words(model: str, freed_bytes: int) -> str:
    """Return what removing a model freed."""
    return _("{model} is removed; {size} are free again.").format(model=model, size=bytes_words(freed_bytes))


def cancelled_words() -> str:
    """Return what is said when a download was stopped."""
    return _("Stopped. What is there is kept: the next download goes on from it.")


def no_models_words() -> str:
    """Return what a list without models says."""
    return _("No model is on this computer yet.")
