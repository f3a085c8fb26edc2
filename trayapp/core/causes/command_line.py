"""Rules for what vLLM was told: flags, values, and the address to listen on."""

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule
from trayapp.core.port_stranger import STRANGER_SIGN

RULES = (
    Rule(
        Cause.INVALID_CLI_FLAG,
        (
            "error: unrecognized arguments",
            "error: ambiguous option",
            "you should provide the model as a positional argument",
        ),
        figures=(r"error: (?:unrecognized arguments|ambiguous option): (?P<argument>\S+)",),
    ),
    Rule(
        Cause.INVALID_CLI_VALUE,
        ("error: argument ",),
        figures=(r"error: argument (?P<argument>\S+):", r"(?:value|choice):? '?(?P<value>[^' ]+)"),
    ),
    Rule(
        Cause.INVALID_CLI_VALUE,
        (
            "error: the following arguments are required",
            "--enable-auto-tool-choice requires --tool-call-parser",
            "invalid tool call parser",
            "invalid reasoning parser",
            "Sleep mode is not supported on current platform",
            "Chunked MM input disabled but max_tokens_per_mm_item",
        ),
    ),
    Rule(
        Cause.INVALID_CLI_VALUE,
        ("max_num_batched_tokens (",),
        also=r"max_num_batched_tokens \(\d+\) (?:is smaller than max_model_len|must be greater than or equal to)",
        figures=(
            r"max_num_batched_tokens \((?P<max_num_batched_tokens>\d+)\)",
            r"max_model_len \((?P<max_model_len>\d+)\)",
            r"max_num_seqs \((?P<max_num_seqs>\d+)\)",
        ),
    ),
    Rule(Cause.INVALID_CLI_VALUE, ("vllm: error: ", "serve: error: ", "api_server.py: error: "), rank=Rank.VAGUE),
    Rule(
        Cause.PORT_IN_USE,
        ("ddress already in use", "EADDRINUSE", "error while attempting to bind on address"),
        figures=(r"bind on address \('[^']*', (?P<port>\d+)", r"port: (?P<port>\d+)"),
    ),
    Rule(
        Cause.PORT_IN_USE, (STRANGER_SIGN,), figures=(r"port: (?P<port>\d+), user: (?P<user>.+)",), figures_near=(0, 0)
    ),
    Rule(
        Cause.PORT_IN_USE,
        ("[Errno 13] Permission denied",),
        also=r"\bbind\b|create_server_socket",
        near=(4, 0),
    ),
    Rule(Cause.PORT_IN_USE, ("[Errno 99] Cannot assign requested address",), rank=Rank.VAGUE),
)
