"""What the options of several commands take: each returns the value, or says in one sentence why it is none."""

import argparse
from pathlib import Path

from trayapp.core.vllm_version import VllmVersion, parse_vllm_version
from trayapp.wording.translation import _


def number(text: str) -> float:
    """Return a number, which has a point in every language."""
    try:
        return float(text)
    except ValueError as error:  # 0,9 is none: what a script says must mean the same in every language
        said = _("{text} is no number; it is written with a point, such as 0.9").format(text=text)
        raise argparse.ArgumentTypeError(said) from error


def whole_number(text: str) -> int:
    """Return a whole number, which may be below 0."""
    try:
        return int(text)
    except ValueError as error:
        said = _("{text} is no whole number, such as 16384").format(text=text)
        raise argparse.ArgumentTypeError(said) from error


def gib(text: str) -> float:
    """Return a size in GiB."""
    value = number(text)
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(_("{text} is no size in GiB").format(text=text))
    return value


def gib_of_a_gpu(text: str) -> float:
    """Return a size in GiB above 0."""
    value = gib(text)
    if not value:
        raise argparse.ArgumentTypeError(_("a GPU has more memory than 0 GiB"))
    return value


def count(text: str) -> int:
    """Return a number from 1 to 64."""
    if not text.isdecimal() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError(_("{text} is not a number from 1 to 64").format(text=text))
    return int(text)


def path_from_here(text: str) -> Path:
    """Return a path as it is from here, with the home folder for "~"."""
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        said = _("{text} begins with the home folder of a user who is not there").format(text=text)
        raise argparse.ArgumentTypeError(said) from error


def capability(text: str) -> tuple[int, int]:
    """Return a compute capability."""
    major, _point, minor = text.partition(".")
    if not major.isdecimal() or not (minor or "0").isdecimal():
        raise argparse.ArgumentTypeError(_("{text} is no compute capability, such as 8.6").format(text=text))
    return int(major), int(minor or 0)


def vllm_version(text: str) -> VllmVersion:
    """Return a version of vLLM."""
    version = parse_vllm_version(text)
    if version is None:
        raise argparse.ArgumentTypeError(_("{text} is no version of vLLM").format(text=text))
    return version
