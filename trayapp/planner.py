"""What is worked out in threads: the plan of a launch, the reason of an end, a report. Everything in here blocks.

It introduces the packages to each other (probes answer, core plans, storage keeps) and decides nothing itself. Nothing
imports it before it is needed: with all that it loads, the app would come up later and take more memory while idle.
"""

import getpass
import os
import platform
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp import __version__
from trayapp.assembly import end_abandoned
from trayapp.core.backend import Backend
from trayapp.core.backend_advice import ways_elsewhere
from trayapp.core.diagnosis import Circumstances, Diagnosis, diagnose
from trayapp.core.events import Learn
from trayapp.core.launch import Launchable
from trayapp.core.launch_environment import KEY
from trayapp.core.launch_plan import Attempt, LaunchPlan, learned_start, plan_launch
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.memory_plan import Verdict
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.redaction import secret_values
from trayapp.core.remedies import Remedy, RemedyId, remedies_for, with_ollama
from trayapp.core.settings import Settings
from trayapp.core.states import Failed
from trayapp.probes.computer import find_machine
from trayapp.probes.exit_clues import Baseline, find_exit_clues, take_baseline
from trayapp.probes.gpus import find_gpus
from trayapp.probes.model_files import find_model
from trayapp.probes.ports import find_free_port, find_port_problem
from trayapp.probes.vllm_install import find_vllm
from trayapp.storage.folders import Folders
from trayapp.storage.learned_file import keep_learned, load_learned
from trayapp.storage.settings_file import change_settings, current_settings, load_settings
from trayapp.wording.failure_report import Writer, failure_report
from trayapp.wording.notices import failure_words

if TYPE_CHECKING:
    from trayapp.supervision.controller import EndedRun


FIRST_PORT = 8000
"""Where the search for a free port begins when the app may choose."""


