"""On a real panel with the real vLLM as the server elsewhere, behind TLS and with a key: added, chosen, lost, back."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, pictures
from tests.desktop.session import Session, until
from tests.fakes.elsewhere import Authority, TlsFront
from tests.real.bare_vllm import bare_vllm

pytestmark = [pytest.mark.desktop, pytest.mark.real, pytest.mark.long]

KEY = "key-of-the-far-one-0123456789"
SLOW_S = 120


@pytest.fixture
def front(port_numbers: Iterator[int], tmp_path: Path) -> Iterator[tuple[TlsFront, Authority, int]]:
    """TLS in front of the port on which the real one will listen."""
    authority, behind = Authority(tmp_path), next(port_numbers)
    front = TlsFront(authority, behind)
    yield front, authority, behind
    front.close()


def test_it_is_added_chosen_lost_and_back_and_a_click_only_disconnects(
    app: Callable[..., App],
    session: Session,
    person: Person,
    vllm_runtime: Path,
    front: tuple[TlsFront, Authority, int],
    tmp_path: Path,
) -> None:
    """Two starts."""
    tls, authority, behind = front
    session.environment["VLLM_TRAY_REMOTE_KEY"] = KEY
    running, vllm = app({"speed": 30}), vllm_runtime / "bin" / "vllm"
    running.command("remote", "add", "far", tls.url, "--ca", str(authority.file))
    until("the server in the menu", lambda: "far" in person.labels_below("Where it runs"))
    with bare_vllm(vllm, behind, KEY, tmp_path / "far.log") as server:
        assert running.command("remote", "check", "far").splitlines()[-1].startswith("vLLM 0.")
        person.choose_with_mouse("Where it runs", "far")
        ready = person.notification("far is ready")
        assert tls.url in ready.body
        assert "2,048 tokens" in ready.body
        running.until_state("Ready")
        assert running.vllm.launches() == []
        person.take_picture(pictures(tmp_path) / "real-remote-ready.png")
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        person.notification("Lost: ")
    with bare_vllm(vllm, behind, KEY, tmp_path / "again.log") as server:
        until("it is back", lambda: running.state().startswith("Ready"), SLOW_S)
        person.notification("far is back")
        person.click_icon()
        running.until_state("Stopped")
        assert server.poll() is None, "a stop only disconnects"
        assert running.command("remote", "check", "far").splitlines()[-1].startswith("vLLM 0.")
    assert KEY not in running.settings_file.read_text() + running.command("logs", "-n", "500")
