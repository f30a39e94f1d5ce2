"""Replication in world time, and who else reads what is encrypted in buckets: other services in their caller's name."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import allow, refused
from tests.support.replication import configure, make_bucket, replicator, rule, status
from tests.support.s3 import BODY, BUCKET, head, put, read, sse

pytestmark = pytest.mark.evidence(
    "documented", '"Meeting compliance requirements with S3 Replication Time Control" (S3 user guide)'
)


@pytest.mark.kmsmock(delays={"ReplicateObject": timedelta(minutes=15)})
def test_an_object_is_pending_until_it_has_arrived(aws_world, owner):
    source, target = make_bucket(owner, "source"), make_bucket(owner, "target")
    aws_world.clock.freeze()
    replicator(owner)
    configure(source, rule())
    put(source, bucket="source")
    assert status(source) == "PENDING"
    aws_world.clock.advance(minutes=14)
    assert (status(source), target.list_objects_v2(Bucket="target")["KeyCount"]) == ("PENDING", 0)
    aws_world.clock.advance(minutes=1)
    assert (status(source), status(target, bucket="target")) == ("COMPLETED", "REPLICA")
    assert read(target, bucket="target") == BODY


TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}}})


def test_a_template_in_an_encrypted_bucket_is_read_in_the_name_of_the_stacks_caller(s3, owner, kms, key):
    put(s3, "template.json", TEMPLATE.encode(), **sse(key))
    where = {"StackName": "stack", "TemplateURL": f"https://{BUCKET}.s3.amazonaws.com/template.json"}
    owner.client("cloudformation").create_stack(**where)
    assert owner.client("sns").list_topics()["Topics"]
    weak = owner.user("weak", [allow(["s3:*", "cloudformation:*"])]).client("cloudformation")
    with refused("AccessDeniedException"):
        weak.create_stack(**{**where, "StackName": "other"})
    kms.disable_key(KeyId=key)
    with refused("DisabledException"):
        owner.client("cloudformation").create_stack(**{**where, "StackName": "third"})


def test_a_service_finds_plain_objects_as_ever(s3, owner):
    put(s3, "template.json", TEMPLATE.encode())
    url = f"https://{BUCKET}.s3.amazonaws.com/template.json"
    owner.client("cloudformation").create_stack(StackName="stack", TemplateURL=url)
    assert head(s3, "template.json")["ServerSideEncryption"] == "AES256"


def test_a_rename_is_refused_loudly(s3):
    put(s3)
    with pytest.raises(NotImplementedError, match="RenameObject"):
        s3.rename_object(Bucket=BUCKET, Key="new", RenameSource="k")
    assert read(s3) == BODY
