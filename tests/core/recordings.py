"""Reads tests/recorded/: what the real vLLM printed, chunk by chunk."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from trayapp.core.exits import Exit
from trayapp.core.log_lines import LineAssembler

FOLDER = Path(__file__).resolve().parents[1] / "recorded"
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


class Recording(NamedTuple):
    """One launch: its header, and the chunks as (seconds, channel, text)."""

    header: dict[str, Any]
    chunks: list[tuple[float, str, str]]

    @property
    def exit(self) -> Exit:
        """How it ended."""
        return Exit(self.header["exit"]["code"], self.header["exit"]["signal"])

    def lines(self) -> list[str]:
        """Return the lines of both channels in the order in which they were complete."""
        assemblers = {"stdout": LineAssembler(), "stderr": LineAssembler()}
        lines = []
        for _t, channel, text in self.chunks:
            lines += assemblers[channel].feed(text.encode())
        for assembler in assemblers.values():
            lines += assembler.finish()
        return lines


def load(name: str) -> Recording:
    """Return one recording by the name of its file."""
    header, *chunks = (json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return Recording(header, [(chunk["t"], chunk["channel"], chunk["text"]) for chunk in chunks])
