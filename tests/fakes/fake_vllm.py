"""Stands in for the `vllm` command: replays what the real one printed, listens, answers, and misbehaves as told.

It is run by the small script that vllm_folder.py writes into a fake environment. How it behaves is read from plan.json
there, a list of Behaviour values: the first launch takes the first, the next the second, every later one the last.
Each launch and each of its processes is noted in launches.jsonl and processes.txt there. Standard library only, and
little of it: it says its first word within 100 ms.
"""

import contextlib
import errno
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from recording import EndError, Recording

WORKER_LIVES_S = 120  # no forgotten worker outlives the tests by much


class Behaviour:
    """How one launch goes. Every value can be given in plan.json by its name."""

    recording = "healthy_start_and_stop"
    too_small_recording = "kv_cache_too_small"
    shortened_recording = "healthy_auto_length"  # replayed when `auto` finds less than the native length
    speed = 0.0  # how much faster than recorded; 0 does not wait at all
    native_context = 40_960
    fits_tokens = 0  # what the memory holds: a longer launch fails, `auto` takes it; 0 means that everything fits
    knows_auto = True  # --max-model-len auto exists (0.14 and later)
    version = "0.32.0"  # what /version answers
    model_name = ""  # another name than the one asked for
    answer = ""  # to every question; "": the usual one
    health = "ok"  # "ok", "dead" (503) or "hangs"
    never_ready = False
    ignores_sigterm = False
    deaf_while_loading = False  # ignores SIGTERM until it serves, as the real one was seen to while its engine begins
    stop_takes_s = 0.0
    stop_code = 0
    workers = 0  # children that it ends itself when it is asked to stop, and leaves behind otherwise
    fleeing_workers = 0  # in a session of their own, no child of anybody, deaf to SIGTERM
    half_lines = False  # writes in pieces that end inside lines and characters
    flood_lines = 0  # printed at full speed once it is ready
    ends_after_s = -1.0  # ends by itself this long after it was ready; below 0: never
    ends_before_ready = False  # ends by itself where it would begin to listen
    end_code = 0
    end_signal = 0  # instead of end_code
    says = ""  # said once more on its way, with {NAME} for a variable of its environment
    reuse_port = False  # sets SO_REUSEPORT, as vLLM 0.8 to 0.21 do

    def __init__(self, values: dict[str, object]) -> None:
        for name, value in values.items():
            if not hasattr(Behaviour, name):
                raise AttributeError(f"the fake vLLM knows no {name!r}")
            setattr(self, name, value)


class StopAskedError(Exception):
    """SIGTERM or SIGINT came."""


