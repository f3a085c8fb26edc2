"""The list of licences is of the lock files, and an audit that could ask for nothing is never taken for a good one."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "tests/requirements.lock")
SKIPPED = {"name": "idna", "skip_reason": "Dependency not found on PyPI and could not be audited: idna (3.20)"}
"""As pip-audit says it, with exit code 0 and "No known vulnerabilities found", where a mirror is in its place."""
SOUND = {"name": "idna", "version": "3.20", "vulns": []}
WEAK = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}]}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"installer_{name}", ROOT / f"installer/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    return load("licences")


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return load("audit")


def test_the_list_of_licences_is_of_the_lock_files(licences: ModuleType) -> None:
    listed = (ROOT / "installer/licences.md").read_text()
    assert licences.write_list(listed) == listed, "run installer/licences.py"


def test_every_locked_package_is_listed_with_a_licence(licences: ModuleType) -> None:
    listed = (ROOT / "installer/licences.md").read_text()
    for lock in LOCKS:
        text = (ROOT / lock).read_text()
        assert len(licences.pinned(text)) == sum(
            "==" in line and not line.startswith(" ") for line in text.splitlines()
        )
        for name, version, _ in licences.pinned(text):
            (row, *_) = [line for line in listed.splitlines() if line.startswith(f"| {name} | {version} | ")]
            assert "not " not in row


def test_a_package_that_is_not_here_keeps_what_was_entered(licences: ModuleType) -> None:
    lock = "no-such-package==1.2 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    assert licences.rows(lock, {"no-such-package": "MIT"}) == ["| no-such-package | 1.2 | MIT |"]
    assert licences.rows(lock, {}) == ["| no-such-package | 1.2 | not looked at: sys_platform == 'win32' |"]


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, "1 packages were looked at, 0 known weak points."),
        ([SOUND, WEAK], 1, "WEAK  x 1: PYSEC-1, mended in 1.1"),
        ([SKIPPED], 2, "Not looked at"),
        ([SOUND, SKIPPED], 2, "idna: Dependency not found on PyPI"),
        ([], 2, "0 packages were looked at"),
    ],
)
def test_an_audit_is_read(audit: ModuleType, packages: list[object], code: int, said: str) -> None:
    found = audit.read_report(json.dumps({"dependencies": packages, "fixes": []}))
    assert found.code == code
    assert said in audit.words(found)


def test_an_audit_without_a_network_says_so(tmp_path: Path) -> None:
    """The real uv, which finds nothing in its empty cache and may not ask."""
    environment = {**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path)}
    program = str(ROOT / "installer/audit.py")
    done = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("0 packages were looked at, 0 known weak points.\nNot looked at")
