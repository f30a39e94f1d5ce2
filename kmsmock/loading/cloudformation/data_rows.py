"""Buckets, queues, topics and secrets of a template, with their policies and encryption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kmsmock.loading.cloudformation import rows
from kmsmock.loading.cloudformation.rows import Identity, Place, Properties, Resource, Row
from kmsmock.loading.things import Thing, made_up_suffix

_Identify = Callable[[Place, Resource], Identity]


def _named(service: str, *names: str, by_arn: bool = False, lower: bool = False) -> _Identify:
    """A resource of a Region, whose ARN ends with its name."""

    def identity(place: Place, resource: Resource) -> Identity:
        name = rows.given(place, resource, *names)
        name = name.lower() if lower else name
        where = "::" if service == "s3" else f"{place.region}:{place.account}:"
        arn = f"arn:{place.partition}:{service}:{where}{name}"
        attributes = {"Arn": arn, "QueueName": name, "TopicName": name, "TopicArn": arn, "QueueUrl": _url(place, name)}
        return Identity(arn if by_arn else name, arn, attributes)

    return identity


def _url(place: Place, name: str) -> str:
    return f"https://sqs.{place.region}.amazonaws.com/{place.account}/{name}"


def _queue_identity(place: Place, resource: Resource) -> Identity:
    """Of a queue Ref is the URL."""
    found = _named("sqs", "QueueName")(place, resource)
    return found._replace(ref=found.attributes["QueueUrl"])


def _secret_identity(place: Place, resource: Resource) -> Identity:
    name = rows.given(place, resource, "Name")
    end = made_up_suffix(f"{place.name} {resource.name}", 6)
    arn = f"arn:{place.partition}:secretsmanager:{place.region}:{place.account}:secret:{name}-{end}"
    return Identity(arn, arn, {"Id": arn})


def _bucket(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    name = place.identity(resource).ref
    yield rows.thing("bucket", place, resource, Bucket=name)
    for rule in (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        yield rows.thing(
            "bucket encryption",
            place,
            resource,
            Bucket=name,
            Algorithm=default.get("SSEAlgorithm"),
            KMSMasterKeyID=default.get("KMSMasterKeyID"),
            BucketKeyEnabled=rule.get("BucketKeyEnabled"),
        )


def _bucket_policy(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing("bucket policy", place, resource, Bucket=properties["Bucket"], Policy=properties["PolicyDocument"])


def _queue(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    name = place.identity(resource).attributes["QueueName"]
    yield rows.thing("queue", place, resource, QueueName=name, KmsMasterKeyId=properties.get("KmsMasterKeyId"))


def _topic(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    name = place.identity(resource).attributes["TopicName"]
    yield rows.thing("topic", place, resource, Name=name, KmsMasterKeyId=properties.get("KmsMasterKeyId"))


def _queue_policies(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    for each in properties["Queues"]:
        yield rows.thing("queue policy", place, resource, QueueUrl=each, Policy=properties["PolicyDocument"])


def _topic_policies(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    for each in properties["Topics"]:
        yield rows.thing("topic policy", place, resource, TopicArn=each, Policy=properties["PolicyDocument"])


def _secret(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    name: Any = rows.given(place, resource, "Name")
    yield rows.thing("secret", place, resource, Name=name, KmsKeyId=properties.get("KmsKeyId"))


def _secret_policy(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "secret policy", place, resource, SecretId=properties["SecretId"], Policy=properties["ResourcePolicy"]
    )


ROWS: dict[str, Row] = {
    "AWS::S3::Bucket": Row(
        _named("s3", "BucketName", lower=True), _bucket, frozenset({"BucketName", "BucketEncryption"})
    ),
    "AWS::S3::BucketPolicy": Row(rows.attached, _bucket_policy, frozenset({"Bucket", "PolicyDocument"})),
    "AWS::SQS::Queue": Row(_queue_identity, _queue, frozenset({"QueueName", "KmsMasterKeyId"})),
    "AWS::SQS::QueuePolicy": Row(rows.attached, _queue_policies, frozenset({"Queues", "PolicyDocument"})),
    "AWS::SNS::Topic": Row(_named("sns", "TopicName", by_arn=True), _topic, frozenset({"TopicName", "KmsMasterKeyId"})),
    "AWS::SNS::TopicPolicy": Row(rows.attached, _topic_policies, frozenset({"Topics", "PolicyDocument"})),
    "AWS::SecretsManager::Secret": Row(_secret_identity, _secret, frozenset({"Name", "KmsKeyId"})),
    "AWS::SecretsManager::ResourcePolicy": Row(
        rows.attached, _secret_policy, frozenset({"SecretId", "ResourcePolicy"})
    ),
}
