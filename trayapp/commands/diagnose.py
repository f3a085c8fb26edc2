"""`vllm-tray diagnose LOG`: why vLLM failed, from a log of anywhere. No Qt, and nothing of this computer is asked."""

import argparse
import json
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from trayapp.commands.option_values import capability, vllm_version, whole_number
from trayapp.core.diagnosis import Cause, Circumstances, Diagnosis, diagnose
from trayapp.core.exits import Exit
from trayapp.core.log_lines import LONGEST_LINE
from trayapp.core.redaction import redact
from trayapp.core.remedies import Remedy, remedies_for
from trayapp.core.settings import Settings
from trayapp.wording.diagnoses import confidence_words, diagnosis_words
from trayapp.wording.reasons import reason_words
from trayapp.wording.remedies import remedy_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Iterator

# A log of a server that ran for months: its beginning and its end are kept, the middle is not.
FIRST_LINES = 50_000
LAST_LINES = 150_000
FIRST_BYTES = 16 << 20
LAST_BYTES = 48 << 20


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command and its options."""
    text = _("Say why vLLM failed, from its log, and what can be done; the log may be from any computer.")
    parser = subparsers.add_parser("diagnose", help=_("say why vLLM failed, from its log"), description=text)
    parser.add_argument("log", metavar="LOG", help=_("a file with the output of vLLM; - reads standard input"))
    parser.add_argument("--json", action="store_true", help=_("answer as JSON"))
    parser.add_argument(
        "--exit-code", type=whole_number, metavar="N", help=_("how the server ended; -N or 128+N for the signal N")
    )
    parser.add_argument("--stopped-by-user", action="store_true", help=_("the end was asked for"))
    parser.add_argument("--vllm-version", type=vllm_version, metavar="V", help=_("such as 0.11.0"))
    parser.add_argument("--compute-capability", type=capability, metavar="X.Y", help=_("of the GPU, such as 8.6"))


def run(arguments: argparse.Namespace) -> int:
    """Print the diagnosis; 1 when the log cannot be read."""
    try:
        if arguments.log == "-":
            numbered = list(read_log(sys.stdin.buffer))
        else:
            with Path(arguments.log).open("rb") as stream:
                numbered = list(read_log(stream))
    except OSError as error:
        print(
            _("{path} cannot be read: {reason}").format(
                path=arguments.log, reason=reason_words(error.strerror or str(error))
            ),
            file=sys.stderr,
        )
        return 1
    numbers = [number for number, _line in numbered]
    circumstances = Circumstances(
        exit=_exit(arguments.exit_code),
        stopped_by_user=arguments.stopped_by_user,
        vllm_version=arguments.vllm_version,
        compute_capability=arguments.compute_capability,
    )
    # What is printed may end up in an issue tracker; the app, too, reads a log without its secrets.
    diagnosis = diagnose([redact(line) for _number, line in numbered], circumstances)
    remedies = remedies_for(diagnosis, Settings(), None)
    print(_as_json(diagnosis, remedies, numbers) if arguments.json else _as_text(diagnosis, remedies, numbers))
    return 0


def _exit(code: int | None) -> Exit | None:
    if code is None:
        return None
    if code < 0:
        return Exit(None, -code)
    return Exit(None, code - 128) if 128 < code < 160 else Exit(code)


def read_log(stream: BinaryIO) -> "Iterator[tuple[int, str]]":
    """Yield the lines of a log with their numbers (from 1), of very long logs the first and the last.

    A line longer than LONGEST_LINE comes in pieces that have the same number.
    """
    piece = stream.readline(LONGEST_LINE)
    # What PowerShell writes with ">" is UTF-16, and says so in its first two bytes.
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from enumerate((piece + stream.read()).decode("utf-16", "replace").splitlines(), 1)
        return
    last: deque[tuple[int, str]] = deque(maxlen=LAST_LINES)
    number = 1
    first_lines, first_bytes, last_bytes = 0, 0, 0
    while piece:
        entry = (number, piece.decode("utf-8", "replace").rstrip("\r\n"))
        number += piece.count(b"\n")
        if first_lines < FIRST_LINES and first_bytes < FIRST_BYTES:
            first_lines, first_bytes = first_lines + 1, first_bytes + len(piece)
            yield entry
        else:
            if len(last) == LAST_LINES:
                last_bytes -= len(last[0][1])
            last.append(entry)
            last_bytes += len(entry[1])
            while last_bytes > LAST_BYTES:
                last_bytes -= len(last.popleft()[1])
        piece = stream.readline(LONGEST_LINE)
    yield from last


def _as_json(diagnosis: Diagnosis, remedies: tuple[Remedy, ...], numbers: list[int]) -> str:
    title, explanation = diagnosis_words(diagnosis)
    answer = {
        "cause": diagnosis.cause,
        "confidence": diagnosis.confidence,
        "title": title,
        "explanation": explanation,
        "evidence": [{"line": numbers[item.line - 1], "text": item.text} for item in diagnosis.evidence],
        "values": dict(diagnosis.values),
        "remedies": [
            {
                "id": remedy.id,
                "title": remedy_words(remedy),
                "automatic": remedy.automatic,
                "changes": {key: _plain(value) for key, value in remedy.changes.items()},
            }
            for remedy in remedies
        ],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def _as_text(diagnosis: Diagnosis, remedies: tuple[Remedy, ...], numbers: list[int]) -> str:
    title, explanation = diagnosis_words(diagnosis)
    lines = [title, f"  {explanation}"]
    if diagnosis.cause not in {Cause.UNKNOWN, Cause.HEALTHY}:
        lines.append(f"  {diagnosis.cause} ({confidence_words(diagnosis.confidence)})")
    lines += [
        _("  line {number}: {text}").format(number=numbers[item.line - 1], text=item.text)
        for item in diagnosis.evidence
    ]
    if remedies:
        lines.append(_("What can be done:"))
        lines += [f"  - {remedy_words(remedy)}" for remedy in remedies]
    return "\n".join(lines)
