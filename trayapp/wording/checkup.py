"""What `doctor` found, in words: one line a finding. Problems have words of their own (problems.py)."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.checkup import Finding, Topic
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Iterator


def topic_words(topic: Topic) -> str:
    """Return the name of a topic for people."""
    match topic:
        case Topic.APP:
            return _("This app")
        case Topic.SETTINGS:
            return _("Settings")
        case Topic.DESKTOP:
            return _("Desktop")
        case Topic.COMPUTER:
            return _("Computer")
        case Topic.GPU:
            return _("GPU")
        case Topic.VLLM:
            return _("vLLM")
        case Topic.DISK:
            return _("Disk")
        case Topic.ADDRESS:
            return _("Address")
        case _:
            assert_never(topic)


def finding_words(finding: Finding) -> str:
    """Return what was found as one line, "" where there are no facts and the problem says it all."""
    facts = finding.facts
    if not any(fact not in {"", None} for fact in facts.values()):
        return _("None; vLLM runs on the processor") if finding.topic is Topic.GPU and not finding.problems else ""
    match finding.topic:
        case Topic.APP:
            return _("vLLM Tray {app}, Python {python}, PySide6 {pyside}, {system}").format(**facts)
        case Topic.SETTINGS:
            return str(facts["path"])
        case Topic.DESKTOP:
            return _desktop_words(finding)
        case Topic.COMPUTER:
            free, total = _size(facts["memory_available_bytes"]), _size(facts["memory_total_bytes"])
            words = _("{free} of {total} memory free, {cores} cores").format(free=free, total=total, **facts)
            return words + _(", inside WSL") if facts["wsl"] else words
        case Topic.GPU:
            return _gpu_words(finding)
        case Topic.VLLM:
            build = _("runs on the processor") if facts["on_cpu"] else _("runs on the GPU")
            return _("{version}, {build}: {executable}").format(build=build, **facts)
        case Topic.DISK:
            return _("{free} free for models: {path}").format(free=_size(facts["free_bytes"]), path=facts["path"])
        case Topic.ADDRESS:
            return f"http://{facts['host']}:{facts['port']}"
        case _:
            assert_never(finding.topic)


def _desktop_words(finding: Finding) -> str:
    facts = finding.facts
    services = {
        _("tray icons"): facts["tray"],
        _("notifications"): facts["notifications"],
        _("a store for secrets"): facts["secrets"],
    }
    there = ", ".join(name for name, found in services.items() if found) or _("no services")
    missing = ", ".join(name for name, found in services.items() if not found)
    kind = " ".join(str(facts[name]) for name in ("desktop", "session") if facts[name]) or _("no desktop")
    words = _("{kind}: {there}").format(kind=kind, there=there)
    if not missing:
        return words
    words += _("; not found: {missing}").format(missing=missing)
    return " ".join((words + ".", *_without(finding))) if facts["desktop"] else words


def _without(finding: Finding) -> "Iterator[str]":
    """Tell what is done without each, and what would bring it; no problems: the app works without."""
    if not finding.facts["tray"]:
        yield _("Without tray icons everything is in a window; GNOME shows them with the extension “AppIndicator”.")
    if not finding.facts["notifications"]:
        yield _("Without notifications news is in the menu alone; a service such as dunst or mako shows them.")
    if not finding.facts["secrets"]:
        yield _("Without a store a key is kept until the app ends; GNOME Keyring, KWallet or KeePassXC is one.")


def _gpu_words(finding: Finding) -> str:
    facts = finding.facts
    driver = _("driver {driver_version}, CUDA up to {cuda_version}").format(**facts)
    if "name" not in facts:
        return driver
    free, total = _size(facts["memory_free_bytes"]), _size(facts["memory_total_bytes"])
    words = _("{name}: {free} of {total} free, {driver}").format(
        name=facts["name"], free=free, total=total, driver=driver
    )
    return words + _("; used by {users}").format(users=facts["users"]) if facts["users"] else words


def _size(size: object) -> str:
    return bytes_words(size) if isinstance(size, int) else "?"
