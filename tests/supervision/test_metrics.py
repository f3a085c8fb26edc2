"""The questions for figures, against a socket that answers."""

import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.elsewhere import Authority, TlsFront
from tests.fakes.fake_api import FakeServer
from trayapp.core.access import Access
from trayapp.core.live_figures import ServerFigures
from trayapp.supervision.metrics import Metrics


@pytest.mark.parametrize("behind_tls", [False, True])
def test_the_figures_come(qtbot: QtBot, tmp_path: Path, *, behind_tls: bool) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = FakeServer(listener, "tiny", 128, SimpleNamespace(health="ok", version="0.32.0", model_name="", answer=""))
    server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    authority, port = Authority(tmp_path), listener.getsockname()[1]
    front = TlsFront(authority, port)
    url, ca_file = (front.url, str(authority.file)) if behind_tls else (f"http://127.0.0.1:{port}", "")
    metrics = Metrics(Access(f"{url}/v1", "tiny", "geheim", ca_file=ca_file))
    with qtbot.waitSignal(metrics.answered) as answered:
        metrics.ask()
        metrics.ask()
    assert answered.args == [ServerFigures(0.0, 0.0, 0.125, 9.0, 6.0)]
    front.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("times", [1, 2])
def test_nobody_there_is_told_each_time(qtbot: QtBot, free_port: int, times: int) -> None:
    metrics = Metrics(Access(f"http://127.0.0.1:{free_port}/v1", "tiny"))
    for _ in range(times):
        with qtbot.waitSignal(metrics.answered) as answered:
            metrics.ask()
        assert answered.args == [None]
