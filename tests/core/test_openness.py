"""Who gets in: pages of this computer, the network only with a key, and no argument by the back door."""

import json

import pytest

from tests.core.planned import kinds, planned, refused
from tests.core.test_plan_options import LISTS
from trayapp.core.extra_arguments import _OTHERS, _SETTINGS, Why, find_refused, names_load_format
from trayapp.core.problems import ProblemKind


def test_pages_of_other_origins_are_not_let_in() -> None:
    plan = planned(allowed_origins=("http://localhost:3000",))
    origins = plan.arguments[plan.arguments.index("--allowed-origins") + 1]
    assert json.loads(origins) == ["http://localhost:8000", "http://127.0.0.1:8000", "http://localhost:3000"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::"])  # noqa: S104 - refused here
def test_the_network_needs_a_key_and_what_it_does_not_guard_is_said(host: str) -> None:
    assert kinds(refused(host=host).problems) == [ProblemKind.OPEN_WITHOUT_KEY]
    plan = planned(host=host, environment={"VLLM_API_KEY": "secret-key"})
    assert plan.host == host
    assert kinds(plan.warnings)[0] is ProblemKind.SERVER_OPEN
    assert "secret-key" not in " ".join(plan.arguments)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_this_computer_alone_needs_none(host: str) -> None:
    plan = planned(host=host)
    assert plan.host == host
    assert ProblemKind.SERVER_OPEN not in kinds(plan.warnings)


def test_functions_for_developers_are_not_for_the_network() -> None:
    environment = {"VLLM_API_KEY": "secret-key", "VLLM_SERVER_DEV_MODE": "1"}
    assert kinds(refused(host="0.0.0.0", environment=environment).problems) == [  # noqa: S104 - refused here
        ProblemKind.VARIABLE_NOT_ALLOWED
    ]
    assert planned(environment=environment).host == "127.0.0.1"
    off = {**environment, "VLLM_SERVER_DEV_MODE": "0"}
    assert planned(host="10.0.0.2", environment=off).host == "10.0.0.2"


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("--host=0.0.0.0", Why.SETTING),
        ("--hos", Why.SETTING),
        ("--api_key", Why.KEY),
        ("--api-k=secret", Why.KEY),
        ("--hf-tok", Why.KEY),
        ("--allowed-origins", Why.SETTING),
        ("--allowed_or", Why.SETTING),
        ("--port", Why.SETTING),
        ("--port.x=1", Why.SETTING),
        ("--trust_remote_code", Why.CODE),
        ("--trust-remote", Why.CODE),
        ("--tru", Why.CODE),
        ("--config=/tmp/x.yaml", Why.FILE),
        ("--served_model-name", Why.SETTING),
        ("--headless", Why.OURS),
        ("--uds", Why.PROTOCOL),
        ("--ssl-k", Why.PROTOCOL),
        ("--grpc", Why.PROTOCOL),
        ("-qawq", Why.SETTING),
        ("-q", Why.SETTING),
        ("-t", Why.SETTING),
        ("-tp=2", Why.SETTING),
    ],
)
def test_no_spelling_that_vllm_understands_gets_by(argument: str, why: Why) -> None:
    refused = find_refused(("--seed", "1", argument))
    assert refused is not None
    assert refused.why is why
    assert "secret" not in refused.argument


@pytest.mark.parametrize(
    "arguments", [("--seed", "1"), ("-O2",), ("--model-impl", "vllm"), ("--", "x"), ("-",), ("--max-log=9",), ()]
)
def test_other_arguments_are_the_users_own(arguments: tuple[str, ...]) -> None:
    assert find_refused(arguments) is None


@pytest.mark.parametrize("version", LISTS)
def test_no_option_of_a_version_is_taken_for_a_refused_one(version: str) -> None:
    reserved = {*_SETTINGS, *_OTHERS}
    assert [option for option in LISTS[version]["options"] if option not in reserved and find_refused((option,))] == []


@pytest.mark.parametrize("argument", ["--load-format=pt", "--load_format=auto", "--load=npcache", "--load=PT"])
def test_weights_that_can_run_code_are_not_let_in_by_their_form(argument: str) -> None:
    assert names_load_format((argument,))
    for arguments in ((argument,), tuple(argument.split("="))):
        refused = find_refused(arguments)
        assert refused is not None
        assert refused.why is Why.PICKLE
        assert find_refused(arguments, code_allowed=True) is None
    assert find_refused(("--load-format", "dummy")) is None
