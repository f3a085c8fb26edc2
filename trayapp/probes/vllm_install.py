"""Which vLLM is on this computer: its command, its version, its build.

Files are read, nothing is run and nothing of vLLM is imported: an import takes ten seconds, its metadata a millisecond.
Installing one is not in here (jobs/runtime_install.py).
"""

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtimes import COMPLETE, UNVERIFIED
from trayapp.core.vllm_version import parse_vllm_version
from trayapp.probes.home_path import home_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHEBANG = re.compile(rb"#![ \t]*(\S+)[ \t]*(.*)")
_SHELL_TRAMPOLINE = re.compile(rb"""^'''exec' (?:"([^"\n]+)"|'([^'\n]+)'|([^\s'"]+)) ([^"\n]*)""", re.MULTILINE)
_SHELL_WRAPPER = re.compile(
    rb"""(?:[ \t]*(?:#.*)?\n)*exec ([^\s'"$`\\;|&<>()]+)((?: -\w+)*) -m (vllm[\w.]*) "\$@"\s*"""
)
"""A script of one command that runs vLLM as a module, and sets nothing that would be lost when that is run directly."""
_SHELLS = ("sh", "bash", "dash")
_WITH_A_VALUE = re.compile(r"[XWcm]")
"""Flags of Python whose value may follow without a blank."""
_VERSION_LINE = re.compile(r"^Version:\s*(\S+)", re.MULTILINE)
_HEAD_BYTES = 4096  # more than a shebang and its trampoline can be: paths end at 4096 on Linux, and most are short


def find_vllm(configured: str, own_folder: Path, search_path: str | None = None) -> VllmInstall | Problem:
    """Return the vLLM to start, or why there is none.

    configured is a path of a `vllm` command or of the environment it lies in; when it is empty, the newest whole
    environment in own_folder (".../runtimes") counts, then search_path (default: PATH).
    Problems: VLLM_NOT_FOUND, VLLM_NOT_EXECUTABLE, VLLM_VERSION_UNKNOWN.
    """
    if configured:
        return _install_at(configured, search_path)
    own = own_installs(own_folder)
    if own:
        return own[0]
    found = shutil.which("vllm", path=search_path)
    return read_install(Path(found)) if found else Problem(ProblemKind.VLLM_NOT_FOUND)


def own_installs(own_folder: Path) -> tuple[VllmInstall, ...]:
    """Return the environments in own_folder that may be taken unasked: whole, and not waiting for their self-test.

    The newest version comes first, a GPU build before a CPU build.
    """
    found = []
    for marker in own_folder.glob(f"*/{COMPLETE}"):
        command = marker.with_name("bin") / "vllm"
        if os.access(command, os.X_OK) and not marker.with_name(UNVERIFIED).exists():
            install = read_install(command)
            if isinstance(install, VllmInstall):
                found.append(install)
    return tuple(sorted(found, key=lambda item: (item.version.release, not item.on_cpu), reverse=True))


def read_install(command: Path) -> VllmInstall | Problem:
    """Return the vLLM behind a command, or the problem VLLM_VERSION_UNKNOWN; the command's path stays as it is."""
    version_text = ""
    for site in _site_folders(command):
        version_text = _version_in(site)
        if version_text:
            break
    version = parse_vllm_version(version_text)
    if version is None:
        reason = f"version {version_text}" if version_text else "no metadata of vllm beside its Python"
        return Problem(ProblemKind.VLLM_VERSION_UNKNOWN, {"path": str(command), "reason": reason})
    return VllmInstall(str(command.absolute()), version, _opened(read_interpreter(_head(command))))


def read_interpreter(head: bytes) -> tuple[str, ...]:
    """Return the Python that a script's first bytes name, a path or a bare name behind `env`, and the flags it gets.

    A wrapper that runs vLLM as a module has -m and the module among them. Empty where they name none.
    """
    match = _SHEBANG.match(head)
    if match is None:
        return ()
    program, rest = map(os.fsdecode, match.groups())
    words = (program, *rest.split())
    if program.endswith("/env"):
        words = tuple(word for word in words[1:] if word != "-S")
    return _behind_shell(head) if words and Path(words[0]).name in _SHELLS else words


