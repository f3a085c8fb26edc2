"""Bytes of one channel into lines, and one line without its decoration.

What a line means is in log_events.py and diagnosis.py.
"""

import codecs
import re

LONGEST_LINE = 16 << 10
"""Characters after which a line is broken: a bar that never ends or a binary file must not grow in memory."""

CUT_MARK = " …"
"""Stands at the end of every piece of a broken line but the last."""

_ANSI = re.compile(r"(?:\x1b|\^\[)\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_TAG = re.compile(r"</?font[^>]*>")  # what terminals copy into web forms
_COMPOSE = re.compile(r"[\w.-]{1,60}(?:[-_]\d+ |  )\s*\| ?")
_PROCESS = re.compile(r"\([A-Za-z][\w =-]{0,60} pid=\d+(?:, ip=[\d.]+)?\) ?")
_BOX = "│┃║"


class LineAssembler:
    """Turns the chunks of one channel into lines; a line or a character may be spread over any number of chunks.

    One assembler for stdout and one for stderr: a half line of one must not be glued to the other.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._after_return = False

    def feed(self, data: "bytes | bytearray | memoryview[int]") -> list[str]:
        r"""Return the lines that these bytes complete, without their ends; `\n`, `\r` and `\r\n` each end one."""
        return self._split(self._decode(data))

    def finish(self) -> list[str]:
        """Return what is left when the channel is closed: at most one line that nothing ended."""
        lines = self._split(self._decode(b"", final=True))
        if self._rest:
            lines.append(self._rest)
        self._rest = ""
        self._after_return = False
        return lines

    def _split(self, text: str) -> list[str]:
        if not text:
            return []
        if self._after_return and text[0] == "\n":
            text = text[1:]
        # A bar redraws itself with "\r" and no "\n" for minutes: a "\r" at the end of a chunk ends the line at once.
        self._after_return = text.endswith("\r")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        pieces = text.split("\n")
        pieces[0] = self._rest + pieces[0]
        self._rest = pieces.pop()
        if len(self._rest) > LONGEST_LINE or any(len(piece) > LONGEST_LINE for piece in pieces):
            return self._broken(pieces)
        return pieces

    def _broken(self, pieces: list[str]) -> list[str]:
        lines = [part for piece in pieces for part in _parts(piece)]
        *done, self._rest = _parts(self._rest)
        return lines + done


def _parts(line: str) -> list[str]:
    starts = range(0, max(len(line), 1), LONGEST_LINE)
    parts = [line[start : start + LONGEST_LINE] for start in starts]
    return [part + CUT_MARK for part in parts[:-1]] + parts[-1:]


def normalise(line: str) -> str:
    """Return the line without colours, process names, and what docker compose writes before it."""
    if "\x1b" in line or "^[[" in line:
        line = _ANSI.sub("", line)
    if "<" in line:
        line = _TAG.sub("", line)
    line = line.rstrip()
    if "|" in line and (found := _COMPOSE.match(line)):
        line = line[found.end() :]
    while line[:1] == "(" and (found := _PROCESS.match(line)):
        line = line[found.end() :]
    if line[:1] and line[0] in _BOX:
        line = line.strip(_BOX + " ")
    return line
