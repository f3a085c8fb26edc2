"""The fake is believed because of these, and because it prints what the real one printed."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.fakes.vllm_folder import FakeVllmFolder

READY = "Application startup complete"
Make = Callable[..., FakeVllmFolder]


class Launched:
    """A running fake; what it prints is collected by a thread, as nobody else empties its pipe."""

    def __init__(self, fake: FakeVllmFolder, port: int, *arguments: str, **environment: str) -> None:
        command = [fake.executable, "serve", "/models/tiny", "--host", "127.0.0.1", "--port", str(port)]
        self.fake = fake
        self.port = port
        self.process = subprocess.Popen(
            [*command, "--served-model-name", "tiny", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        self.text = ""
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        while data := os.read(self.process.stdout.fileno(), 1 << 16):
            with self.news:
                self.text += data.decode(errors="replace")
                self.news.notify_all()

    def wait_for(self, text: str) -> None:
        with self.news:
            assert self.news.wait_for(lambda: text in self.text, timeout=10), self.text[-2000:]

    def wait(self) -> int:
        return self.process.wait(10)

    def ask(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> tuple[int, bytes]:
        """Return status and body; asks again while nobody listens."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers)
        until = time.monotonic() + 10
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read()
            except urllib.error.URLError:
                assert time.monotonic() < until

    def end(self) -> None:
        self.fake.end_all()  # a worker that fled holds the pipe
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def launch(free_port: int) -> Iterator[Callable[..., Launched]]:
    launched: list[Launched] = []

    def start(fake: FakeVllmFolder, *arguments: str, **environment: str) -> Launched:
        launched.append(Launched(fake, free_port, *arguments, **environment))
        return launched[-1]

    yield start
    for one in launched:
        one.end()


Launch = Callable[..., Launched]


@contextmanager
def listener(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_it_prints_what_the_real_one_printed_and_then_answers(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm())
    running.wait_for(READY)
    assert running.ask("/health") == (200, b"")
    model = json.loads(running.ask("/v1/models")[1])["data"][0]
    assert (model["id"], model["owned_by"], model["max_model_len"]) == ("tiny", "vllm", 40_960)
    assert json.loads(running.ask("/version")[1]) == {"version": "0.32.0"}
    assert b"vllm:num_requests_running{" in running.ask("/metrics")[1]
    assert "serving model /models/tiny" in running.text


def test_it_chats_whole_and_streamed(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm())
    question = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}]}
    answer = json.loads(running.ask("/v1/chat/completions", question)[1])
    assert answer["choices"][0]["message"]["content"].startswith("Hello")
    stream = running.ask("/v1/chat/completions", {**question, "stream": True})[1]
    assert stream.endswith(b"data: [DONE]\n\n")
    assert running.ask("/v1/chat/completions", {**question, "model": "other"})[0] == 404


def test_a_key_guards_what_the_real_one_guards(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(), VLLM_API_KEY="secret")
    assert running.ask("/health")[0] == 200
    assert running.ask("/v1/models")[0] == 401
    assert running.ask("/v1/models", key="secret")[0] == 200


def test_it_stops_when_asked_with_its_workers(fake_vllm: Make, launch: Launch) -> None:
    fake = fake_vllm(workers=2)
    running = launch(fake)
    running.wait_for(READY)
    running.process.terminate()
    assert running.wait() == 0
    assert fake.alive() == []
    running.wait_for("[shutdown]")


def test_workers_that_flee_outlive_it(fake_vllm: Make, launch: Launch) -> None:
    fake = fake_vllm(fleeing_workers=2)
    running = launch(fake)
    running.wait_for(READY)
    running.process.terminate()
    assert running.wait() == 0
    assert len(fake.alive()) == 2


def test_memory_that_is_too_small_fails_with_the_length_that_fits(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(fits_tokens=12_800), "--max-model-len", "40960")
    assert running.wait() == 1
    running.wait_for("the estimated maximum model length is 12800.")


def test_a_length_that_fits_is_taken(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(fits_tokens=12_800), "--max-model-len=12800")
    assert json.loads(running.ask("/v1/models")[1])["data"][0]["max_model_len"] == 12_800


def test_auto_finds_the_length_that_fits(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(fits_tokens=12_800), "--max-model-len", "auto")
    assert json.loads(running.ask("/v1/models")[1])["data"][0]["max_model_len"] == 12_800
    running.wait_for("reduced from 40960 to 12800 to fit")


def test_an_old_version_knows_no_auto(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm("0.11.0", knows_auto=False), "--max-model-len", "auto")
    assert running.wait() == 2
    running.wait_for("invalid int value: 'auto'")


def test_each_launch_can_go_another_way_and_is_noted(fake_vllm: Make, launch: Launch) -> None:
    fake = fake_vllm("0.32.0", {"recording": "port_taken"}, {})
    assert launch(fake).wait() == 1
    assert launch(fake, "--enforce-eager", NOTE="x").ask("/health")[0] == 200
    first, second = fake.launches()
    assert first["arguments"][0] == "serve"
    assert "--enforce-eager" in second["arguments"]
    assert second["environment"]["NOTE"] == "x"


def test_a_taken_port_ends_it_as_it_ends_the_real_one(fake_vllm: Make, launch: Launch, free_port: int) -> None:
    with listener(free_port):
        running = launch(fake_vllm())
        assert running.wait() == 1
    running.wait_for("Address already in use")


def test_the_recorded_end_of_an_engine_follows_after_it_was_ready(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(recording="engine_killed_while_serving"))
    assert running.wait() == 0
    running.wait_for("engine core exited unexpectedly")


def test_it_dies_of_a_signal_while_it_serves(fake_vllm: Make, launch: Launch) -> None:
    assert launch(fake_vllm(ends_after_s=0, end_signal=signal.SIGKILL.value)).wait() == -signal.SIGKILL


def test_it_ends_with_code_0_while_it_serves(fake_vllm: Make, launch: Launch) -> None:
    assert launch(fake_vllm(ends_after_s=0)).wait() == 0


def test_it_never_becomes_ready(fake_vllm: Make, launch: Launch, free_port: int) -> None:
    running = launch(fake_vllm(never_ready=True))
    running.wait_for(READY)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port))
    running.process.terminate()
    assert running.wait() == 130


def test_it_is_deaf_to_sigterm(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(ignores_sigterm=True))
    running.wait_for(READY)
    running.process.terminate()
    assert running.ask("/health")[0] == 200


def test_its_health_is_bad_or_its_name_another(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(health="dead", model_name="other"))
    assert running.ask("/health")[0] == 503
    assert json.loads(running.ask("/v1/models")[1])["data"][0]["id"] == "other"


def test_pieces_of_lines_are_whole_together(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(recording="port_taken", half_lines=True))
    assert running.wait() == 1
    running.wait_for("Address already in use")


def test_it_floods(fake_vllm: Make, launch: Launch) -> None:
    launch(fake_vllm(flood_lines=20_000)).wait_for("line 19999\n")


def test_time_passes_as_recorded_only_faster(fake_vllm: Make, launch: Launch) -> None:
    begun = time.monotonic()
    launch(fake_vllm(speed=200)).wait_for(READY)
    assert 92.6 / 200 < time.monotonic() - begun < 5


def test_a_vice_that_it_does_not_know_is_an_error(fake_vllm: Make, launch: Launch) -> None:
    running = launch(fake_vllm(no_such_vice=True))
    assert running.wait() == 1
    running.wait_for("the fake vLLM knows no 'no_such_vice'")
