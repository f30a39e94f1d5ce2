"""Requests in the form that moto's handlers take, of werkzeug's: its builder goes through all that a request may be.

What a client of botocore sends to a service with one URL is a body and headers, and is written down at once.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from typing import Any

from kmsmock.wire.requests import AWSPreparedRequest

_HOME = re.compile(r"(https?)://([a-z0-9.-]+)/")
_PORTS = {"http": "80", "https": "443"}
_OF_THE_BODY = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
_LEFT_OUT = "TRANSFER-ENCODING"


def normal(request: AWSPreparedRequest) -> Any:
    """A request as moto would have it, an instance of its class."""
    from moto.core import request as of_moto

    environ = _environ(request)
    if environ is None:
        return of_moto.normalize_request(request)
    environ[of_moto.PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {}
    return of_moto.Request(environ)


def keep_body(normal: Any) -> None:
    """Let a body be what it is, whatever its type says: werkzeug would take it apart as a form, and leave nothing.

    curl sends ``application/x-www-form-urlencoded`` with whatever it uploads by ``--data-binary``.
    """
    from werkzeug.datastructures import ImmutableMultiDict

    normal.form = normal.files = ImmutableMultiDict()


def _environ(request: AWSPreparedRequest) -> dict[str, Any] | None:
    """What werkzeug makes of a request; None for one that is more than a body and headers."""
    home, body = _HOME.fullmatch(request.url), request.body
    if home is None or type(body) is not bytes or not body:
        return None
    scheme, host = home.groups()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "REQUEST_URI": "/",
        "RAW_URI": "/",
        "SERVER_NAME": host,
        "SERVER_PORT": _PORTS[scheme],
        "HTTP_HOST": host,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    headers: Any = request.headers
    for name, value in headers.items():
        key, text = name.upper(), value.decode() if isinstance(value, bytes) else value
        place = _OF_THE_BODY.get(key) or f"HTTP_{key.replace('-', '_')}"
        if "_" in key or place in environ or not isinstance(text, str) or "\n" in text or "\r" in text:
            return None  # moto keeps some names as they are; werkzeug joins and refuses
        if key != _LEFT_OUT:
            environ[place] = text
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
