"""moto's look at IAM's documents, by the grammar of the house: its own refuses some that AWS stores (the older Version,
numbers in conditions, jobs of S3), and passes others. Templates come here without any request.
"""

from __future__ import annotations

from typing import Any

from kmsmock.active import Patches, current
from kmsmock.authorization import documents
from kmsmock.authorization.document_kinds import KINDS
from kmsmock.iam import grammar


def install(patches: Patches) -> None:
    """Replace the validators of moto's IAM."""
    from moto.iam import models
    from moto.iam.exceptions import MalformedPolicyDocument

    def reader(kind: str, original: Any) -> Any:
        class Reader:
            """moto's validator of one kind of document."""

            def __init__(self, policy_document: str) -> None:
                self._text = policy_document

            def validate(self) -> None:
                if current().lets_pass:
                    original(self._text).validate()
                    return
                found = grammar.mistake(self._text, KINDS[kind].grammar)
                if found is not None:
                    raise MalformedPolicyDocument(documents.words(kind, found))

        return Reader

    def create_policy(self: Any, description: str, path: str, policy_document: str, *more: Any, **named: Any) -> Any:
        managed(policy_document).validate()
        return original(self, description, path, policy_document, *more, **named)

    managed = reader("managed", models.IAMPolicyDocumentValidator)
    trust = reader("trust", models.IAMTrustPolicyDocumentValidator)
    patches.replace(models, "IAMPolicyDocumentValidator", reader("inline", models.IAMPolicyDocumentValidator))
    patches.replace(models, "IAMTrustPolicyDocumentValidator", trust)
    original = patches.replace(models.IAMBackend, "create_policy", create_policy)
