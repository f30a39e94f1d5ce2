"""What AWS answers, as assertions: refusals with code, status and text, and the policies that bring them about."""

import json
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code, message=None, status=400):
    """AWS refuses the block with this code and status; None for the message leaves it open."""
    with pytest.raises(ClientError) as caught:
        yield caught
    response = caught.value.response
    error = response["Error"]
    assert (error["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), error
    if message is not None:
        assert error["Message"] == message


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **more):
    """An identity policy of one statement."""
    return policy({"Effect": "Allow", "Action": actions, "Resource": resource, **more})


def trust(principal, actions="sts:AssumeRole", **more):
    """A trust policy of one statement, as JSON."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return json.dumps(policy({"Effect": "Allow", "Principal": named, "Action": actions, **more}))


def key_policy(*statements, account, partition="aws"):
    """The default key policy with more statements, as JSON."""
    delegation = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps(policy(delegation, *statements))
