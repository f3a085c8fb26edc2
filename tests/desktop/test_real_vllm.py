"""On a real panel with the real vLLM: a click, a failure in plain words, a button that mends it, and a second click."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.desktop.browser import find_chromium, status_for, what_a_page_gets
from tests.desktop.person import Person
from tests.desktop.running import pictures
from tests.desktop.session import Session, until
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.probes.leftovers import find_leftovers

pytestmark = [pytest.mark.desktop, pytest.mark.real]
SLOW_S = 240


def test_a_click_a_remedy_and_a_click(
    session: Session,
    person: Person,
    vllm_runtime: Path,
    free_port: int,
    port_numbers: Iterator[int],
    tmp_path: Path,
) -> None:
    """Two starts, the first of which ends within seconds."""
    page_port = next(port_numbers)
    folder = session.folder / "config" / "vllm-tray"
    folder.mkdir()
    values = {
        "version": 1,
        "model": SELFTEST_MODEL,
        "vllm_executable": str(vllm_runtime / "bin" / "vllm"),
        "port": free_port,
        "extra_arguments": ["--no-such-flag"],
        "environment": {"VLLM_CPU_KVCACHE_SPACE": "1"},
        "allowed_origins": [f"http://mine.test:{page_port}"],
    }
    (folder / "settings.json").write_text(json.dumps(values))
    session.start_tray()
    session.start_notifications()
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    until("notifications", lambda: person.is_on_bus("org.freedesktop.Notifications"))
    app = session.run(sys.executable, "-m", "trayapp")
    until("the icon", person.icons)

    person.click_icon()
    until("Failed", lambda: person.menu()[0].label.startswith("Failed"), SLOW_S)
    failure = person.notification("vLLM does not know a setting")
    assert next(iter(failure.buttons.values())) == "Leave that argument out"
    person.take_picture(pictures(tmp_path) / "failure.png")
    person.press_first_button()

    until("Ready", lambda: person.menu()[0].label.startswith("Ready"), SLOW_S)
    ready = person.notification("is ready")
    assert f"http://127.0.0.1:{free_port}/v1" in ready.body
    assert "40,960 tokens" in ready.body
    told = {n.body.splitlines()[0] for n in person.hear() if n.title.startswith("Starting ")}
    assert {"Launching vLLM", "Reading the model", "Compiling for this computer"} <= told
    numbers = {n.number for n in person.hear()}
    assert len(numbers) == 2, "one for the first start, and one after its button was pressed; both updated in place"
    person.take_picture(pictures(tmp_path) / "ready.png")
    _check_web_pages(free_port, page_port)

    person.click_icon()
    until("Stopped", lambda: person.menu()[0].label == "Stopped", 60)
    assert [each for each in find_leftovers() if each.mark.startswith(f"{app.pid}:")] == []


def _check_web_pages(port: int, page_port: int) -> None:
    """A page in a real browser is refused by the real server, and an allowed one is served."""
    chromium, endpoint, model = find_chromium(), f"http://127.0.0.1:{port}/v1", "selftest-model"
    if not chromium:
        return  # said in the header of the report
    foreign = what_a_page_gets(chromium, "foreign.test", page_port, endpoint, model)
    assert foreign == dict.fromkeys(("models", "chat"), "TypeError: Failed to fetch")
    served = what_a_page_gets(chromium, "mine.test", page_port, endpoint, model)
    assert [status for status, _ in served.values()] == [200, 200]
    assert served["chat"][1]["choices"]
    # A page whose name is led here is of the server's own origin for the browser: it is known by the Host.
    for host, status in {f"foreign.test:{port}": 403, f"mine.test:{port}": 200, f"localhost:{port}": 200}.items():
        assert status_for(f"{endpoint}/models", host) == status
    # A page may send a plain text to any server without asking first: vLLM takes no questions in that form.
    plain = Request(f"{endpoint}/chat/completions", b"{}", {"Content-Type": "text/plain"})
    with pytest.raises(HTTPError) as refused:
        urlopen(plain, timeout=20)
    assert b"Unsupported Media Type" in refused.value.read()
    refused.value.close()
