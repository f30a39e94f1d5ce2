"""Policies of resources whose services look at little but the grammar before they store them.

One row for each such operation that moto knows. Buckets, queues, topics, secrets, VPC endpoints, control policies and
the documents of IAM and STS have more to look at, and do so in the files of their services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from kmsmock.authorization import documents
from kmsmock.call import Call
from kmsmock.iam.grammar import Mistake
from kmsmock.services import places
from kmsmock.services.places import Path
from kmsmock.store import Store

More = Callable[[Store, Call, Mapping[str, Any]], Iterable[Mistake]]


class Place(NamedTuple):
    """The kind of a document, where it stands in the request, and the parameter that says whose it is."""

    kind: str
    at: Path
    whose: str
    more: More | None = None


def check(store: Store, call: Call) -> None:
    """Raise the service's error for a document that it would not store; warn of names in it that do not exist."""
    for place in PLACES.get((call.service, call.operation), ()):
        more = None if place.more is None else partial(place.more, store, call)
        for text in places.at(call.params, place.at):
            if isinstance(text, str) and _is_policy(call, text):
                whose = f"{place.kind} policy of {call.params.get(place.whose)}"
                documents.accept(store, place.kind, text, whose, more)


def has(service: str, operation: str) -> bool:
    """Whether an operation stores such a document."""
    return (service, operation) in PLACES


def _is_policy(call: Call, text: str) -> bool:
    """Patches of API Gateway may set anything; an empty text takes the policy of an API or a domain away."""
    if not text:
        return call.service not in ("api-gateway", "elasticsearch-service", "opensearch")
    patches = call.params.get("patchOperations")
    return patches is None or any(each.get("path") == "/policy" and each.get("value") == text for each in patches)


def _of_tables(store: Store, call: Call, document: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from documents.foreign(document, "dynamodb")


def _of_buses(store: Store, call: Call, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Unverified: the grammar of a bus knows no elements that begin with Not; moto keeps none."""
    for statement in documents.statements_of(document):
        yield from (Mistake("unknown", name) for name in statement if name.startswith("Not"))


def _existing(store: Store, call: Call, document: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from documents.nobody(store, call.partition, document)


_DOMAIN = Place("domain", ("AccessPolicies",), "DomainName", _existing)

PLACES: Mapping[tuple[str, str], tuple[Place, ...]] = {
    ("acm-pca", "PutPolicy"): (Place("certificate authority", ("Policy",), "ResourceArn"),),
    ("api-gateway", "CreateRestApi"): (Place("REST API", ("policy",), "name"),),
    ("api-gateway", "UpdateRestApi"): (Place("REST API", ("patchOperations", "*", "value"), "restApiId"),),
    ("cloudwatch-logs", "PutDeliveryDestinationPolicy"): (
        Place("delivery destination", ("deliveryDestinationPolicy",), "deliveryDestinationName"),
    ),
    ("cloudwatch-logs", "PutDestinationPolicy"): (Place("log", ("accessPolicy",), "destinationName"),),
    ("cloudwatch-logs", "PutResourcePolicy"): (Place("log", ("policyDocument",), "policyName"),),
    ("dynamodb", "CreateTable"): (Place("table", ("ResourcePolicy",), "TableName", _of_tables),),
    ("dynamodb", "PutResourcePolicy"): (Place("table", ("Policy",), "ResourceArn", _of_tables),),
    ("ecr", "PutRegistryPolicy"): (Place("registry", ("policyText",), "registryId", _existing),),
    ("ecr", "SetRepositoryPolicy"): (Place("repository", ("policyText",), "repositoryName", _existing),),
    ("efs", "PutFileSystemPolicy"): (Place("file system", ("Policy",), "FileSystemId"),),
    ("elasticsearch-service", "CreateElasticsearchDomain"): (_DOMAIN,),
    ("elasticsearch-service", "UpdateElasticsearchDomainConfig"): (_DOMAIN,),
    ("eventbridge", "PutPermission"): (Place("event bus", ("Policy",), "EventBusName", _of_buses),),
    ("glue", "PutResourcePolicy"): (Place("catalog", ("PolicyInJson",), "ResourceArn"),),
    ("kafka", "PutClusterPolicy"): (Place("cluster", ("policy",), "ClusterArn"),),  # as it is sent
    ("kinesis", "PutResourcePolicy"): (Place("stream", ("Policy",), "ResourceARN"),),
    ("opensearch", "CreateDomain"): (_DOMAIN,),
    ("opensearch", "UpdateDomainConfig"): (_DOMAIN,),
    ("s3-control", "PutAccessPointPolicy"): (Place("access point", ("Policy",), "Name"),),
    ("s3vectors", "PutVectorBucketPolicy"): (Place("vector bucket", ("policy",), "vectorBucketName"),),
    ("sesv2", "CreateEmailIdentityPolicy"): (Place("identity", ("Policy",), "EmailIdentity"),),
    ("sesv2", "UpdateEmailIdentityPolicy"): (Place("identity", ("Policy",), "EmailIdentity"),),
}
"""By botocore's service id and operation. Policies in languages of their own (IoT, OpenSearch Serverless) are none."""