@dataclass
class Planner:
    """The functions that the controller calls in a thread, one at a time.

    fixed settings hold against the file (self-test); keep says whether what is measured is kept and used.
    """

    folders: Folders
    fixed: Mapping[str, object]
    use_auto_length: bool = True
    keep: bool = True
    read_key: Callable[[str], str] = lambda _name: ""  # of a server elsewhere
    read_server_key: Callable[[], str] = lambda: ""  # of the server on this computer
    _baseline: Baseline = field(default_factory=take_baseline)  # how things stood before the newest launch
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, changes: Mapping[str, object], anyway: bool) -> tuple[Launchable | Refusal, tuple[Problem, ...]]:
        """Survey the machine and plan a launch with these changes of the settings; notes are told with the start."""
        with self._one_at_a_time:  # a survey that was called off may still be under way, with its hands on the port
            return self._plan(changes, anyway)

    def _plan(self, changes: Mapping[str, object], anyway: bool) -> tuple[Launchable | Refusal, tuple[Problem, ...]]:
        self._baseline = take_baseline()
        loaded = load_settings(self.folders.settings_file)
        notes = (*loaded.problems, *end_abandoned())
        settings = self._in_force(loaded.settings, changes)
        if settings.backend != Backend.VLLM:
            return self._plan_elsewhere(settings, anyway), notes
        own_choice = not self._in_force(loaded.settings, {}).gpu_memory_utilization
        outcome, more = self._plan_vllm(settings, changes, own_choice=own_choice, anyway=anyway)
        return outcome, (*notes, *more)

    def _plan_elsewhere(self, settings: Settings, anyway: bool) -> Launchable | Refusal:
        from trayapp.backend_plans import plan_elsewhere  # late, with its client for HTTP

        if settings.one_address_port and settings.use_server_key and not self.read_server_key():
            # What programs here must know to be led elsewhere, with a key that is not theirs.
            return Refusal((Problem(ProblemKind.SERVER_KEY_MISSING),))
        return plan_elsewhere(settings, self.read_key, anyway=anyway)

    def _plan_vllm(
        self, settings: Settings, changes: Mapping[str, object], *, own_choice: bool, anyway: bool
    ) -> tuple[LaunchPlan | Refusal, tuple[Problem, ...]]:
        """Return the plan and its notes; own_choice: the share of the GPU is the app's, not the person's."""
        prepared = self._with_key(settings)
        if isinstance(prepared, Problem):
            return Refusal((prepared,)), ()
        install = find_vllm(settings.vllm_executable, self.folders.runtimes)
        if isinstance(install, Problem):
            return Refusal((install,)), ()
        model = find_model(settings.model)
        if isinstance(model, Problem):
            return Refusal((model,)), ()
        prepared = _with_port(prepared)
        if isinstance(prepared, Problem):
            return Refusal((prepared,)), ()
        detected = changes.get("max_model_len")
        attempt = Attempt(
            detected_max_model_len=detected if isinstance(detected, int) else None,
            lowered_utilization=settings.gpu_memory_utilization if "gpu_memory_utilization" in changes else 0.0,
            use_auto_length=self.use_auto_length,
            anyway=anyway,
        )
        if attempt.detected_max_model_len is not None:
            prepared = replace(prepared, max_model_len=0)
        if attempt.lowered_utilization and own_choice and not install.on_cpu:
            prepared = replace(prepared, gpu_memory_utilization=0.0)  # still the app's own choice, only less of it
        learned, learned_problem = load_learned(self.folders.learned_file) if self.keep else (LearnedLimits(), None)
        outcome = plan_launch(prepared, find_machine(), install, model, learned, attempt)
        if not anyway and _lacks_room(outcome):
            from trayapp.backend_plans import ollama_on_gpu  # late, with its client for HTTP

            held = ollama_on_gpu()
            if held is not None:
                return Refusal((held,), may_start_anyway=True), ()
        if isinstance(outcome, Refusal):
            outcome = replace(outcome, remedies=_as_offered_here(ways_elsewhere(outcome.problems)))
        kept = (learned_problem,) if learned_problem else ()
        return outcome, (*kept, *_gpu_change(settings, outcome))

    def _with_key(self, settings: Settings) -> Settings | Problem:
        """Return the settings with the server's key, where one is wanted."""
        if not settings.use_server_key or KEY in settings.environment:
            return settings
        key = self.read_server_key()
        if not key:  # a server that anybody may use is not what was wanted
            return Problem(ProblemKind.SERVER_KEY_MISSING)
        return replace(settings, environment=MappingProxyType({**settings.environment, KEY: key}))

    def _in_force(self, settings: Settings, changes: Mapping[str, object]) -> Settings:
        """Return what counts: what is fixed, over what the model has of its own, over what all models share."""
        return settings.with_changes(self.fixed).for_model().with_changes({**self.fixed, **changes})

    def launched(self, plan: Launchable) -> tuple[Problem, ...]:
        """Remember the GPU of a launch, which has told that it is another one; return what prevents it.

        Not when it is planned: a survey that is called off tells nothing.
        """
        if not isinstance(plan, LaunchPlan) or not plan.gpus:
            return ()
        now, known = plan.gpus[0], self._in_force(current_settings(self.folders.settings_file), {})
        if now.uuid == known.gpu_uuid:
            return ()
        return self._change({"gpu_uuid": now.uuid, "gpu_name": now.name})

    def learn(self, start: Learn) -> tuple[Problem, ...]:
        """Keep what a start of vLLM measured, and return what prevents it; elsewhere there is nothing to learn."""
        plan = start.plan
        if not self.keep or not isinstance(plan, LaunchPlan):
            return ()
        learned = learned_start(plan, start.max_model_len, start.figures, start.tried)
        problem = keep_learned(self.folders.learned_file, learned)
        if problem is not None and problem.kind is ProblemKind.FILE_NOT_WRITABLE:
            problem = replace(problem, kind=ProblemKind.LIMIT_NOT_KEPT)
        return (*((problem,) if problem else ()), *self._keep_allowed(plan.code_allowed))

    def _keep_allowed(self, code: str) -> tuple[Problem, ...]:
        """Keep the person's word for code that proved to be what the model needs; a button is pressed once."""
        if not code:
            return ()  # the file is not read: a damaged one is told by the next start
        allowed = current_settings(self.folders.settings_file).code_allowed
        return self._change({"code_allowed": [*allowed, code]}) if code not in allowed else ()

    def _change(self, changes: Mapping[str, object]) -> tuple[Problem, ...]:
        problem = change_settings(self.folders.settings_file, changes)
        return (problem,) if problem else ()

    def explain(self, ended: "EndedRun") -> tuple[Diagnosis | Refusal, tuple[Remedy, ...]]:
        """Return why a server ended, and what would help."""
        plan, ending = ended.plan, ended.ending
        if not isinstance(plan, LaunchPlan):
            ended_so = {"what": plan.what_runs, "how": ending.not_started or str(ending.exit)}
            return Refusal((ending.problem or Problem(ProblemKind.SERVER_ENDED, ended_so),)), ()
        circumstances = Circumstances(
            exit=ending.exit,
            vllm_version=plan.vllm_version,
            compute_capability=plan.gpus[0].compute_capability if plan.gpus else None,
            was_ready=ended.was_ready,
            clues=find_exit_clues(self._baseline, written_folders(), None if plan.on_cpu else find_gpus().problem),
        )
        lines = [*ended.lines, ending.not_started] if ending.not_started else ended.lines
        diagnosis = diagnose(lines, circumstances)
        settings = self._in_force(current_settings(self.folders.settings_file), ended.changes)
        return diagnosis, _as_offered_here(remedies_for(diagnosis, settings, plan))


