"""Texts of the window that says what this is and how this computer is."""

from typing import TYPE_CHECKING

from trayapp.wording.checkup import finding_words, topic_words
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.checkup import Finding


def window_title() -> str:
    """Return the title of the window."""
    return _("About and check-up · vLLM Tray")


def about_words(version: str) -> str:
    """Return what this is."""
    return _("vLLM Tray {version} runs a large language model on this computer. Licence: Apache-2.0.").format(
        version=version
    )


def examining_words() -> str:
    """Return what is shown while the computer is examined."""
    return _("Looking at this computer…")


def summary_words(findings: "Sequence[Finding]") -> str:
    """Return in one sentence how many findings have something wrong."""
    wrong = sum(bool(finding.problems) for finding in findings)
    if not wrong:
        return _("Nothing is wrong with this computer.")
    if wrong == 1:
        return _("One thing is wrong; below it stands how to mend it.")
    return _("{count} things are wrong; below each stands how to mend it.").format(count=wrong)


def again_label() -> str:
    """Return the label of the button that examines again."""
    return _("Look &again")


def copy_label() -> str:
    """Return the label of the button that copies all of it."""
    return _("&Copy")


def findings_label() -> str:
    """Return what a screen reader says for the list."""
    return _("What was found")


def close_label() -> str:
    """Return the label of the button that closes the window."""
    return _("C&lose")


def finding_lines(finding: "Finding") -> list[str]:
    """Return a finding as lines: what was found, and below it what is wrong and what to do."""
    mark = "✗" if finding.problems else "✓"
    lines = [f"{mark} {topic_words(finding.topic)}: {finding_words(finding)}".rstrip(": ")]
    for problem in finding.problems:
        lines += [f"    {text}" for text in problem_words(problem) if text]
    return lines
