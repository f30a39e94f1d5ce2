"""What ``world.depends_on`` and ``world.who_can`` give is searched, compared, printed and written out."""

import json

import pytest

from kmsmock.radius.dependents import Dependent, Dependents
from tests.support.claims import OTHER, OWNER
from tests.support.ec2 import WEST, cmk, make_image, make_snapshot, share_image
from tests.support.policies import make_key
from tests.support.s3 import BUCKET, put


@pytest.fixture
def key(kms):
    return make_key(kms)


@pytest.fixture
def stored(owner, key):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    put(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    return Dependent("object", f"arn:aws:s3:::{BUCKET}/k", OWNER, "us-east-1", "under the key", "GetObject")


def test_a_key_is_named_by_its_arn_its_id_its_alias_and_the_arn_of_that(aws_world, kms, key, stored):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    names = (key, key.rpartition("/")[2], "alias/app", f"arn:aws:kms:us-east-1:{OWNER}:alias/app")
    for name in names:
        found = aws_world.depends_on(name)
        assert found.where(kind="object") == [stored]
        assert found.kinds == {"object": 1, "alias": 1}
        assert aws_world.who_can("Decrypt", name).principals == [f"arn:aws:iam::{OWNER}:root"]


def test_a_list_is_compared_and_selected_from(aws_world, key, stored):
    found = aws_world.depends_on(key)
    assert found == [stored]
    assert found.where(kind="object", account=OWNER, region="us-east-1", through="", lost="GetObject") == [stored]
    assert found.where(arn=stored.arn) == found.where(arn="k") == [stored]
    assert found.where(kind="queue") == found.where(account=OTHER) == []
    assert isinstance(found[:1], Dependents)
    assert (found.arns, found.accounts, found[0]) == ([stored.arn], [OWNER], stored)


def test_a_list_is_a_tree_on_a_page(aws_world, owner, key):
    ec2 = owner.client("ec2")
    image = make_image(ec2, make_snapshot(ec2, key))
    share_image(ec2, image, OTHER)
    found = aws_world.depends_on(key)
    volume, snapshot = (found.where(kind=kind)[0].arn for kind in ("volume", "snapshot"))
    assert str(found).splitlines() == [
        f"{key} (Enabled): 4 depend on it",
        f"  {OWNER} us-east-1",
        f"    volume {volume}: under the key; lost: AttachVolume",
        f"    snapshot {snapshot}: under the key; lost: CreateVolume",
        f"      image arn:aws:ec2:us-east-1::image/{image}: over the snapshot; lost: RunInstances",
        f"        share arn:aws:ec2:us-east-1::image/{image}: the image is shared with {OTHER}; lost: RunInstances"
        f" in {OTHER} us-east-1",
    ]


def test_lists_are_written_out_as_json(aws_world, key, stored):
    written = json.loads(json.dumps(aws_world.depends_on(key).as_dict()))
    assert written == {"key": f"{key} (Enabled)", "dependents": [stored._asdict()]}
    holders = json.loads(json.dumps(aws_world.who_can("kms:Decrypt", key).as_dict()))
    assert holders == {
        "asked": f"kms:Decrypt on {key}",
        "holders": [
            {
                "principal": f"arn:aws:iam::{OWNER}:root",
                "kind": "root",
                "account": OWNER,
                "by": [f'Allow "Delegate" in key policy of {key}'],
                "conditions": [],
            }
        ],
    }


# --- what was meant -------------------------------------------------------------------------------------------------------


def test_a_key_that_never_was_is_refused_with_what_was_meant(aws_world, kms, key):
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    with pytest.raises(ValueError, match=r"key='alias/order': .* never had such a key; did you mean 'alias/orders'\?"):
        aws_world.depends_on("alias/order")
    with pytest.raises(ValueError, match=rf"never had such a key; did you mean '{key}'\?"):
        aws_world.who_can("kms:Decrypt", key[:-1])
    with pytest.raises(ValueError, match="never had such a key; give its ARN, its id, or an alias"):
        aws_world.depends_on("production")
    with pytest.raises(TypeError, match=r"key=None: give a text, such as 'arn:aws:kms:"):
        aws_world.depends_on(None)


def test_a_name_that_several_keys_have_is_of_the_worlds_own_account_or_refused(aws_world, owner):
    keys = [cmk(owner, region=region) for region in ("us-west-2", WEST)]
    for each in keys:
        owner.client("kms", each.split(":")[3]).create_alias(AliasName="alias/twice", TargetKeyId=each)
    with pytest.raises(ValueError, match=r"there are 2 of them; give an ARN: arn:.*, arn:"):
        aws_world.depends_on("alias/twice")


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("kms:Decript", r"KMS has no such action; did you mean 'Decrypt'\?"),
        ("s3:GetObject", r"KMS has no such action; give one action of KMS"),
        ("kms:CreateKey", r"it is not done on a key; kmsmock\.simulate\(\) tells who may"),
        ("kms:ListKeys", r"it is not done on a key"),
        ("kms:RetireGrant", r"whom a grant names may retire it"),
    ],
)
def test_an_action_that_is_not_done_on_keys_is_refused(aws_world, key, action, said):
    with pytest.raises(ValueError, match=said):
        aws_world.who_can(action, key)


def test_questions_that_cannot_be_asked_of_a_list_are_refused(aws_world, key, stored):
    found, holders = aws_world.depends_on(key), aws_world.who_can("kms:Decrypt", key)
    with pytest.raises(TypeError, match=r"'kinds': what depends on a key is told apart by .*; did you mean 'kind'\?"):
        found.where(kinds="object")
    with pytest.raises(ValueError, match=r"kind='objects': nothing of that kind .*; did you mean 'object'\?"):
        found.where(kind="objects")
    with pytest.raises(ValueError, match="an account id is a string of 12 digits"):
        found.where(account="1")
    with pytest.raises(
        TypeError, match=r"'conditions': who can use a key is told apart by .*did you mean 'conditional'"
    ):
        holders.where(conditions=True)
    with pytest.raises(ValueError, match=r"kind='roles': give one of .*; did you mean 'role'\?"):
        holders.where(kind="roles")
