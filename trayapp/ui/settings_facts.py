"""What the settings know beside their values, and which page shows what of it: the plan, GPUs, key, test of YaRN."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording import settings as words
from trayapp.wording.details import gpu_users_words
from trayapp.wording.plan import verdict_words
from trayapp.wording.problems import problem_words
from trayapp.wording.settings_plan import (
    factor_words,
    folder_words,
    gain_words,
    length_words,
    port_words,
    share_words,
    takes_words,
)
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.folder_trouble import FolderTrouble
    from trayapp.core.launch_plan import Report
    from trayapp.core.machine import Gpu
    from trayapp.core.settings_draft import Draft, Preview
    from trayapp.ui.settings_pages import SettingsPage

_OF_VLLM = {ProblemKind.VLLM_NOT_FOUND, ProblemKind.VLLM_NOT_EXECUTABLE, ProblemKind.VLLM_VERSION_UNKNOWN}


@dataclass(slots=True)
class Known:
    """Kept by the window, so that a page that is first turned to shows what was found before."""

    draft: "Draft | None" = None
    preview: "Preview | None" = None
    planned: "Draft | None" = None  # the draft that the preview is of
    gpus: "tuple[Gpu, ...] | None" = None  # as they were last seen; None: not yet
    key: str = ""
    key_there: bool = False
    test: str = ""
    testing: bool = False
    errors: dict[str, str] = field(default_factory=dict)  # what is wrong with each field, in words
    folders: tuple[str, ...] = ()  # with models, as they were last looked at
    of_folders: str = ""  # which of them cannot be looked through, in words

    def take_draft(self, draft: "Draft") -> None:
        """Another draft: what was found out about a field counts until its value is another."""
        self.draft = draft
        doubts = {name: words.field_error(problem) for name, problem in draft.doubts().items()}
        self.errors = {**self._found(draft), **doubts}

    def take_preview(self, draft: "Draft", preview: "Preview") -> None:
        """Another plan, of this draft."""
        self.preview, self.planned = preview, draft
        self.take_draft(draft)

    def take_folders(self, folders: tuple[str, ...], troubles: "Sequence[FolderTrouble]") -> None:
        """The folders with models, as they are now."""
        self.folders = folders
        self.of_folders = "\n".join(folder_words(each) for each in troubles)

    def warnings(self) -> dict[str, str]:
        """Return what is said beside a field without keeping it from being applied.

        A folder that is away may be on a disk that comes back, and is passed over until then. A variable that vLLM
        does not list is no reason for it to end: an addition of a GPU's maker, or a part of vLLM, may read it.
        """
        draft, planned, preview = self.draft, self.planned, self.preview
        found: dict[str, str] = {}
        if draft is not None and draft.value("model_folders") == self.folders:
            found["model_folders"] = self.of_folders
        unknown = preview.unknown_variable if preview is not None else None
        same = draft is not None and planned is not None and draft.value("environment") == planned.value("environment")
        if unknown is not None and same:
            found["environment"] = words.unknown_option_words(unknown.option, unknown.nearest)
        return found

    def may_apply(self) -> bool:
        """Whether something was changed, and nothing of it is wrong; what was wrong before may stay as it is."""
        draft = self.draft
        if draft is None or not draft.changes() or draft.doubts():
            return False
        before, now = draft.saved.for_model(), draft.in_force
        return all(getattr(before, name) == getattr(now, name) for name in self.errors)

    def _found(self, draft: "Draft") -> dict[str, str]:
        preview, planned = self.preview, self.planned
        if preview is None or planned is None:
            return {}
        found: dict[str, str] = {}
        if preview.unknown is not None:
            found["extra_arguments"] = words.unknown_option_words(preview.unknown.option, preview.unknown.nearest)
        if preview.port_problem is not None:
            found["port"] = words.field_error(preview.port_problem)
        if preview.one_address_problem is not None:
            found["one_address_port"] = words.field_error(preview.one_address_problem)
        problem = preview.problem
        if problem is not None and problem.kind is not ProblemKind.NO_MODEL_CHOSEN:
            found["vllm_executable" if problem.kind in _OF_VLLM else "model"] = words.field_error(problem)
        return {name: text for name, text in found.items() if draft.value(name) == planned.value(name)}


def render_page(page: "SettingsPage", known: Known) -> None:
    """Show on a page all that is known of its matter."""
    if known.draft is not None:
        page.render_draft(known.draft, {**known.warnings(), **known.errors})
    if page.name == "server":
        page.render_facts(f"{known.key}\n{words.key_guards_words()}")
        for name in ("show_key", "copy_key", "remove_key"):
            page.buttons[name].setEnabled(known.key_there)
        _render_port(page, known)
    if page.name == "context":
        page.fields["yarn_factor"].render_note(known.test)
        page.buttons["test_yarn"].setEnabled(_can_test(known))
    if page.name == "gpu" and known.gpus is not None:
        render_gpus(page, known.gpus)
    if known.preview is not None and known.planned is not None:
        _render_preview(page, known.planned, known.preview)


def render_gpus(page: "SettingsPage", gpus: "Sequence[Gpu]") -> None:
    """Show on the page of the GPUs what each has free and who uses it, and which can be chosen."""
    page.render_facts(gpu_users_words(gpus))
    choices = ((f"{each.name} ({bytes_words(each.memory_total_bytes)})", each.uuid) for each in gpus)
    page.fields["gpu_uuid"].render_choices(((words.choice_labels()["automatic"], ""), *choices))


def plan_words(preview: "Preview") -> str:
    """Return what a start would be, or why there is none, in a few sentences."""
    report = preview.report
    problems = (preview.problem,) if preview.problem is not None else ()
    if report is None:
        return " ".join(f"{said.title}. {said.remedy}" for said in map(problem_words, problems))
    said = map(problem_words, (*problems, *report.problems))
    sentences = [f"{verdict_words(report.verdict)}."] if report.memory is not None else []
    return " ".join((*sentences, *(f"{each.title}: {each.detail}" for each in said)))


def _render_preview(page: "SettingsPage", draft: "Draft", preview: "Preview") -> None:
    if page.name == "context":
        page.render_facts(_length_words(draft, preview.report))
        notes = {name: gain_words(name, gain) for name, gain in preview.gains.items()}
        memory = preview.report.memory if preview.report is not None else None
        if memory is not None and not draft.in_force.gpu_memory_utilization and memory.total_bytes:
            notes["gpu_memory_utilization"] = share_words(memory)
        for name in page.fields.keys() - {"yarn_factor"}:  # where the test says how it goes
            page.fields[name].render_note(notes.get(name, ""))
    elif page.name == "advanced":
        automatic = (words.choice_labels()["automatic"], "")
        installs = ((f"{each.version}: {each.executable}", each.executable) for each in preview.installs)
        page.fields["vllm_executable"].render_choices((automatic, *installs))


def _render_port(page: "SettingsPage", known: Known) -> None:
    draft, preview = known.draft, known.preview
    asked = preview.free_port if preview is not None else 0
    is_free = draft is not None and "port" not in draft.wrong and asked == draft.value("port") != 0
    page.fields["port"].render_note(port_words() if is_free else "")


def _can_test(known: Known) -> bool:
    draft = known.draft
    return draft is not None and draft.in_force.enable_yarn and not draft.doubts() and not known.testing


def _length_words(draft: "Draft", report: "Report | None") -> str:
    if report is None or report.memory is None:
        return ""
    asked = report.launch.max_model_len if report.launch is not None else None
    planned = asked or report.memory.planned_context
    sentences = [length_words(report.memory, planned)]
    settings = draft.in_force
    if settings.enable_yarn:
        sentences[0] += " " + takes_words(report.memory, planned)
        sentences += [factor_words(settings.yarn_factor), words.yarn_test_words()]
        sentences += [problem_words(each).detail for each in report.warnings if each.kind.value == "yarn_buys_nothing"]
    return "\n".join(filter(None, sentences))
