"""Grants that a service holds for as long as it has a resource: made by the caller, retired by the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

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


class ServiceGrant(NamedTuple):
    """A grant on a key for a service, or for whom the service lets work; the service retires it."""

    key: str
    """As the caller named it: its ARN, or what stands for it."""
    grant_id: str
    token: str
    region: str
    service: Caller


def create(
    kms: ServiceKms,
    key_id: str,
    operations: Sequence[str],
    context: Mapping[str, str],
    service: Caller,
    *,
    grantee: str | None = None,
    region: str | None = None,
    exact: bool = False,
) -> ServiceGrant:
    """CreateGrant as the caller, for ``service`` or for ``grantee``. Raises the AwsError of KMS.

    ``context`` limits it: what is asked under the grant has these pairs, and with ``exact`` no others.
    """
    region = region or kms.call.region
    created = kms.forward(
        "CreateGrant",
        region=region,
        KeyId=key_id,
        GranteePrincipal=grantee or service.principal.arn,
        RetiringPrincipal=service.principal.arn,
        Operations=list(operations),
        Constraints={"EncryptionContextEquals" if exact else "EncryptionContextSubset": dict(context)},
    )
    return ServiceGrant(key_id, created["GrantId"], created["GrantToken"], region, service)


def retire(kms: ServiceKms, grant: ServiceGrant) -> None:
    """The service gives a grant back; with a key that is gone the grant is gone, too."""
    by_id = {"KeyId": grant.key, "GrantId": grant.grant_id}
    named = by_id if grant.key.startswith("arn:") else {"GrantToken": grant.token}
    with suppress(AwsError):
        kms.forward("RetireGrant", region=grant.region, caller=grant.service, **named)


@contextmanager
def grant_for_service(
    kms: ServiceKms,
    translate: Translation,
    key_id: str,
    operations: Sequence[str],
    context: Mapping[str, str],
    *,
    grantee: str | None = None,
    exact: bool = False,
) -> Iterator[ServiceGrant]:
    """A grant for the service, or for ``grantee``, which is taken back if the block fails.

    What KMS refuses is said in the words of ``translate``.
    """
    with translating(translate):
        grant = create(kms, key_id, operations, context, service_caller(kms), grantee=grantee, exact=exact)
    try:
        yield grant
    except BaseException:
        retire(kms, grant)
        raise
