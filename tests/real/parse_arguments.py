"""Run by the Python of a vLLM environment: parses lists of arguments (JSON on stdin) with vLLM's own parser.

Prints one JSON object a line: what was understood, or {"refused": …}.
"""

import contextlib
import io
import json
import sys

from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser

parser = make_arg_parser(FlexibleArgumentParser(prog="vllm serve"))
NAMES = (
    "model_tag",
    "host",
    "port",
    "served_model_name",
    "max_model_len",
    "max_num_seqs",
    "hf_overrides",
    "dtype",
    "quantization",
    "kv_cache_dtype",
    "tool_call_parser",
    "limit_mm_per_prompt",
    "enforce_eager",
)
for arguments in json.load(sys.stdin):
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            parsed = vars(parser.parse_args(arguments))
        print(json.dumps({name: parsed[name] for name in NAMES}, default=str))
    except SystemExit:
        print(json.dumps({"refused": complaint.getvalue()[-300:]}))
