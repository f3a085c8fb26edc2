"""Records what the real vLLM prints, healthy and failing, into NAME.jsonl beside this script.

    python tests/recorded/record.py --vllm .../bin/vllm --models FOLDER [--list] [NAME ...]

FOLDER holds two small models, `tiny` (everything fits) and `wide` (40,960 tokens do not fit into 1 GiB of KV cache).
The first line of a recording is a header, every other line one chunk as it came out of a pipe, with seconds since the
launch. Paths, the user and the host are replaced, so that a recording says nothing about the computer it was made on.
What is recorded stands in scenarios.py.
"""

import argparse
import codecs
import getpass
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from scenarios import SCENARIOS, Scenario, Then

HERE = Path(__file__).resolve().parent
READY_WITHIN_S = 240
ENDS_WITHIN_S = 90


class Masks:
    """Replaces what belongs to this computer, in every text that is written down."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        # The longest first: a model's folder lies inside the folder of all models.
        self._pairs = sorted(((old, new) for old, new in pairs if len(old) > 2), key=lambda pair: -len(pair[0]))
        user = getpass.getuser()
        self._words = re.compile(rf"\b({re.escape(socket.gethostname())}|user(?:name)?={re.escape(user)})\b")

    def __call__(self, text: str) -> str:
        for old, new in self._pairs:
            text = text.replace(old, new)
        text = self._words.sub("desktop", text)
        text = re.sub(r"/home/user/\.pyenv/versions/[^/]+", "/usr", text)
        return re.sub(r"(?<=connect_ip=)[\d.]+", "192.0.2.1", text)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str = "/health", body: dict[str, object] | None = None) -> bool:
    """Whether the server answers this request with 200."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def engine_pids(leader: int) -> list[tuple[int, str]]:
    """Return pid and title of every process below the leader, oldest first."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getsid(int(entry.name)) == leader and int(entry.name) != leader:
                title = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append((int(entry.name), title))
        except OSError:
            continue
    return sorted(found)


def act(scenario: Scenario, leader: int, port: int) -> None:
    """Do to the running server what the scenario asks."""
    match scenario.then:
        case Then.TERMINATE | Then.TERMINATE_EARLY:
            os.kill(leader, signal.SIGTERM)
        case Then.KILL_ENGINE | Then.KILL_WORKER:
            wanted = "EngineCore" if scenario.then is Then.KILL_ENGINE else "Worker"
            pid = next(pid for pid, title in engine_pids(leader) if wanted in title)
            os.kill(pid, signal.SIGKILL)
        case Then.CHAT_AND_TERMINATE:
            answers(
                port,
                "/v1/chat/completions",
                {"model": scenario.model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4},
            )
            os.kill(leader, signal.SIGTERM)
        case Then.WAIT:
            print("  it became ready, although something is wrong with it")
            os.kill(leader, signal.SIGTERM)


def record(scenario: Scenario, vllm: Path, models: Path, target: Path) -> None:
    """Run one scenario and write its recording."""
    with tempfile.TemporaryDirectory(prefix="rec") as scratch_name:
        scratch = Path(scratch_name)
        model = models / scenario.model
        if scenario.damage is not None:
            model = scratch / "models" / scenario.model
            shutil.copytree(models / scenario.model, model)
            scenario.damage(model)
        port = free_port()
        blocker = socket.socket()
        if scenario.port_taken:
            blocker.bind(("127.0.0.1", port))
            blocker.listen()
        named = scenario.model_id or str(model)
        arguments = ["serve", named, "--served-model-name", scenario.model, "--host", "127.0.0.1", "--port", str(port)]
        arguments += scenario.arguments
        environment = {
            **os.environ,
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1",
            "VLLM_DISABLE_LOG_LOGO": "1",
            "VLLM_LOGGING_COLOR": "0",
            "NO_COLOR": "1",
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "200",
            "HF_HOME": str(scratch / ".cache/huggingface"),
            "SCRATCH": str(scratch),
        }
        for key, value in scenario.environment.items():
            if value is None:
                environment.pop(key, None)
            else:
                environment[key] = value.replace("$SCRATCH", str(scratch))
        masks = Masks(
            [
                (str(model), f"/home/user/models/{scenario.model}"),
                (str(models), "/home/user/models"),
                (str(vllm.parent.parent), "/home/user/vllm"),
                (str(Path(sys.prefix)), "/home/user/vllm"),
                (str(scratch), "/home/user/scratch"),
                (str(HERE.parent.parent), "/home/user/src"),
                (str(Path.home()) + "/", "/home/user/"),
                (tempfile.gettempdir() + "/", "/x/"),
                (f"/proc/{os.getpid()}", "/proc/1"),
            ]
        )
        command = [*scenario.wrapped_in, str(vllm), *arguments]
        if scenario.shell_before:
            command = ["unshare", "--mount", "sh", "-c", f'{scenario.shell_before}; exec "$@"', "sh", *command]
        chunks, exit_status = run(scenario, command, environment, port)
        blocker.close()
    version = next(
        (m.group(1) for c in chunks if (m := re.search(r"vLLM server version (\S+?),", c["text"]))),
        scenario_version(vllm),
    )
    header = {
        "vllm_version": version,
        "arguments": [masks(item) for item in arguments],
        "exit": exit_status,
        "cause": scenario.cause,
        "stopped_by_user": scenario.then in {Then.TERMINATE, Then.TERMINATE_EARLY, Then.CHAT_AND_TERMINATE},
    }
    lines = [json.dumps(header), *(json.dumps({**c, "text": masks(c["text"])}, ensure_ascii=False) for c in chunks)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def scenario_version(vllm: Path) -> str:
    """Return the version of this vLLM from the name of its metadata folder, without starting it."""
    return next(
        p.name.removeprefix("vllm-").removesuffix(".dist-info")
        for p in vllm.parents[1].glob("lib/*/site-packages/vllm-*.dist-info")
    )


def run(
    scenario: Scenario, command: list[str], environment: dict[str, str], port: int
) -> tuple[list[dict[str, object]], dict[str, int | None]]:
    """Return the chunks of one launch with their times, and how it ended."""
    started = time.monotonic()
    # A session of its own, so that nothing of it outlives the recording.
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd="/"
    )
    selector = selectors.DefaultSelector()
    decoders = {}
    for channel, pipe in (("stdout", child.stdout), ("stderr", child.stderr)):
        selector.register(pipe, selectors.EVENT_READ, channel)
        decoders[channel] = codecs.getincrementaldecoder("utf-8")("replace")
    chunks: list[dict[str, object]] = []
    acted_s: float | None = None
    while selector.get_map():
        for key, _ in selector.select(timeout=0.2):
            data = os.read(key.fd, 65536)
            if not data:
                selector.unregister(key.fileobj)
                continue
            text = decoders[key.data].decode(data)
            chunks.append({"t": round(time.monotonic() - started, 3), "channel": key.data, "text": text})
        now = time.monotonic() - started
        if acted_s is None:
            early = scenario.then is Then.TERMINATE_EARLY and any("Initializing" in str(c["text"]) for c in chunks)
            # Nobody answers on a port that we hold ourselves, and asking would take a minute.
            if early or (not scenario.port_taken and scenario.then is not Then.TERMINATE_EARLY and answers(port)):
                print(f"  acting after {now:.0f} s", flush=True)
                acted_s = now
                act(scenario, child.pid, port)
            elif now > READY_WITHIN_S:
                print("  not ready in time", flush=True)
                acted_s = now
                os.killpg(child.pid, signal.SIGKILL)
        elif now > acted_s + ENDS_WITHIN_S:
            os.killpg(child.pid, signal.SIGKILL)
        if child.poll() is not None and not any(True for _ in selector.select(timeout=1.0)):
            break
    code = child.wait()
    for pid, _ in engine_pids(child.pid):
        os.kill(pid, signal.SIGKILL)
    for pipe in (child.stdout, child.stderr):
        pipe.close()
    return chunks, {"code": code if code >= 0 else None, "signal": -code if code < 0 else None}


def main() -> int:
    """Record the named scenarios, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vllm", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(SCENARIOS))
        return 0
    for name in arguments.names or SCENARIOS:
        print(name, flush=True)
        record(SCENARIOS[name], arguments.vllm, arguments.models, HERE / f"{name}.jsonl")
    return 0


if __name__ == "__main__":
    sys.exit(main())
