"""Who gets in: keys, the network, arguments by the back door, code that comes with a model."""

import json
import shutil
import socket
import venv
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.backends.address import Address
from tests.backends.test_one_address import Model
from tests.desktop.browser import status_for
from tests.faults.conftest import StoryMaker
from tests.faults.table import fault
from trayapp.assembly import set_server_key
from trayapp.core.diagnosis import Cause, Diagnosis
from trayapp.core.events import StartWanted
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.states import Failed, Ready
from trayapp.desktop.secrets import SERVER_KEY, Secrets
from trayapp.probes.resources import resource
from trayapp.storage.settings_file import load_settings

KEY = "planted-key-4711"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """Secrets of a desktop without a keyring: they are in memory."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return Secrets()


def is_let_in(ready: Ready, key: str) -> bool:
    request = Request(f"{ready.plan.endpoint}/models", headers={"Authorization": f"Bearer {key}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return False


@fault("someone without the key asks the server", "refused; the key is in no argument and no log, and the app has it")
def test_a_key_of_the_keyring(story: StoryMaker, secrets: Secrets) -> None:
    secrets.keep(SERVER_KEY, KEY)
    run, fake = story(settings={"use_server_key": True}, secrets=secrets)
    ready = run.start()
    assert is_let_in(ready, KEY)
    assert not is_let_in(ready, "")
    assert not is_let_in(ready, "guessed")
    (launch,) = fake.launches()
    assert KEY not in json.dumps(launch["arguments"])
    assert launch["environment"]["VLLM_API_KEY"] == KEY
    run.log_book.add([f"the server says {KEY}"])
    run.stop()
    assert KEY not in "\n".join(run.log_book.lines())
    assert KEY not in "".join(path.read_text() for path in run.folders.logs.rglob("*") if path.is_file())


@fault("a web page has its own name led to this computer (DNS rebinding)", "refused by its name, under every path")
def test_a_page_that_is_led_here(story: StoryMaker) -> None:
    run, _ = story(settings={"allowed_origins": ("https://chat.example",)})
    address = run.start().plan.endpoint.removesuffix("/v1")
    asked = {"foreign.test": 403, "127.0.0.1": 200, "localhost": 200, "chat.example": 200}
    for path in ("/v1/models", "/metrics", "/health"):
        assert {host: status_for(address + path, host) for host in asked} == asked


@fault("the vllm command closes its Python to the environment ({flag})", "it starts, and is guarded all the same")
@pytest.mark.parametrize("flag", ["-I", "-E"])
def test_a_python_that_sees_no_environment(story: StoryMaker, flag: str) -> None:
    run, fake = story()
    command = Path(fake.executable)
    command.write_text(command.read_text().replace(" -sSP ", f" -sSP {flag} "))
    address = run.start().plan.endpoint
    assert [status_for(f"{address}/models", host) for host in ("foreign.test", "localhost")] == [403, 200]


@fault("the vllm command is a script around such a Python", "it starts, and is guarded all the same")
def test_a_script_around_a_closed_python(story: StoryMaker) -> None:
    run, fake = story()
    venv.create(fake.folder, symlinks=True)
    command = Path(fake.executable)
    (module,) = (folder / "vllm" for folder in fake.folder.glob("lib/python3.*/site-packages"))
    module.mkdir()
    (module / "__main__.py").write_text(command.read_text().partition("\n' '''\n")[2])
    command.write_text(f'#!/bin/sh\nexec {fake.folder}/bin/python -I -m vllm "$@"\n')
    address = run.start().plan.endpoint
    assert [status_for(f"{address}/models", host) for host in ("foreign.test", "localhost")] == [403, 200]


@fault("the vllm command is a script that sets a search path of its own", "said what is wrong with it, and what helps")
def test_a_script_that_leaves_the_module_out(story: StoryMaker) -> None:
    run, fake = story()
    command = Path(fake.executable)
    plain = command.rename(command.with_name("plain"))
    command.write_text(f'#!/bin/sh\nexport PYTHONPATH=/nowhere\nexec {plain} "$@"\n')
    command.chmod(0o755)
    run.controller.take(StartWanted())
    failed = run.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert failed.reason.cause is Cause.OWN_MODULE_NOT_FOUND
    assert [remedy.id for remedy in failed.remedies] == [RemedyId.CHANGE_SETTINGS]
    settings = run.folders.settings_file
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"environment": {"TRAY_ALLOWED_HOSTS": "*"}}))
    assert run.start().plan.executable == fake.executable


@fault("a program that was let in asks on, on the same connection, of a server that would listen", "nobody hears it")
def test_a_second_request_on_a_connection(address: Address, model: Model) -> None:
    model.stays = True
    address.lead_to(model.server_port, key=KEY, client_key="of this computer")
    address.wait_for(401)
    model.asked.clear()
    with socket.create_connection(("127.0.0.1", address.port), 20) as program:
        program.sendall(b"GET /first HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer of this computer\r\n\r\n")
        assert program.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        program.sendall(b"GET /second HTTP/1.1\r\nHost: foreign.test\r\n\r\n")
        assert address.ask("/third", Authorization="Bearer of this computer").status == 200
    assert [path for path, _, _ in model.asked] == ["/first", "/third"]


@fault("a web page asks the one address, which has the key of a server elsewhere", "only allowed pages are heard")
def test_a_page_at_the_one_address(address: Address, model: Model) -> None:
    mine, ours = "https://chat.example", "Bearer of this computer"
    address.lead_to(model.server_port, key=KEY, client_key="of this computer", pages=[mine])
    address.wait_for(401)
    model.asked.clear()
    for origin in ("https://foreign.test", "null", "http://localhost.foreign.test", "http://127.0.0.1@foreign.test"):
        for body in (None, b"{}"):
            assert address.ask("/v1/completions", body, Authorization=ours, Origin=origin).status == 403
    assert model.asked == []
    for origin in (mine, "http://localhost:3000", "http://127.0.0.1:8000", "https://[::1]"):
        assert address.ask("/v1/models", Authorization=ours, Origin=origin).status == 200


@fault("a key is wanted and the keyring has none", "nothing is started without it; what to do is said")
def test_a_key_that_is_missing(story: StoryMaker, secrets: Secrets) -> None:
    run, fake = story(settings={"use_server_key": True}, secrets=secrets)
    run.controller.take(StartWanted())
    failed = run.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    assert failed.reason.problems[0].kind is ProblemKind.SERVER_KEY_MISSING
    assert fake.launches() == []


@fault("the desktop has no keyring when a key is set", "the key holds until the app ends, and that is said")
def test_a_key_without_a_keyring(story: StoryMaker, secrets: Secrets) -> None:
    run, _ = story(secrets=secrets)
    (problem,) = set_server_key(run.folders, secrets, KEY)
    assert problem.kind is ProblemKind.SECRET_NOT_KEPT
    assert load_settings(run.folders.settings_file).settings.use_server_key
    assert KEY not in run.folders.settings_file.read_text()
    assert is_let_in(run.start(), KEY)
    run.stop()
    assert set_server_key(run.folders, secrets, "") == ()
    assert is_let_in(run.start(), "")


@fault("{arguments} among the extra arguments", "nothing is started, and it is said what to do instead")
@pytest.mark.parametrize(
    "arguments",
    [("--host=0.0.0.0",), ("--api_key", KEY), ("--trust-remote",), ("--allowed-or", '["*"]'), ("--config", "/tmp/x")],  # noqa: S108
)
def test_the_back_door(story: StoryMaker, arguments: tuple[str, ...]) -> None:
    run, fake = story(settings={"extra_arguments": arguments})
    run.controller.take(StartWanted())
    failed = run.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    (problem,) = failed.reason.problems
    assert problem.kind is ProblemKind.ARGUMENT_NOT_ALLOWED
    assert KEY not in str(problem)
    assert fake.launches() == []


def a_model_folder(folder: Path, weights: str) -> Path:
    shutil.copytree(resource("selftest-model"), folder)
    (folder / "model.safetensors").rename(folder / weights)
    return folder


@fault("the weights are pickled, which can run code", "refused until the person allows this model and revision")
def test_pickled_weights(story: StoryMaker, tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "pickled", "pytorch_model.bin")
    run, fake = story(settings={"model": str(folder)})
    run.controller.take(StartWanted(anyway=True))
    failed = run.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    (problem,) = failed.reason.problems
    assert problem.kind is ProblemKind.PICKLED_WEIGHTS
    assert fake.launches() == []


@fault("a model brings code of its own", "it runs only with the person's word for this revision, which is kept")
def test_code_of_a_model(story: StoryMaker, tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "coded", "model.safetensors")
    run, fake = story(settings={"model": str(folder)})
    code = run.start().plan.limit_key.model  # type: ignore[union-attr]
    run.stop()
    allowing, fake = story(settings={"model": str(folder), "code_allowed": (code,)})
    allowing.start()
    allowing.stop()
    allowing.controller.end_now()  # what is learned is written
    assert "--trust-remote-code" in fake.launches()[-1]["arguments"]
    assert load_settings(allowing.folders.settings_file).settings.code_allowed == (code,)
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    changed, fake = story(settings={"model": str(folder), "code_allowed": (code,)})
    changed.start()
    assert "--trust-remote-code" not in fake.launches()[-1]["arguments"]