def _behind_shell(head: bytes) -> tuple[str, ...]:
    # Where the path of Python has a blank or is too long for a shebang, installers write a shell line instead.
    trampoline = _SHELL_TRAMPOLINE.search(head)
    if trampoline is not None:
        *names, flags = trampoline.groups()
        return os.fsdecode(next(filter(None, names))), *os.fsdecode(flags).split()
    wrapper = _SHELL_WRAPPER.fullmatch(head)
    if wrapper is None:
        return ()
    python, flags, module = map(os.fsdecode, wrapper.groups())
    return python, *flags.split(), "-m", module


def _opened(interpreter: tuple[str, ...]) -> tuple[str, ...]:
    """Return the Python without the flags that close it to the environment; empty where it has none of them.

    -I also keeps the packages of the user out, as -s does alone.
    """
    opened = tuple(filter(None, map(_open_flag, interpreter[1:])))
    program = shutil.which(interpreter[0]) if opened != interpreter[1:] else None
    return (program, *opened) if program else ()


def _open_flag(word: str) -> str:
    if not word.startswith("-") or word.startswith("--"):
        return word
    letters = _WITH_A_VALUE.split(word[1:], maxsplit=1)[0]
    kept = letters.translate({ord("E"): None, ord("I"): "s"}) + word[1 + len(letters) :]
    return f"-{kept}" if kept else ""


def _head(command: Path) -> bytes:
    """Return the first bytes of a script; none where it is gone, unreadable, or a ring of links."""
    try:
        with command.open("rb") as script:
            return script.read(_HEAD_BYTES)
    except (OSError, RuntimeError):
        return b""


def _install_at(configured: str, search_path: str | None) -> VllmInstall | Problem:
    path = home_path(configured)
    if path.is_dir():
        path = path / "bin" / "vllm"
    command = shutil.which(path, path=search_path)
    if command is None:
        return Problem(ProblemKind.VLLM_NOT_EXECUTABLE, {"path": str(path)})
    return read_install(Path(command))


def _site_folders(command: Path) -> "Iterator[Path]":
    """Yield where the Python of a command looks for packages, the likeliest first; a folder may be missing."""
    try:
        real = command.resolve(strict=True)  # ~/.local/bin/vllm is a link into an environment (pipx, uv tool)
    except (OSError, RuntimeError):  # gone, a ring of links
        return
    name = next(iter(read_interpreter(_head(real))), "")
    interpreter = shutil.which(name) if name else None
    if interpreter:
        # Not resolved: the python of an environment is a link to another place, and where the link lies counts.
        yield from _site_folders_of_prefix(Path(interpreter).absolute().parent.parent)
        yield from _site_folders_of_base(Path(interpreter))
    yield from _site_folders_of_prefix(real.parent.parent)


def _site_folders_of_prefix(prefix: Path) -> "Iterator[Path]":
    for lib in ("lib", "lib64"):
        yield from sorted(prefix.glob(f"{lib}/python3.*/site-packages"))


def _site_folders_of_base(interpreter: Path) -> "Iterator[Path]":
    """Yield the folders of an interpreter that is no environment's: Debian's, and the user's own."""
    cfg = interpreter.parent.parent / "pyvenv.cfg"
    try:
        alone = not re.search(r"include-system-site-packages\s*=\s*true", cfg.read_text("utf-8", "replace"))
    except OSError:
        alone = False
    if alone:
        return
    real = interpreter.resolve()
    yield from Path.home().glob(f".local/lib/{real.name}/site-packages")
    for prefix in (Path("/usr/local"), real.parent.parent):
        yield from prefix.glob(f"lib/{real.name}/site-packages")
        yield from prefix.glob(f"lib/{real.name}/dist-packages")
        yield from prefix.glob("lib/python3/dist-packages")


def _version_in(site: Path) -> str:
    """Return the version text of the distribution vllm in a folder of packages, or ""."""
    for pattern in ("vllm-*.dist-info/METADATA", "vllm-*.egg-info/PKG-INFO", "vllm.egg-info/PKG-INFO"):
        for metadata in site.glob(pattern):
            try:
                match = _VERSION_LINE.search(metadata.read_text("utf-8", "replace"))
            except OSError:
                continue
            if match:
                return match.group(1)
    return ""
