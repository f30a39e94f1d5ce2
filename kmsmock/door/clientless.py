"""Requests that no botocore client makes: presigned URLs, forms, and what ``requests`` and urllib3 send."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from kmsmock import entropy, errors, services
from kmsmock.active import Patches, current
from kmsmock.bridge import requests, routing, serializing, switches
from kmsmock.call import CredentialProblem
from kmsmock.door import hosts
from kmsmock.door.regions import must_exist
from kmsmock.door.route import caller_of, route
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.signature import signature_of
from kmsmock.store import Store
from kmsmock.wire import answers, models, s3_post_forms
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding.request import body_of, header
from kmsmock.wire.refused import NotSent
from kmsmock.wire.regions import partition_by_name

_ACTION = re.compile(r"(?:^|&)Action=(\w+)")


def install(patches: Patches) -> None:
    """What moto's patch of ``requests`` catches, comes here."""
    requests.catch(patches, process_request)


def process_request(request: AWSPreparedRequest) -> Any:
    """moto's ``process_request`` while a world is active: what its ``requests`` patch catches takes the same route."""
    store = current()
    if switches.lets_through(request.url) or hosts.treatment(store, request.url) == "pass":
        return None
    if not s3_post_forms.is_form(request):
        must_exist(store, signature_of(request).region, request.url)
    try:
        return _answer(store, request)
    except NotSent as carrier:
        if store.enforce_network:
            raise carrier.refusal from None
        return None


def _answer(store: Store, request: AWSPreparedRequest) -> Any:
    service = _service_of(request)
    operation = None if service is None else _operation_of(request, service)
    if operation is None and service == "kms":
        return answers.encode_error(
            models.service_model("kms").operation_model("ListKeys"), errors.unknown_operation(), entropy.uuid()
        )
    if operation is None:
        signature = signature_of(request)
        try:
            caller = caller_of(store, signature, partition_by_name(signature.region))
        except CredentialProblem as bad:
            error = credential_errors.translate(service or "", bad.problem)
            return error.status, {"x-amzn-ErrorType": error.code}, f'{{"__type": "{error.code}"}}'.encode()
        return requests.answer(store, request, caller, service or "", signature.region)
    return route(store, request, operation, serializing.encode)


def process_plain(method: str, url: str, headers: Any, body: bytes) -> Answer | None:
    """The answer to a request that was made without botocore and without ``requests``; None lets it go on its way."""
    from botocore.awsrequest import HeadersDict

    sent: Any = HeadersDict(headers)
    answered: Answer | None = process_request(AWSPreparedRequest(method, url, sent, body, False))
    return answered


def _service_of(request: AWSPreparedRequest) -> str | None:
    url = urlsplit(request.url)
    found = routing.service_of(f"{url.scheme}://{url.netloc}{url.path}")
    return found if found == "kms" or found in services.MODULES else None


def _operation_of(request: AWSPreparedRequest, service: str) -> OperationModel | None:
    """The operation of a request that no botocore client made, such as a presigned URL."""
    model = models.service_model(service)
    target = header(request, "X-Amz-Target")
    if target is not None:
        prefix, _, name = target.rpartition(".")
        known = prefix == model.metadata.get("targetPrefix") and name in model.operation_names
        return model.operation_model(name) if known else None
    if model.resolved_protocol in ("query", "ec2"):
        found = _ACTION.search(f"{urlsplit(request.url).query}&{body_of(request).decode(errors='replace')}")
        return model.operation_model(found[1]) if found and found[1] in model.operation_names else None
    if service != "s3":
        return None
    if s3_post_forms.is_form(request):
        return model.operation_model("PutObject")
    found_name = routing.operation_of_s3(request)
    return model.operation_model(found_name) if found_name in model.operation_names else None
