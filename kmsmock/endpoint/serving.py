"""Requests that came over HTTP, on the route of all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from kmsmock import active
from kmsmock.call import CredentialProblem, Signature
from kmsmock.door import clientless
from kmsmock.door.regions import NoSuchRegion
from kmsmock.endpoint import hosts, signatures
from kmsmock.endpoint.metadata import Metadata
from kmsmock.endpoint.server import Answer, Asked, logger
from kmsmock.errors import KmsMockError
from kmsmock.identity import acting
from kmsmock.identity.signature import signature_of
from kmsmock.model.turns import turn
from kmsmock.store import Store
from kmsmock.wire import regions
from kmsmock.wire.requests import AWSPreparedRequest

_SAID = (KmsMockError, NotImplementedError, NoSuchRegion)
"""What kmsmock says in the process to whoever asked."""


class Serving:
    """How the requests to one address are answered; ``pages`` are functions of them, by the beginning of their path."""

    url = ""

    def __init__(
        self,
        store: Store,
        verify: str,
        names: Collection[str],
        pages: Mapping[str, Callable[[Asked], Answer]],
    ) -> None:
        self._store = store
        self._verify = verify
        self._names = names
        self._pages = pages
        self.metadata = Metadata(store)
        self.failures: list[Exception] = []
        """What failed of ours, for the test in whose block it happened."""

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request. What is no answer of AWS's is one of status 501, which no client tries again."""
        return self._answered(asked, self._answer)

    def answer_metadata(self, asked: Asked) -> Answer:
        """The same of the metadata services alone."""
        return self._answered(asked, lambda asked: self._told(asked) or (404, {}, b""))

    def _answered(self, asked: Asked, answer: Callable[[Asked], Answer]) -> Answer:
        try:
            return answer(asked)
        except _SAID as problem:
            return _not_of_aws(asked, problem)
        except Exception as problem:
            logger.exception("kmsmock failed at %s %s", asked.method, asked.target)
            self.failures.append(problem)
            return _not_of_aws(asked, KmsMockError(f"kmsmock failed: {problem!r}"))

    def _told(self, asked: Asked) -> Answer | None:
        return self.metadata.answer(hosts.plain_path(asked.target), asked)

    def _answer(self, asked: Asked) -> Answer:
        path = hosts.plain_path(asked.target)
        told = self._told(asked)
        if told is not None:
            return told
        for beginning, page in self._pages.items():
            if path.startswith(beginning):
                return page(asked)
        if active.active() is not self._store:
            raise KmsMockError("another world was entered inside of the one that is served here: leave it first")
        target = _relative(asked.target)
        headers: Any = asked.headers
        found = signature_of(AWSPreparedRequest(asked.method, self.url + target, headers, asked.body, False))
        problem, found = self._region_problem(asked, found)
        aim = hosts.aim(asked, found, self._names, self._store.region_name)
        problem = problem or self._problem(asked, aim.service, found)
        found = found._replace(host=asked.headers.get("Host", ""), problem=problem)
        scheme = "https" if asked.secure else "http"
        sent = {**asked.headers, "Host": aim.host}
        answered = clientless.process_plain(asked.method, f"{scheme}://{aim.host}{target}", sent, asked.body, found)
        return answered or (404, {}, b"")

    def _region_problem(self, asked: Asked, found: Signature) -> tuple[CredentialProblem | None, Signature]:
        """What is wrong with the Region of a signature for S3, such as s3cmd's US; and one for the right Region."""
        known = not found.region or regions.exists(found.region, self._store.extra_regions)
        if known or hosts.service_of(asked) != "s3":
            return None, found
        wanted = self._store.region_name
        text = f"The authorization header is malformed; the region '{found.region}' is wrong; expecting '{wanted}'"
        return CredentialProblem("region", text, Region=wanted), found._replace(region=wanted)

    def _problem(self, asked: Asked, service: str, found: Signature) -> CredentialProblem | None:
        """What is wrong with the signature of a request, as far as is looked at here."""
        key = found.access_key
        with turn:
            ambient = self._store.directory.is_ambient(key)
            secrets = () if ambient else self._store.directory.secrets_of(key)
        if ambient and self._verify == "known":
            return None
        if not key:
            return None if hosts.may_be_unsigned(asked, service) else CredentialProblem("unsigned")
        if ambient:
            return CredentialProblem("deleted")
        return signatures.problem(asked, service, (*secrets, acting.SECRET_OF_BLOCK))


def _relative(target: str) -> str:
    """A target without scheme and host, as what goes by a proxy sends them."""
    if target.startswith("/"):
        return target
    return f"/{target.partition('://')[2].partition('/')[2]}"


def _not_of_aws(asked: Asked, problem: Exception) -> Answer:
    """What a client shows of what AWS would not say, in the form in which its protocol has errors."""
    name, text = type(problem).__name__, str(problem)
    if "X-Amz-Target" in asked.headers or "json" in asked.headers.get("Content-Type", ""):
        content = json.dumps({"__type": name, "message": text}).encode()
        return 501, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": name}, content
    from xml.sax.saxutils import escape

    content = (
        f"<ErrorResponse><Error><Code>{name}</Code><Message>{escape(text)}</Message></Error></ErrorResponse>".encode()
    )
    return 501, {"Content-Type": "text/xml"}, content
