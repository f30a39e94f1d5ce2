"""Plans and states of Terraform, and outputs of ``aws``, loaded: what is there, what only an apply tells."""

import json

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER

ROOT = f"arn:aws:iam::{OWNER}:root"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def policy(*principals, action="kms:*"):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": action, "Resource": "*"}],
    }


def resource(address, mode="managed", **values):
    kind, name = address.split(".")[-2:]
    return {"address": address, "mode": mode, "type": kind, "name": name, "values": values}


def changed(address, unknown, after=None, mode="managed"):
    change = {"actions": ["create"], "after": after or {}, "after_unknown": unknown}
    return {**resource(address, mode), "change": change}


def refers(address, **arguments):
    expressions = {
        name: given if isinstance(given, (dict, list)) else {"references": [given, given.rpartition(".")[0]]}
        for name, given in arguments.items()
    }
    return {"address": address, "provider_config_key": "aws", "expressions": expressions}


def plan(*resources, changes=(), configured=(), **more):
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": list(resources)}},
        "resource_changes": list(changes),
        "configuration": {
            "provider_config": {"aws": {"expressions": {"region": {"constant_value": "eu-west-1"}}}},
            "root_module": {"resources": list(configured)},
        },
        **more,
    }


@pytest.fixture
def loaded(tmp_path, aws_world):
    def load(document):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document))
        return aws_world.load(path, account_id=OWNER)

    return load


def holders(world, action, key):
    return {each.principal for each in world.who_can(action, key)}


@pytest.mark.evidence("documented", "aws_kms_external_key, Terraform AWS provider")
@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "PendingImport"),
        ({"key_material_base64": "b2xk", "enabled": True}, "Enabled"),
        ({"key_material_base64": "b2xk", "enabled": False}, "Disabled"),
        ({"key_state": "Enabled"}, "Enabled"),
        ({"key_state": "PendingImport", "enabled": False}, "PendingImport"),
    ],
)
def test_a_key_for_imported_material_has_what_the_plan_brings(aws_world, loaded, values, state):
    told = loaded(plan(resource("aws_kms_external_key.data", **values)))
    found = aws_world.account(OWNER).client("kms", "eu-west-1").describe_key(KeyId=told["aws_kms_external_key.data"])
    assert (found["KeyMetadata"]["Origin"], found["KeyMetadata"]["KeyState"]) == ("EXTERNAL", state)
    assert told.ignored == ()


def test_what_refers_to_what_only_an_apply_makes_is_put_together(aws_world, loaded):
    statements = [
        {"actions": ["kms:*"], "principals": [{"type": "AWS", "identifiers": [ROOT]}], "resources": ["*"]},
        {"actions": ["kms:Decrypt"], "principals": [{"type": "AWS", "identifiers": [None]}], "resources": ["*"]},
    ]
    told = loaded(
        plan(
            resource("aws_kms_key.data", is_enabled=True),
            resource("aws_kms_alias.data", name="alias/data"),
            resource("aws_iam_role.app", name="app", assume_role_policy=TRUST),
            changes=[
                changed("aws_kms_key.data", {"arn": True, "policy": True}),
                changed("aws_kms_alias.data", {"target_key_id": True}),
                {**changed("data.aws_iam_policy_document.key", {"json": True}, {"statement": statements}, "data")},
            ],
            configured=[
                refers("aws_kms_key.data", policy="data.aws_iam_policy_document.key.json"),
                refers("aws_kms_alias.data", target_key_id="aws_kms_key.data.key_id"),
                refers(
                    "data.aws_iam_policy_document.key",
                    statement=[
                        {},
                        {"principals": [{"identifiers": {"references": ["aws_iam_role.app.arn", "aws_iam_role.app"]}}]},
                    ],
                ),
            ],
        )
    )
    assert (told.unknown, told.ignored) == ((), ())
    app = f"arn:aws:iam::{OWNER}:role/app"
    assert holders(aws_world, "kms:Decrypt", told["aws_kms_key.data"]) == {ROOT, app}
    assert len(told.notes) == 1
    assert "principals is taken to be aws_iam_role.app.arn" in told.notes[0]
    described = aws_world.account(OWNER).client("kms", "eu-west-1").describe_key(KeyId="alias/data")
    assert described["KeyMetadata"]["Arn"] == told["aws_kms_key.data"]


def test_a_policy_that_only_an_apply_tells_is_told_and_lets_nobody_in(aws_world, loaded):
    told = loaded(
        plan(
            resource("aws_kms_key.data"),
            resource("aws_vpc.net"),
            changes=[changed("aws_kms_key.data", {"policy": True})],
            configured=[refers("aws_kms_key.data", policy={"references": ["local.document", "local.other"]})],
        )
    )
    assert [str(each) for each in told.unknown] == [
        "plan.json, aws_kms_key.data: policy: only an apply tells it; it is made of local.document, local.other"
    ]
    assert str(told.ignored[0]) == "plan.json, aws_vpc.net: aws_vpc: nothing is made of this type"


