"""One idea for every encrypted resource: ask KMS for a data key, keep the wrapped key, need it again to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kmsmock.call import Call, Caller
from kmsmock.model.envelope import Envelope
from kmsmock.store import Store

Answer = Callable[[Store, Call], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ServiceKms:
    """KMS as a service reaches it while it handles ``call``: through the same gate as boto3, on behalf of the caller.

    ``via`` is the service's principal (``ec2.amazonaws.com``); policies see it in ``kms:ViaService``.
    """

    store: Store
    call: Call
    answer: Answer
    via: str

    def forward(self, operation: str, *, region: str | None = None, caller: Caller | None = None, **params: Any) -> Any:
        """One KMS call in the caller's name (a forward access session), or in another principal's own name.

        Raises the AwsError of KMS; the service file says how the service words it.
        """
        region = region or self.call.region
        if caller is None:
            forwarded = self.call.forwarded("kms", operation, params, region, self.via)
        else:
            forwarded = self.call._replace(
                service="kms",
                operation=operation,
                params=params,
                region=region,
                caller=caller,
                via=(),
                request_id="",
                url="",
            )
        if self.store.enforce == "audit":
            with self.store.strictly():
                return self.answer(self.store, forwarded)
        return self.answer(self.store, forwarded)

    def seal(
        self,
        key_id: str,
        context: Mapping[str, str],
        *,
        region: str | None = None,
        caller: Caller | None = None,
        **data_key: Any,
    ) -> tuple[bytes, Envelope]:
        """A new data key for a resource: its plaintext, and the envelope to keep with the resource."""
        size = data_key or {"KeySpec": "AES_256"}
        created = self.forward(
            "GenerateDataKey", region=region, caller=caller, KeyId=key_id, EncryptionContext=dict(context), **size
        )
        return created["Plaintext"], Envelope(created["KeyId"], created["CiphertextBlob"], dict(context))

    def unseal(self, envelope: Envelope, **options: Any) -> bytes:
        """The data key of a resource. Found by the wrapped key alone, as services do."""
        opened = self.forward(
            "Decrypt", CiphertextBlob=envelope.wrapped, EncryptionContext=dict(envelope.context), **options
        )
        return bytes(opened["Plaintext"])
