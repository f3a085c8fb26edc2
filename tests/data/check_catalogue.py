"""Compares resources/catalogue.json with the Hub, and says what it could not check: run it as a module.

`python -m tests.data.check_catalogue`
It asks for each model's files and config: one request for the first, one for the second, and none for the weights.
"""

import json
import sys
from collections.abc import Iterator

from trayapp.core.catalogue import CatalogueEntry, read_catalogue
from trayapp.core.found_model import FoundModel
from trayapp.core.problems import Problem
from trayapp.probes.hub_models import find_hub_model
from trayapp.probes.resources import resource
from trayapp.wording.problems import problem_words

CLOSE = 0.03
"""A size that is marked approximate may be this far off."""
_KEYS = ("num_hidden_layers", "num_attention_heads", "num_key_value_heads", "hidden_size", "intermediate_size")


def main() -> int:
    """Print one line for each model; the exit code is 1 where an entry is wrong, 2 where nothing could be asked."""
    entries = read_catalogue(json.loads(resource("catalogue.json").read_text("utf-8")))
    wrong = unchecked = 0
    for entry in entries:
        found = find_hub_model(entry.model)
        if isinstance(found, Problem):
            unchecked += 1
            print(f"NOT CHECKED  {entry.model}: {problem_words(found).detail}")
            continue
        differences = list(differences_of(entry, found))
        wrong += bool(differences)
        print(f"{'WRONG' if differences else 'right':11}  {entry.model}: {'; '.join(differences) or 'as on the Hub'}")
    print(f"\n{len(entries)} models: {wrong} wrong, {unchecked} not checked")
    if wrong:
        return 1
    return 2 if unchecked == len(entries) else 0


def differences_of(entry: CatalogueEntry, found: FoundModel) -> Iterator[str]:
    """Yield what an entry says otherwise than the Hub."""
    size = found.weights_bytes or 0
    allowed = CLOSE * size if entry.approximate else 0
    if abs(size - entry.weights_bytes) > allowed:
        yield f"weights {entry.weights_bytes:,} bytes, on the Hub {size:,}"
    for key in _KEYS:
        if key in found.config and found.config[key] != entry.config.get(key):
            yield f"{key} {entry.config.get(key)}, on the Hub {found.config[key]}"
    length = found.config.get("max_position_embeddings", entry.context)
    if length != entry.context:
        yield f"context {entry.context}, on the Hub {length}"


if __name__ == "__main__":
    sys.exit(main())
