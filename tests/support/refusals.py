"""What KMS says in each case, and what becomes of it in the answers of the services that ask it."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER
from tests.support.ec2 import WEST
from tests.support.policies import KEY_SIDE

RIGHT, BY_ALIAS, ADMITTED, MANAGED = "right key", "alias", "foreign key that admits the account", "managed key"
FOREIGN, MISSING, DISABLED, PENDING = "foreign key that does not", "missing key", "disabled", "pending deletion"
DELETED, RSA, HMAC, ELSEWHERE = "deleted", "RSA key", "HMAC key", "key of another Region"
CASES = [RIGHT, BY_ALIAS, ADMITTED, FOREIGN, MISSING, DISABLED, PENDING, DELETED, RSA, HMAC, MANAGED, ELSEWHERE]

SAID = {  # KMS's code and its text, as regular expressions with {key}, {caller} and {region} to fill in
    FOREIGN: ("AccessDeniedException", rf"User: {{caller}} is not authorized to perform: kms:\w+ on th.+ {KEY_SIDE}"),
    MISSING: ("NotFoundException", "Key '{key}' does not exist"),
    DELETED: ("NotFoundException", "Key '{key}' does not exist"),
    DISABLED: ("DisabledException", r"{key} is disabled\."),
    PENDING: ("KMSInvalidStateException", r"{key} is pending deletion\."),
    ELSEWHERE: ("NotFoundException", "Invalid arn {region}"),
    # where only ARNs are taken
    BY_ALIAS: ("InvalidArnException", r"Key Aliases are not supported for this operation\."),
    RSA: (r"\w+", ".*"),
    HMAC: (r"\w+", ".*"),
}
TAIL = r" \(Service: AWSKMS; Status Code: 400; Error Code: {error}; Request ID: [^;)]*(; Proxy: null)?\)"


@dataclass(frozen=True)
class Refusal:
    """What a service answers when KMS refuses; None leaves it open, and so does a tuple of codes between them.

    The message is a regular expression where {text} and {error} stand for what KMS said and its code.
    """

    code: str | tuple[str, ...] | None = None
    status: int | None = 400
    message: str | None = None

    def check(self, case, error, key="", caller=""):
        """The error is this refusal."""
        told, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        codes = (self.code,) if isinstance(self.code, str) else self.code
        assert codes is None or told["Code"] in codes, told
        assert 400 <= status < 500 if self.status is None else status == self.status, (status, told)
        if self.message is not None:
            words = {"key": re.escape(key), "caller": re.escape(caller), "region": re.escape(WEST)}
            kms_error, text = (each.format(**words) for each in SAID.get(case, (r"\w+", ".*")))
            pattern = self.message.replace("{text}", text).replace("{error}", kms_error).replace("{key}", words["key"])
            assert re.fullmatch(pattern, told["Message"], re.DOTALL), (pattern, told["Message"])


@contextmanager
def refused_as(refusal, case, key="", caller=f"arn:aws:iam::{OWNER}:root"):
    with pytest.raises(ClientError) as caught:
        yield
    refusal.check(case, caught.value, key, caller)


def by_case(missing, disabled, pending, usage, foreign):
    """The refusals by case; a deleted key and that of another Region are missing ones."""
    lost = {MISSING: missing, DELETED: missing, ELSEWHERE: missing, DISABLED: disabled, PENDING: pending}
    return lost | {FOREIGN: foreign, RSA: usage, HMAC: usage}


def always(refusal):
    return by_case(refusal, refusal, refusal, refusal, refusal)
