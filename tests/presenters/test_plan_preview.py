"""What the settings find out about a draft, on this computer's real ports."""

import socket
from pathlib import Path

from trayapp.core.problems import ProblemKind
from trayapp.core.settings import Settings
from trayapp.presenters.plan_preview import preview
from trayapp.storage.folders import Folders


def test_both_ports_are_looked_at_unless_the_app_has_them(tmp_path: Path, free_port: int) -> None:
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    settings = Settings(port=free_port, one_address_port=free_port)
    assert preview(settings, folders, ()).free_port == free_port
    with socket.create_server(("127.0.0.1", free_port)):
        found = preview(settings, folders, ())
        assert found.free_port == 0
        for problem in (found.port_problem, found.one_address_problem):
            assert problem is not None
            assert problem.kind is ProblemKind.PORT_TAKEN
        own = preview(settings, folders, {free_port})
        assert (own.free_port, own.port_problem, own.one_address_problem) == (0, None, None)
