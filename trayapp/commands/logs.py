"""logs: what vLLM said, from the running app, or from the log file when the app is not running. No Qt."""

import argparse
import itertools
import sys
from collections import deque

from trayapp.commands.app_client import NotRunning, call
from trayapp.commands.option_values import whole_number
from trayapp.storage.folders import find_folders
from trayapp.wording.translation import _


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser of this command."""
    text = _("Print what vLLM said, secrets taken out.")
    parser = subparsers.add_parser("logs", help=text, description=text)
    parser.add_argument(
        "-n", type=whole_number, default=100, metavar="N", dest="count", help=_("the last N lines (default: 100)")
    )
    parser.add_argument("-f", action="store_true", dest="follow", help=_("go on with new lines as they come"))


def run(arguments: argparse.Namespace) -> int:
    """Print the lines and return the exit code."""
    if arguments.count < 0:
        print(_("-n {count}: a number of lines is 0 or more.").format(count=arguments.count), file=sys.stderr)
        return 2
    request = {"command": "logs", "count": arguments.count, "follow": arguments.follow}
    try:
        for answer in call(request, None):
            if "error" in answer:
                print(answer["error"], file=sys.stderr)
                return 1
            for line in answer["lines"]:
                print(line)
            sys.stdout.flush()
    except NotRunning:
        return _print_file(arguments)
    return 0


def _print_file(arguments: argparse.Namespace) -> int:
    path = find_folders().logs / "server.log"
    try:
        with path.open(errors="replace") as file:
            newest = deque(file, maxlen=min(arguments.count, sys.maxsize))
    except OSError:
        print(_("vLLM Tray is not running, and there is no log yet."), file=sys.stderr)
        return 3
    for line in itertools.chain(newest):
        print(line, end="")
    if arguments.follow:
        print(_("vLLM Tray is not running: no new lines will come."), file=sys.stderr)
        return 3
    return 0
