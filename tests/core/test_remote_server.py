"""How servers elsewhere stand in the settings, and what their addresses mean."""

import pytest

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import (
    Address,
    Check,
    RemoteServer,
    Step,
    StepOutcome,
    answer_problem,
    choose_model,
    chosen_server,
    is_server_list,
    read_address,
    read_models,
    with_server,
)
from trayapp.core.settings import Settings, check_setting, read_settings
from trayapp.core.where_to_run import choice_changes

HOUSE = {"name": "house", "url": "https://house.example"}
LAB = {"name": "lab", "url": "http://10.0.0.7:8000", "model": "big"}


@pytest.mark.parametrize(
    ("text", "address", "url"),
    [
        ("https://house.example", Address("https", "house.example", 443, ""), "https://house.example"),
        ("https://house.example/v1/", Address("https", "house.example", 443, ""), "https://house.example"),
        ("http://10.0.0.7:8000/llm/v1", Address("http", "10.0.0.7", 8000, "/llm"), "http://10.0.0.7:8000/llm"),
        (" http://[::1]:80 ", Address("http", "::1", 80, ""), "http://[::1]"),
    ],
)
def test_an_address_is_read(text: str, address: Address, url: str) -> None:
    assert read_address(text) == address
    assert address.url == url


@pytest.mark.parametrize(
    "text",
    ["", "house", "ftp://house", "http://", "http://a:0", "http://a:70000", "http://u:p@h", "http://h?x", "http://h h"],
)
def test_what_is_no_address(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("http://10.0.0.7", True),
        ("https://10.0.0.7", False),
        ("http://127.0.0.1:8000", False),
        ("http://localhost", False),
        ("http://127.evil.example", True),
    ],
)
def test_what_others_can_read(url: str, *, is_open: bool) -> None:
    address = read_address(url)
    assert address is not None
    assert address.is_open is is_open


@pytest.mark.parametrize(
    "value",
    [
        7,
        ["house"],
        [{"name": "house"}],
        [{"name": "", "url": "http://h"}],
        [{"name": "h", "url": "h"}],
        [{"name": "h", "url": 7}],
        [{**HOUSE, "key": "secret"}],
        [HOUSE, HOUSE],
    ],
)
def test_a_list_that_is_none(value: object) -> None:
    assert not is_server_list(value)
    assert check_setting("remote_servers", value) is not None


def test_a_key_that_somebody_wrote_into_the_file_is_not_repeated() -> None:
    problem = check_setting("remote_servers", [{**HOUSE, "key": "sk-verysecret0123456789"}])
    assert problem is not None
    assert "sk-verysecret" not in str(problem.values)


def test_servers_are_read_from_the_settings() -> None:
    settings, problems = read_settings({"remote_servers": [HOUSE, LAB], "remote_server": "lab", "backend": "remote"})
    assert problems == ()
    assert chosen_server(settings.remote_servers, settings.remote_server) == RemoteServer(**LAB)


def test_the_only_server_needs_no_choice() -> None:
    assert chosen_server([HOUSE], "") == RemoteServer(**HOUSE)


@pytest.mark.parametrize(
    ("servers", "name", "kind"),
    [
        ([], "", ProblemKind.REMOTE_NOT_CHOSEN),
        ([HOUSE, LAB], "", ProblemKind.REMOTE_NOT_CHOSEN),
        ([HOUSE], "moon", ProblemKind.REMOTE_UNKNOWN),
        ([], "moon", ProblemKind.REMOTE_UNKNOWN),
    ],
)
def test_a_choice_that_is_none(servers: list[dict[str, str]], name: str, kind: ProblemKind) -> None:
    problem = chosen_server(servers, name)
    assert isinstance(problem, Problem)
    assert problem.kind is kind


