"""Grants that a service holds for as long as it has a resource: made by the caller, retired by the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kmsmock.call import Caller
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import Translation, translating


def service_caller(kms: ServiceKms, source_arn: str | None = None) -> Caller:
    """The service as a principal, such as ``ecr.us-east-1.amazonaws.com``."""
    label, call = kms.via.partition(".")[0], kms.call
    service = f"{label}.{call.region}.amazonaws.com"
    return sessions.of_service(service, source_account=call.account, source_arn=source_arn)


@contextmanager
def grant_for_service(
    kms: ServiceKms,
    translate: Translation,
    key_id: str,
    operations: Sequence[str],
    constraints: Mapping[str, Any],
    grantee: str | None = None,
) -> Iterator[str]:
    """The id of a grant for the service, or for ``grantee``. It is taken back if the block fails.

    What KMS refuses is said in the words of ``translate``.
    """
    service = service_caller(kms).principal.arn
    with translating(translate):
        created = kms.forward(
            "CreateGrant",
            KeyId=key_id,
            GranteePrincipal=grantee or service,
            RetiringPrincipal=service,
            Operations=list(operations),
            Constraints=dict(constraints),
        )
    try:
        yield created["GrantId"]
    except BaseException:
        _retire(kms, GrantToken=created["GrantToken"])
        raise


def retire(kms: ServiceKms, key_arn: str, grant_id: str) -> None:
    """The service gives a grant back; with a key that is gone the grant is gone, too."""
    _retire(kms, KeyId=key_arn, GrantId=grant_id)


def _retire(kms: ServiceKms, **named: str) -> None:
    with suppress(AwsError):
        kms.forward("RetireGrant", caller=service_caller(kms), **named)
