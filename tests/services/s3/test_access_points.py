"""Access points: another name of a bucket, with a policy of its own; objects are under the same keys.

"Access points for general purpose buckets" and "Configuring IAM policies for using access points": what an access point
lets somebody do, the bucket has to let him do too, most simply by letting in all of its access points.
"""

import json

import pytest
import urllib3

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import key_policy, use
from tests.support.s3 import ARN, BODY, BUCKET, get, head, part, put, read, set_default, shown, sse, under

pytestmark = pytest.mark.evidence(
    "documented", '"Access points for general purpose buckets" and "Access point policies" (Amazon S3 user guide)'
)
POINT = f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/point"
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]}
DELEGATED = {**EVERYTHING, "Condition": {"StringEquals": {"s3:DataAccessPointAccount": OWNER}}}


@pytest.fixture
def control(owner):
    return owner.client("s3control")


@pytest.fixture
def made(s3, control):
    """The access point of the bucket."""
    return control.create_access_point(AccountId=OWNER, Name="point", Bucket=BUCKET)


def lets(control, person, actions="s3:GetObject", resource=f"{POINT}/object/*"):
    statement = {"Effect": "Allow", "Principal": {"AWS": person.arn}, "Action": actions, "Resource": resource}
    control.put_access_point_policy(AccountId=OWNER, Name="point", Policy=json.dumps(policy(statement)))


def delegate(s3, statement=DELEGATED):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(statement)))


@pytest.fixture(params=["AccessPointArn", "Alias"])
def name(request, made):
    return made[request.param]


def test_objects_are_written_and_read_by_it(s3, name):
    put(s3, bucket=name, body=b"by it")
    assert read(s3) == b"by it" == read(s3, bucket=name)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=name)["Contents"]] == ["k", "plain"]
    s3.delete_object(Bucket=name, Key="k")
    with refused("NoSuchKey", "The specified key does not exist.", status=404):
        get(s3)


def test_kms_is_asked_as_ever(aws_world, s3, key, name):
    assert shown(put(s3, bucket=name, **sse(key))) == under(key)
    assert shown(get(s3, bucket=name)) == shown(head(s3)) == under(key)
    calls = [(each["eventName"], each["requestParameters"]["encryptionContext"]) for each in aws_world.events[-2:]]
    assert calls == [(each, {"aws:s3:arn": f"{ARN}/k"}) for each in ("GenerateDataKey", "Decrypt")]


