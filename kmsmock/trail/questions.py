"""Questions to the trail with names that do not exist are errors, lest a test that expects no event pass by a typo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kmsmock.active import active
from kmsmock.errors import a_text, did_you_mean, nearest
from kmsmock.wire import models, reference, regions

SERVICE_EVENTS = frozenset(
    {
        "DeleteExpiredKeyMaterial",
        "DeleteKey",
        "RotateKey",
        "SharedSnapshotCopyInitiated",
        "SharedSnapshotVolumeCreated",
        "SynchronizeMultiRegionKey",
    }
)
"""What services do by themselves: no operation bears the name."""
_OFTEN = ("kms", "s3", "sts", "secretsmanager", "sqs", "sns", "ssm", "iam", "dynamodb", "lambda", "ebs", "ec2")
"""The services that are looked through first, by botocore's names."""
_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "Client.UnauthorizedOperation",
        "InvalidClientTokenId",
        "ThrottlingException",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "ValidationException",
    }
)

Records = Iterable[Mapping[str, Any]]


def check(records: Records, given: Mapping[str, Any]) -> None:
    """Raise ValueError for a condition of ``where`` that no event can fulfil, with the name that was meant."""
    for condition, value in given.items():
        look = _CHECKS.get(condition)
        if look is not None and value is not None:
            look(condition, value, records)


def _name(condition: str, name: Any, records: Records) -> None:
    seen = {*SERVICE_EVENTS, *(each.get("eventName", "") for each in records)}
    if a_text("name", name, "Decrypt") in seen:
        return
    for service in _OFTEN:
        known = models.service_model(service).operation_names
        if name in known:
            return
        seen.update(known)
    if name in reference.all_actions():
        return
    everything = models.all_operations()
    if name not in everything:
        meant = nearest(str(name), seen) or nearest(str(name), everything)
        hint = "" if meant is None else f"; did you mean {meant!r}?"
        raise ValueError(f"name={name!r}: there is no such event{hint} Events are named as operations are: 'Decrypt'")


_SOURCE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


def _source(condition: str, source: Any, records: Records) -> None:
    if any(source in (each.get("eventSource"), each["userIdentity"].get("invokedBy")) for each in records):
        return
    known = {*models.service_names(), "monitoring", "tagging"}
    label, _, rest = str(source).partition(".")
    spelled = isinstance(source, str) and _SOURCE.fullmatch(source) is not None
    meant = label if label in known else nearest(label, known, 0.8)
    if not spelled or (meant not in (None, label) and rest.startswith("amazonaws")):
        hint = "" if meant is None else f"; did you mean '{meant}.amazonaws.com'?"
        raise ValueError(f"{condition}={source!r}: give the name of a service, such as 'kms.amazonaws.com'{hint}")


def _region(condition: str, region: Any, records: Records) -> None:
    store = active()
    if not any(each.get("awsRegion") == region for each in records):
        regions.check(condition, region, () if store is None else store.extra_regions)


def _account(condition: str, account: Any, records: Records) -> None:
    if not isinstance(account, str) or not re.fullmatch(r"[0-9]{12}", account):
        raise ValueError(f"account={account!r}: an account id is a string of 12 digits, such as '111111111111'")


def _error(condition: str, code: Any, records: Records) -> None:
    """Codes are many: only one that is spelled nearly as a common one is questioned."""
    known = {*_CODES, *models.error_codes("kms"), *(each["errorCode"] for each in records if "errorCode" in each)}
    if code not in known and nearest(str(code), known, 0.92) is not None:
        raise ValueError(f"error={code!r}: there is no such code; {did_you_mean(str(code), known, '')}")


_CHECKS: Mapping[str, Callable[[str, Any, Records], None]] = {
    "name": _name,
    "source": _source,
    "via": _source,
    "error": _error,
    "account": _account,
    "region": _region,
}
