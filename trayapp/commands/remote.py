"""remote: the servers elsewhere that the app knows, and looking at one of them step by step. No Qt."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from trayapp.commands.option_values import path_from_here
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import KEY_VARIABLE, Check, RemoteServer, chosen_server, read_servers, with_server
from trayapp.core.settings import Settings
from trayapp.desktop.secrets import Secrets, read_remote_key, remote_key
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import change_settings, current_settings
from trayapp.wording.problems import problem_words
from trayapp.wording.remote import found_words, step_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
_LONGEST_KEY = 4096


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of this command."""
    text = _("The servers elsewhere that can run the model: add, list, check, remove.")
    epilog = _("A key comes from the keyring, or from the variable {name}; it is never an argument.")
    parser = subparsers.add_parser("remote", help=text, description=text, epilog=epilog.format(name=KEY_VARIABLE))
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = _("Keep a server under a name.")
    add = actions.add_parser("add", help=text, description=text)
    add.add_argument("name", metavar="NAME")
    add.add_argument("url", metavar="URL", help=_("https://host:port, with or without /v1"))
    authority = _("its own certificate authority, a file in PEM form")
    add.add_argument("--ca", metavar="FILE", type=path_from_here, help=authority)
    add.add_argument("--model", metavar="M", default="", help=_("which of its models (default: the first one)"))
    add.add_argument("--key-stdin", action="store_true", help=_("read its key from standard input into the keyring"))
    text = _("List the servers that are known.")
    listing = actions.add_parser("list", help=text, description=text)
    text = _("Look at a server step by step: name, port, tls, key, model. Exit code 0 only if all hold.")
    check = actions.add_parser("check", help=text, description=text)
    check.add_argument("name", metavar="NAME")
    check.add_argument("--plain", action="store_true", help=_("send the key and ask although there is no TLS"))
    text = _("Forget a server and its key.")
    remove = actions.add_parser("remove", help=text, description=text)
    remove.add_argument("name", metavar="NAME")
    for action in (listing, check):
        action.add_argument("--json", action="store_true", help=_("print one JSON object"))


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks for and return the exit code."""
    settings = current_settings(find_folders().settings_file)
    match arguments.action:
        case "add":
            return _add(arguments, settings)
        case "list":
            return _list(settings, as_json=arguments.json)
        case "check":
            return _check(arguments, settings)
        case _:
            return _remove(arguments.name, settings)


def _add(arguments: argparse.Namespace, settings: Settings) -> int:
    path = arguments.ca
    if path is not None and not path.is_file():
        reason = "Is a directory" if path.is_dir() else "No such file or directory"
        return _say(Problem(ProblemKind.CA_FILE_BAD, {"server": arguments.name, "path": str(path), "reason": reason}))
    server = RemoteServer(arguments.name, arguments.url, str(path or ""), arguments.model)
    servers = with_server(settings.remote_servers, server)
    if isinstance(servers, Problem):
        return _say(servers)
    key = ""
    if arguments.key_stdin:
        key = sys.stdin.readline(_LONGEST_KEY).strip()
        if not key:
            print(_("No key came on standard input."), file=sys.stderr)
            return FAILED
    problem = _change(servers)
    if problem is not None:
        return _say(problem)
    kept = Secrets().keep(remote_key(arguments.name), key) if key else None
    if kept is not None:  # a command's memory ends with it
        words = _("The key could not be kept: no keyring answers. Set {variable} instead.")
        print(words.format(variable=KEY_VARIABLE), file=sys.stderr)
        return FAILED
    print(f"{arguments.name}: {servers[-1]['url']}")
    return 0


def _list(settings: Settings, *, as_json: bool) -> int:
    servers = read_servers(settings.remote_servers)
    chosen = chosen_server(settings.remote_servers, settings.remote_server)
    if as_json:
        listed = [
            {
                "name": server.name,
                "url": server.url,
                "ca_file": server.ca_file or None,
                "model": server.model or None,
                "chosen": server == chosen,
            }
            for server in servers
        ]
        print(json.dumps({"servers": listed}, indent=2))
        return 0
    for server in servers:
        print(f"{'*' if server == chosen else ' '} {server.name}  {server.url}  {server.model}".rstrip())
    if not servers:
        print(_("No server elsewhere is known. Add one with: vllm-tray remote add NAME URL"))
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from trayapp.backends.remote_check import check

    server = chosen_server(settings.remote_servers, arguments.name)
    if isinstance(server, Problem):
        return _say(server)
    seen = check(server, read_remote_key(Secrets(), server.name), openly=arguments.plain)
    if arguments.json:
        print(json.dumps(_as_json(server.name, seen), indent=2))
    else:
        for outcome in seen.steps:
            print(step_words(outcome))
        if seen.facts is not None:
            print(found_words(seen.facts))
    return 0 if seen.facts is not None else FAILED


def _as_json(name: str, seen: Check) -> dict[str, object]:
    steps = [
        {
            "step": outcome.step.value,
            "ok": outcome.problem is None,
            "detail": " ".join(problem_words(outcome.problem)[1:]) if outcome.problem else outcome.told or None,
            "problem": outcome.problem.kind.value if outcome.problem else None,
        }
        for outcome in seen.steps
    ]
    facts = seen.facts
    return {
        "name": name,
        "ok": facts is not None,
        "steps": steps,
        "model": facts.model if facts else None,
        "models": list(facts.models) if facts else None,
        "max_model_len": facts.max_model_len if facts else None,
        "vllm_version": facts.version if facts else None,
    }


def _remove(name: str, settings: Settings) -> int:
    rest = [entry for entry in settings.remote_servers if entry["name"] != name]
    if len(rest) == len(settings.remote_servers):
        unknown = chosen_server(settings.remote_servers, name or "-")
        return _say(unknown) if isinstance(unknown, Problem) else FAILED
    secrets = Secrets()
    problem = _change(rest)
    if problem is None and secrets.read(remote_key(name)):  # where no keyring answers, there is nothing to forget
        problem = secrets.forget(remote_key(name))
    if problem is not None:
        return _say(problem)
    print(_("{name} is forgotten.").format(name=name))
    return 0


def _change(servers: "Sequence[object]") -> Problem | None:
    return change_settings(find_folders().settings_file, {"remote_servers": list(servers)})


def _say(problem: Problem) -> int:
    words = problem_words(problem)
    print(f"{words.title}. {words.detail} {words.remedy}".strip(), file=sys.stderr)
    return FAILED
