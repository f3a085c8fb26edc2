"""Values with a rule of their own: versions, ends, addresses, runtimes, marks, settings."""

import pytest

from trayapp.core.allowed_hosts import allowed_hosts
from trayapp.core.endpoint import endpoint, is_this_computer_only, reachable_host
from trayapp.core.exits import Exit
from trayapp.core.login_start import LoginStart
from trayapp.core.runtimes import InstallProgress, InstallStep, runtime_name
from trayapp.core.server_mark import AppName, make_mark, mark_environment, read_mark
from trayapp.core.settings import Settings, check_setting, read_settings, setting_names
from trayapp.core.vllm_version import parse_vllm_version


@pytest.mark.parametrize(
    ("text", "release", "local"),
    [
        ("0.32.0+cpu", (0, 32, 0), "cpu"),
        ("v0.11", (0, 11, 0), ""),
        ("0.9.2.post1", (0, 9, 2), ""),
        ("0.10.2rc1+cu129", (0, 10, 2), "cu129"),
    ],
)
def test_versions(text: str, release: tuple[int, int, int], local: str) -> None:
    version = parse_vllm_version(text)
    assert version is not None
    assert (version.release, version.local) == (release, local)
    assert str(version) == ".".join(map(str, release)) + (f"+{local}" if local else "")


def test_what_is_no_version_is_none() -> None:
    assert parse_vllm_version("latest") is None


def test_what_versions_can() -> None:
    old, new = parse_vllm_version("0.13.0"), parse_vllm_version("0.21.0")
    assert old is not None
    assert new is not None
    assert (old.finds_context_length, new.finds_context_length) == (False, True)
    assert (old.default_gpu_memory_utilization, new.default_gpu_memory_utilization) == (0.90, 0.92)


def test_an_end_in_words() -> None:
    assert str(Exit(3)) == "exit code 3"
    assert str(Exit(None, 9)) == "signal 9"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/v1"),
        ("0.0.0.0", "http://127.0.0.1:8000/v1"),  # noqa: S104 - an address to translate
        ("::", "http://[::1]:8000/v1"),
        ("fe80::1", "http://[fe80::1]:8000/v1"),
    ],
)
def test_the_address_for_programs(host: str, address: str) -> None:
    assert endpoint(host, 8000) == address
    assert reachable_host(host) in address


def test_who_can_reach_it() -> None:
    assert is_this_computer_only("localhost")
    assert not is_this_computer_only("192.168.0.5")


def test_runtimes_have_speaking_names() -> None:
    assert runtime_name("0.32.0", "cpu") == "vllm-0.32.0-cpu"
    assert InstallProgress(InstallStep.DONE).done_bytes == 0
    assert LoginStart("on") is LoginStart.ON


def test_a_mark_names_the_app_that_launched() -> None:
    app = AppName(4711, 1234, "4026531836")
    assert read_mark(make_mark(app, "abc")) == app
    assert read_mark("somebody's") is None
    assert mark_environment("m")["SPT_NOENV"] == "1"


def test_settings_take_good_values_and_name_bad_ones() -> None:
    values = {
        "port": 0,
        "yarn_factor": 4,
        "gpu_memory_utilization": 1,
        "extra_arguments": ["--seed", "1"],
        "allowed_origins": ["http://localhost:3000", "*"],
        "environment": {"A": "b"},
        "of_a_newer_app": 1,
    }
    settings, problems = read_settings(values)
    assert (settings.port, settings.yarn_factor) == (0, 4.0)
    assert settings.allowed_origins == ("http://localhost:3000", "*")
    assert dict(settings.environment) == {"A": "b"}
    assert [problem.values["key"] for problem in problems] == ["gpu_memory_utilization"]
    assert check_setting("allowed_origins", ["localhost"]) is not None
    assert Settings().with_changes({"port": 1}).port == 1
    assert "model" in setting_names()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yarn_factor", True),
        ("model", "a\nb"),
        ("extra_arguments", ["\ud800"]),
        ("environment", {"HF_TOKEN": 7}),
        ("environment", "HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz"),
        ("extra_arguments", {"--api-key": "hf_abcdefghijklmnopqrstuvwxyz"}),
    ],
)
def test_a_bad_value_is_named_without_what_is_secret_in_it(name: str, value: object) -> None:
    problem = check_setting(name, value)
    assert problem is not None
    assert problem.values["key"] == name
    assert "hf_abc" not in str(problem.values["value"])


def test_a_server_answers_to_where_it_listens_and_where_its_pages_come_from() -> None:
    assert allowed_hosts(Settings()) == "127.0.0.1"
    origins = ("https://chat.example:8443", "http://localhost:3000", "https://chat.example", "null")
    assert allowed_hosts(Settings(host="box.example", allowed_origins=origins)) == "box.example,chat.example,localhost"
