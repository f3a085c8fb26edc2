"""Every window and every page, each filled with sample values as the app fills it."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from tests.builders import a_machine, a_plan, an_install, another_gpu
from tests.core.model_configs import QWEN3_8B, found
from trayapp.core.access import Access
from trayapp.core.backend import Backend
from trayapp.core.chat import Answer
from trayapp.core.checkup import Finding, Topic
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis, Evidence
from trayapp.core.launch_plan import plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.live_figures import Live, MemoryInUse, Moment, ServerFigures
from trayapp.core.log_events import Phase
from trayapp.core.machine import GpuUser
from trayapp.core.memory_picture import live_picture, memory_picture
from trayapp.core.memory_plan import Verdict
from trayapp.core.model_rows import ModelRow, Place
from trayapp.core.ollama import OllamaModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remedy import Remedy, RemedyId
from trayapp.core.remote_server import RemoteServer, Step, StepOutcome, answer_problem
from trayapp.core.runtime_choice import Build, RuntimeChoice, Why
from trayapp.core.runtime_rows import Offer, RuntimeRow
from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Draft, Gain, Preview
from trayapp.core.start_times import StartClock, start_progress
from trayapp.core.states import Course, Failed, Stopped
from trayapp.ui.about_window import AboutWindow
from trayapp.ui.activity_window import ActivityWindow
from trayapp.ui.backend_page import BackendPage, PlacesView
from trayapp.ui.connect_window import ConnectWindow
from trayapp.ui.details_view import details_view
from trayapp.ui.details_window import DetailsWindow
from trayapp.ui.first_run import MODEL, START, FirstRunWindow
from trayapp.ui.icons import Icons
from trayapp.ui.log_window import LogWindow
from trayapp.ui.models_page import ModelsPage
from trayapp.ui.runtime_page import RuntimePage, RuntimeView
from trayapp.ui.scrolling import scrolled
from trayapp.ui.settings_dialog import SettingsDialog
from trayapp.ui.status_window import StatusWindow
from trayapp.ui.try_it import TryItWindow
from trayapp.ui.views import Wish, tray_view
from trayapp.ui.wishes import Wishes
from trayapp.wording import first_run as first_run_words
from trayapp.wording import places as places_words
from trayapp.wording import runtime_page as runtime_words
from trayapp.wording.phases import phase_words
from trayapp.wording.remote import step_words
from trayapp.wording.runtimes import choice_words, install_words
from trayapp.wording.settings import page_names

ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
SAVED = Settings(model="/m/Qwen3-8B")
LINE = "ValueError: To serve at least one request with the model's max seq len (40960), more KV cache is needed"
USERS = (GpuUser(2210, "gnome-shell", 310 << 20), GpuUser(4711, "firefox", 540 << 20), GpuUser(977, "Xorg", None))
HALFWAY = InstallProgress(InstallStep.DOWNLOADING, 210 << 20, 640 << 20, "torch", rate_bytes_s=21 << 20, left_s=90)


def settings_pages() -> Iterator[tuple[str, QWidget]]:
    settings = SAVED.with_changes({"enable_yarn": True, "yarn_factor": 2.5})
    draft = Draft(SAVED, settings)
    machine = a_machine(another_gpu())
    report = plan_report(settings, machine, an_install(), found(QWEN3_8B), LearnedLimits())
    for page in page_names():
        dialog = SettingsDialog(ICONS)
        dialog.render_draft(draft, running=True)
        gains = {"kv_cache_dtype": Gain("fp8", 9000)}
        dialog.render_preview(draft, Preview(report, installs=(an_install(),), gains=gains, free_port=8000))
        dialog.render_gpus((another_gpu(memory_free_bytes=19 << 30, users=USERS),))
        dialog.show_page(page)
        yield f"settings-{page}", dialog


def failure() -> QWidget:
    window = DetailsWindow(ICONS)
    shorter = Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes={"max_model_len": 9216})
    diagnosis = Diagnosis(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, Confidence.CERTAIN, (Evidence(812, LINE),))
    close = Remedy(RemedyId.CLOSE_PROGRAMS, automatic=False)
    view = details_view(Failed(diagnosis, Course(tried=(shorter,)), (shorter, close), a_plan()))
    assert view is not None
    window.render_view(view)
    return window


def activity() -> QWidget:
    window = ActivityWindow(ICONS)
    window.render_state("Qwen3-8B", Wish.STOP, runs=False)
    clock = StartClock(0.0).entered(Phase.LAUNCHING, 1.0).entered(Phase.COMPILING, 5.0)
    window.render_start(start_progress(clock, {Phase.LAUNCHING: 4.0, Phase.COMPILING: 10.0}, 10.0))
    report = plan_report(SAVED, a_machine(another_gpu()), an_install(), found(QWEN3_8B), LearnedLimits())
    assert report.memory is not None
    window.render_picture(memory_picture(report.memory, of_gpu=True))
    return window


def activity_ready() -> QWidget:
    window = ActivityWindow(ICONS)
    window.render_state("Qwen3-8B", Wish.STOP, runs=True)
    clock = StartClock(0.0).entered(Phase.LAUNCHING, 1.0).entered(Phase.LOADING_WEIGHTS, 5.0).ended(41.0)
    window.render_start(start_progress(clock, {}, 41.0))
    report = plan_report(SAVED, a_machine(another_gpu()), an_install(), found(QWEN3_8B), LearnedLimits())
    assert report.launch is not None
    figures = {"available_kv_bytes": 15_500 << 20, "kv_cache_tokens": 112_704}
    now = MemoryInUse(23_000 << 20, 24_080 << 20, 22_100 << 20)
    window.render_picture(live_picture(report.launch, figures, now))
    live = Live()
    for second in range(0, 600, 6):
        busy = 60 < second % 240 < 200
        server = ServerFigures(2.0 * busy, 0.0, 0.12 * busy, 0.0, 40.0 * second)
        live = live.with_moment(Moment(float(second), now.used_bytes, now.total_bytes, server))
    window.render_live(live, of_gpu=True)
    return window


def log() -> QWidget:
    window = LogWindow(ICONS)
    window.set_lines(
        [
            "(APIServer pid=1) INFO 11-20 [api.py:1] vLLM API server version 0.32.0",
            "(EngineCore pid=2) WARNING 11-20 [x.py:1] Casting torch.bfloat16 to torch.float16.",
            f"(EngineCore pid=2) ERROR 11-20 [core.py:1] {LINE}",
        ]
        * 6
    )
    window.mark((LINE,))
    return window


def about() -> QWidget:
    window = AboutWindow(ICONS, "0.1.0")
    vllm = {"executable": "/opt/vllm/bin/vllm", "version": "0.32.0", "on_cpu": True}
    missing = Finding(Topic.VLLM, {}, (Problem(ProblemKind.VLLM_NOT_FOUND),))
    window.render_findings((Finding(Topic.VLLM, vllm), missing))
    return window


def try_it() -> QWidget:
    window = TryItWindow(ICONS)
    window.render_model("Qwen3-8B")
    window.render_answer(Answer(0.0, "A tray icon starts and stops the model.", "", 412, 0.21, 10.9))
    return window


def connect() -> QWidget:
    window = ConnectWindow(ICONS)
    window.render_access(Access("http://127.0.0.1:8000/v1", "Qwen3-8B", "sk-example"))
    return window


def models() -> QWidget:
    page = ModelsPage()
    show_models(page)
    return page


def show_models(page: ModelsPage) -> None:
    page.render_here((ModelRow("Qwen/Qwen3-8B", "Qwen3-8B", Place.CACHE, "abc", 16 << 30, verdict=Verdict.FITS),))
    page.render_suggestions(
        (
            ModelRow("org/best", "Qwen3-14B-AWQ", Place.HUB, verdict=Verdict.REDUCED_CONTEXT, context=26_608),
            ModelRow("org/large", "Llama-3.3-70B", Place.HUB, verdict=Verdict.DOES_NOT_FIT),
        )
    )


def runtimes() -> QWidget:
    page = RuntimePage()
    reason = choice_words(RuntimeChoice(Build.CPU, "0.33.0", Why.NO_GPU))
    offer = Offer("0.33.0", on_cpu=True, reason=reason, new=("torch 2.14.0",), download_bytes=640 << 20)
    place = "/home/anna/.local/share/vllm-tray/runtimes"
    note = runtime_words.offer_words(offer, 4_000_000_000, place, is_new=True)
    rows = (
        RuntimeRow("new", f"{place}/vllm-0.32.0-cpu/bin/vllm", "0.32.0", True, chosen=True, size_bytes=3 << 30),
        RuntimeRow("old", f"{place}/vllm-0.31.0-cpu/bin/vllm", "0.31.0", True, previous=True, verified=True),
        RuntimeRow("pipx", "/home/anna/.local/bin/vllm", "0.30.0", False, "pipx"),
    )
    told = runtime_words.from_next_start_words("0.31.0")
    note = f"{note} {runtime_words.stays_words('0.32.0')}"
    page.render_view(RuntimeView(rows, offer, offer, note, told=told, can_restart=True))
    page.panel.render_work(install_words(HALFWAY), under_way=True, share=210 / 640)
    return page


def places() -> BackendPage:
    page = BackendPage()
    page.render_places(PlacesView(Backend.VLLM, (RemoteServer("lab", "https://lab.example:8000", "", "big"),)))
    return page


def places_ollama() -> BackendPage:
    page = places()
    page.look_at(Backend.OLLAMA)
    page.render_ollama((OllamaModel("qwen3:8b", 5 << 30, "8.2B", "Q4_K_M"),))
    page.render_pull(2 << 30, 5 << 30, under_way=True)
    page.tell(places_words.pulled_words("pulling aaaa", 2 << 30, 5 << 30))
    return page


def places_remote() -> BackendPage:
    page = places()
    page.look_at(Backend.REMOTE)
    refused = answer_problem("lab", 401)
    steps = [StepOutcome(Step.NAME, told="10.0.0.7"), StepOutcome(Step.PORT, told="8000")]
    steps += [StepOutcome(Step.TLS, told="TLSv1.3"), StepOutcome(Step.KEY, refused)]
    page.tell("\n".join(map(step_words, steps)))
    return page


def first_run() -> QWidget:
    window = FirstRunWindow(ICONS)
    vllm = {"executable": "/opt/vllm/bin/vllm", "version": "0.32.0", "on_cpu": True}
    window.computer.render_findings((Finding(Topic.VLLM, vllm),), has_vllm=True, can_check=True)
    return window


def first_run_without_vllm() -> QWidget:
    window = FirstRunWindow(ICONS)
    missing = Finding(Topic.VLLM, {}, (Problem(ProblemKind.VLLM_NOT_FOUND),))
    window.computer.render_findings((missing,), has_vllm=False, can_check=True)
    offer = Offer("0.32.0", on_cpu=True, download_bytes=640 << 20)
    reason = choice_words(RuntimeChoice(Build.CPU, "0.32.0", Why.NO_GPU))
    place = "/home/anna/.local/share/vllm-tray/runtimes"
    window.computer.render_offer(runtime_words.first_offer_words(offer, reason, 4_000_000_000, place))
    window.computer.render_work(install_words(HALFWAY), under_way=True, share=210 / 640)
    return window


def first_run_model() -> QWidget:
    window = FirstRunWindow(ICONS)
    show_models(window.models)
    window.render_model("Qwen3-8B")
    window.go_to(MODEL)
    return window


def first_run_plan() -> FirstRunWindow:
    window = FirstRunWindow(ICONS)
    window.render_model("Qwen3-8B")
    window.go_to(START)
    report = plan_report(SAVED, a_machine(another_gpu()), an_install(), found(QWEN3_8B), LearnedLimits())
    assert report.memory is not None
    paragraph, after = first_run_words.plan_paragraph("Qwen3-8B", report), first_run_words.after_words(report)
    window.start.render_plan(paragraph, memory_picture(report.memory, of_gpu=True), after)
    return window


def first_run_start() -> QWidget:
    window = first_run_plan()
    window.start.render_state(phase_words(Phase.LOADING_WEIGHTS), is_ready=False, has_failed=False)
    clock = StartClock(0.0).entered(Phase.LAUNCHING, 1.0).entered(Phase.LOADING_WEIGHTS, 5.0)
    window.start.render_start(start_progress(clock, {Phase.LAUNCHING: 4.0, Phase.LOADING_WEIGHTS: 10.0}, 10.0))
    window.render_start(starting=True, ready=False)
    return window


def without_icon() -> QWidget:
    window = StatusWindow(ICONS, Wishes())
    window.render_view(tray_view(Stopped(), SAVED))
    return window


def windows() -> Iterator[tuple[str, QWidget]]:
    yield from settings_pages()
    of_the_first_run = (first_run, first_run_without_vllm, first_run_model, first_run_plan, first_run_start)
    for make in (*of_the_first_run, failure, activity, activity_ready, log, about, try_it, connect, without_icon):
        yield make.__name__, make()
    for page in (models, runtimes, places, places_ollama, places_remote):
        area = scrolled(page())
        area.resize(660, 480)  # as large as the settings show it
        yield page.__name__, area
