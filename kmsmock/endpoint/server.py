"""cheroot's HTTP server, with bounds: what comes in, as a request, and what goes out, as an answer."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from cheroot.errors import MaxSizeExceeded
from cheroot.makefile import StreamWriter
from cheroot.server import Gateway, HTTPConnection, HTTPRequest, HTTPServer
from cheroot.ssl import Adapter

from kmsmock.endpoint.workers import Workers
from kmsmock.identity import acting

HEADERS = 64 * 2**10
"""Bytes of a request's line and headers, at most; AWS's services take less."""
COUNT = 200
"""Headers of a request, at most."""
BODY = 2**30
"""Bytes of a request's body, at most: it is held in memory."""
_PATIENCE = 60.0
"""Seconds for which a client may send nothing in the middle of a request."""
_FOR_EVER = 10**9
"""Seconds. cheroot measures by the clock that tests move how long a connection has been idle."""
_CONNECTIONS = 1024
"""How many may wait open for their next request."""
_LOOK = 0.03
"""Seconds: how soon it is seen that the server is to stop."""
_PIECE = 2**18
"""Bytes that are written at a time: cheroot copies what is left each time that a part of it was sent."""

logger = logging.getLogger("kmsmock.endpoint")
Answer = tuple[int, Mapping[str, Any], bytes]


class Asked(NamedTuple):
    """A request as it came in: the target as it stands in its first line, headers by their names."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    secure: bool


class TooMuch(Exception):
    """A body is larger than what is taken."""


def _read(request: Any) -> bytes:
    """The whole body, piece by piece: reading it at once, or joining pieces, takes as much memory again."""
    body = io.BytesIO()
    while part := request.rfile.read(_PIECE):
        body.write(part)
        if body.tell() > BODY:
            raise TooMuch
    if request.chunked_read:
        for _ in request.rfile.read_trailer_lines():  # those of HTTP: nobody asks for them
            pass
    return body.getvalue()  # which is the buffer itself, as nobody writes to it any more


class _Request(HTTPRequest):
    """Paths that begin with two slashes are keys of S3, and no hosts."""

    def __init__(self, server: Any, conn: Any) -> None:
        super().__init__(server, conn, strict_mode=False)


class _Writer(StreamWriter):
    def close(self) -> None:
        """What was not sent yet stays so where the client has gone; from Python 3.13 on its loss would be told by
        ``sys.unraisablehook``, which pytest makes a warning of some test."""
        with suppress(OSError):
            super().close()


def _file(makefile: Callable[..., Any], sock: Any, mode: str, size: int) -> Any:
    return _Writer(sock, mode, size) if "w" in mode else makefile(sock, mode, size)


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: Any, makefile: Callable[..., Any] = io.open) -> None:
        sock.settimeout(_PATIENCE)
        super().__init__(server, sock, partial(_file, makefile))


class _Gateway(Gateway):
    def respond(self) -> None:
        """Read the request, have it answered, and write the answer."""
        request = self.req
        status, headers, content = self._answer(request)
        request.status = f"{status} {_reason(status)}".encode("latin-1", "replace")
        request.outheaders.extend(_lines(headers, content, request.method == b"HEAD"))
        request.ensure_headers_sent()
        if request.method != b"HEAD" and status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            view = memoryview(content)
            for start in range(0, len(view), _PIECE):
                request.write(view[start : start + _PIECE])

    def _answer(self, request: Any) -> Answer:
        if len(request.inheaders) > COUNT:
            return _closing(request, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if int(request.inheaders.get(b"Content-Length", 0)) < 0:
            return _closing(request, HTTPStatus.BAD_REQUEST)
        try:
            body = _read(request)
        except (TooMuch, MaxSizeExceeded):
            return _closing(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (ValueError, OSError):  # a body that is no body, or that does not come
            return _closing(request, HTTPStatus.BAD_REQUEST)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.inheaders.items()}
        asked = Asked(
            request.method.decode("latin-1"),
            request.uri.decode("latin-1"),
            headers,
            body,
            request.scheme == b"https",
        )
        answered: Answer = request.server.answer(asked)
        return answered


def _closing(request: Any, status: int) -> Answer:
    """What is no request gets its status, and no further one is read where nobody knows where it would begin."""
    request.close_connection = True
    return status, {"Content-Type": "text/plain"}, _reason(status).encode()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


_OF_THE_SERVER = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


def _lines(headers: Mapping[str, Any], content: bytes, is_head: bool) -> list[tuple[bytes, bytes]]:
    """Headers as they are written: no value has lines, and the length is that of what is sent."""
    shown = {
        str(name): " ".join(str(value).splitlines())
        for name, value in headers.items()
        if name.lower() not in _OF_THE_SERVER
    }
    told = next((str(value) for name, value in headers.items() if name.lower() == "content-length"), None)
    shown["Content-Length"] = told if is_head and told is not None else str(len(content))
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in shown.items()]


class Server(HTTPServer):
    """Serves at one address until it is stopped; ``answer`` is called on its threads."""

    ConnectionClass = _Connection
    timeout = _FOR_EVER
    expiration_interval = _LOOK
    keep_alive_conn_limit = _CONNECTIONS
    max_request_header_size = HEADERS
    max_request_body_size = BODY
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], answer: Callable[[Asked], Answer], tls: Adapter | None) -> None:
        super().__init__(place, _Gateway, server_name="kmsmock")
        self.answer = answer
        self.ssl_adapter = tls
        self.requests = Workers(self.put_conn, self._failed)
        self._thread: threading.Thread | None = None

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """What clients do wrong is not for the test to read."""
        logger.log(min(level, logging.INFO), msg, exc_info=traceback)

    def _failed(self, problem: BaseException) -> None:
        logger.info("a connection ended: %r", problem)

    @property
    def port(self) -> int:
        """The port that it has, also where the machine chose it."""
        return int(self.socket.getsockname()[1])

    def begin(self) -> None:
        """Listen, and serve on threads of this process. Raises OSError where the address is not to be had."""
        self.prepare()
        self._thread = threading.Thread(target=self._serve_anybody, name="kmsmock-endpoint", daemon=True)
        self._thread.start()

    def _serve_anybody(self) -> None:
        acting.leave_to_others()
        self.serve()

    def finish(self) -> None:
        """Close the port and all connections, and wait for the threads."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        for each in threading.enumerate():  # cheroot does not wait for its thread of those that it cannot serve
            if each.name.endswith("(_serve_unservicable)"):
                each.join(_LOOK)
