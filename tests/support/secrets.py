"""How Secrets Manager words what KMS refuses."""

import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

CODES = {"is disabled.": "DisabledException", "is pending deletion.": "KMSInvalidStateException"}


def sdk_tail(code):
    """What the SDK that services use puts behind KMS's text, as a pattern."""
    return rf" \(Service: AWSKMS; Status Code: 400; Error Code: {code}; Request ID: [0-9a-f-]{{36}}; Proxy: null\)"


@contextmanager
def failing(code, text):
    """The block fails with EncryptionFailure or DecryptionFailure, which say what KMS said.

    A public report of DecryptionFailure pastes "Secrets Manager can't decrypt the secret value: <key> is disabled.
    (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: …; Proxy: null)".
    """
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400), error
    verb = code.removesuffix("ionFailure").lower()
    kms = next((each for end, each in CODES.items() if text.endswith(end)), "NotFoundException")
    pattern = re.escape(f"Secrets Manager can't {verb} the secret value: {text}") + sdk_tail(kms)
    assert re.fullmatch(pattern, error["Message"]), error["Message"]
