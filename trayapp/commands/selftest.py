"""selftest: the main job without a screen, with the tiny model that comes with the app.

It launches the installed vLLM as the app does, asks one question, stops, and prints the seconds of each step. The
user's settings and learned limits are neither read (but for the vLLM to use) nor changed.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from trayapp.core.backend import Backend
from trayapp.core.launch import LaunchPlan
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.core.states import Failed, Ready, Starting, State, Stopped, Stopping
from trayapp.probes.ports import find_free_port
from trayapp.storage.folders import Folders, find_folders
from trayapp.storage.settings_file import current_settings
from trayapp.wording import selftest as words
from trayapp.wording.notices import failure_words
from trayapp.wording.states import state_row
from trayapp.wording.translation import _
from trayapp.wording.units import number_words

HOST = "127.0.0.1"
EXPECTED = "It works"
"""How the built-in model begins each answer: it was taught to, so that words prove what mere noise would not."""
_ANSWER_S = 120.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser of this command."""
    text = _("Start a tiny model on the installed vLLM, ask it one question, and stop it.")
    parser = subparsers.add_parser("selftest", help=text, description=text)
    parser.add_argument("--vllm", metavar="PATH", default="", help=_("the vllm command to test (default: the app's)"))
    parser.add_argument(
        "--install", action="store_true", help=_("set up vLLM for the processor first when there is none")
    )
    parser.add_argument("--json", action="store_true", help=_("tell each step as one JSON object a line"))
    parser.add_argument("--log", metavar="FOLDER", help=_("keep vLLM's log in this folder"))


def run(arguments: argparse.Namespace) -> int:
    """Do the test and return the exit code."""
    code = _test(arguments)
    if code is not None:
        return code
    if arguments.install or _wants_install():
        from trayapp.commands.runtime_install import InstallWish, install
        from trayapp.core.runtime_choice import Build

        installed = install(InstallWish(Build.CPU, verify=False))  # this is the test
        code = installed or _test(arguments)
        return 1 if code is None else code
    print(_("To set one up for the processor: vllm-tray runtime install cpu"), file=sys.stderr)
    return 1


def _wants_install() -> bool:
    if not sys.stdin.isatty():
        return False
    print(_("vLLM Tray can set one up now: the build for the processor, about 3 GB."))
    try:
        return input(_("Install it? [y/N] ")).strip().lower() in {"y", "yes", "j", "ja"}
    except EOFError:  # Ctrl-D is a no
        return False


def _test(arguments: argparse.Namespace) -> int | None:
    """Return the exit code, or None when there is no vLLM."""
    from PySide6.QtCore import QCoreApplication, QTimer

    from trayapp.assembly import build_controller
    from trayapp.core.events import StartWanted, StopWanted
    from trayapp.supervision.background import Background
    from trayapp.supervision.end_signals import EndSignals

    own = find_folders()
    executable = arguments.vllm or current_settings(own.settings_file).vllm_executable
    app = QCoreApplication.instance() or QCoreApplication(["vllm-tray"])
    with tempfile.TemporaryDirectory(prefix="vllm-tray-selftest-") as scratch:
        # Only the runtimes are the user's own; what this test sets and learns goes when it ends.
        folders = Folders(Path(scratch) / "config", own.data, Path(arguments.log or scratch) / "logs")
        fixed = {
            "model": SELFTEST_MODEL,
            "backend": Backend.VLLM,
            "host": HOST,
            "port": find_free_port(HOST, 8000),
            "vllm_executable": executable,
        }
        controller, _ = build_controller(folders, fixed, learn=False)
        background = Background()
        steps = _Steps(as_json=arguments.json)

        def follow(before: State, after: State) -> None:
            steps.enter(before, after)
            match after:
                case Ready():
                    background.run(lambda: _ask(after), answered)
                case Failed() | Stopped():
                    app.quit()
                case _:
                    pass

        def answered(reply: _Reply) -> None:
            steps.note("question", reply.words, failed=not reply.right)
            controller.take(StopWanted())

        controller.state_changed.connect(follow)
        signals = EndSignals()
        signals.end_wanted.connect(lambda: controller.take(StopWanted()))
        QTimer.singleShot(0, controller, lambda: controller.take(StartWanted()))
        app.exec()
        ended = controller.state  # leaving wipes a failure out
        controller.end_now()
        return steps.close(ended)


@dataclass(frozen=True)
class _Reply:
    words: str
    right: bool = False


def _ask(state: Ready) -> _Reply:
    """Return the model's answer to one question; raises nothing: what went wrong is the answer."""
    question = {
        "model": state.plan.model_name,
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 24,
        "temperature": 0,
    }
    plan = state.plan
    assert isinstance(plan, LaunchPlan)  # noqa: S101 - the self-test runs vLLM on this computer
    key = plan.environment.get("VLLM_API_KEY") or os.environ.get("VLLM_API_KEY", "")
    request = urllib.request.Request(
        f"http://{HOST}:{plan.port}/v1/chat/completions",
        json.dumps(question).encode(),
        {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_ANSWER_S) as reply:
            text = str(json.load(reply)["choices"][0]["message"]["content"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        return _Reply(words.not_answered_words(str(error)))
    right = text.startswith(EXPECTED)
    return _Reply(words.answered_words(text, right=right), right)


@dataclass
class _Steps:
    """Prints each step with its seconds, and knows at the end whether all went well."""

    as_json: bool = False
    since: float = field(default_factory=time.monotonic)
    answered: bool = False

    def note(self, step: str, text: str, *, failed: bool = False) -> None:
        now = time.monotonic()
        self._tell(step, now - self.since, text, failed=failed)
        self.since = now
        if step == "question":
            self.answered = not failed

    def _tell(self, step: str, seconds: float, text: str, *, failed: bool = False) -> None:
        if self.as_json:
            told = {"step": step, "seconds": round(seconds, 1), "text": text, "failed": failed}
            print(json.dumps(told), flush=True)
        else:
            name = words.step_names().get(step, step)
            print(f"{name:<10} {number_words(seconds, 1):>6} s  {text}", flush=True)

    def enter(self, before: State, after: State) -> None:
        match before, after:
            case _, Ready():
                plan, launches = after.plan, after.course.launches
                said = words.ready_words(plan.model_name, str(plan.version), after.max_model_len, launches)
                self.note("start", said)
            case Starting(phase=old), Starting(phase=new) if old != new:
                self._tell("", time.monotonic() - self.since, state_row(after))
            case Stopping(), Stopped():
                self.note("stop", words.stopped_words(after.leftovers))
            case _:
                pass

    def close(self, state: State) -> int | None:
        if isinstance(state, Failed):
            title, text = failure_words(state)
            if self.as_json:
                refused = isinstance(state.reason, Refusal)  # before anything ran
                told = {"step": "failed", "seconds": 0.0, "text": f"{title}. {text}", "failed": True}
                print(json.dumps({**told, "refused": refused}))
            else:
                print(f"{title}\n{text}", file=sys.stderr)
            no_vllm = isinstance(state.reason, Refusal) and state.reason.problems[0].kind is ProblemKind.VLLM_NOT_FOUND
            return None if no_vllm else 1
        passed = self.answered and isinstance(state, Stopped) and not state.leftovers
        print(words.result_words(passed=passed), file=sys.stdout if passed else sys.stderr)
        return 0 if passed else 1