def test_new_disks_are_under_the_key_that_the_plan_says(aws_world, loaded):
    told = loaded(
        plan(
            resource("aws_kms_key.data"),
            resource("aws_ebs_encryption_by_default.on", enabled=True),
            resource("aws_ebs_default_kms_key.data"),
            changes=[changed("aws_ebs_default_kms_key.data", {"key_arn": True})],
            configured=[refers("aws_ebs_default_kms_key.data", key_arn="aws_kms_key.data.arn")],
        )
    )
    assert (told.unknown, told.ignored) == ((), ())
    ec2 = aws_world.account(OWNER).client("ec2", "eu-west-1")
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == told["aws_kms_key.data"]
    made = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1)["VolumeId"]
    (volume,) = ec2.describe_volumes(VolumeIds=[made])["Volumes"]
    assert (volume["Encrypted"], volume["KmsKeyId"]) == (True, told["aws_kms_key.data"])


def test_a_replica_whose_primary_only_an_apply_tells_has_the_id_of_that(loaded):
    told = loaded(
        plan(
            resource("aws_kms_key.data", multi_region=True),
            resource("aws_kms_replica_key.copy", region="us-west-2"),
            changes=[changed("aws_kms_replica_key.copy", {"primary_key_arn": True})],
            configured=[refers("aws_kms_replica_key.copy", primary_key_arn="aws_kms_key.data.arn")],
        )
    )
    primary = told["aws_kms_key.data"]
    assert (told.ignored, told["aws_kms_replica_key.copy"]) == ((), primary.replace("eu-west-1", "us-west-2"))


def test_a_state_keeps_ids_and_accounts(aws_world, loaded):
    key_id, role = "1234abcd-12ab-34cd-56ef-1234567890ab", f"arn:aws:iam::{OTHER}:role/team/app"
    key = f"arn:aws:kms:us-west-2:{OTHER}:key/{key_id}"
    told = loaded(
        {
            "format_version": "1.0",
            "values": {
                "root_module": {
                    "resources": [
                        resource("aws_kms_key.data", arn=key, key_id=key_id, policy=json.dumps(policy(role))),
                        resource("aws_iam_role.app", arn=role, name="app", path="/team/", assume_role_policy=TRUST),
                        resource(
                            "aws_kms_grant.g",
                            key_id=key_id,
                            grantee_principal=f"arn:aws:iam::{OTHER}:role/team/app",
                            operations=["Decrypt"],
                            constraints=[{"encryption_context_equals": {"a": "b"}}],
                        ),
                    ],
                    "child_modules": [],
                }
            },
        }
    )
    assert told["aws_kms_key.data"] == key
    assert holders(aws_world, "kms:Decrypt", key) == {role}


def test_a_dump_is_a_folder_of_outputs(tmp_path, aws_world):
    key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    arn, role = f"arn:aws:kms:eu-west-1:{OWNER}:key/{key_id}", f"arn:aws:iam::{OWNER}:role/app"
    here = tmp_path / OWNER / "eu-west-1" / "kms" / key_id
    here.mkdir(parents=True)
    metadata = {"Arn": arn, "KeyId": key_id, "Enabled": True, "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT"}
    outputs = {
        here / "describe-key.json": {"KeyMetadata": metadata},
        here / "get-key-policy.json": {"Policy": json.dumps(policy(ROOT))},
        here / "list-grants.json": {
            "Grants": [{"KeyId": arn, "GrantId": "ab" * 32, "GranteePrincipal": role, "Operations": ["Decrypt"]}]
        },
        here.parent / "list-aliases.json": {
            "Aliases": [
                {"AliasName": "alias/data", "AliasArn": f"{arn.partition(':key')[0]}:alias/data", "TargetKeyId": key_id}
            ]
        },
        tmp_path / OWNER / "get-account-authorization-details.json": {
            "RoleDetailList": [
                {
                    "RoleName": "app",
                    "RoleId": "AROAEXAMPLEEXAMPLE123",
                    "Arn": role,
                    "AssumeRolePolicyDocument": json.loads(TRUST),
                }
            ]
        },
        tmp_path / "odd.json": {"Buckets": []},
    }
    for path, output in outputs.items():
        path.write_text(json.dumps(output))
    told = aws_world.load(tmp_path)
    assert [str(each) for each in told.ignored] == ["odd.json: file: it is the output of no command that is understood"]
    assert holders(aws_world, "kms:Decrypt", arn) == {ROOT, role}
    assert aws_world.account(OWNER).get_role("app").arn == role
    kms = aws_world.account(OWNER).client("kms", "eu-west-1")
    assert kms.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"] == key_id


def test_the_report_is_a_text_and_data(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(resource("aws_kms_key.data"), resource("aws_vpc.net"))))
    with kmsmock.load(path) as world:
        assert str(world.loaded) == (
            "taken: 1 key\nnot taken:\n  plan.json, aws_vpc.net: aws_vpc: nothing is made of this type"
        )
        assert world.loaded.plain()["taken"][0]["kind"] == "key"
        with pytest.raises(KeyError, match=r"did you mean 'aws_kms_key.data'"):
            world.loaded["aws_kms_key.dato"]
