"""The tree is the architecture: who imports whom, where Qt may be, how long a file may get.

The rules are a function from a folder to sentences, so that a planted mistake shows that they bite.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = "trayapp"

ALWAYS = {"core"}
MAY_IMPORT = {  # package: the packages it may import beside itself and core
    "core": set(),
    "wording": set(),
    "probes": {"wording"},
    "storage": {"wording"},
    "supervision": {"wording"},
    "backends": {"wording", "supervision"},
    "jobs": {"wording"},
    "desktop": {"wording"},
    "ui": {"wording"},
}
# They import everybody; nobody below imports them.
ON_TOP = {
    *("actions", "app", "assembly", "backend_plans", "commands", "model_actions", "model_shelf", "planner"),
    *("presenters", "runtime_shelf", "__main__"),
}
WITHOUT_PARTY = {"core", "wording"}  # the standard library and nothing else
WITHOUT_QT = {"core", "wording", "probes", "storage", "supervision.guard", "__main__"} | {
    f"backends.{name}" for name in ("http_client", "remote_check", "ollama_client")
}
COMMANDS_WITH_QT = {"commands.selftest", "commands.answers"}  # one runs the app's own parts, one runs inside the app
NOT_IN_CORE = {
    *("os", "subprocess", "time", "logging", "threading", "socket", "shutil", "random", "tempfile", "signal"),
    *("datetime", "asyncio", "multiprocessing", "ctypes", "urllib", "http"),
}
FORBIDDEN_NAMES = {"utils", "util", "misc", "common", "helpers", "helper", "manager"}

TOP_LEVEL = {
    *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "requirements.lock"),
    *("trayapp", "resources", "tests", "installer"),
}
MADE_BY_TOOLS = {"build", "dist"}

LONGEST_FILE_LINES = 300
LONGEST_TEST_LINES = 400  # a table of cases may be long
LONGER_FILES = {  # path: why it is better in one piece
    "tests/core/rebuilt_logs.py": "a table of logs, read one at a time",
    "trayapp/backends/one_address.py": "a program of its own, which imports nothing of ours",
}


def broken_rules(root: Path) -> list[str]:
    """Return one sentence for each import or name in root/trayapp that breaks a rule."""
    return [
        f"{path.relative_to(root)}:{line} {words}"
        for path in sorted((root / NAME).rglob("*.py"))
        for line, words in _broken_in(path, _module_name(path, root))
    ]


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root / NAME).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _broken_in(path: Path, module: str) -> Iterator[tuple[int, str]]:
    package = module.split(".", maxsplit=1)[0]
    tree = ast.parse(path.read_text("utf-8"))
    if FORBIDDEN_NAMES & {word for part in module.split(".") for word in part.split("_")}:
        yield 0, "has a name that says nothing"
    if package not in MAY_IMPORT and package not in ON_TOP and module:
        yield 0, f"belongs to {package}, which the architecture does not know"
        return
    for line, imported in _imports(tree, path, module):
        yield from ((line, words) for words in _judge(module, package, imported))
    if package == "core":
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"open", "print", "input"}
            ):
                yield node.lineno, f"core calls {node.func.id}"


def _imports(tree: ast.AST, path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import, at the top or inside a function, absolute or relative."""
    here = [NAME, *module.split(".")] if module else [NAME]
    folder = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*folder[: len(folder) - node.level + 1], *([base] if base else [])])
            # `from trayapp import ui` imports a package by its second name.
            names = [f"{base}.{alias.name}" for alias in node.names] if base == NAME else [base]
            yield from ((node.lineno, name) for name in names)


def _judge(module: str, package: str, imported: str) -> Iterator[str]:
    first, _, rest = imported.partition(".")
    if first == NAME:
        target = rest.split(".", maxsplit=1)[0]
        if module and package not in ON_TOP and target not in {package, "__version__"} | ALWAYS | MAY_IMPORT[package]:
            yield f"{module} imports {imported}"
    elif first == "PySide6":
        qt_free_command = package == "commands" and module not in COMMANDS_WITH_QT
        if not module or qt_free_command or package in WITHOUT_QT or module in WITHOUT_QT:
            yield f"{module or NAME} imports {imported}"
    elif package in WITHOUT_PARTY and first not in sys.stdlib_module_names:
        yield f"{module} imports {imported}: only the standard library may be there"
    elif package == "core" and first in NOT_IN_CORE:
        yield f"{module} imports {imported}: no clock, no file and no process in core"


