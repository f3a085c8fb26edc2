"""What other programs need in order to use the running model: one ready text for each of them.

The texts are code, and so in no language; only what stands around them is translated.
"""

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.wording.translation import _

if TYPE_CHECKING:
    from trayapp.core.access import Access

_NO_KEY = "none"
"""Clients insist on a key even where the server asks for none."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One program: what it is called, where its text goes, and the text."""

    program: str
    where: str
    text: str


def snippets(access: "Access") -> tuple[Snippet, ...]:
    """Return the texts for this address, model and key."""
    return (
        Snippet("curl", _("In a terminal:"), _curl(access)),
        Snippet("Python", _("With the package openai (pip install openai):"), _python(access)),
        Snippet("JavaScript", _("With the package openai (npm install openai):"), _javascript(access)),
        Snippet("Open WebUI", _("In a terminal; then open http://localhost:8080:"), _open_webui(access)),
        Snippet("Continue", _("In ~/.continue/config.yaml:"), _continue(access)),
        Snippet("LibreChat", _("In librechat.yaml:"), _librechat(access)),
        Snippet("VS Code", _("In chatLanguageModels.json (“Chat: Manage Language Models”, gear):"), _vs_code(access)),
    )


def window_title() -> str:
    """Return the title of the window."""
    return _("Connect a program · vLLM Tray")


def intro_words(running: bool) -> str:
    """Return the sentence above the fields."""
    if running:
        return _("Programs that speak OpenAI's interface reach the model with these:")
    return _("No model is running. Start one; then its address, name and key stand here.")


def address_label() -> str:
    """Return the label of the address."""
    return _("&Address")


def model_label() -> str:
    """Return the label of the model's name."""
    return _("&Model")


def key_label() -> str:
    """Return the label of the key."""
    return _("&Key")


def no_key_words() -> str:
    """Return what stands in place of a key."""
    return _("none is needed")


def copy_label() -> str:
    """Return the label of a button that copies."""
    return _("Copy")


def copy_what(what: str) -> str:
    """Return what a screen reader says for a button that copies this."""
    return _("Copy: {what}").format(what=what.replace("&", ""))


def copied_words(what: str) -> str:
    """Return the word that something was copied."""
    return _("Copied: {what}").format(what=what.replace("&", ""))


def program_label() -> str:
    """Return the label of the choice of a program."""
    return _("&Program")


def _curl(access: "Access") -> str:
    body = json.dumps({"model": access.model_name, "messages": [{"role": "user", "content": "Hello"}]})
    key = f"  -H {shlex.quote(f'Authorization: Bearer {access.key}')} \\\n" if access.key else ""
    return (
        f"curl {shlex.quote(access.endpoint + '/chat/completions')} \\\n"
        f"{key}"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}"
    )


def _python(access: "Access") -> str:
    return f"""\
from openai import OpenAI

client = OpenAI(base_url={_quoted(access.endpoint)}, api_key={_quoted(access.key or _NO_KEY)})
answer = client.chat.completions.create(
    model={_quoted(access.model_name)},
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""


def _javascript(access: "Access") -> str:
    return f"""\
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: {_quoted(access.endpoint)}, apiKey: {_quoted(access.key or _NO_KEY)} }});
const answer = await client.chat.completions.create({{
  model: {_quoted(access.model_name)},
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(answer.choices[0].message.content);"""


def _open_webui(access: "Access") -> str:
    return (
        "docker run -d --network=host \\\n"
        f"  -e OPENAI_API_BASE_URL={shlex.quote(access.endpoint)} \\\n"
        f"  -e OPENAI_API_KEY={shlex.quote(access.key or _NO_KEY)} \\\n"
        "  -v open-webui:/app/backend/data \\\n"
        "  ghcr.io/open-webui/open-webui:main"
    )


def _continue(access: "Access") -> str:
    return f"""\
name: vLLM Tray
version: 0.0.1
schema: v1
models:
  - name: {_quoted(access.model_name)}
    provider: openai
    model: {_quoted(access.model_name)}
    apiBase: {_quoted(access.endpoint)}
    apiKey: {_quoted(access.key or _NO_KEY)}"""


def _librechat(access: "Access") -> str:
    return f"""\
endpoints:
  custom:
    - name: "vLLM Tray"
      apiKey: {_quoted(access.key or _NO_KEY)}
      baseURL: {_quoted(access.endpoint)}
      models:
        default: [{_quoted(access.model_name)}]
        fetch: true
      titleConvo: true
      titleModel: "current_model\""""


def _vs_code(access: "Access") -> str:
    model = {
        "id": access.model_name,
        "name": access.model_name,
        "url": access.endpoint + "/chat/completions",
        "toolCalling": True,
        "vision": False,
    }
    if access.max_model_len:
        model |= {"maxInputTokens": access.max_model_len * 3 // 4, "maxOutputTokens": access.max_model_len // 4}
    provider = {
        "name": "vLLM Tray",
        "vendor": "customendpoint",
        "apiKey": access.key or _NO_KEY,
        "apiType": "chat-completions",
        "models": [model],
    }
    return json.dumps([provider], indent=2, ensure_ascii=False)


def _quoted(text: str) -> str:
    """Return a text in double quotes, as Python, JavaScript and YAML all read it."""
    return json.dumps(text, ensure_ascii=False)
