"""Why a server ended: one cause, how sure, and the lines that prove it.

The causes and their signs are rules in causes/; here they are weighed against each other and against what is known
beside the log. No words for people in here: wording/diagnoses.py has them.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.causes.all_rules import RULES
from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule, read_values
from trayapp.core.circumstances import Circumstances, Clues
from trayapp.core.diagnosis_search import SearchedLog, is_quiet, level_of
from trayapp.core.found_cause import Confidence, Diagnosis, Evidence
from trayapp.core.log_lines import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trayapp.core.problems import Value

__all__ = ["Cause", "Circumstances", "Clues", "Confidence", "Diagnosis", "Evidence", "diagnose"]

_LONGEST_EVIDENCE = 600
_LONGEST_WRAPPED_LOG = 1 << 20  # characters; only excerpts that somebody pasted are wrapped, and those are short
_WITHOUT_ERROR = frozenset({Cause.ENGINE_DEAD_WRAPPER_ONLY, Cause.ENGINE_DEAD_AT_RUNTIME})
_OF_GPU_OR_CPU = frozenset(
    {
        Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN,
        Cause.NO_MEMORY_FOR_CACHE_BLOCKS,
        Cause.FREE_MEMORY_BELOW_UTILIZATION,
    }
)
_SIGKILL, _SIGBUS = 9, 7
_OUR_NAMES = ("vllm", "python", "pt_main_thread")  # as the kernel names the server's processes


@dataclass(frozen=True, slots=True)
class _Find:
    """A rule that holds, at a line (from 0)."""

    rank: Rank
    line: int
    cause: Cause
    sure: bool
    rule: Rule


_ANY_LEVEL_SIGNS = tuple(sign for rule in RULES if rule.any_level for sign in rule.signs)
_OTHER_SIGNS = tuple(sign for rule in RULES if not rule.any_level for sign in rule.signs)
_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit)(?:: .+)$")
_HEADER = re.compile(r"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \S+ (?:\[[^\]]*\]|\S+\]) ?")
_WRAPPER = re.compile(
    r"root cause|[Ss]ee stack trace|EngineDeadError|SystemExit|KeyboardInterrupt"
    r"|Frontend process failed|Executor failed|Engine loop has died|Engine process \(pid"
)


def diagnose(lines: "Sequence[str]", circumstances: Circumstances | None = None) -> Diagnosis:
    """Return the one cause of an end that a log and its circumstances prove, or UNKNOWN.

    Takes the lines of both channels in the order they came, decoration included.
    An exit that was asked for is HEALTHY whatever the log says.
    """
    known = circumstances or Circumstances()
    if known.stopped_by_user:
        return Diagnosis(Cause.HEALTHY, Confidence.CERTAIN)
    log = SearchedLog(lines, compute_capability=known.compute_capability, was_ready=known.was_ready)
    finds = list(_finds(log))
    best = _best(finds)
    if (best is None or best.rank < Rank.VAGUE) and sum(map(len, lines)) <= _LONGEST_WRAPPED_LOG:
        wrapped = _best(list(_wrapped_finds(log)))
        if wrapped is not None and (best is None or wrapped.rank > best.rank):
            best = wrapped
    if best is None or best.rank <= Rank.AFTERMATH:
        outside = _from_outside(known)
        if outside is not None:
            return outside
    if best is None or _told_before(log, best):
        return _without_signs(log, known)
    if best.cause in _WITHOUT_ERROR and (error := _last_error(log, best.line)):
        return Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN, error)  # it is there, only nobody has named it yet
    return _explained(log, known, best, finds)


def _finds(log: SearchedLog) -> "Iterator[_Find]":
    """Yield where a rule holds: for each rule the first line of its full rank."""
    places = {**log.find(_OTHER_SIGNS), **log.find(_ANY_LEVEL_SIGNS, loud_only=False)}
    for rule in RULES:
        for number in sorted({number for sign in rule.signs for number in places.get(sign, ())}):
            if (find := _judged(log, rule, number)) is not None:
                yield find
                if find.rank == rule.rank:
                    break


def _judged(log: SearchedLog, rule: Rule, number: int) -> _Find | None:
    rank = rule.rank
    if not rule.any_level and level_of(normalise(log.lines[number])) == "WARNING":
        rank = Rank(max(rank - 1, Rank.WRAPPER))  # vLLM went on after it
    before, after = rule.near
    if rule.also or rule.unless:
        near = log.unwrapped_around(number, before=before, after=after)
        if (rule.also and not re.search(rule.also, near)) or (rule.unless and re.search(rule.unless, near)):
            return None
    decision = rule.decide(log, number) if rule.decide else (rule.cause, True)
    if decision is None:
        return None
    return _Find(rank, number, decision[0], decision[1] and rank == Rank.CAUSE, rule)


def _wrapped_finds(log: SearchedLog) -> "Iterator[_Find]":
    """Yield where a rule holds in a log whose lines a terminal or a form has broken, in words or between them."""
    numbers = [number for number in range(*log.span) if not is_quiet(log.lines[number])]
    parts = [normalise(log.lines[number]) for number in numbers]
    for joiner in ("", " "):
        text = joiner.join(parts)
        starts = list(accumulate(len(part) + len(joiner) for part in parts))
        for rule in RULES:
            for sign in rule.signs:
                at = text.find(sign)
                if at < 0 or rule.any_level:
                    continue
                number = numbers[bisect_right(starts, at)]
                find = _judged(log, rule, number)
                if find is not None:
                    yield _Find(find.rank, number, find.cause, False, rule)


def _best(finds: list[_Find]) -> _Find | None:
    return max(finds, key=lambda find: (find.rank, -find.line), default=None)


def _told_before(log: SearchedLog, best: _Find) -> bool:
    """Whether the best there is are complaints that an engine is gone which was told to go."""
    told = log.first("engine_told")
    return best.rank <= Rank.AFTERMATH and told is not None and told < best.line


def _explained(log: SearchedLog, known: Circumstances, best: _Find, finds: list[_Find]) -> Diagnosis:
    before, after = best.rule.figures_near
    values = read_values(best.rule.figures, log.unwrapped_around(best.line, before=before, after=after))
    if best.rule.complete is not None:
        best.rule.complete(values)
    cause = best.cause
    if cause in _OF_GPU_OR_CPU and log.where("on_cpu"):
        values["on_cpu"] = True
    if cause is Cause.HOST_RAM_OOM_KILLED and best.rank == Rank.AFTERMATH and known.clues.killed_for_memory is False:
        cause = Cause.ENGINE_DEAD_AT_RUNTIME  # ended by signal 9, and the kernel says that it was not the memory
    same = [best, *(find for find in finds if find.cause is best.cause and find.rank >= best.rank)]
    proof = dict.fromkeys(_message_line(log, find) for find in same)
    evidence = tuple(_evidence(log, number) for number in list(proof)[:3])
    confidence = Confidence.CERTAIN if best.sure else Confidence.LIKELY
    return Diagnosis(cause, confidence, evidence, MappingProxyType(values))


def _message_line(log: SearchedLog, find: _Find) -> int:
    """Return the line with the message where the sign stands in the source that a traceback quotes."""
    for number in range(find.line, min(find.line + 16, len(log.lines))):
        text = _shown(log, number)
        if _ERROR.match(text) and any(sign in text for sign in find.rule.signs):
            return number
    return find.line


def _shown(log: SearchedLog, number: int) -> str:
    """Return a line without its decoration and the header of its log record."""
    return _HEADER.sub("", normalise(log.lines[number])).strip()


def _evidence(log: SearchedLog, number: int) -> Evidence:
    return Evidence(number + 1, _shown(log, number)[:_LONGEST_EVIDENCE])


def _from_outside(known: Circumstances) -> Diagnosis | None:
    """Return the cause that the kernel or the driver tells, where the log has none of its own."""
    clues = known.clues
    if clues.killed_for_memory:
        named = clues.killed_process or ""
        ours = named.lower().startswith(_OUR_NAMES) or _was_killed(known)
        values = {"process": named} if named else {}
        return _told(Cause.HOST_RAM_OOM_KILLED, sure=ours, values=values)
    if clues.gpu_lost:
        return _told(Cause.GPU_FELL_OFF_BUS_XID, sure=True, values={"xid": clues.xid} if clues.xid else {})
    if clues.driver_replaced:
        return _told(Cause.NVML_VERSION_MISMATCH, sure=True)
    if clues.disk_full:
        return _told(Cause.DISK_FULL, sure=False, values={"path": clues.disk_full})
    if clues.shared_memory_full or (known.exit is not None and known.exit.signal == _SIGBUS):
        return _told(Cause.SHM_TOO_SMALL, sure=False)
    return None


def _told(cause: Cause, *, sure: bool, values: "Mapping[str, Value] | None" = None) -> Diagnosis:
    return Diagnosis(
        cause, Confidence.CERTAIN if sure else Confidence.LIKELY, values=MappingProxyType(dict(values or {}))
    )


def _was_killed(known: Circumstances) -> bool:
    """Whether the server ended by signal 9, which nobody but the kernel sends unasked (or a person with a shell)."""
    return known.exit is not None and (known.exit.signal == _SIGKILL or known.exit.code == 128 + _SIGKILL)


def _without_signs(log: SearchedLog, known: Circumstances) -> Diagnosis:
    """Return what a log without any sign of trouble means: how it ended decides."""
    ready = known.was_ready or log.last("ready") is not None
    if known.exit is None:
        return _of_a_good_log(log) or Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN, _last_error(log))
    if _was_killed(known) and known.clues.killed_for_memory is not False:
        return Diagnosis(Cause.HOST_RAM_OOM_KILLED, Confidence.LIKELY)
    error = _last_error(log)
    if ready and not error:
        return Diagnosis(Cause.ENGINE_DEAD_AT_RUNTIME, Confidence.LIKELY)
    return Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN, error)


def _of_a_good_log(log: SearchedLog) -> Diagnosis | None:
    """Return HEALTHY for a log that shows a start and no trouble (of a server that may well still run)."""
    if log.last("ready") is not None or log.last("stop") is not None:
        return Diagnosis(Cause.HEALTHY, Confidence.CERTAIN)
    if log.last("engine_told") is not None and not _last_error(log):
        return Diagnosis(Cause.HEALTHY, Confidence.LIKELY)
    came_far = any(log.last(mark) is not None for mark in ("weights_loaded", "loading", "cache_made", "graphs"))
    if came_far and not any(level_of(normalise(log.lines[number])) != "WARNING" for number in log.where("trouble")):
        return Diagnosis(Cause.HEALTHY, Confidence.LIKELY)
    return None


def _last_error(log: SearchedLog, near: int | None = None) -> tuple[Evidence, ...]:
    """Return the last line that names an exception which is no wrapper (near a line): the best that can be shown.

    Nothing from before the server was ready: that did not end it.
    """
    last = len(log.lines) if near is None else min(near + 300, len(log.lines))
    first = max(log.span[0], (last if near is None else near) - 300)
    for number in range(last - 1, first - 1, -1):
        text = _shown(log, number)
        if _ERROR.match(text) and not _WRAPPER.search(text):
            return (_evidence(log, number),)
    return ()
