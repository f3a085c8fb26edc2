"""Secrets, with a real keyring of the desktop, with none, and with one that comes and goes."""

import json
import sys
from collections.abc import Callable

import pytest

from tests.desktop.session import Session
from trayapp.core.problems import ProblemKind
from trayapp.desktop.secrets import HUB_TOKEN, SERVER_KEY, remote_key

Ask = Callable[..., object]


@pytest.fixture
def keeper(session: Session) -> Callable[[], Ask]:
    """Start a program that keeps secrets; what comes back asks it."""

    def start() -> Ask:
        program = session.run(sys.executable, "-m", "tests.desktop.secret_keeper")

        def ask(*words: str) -> object:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write(json.dumps(words) + "\n")
            return json.loads(program.stdout.readline())

        return ask

    return start


def test_what_the_keyring_keeps_is_there_in_the_next_run_until_it_is_forgotten(
    session: Session, keeper: Callable[[], Ask]
) -> None:
    session.start_keyring()
    ask = keeper()
    assert ask("read", SERVER_KEY) == ""
    assert ask("keep", SERVER_KEY, "geheim ✓") is None
    assert ask("keep", remote_key("attic"), "another") is None
    later = keeper()
    assert later("read", SERVER_KEY) == "geheim ✓"
    assert later("read", remote_key("attic")) == "another"
    assert later("forget", SERVER_KEY) is None
    assert later("forget", SERVER_KEY) is None
    assert ask("read", SERVER_KEY) == ""


def test_without_a_keyring_a_secret_is_held_until_the_app_ends_and_that_is_said(keeper: Callable[[], Ask]) -> None:
    ask = keeper()
    assert ask("read", HUB_TOKEN) == ""
    kind, values = ask("keep", HUB_TOKEN, "hf_secret")  # type: ignore[misc]
    assert kind == ProblemKind.SECRET_NOT_KEPT
    assert values["name"] == HUB_TOKEN
    assert values["reason"]
    assert "hf_secret" not in str(values)
    assert ask("read", HUB_TOKEN) == "hf_secret"
    assert keeper()("read", HUB_TOKEN) == ""
    assert ask("forget", HUB_TOKEN) is None
    assert ask("read", HUB_TOKEN) == ""


def test_a_keyring_that_comes_later_is_used_and_one_that_goes_is_missed(
    session: Session, keeper: Callable[[], Ask]
) -> None:
    ask = keeper()
    assert ask("keep", SERVER_KEY, "first") is not None
    session.start_keyring()
    assert ask("keep", SERVER_KEY, "second") is None
    session.stop("keyring")
    assert ask("read", SERVER_KEY) == ""
    assert ask("keep", SERVER_KEY, "third") is not None
    assert ask("read", SERVER_KEY) == "third"
    session.start_keyring()
    assert keeper()("read", SERVER_KEY) == "second"


def test_a_keyring_that_keeps_nothing_is_no_keyring(session: Session, keeper: Callable[[], Ask]) -> None:
    session.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    ask = keeper()
    assert ask("keep", SERVER_KEY, "value") is not None
    assert ask("read", SERVER_KEY) == "value"


def test_a_keyring_that_breaks_in_every_way_ends_nothing(session: Session, keeper: Callable[[], Ask]) -> None:
    session.environment["PYTHON_KEYRING_BACKEND"] = "no.such.Backend"
    ask = keeper()
    assert ask("read", SERVER_KEY) == ""
    assert ask("keep", SERVER_KEY, "value") is not None
