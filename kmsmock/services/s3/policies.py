"""What S3 looks at in a bucket policy before it stores it ("Bucket policies for Amazon S3", user guide)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from kmsmock.authorization import documents, vocabulary
from kmsmock.authorization.documents import TooLong, actions_of, statements_of
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.iam.grammar import Mistake, values_of
from kmsmock.iam.matching import match_wildcard
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store

SIZE = 20_480


def check(call: Call, kms: ServiceKms) -> None:
    """Raise S3's refusal of a policy that it would not store; warn of names in it that do not exist."""
    bucket, text = call.params["Bucket"], call.params["Policy"]
    size = len(text.encode())
    if kms.store.refuses and size > SIZE:
        error = AwsError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")  # Unverified text
        raise error.because(TooLong(size, SIZE, "bytes"))
    mistakes = partial(_mistakes, kms.store, call.partition, bucket=bucket)
    documents.accept(kms.store, "bucket", text, f"bucket policy of {bucket}", mistakes)


def _mistakes(store: Store, partition: str, document: Mapping[str, Any], bucket: str) -> Iterator[Mistake]:
    """What S3 looks at in the policy of a bucket beside its grammar."""
    yield from documents.nobody(store, partition, document)
    for statement in statements_of(document):
        actions = actions_of(statement)
        for action in actions:
            if not _is_of_s3(action):
                yield Mistake("action", action)
        resources = values_of(statement.get("Resource", statement.get("NotResource")))
        for resource in resources:
            if not _is_in(bucket, resource):
                yield Mistake("resource", resource)
        if "Action" in statement and "Resource" in statement:
            kinds = {kind for resource in resources for kind in _kinds(resource)}
            for action in actions:
                types = vocabulary.resource_types(action)
                if types is not None and not kinds & types:
                    yield Mistake("mismatch", action)


def _is_of_s3(action: str) -> bool:
    if action == "*":
        return True
    return action.lower().startswith("s3:") and vocabulary.unknown_action(action) is None


def _is_in(bucket: str, resource: str) -> bool:
    """The bucket itself, or objects in it. Whether S3 takes patterns of bucket names is unverified; here it does."""
    arn = Arn.find(resource)
    if arn is None or (arn.service, arn.region, arn.account) != ("s3", "", ""):
        return False
    return match_wildcard(arn.resource.partition("/")[0], bucket)


def _kinds(resource: str) -> set[str]:
    """What a resource element covers, by the names of the Service Authorization Reference."""
    if "/" in resource:
        return {"object"}
    return {"bucket", "object"} if resource.endswith("*") else {"bucket"}
