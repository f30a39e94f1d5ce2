"""Templates and cloud assemblies, loaded: what is made, and what the report says of the rest."""

import json

import pytest

import kmsmock
from tests.support.claims import allow, refused

OWNER, PARTNER = "111111111111", "222222222222"


@pytest.fixture
def loaded(tmp_path, aws_world):
    """Loads a template of these resources, as account 111111111111."""

    def load(resources, region_name="eu-west-1", parameters=None, **sections):
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Resources": resources, **sections}))
        return aws_world.load(path, account_id=OWNER, region_name=region_name, parameters=parameters)

    return load


def key(policy=None, **properties):
    return {"Type": "AWS::KMS::Key", "Properties": {**({"KeyPolicy": policy} if policy else {}), **properties}}


def statement(principal, action="kms:*"):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def described(world, arn, region="eu-west-1"):
    return world.account(OWNER).client("kms", region).describe_key(KeyId=arn)["KeyMetadata"]


def test_a_key_stands_in_the_account_and_region_it_is_loaded_for(aws_world, loaded):
    told = loaded({"Data": key(Description="data", EnableKeyRotation=True, RotationPeriodInDays=180)})
    found = described(aws_world, told["Data"])
    assert (found["Arn"], found["Description"]) == (told["Data"], "data")
    assert told["Data"].startswith(f"arn:aws:kms:eu-west-1:{OWNER}:key/")
    status = aws_world.account(OWNER).client("kms", "eu-west-1").get_key_rotation_status(KeyId=told["Data"])
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


@pytest.mark.evidence("documented", "AWS::KMS::Key, Origin: keys without key material")
def test_a_key_for_imported_material_waits_for_it(aws_world, loaded):
    told = loaded({"Data": key(Origin="EXTERNAL")})
    found = described(aws_world, told["Data"])
    assert (found["Origin"], found["KeyState"], found["Enabled"]) == ("EXTERNAL", "PendingImport", False)
    with refused("KMSInvalidStateException", f"{told['Data']} is pending import."):
        aws_world.account(OWNER).client("kms", "eu-west-1").encrypt(KeyId=told["Data"], Plaintext=b"x")


def test_a_key_has_the_same_id_each_time(tmp_path):
    path, ids = tmp_path / "t.json", set()
    path.write_text(json.dumps({"Resources": {"Data": key()}}))
    for _ in range(2):
        with kmsmock.load(path) as world:
            ids.add(world.loaded["Data"])
    assert len(ids) == 1


def test_functions_are_carried_out(aws_world, loaded):
    told = loaded(
        {
            "Data": key(
                document(
                    statement({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}),
                    {
                        "Fn::If": [
                            "Shares",
                            statement({"AWS": {"Fn::Join": [":", ["arn:aws:iam:", {"Ref": "Partner"}, "root"]]}}),
                            {"Ref": "AWS::NoValue"},
                        ]
                    },
                ),
                Description={"Fn::FindInMap": ["Names", {"Ref": "AWS::Region"}, "name"]},
                Tags=[{"Key": "net", "Value": {"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 6, 5]}]}}],
            ),
            "Alias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {
                    "AliasName": {"Fn::Select": [1, {"Fn::Split": [",", "x,alias/data"]}]},
                    "TargetKeyId": {"Ref": "Data"},
                },
            },
        },
        parameters={"Partner": PARTNER},
        Parameters={"Partner": {"Type": "String"}},
        Conditions={"Shares": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Partner"}, ""]}]}},
        Mappings={"Names": {"eu-west-1": {"name": "data of Ireland"}}},
    )
    assert told.unknown == ()
    assert described(aws_world, "alias/data")["Description"] == "data of Ireland"
    tags = aws_world.account(OWNER).client("kms", "eu-west-1").list_resource_tags(KeyId=told["Data"])["Tags"]
    assert tags == [{"TagKey": "net", "TagValue": "10.0.0.32/27"}]
    assert f"arn:aws:iam::{PARTNER}:root" in {each.principal for each in aws_world.who_can("kms:Decrypt", told["Data"])}


def test_roles_have_their_policies_and_are_let_in(aws_world, loaded):
    told = loaded(
        {
            "Data": key(),
            "App": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "app",
                    "AssumeRolePolicyDocument": document(
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ),
                    "ManagedPolicyArns": [{"Ref": "Use"}, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
                },
            },
            "Use": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": allow("kms:Encrypt", {"Fn::GetAtt": ["Data", "Arn"]})},
            },
        }
    )
    app = aws_world.account(OWNER).get_role("app").client("kms", "eu-west-1")
    assert app.encrypt(KeyId=told["Data"], Plaintext=b"x")["KeyId"] == told["Data"]
    kmsmock.assert_denied(lambda: app.generate_data_key(KeyId=told["Data"], KeySpec="AES_256"))


