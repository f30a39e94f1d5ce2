"""The route of a request, on one page: KMS by the gate, an integrated operation by its file, the rest by moto."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, ServiceModel

from kmsmock import clock, entropy, faults, services
from kmsmock.authorization.services import check_permissions, require
from kmsmock.bridge import failures, installed, mock_outside, moto_state, requests, serializing, switches
from kmsmock.call import Call, Caller, CredentialProblem, Signature
from kmsmock.door import hosts, order, passing, s3_points
from kmsmock.errors import AwsError
from kmsmock.identity import acting, credentials
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.signature import signature_of
from kmsmock.kms import gate, lifecycle
from kmsmock.model.turns import turn
from kmsmock.records.iam import role_used
from kmsmock.services import generic, key_switches, owners, resource_documents
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store
from kmsmock.wire import answers, models, regions, required, s3_answers, s3_post_forms, s3_presigned
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding import decode, rest
from kmsmock.wire.decoding.request import whole

W = TypeVar("W")
_OF_REQUEST = ("denied", "call", "request", "request_id")
"""What ``Store.current_request`` has of the request that is served."""
Write = Callable[[OperationModel, Mapping[str, Any], str], W]


def route(
    store: Store,
    request: AWSPreparedRequest,
    operation: OperationModel,
    write: Write[W],
    signature: Signature | None = None,
    params: dict[str, Any] | None = None,
) -> Answer | W:
    """Answer one request: KMS by the gate, an integrated operation by its service file, anything else by moto.

    ``write`` is what becomes of results of ours. ``signature`` is what that of a request would say which has none, and
    ``params`` are those of a call of KMS that nobody has written into a request.
    """
    operation = models.common(operation)
    request = whole(request)  # before its turn: what feeds a stream may be a thread that makes requests
    with turn:
        return _answer_or_error(store, request, operation, write, signature, params)


def _answer_or_error(
    store: Store,
    request: AWSPreparedRequest,
    operation: OperationModel,
    write: Write[W],
    signature: Signature | None,
    params: dict[str, Any] | None,
) -> Answer | W:
    current, denied = store.current_request, list[Any]()
    outer = [vars(current).get(each) for each in _OF_REQUEST]  # of a request in which somebody makes this one
    current.denied = current.call = current.request = current.request_id = None
    lifecycle.catch_up(store, clock.now())
    current.denied = denied
    service = models.hyphenated(operation.service_model.service_id)
    of_s3 = service == "s3"
    current.request_id = request_id = entropy.s3_request_id() if of_s3 else entropy.uuid()
    enforce = store.enforce
    try:
        if store.enforce != "strict" or store.enforce_services:
            store.enforce = passing.mode(store, service)
        if service == "kms":
            return write(operation, _of_kms(store, request, operation, request_id, signature, params), request_id)
        answer = _answered(store, service, request, operation, request_id, signature, write)
    except AwsError as error:
        again = partial(_answered, store, service, request, operation, request_id, signature, serializing.encode)
        instead = passing.instead(store, error, again)
        store.refuse_request(error, (service, operation.name, request_id), denied, instead is not None)
        answer = instead or answers.encode_error(operation, error, request_id)
    finally:
        current.denied, current.call, current.request, current.request_id = outer
        store.enforce = enforce
    return s3_answers.with_ids(cast("Answer", answer), request_id) if of_s3 else answer


def caller_of(store: Store, signature: Signature, partition: str) -> Caller:
    """Who asks with these credentials; ambient ones are whoever acts. Raises CredentialProblem and KmsMockError."""
    who = acting.of(store)
    acting_key = None if who is None else who.access_key
    return store.directory.signer(signature, partition, acting_key)


def aimed_at_aws(request: AWSPreparedRequest, service: ServiceModel) -> AWSPreparedRequest:
    """A request to a custom endpoint that the world answers, as it would have gone to AWS."""
    named = hosts.host_of(request.url)
    if hosts.is_aws(named) or named in hosts.of_moto():
        return request
    url = urlsplit(request.url)
    host = f"{service.endpoint_prefix}.{_signed(request).region}.amazonaws.com"
    secure = "https" if hosts.is_loopback(named) else url.scheme
    aimed = url._replace(scheme=secure, netloc=host).geturl()
    return AWSPreparedRequest(request.method, aimed, request.headers, request.body, request.stream_output)


def _of_kms(
    store: Store,
    request: AWSPreparedRequest,
    operation: OperationModel,
    request_id: str,
    signature: Signature | None,
    params: dict[str, Any] | None,
) -> dict[str, Any]:
    """The result of a call of KMS; the AwsError of one that is refused."""
    signature = _signed(request, signature)
    caller = _signer(store, "kms", signature, operation)
    switches.count()
    return gate.answer(store, _call(store, "kms", request, operation, caller, signature, request_id, params))


def _answered(
    store: Store,
    service: str,
    request: AWSPreparedRequest,
    operation: OperationModel,
    request_id: str,
    signature: Signature | None,
    write: Write[W],
) -> Answer | W:
    """The answer; where moto fails at what kmsmock models too, AWS's error for what is wrong with the request."""
    try:
        return _answer(store, service, request, operation, request_id, signature, write)
    except failures.MotoFailed as failed:
        integration = services.find(service)
        modelled = integration is not None and operation.name in integration.operations
        raise failures.said(operation, request, failed.__cause__, modelled) from failed.__cause__
    except ParamValidationError as broken:  # of a request to moto that has a value of this one
        refusal = failures.of_model(operation, request)
        if refusal is None:
            raise
        raise refusal from broken


