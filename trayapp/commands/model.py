"""model: the models on this computer and on the Hub: list, search, download, remove. No Qt."""

import argparse
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trayapp.commands.app_client import NotRunning, call
from trayapp.commands.problem_output import print_json, print_problem
from trayapp.core.download import DownloadProgress, DownloadStep
from trayapp.core.problems import Problem
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import current_settings
from trayapp.wording.models import (
    cancelled_words,
    download_words,
    freed_words,
    no_models_words,
    row_size,
    row_verdict,
)
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from trayapp.core.model_rows import ModelRow

CANCELLED = 130
_BAR_WIDTH = 24
_ANSWER_S = 10.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of this command."""
    text = _("List, find, download and remove models.")
    parser = subparsers.add_parser("model", help=text, description=text)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = _("List the models on this computer, with what the memory plan says of each.")
    listing = actions.add_parser("list", help=text, description=text)
    listing.add_argument(
        "--catalogue", action="store_true", help=_("well-known models instead, the best for here first")
    )
    text = _("Look for models on the Hugging Face Hub, and say of each whether it fits before anything is downloaded.")
    search = actions.add_parser("search", help=text, description=text)
    search.add_argument("words", nargs="+", metavar="WORD")
    search.add_argument(
        "--limit", type=_limit, default=12, metavar="N", help=_("at most N models (default: %(default)s)")
    )
    text = _("Download a model; what an interrupted download left is not fetched again.")
    download = actions.add_parser("download", help=text, description=text)
    download.add_argument("model", metavar="MODEL", help=_("its id on the Hub, such as Qwen/Qwen3-8B-AWQ"))
    download.add_argument("--revision", default="", metavar="R", help=_("a branch, tag or commit (default: main)"))
    download.add_argument(
        "--planned", default="", metavar="COMMIT", help=_("fail when main is not this commit any more")
    )
    download.add_argument(
        "--check", action="store_true", help=_("also read what is there, and fetch damaged files anew")
    )
    download.add_argument("--allow-code", action="append", default=[], metavar="MODEL@COMMIT", help=argparse.SUPPRESS)
    text = _("Remove a model from the Hugging Face cache; one that runs is never removed.")
    remove = actions.add_parser("remove", help=text, description=text)
    remove.add_argument("model", metavar="MODEL")
    remove.add_argument("--revision", default="", metavar="COMMIT", help=_("only this one"))
    for action in (listing, search, download, remove):
        action.add_argument("--json", action="store_true", help=_("one JSON object a line"))


def _limit(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100:
        raise argparse.ArgumentTypeError(_("{text} is not a number from 1 to 100").format(text=text))
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks for and return the exit code: 0, 1 when it failed, 130 when it was cancelled."""
    match arguments.action:
        case "list":
            return _list(arguments)
        case "search":
            return _search(arguments)
        case "download":
            return _download(arguments)
        case _:
            return _remove(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from trayapp.model_shelf import catalogue_rows, local_rows, survey

    shelf = survey(find_folders())
    rows = catalogue_rows(shelf) if arguments.catalogue else local_rows(shelf)
    if not rows and not arguments.json:
        print(no_models_words())
    _print_rows(rows, as_json=arguments.json)
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from trayapp.model_shelf import search_rows, survey

    rows = search_rows(survey(find_folders()), " ".join(arguments.words), arguments.limit)
    if isinstance(rows, Problem):
        return print_problem(rows, as_json=arguments.json)
    _print_rows(rows, as_json=arguments.json)
    return 0


def _print_rows(rows: "Iterable[ModelRow]", *, as_json: bool) -> None:
    from trayapp.model_shelf import row_json

    if as_json:
        for row in rows:
            print(json.dumps(row_json(row)))
        return
    cells = [(row.model, row_size(row), row.quantization or row.weight_format, row_verdict(row)) for row in rows]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(3)]
    for cell in cells:
        name, size, kind = (text.ljust(width) for text, width in zip(cell, widths, strict=False))
        print(f"{name}  {size}  {kind}  {cell[3]}".rstrip())


def _download(arguments: argparse.Namespace) -> int:
    from trayapp.jobs.model_download import DownloadWish, download_model

    allowed = current_settings(find_folders().settings_file).code_allowed
    allowed = (*allowed, *arguments.allow_code)
    wish = DownloadWish(arguments.model, arguments.revision, arguments.planned, allowed, arguments.check)
    show = _print_progress if arguments.json else _Bar().show
    before = signal.signal(signal.SIGTERM, _cancel)
    try:
        result = download_model(wish, show)
    except KeyboardInterrupt:
        if arguments.json:
            print_json({"step": "failed", "kind": "cancelled", "detail": cancelled_words()})
        else:
            print(f"\n{cancelled_words()}", file=sys.stderr)
        sys.stdout.flush()
        # Threads wait for answers of the Hub; nothing that they hold is needed any more.
        os._exit(CANCELLED)
    finally:
        signal.signal(signal.SIGTERM, before)
    return print_problem(result, as_json=arguments.json) if isinstance(result, Problem) else 0


def _cancel(_signal: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt


def _remove(arguments: argparse.Namespace) -> int:
    from trayapp.model_shelf import remove_model

    freed = remove_model(arguments.model, arguments.revision, _in_use())
    if isinstance(freed, Problem):
        return print_problem(freed, as_json=arguments.json)
    if arguments.json:
        print_json({"model": arguments.model, "freed_bytes": freed})
    else:
        print(freed_words(arguments.model, freed))
    return 0


def _in_use() -> tuple[str, ...]:
    """Return the model that the running app holds, by id or folder."""
    status: dict[str, Any] = {}
    with suppress(NotRunning, TimeoutError):
        for answer in call({"command": "status"}, _ANSWER_S):
            status = answer.get("status", {})
    if status.get("state", "stopped") in {"stopped", "failed"}:
        return ()
    chosen = current_settings(find_folders().settings_file).model
    return tuple(str(name) for name in (status.get("model"), chosen) if name)


def _print_progress(progress: DownloadProgress) -> None:
    print_json(asdict(progress))


class _Bar:
    """Progress for a person: a bar on a terminal, about ten lines elsewhere."""

    def __init__(self) -> None:
        self._told_bytes = -1

    def show(self, progress: DownloadProgress) -> None:
        words = download_words(progress)
        moving = progress.step is DownloadStep.DOWNLOADING and progress.total_bytes > 0
        with suppress(BrokenPipeError):
            if sys.stdout.isatty():
                full = _BAR_WIDTH * progress.done_bytes // progress.total_bytes if moving else 0
                bar = f"[{'#' * full}{'-' * (_BAR_WIDTH - full)}] " if moving else ""
                print(f"\r\x1b[K{bar}{words}", end="" if moving else "\n", flush=True)
                return
            further_bytes = progress.done_bytes - self._told_bytes
            if moving and self._told_bytes >= 0 and further_bytes * 10 < progress.total_bytes:
                return
            self._told_bytes = progress.done_bytes
            print(words, flush=True)
