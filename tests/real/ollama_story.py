"""The story of tests/backends/test_ollama.py on a real Ollama, where one answers: `python -m tests.real.ollama_story`.

It takes the smallest model that Ollama has, loads it with 2,048 tokens, asks it one question through /v1, and looks
that all is as it was found. It says whether it did; the exit code is 0 then, 3 where no Ollama answers, else 1.
"""

import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from trayapp.assembly import build_controller
from trayapp.backends.http_client import AskingFailed
from trayapp.backends.ollama_client import find_loaded, find_models, find_ollama_version, ollama_target
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.states import Failed, Ready, State, Stopped
from trayapp.storage.folders import Folders
from trayapp.wording.notices import failure_words
from trayapp.wording.states import state_row

WITHIN_S = 600
TOKENS = 2048
NOT_THERE = 3


def main() -> int:
    """Run the story and return the exit code."""
    target = ollama_target()
    try:
        version, models, held = find_ollama_version(target), find_models(target), find_loaded(target)
    except AskingFailed:
        print(f"No Ollama answers at {target.address.url}: the story was not run.")
        return NOT_THERE
    if not models:
        print(f"Ollama {version} has no model: the story was not run. Download one with: ollama pull qwen3:0.6b")
        return NOT_THERE
    model = min(models, key=lambda each: each.size_bytes).name
    app = QCoreApplication([])
    with tempfile.TemporaryDirectory() as folder:
        folders = Folders(Path(folder) / "config", Path(folder) / "data", Path(folder) / "logs")
        fixed = {"backend": "ollama", "ollama_model": model, "max_model_len": TOKENS}
        controller, _log = build_controller(folders, fixed, parent=app)
        controller.state_changed.connect(lambda _, after: print(state_row(after)))

        def wait_for(kind: type[State]) -> State:
            until = time.monotonic() + WITHIN_S
            while not isinstance(controller.state, kind | Failed) and time.monotonic() < until:
                app.processEvents()
                time.sleep(0.01)
            return controller.state

        controller.take(StartWanted())
        ready = wait_for(Ready)
        if not isinstance(ready, Ready):
            print("FAILED:", *failure_words(ready) if isinstance(ready, Failed) else [state_row(ready)])
            return 1
        answer = _ask(ready)
        loaded = {each.name: each.context_length for each in find_loaded(target)}
        controller.take(StopWanted())
        wait_for(Stopped)
    left = find_models(target) != models or find_loaded(target) != held
    good = ready.max_model_len == TOKENS and loaded.get(ready.plan.model_name) in {TOKENS, None} and not left
    print(f"Ollama {version}, {model}: {loaded}, answered {answer!r}; all as it was: {not left}")
    print("The story was run:", "it holds." if good else "IT DOES NOT HOLD.")
    return 0 if good else 1


def _ask(ready: Ready) -> str:
    question = {"model": ready.plan.model_name, "messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16}
    request = urllib.request.Request(
        f"{ready.plan.endpoint}/chat/completions", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
        return str(json.load(reply)["choices"][0]["message"]["content"])


if __name__ == "__main__":
    sys.exit(main())
