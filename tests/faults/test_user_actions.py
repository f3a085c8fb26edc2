"""What people do: everything twice, at the wrong moment, from two sides at once, and with an editor."""

import json
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.faults.conftest import AppMaker, StoryMaker
from tests.faults.table import fault
from tests.running_app import ROOT
from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.states import Checking, Failed, Ready, Starting, Stopped, Stopping, Waiting
from trayapp.storage.settings_file import load_settings

FAST_MS = 30_000
WAIT = ("--wait", "60")


@fault("Start is pressed 20 times", "one launch")
def test_many_starts(story: StoryMaker) -> None:
    told, fake = story()
    for _ in range(20):
        told.controller.take(StartWanted())
    told.wait_for(Ready, timeout_ms=FAST_MS)
    for _ in range(20):
        told.controller.take(StartWanted())
    assert len(fake.launches()) == 1
    told.stop(FAST_MS)


@fault("Stop is pressed 20 times", "the server is asked once, with all its patience, and ends in order")
def test_many_stops(story: StoryMaker) -> None:
    told, fake = story(stop_takes_s=1.0, workers=1)
    told.start(FAST_MS)
    for _ in range(20):
        told.controller.take(StopWanted())
    told.wait_for(Stopped, timeout_ms=FAST_MS)
    assert fake.alive() == []


@fault("Start and Stop are pressed in turn, 30 times, without waiting", "the last wish holds; never two servers")
def test_start_and_stop_in_turn(story: StoryMaker) -> None:
    told, fake = story()
    for _ in range(15):
        told.controller.take(StartWanted())
        told.controller.take(StopWanted())
    told.controller.take(StartWanted())
    told.wait_for(Ready, timeout_ms=FAST_MS)
    assert len(fake.alive()) == 1
    told.stop(FAST_MS)
    assert fake.alive() == []


@fault("60 random presses at random moments", "never two servers; at the end a stop leaves nothing")
def test_random_presses(story: StoryMaker) -> None:
    chance = random.Random(7)
    told, fake = story(speed=200.0, workers=1)
    most = 0
    for _ in range(60):
        told.controller.take(chance.choice([StartWanted(), StopWanted(), RestartWanted(), StartWanted(anyway=True)]))
        told._qtbot.wait(chance.choice([0, 1, 5, 20, 80]))
        living = {launch["pid"] for launch in fake.launches()} & set(fake.alive())
        most = max(most, len(living))
    told.controller.take(StopWanted())
    told._qtbot.waitUntil(lambda: isinstance(told.state, Stopped), timeout=FAST_MS)
    assert most <= 1
    assert fake.alive() == []


@fault("Stop is pressed while the model is {moment}", "it is stopped, and nothing of it lives; no crash is told")
@pytest.mark.parametrize("moment", [Checking, Starting, Ready, Waiting], ids=lambda kind: kind.__name__)
def test_a_stop_at_any_moment(story: StoryMaker, moment: type) -> None:
    told, fake = story({"speed": 30.0, "ends_after_s": 0.1 if moment is Waiting else -1.0})
    told.controller.take(StartWanted())
    told.wait_for(moment, timeout_ms=FAST_MS)
    told.stop(FAST_MS)
    assert fake.alive() == []
    assert not any(isinstance(state, Failed) for state in told.states)


@fault("Quit is chosen while the model loads", "server and app end, and nothing is left")
def test_quit_while_loading(app: AppMaker) -> None:
    running = app(never_ready=True, workers=1, fleeing_workers=1)
    running.run("start")
    running.wait_for("starting")
    assert running.run("quit").returncode == 0
    assert running.process is not None
    assert running.process.wait(30) == 0
    assert running.vllm.alive() == []


@fault("the app is started five times at once", "one app; the others end and leave it in peace")
def test_five_apps(app: AppMaker) -> None:
    running = app(start=False)
    children = [running.launch() for _ in range(5)]
    running.process = None
    try:
        while sum(child.poll() is None for child in children) > 1:
            running.run("status")
        assert sum(child.poll() is None for child in children) == 1
        assert running.run("status").returncode == 0
        assert {child.returncode for child in children} == {0, None}
    finally:
        for child in children:
            child.kill()
            child.wait()


@fault("`start --wait` is interrupted with Ctrl-C", "the command ends; the model goes on")
def test_an_interrupted_command(app: AppMaker) -> None:
    running = app(speed=20.0)
    command = [sys.executable, "-m", "trayapp", "start", *WAIT]
    with subprocess.Popen(command, env=running.environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        running.wait_for("starting", "ready")
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=20)
    assert "Traceback" not in said
    assert running.wait_for("ready")["state"] == "ready"


