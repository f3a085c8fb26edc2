"""A memory plan in words: the verdict, the parts of the memory, and why the context is as long as it is."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.launch import LengthSource
from trayapp.core.memory_fit import HEAD_ROOM_PERCENT
from trayapp.core.memory_plan import Basis, MemoryPlan, Span, Verdict
from trayapp.wording.allowed import allowed_words
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, number_words, tokens_words

if TYPE_CHECKING:
    from trayapp.core.launch_plan import Report
    from trayapp.core.problems import Problem
    from trayapp.core.vllm_version import VllmVersion


def verdict_words(verdict: Verdict) -> str:
    """Return the verdict in a few words."""
    match verdict:
        case Verdict.FITS:
            return _("It fits")
        case Verdict.REDUCED_CONTEXT:
            return _("It fits with a shorter context")
        case Verdict.DOES_NOT_FIT:
            return _("It does not fit")
        case Verdict.UNSUPPORTED:
            return _("This computer cannot run it with this vLLM")
        case _:
            assert_never(verdict)


def basis_words(basis: Basis) -> str:
    """Return how the numbers are known, as a sentence."""
    match basis:
        case Basis.MEASURED:
            return _("These numbers were measured by an earlier start.")
        case Basis.NEIGHBOUR:
            return _("These numbers are computed from an earlier start.")
        case Basis.ESTIMATED:
            return _("These numbers are estimated; the first start measures them.")
        case _:
            assert_never(basis)


def memory_parts(memory: MemoryPlan) -> tuple[tuple[str, str], ...]:
    """Return the parts of the memory as (name, size), the whole first."""
    parts = [
        (_("in all"), bytes_words(memory.total_bytes)),
        (_("free now"), bytes_words(memory.free_bytes)),
    ]
    if memory.reserve_bytes:
        parts.append((_("kept free for the desktop"), bytes_words(memory.reserve_bytes)))
    parts += [
        (_("vLLM may take"), bytes_words(memory.budget_bytes)),
        (_("weights"), bytes_words(memory.weights_bytes)),
        (_("while computing"), span_words(memory.activation)),
        (_("libraries and other needs"), span_words(memory.other)),
    ]
    if memory.cuda_graphs.high:
        parts.append((_("CUDA graphs"), span_words(memory.cuda_graphs)))
    left = memory.kv_cache
    if left.high < 0:
        parts.append((_("missing"), span_words(Span(-left.high, -left.low))))
    else:
        parts.append((_("left for the context"), span_words(left)))
    return tuple(parts)


def context_words(memory: MemoryPlan) -> str:
    """Return how long the context may be and is planned."""
    native = tokens_words(memory.native_context)
    if memory.verdict is Verdict.DOES_NOT_FIT:
        return _("The model's own context is {native}.").format(native=native)
    if memory.planned_context == memory.native_context:
        return _("The model's whole context is planned: {native}.").format(native=native)
    if memory.planned_context >= memory.wanted_context:
        return _("Planned are {planned}; the model's own context is {native}.").format(
            planned=tokens_words(memory.planned_context), native=native
        )
    low, high = (number_words(end) for end in (memory.largest_that_fits.low, memory.largest_that_fits.high))
    sentence = (
        _(
            "{high} tokens fit; planned are {planned}, {percent} % less, since memory is never quite the same twice."
            " The model's own context is {native}."
        )
        if low == high
        else _(
            "{low} to {high} tokens fit; planned are {planned}, {percent} % below the low end, since memory is never"
            " quite the same twice. The model's own context is {native}."
        )
    )
    return sentence.format(
        low=low,
        high=high,
        planned=tokens_words(memory.planned_context),
        percent=HEAD_ROOM_PERCENT,
        native=native,
    )


def start_words(source: LengthSource, max_model_len: int | None) -> str:
    """Return what a start does about a context that does not fit as a whole; max_model_len is what it asks for."""
    match source:
        case LengthSource.AUTO:
            return _("vLLM itself finds the exact limit when it starts (--max-model-len auto).")
        case LengthSource.NATIVE:
            return _(
                "A first launch asks for the model's own context; a second one uses the limit that vLLM then names."
            )
        case LengthSource.USER:
            return _("The start asks for {length}, as the settings say.").format(
                length=tokens_words(max_model_len or 0)
            )
        case LengthSource.LEARNED | LengthSource.DETECTED:
            return _("The start asks for {length}, as vLLM found earlier.").format(
                length=tokens_words(max_model_len or 0)
            )
        case LengthSource.SERVER:
            return _("The server has a length of its own.")
        case _:
            assert_never(source)


def longer_context_words(remedy: str) -> str:
    """Return what would make the context longer; remedy is that of the warning about a shorter one."""
    return _("For a longer context: {remedy}").format(remedy=remedy)


def no_vllm_words(problem: "Problem", version: "VllmVersion") -> str:
    """Return why there is no vLLM, what can be done, and which one the plan below is for instead."""
    said = problem_words(problem)
    return _("{problem}. {remedy} This is the plan for vLLM {version}:").format(
        problem=said.title, remedy=said.remedy, version=version
    )


def needs_total_words(option: str) -> str:
    """Return that an option of the command line says something of another GPU, whose size is missing."""
    return _("{option} describes the GPU of another computer; add its memory: --gpu-total-gib GIB").format(
        option=option
    )


def flag_words(problem: "Problem") -> str:
    """Return what is wrong with a flag of the command line whose setting refuses its value."""
    values = problem.values
    flag = "--" + str(values["key"]).replace("_", "-")
    return _("{flag} {value}: allowed is {allowed}.").format(
        flag=flag, value=values["value"], allowed=allowed_words(str(values["allowed"]))
    )


def report_heading(name: str, report: "Report") -> str:
    """Return the first line of a plan."""
    return f"{name}: {verdict_words(report.verdict)}"


def span_words(span: Span) -> str:
    """Return a span of bytes, such as "0.3 to 1.1 GiB"."""
    low, high = bytes_words(span.low), bytes_words(span.high)
    return low if low == high else _("{low} to {high}").format(low=low, high=high)
