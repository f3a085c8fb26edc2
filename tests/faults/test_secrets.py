"""Keys and tokens are planted, and a server tells them to everybody: they are in nothing that the app puts out."""

import json
import os
import platform
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.fakes.hub import FakeHub
from tests.faults.conftest import AppMaker, StoryMaker
from tests.faults.table import fault
from tests.running_app import RunningApp
from trayapp.core.events import StartWanted
from trayapp.core.found_cause import Cause, Diagnosis
from trayapp.core.redaction import HIDDEN
from trayapp.core.states import Failed
from trayapp.planner import make_report
from trayapp.probes.resources import resource
from trayapp.ui.icons import Icons
from trayapp.ui.log_window import LogWindow

if TYPE_CHECKING:
    import subprocess

PLANTED = {
    "VLLM_API_KEY": "planted key 4711",  # looks like nothing that could be told by its looks
    "HF_TOKEN": "planted/token/4712",
    "WANDB_API_KEY": "0123456789plantedthird",
    "MIRROR_TOKEN": "planted-fourth-4713",
}
TELLS = "; ".join("{" + name + "}" for name in PLANTED)
GATED = f"OSError: You are trying to access a gated repo. {TELLS}"
"""What a failing server says, so that its last words are evidence and stand in what is told of it."""
WAIT = ("--wait", "60")


def found_in(text: str) -> list[str]:
    return [secret for secret in PLANTED.values() if secret in text]


def telling(app: AppMaker, bus: "tuple[str, subprocess.Popen[str]]", **behaviour: object) -> RunningApp:
    """Start an app with these secrets in its settings and a server that tells them."""
    running = app(start=False, says=GATED, settings={"environment": PLANTED}, **behaviour)
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = bus[0]
    running.start()
    return running


@fault(
    "a server with keys and tokens {how} and tells them in its log",
    "they are in no notification, status, answer, log or file of ours",
)
@pytest.mark.parametrize("how", ["fails", "serves"])
def test_the_whole_app(
    app: AppMaker, session_bus: "tuple[str, subprocess.Popen[str]]", notifications: Path, how: str
) -> None:
    running = telling(app, session_bus, ends_before_ready=how == "fails", end_code=1)
    done = [running.run("start", *WAIT)]
    assert done[0].returncode == (1 if how == "fails" else 0)
    words = (["status"], ["status", "--json"], ["logs"], ["doctor"], ["doctor", "--json"], ["stop", *WAIT])
    done += [running.run(*each) for each in words]
    planned = running.run("plan", "selftest", "--json")
    assert "VLLM_API_KEY" in planned.stdout  # with its name alone
    done += [planned, running.run("plan", "selftest")]
    said = "".join(each.stdout + each.stderr for each in done)
    assert HIDDEN in said
    assert found_in(said) == []
    until = time.monotonic() + 10
    while ("licence" if how == "fails" else "ready") not in notifications.read_text():
        assert time.monotonic() < until, notifications.read_text()
    assert found_in(notifications.read_text()) == []
    kept = [
        path for name in ("data", "state") for path in Path(running.environment[f"XDG_{name.upper()}_HOME"]).rglob("*")
    ]
    texts = [path.read_text() for path in kept if path.is_file()]
    assert any(HIDDEN in text for text in texts)  # the log on the disk
    assert found_in("".join(texts)) == []
    (launch, *_) = running.vllm.launches()
    assert found_in(json.dumps(launch["arguments"])) == []
    assert {name: launch["environment"][name] for name in PLANTED} == PLANTED


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    """The home, the name and the computer of somebody."""
    home = tmp_path / "home/planted.person"
    home.mkdir(parents=True)
    for name, value in {"HOME": str(home), "LOGNAME": "planted.person", "USER": "planted.person"}.items():
        monkeypatch.setenv(name, value)
    host = platform.node()
    monkeypatch.setenv("PLANTED_HOST", host)
    return str(home), "planted.person", host


@fault(
    "a failure is copied as a report, its log and its settings full of secrets and names",
    "no key, no token, no home, no user and no host in it; nor keys and tokens in what the log window copies",
)
def test_the_report(
    story: StoryMaker, qtbot: QtBot, person: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, user, host = person
    says = f"{GATED}; {{HOME}}/models of {{LOGNAME}} on {{PLANTED_HOST}}"
    own = {"environment": PLANTED, "model_folders": (f"{home}/models",)}
    told, _ = story(settings=own, says=says, ends_before_ready=True, end_code=1)
    told.folders.config.mkdir(parents=True, exist_ok=True)
    told.folders.settings_file.write_text(json.dumps({**own, "version": 1}))
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert failed.reason.cause is Cause.GATED_OR_UNAUTHORIZED
    assert failed.reason.evidence
    report = make_report(told.folders, failed, told.log_book.lines())
    assert HIDDEN in report
    assert "~/models of user on host" in report
    assert found_in(report) == []
    for private in (home, user, host):
        assert not re.search(rf"(?<![A-Za-z0-9]){re.escape(private)}(?![A-Za-z0-9])", report), private
    window = LogWindow(Icons(resource("icons")))
    qtbot.addWidget(window)
    window.set_lines(told.log_book.lines())
    qtbot.waitUntil(lambda: not window._waiting)
    QGuiApplication.clipboard().clear()
    window._put()
    qtbot.waitUntil(lambda: HIDDEN in QGuiApplication.clipboard().text())
    copied = QGuiApplication.clipboard().text()
    assert found_in(copied) == []


@fault("a log from anywhere with a key and a token in its evidence is diagnosed", "neither is in the answer")
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["words", "json"])
def test_a_log_from_anywhere(app: AppMaker, tmp_path: Path, form: tuple[str, ...]) -> None:
    log = tmp_path / "vllm.log"
    key, token = "sk-planted-4711-planted", "hf_plantedplantedplantedplanted4712"
    log.write_text(f"OSError: You are trying to access a gated repo. --api-key {key} {token} Bearer {key}\n")
    done = app(start=False).run("diagnose", str(log), *form)
    assert "gated" in done.stdout
    assert HIDDEN in done.stdout
    assert key not in done.stdout
    assert token not in done.stdout


@fault("a model is downloaded with a token that the Hub refuses", "the token is in no word and no file of the job")
def test_a_download(app: AppMaker, tmp_path: Path) -> None:
    token = "hf_plantedplantedplantedplanted4714"  # noqa: S105
    with FakeHub({"org/Tiny": {"config.json": b"{}", "model.safetensors": os.urandom(1000)}}) as hub:
        hub.gated, hub.tokens = ("org/Tiny",), ("hf_right",)
        running = app(start=False)
        running.environment |= {"HF_ENDPOINT": hub.address, "HF_TOKEN": token, "HF_HOME": str(tmp_path / "hf")}
        done = running.run("model", "download", "org/Tiny")
    assert done.returncode == 1
    assert done.stderr
    assert token not in done.stdout + done.stderr
    assert not [path for path in (tmp_path / "hf").rglob("*") if path.is_file() and token in path.read_text()]
