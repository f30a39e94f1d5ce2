"""The admin API: who may ask, which row of the table is meant, and errors that say what is accepted."""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from kmsmock.endpoint.server import Answer, Asked, logger
from kmsmock.errors import KmsMockError
from kmsmock.model.turns import turn
from kmsmock.serve import reading
from kmsmock.serve.reading import Problem
from kmsmock.serve.routes import ROOT, ROUTES, Route
from kmsmock.serve.served import Question, Served

_JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class Admin:
    """The admin API of a world that is served. ``token`` is what whoever asks has to bring; None lets everybody in who
    is on this machine."""

    def __init__(self, served: Served, token: str | None, names: Collection[str] = ()) -> None:
        self._served = served
        self._token = token
        self._names = {"localhost", *(each.lower() for each in names)}

    @property
    def pages(self) -> Mapping[str, Callable[[Asked], Answer]]:
        """For ``world.endpoint(pages=...)``."""
        return {ROOT: self.answer}

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request: JSON, also where it is no good."""
        try:
            found = self._answer(asked)
        except Problem as problem:
            return _error(problem.status, problem.code, problem.message, problem.status == 401)
        except (ValueError, TypeError) as problem:
            return _error(400, "NotAccepted", str(problem))
        except KmsMockError as problem:
            return _error(409, "NotNow", str(problem))
        except Exception as problem:
            of_aws = getattr(problem, "response", None)
            if isinstance(of_aws, dict) and "Error" in of_aws:
                return _error(400, of_aws["Error"]["Code"], of_aws["Error"]["Message"])
            logger.exception("kmsmock failed at %s %s", asked.method, asked.target)
            return _error(500, "Failed", f"kmsmock failed: {problem!r}")
        return found if isinstance(found, tuple) else (200, _JSON, _bytes(found))

    def _answer(self, asked: Asked) -> Any:
        self._refuse_pages_of_others(asked)
        path = urlsplit(asked.target).path.removeprefix(ROOT).rstrip("/")
        method = "GET" if asked.method == "HEAD" else asked.method
        found = [(route, named) for route, named in _matching(path) if route.method == method]
        if not (found and found[0][0].is_open):
            self._must_be_let_in(asked)
        if method == "GET" and not path:
            return _index()
        if not found:
            raise self._nothing_there(asked, path)
        route, named = found[0]
        read = reading.query if method == "GET" else reading.body
        given = {**read(asked, route.takes), **named}
        with turn:
            return route.does(Question(self._served, given, asked))

    def _refuse_pages_of_others(self, asked: Asked) -> None:
        """A page that a browser on this machine shows may send requests here, and says from where."""
        if "Origin" in asked.headers:
            raise Problem(403, "Forbidden", "the admin API is not for pages of a browser")

    def _must_be_let_in(self, asked: Asked) -> None:
        if self._token is None:
            if not self._is_here(asked.headers.get("Host", "")):
                raise Problem(403, "Forbidden", "the Host of a request is this machine, or a name that --name gave it")
            return
        scheme, _, told = asked.headers.get("Authorization", "").partition(" ")
        is_it = hmac.compare_digest(told.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not is_it:
            raise Problem(401, "Unauthorized", "give the token of the admin API: Authorization: Bearer ...")

    def _is_here(self, host: str) -> bool:
        """Whether a request names this machine: another name that leads here may be that of somebody's page."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or is_loopback(name)

    def _nothing_there(self, asked: Asked, path: str) -> Problem:
        methods = sorted({route.method for route, _ in _matching(path)})
        if methods:
            return Problem(405, "NoSuchMethod", f"{ROOT}{path} takes {', '.join(methods)}, not {asked.method}")
        return Problem(404, "NotFound", f"there is no {ROOT}{path}; GET {ROOT}/ lists what there is")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_PART = re.compile(r"\{(\w+)\}")


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_PART.sub(r"(?P<\1>[^/]+)", each.path.replace(".", r"\.")))) for each in ROUTES)


def _matching(path: str) -> list[tuple[Route, dict[str, str]]]:
    """The rows for a path, each with what stands in its ``{…}``."""
    found = ((route, pattern.fullmatch(path)) for route, pattern in _patterns())
    return [
        (route, {name: unquote(value) for name, value in match.groupdict().items()}) for route, match in found if match
    ]


def _index() -> Any:
    """All that there is."""
    return {
        "routes": [
            {
                "method": each.method,
                "path": ROOT + each.path,
                "what": (each.does.__doc__ or "").strip(),
                "takes": {name: str(field) for name, field in each.takes.items()},
            }
            for each in ROUTES
        ]
    }


def _error(status: int, code: str, message: str, asks: bool = False) -> Answer:
    headers = {**_JSON, "WWW-Authenticate": 'Bearer realm="kmsmock"'} if asks else _JSON
    return status, headers, _bytes({"error": {"code": code, "message": message}})


def _bytes(content: Any) -> bytes:
    return (json.dumps(content, indent=2, default=str) + "\n").encode()
