"""Takes out of a text what nobody else should read: keys, tokens, passwords, and who and where its writer is."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "***"

# What a key looks like without being told: of Hugging Face, of OpenAI and its likes, in a header, in an address.
_TOKENS = re.compile(
    r"\bhf_[A-Za-z0-9]{20,}"
    r"|\bsk-[A-Za-z0-9_-]{12,}"
    r"|(?:(?<=[Bb]earer )|(?<=BEARER )|(?<=[Aa]uthorization: [Bb]asic ))[^\s'\",]+"
    r"|(?<=://)[^/\s@]+(?=@)"  # a name and a password, or a token alone
)
# What stands behind a name that says that it is secret: --api-key X, 'api_key': ['X'], HF_TOKEN=X.
_NAMED = re.compile(
    r"((?:api[_-]?key|hf[_-]?token|access[_-]?token|HF_TOKEN|HUGGING_FACE_HUB_TOKEN|VLLM_API_KEY|password|secret)"
    r"['\"]?\s*[=:,]?\s*(?:\[\s*)?['\"]?)(?!\s|None\b|null\b|Null\b|\*)([^\s'\",\]}]{4,})",
    re.IGNORECASE,
)
# Several keys at once: --api-key X Y, 'api_key': ['X', 'Y'].
_LISTED = re.compile(r"(--api[_-]key)(?:\s+[^\s-]\S*)+|(api_key['\"]\s*:\s*\[)[^\]]+")
_HINTS = (
    *("hf_", "sk-", "earer ", "EARER ", "asic ", "://"),
    *("ey", "EY", "oken", "OKEN", "assw", "ASSW", "ecret", "ECRET"),
)

# Environment variables whose name says that their value is secret: HF_TOKEN, VLLM_API_KEY, WANDB_API_KEY.
_SECRET_NAME = re.compile(r"(?:^|_)(?:(?:API)?KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(?:_|$)", re.IGNORECASE)
_NO_SECRETS = {"true", "false", "none"}
_SHORTEST = 4


def secret_values(environment: "Mapping[str, str]") -> tuple[str, ...]:
    """Return the values of those variables whose names say that they are secret."""
    return tuple(value for name, value in environment.items() if _is_secret(name, value))


def hide_secrets(environment: "Mapping[str, str]") -> dict[str, str]:
    """Return the variables with such values hidden."""
    return {name: HIDDEN if _is_secret(name, value) else value for name, value in environment.items()}


def _is_secret(name: str, value: str) -> bool:
    is_flag = len(value) < _SHORTEST or value.lower() in _NO_SECRETS
    return _SECRET_NAME.search(name) is not None and not is_flag


def redact(text: str, *, secrets: tuple[str, ...] = (), home: str = "", user: str = "", host: str = "") -> str:
    """Return the text with keys, tokens and these secrets hidden, and with the home, user and host made general.

    Quick on lines without any of it: a log is redacted line by line as it comes.
    """
    for secret in sorted(secrets, key=len, reverse=True):  # one may be the beginning of another
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    if any(hint in text for hint in _HINTS):
        text = _TOKENS.sub(HIDDEN, text)
        text = _LISTED.sub(_hide_list, text)
        text = _NAMED.sub(rf"\1{HIDDEN}", text)
    if len(home) > 1:
        text = text.replace(home, "~")
    for word, general in ((user, "user"), (host, "host")):
        if len(word) >= 2 and word in text:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", general, text)
    return text


def _hide_list(found: re.Match[str]) -> str:
    return f"{found[1]} {HIDDEN}" if found[1] else f"{found[2]}{HIDDEN}"
