"""Reasons in words. Whoever finds trouble says why in English, often the system itself; people get their language.

A reason is half a sentence behind a colon or in brackets. One that is not known here stays as it is.
"""

import re

from trayapp.wording.translation import _

_NUMBERED = re.compile(r"\[Errno -?\d+\] ([^:]+)(: .+)?")


def reason_words(reason: str) -> str:
    """Return a reason in the language in use."""
    numbered = _NUMBERED.fullmatch(reason)
    text, about = (numbered[1], numbered[2] or "") if numbered else (reason, "")
    known = {**_of_files(), **_of_the_system()}
    if text in known:
        return known[text] + about
    for template, words in _with_values().items():
        before, _value, behind = template.partition("{value}")
        if text.startswith(before) and text.endswith(behind) and len(text) > len(before + behind):
            return words.format(value=text.removeprefix(before).removesuffix(behind))
    return reason


def _of_files() -> dict[str, str]:
    return {
        "is missing": _("is missing"),
        "does not exist": _("does not exist"),
        "does not exist: this is an adapter (LoRA), which needs its base model": _(
            "does not exist: this is an adapter (LoRA), which needs its base model"
        ),
        "does not exist: this is an image generator, which vLLM does not serve": _(
            "does not exist: this is an image generator, which vLLM does not serve"
        ),
        "holds no JSON object": _("holds no JSON object"),
        "is not an object of names": _("is not an object of names"),
        "is only a pointer of Git LFS; the real file was not downloaded": _(
            "is only a pointer of Git LFS; the real file was not downloaded"
        ),
        "has a damaged header; the download was probably interrupted": _(
            "has a damaged header; the download was probably interrupted"
        ),
        "has no data_offsets": _("has no data_offsets"),
        "ends behind the end of the file; the download was probably interrupted": _(
            "ends behind the end of the file; the download was probably interrupted"
        ),
        "names no layer that is known": _("names no layer that is known"),
        "no metadata of vllm beside its Python": _("no metadata of vllm beside its Python"),
    }


def _of_the_system() -> dict[str, str]:
    return {
        "it is still there": _("it is still there"),
        "no answer": _("no answer"),
        "another program keeps it locked": _("another program keeps it locked"),
        "the keyring does not keep anything": _("the keyring does not keep anything"),
        "the session bus does not answer": _("the session bus does not answer"),
        "the session bus closed the connection": _("the session bus closed the connection"),
        "the driver knows of none": _("The driver knows of none."),
        "Driver Not Loaded": _("The NVIDIA driver is not loaded."),
        "NVML Shared Library Not Found": _("The library of the NVIDIA driver (NVML) is not there."),
        "Permission denied": _("Permission denied"),
        "Operation not permitted": _("Operation not permitted"),
        "No such file or directory": _("No such file or directory"),
        "No space left on device": _("No space left on device"),
        "Disk quota exceeded": _("Disk quota exceeded"),
        "Read-only file system": _("Read-only file system"),
        "Is a directory": _("Is a directory"),
        "Not a directory": _("Not a directory"),
        "Connection refused": _("Connection refused"),
        "Connection reset by peer": _("Connection reset by peer"),
        "No route to host": _("No route to host"),
        "Network is unreachable": _("Network is unreachable"),
        "Name or service not known": _("Name or service not known"),
        "Temporary failure in name resolution": _("Temporary failure in name resolution"),
        "timed out": _("timed out"),
    }


def _with_values() -> dict[str, str]:
    return {
        "is {value}, not a whole number": _("is {value}, not a whole number"),
        "is {value}, which cannot be": _("is {value}, which cannot be"),
        "is {value}, not a number above 0": _("is {value}, not a number above 0"),
        "is not valid JSON ({value})": _("is not valid JSON ({value})"),
        "no answer in {value} s": _("no answer in {value} s"),
        "exit code {value}": _("exit code {value}"),
    }