@fault("settings.json is edited to {what} while the model serves", "it serves on; the next start says it")
@pytest.mark.parametrize(
    ("what", "text", "kind"),
    [
        ("rubbish", "{", ProblemKind.FILE_DAMAGED),
        ("a port that cannot be", '{"port": 99999}', ProblemKind.SETTING_NOT_ALLOWED),
        ("a context of minus one", '{"max_model_len": -1}', ProblemKind.SETTING_NOT_ALLOWED),
    ],
)
def test_settings_edited_while_it_serves(story: StoryMaker, what: str, text: str, kind: ProblemKind) -> None:
    told, fake = story()
    told.start(FAST_MS)
    told.folders.config.mkdir(exist_ok=True)
    told.folders.settings_file.write_text(text)
    assert isinstance(told.state, Ready)
    told.controller.take(RestartWanted())
    told.wait_for(Stopping, timeout_ms=FAST_MS)
    ready = told.wait_for(Ready, timeout_ms=FAST_MS)
    assert isinstance(ready, Ready)
    assert kind in [note.kind for note in ready.course.notes]
    assert len(fake.launches()) == 2
    told.stop(FAST_MS)


@fault("the start that finds settings.json damaged is called off at once", "the next one says it: nobody was told")
def test_a_damage_that_nobody_heard_of(story: StoryMaker, qtbot: QtBot) -> None:
    told, _ = story()
    told.folders.config.mkdir(exist_ok=True)
    told.folders.settings_file.write_text("{")
    told.controller.take(StartWanted())
    told.controller.take(StopWanted())
    qtbot.waitUntil(lambda: not told.folders.settings_file.exists(), timeout=FAST_MS)  # it is set aside
    for news in ([ProblemKind.FILE_DAMAGED], []):
        ready = told.start(FAST_MS)
        assert [note.kind for note in ready.course.notes] == news
        told.stop(FAST_MS)


@fault("settings.json is saved half-written while the app is up, five times", "each next start says so, with the path")
def test_settings_damaged_below_the_app(app: AppMaker) -> None:
    """Several parts of the app read the file when a start begins: whoever is first must not keep it to itself."""
    running = app(settings={"environment": {"A": "b"}})
    for number in range(5):
        running.settings_file.write_text('{"model": "selftest", ')
        done = running.run("start", *WAIT)  # by the defaults, and so without a model
        assert done.returncode == 1
        assert "settings.json.damaged" in done.stderr, (number, done.stderr)
        assert len(list(running.settings_file.parent.glob("*.damaged*"))) == number + 1
    assert running.vllm.launches() == []


@fault("extra_arguments smuggle {words}", "refused before anything runs, and explained")
@pytest.mark.parametrize(
    "words",
    [["--api-key", "k"], ["--api-key=k"], ["--host", "0.0.0.0"], ["--model", "x"], ["--port=1"]],  # noqa: S104
    ids=" ".join,
)
def test_smuggled_arguments(story: StoryMaker, words: list[str]) -> None:
    told, fake = story(settings={"extra_arguments": tuple(words)})
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: isinstance(told.state, Failed), timeout=FAST_MS)
    assert isinstance(told.state, Failed)
    assert isinstance(told.state.reason, Refusal)
    assert told.state.reason.problems[0].kind is ProblemKind.ARGUMENT_NOT_ALLOWED
    assert fake.launches() == []


@fault("a model is named with shell characters in it", "refused as a name; no shell ever sees it")
def test_a_model_with_shell_characters(app: AppMaker, tmp_path: Path) -> None:
    running = app()
    trap = tmp_path / "trap"
    done = running.run("start", "--model", f"x; touch {trap} $(touch {trap}) `touch {trap}`", *WAIT)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not trap.exists()
    assert running.vllm.launches() == []


@fault("two command lines want opposite things at the same time, ten times", "each gets an answer; the app is right")
def test_two_command_lines(app: AppMaker) -> None:
    running = app()
    codes: list[int] = []

    def ask(word: str) -> None:
        codes.extend(running.run(word).returncode for _ in range(5))

    threads = [threading.Thread(target=ask, args=(word,)) for word in ("start", "stop")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {0, 1}
    assert running.run("stop", *WAIT).returncode == 0
    assert running.vllm.alive() == []


@fault("a key and a token are in the settings", "neither is in the log, the status or any answer")
def test_secrets(app: AppMaker) -> None:
    secret, token = "sk-planted-4711-secret", "hf_plantedplantedplantedplanted4711"
    running = app(settings={"environment": {"VLLM_API_KEY": secret, "HF_TOKEN": token}})
    started = running.run("start", *WAIT)
    said = [started, running.run("status", "--json"), running.run("logs"), running.run("stop", *WAIT)]
    text = "".join(done.stdout + done.stderr for done in said)
    logs = "".join(path.read_text() for path in Path(running.environment["XDG_STATE_HOME"]).rglob("*.log*"))
    for planted in (secret, token):
        assert planted not in text + logs
    (launch,) = running.vllm.launches()
    assert secret not in json.dumps(launch["arguments"])
    assert launch["environment"]["VLLM_API_KEY"] == secret
    assert load_settings(running.settings_file).problems == ()
