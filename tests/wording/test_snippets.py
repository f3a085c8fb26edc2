"""The texts for other programs: each can be read by the language it is in, whatever the model is called."""

import ast
import json
import shlex

import pytest

from trayapp.core.access import Access
from trayapp.wording.snippets import snippets

ACCESS = Access("http://127.0.0.1:8000/v1", "Qwen3-0.6B", "sk-geheim", 26_608)
AWKWARD = Access("http://[::1]:8000/v1", 'it\'s "a" $model\\', "k'e\"y")


def text(program: str, access: Access) -> str:
    return next(each.text for each in snippets(access) if each.program == program)


@pytest.mark.parametrize("access", [ACCESS, AWKWARD, Access("http://127.0.0.1:1/v1", "m")])
def test_every_text_can_be_read_by_its_language(access: Access) -> None:
    words = shlex.split(text("curl", access).replace("\\\n", " "))
    assert json.loads(words[words.index("-d") + 1])["model"] == access.model_name
    assert (f"Authorization: Bearer {access.key}" in words) is bool(access.key)
    assert f"OPENAI_API_BASE_URL={access.endpoint}" in shlex.split(text("Open WebUI", access).replace("\\\n", " "))
    ast.parse(text("Python", access))
    (provider,) = json.loads(text("VS Code", access))
    assert provider["models"][0]["id"] == access.model_name


def test_all_programs_have_a_text_with_address_and_model() -> None:
    found = snippets(ACCESS)
    assert [each.program for each in found] == [
        "curl",
        "Python",
        "JavaScript",
        "Open WebUI",
        "Continue",
        "LibreChat",
        "VS Code",
    ]
    for each in found:
        assert ACCESS.endpoint in each.text
        assert ACCESS.key in each.text
        assert each.where


def test_a_hidden_key_is_in_no_text() -> None:
    assert not any("geheim" in each.text for each in snippets(ACCESS.with_hidden_key()))
