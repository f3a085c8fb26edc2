"""What is shown or copied carries no key and no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.redaction import hide_secrets, redact, secret_values

TOKEN = "hf_" + "AbCdEfGh" * 4
KEY = "sk-" + "a1b2c3d4" * 3


@pytest.mark.parametrize(
    "text",
    [
        f"HF_TOKEN={TOKEN} vllm serve x",
        f"Authorization: Bearer {KEY}",
        "authorization: bearer abcdef123456",
        "AUTHORIZATION: BEARER abcdef123456",
        "Authorization: Basic abcdef123456",
        "non-default args: {'api_key': ['topsecret1'], 'port': 8000}",
        "vllm serve x --api-key topsecret1 --port 8000",
        "vllm serve x --api-key=topsecret1",
        "export VLLM_API_KEY='topsecret1'",
        "https://me:topsecret1@proxy.example:3128/",
        "https://me:a:abcdef123456@proxy.example:3128/",
        "the index https://abcdef123456@packages.example/simple cannot be reached",
        '"hf_token": "topsecret1"',
        "password: topsecret1",
    ],
)
def test_keys_are_hidden(text: str) -> None:
    shown = redact(text)
    assert not any(secret in shown for secret in (TOKEN, KEY, "topsecret1", "abcdef123456"))
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "non-default args: {'api_key': None, 'hf_token': None}",
        "GPU KV cache size: 188,640 tokens, Maximum concurrency for 40,960 tokens per request: 12.80x",
        "http://127.0.0.1:8000/v1/models",
        "the max_num_batched_tokens=2048 and the tokenizer='x/y'",
        "Loading safetensors checkpoint shards: 100% Completed | 1/1",
        "hf_overrides={}",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_given_secrets_are_hidden_wherever_they_stand() -> None:
    assert redact("x=hunter22; y", secrets=("hunter22",)) == "x=***; y"
    assert redact("x=hunter22", secrets=("hunt", "hunter22")) == "x=***"
    assert redact("a b", secrets=("a", "")) == "a b"  # so short a secret would blacken everything


def test_variables_are_secret_by_their_names() -> None:
    secret = {"HF_TOKEN": TOKEN, "WANDB_API_KEY": "0123abcd", "OPENAI_APIKEY": "4567efgh", "MY_PASSWORD": "hunter22"}
    harmless = {"PATH": "/usr/bin", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    harmless |= {"USE_KEY": "true", "MONKEY": "see"}
    assert secret_values({**secret, **harmless}) == tuple(secret.values())
    assert hide_secrets({**secret, **harmless}) == dict.fromkeys(secret, "***") | harmless


def test_home_user_and_host_become_general() -> None:
    text = "/home/jane/.cache of jane on janes-pc: janet"
    assert redact(text, home="/home/jane", user="jane", host="janes-pc") == "~/.cache of user on host: janet"


def test_a_home_of_one_character_is_no_home() -> None:
    assert redact("/usr/bin", home="/") == "/usr/bin"


@given(st.text(max_size=200))
def test_a_given_secret_never_comes_through(text: str) -> None:
    assert "S3CR3T" not in redact(text + "S3CR3T" + text, secrets=("S3CR3T",))
