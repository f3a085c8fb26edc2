"""Where the app's own address leads in each state."""

from typing import Any

from tests.builders import a_plan, a_remote_plan, an_ollama_plan
from trayapp.core.one_address import Lead, lead_of, own_address
from trayapp.core.states import Course, Ready, Starting, Stopped
from trayapp.wording.states import state_row


def lead(plan: Any, own_key: str = "") -> Lead | None:
    keys = {"house": "K"}
    return lead_of(Ready(1, plan, Course(), 1, None), keys.__getitem__, own_key)


def test_without_a_model_it_leads_nowhere() -> None:
    assert lead_of(Stopped(), str, "") is None
    assert lead(a_plan(host="no host")) is None


def test_the_vllm_of_this_computer_has_one_key_for_both_sides() -> None:
    assert lead(a_plan(environment={"VLLM_API_KEY": "own"})) == Lead(
        "127.0.0.1", 8000, "", tls=False, ca_file="", key="own", model="Qwen3-0.6B", client_key="own"
    )
    inherited = lead(a_plan(), "inherited")
    assert inherited is not None
    assert inherited.as_json()["client_key"] == "inherited"
    assert (inherited.key, inherited.client_key) == ("inherited", "inherited")


def test_a_server_elsewhere_gets_its_own_key_and_programs_must_know_that_of_this_computer() -> None:
    assert lead(a_remote_plan(ca_file="/ca.pem"), "here") == Lead(
        "house.example", 443, "", tls=True, ca_file="/ca.pem", key="K", model="Qwen3-32B-AWQ", client_key="here"
    )


def test_pages_that_the_settings_allow_are_told() -> None:
    told = lead_of(Ready(1, a_plan(), Course(), 1, None), str, "", ("https://chat.example",))
    assert told is not None
    assert told.as_json()["pages"] == ("https://chat.example",)


def test_ollama_takes_no_key() -> None:
    ollama = lead(an_ollama_plan())
    assert ollama is not None
    assert (ollama.port, ollama.key, ollama.model) == (11434, "", "qwen3:8b-8192-tokens")
    assert own_address(8100) == "http://127.0.0.1:8100/v1"


def test_a_start_elsewhere_does_not_speak_of_vllm() -> None:
    assert state_row(Starting(1, a_remote_plan(), Course())) == "Starting · Qwen3-32B-AWQ · Connecting"
    assert state_row(Starting(1, an_ollama_plan(), Course())).endswith("Ollama loads the model")
