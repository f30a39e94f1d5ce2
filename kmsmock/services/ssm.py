"""Parameter Store: values of the type SecureString, each version under the key that it was written with.

Follows "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters": KMS encrypts a standard
value itself, and gives a data key for an advanced one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, NamedTuple

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.crypto import streams
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import by_code, translating
from kmsmock.services.secretsmanager import replicas, values

_DEFAULT_KEY = "alias/aws/ssm"
_STANDARD_CHARACTERS = 4096
_SECRETS = "/aws/reference/secretsmanager/"
_words = outages.first("ssm")(by_code({"AccessDeniedException": "AccessDeniedException"}, "InvalidKeyId"))


class Secured(NamedTuple):
    """A version of a parameter as it is stored: what opens it, and what is shown of it without."""

    envelope: Envelope
    shown: bytes


@dataclass(slots=True)
class Parameters:
    """The encrypted versions, by account, Region, name and version."""

    versions: dict[tuple[str, str, str, int], Secured] = field(default_factory=dict)


def put_parameter(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutParameter: kms:Encrypt for a standard value, kms:GenerateDataKey for an advanced one, before it is kept."""
    params, secured = call.params, None
    if _type(params, moto) == "SecureString":
        with translating(_words):
            secured = _secure(call, kms)
    answer = moto()
    place = (call.account, call.region, params["Name"], answer["Version"])
    versions = kms.store.records(Parameters).versions
    if secured is None:
        versions.pop(place, None)
    else:
        versions[place] = secured
    return answer


def _type(params: dict[str, Any], moto: Moto) -> str | None:
    """The type of a new version: what is said, else that of the version before."""
    if "Type" in params or not params.get("Overwrite"):
        return params.get("Type")
    try:
        found: str = moto("GetParameter", Name=params["Name"])["Parameter"]["Type"]
    except AwsError:
        return None  # there is none: moto says what is wrong
    return found


def _secure(call: Call, kms: ServiceKms) -> Secured:
    params = call.params
    key_id, value = params.get("KeyId", _DEFAULT_KEY), params["Value"].encode()
    context = _context(call, params["Name"])
    if not _advanced(params):
        created = kms.forward("Encrypt", KeyId=key_id, Plaintext=value, EncryptionContext=context)
        return Secured(Envelope(created["KeyId"], created["CiphertextBlob"], context), created["CiphertextBlob"])
    key, envelope = kms.seal(key_id, context)
    nonce, answer = entropy.random_bytes(streams.NONCE_SIZE), BytesIO()
    answer.write(len(envelope.wrapped).to_bytes(2, "big") + envelope.wrapped + nonce)
    streams.seal(answer, value, key, (nonce,))
    return Secured(envelope, answer.getvalue())


def _advanced(params: dict[str, Any]) -> bool:
    tier = params.get("Tier", "Standard")
    large = len(params["Value"]) > _STANDARD_CHARACTERS or bool(params.get("Policies"))
    return tier == "Advanced" or (tier == "Intelligent-Tiering" and large)


def _context(call: Call, name: str) -> dict[str, str]:
    return {"PARAMETER_ARN": f"arn:{call.partition}:ssm:{call.region}:{call.account}:parameter/{name.lstrip('/')}"}


def get_parameter(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetParameter: kms:Decrypt for the caller, if he wants the value decrypted."""
    answer = moto()
    if call.params["Name"].startswith(_SECRETS):
        _open_secret(kms, answer["Parameter"])
    _open(call, kms, [answer["Parameter"]])
    return answer


def _open_secret(kms: ServiceKms, shown: dict[str, Any]) -> None:
    """A reference to a secret is read from Secrets Manager, which asks KMS; why it refused is not told, as recorded."""
    secret = json.loads(shown["SourceResult"])
    version = next(id_ for id_, stages in secret["VersionIdsToStages"].items() if "AWSCURRENT" in stages)
    envelope = kms.store.records(replicas.Secrets).versions.get((secret["ARN"], version))
    if envelope is None:
        return
    try:
        replace(kms, via=values.PRINCIPAL).unseal(envelope)
    except AwsError:
        raise AwsError("ValidationException", f"An error occurred while retrieving {shown['Name']}") from None


def get_parameters(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetParameters, GetParametersByPath and GetParameterHistory: each value is decrypted by itself."""
    answer = moto()
    _open(call, kms, answer["Parameters"])
    return answer


def _open(call: Call, kms: ServiceKms, shown: Iterable[dict[str, Any]]) -> None:
    versions = kms.store.records(Parameters).versions
    for each in shown:
        secured = versions.get((call.account, call.region, each["Name"].split(":")[0], each["Version"]))
        if secured is None:
            continue
        if not call.params.get("WithDecryption"):
            each["Value"] = base64.b64encode(secured.shown).decode()
            continue
        with translating(_words):
            kms.unseal(secured.envelope)


OPERATIONS: dict[str, Advice] = {
    "GetParameter": get_parameter,
    "GetParameterHistory": get_parameters,
    "GetParameters": get_parameters,
    "GetParametersByPath": get_parameters,
    "PutParameter": put_parameter,
}
