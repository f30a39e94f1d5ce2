"""Requests that no botocore client makes: presigned URLs, forms, and what ``requests`` and urllib3 send."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from kmsmock import entropy, errors, services
from kmsmock.active import current
from kmsmock.bridge import requests, switches
from kmsmock.call import CredentialProblem
from kmsmock.door.route import route
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.signature import signature_of
from kmsmock.wire import answers, models, s3_post_forms
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding.request import body_of, header
from kmsmock.wire.regions import partition_by_name

_ACTION = re.compile(r"(?:^|&)Action=(\w+)")


def process_request(request: AWSPreparedRequest) -> Any:
    """moto's ``process_request`` while a world is active: what its ``requests`` patch catches takes the same route."""
    store = current()
    if switches.lets_through(request.url):
        return None
    service = _service_of(request)
    operation = None if service is None else _operation_of(request, service)
    if operation is None and service == "kms":
        return answers.encode_error(
            models.service_model("kms").operation_model("ListKeys"), errors.unknown_operation(), entropy.uuid()
        )
    if operation is None:
        signature = signature_of(request)
        try:
            partition = partition_by_name(signature.region)
            caller = store.directory.signer(signature.access_key, signature.token, partition)
        except CredentialProblem as bad:
            error = credential_errors.translate(service or "", bad.problem)
            return error.status, {"x-amzn-ErrorType": error.code}, f'{{"__type": "{error.code}"}}'.encode()
        return requests.answer(store, request, caller, service or "", signature.region)
    return route(store, request, operation)


def process_plain(method: str, url: str, headers: Any, body: bytes) -> Answer | None:
    """The answer to a request that was made without botocore and without ``requests``; None if moto lets it through."""
    from botocore.awsrequest import HeadersDict

    sent: Any = HeadersDict(headers)
    answered: Answer | None = process_request(AWSPreparedRequest(method, url, sent, body, False))
    return answered


def _service_of(request: AWSPreparedRequest) -> str | None:
    from moto.backends import get_service_from_url

    url = urlsplit(request.url)
    found: str | None = get_service_from_url(f"{url.scheme}://{url.netloc}{url.path}")
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
    from moto.core.request import normalize_request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    try:
        matched, _ = get_service_router("s3").match(normalize_request(request))
    except NotFound:
        return None
    return model.operation_model(matched.name) if matched.name in model.operation_names else None
