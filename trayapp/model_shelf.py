"""What models there are, here and to be had, each with the plan's verdict for this computer. Everything in here blocks.

It introduces the packages to each other as planner.py does (probes find, core plans); the command line and the windows
both use it, the windows in threads. No Qt.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.catalogue import CatalogueEntry, read_catalogue
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Gpu, Machine, VllmInstall
from trayapp.core.model_facts import read_model_facts
from trayapp.core.model_rows import ModelRow, Place, best_first, last_used_first
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import newest_install
from trayapp.core.settings import Settings
from trayapp.probes.hub_models import find_hub_model
from trayapp.probes.hub_search import HubEntry, search_hub
from trayapp.probes.local_models import LocalModel, find_local_models, remove_from_cache, remove_unfinished
from trayapp.probes.memory_in_use import find_machine_for_next
from trayapp.probes.resources import resource
from trayapp.probes.vllm_install import find_vllm
from trayapp.storage.folders import Folders
from trayapp.storage.learned_file import current_limits
from trayapp.storage.settings_file import current_settings

if TYPE_CHECKING:
    from trayapp.core.launch_plan import Report

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Shelf:
    """This computer as it is now, to hold models against: one survey serves a whole list."""

    settings: Settings
    machine: Machine
    install: VllmInstall
    learned: LearnedLimits
    no_vllm: Problem | None = None  # why there is none; install is then the one that would be installed

    @property
    def on_cpu(self) -> bool:
        """Whether the processor would do the work."""
        return self.install.on_cpu or not self.machine.gpus

    def verdict(self, row: ModelRow, found: "FoundModel | Problem | None") -> ModelRow:
        """Return a row with what the plan says of the model."""
        if not isinstance(found, FoundModel):
            return replace(row, problem=found)
        shared = self.settings.with_changes({"model": row.model, "quantization": "auto"})
        settings = shared.for_model().with_changes({"max_model_len": 0})
        report: Report = plan_report(settings, self.machine, self.install, found, self.learned)
        facts = read_model_facts(found)
        method = "" if isinstance(facts, Problem) else facts.quantization.scheme or facts.quantization.method
        return replace(
            row,
            verdict=report.verdict if report.memory is not None else None,
            context=report.memory.planned_context if report.memory is not None else 0,
            problem=report.problems[0] if report.problems else None,
            quantization=row.quantization or method,
            weight_format=row.weight_format or found.weight_format,
        )


def survey(folders: Folders, before: Collection[Gpu] = ()) -> Shelf:
    """Look at this computer as the next model finds it; before are the GPUs as the one that runs now found them."""
    settings = current_settings(folders.settings_file)
    machine = find_machine_for_next(before)
    install = find_vllm(settings.vllm_executable, folders.runtimes)
    learned = current_limits(folders.learned_file)
    if isinstance(install, Problem):
        return Shelf(settings, machine, newest_install(machine), learned, no_vllm=install)
    return Shelf(settings, machine, install, learned)


def local_rows(shelf: Shelf, cache: Path | None = None) -> tuple[ModelRow, ...]:
    """Return every model on this computer, the last used first."""
    rows = [_local_row(shelf, local) for local in find_local_models(shelf.settings.model_folders, cache)]
    return last_used_first(rows)


def _local_row(shelf: Shelf, local: LocalModel) -> ModelRow:
    row = ModelRow(
        local.model,
        local.name,
        Place.CACHE if local.in_cache else Place.FOLDER,
        local.revision,
        local.size_bytes,
        last_used_s=local.last_used_s,
        unfinished_bytes=local.unfinished_bytes,
        main=local.main,
    )
    row = shelf.verdict(row, local.found)
    if isinstance(local.found, FoundModel) and not local.found.complete:
        missing = Problem(ProblemKind.MODEL_INCOMPLETE, {"model": local.name, "files": local.found.missing_files})
        row = replace(row, problem=missing)
    return row


def catalogue_rows(shelf: Shelf) -> tuple[ModelRow, ...]:
    """Return the models of the catalogue, the best for this computer first."""
    entries = read_catalogue(json.loads(resource("catalogue.json").read_text("utf-8")))
    return best_first((_catalogue_row(shelf, entry) for entry in entries), on_cpu=shelf.on_cpu)


def _catalogue_row(shelf: Shelf, entry: CatalogueEntry) -> ModelRow:
    row = ModelRow(
        entry.model,
        entry.model.rpartition("/")[2],
        Place.HUB,
        size_bytes=entry.weights_bytes,
        weight_format="safetensors",
        quantization=entry.variant,
        gated=entry.gated,
        approximate=entry.approximate,
        parameters=entry.parameters,
        licence=entry.licence,
        languages=entry.languages,
        good_at=entry.good_at,
    )
    return shelf.verdict(row, entry.found_model())


def search_rows(
    shelf: Shelf, words: str, limit: int = 12, endpoint: str | None = None
) -> tuple[ModelRow, ...] | Problem:
    """Return models of the Hub that match, each with its verdict, from its config and the headers of its weights."""
    entries = search_hub(words, limit, endpoint)
    if isinstance(entries, Problem):
        return entries
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda entry: _hub_row(shelf, entry, endpoint), entries))


def _hub_row(shelf: Shelf, entry: HubEntry, endpoint: str | None) -> ModelRow:
    row = ModelRow(entry.model, entry.model.rpartition("/")[2], Place.HUB, gated=entry.gated, licence=entry.licence)
    found = find_hub_model(entry.model, endpoint)
    if isinstance(found, FoundModel):
        row = replace(row, revision=found.revision, size_bytes=found.weights_bytes or 0)
    return shelf.verdict(row, found)


def remove_model(
    model: str, revision: str = "", in_use: Sequence[str] = (), cache: Path | None = None
) -> int | Problem:
    """Remove a model of the cache and return how many bytes that freed; one that is in use stays.

    in_use names what runs now, by id, folder or name: no part of its repository is removed.
    """
    names = {model, model.rpartition("/")[2]}
    if any(used in names or _folder_name(model) in Path(used).parts for used in in_use):
        return Problem(ProblemKind.MODEL_IN_USE, {"model": model})
    return remove_from_cache(model, revision, cache)


def remove_parts(model: str, cache: Path | None = None) -> int:
    """Remove what an interrupted download of a model left, and return how many bytes that freed."""
    return remove_unfinished(model, cache)


def _folder_name(model: str) -> str:
    return "models--" + model.replace("/", "--")


def row_json(row: ModelRow) -> Mapping[str, object]:
    """Return a row as an object for json.dumps."""
    return {
        "model": row.model,
        "name": row.name,
        "place": row.place.value,
        "revision": row.revision or None,
        "size_bytes": row.size_bytes,
        "format": row.weight_format or None,
        "quantization": row.quantization or None,
        "last_used_s": row.last_used_s or None,
        "verdict": row.verdict.value if row.verdict else None,
        "planned_context": row.context or None,
        "problem": row.problem.kind.value if row.problem else None,
        "unfinished_bytes": row.unfinished_bytes,
        "gated": row.gated,
        "licence": row.licence or None,
        "approximate": row.approximate,
    }
