"""Who may talk to the server: pages of this computer, and the network only with a key."""

import json

import pytest

from tests.core.planned import kinds, planned, refused
from trayapp.core.launch_arguments import reserved_argument
from trayapp.core.problems import ProblemKind


def test_pages_of_other_origins_are_not_let_in() -> None:
    plan = planned(allowed_origins=("http://localhost:3000",))
    origins = plan.arguments[plan.arguments.index("--allowed-origins") + 1]
    assert json.loads(origins) == ["http://localhost:8000", "http://127.0.0.1:8000", "http://localhost:3000"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::"])  # noqa: S104 - refused here
def test_the_network_needs_a_key(host: str) -> None:
    assert kinds(refused(host=host).problems) == [ProblemKind.OPEN_WITHOUT_KEY]
    assert planned(host=host, environment={"VLLM_API_KEY": "secret-key"}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_this_computer_alone_needs_none(host: str) -> None:
    assert planned(host=host).host == host


@pytest.mark.parametrize("argument", ["--host=0.0.0.0", "--api_key", "--allowed-origins", "--port"])
def test_extra_arguments_cannot_open_it_by_the_back_door(argument: str) -> None:
    assert reserved_argument(("--seed", "1", argument)) is not None