def _with_port(settings: Settings) -> Settings | Problem:
    """Return the settings with a port that is free."""
    if not settings.port:  # looked for at each attempt: one that was lost to another program is not met again
        settings = replace(settings, port=find_free_port(settings.host, FIRST_PORT))
    return find_port_problem(settings.host, settings.port) or settings


def _as_offered_here(remedies: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """Return the remedies with Ollama among them only where there is one."""
    if all(each.id is not RemedyId.USE_OLLAMA for each in remedies):
        return remedies
    from trayapp.backend_plans import is_ollama_there  # late, with its client for HTTP

    return with_ollama(remedies, is_there=is_ollama_there())


def _gpu_change(settings: Settings, outcome: LaunchPlan | Refusal) -> tuple[Problem, ...]:
    """Return the news when the plan uses another GPU than the launch before."""
    if not isinstance(outcome, LaunchPlan) or not outcome.gpus or not settings.gpu_uuid:
        return ()
    now = outcome.gpus[0]
    if now.uuid == settings.gpu_uuid:
        return ()
    return (Problem(ProblemKind.GPU_CHANGED, {"before": settings.gpu_name or settings.gpu_uuid, "now": now.name}),)


def _lacks_room(outcome: LaunchPlan | Refusal) -> bool:
    """Whether more memory of the GPU would make a difference."""
    if isinstance(outcome, Refusal):
        return any(problem.kind is ProblemKind.MEMORY_DOES_NOT_FIT for problem in outcome.problems)
    memory = outcome.memory
    return not outcome.on_cpu and memory is not None and memory.verdict is not Verdict.FITS


def written_folders() -> tuple[Path, ...]:
    """Return the folders that vLLM writes to: its caches, those of the Hub, and the one for temporary files."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return tuple(folder for folder in (cache, Path(tempfile.gettempdir())) if folder.is_dir())


def make_report(folders: Folders, state: Failed, lines: Sequence[str]) -> str:
    """Return the report of a failed run (blocks), with keys, home folder, user and host names taken out.

    A failure without a run has no report: its words say everything.
    """
    if not isinstance(state.reason, Diagnosis) or not isinstance(state.plan, LaunchPlan) or state.how is None:
        return "\n".join(failure_words(state))
    settings = current_settings(folders.settings_file)
    secrets = (*secret_values(settings.environment), *secret_values(state.plan.environment))
    return failure_report(
        state.reason,
        state.how,
        settings,
        state.plan,
        find_machine(),
        state.course.tried,
        lines,
        app_version=__version__,
        system=platform.platform(terse=True),
        writer=Writer(str(Path.home()), getpass.getuser(), platform.node(), secrets),
    )
