"""Texts of the window that leads through the first steps."""

from typing import TYPE_CHECKING

from trayapp.core.checkup import Topic
from trayapp.wording.plan import basis_words, context_words, report_heading
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.checkup import Finding
    from trayapp.core.launch_plan import Report
    from trayapp.core.problems import Problem


def window_title() -> str:
    """Return the title of the window."""
    return _("Set up · vLLM Tray")


def step_titles() -> tuple[str, str, str]:
    """Return the names of the three steps."""
    return _("This computer"), _("The model"), _("Start")


def step_label(number: int, title: str) -> str:
    """Return a step as it stands above the pages."""
    return _("{number}  {title}").format(number=number, title=title)


def computer_intro() -> str:
    """Return the sentence above what was found."""
    return _("vLLM Tray runs a language model on this computer: nothing that you write to it leaves the house.")


def looking_words() -> str:
    """Return what is shown while the computer is examined."""
    return _("Looking at this computer…")


def computer_words(findings: "Sequence[Finding]") -> str:
    """Return in one sentence whether this computer can run a model."""
    wrong = {finding.topic for finding in findings if finding.problems}
    if Topic.VLLM in wrong:
        return _("One thing is missing: vLLM, the program that runs the model. It can be set up now.")
    if Topic.GPU in wrong:
        return _("No GPU can be used; the reason stands below.")
    if wrong:
        return _("This computer can run a model; below stands what could be better.")
    return _("This computer can run a model.")


def asking_words() -> str:
    """Return what is shown while the package index is asked for the vLLM that suits."""
    return _("Asking PyPI how much is to be downloaded…")


def check_label() -> str:
    """Return the label of the button that runs the self-test."""
    return _("Check this &computer")


def check_help() -> str:
    """Return what the self-test does."""
    return _("Starts a tiny model, asks it one question and stops it: about a minute.")


def check_passed() -> str:
    """Return that the self-test went well."""
    return _("The check passed: a tiny model was started, answered, and was stopped.")


def check_failed(reason: str) -> str:
    """Return that the self-test did not go well, and why."""
    return _("The check failed: {reason}").format(reason=reason)


def install_label() -> str:
    """Return the label of the button that sets up a vLLM."""
    return _("&Set up vLLM")


def again_label() -> str:
    """Return the label of the button that examines the computer again."""
    return _("Look &again")


def cancel_label() -> str:
    """Return the label of the button that ends what is under way."""
    return _("Canc&el")


def progress_name() -> str:
    """Return what a screen reader says for the bar of a check or an installation."""
    return _("Progress")


def back_label() -> str:
    """Return the label of the button to the step before."""
    return _("&Back")


def next_label() -> str:
    """Return the label of the button to the next step."""
    return _("&Next")


def start_label() -> str:
    """Return the label of the button that starts the model."""
    return _("&Start")


def close_label() -> str:
    """Return the label of the button that closes the window."""
    return _("C&lose")


def try_label() -> str:
    """Return the label of the button that opens the window for a question."""
    return _("&Try it…")


def connect_label() -> str:
    """Return the label of the button that tells how other programs reach the model."""
    return _("Co&nnect a program…")


def details_label() -> str:
    """Return the label of the button that opens what went wrong."""
    return _("&What went wrong…")


def chosen_words(model: str) -> str:
    """Return which model is chosen."""
    if not model:
        return _("Choose a model of this computer, download one, or take the built-in test model.")
    return _("Chosen: {model}").format(model=model)


def planning_words() -> str:
    """Return what is shown while the plan is made."""
    return _("Looking how it fits…")


def plan_paragraph(name: str, report: "Report", no_vllm: "Problem | None" = None) -> str:
    """Return the plan in one paragraph; no_vllm is why there is no vLLM for it yet, which is said before."""
    sentences = [report_heading(name, report) + "."]
    if report.memory is not None:
        sentences += [context_words(report.memory), basis_words(report.memory.basis)]
    for problem in report.problems[:1]:
        sentences.append(problem_sentence(problem))
    plan = " ".join(sentences)
    if no_vllm is None:
        return plan
    missing = _("{problem}. The step “{step}” sets it up. The plan once it is there:")
    return f"{missing.format(problem=problem_words(no_vllm).title, step=step_titles()[0])}\n{plan}"


def after_words(report: "Report") -> str:
    """Return what comes when this plan is started, a line each; "" where it cannot be."""
    if report.launch is None or report.problems:
        return ""
    lines = (
        _("The first start of a model takes a minute or two: vLLM adapts it to this computer. Later ones are faster."),
        _("While it runs, programs reach it at {address}.").format(address=report.launch.endpoint),
        _("A click on the icon in the tray stops it, and its memory is free again; another click starts it."),
    )
    return "\n".join(f"• {line}" for line in lines)


def problem_sentence(problem: "Problem") -> str:
    """Return a problem as one paragraph."""
    said = problem_words(problem)
    return f"{said.title}. {said.detail} {said.remedy}".replace("  ", " ").strip()