def test_the_default_of_the_bucket_counts(s3, key, name):
    set_default(s3, key=key)
    assert shown(put(s3, bucket=name)) == under(key)
    created = s3.create_multipart_upload(Bucket=name, Key="big")
    tag = part(s3, {**created, "Bucket": name, "Key": "big"}, body=BODY)["ETag"]
    s3.complete_multipart_upload(
        Bucket=name,
        Key="big",
        UploadId=created["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]},
    )
    assert shown(head(s3, "big")) == under(key)


def test_a_key_that_refuses_refuses_here_too(s3, kms, key, name):
    put(s3, **sse(key))
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", status=400):
        read(s3, bucket=name)


def test_presigned_urls_of_it_are_good(s3, made):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": made["AccessPointArn"], "Key": "plain"})
    assert urllib3.PoolManager().request("GET", url).data == BODY


def test_one_that_is_not_there(s3, made):
    for name in (f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/other", f"other-{'a' * 34}-s3alias"):
        with refused("NoSuchAccessPoint", "The specified accesspoint does not exist", status=404):
            get(s3, "plain", bucket=name)


def test_it_is_in_the_region_of_its_bucket(owner, west, control):
    made = control.create_access_point(AccountId=OWNER, Name="west", Bucket="west")
    assert made["AccessPointArn"] == f"arn:aws:s3:eu-west-1:{OWNER}:accesspoint/west"
    put(west, bucket=made["AccessPointArn"])
    assert read(west, bucket="west") == BODY


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_may_do_nothing_may_do_nothing_by_it(owner, made):
    person = owner.user("person").client("s3")
    text = (
        f'User: arn:aws:iam::{OWNER}:user/person is not authorized to perform: s3:GetObject on resource: "{POINT}/object/plain" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    with refused("AccessDenied", text, status=403):
        read(person, "plain", bucket=made["AccessPointArn"])


def test_its_policy_lets_in_where_the_bucket_lets_its_access_points_in(owner, s3, control, made):
    person = owner.user("person")
    lets(control, person)
    with refused("AccessDenied", status=403):
        read(person.client("s3"), "plain", bucket=made["AccessPointArn"])
    delegate(s3)
    assert read(person.client("s3"), "plain", bucket=made["AccessPointArn"]) == BODY
    assert read(person.client("s3"), "plain", bucket=made["Alias"]) == BODY
    with refused("AccessDenied", status=403):
        read(person.client("s3"), "plain")
    with refused("AccessDenied", status=403):
        put(person.client("s3"), bucket=made["AccessPointArn"])


def test_who_may_name_the_bucket_only_may_not_by_it(owner, made):
    person = owner.user("person", [allow(["s3:*"], [ARN, f"{ARN}/*"])]).client("s3")
    assert read(person, "plain") == BODY
    with refused("AccessDenied", status=403):
        read(person, "plain", bucket=made["AccessPointArn"])


def test_a_bucket_may_ask_for_an_access_point(owner, s3, made):
    person = owner.user("person", [allow(["s3:*"])]).client("s3")
    demand = {**EVERYTHING, "Effect": "Deny", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    delegate(s3, {**demand, "Condition": {"StringNotEquals": {"s3:DataAccessPointArn": POINT}}})
    with refused("AccessDenied", status=403):
        read(person, "plain")
    assert read(person, "plain", bucket=made["AccessPointArn"]) == BODY


def test_another_account_reads_by_it_and_needs_the_key(owner, other, s3, kms, control, made, key):
    put(s3, **sse(key))
    person = other.user("person", [allow(["s3:GetObject"], f"{POINT}/object/*"), allow(["kms:Decrypt"])])
    client = person.client("s3")
    with refused("AccessDenied", "Access Denied", status=403):
        read(client, "plain", bucket=made["AccessPointArn"])
    lets(control, person)
    delegate(s3)
    assert read(client, "plain", bucket=made["AccessPointArn"]) == BODY
    with refused("AccessDenied", status=403):
        read(client, bucket=made["AccessPointArn"])
    opened = key_policy(use(f"arn:aws:iam::{OTHER}:root"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=opened)
    assert read(client, bucket=made["AccessPointArn"]) == BODY


def test_one_of_a_vpc_is_reached_from_there(aws_world, s3, control, made):
    inside = control.create_access_point(
        AccountId=OWNER, Name="inside", Bucket=BUCKET, VpcConfiguration={"VpcId": "vpc-1"}
    )["AccessPointArn"]
    with refused("AccessDenied", "Access Denied", status=403):
        read(s3, "plain", bucket=inside)
    with aws_world.request_context(**{"aws:SourceVpc": "vpc-1"}):
        assert read(s3, "plain", bucket=inside) == BODY


# --- what is not modelled is said ---------------------------------------------------------------------------------------

STRANGE = {
    "S3 Object Lambda": f"arn:aws:s3-object-lambda:us-east-1:{OWNER}:accesspoint/olap",
    "S3 on Outposts": f"arn:aws:s3-outposts:us-east-1:{OWNER}:outpost/op-1/accesspoint/point",
}


@pytest.mark.parametrize("what", STRANGE)
def test_other_kinds_are_refused_by_name(s3, what):
    with pytest.raises(NotImplementedError, match=what):
        get(s3, bucket=STRANGE[what])


def test_a_copy_from_one_is_refused_by_name(s3, made):
    source = f"{made['AccessPointArn']}/object/plain"
    with pytest.raises(NotImplementedError, match="CopySource is an access point"):
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
