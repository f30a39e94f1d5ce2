"""What clients of botocore write is read back: nothing that a service requires is lost on the way.

Of every operation of every integrated service, by botocore's own models and serializers.
"""

from datetime import datetime, timezone

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.config import Config
from botocore.serialize import create_serializer

from kmsmock.services import MODULES
from kmsmock.wire import models, required
from kmsmock.wire.decoding import decode
from tests.support.claims import refused

NAMES = {
    "auto-scaling": "autoscaling",
    "cloudwatch-logs": "logs",
    "dynamodb-streams": "dynamodbstreams",
    "eventbridge": "events",
    "s3-control": "s3control",
    "secrets-manager": "secretsmanager",
    "sfn": "stepfunctions",
}
LEAVES = {
    "blob": b"text",
    "boolean": True,
    "double": 1.5,
    "float": 1.5,
    "integer": 1,
    "long": 1,
    "timestamp": datetime(2026, 1, 1, tzinfo=timezone.utc),
}


def sample(shape, inside=()):
    """A value of a shape with all its members, but for those that it is inside of."""
    if shape.type_name == "structure":
        members = {name: each for name, each in shape.members.items() if each.name not in inside}
        if getattr(shape, "is_tagged_union", False):
            members = dict(list(members.items())[:1])
        return {name: sample(each, (*inside, shape.name)) for name, each in members.items()}
    if shape.type_name == "list":
        return [sample(shape.member, (*inside, shape.name))] * 2
    if shape.type_name == "map":
        return {sample(shape.key): sample(shape.value, (*inside, shape.name))}
    return LEAVES.get(shape.type_name) or (getattr(shape, "enum", None) or ["text"])[0]


def sent(service, operation, params):
    """The request that botocore makes of parameters."""
    serializer = create_serializer(service.resolved_protocol, include_validation=False)
    request = serializer.serialize_to_request(params, operation)
    prepare_request_dict(request, endpoint_url=f"https://{service.endpoint_prefix}.us-east-1.amazonaws.com", context={})
    return create_request_object(request).prepare()


@pytest.mark.parametrize("service_id", MODULES)
def test_nothing_that_is_required_is_lost(service_id):
    service = models.service_model(NAMES.get(service_id, service_id))
    for operation in map(service.operation_model, service.operation_names):
        if operation.input_shape is not None and not operation.has_event_stream_input:
            request = sent(service, operation, sample(operation.input_shape))
            params = decode.decode(request, operation)
            required.check(operation, params)
            required.check_document(operation, params)


MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
LOGS = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}


def test_the_kind_of_a_grantee_is_an_attribute_of_its_element(owner):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="logs", ObjectOwnership="BucketOwnerPreferred")
    grants = [{"Grantee": LOGS, "Permission": each} for each in ("WRITE", "READ_ACP")]
    s3.put_bucket_acl(
        Bucket="logs", AccessControlPolicy={"Grants": grants, "Owner": s3.get_bucket_acl(Bucket="logs")["Owner"]}
    )
    assert s3.get_bucket_acl(Bucket="logs")["Grants"] == grants


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": []}}),
        ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": []}}),
        ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "k"}]}}),
    ],
)
def test_what_a_document_of_s3_lacks_is_no_well_formed_document(owner, operation, params):
    # moto's own test_put_bucket_cors; "MalformedXML" in "List of error codes" of the Amazon S3 API reference
    s3 = owner.client("s3", config=Config(parameter_validation=False))
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):  # moto's suite: the bucket comes first
        getattr(s3, operation)(Bucket="bucket", **params)
    s3.create_bucket(Bucket="bucket")
    with refused("MalformedXML", MALFORMED):
        getattr(s3, operation)(Bucket="bucket", **params)


def test_a_document_about_a_bucket_that_is_to_be_made_is_looked_into(owner):
    s3 = owner.client("s3", config=Config(parameter_validation=False))
    with refused("MalformedXML", MALFORMED):
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"Tags": [{"Key": "k"}]})


@pytest.mark.parametrize(
    ("name", "sent_as"),
    [("MaxKeys", "max-keys"), ("MaxParts", "max-parts"), ("PartNumberMarker", "part-number-marker")],
)
def test_numbers_that_are_none_of_32_bits_are_told_by_their_names(owner, name, sent_as):
    # moto's own test_multipart_list_parts_invalid_argument
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    with refused("InvalidArgument", f"Provided {sent_as} not an integer or within integer range"):
        if name == "MaxKeys":
            s3.list_objects_v2(Bucket="bucket", MaxKeys=2**31)
        else:
            s3.list_parts(Bucket="bucket", Key="k", UploadId="upload", **{name: 2**31})