def test_what_is_not_understood_is_named(loaded):
    told = loaded(
        {
            "Odd": {"Type": "Custom::Thing", "Properties": {}},
            "Data": key(Description={"Fn::Transform": {"Name": "x"}}, PendingWindowInDays=7),
            "Skipped": {**key(), "Condition": "Never"},
        },
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        Transform="AWS::Serverless-2016-10-31",
    )
    assert {str(each) for each in told.ignored} == {
        "template.json: Transform: this section of a template is not understood",
        "template.json, Odd: Custom::Thing: nothing is made of this type",
        "template.json, Data: PendingWindowInDays: this property of AWS::KMS::Key is not looked at",
        "template.json, Skipped: Condition Never: it does not hold, so nothing is made",
    }
    assert [(each.what, each.why) for each in told.unknown] == [("Fn::Transform x", "Fn::Transform is not understood")]


def test_a_parameter_without_a_value_is_told_and_stands_for_nobody(aws_world, loaded):
    told = loaded(
        {"Data": key(document(statement({"AWS": f"arn:aws:iam::{OWNER}:root"}), statement({"AWS": {"Ref": "Who"}})))},
        Parameters={"Who": {"Type": "String"}},
    )
    assert [str(each) for each in told.unknown] == [
        "template.json, Data: Ref Who: the parameter has no default: give parameters={'Who': ...}"
    ]
    assert {each.principal for each in aws_world.who_can("kms:Decrypt", told["Data"])} == {f"arn:aws:iam::{OWNER}:root"}


def test_buckets_queues_and_topics_come_with_policies_and_encryption(aws_world, loaded):
    told = loaded(
        {
            "Data": key(),
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "store",
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": [
                            {
                                "ServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": {"Fn::GetAtt": ["Data", "Arn"]},
                                }
                            }
                        ]
                    },
                },
            },
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "KmsMasterKeyId": {"Ref": "Data"}}},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t", "KmsMasterKeyId": {"Ref": "Data"}}},
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s", "KmsKeyId": {"Ref": "Data"}}},
        }
    )
    assert told.ignored == ()
    account = aws_world.account(OWNER)
    account.client("s3", "eu-west-1").put_object(Bucket="store", Key="k", Body=b"x")
    assert aws_world.at_rest("arn:aws:s3:::store/k").key_arn == told["Data"]
    assert account.client("sqs", "eu-west-1").get_queue_url(QueueName="q")["QueueUrl"].endswith("/q")


def test_stacks_of_an_assembly_share_exports_and_have_their_own_accounts(tmp_path, aws_world):
    owner = {
        "Resources": {"Data": key(document(statement({"AWS": f"arn:aws:iam::{OWNER}:root"})))},
        "Outputs": {"Key": {"Value": {"Fn::GetAtt": ["Data", "Arn"]}, "Export": {"Name": "owner:key"}}},
    }
    user = {
        "Resources": {
            "User": {
                "Type": "AWS::IAM::User",
                "Properties": {
                    "UserName": "ann",
                    "Policies": [
                        {
                            "PolicyName": "p",
                            "PolicyDocument": allow("kms:Decrypt", {"Fn::ImportValue": "owner:key"}),
                        }
                    ],
                },
            }
        }
    }
    artifacts = {}
    for name, template, account in (("User", user, PARTNER), ("Owner", owner, OWNER)):
        (tmp_path / f"{name}.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/us-west-2",
            "properties": {"templateFile": f"{name}.json"},
        }
    artifacts["Odd"] = {"type": "other:thing"}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    told = aws_world.load(tmp_path)
    assert (told["User"], told["Owner.Data"].rpartition("/")[0]) == (
        f"arn:aws:iam::{PARTNER}:user/ann",
        f"arn:aws:kms:us-west-2:{OWNER}:key",
    )
    assert told.unknown == ()
    assert [each.what for each in told.ignored] == ["other:thing"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "give a template of CloudFormation"),
        ('{"version": 4, "terraform_version": "1.9.0"}', "give what `terraform show -json` prints"),
        ("a: [", "YAML not well-formed"),
    ],
)
def test_a_file_that_is_no_source_is_refused_with_what_is_accepted(tmp_path, aws_world, text, says):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        aws_world.load(path)


def test_a_world_is_loaded_while_it_is_active():
    with pytest.raises(kmsmock.KmsMockError, match="enter it first"):
        kmsmock.World().load("x")
    with pytest.raises(ValueError, match="no such file"):
        kmsmock.load("nowhere.json")
    with pytest.raises(TypeError, match="takes paths"):
        kmsmock.load()


def test_loading_leaves_no_trace_in_the_trail_and_goes_with_a_snapshot(aws_world, loaded):
    with aws_world.snapshot():
        loaded({"Data": key(), "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "store"}}})
        assert (len(aws_world.events), len(aws_world.decisions), len(aws_world.store.keys)) == (0, 0, 1)
    assert len(aws_world.store.keys) == 0
    assert aws_world.loaded.taken == ()


def test_whatever_stands_in_a_template_is_named_without_a_traceback(loaded):
    told = loaded(
        {
            "Fn::ForEach::Keys": ["Name", ["a", "b"], {}],
            "Odd": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": 7}]}},
            "Strange": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Fn::If": ["Nowhere", 1]}}},
            "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a", "TargetKeyId": "nowhere"}},
        },
        Parameters=None,
        Conditions=None,
    )
    named = {each.where.partition(", ")[2] for each in told.ignored}
    assert named == {"Fn::ForEach::Keys", "Odd", "Strange", "Alias"}
