"""The app's own address: a small program that passes programs on to whichever backend is on. No Qt, no import of ours.

The app runs it as a child and tells it on standard input, one JSON object a line, where to lead: {"port"} once, then
{"host", "port", "path", "tls", "ca_file", "key", "model", "client_key"} at each change, or {} for nowhere. It ends when
that input ends, and so with the app, however that dies.

Bytes are passed through as they come, in both directions; of a request only the address, the key and the name of the
model are put right, so that a program is set up once. Nothing is kept, and nothing is written down.
"""

import asyncio
import hmac
import json
import re
import ssl
import sys
from asyncio import sslproto
from contextlib import suppress
from typing import Any

LARGEST_HEAD = 64 * 1024
LARGEST_REWRITTEN = 64 * 1024 * 1024
PIECE = 64 * 1024
CONNECT_S = 10.0
_DROPPED = {b"host", b"authorization", b"connection", b"keep-alive", b"proxy-connection", b"expect"}
_LOOPBACK = re.compile(rb"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.IGNORECASE)

Target = dict[str, Any]

# Each TLS connection has a buffer of this size; the 256 KiB that are usual are 14 MB with 50 streams.
sslproto.SSLProtocol.max_size = 32 * 1024


class Refused(Exception):  # noqa: N818 - it reads as what it says
    """A request that goes nowhere: an HTTP status, and why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        body = json.dumps({"error": {"message": reason, "type": "vllm_tray", "code": int(status[:3])}}).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.answer = f"{head}Connection: close\r\n\r\n".encode() + body


class OneAddress:
    """Listens on this computer only, and leads to the target of the moment."""

    def __init__(self) -> None:
        self.target: Target = {}
        self._context: ssl.SSLContext | None = None

    def lead_to(self, target: Target) -> None:
        """Lead new requests there; those under way stay where they are."""
        self.target = target
        self._context = None
        if target.get("tls"):
            self._context = ssl.create_default_context()
            if target["ca_file"]:
                self._context.load_verify_locations(target["ca_file"])

    async def serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Pass one request on."""
        server: _Answer | None = None
        try:
            head = await client.readuntil(b"\r\n\r\n")
            target = self.target
            request = await _put_right(head, client, target)
            server = await self._connect(target, answer)
            server.transport.write(request)
            await _until_either_ends(client, server)
        except Refused as refused:
            answer.write(refused.answer)
            with suppress(OSError):
                await answer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one of the two has gone, in the middle: so is the other
        finally:
            answer.close()
            if server is not None:
                server.transport.close()

    async def _connect(self, target: Target, answer: asyncio.StreamWriter) -> "_Answer":
        host = target["host"] if self._context else None
        opening = asyncio.get_running_loop().create_connection(
            lambda: _Answer(answer), target["host"], target["port"], ssl=self._context, server_hostname=host
        )
        try:
            _, server = await asyncio.wait_for(opening, CONNECT_S)
        except (OSError, TimeoutError) as error:
            raise Refused("502 Bad Gateway", f"The model's server does not answer: {error}.") from error
        return server


class _Answer(asyncio.Protocol):
    """The server's side of one request: what comes goes to the program at once.

    A protocol and no stream: with a task for each piece, two cores that also ran the model lost 3 % of its tokens.
    """

    transport: asyncio.Transport

    def __init__(self, program: asyncio.StreamWriter) -> None:
        self._program = program
        self._catching_up: asyncio.Task[None] | None = None
        self.ended = asyncio.get_running_loop().create_future()
        self.takes_more = asyncio.Event()
        self.takes_more.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._program.write(data)
        if self._catching_up is None and self._program.transport.get_write_buffer_size() > PIECE:
            self.transport.pause_reading()
            self._catching_up = asyncio.ensure_future(self._catch_up())

    def pause_writing(self) -> None:
        self.takes_more.clear()

    def resume_writing(self) -> None:
        self.takes_more.set()

    def connection_lost(self, _: Exception | None) -> None:
        self.takes_more.set()
        if not self.ended.done():
            self.ended.set_result(None)

    async def _catch_up(self) -> None:
        """Wait for a program that reads more slowly than the model writes: nothing is piled up here."""
        with suppress(OSError):
            await self._program.drain()
        self._catching_up = None
        if not self.transport.is_closing():
            self.transport.resume_reading()


async def _put_right(head: bytes, client: asyncio.StreamReader, target: Target) -> bytes:
    """Return the request as the server is to get it; the rest of its body, if any, follows as it comes."""
    first, *lines = head[:-4].split(b"\r\n")
    method, _, rest = first.partition(b" ")
    path, _, version = rest.partition(b" ")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    found = dict(headers)
    if not path.startswith(b"/") or not version.startswith(b"HTTP/1."):
        raise Refused("400 Bad Request", "This is no request that the model's server would understand.")
    if not _LOOPBACK.fullmatch(found.get(b"host", b"")):  # a web page that had its own name lead here
        raise Refused("403 Forbidden", "This address is for programs on this computer, under its own name.")
    _check_key(found.get(b"authorization", b""), str(target.get("client_key") or ""))
    if not target:
        raise Refused("503 Service Unavailable", "No model is on. Start one in vLLM Tray.")
    body = b""
    kept = [line for line, (name, _) in zip(lines, headers, strict=True) if name not in _DROPPED]
    length = found.get(b"content-length", b"")
    is_json = found.get(b"content-type", b"").startswith(b"application/json")
    if method == b"POST" and is_json and length.isdigit() and int(length) <= LARGEST_REWRITTEN:
        body = _with_model(await client.readexactly(int(length)), str(target["model"]))
        kept = [line for line in kept if not line.lower().startswith(b"content-length:")]
        kept.append(b"Content-Length: %d" % len(body))
    own = [b"Host: " + f"{target['host']}:{target['port']}".encode(), b"Connection: close"]
    if target["key"]:
        own.append(b"Authorization: Bearer " + target["key"].encode())
    start = b" ".join((method, str(target["path"]).encode() + path, b"HTTP/1.1"))
    return b"\r\n".join((start, *own, *kept)) + b"\r\n\r\n" + body


def _check_key(given: bytes, wanted: str) -> None:
    if wanted and not hmac.compare_digest(given, b"Bearer " + wanted.encode()):
        raise Refused("401 Unauthorized", "The key is missing or wrong.")


def _with_model(body: bytes, model: str) -> bytes:
    """Return the body with the name of the model that is on; the very same bytes where it has that name already."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(document, dict) or document.get("model") in {None, model}:
        return body
    return json.dumps({**document, "model": model}, ensure_ascii=False).encode()


async def _until_either_ends(client: asyncio.StreamReader, server: _Answer) -> None:
    """Pass on what the program still says, until the answer ends or the program has gone."""
    said = asyncio.ensure_future(_pass_on(client, server))
    await asyncio.wait((said, server.ended), return_when=asyncio.FIRST_COMPLETED)
    said.cancel()
    with suppress(OSError, asyncio.CancelledError):
        await said


async def _pass_on(client: asyncio.StreamReader, server: _Answer) -> None:
    while piece := await client.read(PIECE):
        server.transport.write(piece)
        await server.takes_more.wait()


async def _obey(one: OneAddress, orders: asyncio.StreamReader) -> None:
    """Take orders from the app until it is gone."""
    while line := await orders.readline():
        try:
            one.lead_to(json.loads(line))
        except (OSError, ValueError) as error:
            one.lead_to({})
            print(json.dumps({"problem": str(error)}), flush=True)  # noqa: T201 - to the app


async def _run() -> None:
    orders = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    port = json.loads(await orders.readline())["port"]
    one = OneAddress()
    try:
        server = await asyncio.start_server(one.serve, "127.0.0.1", port, limit=LARGEST_HEAD)
    except OSError as error:
        print(json.dumps({"problem": error.strerror or str(error)}), flush=True)  # noqa: T201 - to the app
        return
    print(json.dumps({"listening": server.sockets[0].getsockname()[1]}), flush=True)  # noqa: T201 - to the app
    async with server:
        await _obey(one, orders)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_run())
