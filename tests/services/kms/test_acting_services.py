"""How a service reaches KMS: in the caller's name, in its own, or by a grant."""

import json

import pytest

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.kms import gate
from kmsmock.services.kms.client import ServiceKms
from tests.support.claims import OWNER, policy

pytestmark = pytest.mark.evidence(
    "documented", '"Forward access sessions" (IAM user guide) and "How AWS services use AWS KMS" (developer guide)'
)

TRAIL = f"arn:aws:cloudtrail:us-east-1:{OWNER}:trail/audit"


def envelopes(world, caller, service="cloudtrail.amazonaws.com"):
    call = Call("cloudtrail", "CreateTrail", {}, caller, "us-east-1")
    return ServiceKms(world.store, call, gate.answer, service)


@pytest.fixture
def trail_key(kms, owner):
    """A key that CloudTrail may use for one trail."""
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceArn": TRAIL, "aws:SourceAccount": OWNER}},
    }
    root = {"Effect": "Allow", "Principal": {"AWS": owner.root.arn}, "Action": "kms:*", "Resource": "*"}
    return kms.create_key(Policy=json.dumps(policy(root, service)))["KeyMetadata"]["Arn"]


def test_a_service_principal_acts_for_the_resource_that_the_policy_names(aws_world, owner, trail_key):
    service = sessions.of_service("cloudtrail.amazonaws.com", source_account=OWNER, source_arn=TRAIL)
    reach = envelopes(aws_world, owner.root.caller)
    made = reach.forward("GenerateDataKey", caller=service, KeyId=trail_key, KeySpec="AES_256")
    assert made["KeyId"] == trail_key
    decision = aws_world.decisions[-1]
    seen = {name: decision.request.context.get(name) for name in ("aws:principalisawsservice", "kms:viaservice")}
    assert seen == {"aws:principalisawsservice": "true", "kms:viaservice": None}


def test_a_service_principal_that_acts_for_another_resource_is_refused(aws_world, owner, trail_key):
    service = sessions.of_service("cloudtrail.amazonaws.com", source_account=OWNER, source_arn=TRAIL + "2")
    with pytest.raises(AwsError) as refused:
        envelopes(aws_world, owner.root.caller).forward(
            "GenerateDataKey", caller=service, KeyId=trail_key, KeySpec="AES_256"
        )
    assert refused.value.code == "AccessDeniedException"


def test_in_the_callers_name_the_service_is_seen_as_the_way_not_as_the_caller(aws_world, owner, key):
    envelope = envelopes(aws_world, owner.root.caller, "s3.amazonaws.com").seal(key, {"a": "b"})[1]
    decision = aws_world.decisions[-1]
    assert (decision.caller, decision.request.context.get("kms:viaservice")) == (
        owner.root.arn,
        "s3.us-east-1.amazonaws.com",
    )
    assert decision.request.context.get("aws:calledvia") == ("s3.amazonaws.com",)
    assert decision.request.context.get("aws:viaawsservice") == "true"
    assert envelope.key_arn == key


def test_a_grant_to_a_service_lets_it_decrypt_by_itself(aws_world, owner, key):
    reach = envelopes(aws_world, owner.root.caller, "ec2.amazonaws.com")
    plaintext, envelope = reach.seal(key, {"aws:ebs:id": "vol-1"})
    service = sessions.of_service("ec2.us-east-1.amazonaws.com", source_account=OWNER)
    with pytest.raises(AwsError):
        reach.unseal(envelope, caller=service)
    reach.forward("CreateGrant", KeyId=key, GranteePrincipal="ec2.us-east-1.amazonaws.com", Operations=["Decrypt"])
    assert reach.unseal(envelope, caller=service) == plaintext
    assert aws_world.decisions[-1].reason == "grant"
