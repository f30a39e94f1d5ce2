"""Who listens to botocore's events: what every client has by itself, and users and libraries."""

from __future__ import annotations

from typing import Any

from botocore.hooks import EventAliaser, HierarchicalEmitter

from kmsmock.bridge import requests

SKIPPED = (
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call-error",
)
"""The events of botocore that the short way does not emit, but for needs-retry after an error.

Services on moto are asked for the signer, and before an answer is parsed.
"""

BEFORE = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "after-call",
)
"""The events that the shortest way does not emit either, but for what botocore itself does after a call."""

_NOBODYS = frozenset(
    {
        "botocore.client:ClientCreator._default_s3_presign_to_sigv2",
        "botocore.client:ClientCreator._default_signer_to_sigv4",
        "botocore.handlers:_handle_200_error",
        "botocore.handlers:_handle_request_validation_mode_member",
        "botocore.handlers:_set_auth_scheme_preference_signer",
        "botocore.handlers:_set_extra_headers_for_unsigned_request",
        "botocore.handlers:_update_status_code",
        "botocore.handlers:add_recursion_detection_header",
        "botocore.handlers:add_retry_headers",
        "botocore.handlers:disable_signing",
        "botocore.handlers:generate_idempotent_uuid",
        "botocore.handlers:handle_expires_header",
        "botocore.handlers:inject_api_version_header_if_needed",
        "botocore.handlers:remove_arn_from_signing_path",
        "botocore.handlers:set_operation_specific_signer",
        "botocore.retries.standard:MaxAttemptsSeeder.seed_max_attempts",
        "botocore.retries.standard:RetryHandler.needs_retry",
        "botocore.retries.standard:RetryQuotaChecker.release_retry_quota",
        "botocore.retryhandler:RetryHandler.__call__",
        "botocore.signers:RequestSigner.handler",
        "botocore.useragent:UserAgentString.rebuild_and_replace_user_agent_handler",
        "botocore.utils:S3ExpressIdentityResolver.resolve_s3express_identity",
        "botocore.utils:S3RegionRedirectorv2.redirect_from_error",
        "kmsmock.door.botocore_clients:_Door.__call__",
        "kmsmock.identity.outside:refuse",
    }
)
"""The handlers of those events that clients have by themselves. The contract says why each may be left out."""


def is_watched(events: Any, service: str, operation: str, skipped: tuple[str, ...]) -> bool:
    """Whether a user or a library listens to one of these events of an operation.

    What was found is kept among what botocore itself forgets whenever the client's handlers change.
    """
    emitter: Any = getattr(events, "_emitter", None)
    if (type(events), type(emitter)) != (EventAliaser, HierarchicalEmitter):
        return True
    key = ("kmsmock", skipped, service, operation)
    found: bool | None = emitter._lookup_cache.get(key)
    if found is None:
        handlers = (
            each for event in skipped for each in emitter._handlers.prefix_search(f"{event}.{service}.{operation}")
        )
        found = any(_name(each) not in _NOBODYS and not requests.is_of_moto(each) for each in handlers)
        emitter._lookup_cache[key] = found
    return found


def are_others(events: Any, event: str) -> bool:
    """Whether somebody else than botocore and boto3 listens to an event."""
    handlers = vars(vars(events)["_emitter"])["_handlers"].prefix_search(event)
    return any(not _name(each).startswith(("botocore.", "boto3.")) for each in handlers)


def _name(handler: Any) -> str:
    function = getattr(handler, "__func__", handler)
    if hasattr(function, "__qualname__"):
        return f"{function.__module__}:{function.__qualname__}"
    return f"{type(handler).__module__}:{type(handler).__qualname__}.__call__"
