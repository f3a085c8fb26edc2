"""A Hugging Face Hub on this computer: models as files, how often each was asked for, and faults on demand.

It speaks the part of the Hub's API that the real huggingface_hub uses for models: info, search, tree, resolve with
Range and ETag (large files by a redirect, as to the Hub's storage), gated models and tokens.
`python -m tests.fakes.hub ORG/NAME=FOLDER ...` serves folders and prints its address.
"""

import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.faults_on_demand import Fault
from tests.fakes.http_server import Content, FakeServer, content_size, read_part, send

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin", ".gguf", ".pt")
_CHUNK = 1 << 20


class FakeHub(FakeServer):
    """Serves models; everything about it may be changed while it runs."""

    def __init__(
        self,
        models: dict[str, dict[str, Any]],
        *,
        gated: tuple[str, ...] = (),
        tokens: tuple[str, ...] = (),
        broken: bool = False,
        commit: str = COMMIT,
        bytes_a_second: int = 0,
    ) -> None:
        super().__init__(bytes_a_second)
        self.models = models
        self.gated = gated
        self.tokens = tokens
        self.broken = broken
        self.commit = commit
        self.seen_tokens: set[str] = set()
        self._sums: dict[tuple[str, str], str] = {}

    def etag(self, name: str, file: str) -> str:
        """Return the name of a file's content: SHA-256 of a large one, git's SHA-1 of another."""
        if (name, file) not in self._sums:
            content = self.models[name][file]
            if file.endswith(LARGE):
                digest = hashlib.sha256()
            else:
                digest = hashlib.sha1(b"blob %d\0" % content_size(content), usedforsecurity=False)
            for start in range(0, content_size(content), _CHUNK):
                digest.update(read_part(content, start, _CHUNK))
            self._sums[name, file] = digest.hexdigest()
        return self._sums[name, file]

    def answer(self, handler: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        path = urlsplit(handler.path).path
        self.requests.append(f"{handler.command} {handler.path}")
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen_tokens |= {token} - {""}
        fault = next((item for item in self.faults if item.meets(path)), None)
        info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(?:revision|tree)/[^/]+)?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/(?:resolve/[^/]+|cdn)/(.+)", path)
        name = (info or file or [None, ""])[1]
        if self.broken:
            send(handler, 500, b"{}", {}, with_body)
        elif fault is not None and fault.status:
            send(handler, fault.status, b"{}", fault.headers, with_body)
        elif path == "/api/models":
            send(handler, 200, json.dumps(self._found(handler.path)).encode(), {}, with_body)
        elif token and self.tokens and token not in self.tokens:
            send(handler, 401, b"{}", {"X-Error-Message": "Invalid credentials in Authorization header"}, with_body)
        elif name in self.gated and file and token not in self.tokens:
            send(handler, 403, b"{}", {"X-Error-Code": "GatedRepo"}, with_body)
        elif name not in self.models:
            send(handler, 404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)
        elif info:
            found = self._tree(name) if "/tree/" in path else self._info(name)
            send(handler, 200, json.dumps(found).encode(), {}, with_body)
        else:
            assert file is not None
            if file[2] not in self.models[name]:
                send(handler, 404, b"{}", {"X-Error-Code": "EntryNotFound"}, with_body)
            else:
                self._file(handler, name, file[2], fault, with_body)

    def _found(self, path: str) -> list[dict[str, object]]:
        words = " ".join(parse_qs(urlsplit(path).query).get("search", [""])).lower()
        return [self._info(name) for name in self.models if words in name.lower()]

    def _info(self, name: str) -> dict[str, object]:
        return {
            "id": name,
            "sha": self.commit,
            "gated": "manual" if name in self.gated else False,
            "pipeline_tag": "text-generation",
            "tags": ["safetensors", "license:apache-2.0"],
            "downloads": 1000,
            "siblings": [self._entry(name, file) for file in self.models[name]],
        }

    def _entry(self, name: str, file: str) -> dict[str, object]:
        size, etag = content_size(self.models[name][file]), self.etag(name, file)
        if not file.endswith(LARGE):
            return {"rfilename": file, "size": size, "blobId": etag}
        large = {"sha256": etag, "size": size, "pointerSize": 134}
        return {"rfilename": file, "size": size, "blobId": etag[:40], "lfs": large}

    def _tree(self, name: str) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": file, "size": content_size(content), "oid": self.etag(name, file)}
            for file, content in self.models[name].items()
        ]

    def _file(
        self, handler: BaseHTTPRequestHandler, name: str, file: str, fault: Fault | None, with_body: bool
    ) -> None:
        content, etag = self.models[name][file], self.etag(name, file)
        size = content_size(content)
        headers = {"X-Repo-Commit": self.commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if file.endswith(LARGE) and "/resolve/" in handler.path:
            headers |= {"X-Linked-Size": str(size), "X-Linked-Etag": f'"{etag}"'}
            place = f"{self.address}/{name}/cdn/{file}"
            send(handler, 302, b"", {**headers, "Location": place}, with_body)
            return
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", handler.headers.get("Range", ""))
        start, end = (int(part[1]), int(part[2] or size - 1)) if part else (0, size - 1)
        if part and start >= size:
            send(handler, 416, b"", {"Content-Range": f"bytes */{size}"}, with_body)
            return
        end = min(end, size - 1)
        if part:
            headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        handler.send_response(206 if part else 200)
        for key, value in {**headers, "Content-Length": str(end + 1 - start)}.items():
            handler.send_header(key, value)
        handler.end_headers()
        if with_body:
            self.send_part(handler, file, content, range(start, end + 1), fault)


def folder_files(folder: Path) -> dict[str, Content]:
    """Return the files of a folder as a model of the Hub."""
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def main() -> None:
    """Serve the folders of the command line until the process is ended."""
    named = dict(argument.split("=", 1) for argument in sys.argv[1:])
    with FakeHub({name: folder_files(Path(folder)) for name, folder in named.items()}) as hub:
        print(hub.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
