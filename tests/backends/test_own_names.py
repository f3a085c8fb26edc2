"""What runs inside vLLM: who asks under a name that is not this computer's is refused."""

import asyncio
import importlib.util
import os
import socket
from types import ModuleType
from typing import Any

import pytest

from tests.builders import a_plan
from trayapp.backends.local_vllm import INSIDE, OWN_NAMES, with_own_names
from trayapp.core.allowed_hosts import ALLOWED_HOSTS, allowed_hosts
from trayapp.core.diagnosis import Cause, diagnose
from trayapp.core.settings import Settings

OWN = socket.gethostname().lower()


@pytest.fixture(scope="module")
def inside() -> ModuleType:
    name, _, _ = OWN_NAMES.rpartition(".")
    spec = importlib.util.spec_from_file_location(name, INSIDE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(inside: ModuleType, *hosts: str, kind: str = "http") -> list[dict[str, Any]]:
    """Return what is sent to somebody who asks under these names; the server itself says "served"."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def server(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "served"})

    scope = {"type": kind, "headers": [(b"accept", b"*/*"), *((b"host", host.encode()) for host in hosts)]}
    asyncio.run(getattr(inside, OWN_NAMES.rpartition(".")[2])(server)(scope, None, send))
    return sent


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "LOCALHOST:8000", "localhost.:8000", "app.localhost:8000"),
        *("127.0.0.1:8000", "127.0.0.2", "192.168.1.7:8000", "[::1]:8000", "[fe80::1]"),
        *(OWN, f"{OWN}:8000", f"{OWN}.local:8000", f"{OWN}.lan"),
    ],
)
def test_this_computer_is_served_under_its_names(inside: ModuleType, host: str) -> None:
    assert asked(inside, host) == [{"type": "served"}]


@pytest.mark.parametrize(
    "host",
    [
        *("foreign.test", "foreign.test:8000", "localhost.foreign.test:8000", "127.0.0.1.foreign.test", "1.2.3"),
        *(
            f"{OWN}.foreign.test",
            "localhost@foreign.test",
            "[::1].foreign.test",
            "localhost:80:80",
            "localhost/",
            "::1",
        ),
    ],
)
def test_any_other_name_is_refused(inside: ModuleType, host: str) -> None:
    start, body = asked(inside, host)
    assert start["status"] == 403
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert asked(inside, host, kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_two_hosts_are_none_and_no_host_is_no_browser(inside: ModuleType) -> None:
    assert asked(inside, "localhost", "foreign.test")[0]["status"] == 403
    assert asked(inside) == [{"type": "served"}]
    assert asked(inside, "foreign.test", kind="lifespan") == [{"type": "served"}]


def test_the_settings_allow_names(inside: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(host="box.example", allowed_origins=("https://Chat.example:8443", "http://localhost:3000"))
    monkeypatch.setenv(ALLOWED_HOSTS, allowed_hosts(settings))
    for host in ("box.example:8000", "chat.example"):
        assert asked(inside, host) == [{"type": "served"}]
    assert asked(inside, "other.example")[0]["status"] == 403
    monkeypatch.setenv(ALLOWED_HOSTS, "*")
    assert asked(inside, "other.example") == [{"type": "served"}]


def test_a_server_gets_the_guard_on_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    plan = with_own_names(a_plan())
    assert plan.arguments[-2:] == ("--middleware", OWN_NAMES)
    assert plan.environment["PYTHONPATH"] == f"/mine{os.pathsep}{INSIDE}"
    assert [path.name for path in INSIDE.iterdir() if path.suffix == ".py"] == [f"{OWN_NAMES.partition('.')[0]}.py"]
    closed = with_own_names(a_plan(interpreter=("/opt/vllm/bin/python", "-s")))
    assert (closed.executable, *closed.arguments[:3]) == ("/opt/vllm/bin/python", "-s", "/opt/vllm/bin/vllm", "serve")
    assert closed.environment["PYTHONPATH"] == str(INSIDE)
    module = with_own_names(a_plan(interpreter=("/opt/vllm/bin/python", "-s", "-m", "vllm")))
    assert (module.executable, *module.arguments[:4]) == ("/opt/vllm/bin/python", "-s", "-m", "vllm", "serve")
    own = a_plan(environment={ALLOWED_HOSTS: "*"})
    assert with_own_names(own) is own


def test_a_server_that_does_not_find_the_guard_has_a_cause_of_its_own() -> None:
    name = OWN_NAMES.partition(".")[0]
    assert diagnose([f"ModuleNotFoundError: No module named '{name}'"]).cause is Cause.OWN_MODULE_NOT_FOUND
