"""start, stop, restart, status, quit: one request to the running app, and its answer in words or JSON. No Qt."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from trayapp.commands.app_client import NotRunning, call
from trayapp.core.backend import Backend
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.wording.translation import _
from trayapp.wording.units import number_words

NOT_RUNNING = 3
NOT_IN_TIME = 4
_ANSWER_S = 10.0
_LONGEST_WAIT_S = 7 * 24 * 3600


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of these commands."""
    for name, text in _help().items():
        parser = subparsers.add_parser(name, help=text, description=text)
        if name in {"start", "restart"}:
            meaning = _("use this model from now on: a folder or an id")
            parser.add_argument("--model", metavar="M", type=_model, help=meaning)
            meaning = _("run it there from now on: vLLM or Ollama on this computer, or a server elsewhere")
            parser.add_argument("--backend", choices=[each.value for each in Backend], help=meaning)
            parser.add_argument("--server", metavar="NAME", help=_("which server elsewhere, from now on"))
        if name in {"start", "stop", "restart"}:
            parser.add_argument(
                "--wait",
                type=_seconds,
                metavar="S",
                help=_("wait until it is done, at most S seconds (exit code 4 when that is not enough)"),
            )
        if name == "status":
            parser.add_argument("--json", action="store_true", help=_("print everything as one JSON object"))


def _help() -> dict[str, str]:
    return {
        "start": _("Start the model in the running app."),
        "stop": _("Stop the model and free the GPU."),
        "restart": _("Stop the model and start it again with the settings as they are now."),
        "status": _("Say what the model does."),
        "quit": _("Stop the model and end the app."),
    }


def _model(text: str) -> str:
    """Return the model as the app is told it: a folder as it is seen from here, since the app runs somewhere else."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("a model is a folder or an id"))
    try:
        text.encode()
        path = Path(text).expanduser()
        return str(path.absolute()) if text != SELFTEST_MODEL and path.exists() else text
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError(_("the name of a model is text in UTF-8")) from error
    except (OSError, RuntimeError):  # too long for a path, or the home of nobody
        return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_WAIT_S:
        said = _("{text} is not a number of seconds from 0 to {most}")
        raise argparse.ArgumentTypeError(said.format(text=repr(text), most=number_words(_LONGEST_WAIT_S)))
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Send the request, print the answer, and return the exit code."""
    request: dict[str, Any] = {"command": arguments.command}
    wait_s = getattr(arguments, "wait", None)
    if wait_s is not None:
        request["wait_s"] = wait_s
    for name in ("model", "backend", "server"):
        if getattr(arguments, name, None) is not None:
            request[name] = getattr(arguments, name)
    answer: dict[str, Any] = {}
    try:
        for answer in call(request, (wait_s or 0) + _ANSWER_S):  # noqa: B007 - the last one counts
            pass
    except NotRunning:
        return _not_running(arguments)
    except TimeoutError:
        print(_("vLLM Tray does not answer."), file=sys.stderr)
        return NOT_IN_TIME
    return _print(arguments, answer)


def _not_running(arguments: argparse.Namespace) -> int:
    if arguments.command == "quit":
        print(_("vLLM Tray is not running."))
        return 0
    print(_("vLLM Tray is not running. Start it with: vllm-tray"), file=sys.stderr)
    return NOT_RUNNING


def _print(arguments: argparse.Namespace, answer: dict[str, Any]) -> int:
    if "error" in answer:
        print(answer["error"], file=sys.stderr)
        return NOT_IN_TIME if answer.get("in_time") is False else 1
    if getattr(arguments, "json", False):
        print(json.dumps(answer["status"], indent=2))
    else:
        print(answer["words"])
    return 0