@pytest.mark.parametrize(
    ("length", "read"), [(4096, 4096), (0, None), (-1, None), (True, None), ("4096", None), (None, None)]
)
def test_a_context_length_is_a_number_of_tokens_or_not_told(length: object, read: int | None) -> None:
    assert read_models({"data": [{"id": "m", "max_model_len": length}]}) == (("m", read),)


def test_a_model_is_the_one_that_is_named_or_the_first() -> None:
    models = [("big", 1), ("small", None)]
    assert choose_model(RemoteServer("house", ""), models) == ("big", 1)
    assert choose_model(RemoteServer("house", "", model="small"), models) == ("small", None)


def test_a_good_status_is_no_problem() -> None:
    assert answer_problem("house", 200) is None
    assert Check((StepOutcome(Step.NAME),)).problem is None


def test_a_model_is_kept_for_the_place_that_it_is_chosen_for() -> None:
    settings = Settings(remote_servers=(HOUSE, LAB), remote_server="lab")
    assert choice_changes(settings, model="m") == {"model": "m", "recent_models": ("m",)}
    assert choice_changes(settings, model="m", backend="ollama") == {"backend": "ollama", "ollama_model": "m"}
    changed = choice_changes(settings, backend="remote", server="house", model="m")
    assert changed["remote_server"] == "house"
    assert changed["remote_servers"] == [{**HOUSE, "model": "m"}, LAB]
    assert choice_changes(Settings(), backend="remote", model="m") == {"backend": "remote"}


def test_a_place_is_chosen_without_a_model() -> None:
    assert choice_changes(Settings(), backend="remote") == {"backend": "remote"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ProblemKind.REMOTE_KEY_REFUSED),
        (403, ProblemKind.REMOTE_KEY_REFUSED),
        (404, ProblemKind.REMOTE_NO_MODELS_PAGE),
        (429, ProblemKind.REMOTE_BUSY),
        (503, ProblemKind.REMOTE_LOADING),
        (500, ProblemKind.REMOTE_ANSWERS_BADLY),
    ],
)
def test_each_status_has_a_meaning(status: int, kind: ProblemKind) -> None:
    problem = answer_problem("house", status)
    assert problem is not None
    assert problem.kind is kind


@pytest.mark.parametrize("document", [None, [], {"data": 7}, {"data": [7]}, {"data": [{"id": 7}]}])
def test_what_is_no_list_of_models(document: object) -> None:
    assert read_models(document) is None


def test_a_model_that_is_not_served_and_no_model_at_all() -> None:
    missing = choose_model(RemoteServer("house", "", model="giant"), [("big", 1)])
    assert isinstance(missing, Problem)
    assert missing.kind is ProblemKind.REMOTE_MODEL_UNKNOWN
    nothing = choose_model(RemoteServer("house", ""), [])
    assert isinstance(nothing, Problem)
    assert nothing.kind is ProblemKind.REMOTE_SERVES_NOTHING


def test_a_check_tells_the_problem_of_the_step_that_failed() -> None:
    problem = Problem(ProblemKind.REMOTE_SILENT)
    assert Check((StepOutcome(Step.NAME), StepOutcome(Step.PORT, problem))).problem == problem


def test_a_server_is_added_as_the_file_holds_it() -> None:
    added = with_server([HOUSE], RemoteServer("attic", "http://10.0.0.9:8000/v1/", "/ca.pem"))
    assert added == [HOUSE, {"name": "attic", "url": "http://10.0.0.9:8000", "ca_file": "/ca.pem"}]


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (RemoteServer("house", "http://h"), ProblemKind.REMOTE_THERE_ALREADY),
        (RemoteServer("attic", "attic"), ProblemKind.ADDRESS_BAD),
        (RemoteServer(" attic", "http://h"), ProblemKind.REMOTE_NAME_BAD),
    ],
)
def test_a_server_that_cannot_be_added(server: RemoteServer, kind: ProblemKind) -> None:
    problem = with_server([HOUSE], server)
    assert isinstance(problem, Problem)
    assert problem.kind is kind
