"""Lists in the query protocol (``Filters.Filter.1.Values.Value.1``): what botocore writes is what is read, empty ones too.

The source is botocore's ``QuerySerializer``: "The query protocol serializes empty lists", as the name alone, and the
items of a flattened list stand under the item's name, not under the list's.
"""

import pytest
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer

from kmsmock.wire.decoding.query import _from_query
from kmsmock.wire.models import service_model
from tests.support.claims import allow, refused

SCALARS = {"string": "x", "integer": 1, "long": 2, "boolean": True, "float": 1.5, "double": 2.5, "blob": b"x"}


def sample(shape, empty, inside=()):
    """Something for all of a shape's members: lists of two, or of nothing where ``empty``; None where it has no end."""
    if shape.name in inside or shape.type_name in ("map", "timestamp"):
        return None
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        members = {name: sample(member, empty, inside) for name, member in shape.members.items()}
        return {name: value for name, value in members.items() if value is not None} or None
    if shape.type_name == "list":
        item = sample(shape.member, empty, inside)
        return None if item is None else [] if empty else [item, item]
    return SCALARS[shape.type_name]


SERVICES = [
    "autoscaling",
    "cloudformation",
    "cloudsearch",
    "docdb",
    "elasticache",
    "elasticbeanstalk",
    "elb",
    "elbv2",
    "iam",
    "importexport",
    "neptune",
    "rds",
    "redshift",
    "sdb",
    "ses",
    "sns",
    "sts",
]
"""All services of botocore whose protocol is ``query``."""


@pytest.mark.parametrize("empty", [False, True])
def test_every_list_of_every_service_is_read_as_it_was_given(empty):
    serializer = create_serializer("query", include_validation=False)
    for model in map(service_model, SERVICES):
        for name in model.operation_names:
            operation = model.operation_model(name)
            if operation.input_shape is None:
                continue
            given = sample(operation.input_shape, empty) or {}
            body = serializer.serialize_to_request(given, operation)["body"]
            form = {each: str(value).lower() if value is True else str(value) for each, value in body.items()}
            assert (_from_query(operation.input_shape, form, "", ec2=False) or {}) == given, operation.name


@pytest.mark.parametrize(
    "operation", ["describe_db_instances", "describe_db_snapshots", "describe_db_cluster_snapshots"]
)
def test_a_filter_without_values_is_not_one_that_lacks_its_values(owner, operation):
    """What RDS says of each is moto's text: tests/test_rds/test_filters.py of moto."""
    describe = getattr(owner.client("rds"), operation)
    with refused("InvalidParameterValue", "Unrecognized filter name: no-such-filter"):
        describe(Filters=[{"Name": "no-such-filter", "Values": []}])
    known = "snapshot-type" if "snapshots" in operation else "db-instance-id"
    with pytest.raises(ClientError, match=r"The list of .* must not be empty\.") as raised:
        describe(Filters=[{"Name": known, "Values": []}])
    assert raised.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_a_list_whose_items_have_a_name_of_their_own_is_there(owner):
    """Of all services SimpleDB has these ("Attribute.1.Name")."""
    domains = owner.client("sdb")
    domains.create_domain(DomainName="domain")
    attributes = [{"Name": "colour", "Value": "red"}, {"Name": "size", "Value": "3"}]
    domains.put_attributes(DomainName="domain", ItemName="item", Attributes=attributes)
    assert domains.get_attributes(DomainName="domain", ItemName="item")["Attributes"] == attributes


def test_session_policies_and_tags_of_nothing_are_none(owner):
    """As in AWS's models: no list of AssumeRole's has a least length."""
    user = owner.user("user", policies=[allow("sts:AssumeRole")])
    asked = {"RoleArn": owner.role("role").arn, "RoleSessionName": "session"}
    answer = user.client("sts").assume_role(**asked, PolicyArns=[], Tags=[], TransitiveTagKeys=[])
    assert "PackedPolicySize" not in answer  # as without them
