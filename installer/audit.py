"""Asks PyPI whether locked packages have known weak points: .venv/bin/python installer/audit.py.

pip-audit does the asking. It is no package of the project's: uv gets it for this run, so that it needs a network. Ends
with 0 where all packages were looked at and none has any, 1 where one has, and 2 where some could not be looked at.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "tests/requirements.lock")
PIP_AUDIT = "pip-audit==2.10.1"
PATIENCE_S = 300
MOST_OF_A_REASON = 300


@dataclass(frozen=True)
class Audit:
    """What came out: how many packages were looked at, which were not and why, and what is weak."""

    looked_at: int = 0
    not_looked_at: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """What the program ends with."""
        if self.weak:
            return 1
        return 2 if self.not_looked_at or not self.looked_at else 0


def read_report(text: str) -> Audit:
    """Return what a report of pip-audit in JSON says; it calls all well, too, where it could ask for nothing."""
    looked_at, missed, weak = 0, [], []
    for package in json.loads(text)["dependencies"]:
        if "skip_reason" in package:
            missed.append(f"{package['name']}: {package['skip_reason']}")
            continue
        looked_at += 1
        for each in package["vulns"]:
            mended = ", ".join(each["fix_versions"]) or "no version yet"
            weak.append(f"{package['name']} {package['version']}: {each['id']}, mended in {mended}")
    return Audit(looked_at, tuple(missed), tuple(weak))


def ask(*requirements: Path) -> Audit:
    """Ask about the packages of these files; each file's reason stands under not_looked_at where nobody answers."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            str(Path(sys.executable).with_name("uv")),
            "tool",
            "run",
            PIP_AUDIT,
            "--require-hashes",
            "--disable-pip",
        ]
        command += ["--progress-spinner", "off", "--format", "json", "--output", str(report)]
        for path in requirements:
            command += ["--requirement", str(path)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Audit(not_looked_at=(str(error),))
        if not report.exists():
            return Audit(not_looked_at=(" ".join(done.stderr.split())[:MOST_OF_A_REASON] or "pip-audit said nothing",))
        return read_report(report.read_text())


def words(audit: Audit) -> str:
    """Return what came out, for people."""
    lines = [f"{audit.looked_at} packages were looked at, {len(audit.weak)} known weak points."]
    lines += [f"  WEAK  {each}" for each in audit.weak]
    if audit.not_looked_at:
        lines += [
            "Not looked at, so that nothing is known of them (is there a network, and does it lead to PyPI itself?):"
        ]
        lines += [f"  {each}" for each in audit.not_looked_at]
    return "\n".join(lines)


def main() -> int:
    """Audit both lock files."""
    audit = ask(*(ROOT / lock for lock in LOCKS))
    print(words(audit))
    return audit.code


if __name__ == "__main__":
    sys.exit(main())
