"""What a person calls the program behind a process id: "vLLM", "Ollama", "firefox". Read-only; nothing is judged."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

_OPTIONS_WITH_A_VALUE = {"-W", "-X"}


def find_program_name(pid: int) -> str:
    """Return the name of a running program, or "" when it is gone or belongs to somebody who hides it."""
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            name = process.name()
            try:
                command = process.cmdline()
            except psutil.Error:
                command = []
    except psutil.Error:
        return ""
    return read_program_name(name, command)


def read_program_name(name: str, command: Sequence[str]) -> str:
    """Return what to call a process, from the kernel's name for it and its command line (which may be empty)."""
    if not command:
        return name
    title = command[0].split("\0", 1)[0]
    if title.startswith("VLLM::"):  # how vLLM names its workers since 0.10.2; the kernel's name is cut at 15 letters
        return title.strip()
    if is_vllm(command):
        return "vLLM"
    program = PurePosixPath(title).name
    if program.startswith("ollama") or name.startswith("ollama"):
        return "Ollama"
    if program.startswith("python"):
        return _script_of(command[1:]) or name
    return name or program


def is_vllm(command: Sequence[str]) -> bool:
    """Whether this is `vllm serve …`, with or without its interpreter in front, or the server run as a module."""
    programs = [PurePosixPath(word).name for word in command if not word.startswith("-")][:3]
    if any(first == "vllm" and second == "serve" for first, second in pairwise(programs)):
        return True
    return any(word == "-m" and after.startswith("vllm.") for word, after in pairwise(command))


def _script_of(arguments: Sequence[str]) -> str:
    """Return the name of the script or module that an interpreter runs, "" for its prompt or a command in -c."""
    words = iter(arguments)
    for word in words:
        if word == "-m":
            return next(words, "")
        if word == "-c":
            return ""
        if word in _OPTIONS_WITH_A_VALUE:
            next(words, "")
        elif not word.startswith("-"):
            return PurePosixPath(word).name
    return ""
