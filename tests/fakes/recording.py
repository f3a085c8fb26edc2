"""Reads what a run of the real vLLM printed (tests/recorded): before it was ready, after that, and its end."""

import json
from pathlib import Path

RECORDED = Path(__file__).resolve().parent.parent / "recorded"
READY_TEXT = "Application startup complete"


class EndError(Exception):
    """The launch ends here, with a code or by a signal."""

    def __init__(self, code: int, number: int) -> None:
        super().__init__(code, number)
        self.code = code
        self.signal = number


class Recording:
    """What a real run printed: before it was ready, and after."""

    def __init__(self, name: str) -> None:
        header, *chunks = (RECORDED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        self.header = json.loads(header)
        self.chunks = [json.loads(chunk) for chunk in chunks]
        ready = [number for number, chunk in enumerate(self.chunks, 1) if READY_TEXT in chunk["text"]]
        self.ready_at = ready[0] if ready else None

    def argument(self, name: str) -> str:
        arguments: list[str] = self.header["arguments"]
        return arguments[arguments.index(name) + 1] if name in arguments else ""

    def end(self) -> EndError:
        return EndError(self.header["exit"]["code"] or 0, self.header["exit"]["signal"] or 0)


def write_recording(path: Path, text: str) -> str:
    """Write a recording of a run that said this and ended with code 1; return the name by which it is found."""
    header = {"vllm_version": "0.32.0", "arguments": ["serve", "/nowhere"], "exit": {"code": 1, "signal": None}}
    chunk = {"t": 0.0, "channel": "stdout", "text": f"{text}\n"}
    path.with_suffix(".jsonl").write_text(f"{json.dumps(header)}\n{json.dumps(chunk)}\n")
    return str(path)
