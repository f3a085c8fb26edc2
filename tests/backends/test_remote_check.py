"""A server elsewhere is looked at step by step: which step fails, and why, is said in one sentence."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.elsewhere import MOST_SENT, Authority, Elsewhere, Manner
from trayapp.backends.http_client import AskingFailed, Target, ask
from trayapp.backends.remote_check import ask_models, check, target_of
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import Address, Check, RemoteFacts, RemoteServer, Step
from trayapp.wording.problems import problem_words

KEY = "key-of-the-remote-0123456789"


@pytest.fixture
def manner() -> Manner:
    return Manner()


@pytest.fixture
def server(manner: Manner) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(manner)
    yield elsewhere
    elsewhere.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def safe_server(manner: Manner, authority: Authority) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(manner, authority)
    yield elsewhere
    elsewhere.close()


def failed_at(seen: Check, step: Step, kind: ProblemKind) -> str:
    """The sentence of the failure, after a look at the step it belongs to."""
    assert seen.facts is None
    last = seen.steps[-1]
    assert seen.problem is not None
    assert (last.step, seen.problem.kind) == (step, kind), seen.problem
    assert [outcome.step for outcome in seen.steps] == list(Step)[: len(seen.steps)]
    words = problem_words(seen.problem)
    assert "…" not in "".join(words), "a value that the sentence names is missing"
    assert KEY not in "".join(words)
    return words.detail


def test_a_vllm_is_recognised_with_its_version_and_its_context_length(server: Elsewhere) -> None:
    seen = check(RemoteServer("house", server.url), "")
    assert seen.problem is None
    assert [outcome.step for outcome in seen.steps] == list(Step)
    assert seen.facts == RemoteFacts("big", ("big", "small"), 32_768, "0.32.0")


def test_what_another_server_does_not_tell_is_not_invented(server: Elsewhere, manner: Manner) -> None:
    manner.version = None
    seen = check(RemoteServer("house", server.url, model="small"), "")
    assert seen.facts == RemoteFacts("small", ("big", "small"), None, None)


def test_a_name_that_nobody_has() -> None:
    seen = check(RemoteServer("house", "http://no-such-host.invalid:8000"), "")
    assert "no-such-host.invalid" in failed_at(seen, Step.NAME, ProblemKind.REMOTE_NAME_UNKNOWN)


def test_an_address_that_is_none() -> None:
    failed_at(check(RemoteServer("house", "ftp://x"), ""), Step.NAME, ProblemKind.ADDRESS_BAD)


def test_a_port_where_nobody_listens(free_port: int) -> None:
    seen = check(RemoteServer("house", f"http://127.0.0.1:{free_port}"), "")
    assert str(free_port) in failed_at(seen, Step.PORT, ProblemKind.REMOTE_PORT_CLOSED)


def test_a_certificate_of_an_authority_that_nobody_named(safe_server: Elsewhere) -> None:
    seen = check(RemoteServer("house", safe_server.url), KEY)
    failed_at(seen, Step.TLS, ProblemKind.REMOTE_NOT_TRUSTED)
    assert safe_server.manner.asked == []


def test_a_certificate_of_an_authority_that_the_person_named(safe_server: Elsewhere, authority: Authority) -> None:
    seen = check(RemoteServer("house", safe_server.url, str(authority.file)), "")
    assert seen.problem is None
    assert seen.steps[2].told == "TLSv1.3"


def test_a_certificate_for_another_name(safe_server: Elsewhere, authority: Authority) -> None:
    url = safe_server.url.replace("127.0.0.1", "127.0.0.2")
    if not _listens(url):
        url = safe_server.url.replace("127.0.0.1", "localhost.localdomain")
    seen = check(RemoteServer("house", url, str(authority.file)), "")
    assert seen.problem is not None
    assert seen.steps[-1].step in {Step.NAME, Step.PORT, Step.TLS}


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.2", int(url.rpartition(":")[2]))) == 0


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_a_file_that_is_no_certificate(safe_server: Elsewhere, tmp_path: Path, text: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(text)
    seen = check(RemoteServer("house", safe_server.url, str(file)), "")
    assert str(file) in failed_at(seen, Step.TLS, ProblemKind.CA_FILE_BAD)


def test_a_file_that_is_not_there(safe_server: Elsewhere, tmp_path: Path) -> None:
    seen = check(RemoteServer("house", safe_server.url, str(tmp_path / "gone.pem")), "")
    failed_at(seen, Step.TLS, ProblemKind.CA_FILE_BAD)


def test_a_server_that_speaks_no_tls(server: Elsewhere) -> None:
    seen = check(RemoteServer("house", server.url.replace("http:", "https:")), "")
    failed_at(seen, Step.TLS, ProblemKind.REMOTE_NO_TLS)


def test_the_key_is_not_sent_in_the_open_before_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        far = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: far)
        seen = check(RemoteServer("house", f"http://far.example:{port}"), KEY)
        failed_at(seen, Step.TLS, ProblemKind.REMOTE_IS_OPEN)
        connection, _ = listener.accept()
        sent.append(connection.recv(1000))
        connection.close()
    assert sent == [b""]


@pytest.mark.parametrize("given", ["", "another key"])
def test_a_key_that_is_not_accepted(server: Elsewhere, manner: Manner, given: str) -> None:
    manner.key = KEY
    assert "401" in failed_at(check(RemoteServer("house", server.url), given), Step.KEY, ProblemKind.REMOTE_KEY_REFUSED)


@pytest.mark.parametrize("given", [f"{KEY}\r", f"{KEY}\nX-Other: 1", f"{KEY}\u20ac", f"{KEY}\0"])
def test_a_key_that_cannot_be_sent_is_not_shown_either(server: Elsewhere, manner: Manner, given: str) -> None:
    failed_at(check(RemoteServer("house", server.url), given), Step.KEY, ProblemKind.REMOTE_KEY_BAD)
    assert not manner.asked


def test_a_key_that_is_accepted(server: Elsewhere, manner: Manner) -> None:
    manner.key = KEY
    seen = check(RemoteServer("house", server.url), KEY)
    assert seen.problem is None
    assert seen.steps[3].told == "sent"


def test_a_model_that_is_not_served(server: Elsewhere) -> None:
    seen = check(RemoteServer("house", server.url, model="giant"), "")
    assert failed_at(seen, Step.MODEL, ProblemKind.REMOTE_MODEL_UNKNOWN) == "It serves: big, small."


def test_a_server_without_a_model(server: Elsewhere, manner: Manner) -> None:
    manner.models = []
    failed_at(check(RemoteServer("house", server.url), ""), Step.MODEL, ProblemKind.REMOTE_SERVES_NOTHING)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, ProblemKind.REMOTE_NO_MODELS_PAGE),
        (429, ProblemKind.REMOTE_BUSY),
        (503, ProblemKind.REMOTE_LOADING),
        (500, ProblemKind.REMOTE_ANSWERS_BADLY),
    ],
)
def test_an_answer_that_is_no_list_of_models(server: Elsewhere, manner: Manner, status: int, kind: ProblemKind) -> None:
    manner.status = status
    assert str(status) in failed_at(check(RemoteServer("house", server.url), ""), Step.MODEL, kind)


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b"[]", b'{"data": 7}', b'{"data": [7]}', b'{"data": [{}]}', b"[" * 100_000, b"\xff"]
)
def test_a_body_that_makes_no_sense(server: Elsewhere, manner: Manner, body: bytes) -> None:
    manner.body = body
    failed_at(check(RemoteServer("house", server.url), ""), Step.MODEL, ProblemKind.REMOTE_ANSWERS_BADLY)


def test_an_answer_that_breaks_off_in_the_middle(server: Elsewhere, manner: Manner) -> None:
    manner.cut_short = True
    failed_at(check(RemoteServer("house", server.url), ""), Step.KEY, ProblemKind.REMOTE_BROKE_OFF)


def test_an_answer_that_never_ends_is_not_read_for_ever(server: Elsewhere, manner: Manner) -> None:
    manner.endless = True
    failed_at(check(RemoteServer("house", server.url), ""), Step.MODEL, ProblemKind.REMOTE_ANSWERS_BADLY)
    assert manner.sent_bytes < MOST_SENT


@pytest.mark.parametrize("to", ["http://127.0.0.2:1/v1/models", "https://127.0.0.1:{port}/v1/models", "//evil/x", ""])
def test_a_redirect_to_another_place_is_not_followed(server: Elsewhere, manner: Manner, to: str) -> None:
    manner.redirect = to.format(port=server.port) or "nonsense"
    failed_at(check(RemoteServer("house", server.url), KEY), Step.KEY, ProblemKind.REMOTE_REDIRECTS)
    assert len(manner.asked) == 1


@pytest.mark.parametrize("to", ["/v1/elsewhere", "http://127.0.0.1:{port}/v1/elsewhere"])
def test_a_redirect_on_the_same_host_is_followed(server: Elsewhere, manner: Manner, to: str) -> None:
    manner.redirect = to.format(port=server.port)
    assert check(RemoteServer("house", server.url), "").facts is not None


@pytest.mark.parametrize("to", ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}/", "/"])
def test_a_redirect_to_the_first_page_is_followed_too(server: Elsewhere, manner: Manner, to: str) -> None:
    manner.redirect = to.format(port=server.port)
    check(RemoteServer("house", server.url), "")
    assert "/" in dict(manner.asked)


def test_a_redirect_in_a_circle_ends(server: Elsewhere, manner: Manner) -> None:
    manner.redirect = "/v1/models"
    failed_at(check(RemoteServer("house", server.url), ""), Step.KEY, ProblemKind.REMOTE_REDIRECTS)


def test_a_server_that_takes_the_question_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target("house", Address("http", "127.0.0.1", listener.getsockname()[1], ""))
        with pytest.raises(AskingFailed) as failed:
            ask(target, "/v1/models", timeout_s=0.2)
    assert failed.value.problem.kind is ProblemKind.REMOTE_SILENT


def test_the_watch_asks_for_the_model_and_its_length(server: Elsewhere, manner: Manner) -> None:
    target = target_of(RemoteServer("house", server.url), "")
    assert isinstance(target, Target)
    assert ask_models(target, "big") == 32_768
    assert ask_models(target, "small") is None
    gone = ask_models(target, "gone")
    assert isinstance(gone, Problem)
    manner.body = b"nonsense"
    assert isinstance(ask_models(target, "big"), Problem)
    manner.status = 503
    assert isinstance(ask_models(target, "big"), Problem)
    server.close()
    closed = ask_models(target, "big")
    assert isinstance(closed, Problem)
    assert closed.kind is ProblemKind.REMOTE_PORT_CLOSED
