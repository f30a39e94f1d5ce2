"""The table of keys that have switches, against the requests of botocore that have a key beside a boolean switch.

All of botocore was walked once; here are the services that had such a request and that moto knows, to be quick.
"""

import re

import botocore.session
import pytest

from kmsmock.services.key_switches import SWITCHES
from tests.support import floors

pytestmark = [
    pytest.mark.evidence("documented", "botocore's models: requests that have a key beside a switch"),
    floors.newest_botocore,
]

KEY = re.compile(r"kms.*(key|id)|keyid|kmskey|encryptionkey", re.IGNORECASE)
SWITCH = re.compile(r"encrypt|sse|kms", re.IGNORECASE)

NOT_HERE = "moto does not know the operation, which is refused"
ELSEWHERE = {
    ("ebs", "StartSnapshot"): "a key alone is enough, as recorded; services/ebs refuses one beside Encrypted=False",
    ("ec2", "CopySnapshot"): "a key alone is enough, as recorded",
    ("ec2", "CopyVolumes"): NOT_HERE,
    ("ec2", "CreateFleet"): "looked at where the fleet launches, over the disks of its template",
    ("ec2", "CreateLaunchTemplate"): "made with a warning, services/ec2/launch_templates",
    ("ec2", "CreateLaunchTemplateVersion"): "made with a warning, services/ec2/launch_templates",
    ("ec2", "ImportImage"): NOT_HERE,
    ("ec2", "ImportSnapshot"): NOT_HERE,
    ("ec2", "ModifyFleet"): NOT_HERE,
    ("ecs", "CreateService"): "AWS looks at the key later",
    ("ecs", "RunTask"): "AWS looks at the key later",
    ("ecs", "StartTask"): "AWS looks at the key later",
    ("ecs", "UpdateService"): "AWS looks at the key later",
    ("glue", "PutDataCatalogEncryptionSettings"): "what is returned, not whether the key is used",
    ("opensearch", "CreatePackage"): NOT_HERE,
    ("opensearch", "UpdatePackage"): NOT_HERE,
    ("rds", "RestoreDBClusterFromS3"): NOT_HERE,
    ("rds", "RestoreDBInstanceFromS3"): NOT_HERE,
    ("sagemaker", "CreateAutoMLJob"): "traffic, not the volume of the key",
    ("sagemaker", "CreateAutoMLJobV2"): "traffic, not the volume of the key",
    ("securityhub", "BatchImportFindings"): "told about keys, uses none",
    ("workspaces", "CreateWorkspaces"): "what AWS answers is not known",
}
"""Requests with such a pair and no row, each with its reason."""


def structures(shape, inside=()):
    if shape is None or shape.name in inside:
        return
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        yield shape
        for member in shape.members.values():
            yield from structures(member, inside)
    elif shape.type_name in ("list", "map"):
        yield from structures(shape.member if shape.type_name == "list" else shape.value, inside)


def has_pair(shape):
    keys = {name for name, member in shape.members.items() if KEY.search(name) and member.type_name == "string"}
    rest = {name: member for name, member in shape.members.items() if name not in keys}
    return bool(keys) and any(SWITCH.search(name) and each.type_name == "boolean" for name, each in rest.items())


@pytest.fixture(scope="module")
def models():
    """By botocore's name; its id with hyphens is the same for all of these."""
    session = botocore.session.get_session()
    names = {service for service, _ in [*SWITCHES, *ELSEWHERE]}
    found = {name: session.get_service_model(name) for name in names}
    assert {model.service_id.hyphenize() for model in found.values()} == names
    return found


def test_every_pair_of_a_key_and_a_switch_has_a_row_or_a_reason(models):
    found = {
        (name, operation)
        for name, model in models.items()
        for operation in model.operation_names
        if any(has_pair(each) for each in structures(model.operation_model(operation).input_shape))
    }
    assert found - SWITCHES.keys() == ELSEWHERE.keys()


@pytest.mark.parametrize("place", sorted(SWITCHES), ids="-".join)
def test_every_row_names_what_there_is(models, place):
    model = models[place[0]]
    for switch in SWITCHES[place]:
        if place[1] not in model.operation_names or place[0] in ("docdb", "neptune"):
            continue  # the tables of RDS are those of the services that are like it
        shape = model.operation_model(place[1]).input_shape
        for name in switch.inside:
            shape = shape.member if name == "*" else shape.members[name]
        assert switch.key in shape.members