def _answer(
    store: Store,
    service: str,
    request: AWSPreparedRequest,
    operation: OperationModel,
    request_id: str,
    signature: Signature | None,
    write: Write[W],
) -> Answer | W:
    """The answer to a call that is allowed; the AwsError of one that is not."""
    if service == "s3":
        s3_presigned.check(request)
    signature = _signed(request, signature)
    caller = _signer(store, service, signature, operation)
    if service == "sts":
        switches.count()  # moto does not see it
    if store.faults:
        faults.check(store.faults, service, operation.name)
    sent = request.url
    if service == "s3":
        _must_be_as_signed(store, request, signature)
        request = s3_points.aimed(request)
    integration = services.find(service)
    enforced = service in services.ENFORCED or store.enforce_iam == "all"
    named = generic.paths(operation) if integration is None else generic.beside(operation)
    if integration is None and not (enforced or named or resource_documents.has(service, operation.name)):
        return requests.Request(store, request, operation, caller, signature.region).own_answer()
    current = store.current_request
    call = _call(store, service, request, operation, caller, signature, request_id)
    current.call = call = call if request.url == sent else call._replace(url=sent)  # policies see an access point's
    principal = (
        f"{operation.service_model.signing_name}.amazonaws.com" if integration is None else integration.principal
    )
    if integration is not None:
        required.check(operation, call.params)
    moto = current.request = requests.Request(store, request, operation, caller, call.region, _owner(store, call))
    kms = ServiceKms(store, call, gate.answer, principal)
    installed.ready(service)
    _look_first(call, kms, integration)
    if integration is not None:
        required.check_document(operation, call.params)
    _check_permissions(store, call, operation, enforced)
    key_switches.check(call)
    with order.at_last(moto, call.account, order.ABSENT):
        resource_documents.check(store, call)
    if named:
        with order.at_last(moto, call.account, order.ANY):
            generic.check(call, kms, operation, named)
    advice = None if integration is None else integration.operations.get(operation.name)
    answer = None if advice is None else advice(call, kms, moto)
    if answer is None:
        return moto.own_answer()
    return answer if isinstance(answer, tuple) else write(operation, answer, request_id)


def _owner(store: Store, call: Call) -> str:
    """The account that has what a call names. Where nothing is refused, made-up accounts in URLs and ARNs mean the
    caller's own, as they do to moto."""
    owner = owners.account_of(call)
    return owner if not store.lets_pass or moto_state.knows(owner) else call.account


def _check_permissions(store: Store, call: Call, operation: OperationModel, enforced: bool) -> None:
    """What another account's resource asks for counts whatever the world enforces."""
    protocol, outside = operation.service_model.resolved_protocol, owners.needs(call)
    for need in outside:
        require(store, call, need, protocol)
    if enforced and not outside:
        check_permissions(store, call, protocol)


def _look_first(call: Call, kms: ServiceKms, integration: services.Service | None) -> None:
    """What other services do before a request to this one, and what this one looks at before anything else."""
    before = kms.store.before.get(call.service)
    if before is not None:
        before(call, kms)
    if integration is not None and integration.guard is not None:
        integration.guard(call, kms)


def _signed(request: AWSPreparedRequest, signature: Signature | None = None) -> Signature:
    """What the signature of a request says, or the one that it lacks; the host says the Region if neither does."""
    found = signature or signature_of(request)
    return found if found.region else found._replace(region=_region_of_host(request.url))


def _signer(store: Store, service: str, signature: Signature, operation: OperationModel) -> Caller:
    """Who signed a request. Raises the service's error for credentials that are no good."""
    if service == "s3" and signature.version is None:
        return credentials.ANONYMOUS
    protocol = str(operation.service_model.resolved_protocol)
    try:
        caller = caller_of(store, signature, regions.partition_by_name(signature.region))
    except CredentialProblem as bad:
        refusal = credential_errors.translate(service, bad.problem, protocol, bad.text, bad.details).because(bad)
        if not store.lets_pass or switches.asks():
            raise refusal from None
        store.refuse_request(refusal, (service, operation.name, ""), [], passed=True)
        return credentials.root_of(store.account_id, regions.partition_by_name(signature.region))
    if signature.access_key and caller.ambient and switches.asks():
        raise credential_errors.translate(service, "deleted", protocol)
    if caller.principal.kind == "role-session":
        role_used(caller.principal, clock.now(), signature.region)
    return caller


def _must_be_as_signed(store: Store, request: AWSPreparedRequest, signature: Signature) -> None:
    """Presigned URLs and forms are for what was signed, and for a while."""
    if s3_post_forms.is_form(request):
        secrets = store.directory.secrets_of(signature.access_key)
        s3_post_forms.check(s3_post_forms.read(request), rest.bucket_of(request), secrets)
    elif s3_presigned.is_presigned(request):
        s3_presigned.verify(request, store.directory.secrets_of(signature.access_key), signature.host)


def _call(
    store: Store,
    service: str,
    request: AWSPreparedRequest,
    operation: OperationModel,
    caller: Caller,
    signature: Signature,
    request_id: str,
    params: dict[str, Any] | None = None,
) -> Call:
    if params is None:
        params = decode.decode(request, operation)
    if service == "kms":
        params = mock_outside.translated(store, params)
    return Call(
        service=service,
        operation=operation.name,
        params=params,
        caller=caller,
        region=signature.region,
        partition=regions.partition_by_name(signature.region),
        secure=request.url.startswith("https:"),
        headers=cast("Mapping[str, Any]", request.headers),
        signed=signature.version,
        request_id=request_id,
        url=request.url,
        form=s3_post_forms.read(request).fields if service == "s3" and s3_post_forms.is_form(request) else None,
        local=bool(signature.host),
    )


def _region_of_host(url: str) -> str:
    parts = (hosts.host_of(url) or "").split(".")
    return parts[-3] if len(parts) > 3 and "-" in parts[-3] else "us-east-1"
