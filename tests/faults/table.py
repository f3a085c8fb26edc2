"""The table of what the app survives: each fault has a promise, and a test that is the proof.

A proof is an ordinary test with @fault above it. Parameters may be named in the texts: "killed at {moment}".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

Proof = TypeVar("Proof", bound=Callable[..., object])

GROUPS = {
    "process": "Process",
    "clock": "Process",
    "gpu": "GPU",
    "memory_and_disk": "Memory and disk",
    "network_and_port": "Network and port",
    "installation": "Installing vLLM",
    "our_files": "Files of ours",
    "model_files": "Model files",
    "desktop_services": "Desktop services",
    "waking": "Desktop services",
    "user_actions": "User actions",
    "who_gets_in": "Who gets in",
    "secrets": "Who gets in",
    "real_vllm": "The real vLLM",
    "rubbish": "Rubbish as input",
    "cycles": "Again and again",
    "lifecycle": "Ways through the lifecycle",
}
"""Name of the module (without test_): title in the table."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    group: str
    fault: str
    promise: str
    held: bool


def fault(what: str, promise: str) -> Callable[[Proof], Proof]:
    """Say what goes wrong in a test, and what must hold all the same."""

    def mark(proof: Proof) -> Proof:
        proof.fault = (what, promise)  # type: ignore[attr-defined]
        return proof

    return mark


class Table:
    """A plugin of pytest that collects the rows."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.begun_s = time.monotonic()
        self._texts: dict[str, tuple[str, str, str]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            texts = getattr(getattr(item, "function", None), "fault", None)
            if texts is not None:
                values: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
                group = item.path.stem.removeprefix("test_")
                what, promise = (text.format(**values) for text in texts)
                self._texts[item.nodeid] = (GROUPS[group], what, promise)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        texts = self._texts.get(report.nodeid)
        if texts is not None and (report.when == "call" or report.failed):
            self.rows = [row for row in self.rows if (row.group, row.fault, row.promise) != texts]
            self.rows.append(Row(*texts, held=report.passed))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what held in each group; python -m tests.faults prints every row."""
        if self.rows:
            terminalreporter.section("faults")
            for group, rows in self._groups():
                terminalreporter.line(f"{group}: {sum(row.held for row in rows)} of {len(rows)} held")

    def _groups(self) -> list[tuple[str, list[Row]]]:
        groups = [(group, [row for row in self.rows if row.group == group]) for group in dict.fromkeys(GROUPS.values())]
        return [(group, rows) for group, rows in groups if rows]

    def words(self) -> str:
        """Return the table, one row a fault, and what came out of it."""
        lines: list[str] = []
        for group, rows in self._groups():
            lines += [f"\n{group} ({sum(row.held for row in rows)} of {len(rows)} held)"]
            lines += [
                f"  {'held' if row.held else 'NOT HELD':8}  {row.fault}\n            → {row.promise}" for row in rows
            ]
        held = sum(row.held for row in self.rows)
        return "\n".join([*lines, f"\n{held} of {len(self.rows)} held, {time.monotonic() - self.begun_s:.0f} s"])
