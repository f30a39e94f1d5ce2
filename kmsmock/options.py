"""What a world can be told: the values that its options take, and what is wrong with others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from kmsmock.errors import did_you_mean, nearest
from kmsmock.faults import STATUS, TEXTS

DELAYS: Mapping[str, timedelta] = {
    "ConnectCustomKeyStore": timedelta(minutes=20),
    "CopyImage": timedelta(minutes=5),
    "CopySnapshot": timedelta(minutes=3),
    "CreateImage": timedelta(minutes=3),
    "CreateReplaceRootVolumeTask": timedelta(minutes=1),
    "CreateSnapshot": timedelta(minutes=1),
    "CreateVolume": timedelta(seconds=5),
    "DisconnectCustomKeyStore": timedelta(minutes=1),
    "ReplicateKey": timedelta(seconds=10),
    "ReplicateObject": timedelta(seconds=15),
    "RotateKeyOnDemand": timedelta(minutes=8),
    "RunInstances": timedelta(seconds=15),
    "StartInstances": timedelta(seconds=15),
    "UpdatePrimaryRegion": timedelta(seconds=30),
}
"""What takes time on AWS, and about how long."""

EVENTUAL = ("CreateGrant", "PutKeyPolicy")
"""What is known everywhere only after some time, if a test says so: up to five minutes on AWS ("Eventual consistency").
Until then a grant counts only by its token, and the old key policy decides."""


_BOTOCORE_NAMES = {
    "auto-scaling": "autoscaling",
    "cloudwatch-logs": "logs",
    "eventbridge": "events",
    "secrets-manager": "secretsmanager",
}
"""Service ids of the integrated services that botocore's clients have another name for."""


def check_operation(service: str, operation: str) -> str:
    """The id by which the world knows a service; ValueError for a service or an operation that does not exist."""
    from kmsmock.wire import client_models
    from kmsmock.wire.models import service_model

    known = client_models.session().get_available_services()
    name = _BOTOCORE_NAMES.get(service, service)
    if name not in known:
        meant = did_you_mean(service, {*known, *_BOTOCORE_NAMES}, "services are those of boto3.client(), such as 'kms'")
        raise ValueError(f"service={service!r}: botocore has no such service; {meant}")
    model = service_model(name)
    if operation != "*" and operation not in model.operation_names:
        meant = did_you_mean(operation, model.operation_names, "")
        names = f"names are as in {model.operation_names[0]!r}"
        raise ValueError(f"operation={operation!r}: {service} has no such operation; {names}; {meant}".rstrip("; "))
    return str(model.service_id.hyphenize())


def check_code(service: str, code: str) -> str:
    """An error code. Raises ValueError for one that is spelled nearly as one that the service has."""
    from kmsmock.wire.models import error_codes

    known = {*TEXTS, *STATUS, *error_codes(_BOTOCORE_NAMES.get(service, service))}
    if code not in known:
        meant = nearest(code, known, 0.9)
        if meant is not None:
            raise ValueError(f"error={code!r}: {service} has no such code; did you mean {meant!r}?")
    return code


def one_of(option: str, value: object, known: tuple[str, ...]) -> None:
    """Raise ValueError for a value that an option does not take."""
    if value not in known:
        hint = did_you_mean(str(value), known, "")
        raise ValueError(
            f"{option}={value!r}: give one of {', '.join(map(repr, known))}" + (f"; {hint}" if hint else "")
        )


def delays_of(value: object) -> Mapping[str, timedelta]:
    """The delays of a world by operation, from what its option was given. Raises TypeError or ValueError."""
    if isinstance(value, bool):
        return DELAYS if value else {}
    if not isinstance(value, Mapping) or not all(isinstance(each, timedelta) for each in value.values()):
        raise TypeError(f"delays={value!r}: give True, False, or a mapping of operation names to timedeltas")
    known = sorted({*DELAYS, *EVENTUAL})
    unknown = sorted(map(str, value.keys() - set(known)))
    if unknown:
        meant = did_you_mean(unknown[0], known, "")
        raise ValueError(f"delays of {', '.join(unknown)}: only {', '.join(known)} take time; {meant}".rstrip("; "))
    return dict(value)


def account_id_of(value: object) -> str:
    """An account id of twelve digits. Raises ValueError for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"an account id is a string of 12 digits, such as '111111111111', not {value!r}")
    return value
