"""The standard library's way to AWS: ``http.client``, and so ``urllib.request``, is answered; what else asks for the
address of a host of AWS, or connects to one (httpx, aiohttp, and whoever uses Python's sockets) is refused."""

from __future__ import annotations

import http.client
import io
import re
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kmsmock.active import Patches, active
from kmsmock.bridge import switches
from kmsmock.door import hosts
from kmsmock.foreign.notes import Note
from kmsmock.wire.contract import AWSCRT
from kmsmock.wire.refused import refused

Process = Callable[[str, str, Any, bytes], "tuple[int, Mapping[str, Any], bytes] | None"]
_IN_EARNEST = Note[bool]("in_earnest")
"""On a connection that is about to reach a host of AWS, because a request may leave the process."""


def install(patches: Patches, process: Process) -> None:
    """``process`` answers a request: its method, URL, headers and body. None lets it leave the process."""
    for kind in (http.client.HTTPConnection, http.client.HTTPSConnection):
        patches.replace(kind, "connect", _connecting(kind.connect, process))
    patches.replace(socket, "getaddrinfo", _resolving(socket.getaddrinfo))
    # an event loop asks for the address of a name alone
    patches.replace(socket.socket, "connect", _reaching(socket.socket.connect))
    patches.replace(socket.socket, "connect_ex", _reaching(socket.socket.connect_ex))
    _install_awscrt(patches)


def _install_awscrt(patches: Patches) -> None:
    """awscrt, which botocore imports where it is installed, has sockets of its own."""
    connection, client = AWSCRT.find("awscrt.http:HttpClientConnection"), AWSCRT.find("awscrt.s3:S3Client")
    if connection is None or client is None:
        return
    patches.replace(connection, "new", classmethod(_connecting_natively(connection.new)))
    patches.replace(client, "make_request", _asking_natively(client.make_request))


def _connecting_natively(original: Callable[..., Any]) -> Callable[..., Any]:
    def new(kind: Any, host_name: str, *args: Any, **options: Any) -> Any:
        _must_not_leave(host_name)
        return original(host_name, *args, **options)

    return new


def _asking_natively(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, *, request: Any, **options: Any) -> Any:
        _must_not_leave(request.headers.get("host"))
        return original(self, request=request, **options)

    return make_request


def _must_not_leave(host: Any) -> None:
    store = active()
    if store is None or not store.enforce_network:
        return
    text = host.decode(errors="replace") if isinstance(host, bytes) else host
    if isinstance(text, str) and hosts.is_aws(text) and not switches.lets_through(f"https://{text}/"):
        raise refused("connecting to", f"https://{text}", "this HTTP client is not answered in the process")


def _resolving(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        """socket.getaddrinfo while a world is active: hosts of AWS have no address."""
        _must_not_leave(host)
        return original(host, *args, **options)

    return getaddrinfo


def _reaching(original: Callable[..., Any]) -> Callable[..., Any]:
    def reach(self: Any, address: Any) -> Any:
        """socket.connect and connect_ex while a world is active: AWS's addresses of every machine are not reached."""
        if isinstance(address, tuple) and address:
            _must_not_leave(address[0])
        return original(self, address)

    return reach


def _connecting(original: Callable[..., None], process: Process) -> Callable[..., None]:
    def connect(self: Any) -> None:
        """HTTPConnection.connect while a world is active: behind a host of AWS is no socket but the world."""
        host = self._tunnel_host or self.host  # through a proxy it is the same host
        if active() is None or not hosts.is_aws(host) or _IN_EARNEST.get(self):
            original(self)
            return
        scheme = "https" if isinstance(self, http.client.HTTPSConnection) else "http"
        self.sock = _Wire(f"{scheme}://{host.rstrip('.')}", process, partial(_connected, self, original))

    return connect


def _connected(connection: Any, connect: Callable[[Any], None]) -> Any:
    """A socket to the host itself, for one request: the connection keeps its wire."""
    wire = connection.sock
    _IN_EARNEST.set(connection, True)  # the connect of HTTPSConnection calls that of its parent
    try:
        connect(connection)
        return connection.sock
    finally:
        connection.sock = wire
        _IN_EARNEST.remove(connection)


class _Wire:
    """What ``http.client`` takes for a socket: reads requests from it, and gives answers.

    ``let_out`` connects in earnest, for a request that may leave the process; it returns the socket.
    """

    def __init__(self, origin: str, process: Process, let_out: Callable[[], Any]) -> None:
        self._origin = origin
        self._process = process
        self._let_out = let_out
        self._sent = bytearray()

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._sent += data

    def makefile(self, mode: str = "rb", *args: Any, **options: Any) -> Any:
        """The answer to what was sent, as bytes of HTTP. What is raised instead of an answer is raised when it is read:
        of a real socket a file can always be made, and ``http.client`` is left with half a response where it cannot."""
        try:
            return self._answer(mode, *args, **options)
        except BaseException as error:
            return _Raising(error)

    def _answer(self, mode: str, *args: Any, **options: Any) -> Any:
        sent = bytes(self._sent)
        stream = io.BytesIO(sent)
        self._sent.clear()
        method, path, _ = stream.readline().decode("latin-1").split(" ", 2)
        headers = http.client.parse_headers(stream)
        body = stream.read()
        if "chunked" in headers.get("Transfer-Encoding", ""):
            body = _unchunked(body)
            del headers["Transfer-Encoding"]
            headers["Content-Length"] = str(len(body))
        answer = self._process(method, self._origin + path, dict(headers.items()), body)
        if answer is None:
            with self._let_out() as real:  # the file outlives it
                real.sendall(sent)
                return real.makefile(mode, *args, **options)
        return io.BytesIO(_written(*answer, without_body=method == "HEAD"))

    def close(self) -> None:
        """Nothing is open."""

    def settimeout(self, seconds: float | None) -> None:
        """Nothing takes time."""

    def setsockopt(self, *_: Any) -> None:
        """Nothing is sent."""


class _Raising(io.BytesIO):
    """The file of an answer that there is none of."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def readline(self, size: int | None = -1, /) -> bytes:
        raise self._error


def _unchunked(body: bytes) -> bytes:
    stream, parts = io.BytesIO(body), []
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    return b"".join(parts)


_LINES = re.compile(r"[\r\n]+")
_LENGTHS = ("content-length", "transfer-encoding", "connection")


def _written(status: int, headers: Mapping[str, Any], body: bytes, *, without_body: bool) -> bytes:
    names = {name: _LINES.sub(" ", str(value)) for name, value in headers.items()}
    length = next((value for name, value in names.items() if name.lower() == "content-length"), None)
    shown = {name: value for name, value in names.items() if name.lower() not in _LENGTHS}
    shown["Content-Length"] = length if without_body and length is not None else str(len(body))
    head = f"HTTP/1.1 {status} {http.client.responses.get(status, '')}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
    return (head + lines + "\r\n").encode("latin-1", "replace") + (b"" if without_body else body)
