"""What was found is told in words, also where there is nothing and that is no trouble."""

from trayapp.core.checkup import Finding, Topic
from trayapp.core.problems import Problem, ProblemKind
from trayapp.wording.checkup import finding_words


def test_no_gpu_is_told_as_such_where_the_processor_does_the_work() -> None:
    no_facts = {"driver_version": "", "cuda_version": ""}
    assert finding_words(Finding(Topic.GPU, no_facts)) == "None; vLLM runs on the processor"
    trouble = Problem(ProblemKind.NO_GPU, {"reason": ""})
    assert finding_words(Finding(Topic.GPU, no_facts, (trouble,))) == ""  # the problem says it all


def test_what_a_desktop_lacks_is_told_with_what_would_bring_it() -> None:
    facts = {"desktop": "GNOME", "session": "wayland", "tray": True, "notifications": True, "secrets": True}
    assert finding_words(Finding(Topic.DESKTOP, facts)) == (
        "GNOME wayland: tray icons, notifications, a store for secrets"
    )
    without = finding_words(Finding(Topic.DESKTOP, {**facts, "tray": False}))
    assert without.startswith("GNOME wayland: notifications, a store for secrets; not found: tray icons. Without")
    assert "AppIndicator" in without
    assert "dunst" not in without
    assert "dunst" in finding_words(Finding(Topic.DESKTOP, {**facts, "notifications": False}))
    assert "KeePassXC" in finding_words(Finding(Topic.DESKTOP, {**facts, "secrets": False}))
    nothing = {"desktop": "", "session": "tty", "tray": False, "notifications": False, "secrets": False}
    assert "Without" not in finding_words(Finding(Topic.DESKTOP, nothing)), "there is no desktop to mend"
