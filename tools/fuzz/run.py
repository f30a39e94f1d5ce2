"""A run of the fuzzer: worlds with something in them, requests, and what must not come back."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import kmsmock
from kmsmock import services
from kmsmock.wire import models
from kmsmock.wire.models import NAMES_BY_ID
from kmsmock.wire.refused import RealRequestRefused
from tools.fuzz.damage import damage
from tools.fuzz.stage import furnish
from tools.fuzz.values import Names, Values

A_WORLD = 300
"""Requests to one world: enough to build upon each other, few enough to find what went before."""
_QUIET = Config(parameter_validation=False, retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=1)


@dataclass(frozen=True)
class Finding:
    """What came back and is no answer."""

    service: str
    operation: str
    what: str
    """The exception and the last place of ours or moto's."""
    request: str
    text: str


@dataclass
class Run:
    """What was asked, and what was found."""

    bound: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Around each request: what ends one that takes too long."""
    requests: int = 0
    answered: int = 0
    refused: int = 0
    unmodelled: int = 0
    findings: list[Finding] = field(default_factory=list)


def operations() -> list[tuple[str, str]]:
    """What is fuzzed: all of KMS, and the operations of the integrated services that have a function of ours."""
    of_kms = [("kms", name) for name in models.service_model("kms").operation_names]
    integrated = [
        (NAMES_BY_ID.get(service, service), name)
        for service in services.MODULES
        for name in sorted(services.find(service).operations)  # type: ignore[union-attr]  # each is a module
    ]
    return of_kms + [each for each in integrated if each[1] in models.service_model(each[0]).operation_names]


def fuzz(
    run: Run, seed: int, targets: list[tuple[str, str]], worlds: int, going_on: Callable[[], bool] = lambda: True
) -> None:
    """Send requests to so many worlds, as this seed has them, while it is to go on."""
    for number in range(worlds):
        if not going_on():
            break
        for _ in _world(f"{seed}:{number}", targets, run):
            if not going_on():
                break


def _world(seed: str, targets: list[tuple[str, str]], run: Run) -> Iterator[None]:
    """One world's requests."""
    chance, names = Random(seed), Names()  # noqa: S311 - chance that can be had again
    with patch.dict(os.environ, MOTO_EC2_LOAD_DEFAULT_AMIS="false"), kmsmock.World():
        furnish(_client, names)
        sender = _Sender(chance, names, run)
        for _ in range(A_WORLD):
            sender.send(*chance.choice(targets))
            yield


@cache
def _client(service: str) -> Any:
    """One client for all worlds: with credentials that nobody issued, it is the root user of each."""
    return boto3.client(service, "us-east-1", aws_access_key_id="fuzz", aws_secret_access_key="fuzz", config=_QUIET)


_UNTOLD = ("Authorization", "User-Agent", "amz-sdk-invocation-id", "amz-sdk-request", "X-Amz-Date")


class _Sender:
    """Sends what chance says, and looks at what comes back."""

    def __init__(self, chance: Random, names: Names, run: Run) -> None:
        self.chance, self.names, self.run = chance, names, run
        self.values = Values(chance, names)
        self.damages = self.sent = False
        self.seen = ""

    def send(self, service: str, operation: str) -> None:
        client = _client(service)
        client.meta.events.register_last("before-call", self._on_its_way, unique_id="fuzz-way")
        client.meta.events.register_first("before-send", self._at_the_door, unique_id="fuzz-door")
        params = self.values.parameters(client.meta.service_model.operation_model(operation).input_shape)
        self.damages, self.sent, self.seen = self.chance.random() < 0.5, False, ""
        try:
            with self.run.bound():
                answer = client._make_api_call(operation, params)
        except Exception as error:
            self._look(service, operation, params, error)
        else:
            self.run.requests += 1
            self.run.answered += 1
            self.names.learn(answer)
            _read(answer)
        finally:
            client.meta.events.unregister("before-call", unique_id="fuzz-way")
            client.meta.events.unregister("before-send", unique_id="fuzz-door")

    def _on_its_way(self, params: dict[str, Any], **_: Any) -> None:
        if self.damages:
            self.seen = damage(self.chance, params)

    def _at_the_door(self, request: Any, **_: Any) -> None:
        self.sent = True
        headers = {name: value for name, value in request.headers.items() if name not in _UNTOLD}
        self.seen = f"[{self.seen}] {request.method} {request.url} {headers} {request.body!r}"[:3000]

    def _look(self, service: str, operation: str, params: dict[str, Any], error: Exception) -> None:
        if not self.sent:  # botocore could not even write it
            return
        run = self.run
        run.requests += 1
        if isinstance(error, ClientError) and (
            error.response["ResponseMetadata"].get("HTTPStatusCode", 400) < 500
            or self._is_an_object(error)
            or _OF_DYNAMODB in str(error)
        ):
            run.refused += 1
        elif isinstance(error, (NotImplementedError, RealRequestRefused)):
            run.unmodelled += 1
        else:
            what = f"{type(error).__name__}: {str(error)[:80]} at {_place(error)}"
            request = f"{self.seen}\n  {params!r}"[:4000]
            text = "".join(traceback.format_exception(error))
            run.findings.append(Finding(service, operation, what, request, text))

    def _is_an_object(self, error: ClientError) -> bool:
        """Without what the query asked for, a request is for the object: botocore makes an error of what is no XML."""
        return self.seen.startswith("[query] GET https://") and error.response["Error"] == _NO_XML


_OF_DYNAMODB = (
    "KMS internal error: com.amazonaws.services.kms.model.AWSKMSException: EncryptionContext is supported only"
)
"""What DynamoDB was recorded to answer for a table under a key of another kind, with status 500."""
_NO_XML = {"Code": "500", "Message": "Internal Server Error"}


def _read(answer: dict[str, Any]) -> None:
    for value in answer.values():
        if hasattr(value, "read"):
            value.read()


def _place(error: BaseException) -> str:
    """The last line of ours or moto's on the way to the error, and of the first cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        parts = Path(frame.filename).parts
        if {"kmsmock", "moto"} & set(parts):
            return f"{'/'.join(parts[-3:])}:{frame.lineno} {frame.name}"
    return "botocore"
