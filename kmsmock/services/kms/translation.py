"""How services pass on what KMS said: under codes of their own, with KMS's text and where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from kmsmock import entropy
from kmsmock.errors import AwsError

Translation = Callable[[AwsError], AwsError]


def sdk_text(error: AwsError) -> str:
    """An error of KMS as the SDK that the service uses prints it."""
    return (
        f"{error.message} (Service: AWSKMS; Status Code: {error.status}; Error Code: {error.code}; "
        f"Request ID: {entropy.uuid()}; Proxy: null)"
    )


def newer_sdk_text(error: AwsError) -> str:
    """The same, as version 2 of that SDK prints it."""
    where = f"Service: Kms, Status Code: {error.status}, Request ID: {entropy.uuid()}"
    return f"{error.message} ({where}) (SDK Attempt Count: 1)"


def by_code(codes: Mapping[str, str], otherwise: str, text: Callable[[AwsError], str] = sdk_text) -> Translation:
    """Words of a service that has a code for each of KMS's, and one for all that have none."""

    def translate(error: AwsError) -> AwsError:
        return AwsError(codes.get(error.code, otherwise), text(error))

    return translate


@contextmanager
def translating(translate: Translation) -> Iterator[None]:
    """Whatever KMS refuses in the block is refused in the words of the service."""
    try:
        yield
    except AwsError as error:
        raise translate(error) from None
