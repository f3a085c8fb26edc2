"""Ollama as a run: started when it does not run yet, the model loaded, watched, and unloaded at the end."""

from PySide6.QtCore import QObject, QTimer

from trayapp.backends.http_client import AskingFailed, Target
from trayapp.backends.ollama_client import NAME, Loading, find_loaded, leave
from trayapp.core.exits import Exit
from trayapp.core.launch import OllamaPlan
from trayapp.core.log_events import FigureSeen, Phase, PhaseSeen
from trayapp.core.ollama import LoadedModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import read_address
from trayapp.supervision.background import Background
from trayapp.supervision.patience import LOADING_PATIENCE_S, PATIENCE_S
from trayapp.supervision.running import Ending, Running
from trayapp.supervision.server_process import ServerProcess

PAUSE_MS = 5_000
AFTER_MISS_MS = 1_000
MOST_MISSES = 2


class Ollama(Running):
    """Has one model loaded by Ollama."""

    logs_its_start = False

    def __init__(self, plan: OllamaPlan, mark: str, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        address = read_address(plan.url)
        assert address is not None  # noqa: S101 - the plan was made from it
        self._target = Target(NAME, address)
        self._plan = plan
        self._background = background
        self._loading = Loading(self._target)
        self._not_started = ""
        self._misses = 0
        self._problem: Problem | None = None
        self._ending = self._over = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        self._process: ServerProcess | None = None
        if plan.executable:
            self._process = ServerProcess(plan, mark, self)
            self._process.started.connect(self.started)
            self._process.lines.connect(self.lines)
            self._process.not_started.connect(self._was_not_started)
            self._process.ended.connect(self._process_ended)

    def start(self) -> None:
        """Start Ollama where it does not run, and load the model."""
        if self._process is not None:
            self._process.start()
        self.said.emit(PhaseSeen(Phase.LOADING_WEIGHTS))
        load, plan = self._loading.load, self._plan
        self._background.run(lambda: load(plan.model_name, plan.max_model_len), self._loaded, _no_answer)

    def end(self, *, loading: bool) -> None:
        """Unload the model; end Ollama if it was started by us, and leave it as it is otherwise."""
        self._ending = True
        self._timer.stop()
        if self._process is not None:
            self._process.end(LOADING_PATIENCE_S if loading else PATIENCE_S)
            self._loading.call_off()
        else:
            self._leave(Exit(0))

    def ask_no_more(self) -> None:
        """Look at it no more."""
        self._timer.stop()

    def wait_until_ended(self) -> None:
        """Block until the model is unloaded."""
        if self._process is not None:
            self._process.wait_until_ended(PATIENCE_S + 6)

    def _leave(self, how: Exit) -> None:
        """Unload in a thread, and tell the end after that."""
        self._loading.call_off()
        target, plan = self._target, self._plan
        self._background.run(
            lambda: leave(target, plan.model_name, remove=plan.model_name != plan.model),
            lambda _: self._finish(Ending(how, problem=self._problem)),
            lambda _: None,
        )

    def _loaded(self, outcome: LoadedModel | Problem | None) -> None:
        if self._ending or self._over:
            return
        if isinstance(outcome, Problem):
            self._fail(outcome)
            return
        if outcome is not None:
            self.said.emit(FigureSeen("gpu_percent", outcome.gpu_percent))
            shares = f"{outcome.on_gpu_bytes} of {outcome.size_bytes} bytes on the GPU"
            self.lines.emit([f"Ollama holds {outcome.name}: {shares}, context length {outcome.context_length}"])
        self.answered.emit((outcome.context_length if outcome else None) or 0)
        self._timer.start(PAUSE_MS)

    def _fail(self, problem: Problem) -> None:
        self._ending = True
        self._problem = problem
        self.lines.emit([f"Ollama: {problem.kind.value} {dict(problem.values)}"])
        if self._process is not None:
            self._process.end(LOADING_PATIENCE_S)
        else:
            self._leave(Exit(None))

    def _look(self) -> None:
        self._background.run(lambda: _answers(self._target), self._looked, _no_answer)

    def _looked(self, problem: Problem | None) -> None:
        if self._ending or self._over:
            return
        self._misses = self._misses + 1 if problem is not None else 0
        if problem is not None and self._misses > MOST_MISSES:
            self._fail(problem)
        else:
            self._timer.start(AFTER_MISS_MS if self._misses else PAUSE_MS)

    def _was_not_started(self, reason: str) -> None:
        self._not_started = reason

    def _process_ended(self, how: Exit) -> None:
        self._loading.call_off()
        self._finish(Ending(how, self._not_started, self._problem))

    def _finish(self, ending: Ending) -> None:
        if not self._over:
            self._over = True
            self._timer.stop()
            self.ended.emit(ending)


def _answers(target: Target) -> Problem | None:
    try:
        find_loaded(target)
    except AskingFailed as failed:
        return failed.problem
    return None


def _no_answer(error: Exception) -> Problem:
    return Problem(ProblemKind.REMOTE_BROKE_OFF, {"server": NAME, "reason": f"{type(error).__name__}: {error}"})
