"""Requests that no botocore client makes: presigned URLs, forms, and what ``requests`` and urllib3 send."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from kmsmock import entropy, services
from kmsmock.active import Patches, current, here
from kmsmock.bridge import failures, requests, routing, serializing, switches
from kmsmock.call import CredentialProblem, Signature
from kmsmock.door import hosts, raw_requests
from kmsmock.door.regions import must_exist
from kmsmock.door.route import caller_of, route
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.signature import signature_of
from kmsmock.model.turns import taking_turns
from kmsmock.store import Store
from kmsmock.wire import answers, models, s3_post_forms
from kmsmock.wire.answers import Answer
from kmsmock.wire.refused import NotSent
from kmsmock.wire.regions import partition_by_name


def install(patches: Patches) -> None:
    """What moto's patch of ``requests`` catches, comes here."""
    requests.catch(patches, process_request)


def process_request(request: AWSPreparedRequest, signature: Signature | None = None) -> Any:
    """moto's ``process_request`` while a world is active: what its ``requests`` patch catches takes the same route.

    ``signature`` is what is known of the request's, where somebody looked at it before.
    """
    store = here() or current()
    if switches.lets_through(request.url) or hosts.treatment(store, request.url) == "pass":
        return None
    if not s3_post_forms.is_form(request):
        must_exist(store, (signature or signature_of(request)).region, request.url)
    try:
        return _answer(store, request, signature)
    except NotSent as carrier:
        if store.enforce_network:
            raise carrier.refusal from None
        return None


@taking_turns
def _answer(store: Store, request: AWSPreparedRequest, signature: Signature | None = None) -> Any:
    request.body = raw_requests.bytes_of(request.body)
    found = _services_of(request)
    try:
        asked = raw_requests.read(request, found)
        if asked is None and _must_be_known(store, request, found):
            raise raw_requests.unknown(found[0])
    except raw_requests.UnknownOperation as unknown:
        return answers.encode_error(unknown.operation, unknown.error, entropy.uuid())
    if asked is not None:
        return route(store, *asked, serializing.encode, signature)
    signature = signature or signature_of(request)
    service = "" if not found else models.service_model(found[0]).service_id.hyphenize()
    try:
        caller = caller_of(store, signature, partition_by_name(signature.region))
    except CredentialProblem as bad:
        error = credential_errors.translate(service, bad.problem, text=bad.text, details=bad.details)
        return error.status, {"x-amzn-ErrorType": error.code}, f'{{"__type": "{error.code}"}}'.encode()
    try:
        account = routing.account_of_answered_stack(request.url)
        return requests.answer(store, request, caller, service, signature.region, account)
    except failures.MotoFailed:
        if service != "s3":
            raise
    refusal = raw_requests.not_allowed(request.method)
    return answers.encode_error(refusal.operation, refusal.error, entropy.s3_request_id())


def _must_be_known(store: Store, request: AWSPreparedRequest, found: list[str]) -> bool:
    """Whether moto may not answer what is no operation: it could do one that nobody was asked about.

    What anybody may read are files, such as the certificates of SNS; custom resources answer their stack; S3 has
    answers to what is no operation.
    """
    if not found or found[0] == "s3" or routing.account_of_answered_stack(request.url):
        return False
    kept = models.service_model(found[0]).service_id.hyphenize() in {"kms", *services.MODULES}
    public = request.method == "GET" and not signature_of(request).access_key
    return (kept or store.enforce_iam == "all") and not public


def _services_of(request: AWSPreparedRequest) -> list[str]:
    url = urlsplit(request.url)
    return routing.services_of(f"{url.scheme}://{url.netloc}{url.path}")


def process_plain(
    method: str, url: str, headers: Any, body: bytes, signature: Signature | None = None
) -> Answer | None:
    """The answer to a request that was made without botocore and without ``requests``; None lets it go on its way."""
    from botocore.awsrequest import HeadersDict

    sent: Any = HeadersDict(headers)
    answered: Answer | None = process_request(AWSPreparedRequest(method, url, sent, body, False), signature)
    return answered