class FakeVllm:
    """One launch."""

    def __init__(self, behaviour: Behaviour, arguments: list[str], folder: Path) -> None:
        self.behaviour = behaviour
        self.folder = folder
        self.model = arguments[1] if len(arguments) > 1 else ""
        self.options = read_options(arguments)
        self.name = self.options.get("--served-model-name", self.model)
        self.host = self.options.get("--host", "")
        self.port = int(self.options.get("--port", "8000"))
        self.max_model_len = behaviour.native_context
        self.workers: list[int] = []
        self.served: Recording | None = None  # what it replays, once it can be asked to stop

    def run(self) -> tuple[int, int]:
        """Do everything; return the exit code and the signal to end with (0: none)."""
        listen_to_signals(not self.behaviour.ignores_sigterm and not self.behaviour.deaf_while_loading)
        try:
            listener, recording = self.start()
            return self.serve(listener, recording)
        except EndError as end:
            return end.code, end.signal
        except StopAskedError:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if self.served is None:
                self.end_workers()
                return 130, 0  # what the real one makes of SIGTERM while it loads: the end of a Ctrl-C
            time.sleep(self.behaviour.stop_takes_s)
            self.end_workers()
            if self.served.header["stopped_by_user"]:
                self.replay(self.served, self.served.ready_at or 0, None, {})
            return self.behaviour.stop_code, 0

    def start(self) -> tuple[socket.socket, Recording]:
        """Print everything up to the moment where it listens; raise EndError when it does not come so far."""
        behaviour = self.behaviour
        listener = self.bind()
        self.max_model_len = self.fit()
        shortened = self.asks_auto() and self.max_model_len < behaviour.native_context
        recording = Recording(behaviour.shortened_recording if shortened else behaviour.recording)
        self.launch_workers()
        changes = self.lengths() if shortened else {}
        if recording.ready_at is None or behaviour.never_ready:
            self.replay(recording, 0, recording.ready_at, changes)
        else:
            self.replay(recording, 0, recording.ready_at - 1, changes)
            self.served = recording  # before it says that it is ready: whoever reads that may ask it to stop at once
            listen_to_signals(not behaviour.ignores_sigterm)
            self.replay(recording, recording.ready_at - 1, recording.ready_at, changes)
        if behaviour.says:
            self.write("stderr", behaviour.says.format_map(os.environ) + "\n")
        if recording.ready_at is None:
            raise recording.end()
        if behaviour.ends_before_ready:
            raise EndError(behaviour.end_code, behaviour.end_signal)
        while behaviour.never_ready:
            time.sleep(1)
        return listener, recording

    def fit(self) -> int:
        """Return the context length that this launch gets, as the real one works it out."""
        behaviour = self.behaviour
        asked = self.options.get("--max-model-len", str(behaviour.native_context))
        if self.asks_auto():
            if not behaviour.knows_auto:
                self.write("stderr", f"vllm serve: error: argument --max-model-len: invalid int value: '{asked}'\n")
                raise EndError(2, 0)
            return min(behaviour.native_context, behaviour.fits_tokens or behaviour.native_context)
        if behaviour.fits_tokens and int(asked) > behaviour.fits_tokens:
            small = Recording(behaviour.too_small_recording)
            self.replay(small, 0, None, {small.argument("--max-model-len"): asked, **self.lengths()})
            raise small.end()
        return int(asked)

    def asks_auto(self) -> bool:
        return self.options.get("--max-model-len") in {"auto", "-1"}

    def lengths(self) -> dict[str, str]:
        """Return what to put in place of the limit in the recordings, which is 9,216 tokens in 1 GiB."""
        return {"9216": str(self.behaviour.fits_tokens), "9,216": f"{self.behaviour.fits_tokens:,}"}

    def serve(self, listener: socket.socket, recording: Recording) -> tuple[int, int]:
        """Listen and answer until its own end; StopAskedError is the other one."""
        from fake_api import start_api

        behaviour = self.behaviour
        guard = import_module(self.options["--middleware"]) if "--middleware" in self.options else None
        start_api(listener, self.name, self.max_model_len, behaviour, self.folder / "questions.txt", guard)
        note(self.folder / "listening.txt", f"{time.monotonic():.6f}")
        for number in range(behaviour.flood_lines):
            self.write("stdout", f"(APIServer pid={os.getpid()}) INFO 11-20 11:11:07 [flood.py:1] line {number}\n")
        if not recording.header["stopped_by_user"]:  # it was recorded how this one died
            self.replay(recording, recording.ready_at or 0, None, {})
            end = recording.end()
            return end.code, end.signal
        if behaviour.ends_after_s >= 0:
            time.sleep(behaviour.ends_after_s)
            return behaviour.end_code, behaviour.end_signal
        while True:
            time.sleep(3600)

    def bind(self) -> socket.socket:
        """Take the port as the real one does: at once, without listening; raise EndError when somebody has it."""
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.behaviour.reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind((self.host, self.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            taken = Recording("port_taken")
            self.replay(taken, 0, None, {})
            raise taken.end() from None
        return listener

    def replay(self, recording: Recording, start: int, end: int | None, changes: dict[str, str]) -> None:
        """Print recorded chunks with their timing, with this launch's model, port and process id in them."""
        model, port = recording.header["arguments"][1], recording.argument("--port")
        changes = {model: self.model, port: str(self.port), **changes}
        chunks = recording.chunks[start:end]
        begun, first = time.monotonic(), recording.chunks[start - 1]["t"] if start else 0.0
        for chunk in chunks:
            if self.behaviour.speed:
                due = begun + (chunk["t"] - first) / self.behaviour.speed
                time.sleep(max(0.0, due - time.monotonic()))
            text = chunk["text"]
            for old, new in changes.items():
                text = text.replace(old, new) if old else text
            self.write(chunk["channel"], text)

    def write(self, channel: str, text: str) -> None:
        data = text.encode()
        handle = 1 if channel == "stdout" else 2
        step = 7 if self.behaviour.half_lines else 1 << 16
        for start in range(0, len(data), step):
            os.write(handle, data[start : start + step])
            if self.behaviour.half_lines:
                time.sleep(0.0005)  # else the reader gets the pieces together

    def launch_workers(self) -> None:
        for _ in range(self.behaviour.workers):
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                self.work()
            self.workers.append(child)
        for _ in range(self.behaviour.fleeing_workers):
            child = os.fork()
            if child == 0:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    signal.signal(signal.SIGINT, signal.SIG_IGN)
                    self.work()
                os._exit(0)
            os.waitpid(child, 0)

    def end_workers(self) -> None:
        for pid in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def work(self) -> None:
        note_process(self.folder)
        time.sleep(WORKER_LIVES_S)
        os._exit(0)


def listen_to_signals(listen: bool) -> None:
    signal.signal(signal.SIGTERM, stop_asked if listen else signal.SIG_IGN)
    signal.signal(signal.SIGINT, stop_asked if listen else signal.SIG_IGN)


def stop_asked(*_: object) -> None:
    raise StopAskedError


def read_options(arguments: list[str]) -> dict[str, str]:
    """Return each --option with the word behind it ("" for a switch); "--a=b" counts like "--a b"."""
    options: dict[str, str] = {}
    for word, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            options[name] = value if equals else ("" if after.startswith("--") else after)
    return options


def import_module(name: str) -> Any:
    """Return the module of a --middleware, found as the real one finds it."""
    import importlib

    return importlib.import_module(name.rpartition(".")[0])


def note_process(folder: Path) -> None:
    """Note this process with its start time, so that a later one with the same number is not taken for it."""
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    note(folder / "processes.txt", f"{os.getpid()} {started}")


def note(path: Path, line: str) -> None:
    """Append a line so that several processes can do it at once."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, line.encode() + b"\n")
    os.close(handle)


def main(folder: Path) -> None:
    """Be the vllm command of a fake environment."""
    arguments = sys.argv[1:]
    plan = json.loads((folder / "plan.json").read_text())
    launches = folder / "launches.jsonl"
    before = len(launches.read_text().splitlines()) if launches.exists() else 0
    behaviour = Behaviour(plan[min(before, len(plan) - 1)])
    if arguments[:1] == ["--version"]:
        print(behaviour.version)
        return
    note(launches, json.dumps({"pid": os.getpid(), "arguments": arguments, "environment": dict(os.environ)}))
    note_process(folder)
    code, number = FakeVllm(behaviour, arguments, folder).run()
    if number:
        with contextlib.suppress(OSError):  # SIGKILL's action cannot be set, and needs not
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(code)  # the threads that answer are not waited for
