"""The route of a request, on one page: KMS by the gate, an integrated operation by its file, the rest by moto."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from kmsmock import clock, entropy, faults, services
from kmsmock.authorization.services import check_permissions
from kmsmock.bridge import installed, requests, serializing
from kmsmock.call import Call, Caller, CredentialProblem
from kmsmock.errors import AwsError
from kmsmock.identity import credentials
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.signature import Signature, has_expired, lacks_signed_headers, signature_of
from kmsmock.kms import gate, lifecycle
from kmsmock.services import generic
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store
from kmsmock.wire import answers, regions, s3_post_forms
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding import decode, rest


def route(store: Store, request: AWSPreparedRequest, operation: OperationModel) -> Answer:
    """Answer one request: KMS by the gate, an integrated operation by its service file, anything else by moto."""
    store.current_request.denied = None
    lifecycle.catch_up(store, clock.now())
    denied: list[Any] = []
    store.current_request.denied = denied
    request_id = entropy.uuid()
    try:
        return _answer(store, request, operation, request_id)
    except AwsError as error:
        if denied:
            store.refused[request_id] = tuple(denied)
        return answers.encode_error(operation, error, request_id)


def _answer(store: Store, request: AWSPreparedRequest, operation: OperationModel, request_id: str) -> Answer:
    """The answer to a call that is allowed; the AwsError of one that is not."""
    signature = signature_of(request)
    service = operation.service_model.service_id.hyphenize()
    try:
        unsigned = service == "s3" and signature.version is None
        caller = credentials.ANONYMOUS if unsigned else store.directory.caller(signature.access_key)
    except CredentialProblem as bad:
        raise credential_errors.translate(service, bad.problem) from None
    if service == "kms":
        result = gate.answer(store, _call(service, request, operation, caller, signature, request_id))
        return serializing.encode(operation, result, request_id)
    if store.faults:
        faults.check(store.faults, service, operation.name)
    if service == "s3":
        _must_be_in_time(request)
    integration = services.find(service)
    enforced = service in services.ENFORCED or store.enforce_iam == "all"
    region = signature.region or _region_of_host(request.url)
    named = generic.paths(operation) if integration is None else generic.beside(operation)
    if integration is None and not enforced and not named:
        return requests.answer(store, request, caller, service, region)
    call = _call(service, request, operation, caller, signature, request_id)
    principal = (
        f"{operation.service_model.signing_name}.amazonaws.com" if integration is None else integration.principal
    )
    kms = ServiceKms(store, call, gate.answer, principal)
    installed.ready(service)
    _look_first(call, kms, integration)
    if enforced:
        check_permissions(store, call, operation.service_model.resolved_protocol)
    if named:
        generic.check(call, kms, operation, named)
    advice = None if integration is None else integration.operations.get(operation.name)
    moto = requests.Request(store, request, operation, caller, region)
    answer = None if advice is None else advice(call, kms, moto)
    if answer is None:
        return moto.own_answer()
    return answer if isinstance(answer, tuple) else serializing.encode(operation, answer, request_id)


def _look_first(call: Call, kms: ServiceKms, integration: services.Service | None) -> None:
    """What other services do before a request to this one, and what this one looks at before anything else."""
    before = kms.store.before.get(call.service)
    if before is not None:
        before(call, kms)
    if integration is not None and integration.guard is not None:
        integration.guard(call, kms)


def _must_be_in_time(request: AWSPreparedRequest) -> None:
    """Presigned URLs and forms are good for a while, and forms for what their policy says."""
    if has_expired(request):
        raise AwsError("AccessDenied", "Request has expired", 403)
    if lacks_signed_headers(request):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
    if s3_post_forms.is_form(request):
        s3_post_forms.check(s3_post_forms.read(request), rest.bucket_of(request))


def _call(
    service: str,
    request: AWSPreparedRequest,
    operation: OperationModel,
    caller: Caller,
    signature: Signature,
    request_id: str,
) -> Call:
    region = signature.region or _region_of_host(request.url)
    return Call(
        service=service,
        operation=operation.name,
        params=decode.decode(request, operation),
        caller=caller,
        region=region,
        partition=regions.partition_by_name(region),
        secure=request.url.startswith("https:"),
        headers=cast("Mapping[str, Any]", request.headers),
        signed=signature.version,
        request_id=request_id,
        url=request.url,
    )


def _region_of_host(url: str) -> str:
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[-3] if len(parts) > 3 and "-" in parts[-3] else "us-east-1"
