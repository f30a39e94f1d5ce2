"""Files as public projects have them: all of it is named, and what is there can be asked."""

import json

import pytest
from botocore.exceptions import ClientError

from kmsmock.loading.report import Loaded, Taken
from tests.support.claims import OWNER, allow

pytestmark = pytest.mark.evidence("assumed", "Legacy stack synthesizer, AWS CDK; Importing key material, AWS KMS")

HASH = "9d83bc2a2f7a4d0a9b1b5d5a0dc8e2a34c5f2ed0c3d2a1b7e6f5a4938271605f"
BUCKET, VERSION = f"AssetParameters{HASH}S3Bucket1A2B3C4D", f"AssetParameters{HASH}S3VersionKey5E6F7A8B"


def written(path, document):
    path.write_text(json.dumps(document))
    return path


def test_parameters_of_assets_are_noted_and_not_missed(aws_world, tmp_path):
    key = {"Fn::Select": [1, {"Fn::Split": ["||", {"Ref": VERSION}]}]}
    reads = allow("s3:GetObject", {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": BUCKET}, "/", key]]})
    template = {
        "Parameters": {
            BUCKET: {"Type": "String", "Description": f'S3 bucket for asset "{HASH}"'},
            VERSION: {"Type": "String"},
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            },
        },
        "Resources": {
            "User": {
                "Type": "AWS::IAM::User",
                "Properties": {
                    "UserName": "ann",
                    "Path": {"Fn::Sub": "/${BootstrapVersion}/"},
                    "Policies": [{"PolicyName": "assets", "PolicyDocument": reads}],
                },
            }
        },
    }
    told = aws_world.load(written(tmp_path / "app.template.json", template), account_id=OWNER)
    assert (told.ignored, told.unknown) == ((), ())
    assert {each.split("parameter ")[1].split(" ")[0] for each in told.notes} == {BUCKET, VERSION, "BootstrapVersion"}
    user = aws_world.account(OWNER).client("iam").get_user_policy(UserName="ann", PolicyName="assets")
    (said,) = user["PolicyDocument"]["Statement"]
    assert said["Resource"] == f"arn:aws:s3:::cdktoolkit-stagingbucket-asset/{HASH}.zip"


def test_what_is_given_for_an_asset_is_taken(aws_world, tmp_path):
    template = {
        "Parameters": {BUCKET: {"Type": "String"}},
        "Resources": {"Assets": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": BUCKET}}}},
    }
    path = written(tmp_path / "app.template.json", template)
    told = aws_world.load(path, account_id=OWNER, parameters={BUCKET: "staging"})
    assert (told.notes, told["Assets"]) == ((), "arn:aws:s3:::staging")


def of_template(folder):
    key = {"Type": "AWS::KMS::Key", "Properties": {"Origin": "EXTERNAL"}}
    return written(folder / "t.json", {"Resources": {"Mine": key}}), "Mine"


def of_plan(folder):
    values = {"description": "ours", "enabled": False, "key_usage": "ENCRYPT_DECRYPT", "valid_to": None}
    key = {"address": "aws_kms_external_key.mine", "mode": "managed", "type": "aws_kms_external_key", "name": "mine"}
    root = {"resources": [{**key, "values": values}]}
    return written(folder / "p.json", {"format_version": "1.2", "planned_values": {"root_module": root}}), key[
        "address"
    ]


@pytest.mark.parametrize("source", [of_template, of_plan])
def test_a_key_of_external_origin_waits_for_its_material(aws_world, tmp_path, source):
    path, name = source(tmp_path)
    arn = aws_world.load(path, account_id=OWNER, region_name="eu-west-1")[name]
    kms = aws_world.account(OWNER).client("kms", "eu-west-1")
    found = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (found["Origin"], found["KeyState"], found["Enabled"]) == ("EXTERNAL", "PendingImport", False)
    with pytest.raises(ClientError) as refusal:
        kms.encrypt(KeyId=arn, Plaintext=b"x")
    answer = refusal.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("KMSInvalidStateException", 400)
    assert answer["Error"]["Message"] == f"{arn} is pending import."
    assert kms.get_parameters_for_import(KeyId=arn, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")


def test_the_report_counts_as_one_says_it():
    kinds = ("control policy",) * 3 + ("key",) * 2 + ("alias",) * 2 + ("boundary",)
    taken = tuple(Taken(each, "", "f") for each in kinds)
    assert str(Loaded(taken)) == "taken: 2 aliases, 1 boundary, 3 control policies, 2 keys"