def test_every_import_keeps_the_rules() -> None:
    assert broken_rules(ROOT) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/planted.py", "import time\n"),
        ("core/planted.py", "from os import path\n"),
        ("core/planted.py", "import psutil\n"),
        ("core/planted.py", "from trayapp.wording.states import state_row\n"),
        ("core/planted.py", "def read():\n    return open('x')\n"),
        ("core/deeper/planted.py", "from PySide6 import QtCore\n"),
        ("wording/planted.py", "import PySide6.QtCore\n"),
        ("probes/planted.py", "def late():\n    from trayapp.storage.folders import find_folders\n"),
        ("probes/planted.py", "from PySide6.QtCore import QObject\n"),
        ("storage/planted.py", "from ..probes import gpus\n"),
        ("supervision/planted.py", "from trayapp.ui.icons import icon\n"),
        ("supervision/guard.py", "import PySide6\n"),
        ("jobs/planted.py", "from trayapp import probes\n"),
        ("desktop/planted.py", "import trayapp.app\n"),
        ("ui/planted.py", "if TYPE_CHECKING:\n    from trayapp.supervision.controller import Controller\n"),
        ("ui/planted.py", "from trayapp.commands.runtime import install_cpu\n"),
        ("commands/planted.py", "from PySide6.QtCore import QObject\n"),
        ("__init__.py", "import PySide6\n"),
        ("networking/planted.py", ""),
        ("planted.py", "import os\n"),
        ("probes/gpu_utils.py", ""),
    ],
)
def test_a_planted_mistake_is_found(tmp_path: Path, path: str, source: str) -> None:
    planted = tmp_path / NAME / path
    planted.parent.mkdir(parents=True)
    planted.write_text(source, "utf-8")
    assert len(broken_rules(tmp_path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/sound.py", "import re\nfrom trayapp.core.units import GIB\nfrom . import units\n"),
        ("wording/sound.py", "import gettext\nfrom pathlib import Path\nfrom ..core.units import GIB\n"),
        ("backends/sound.py", "from trayapp.supervision.controller import Controller\nfrom PySide6 import QtCore\n"),
        ("commands/sound.py", "from trayapp.probes.gpus import find_gpus\nimport os\n"),
        ("probes/sound.py", "from trayapp import __version__\nfrom trayapp.probes.gpus import find_gpus\n"),
        ("app.py", "from trayapp.ui.icons import icon\nfrom PySide6.QtCore import QObject\n"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, path: str, source: str) -> None:
    sound = tmp_path / NAME / path
    sound.parent.mkdir(parents=True)
    sound.write_text(source, "utf-8")
    assert broken_rules(tmp_path) == []


def _headless_modules() -> list[str]:
    names = [_module_name(path, ROOT) for path in sorted((ROOT / NAME / "commands").glob("[a-z]*.py"))]
    return [f"{NAME}.{name}" for name in names if name not in COMMANDS_WITH_QT]


def test_no_headless_command_loads_qt_through_what_it_imports() -> None:
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    program += "sys.exit(', '.join(name for name in sys.modules if name.startswith('PySide6')))"
    modules = [*_headless_modules(), "trayapp.__main__", "trayapp.jobs.runtime_install", "trayapp.jobs.runtime_lookup"]
    child = subprocess.run(
        [sys.executable, "-c", program, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert child.stderr.strip() == ""


def test_the_top_level_holds_what_the_architecture_names_and_nothing_else() -> None:
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - MADE_BY_TOOLS
    assert names == TOP_LEVEL


def _sources() -> list[Path]:
    folders = (ROOT / name for name in ("trayapp", "resources", "tests", "installer"))
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    long = []
    for path in _sources():
        name = path.relative_to(ROOT).as_posix()
        limit = LONGEST_TEST_LINES if name.startswith("tests/") else LONGEST_FILE_LINES
        lines = len(path.read_text("utf-8").splitlines())
        if lines > limit and name not in LONGER_FILES:
            long.append(f"{name}: {lines} lines")
    assert long == []


def test_the_list_of_longer_files_holds_only_files_that_are() -> None:
    for name in LONGER_FILES:
        assert len((ROOT / name).read_text("utf-8").splitlines()) > LONGEST_FILE_LINES


def test_every_package_of_tests_mirrors_a_package_of_the_app() -> None:
    own = {"desktop", "real", "translations", "fakes", "faults", "bench", "recorded", "data", "__pycache__"}
    packages = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - own
    assert packages <= {path.name for path in (ROOT / NAME).iterdir() if path.is_dir()}


def test_nothing_reads_the_time_of_day() -> None:
    """It may be set at any moment: durations are those of a steady clock. What comes of that is in tests/faults."""
    reads = re.compile(r"\btime\.time\(|\btime\.localtime|datetime\.(now|today)|Q(Date)?Time\.current")
    assert [path.name for path in (ROOT / NAME).rglob("*.py") if reads.search(path.read_text("utf-8"))] == []
