"""Set up: what this computer has, which model, and its start, for the three steps of the window."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from trayapp.core.backend import Backend
from trayapp.core.checkup import Topic
from trayapp.core.events import StopWanted
from trayapp.core.launch_plan import Report, plan_report
from trayapp.core.memory_picture import memory_picture
from trayapp.core.problems import Problem
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.core.states import Checking, Failed, Ready, Starting, Stopped
from trayapp.core.where_to_run import choice_changes
from trayapp.jobs.job_process import JobProcess
from trayapp.presenters.downloads import downloads_of
from trayapp.presenters.models import Models
from trayapp.presenters.runtimes import needed_bytes, runtimes_of
from trayapp.storage.settings_file import change_settings, current_settings, write_defaults_if_missing
from trayapp.supervision.aside import aside
from trayapp.ui.first_run import MODEL, START, FirstRunWindow
from trayapp.ui.views import Wish
from trayapp.wording import first_run
from trayapp.wording.menu import selftest_model_name
from trayapp.wording.runtime_page import first_offer_words
from trayapp.wording.runtimes import install_title
from trayapp.wording.states import state_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from trayapp.core.checkup import Finding
    from trayapp.core.machine import Gpu
    from trayapp.presenters.behind import Behind
    from trayapp.storage.folders import Folders

NAME = "set_up"
_SHOWN = (Topic.COMPUTER, Topic.GPU, Topic.VLLM, Topic.DISK)


def show(behind: "Behind") -> FirstRunWindow:
    """Open the window, or bring it to the front."""

    def make() -> FirstRunWindow:
        window = FirstRunWindow(behind.windows.icons)
        SetUp(behind, window)
        return window

    return behind.windows.show(NAME, make)


class SetUp(QObject):
    """Lives as long as its window."""

    def __init__(self, behind: "Behind", window: FirstRunWindow) -> None:
        super().__init__(window)
        self._behind = behind
        self._window = window
        self._model = ""
        self._check: JobProcess | None = None
        self._findings: tuple[Finding, ...] = ()
        self._started = False
        self._installing = behind.install.is_running
        self._runtimes = runtimes_of(behind)
        Models(behind, window.models, self._choose)
        downloads_of(behind).done.connect(self._downloaded)
        computer, start = window.computer, window.start
        computer.check_wanted.connect(self._run_check)
        computer.install_wanted.connect(self._install)
        computer.again_wanted.connect(self._examine)
        computer.cancel_wanted.connect(self._cancel)
        start.try_wanted.connect(lambda: behind.wishes.tell(Wish.TRY_IT))
        start.connect_wanted.connect(lambda: behind.wishes.tell(Wish.CONNECT))
        start.details_wanted.connect(lambda: behind.wishes.tell(Wish.SHOW_DETAILS))
        window.step_entered.connect(self._entered)
        window.start_wanted.connect(self._start)
        window.cancel_wanted.connect(lambda: behind.controller.take(StopWanted()))
        window.closed.connect(self._closed)
        behind.install.changed.connect(self._render_install)
        self._runtimes.changed.connect(self._render_offer)
        self._runtimes.switched.connect(self._switched)
        behind.windows.model_chosen.connect(self._choose)
        behind.controller.state_changed.connect(self._render_state)
        behind.starts.changed.connect(self._render_steps)
        settings_file = behind.folders.settings_file
        behind.ask(self, lambda: current_settings(settings_file).model, self._render_model)
        self._render_install()
        self._examine()

    def _examine(self) -> None:
        folders = self._behind.folders

        def examine() -> "tuple[Finding, ...]":
            from trayapp.commands.doctor import examine

            return tuple(finding for finding in aside(examine, folders) if finding.topic in _SHOWN)

        self._window.computer.render_looking()
        self._behind.ask(self, examine, self._examined)

    def _switched(self) -> None:
        """There is a vLLM now, or another one: what was found and planned is of the one before."""
        self._examine()
        if self._window.step == START:
            self._plan()

    def _examined(self, findings: "tuple[Finding, ...]") -> None:
        self._findings = findings
        has_vllm = not any(finding.problems for finding in findings if finding.topic is Topic.VLLM)
        idle = isinstance(self._behind.controller.state, Stopped | Failed)
        self._window.computer.render_findings(findings, has_vllm=has_vllm, can_check=idle)
        if not has_vllm and not self._behind.install.is_running:
            self._runtimes.look()
            self._runtimes.check()  # how large it is, is said before it is downloaded

    # ---- the check and the installation ----

    def _run_check(self) -> None:
        if self._check is not None:
            return
        job = self._check = JobProcess((*self._behind.own_command(), "selftest", "--json"), self)
        last = {"text": "", "fault": ""}  # the model is stopped after a wrong answer, too, and that is told last

        def told(values: "Mapping[str, Any]") -> None:
            last["text"] = str(values.get("text") or values.get("detail", ""))
            last["fault"] = last["text"] if values.get("failed") else last["fault"]
            self._window.computer.render_work(last["text"], under_way=True)

        def ended(ok: bool) -> None:
            self._check = None
            words = first_run.check_passed() if ok else first_run.check_failed(last["fault"] or last["text"])
            self._window.computer.render_work(words, under_way=False)
            job.deleteLater()

        job.told.connect(told)
        job.ended.connect(ended)
        self._window.computer.render_work(first_run.check_help(), under_way=True)
        job.start()

    def _cancel(self) -> None:
        if self._check is not None:
            self._check.cancel()
        else:
            self._behind.install.cancel()

    def _install(self) -> None:
        self._behind.install.start(self._runtimes.known.offer)

    def _render_install(self) -> None:
        """Show how far an installation is; one that ended before the window was opened was told then."""
        install = self._behind.install
        self._installing = self._installing or install.is_running
        if self._installing and self._check is None:
            self._window.computer.render_work(install.words(), under_way=install.is_running, share=install.share)
        self._installing = install.is_running
        self._render_state()

    def _render_offer(self) -> None:
        known, place = self._runtimes.known, str(self._behind.folders.runtimes)
        words, offer = known.told, known.offer
        if offer is not None and known.check is not None:
            reason = known.check.recommended.reason if known.check.recommended is not None else ""
            words = first_offer_words(offer, reason, needed_bytes(offer), place)
        self._window.computer.render_offer(first_run.asking_words() if known.asking else words)

    # ---- the model ----

    def _choose(self, model: str) -> None:
        self._keep(model, lambda: self._window.go_to(START))

    def _downloaded(self, model: str) -> None:
        """What was downloaded for this is chosen with it; another one can be chosen all the same."""
        if model and self._window.step == MODEL:
            self._keep(model, lambda: None)

    def _keep(self, model: str, then: "Callable[[], None]") -> None:
        """Keep the choice at once: a window that is closed half-way loses nothing."""
        settings_file = self._behind.folders.settings_file

        def keep() -> Problem | None:
            chosen = choice_changes(current_settings(settings_file), backend=Backend.VLLM, model=model)
            return change_settings(settings_file, chosen)

        def kept(problem: Problem | None) -> None:
            if problem is not None:
                self._window.models.render_note(first_run.problem_sentence(problem))
                return
            self._render_model(model)
            then()

        self._behind.do(self, keep, kept)

    def _render_model(self, model: str) -> None:
        self._model = model
        name = model.rstrip("/").rpartition("/")[2]
        self._window.render_model(selftest_model_name() if model == SELFTEST_MODEL else name)

    # ---- the start ----

    def _entered(self, step: int) -> None:
        if step == START:
            self._plan()
        elif step == MODEL:
            self._started = False
        self._render_state()

    def _plan(self) -> None:
        folders, model, before = self._behind.folders, self._model, self._behind.gpus_before()
        self._window.start.render_plan(first_run.planning_words())

        def planned(told: tuple[Report | Problem, Problem | None]) -> None:
            outcome, no_vllm = told
            if isinstance(outcome, Problem):
                self._window.start.render_plan(first_run.problem_sentence(outcome))
                return
            name = selftest_model_name() if model == SELFTEST_MODEL else model.rstrip("/").rpartition("/")[2]
            on_gpu = outcome.launch is not None and bool(outcome.launch.gpus)
            picture = memory_picture(outcome.memory, of_gpu=on_gpu) if outcome.memory is not None else None
            paragraph, after = first_run.plan_paragraph(name, outcome, no_vllm), first_run.after_words(outcome)
            self._window.start.render_plan(paragraph, picture, after)

        self._behind.ask(self, lambda: plan_for(folders, model, before), planned)

    def _start(self) -> None:
        self._started = True
        self._behind.use_model(self._model)

    def _render_state(self) -> None:
        state = self._behind.controller.state
        starting, ready = isinstance(state, Checking | Starting), isinstance(state, Ready)
        self._started = self._started or starting or ready
        install = self._behind.install
        words = state_row(state) if self._started and not isinstance(state, Stopped) else ""
        if install.is_running and isinstance(state, Stopped | Failed):
            words = f"{install_title()} · {install.words()}"
        has_failed = self._started and isinstance(state, Failed) and not install.is_running
        self._window.start.render_state(words, is_ready=ready, has_failed=has_failed)
        self._window.render_start(starting=starting, ready=ready, installing=install.is_running)
        self._render_steps()

    def _render_steps(self) -> None:
        self._window.start.render_start(self._behind.starts.progress())

    def _closed(self) -> None:
        if self._check is not None:
            self._check.end()
        path = self._behind.folders.settings_file
        self._behind.background.run(lambda: write_defaults_if_missing(path), lambda _: None)


def plan_for(folders: "Folders", model: str, before: "Collection[Gpu]" = ()) -> tuple[Report | Problem, Problem | None]:
    """Return the plan of a model on this computer, and why there is no vLLM for it yet (blocks).

    before are the GPUs as the one that runs now found them.
    """
    from trayapp.model_shelf import survey
    from trayapp.probes.model_files import find_model

    shelf = survey(folders, before)
    found = aside(find_model, model)
    if isinstance(found, Problem):
        return found, shelf.no_vllm
    settings = shelf.settings.with_changes({"model": model}).for_model()
    return plan_report(settings, shelf.machine, shelf.install, found, shelf.learned), shelf.no_vllm
