"""Lists in the query of a URL (``?tagKeys=one&tagKeys=two``), as the REST protocols send them."""

import pytest
from botocore.exceptions import ClientError

import kmsmock

UNTAG = ("elasticfilesystem:UntagResource", "elasticfilesystem:Describe*")


@pytest.mark.parametrize(("protected", "refused"), [("one", True), ("two", True), ("other", False), ("o", False)])
def test_a_policy_about_tag_keys_sees_each_key_that_is_taken_away(protected, refused):
    allow = {"Effect": "Allow", "Action": list(UNTAG), "Resource": "*"}
    about = {"ForAnyValue:StringEquals": {"aws:TagKeys": [protected]}}
    deny = {**allow, "Effect": "Deny", "Action": UNTAG[0], "Condition": about}
    with kmsmock.World(enforce_iam="all") as world:
        account = world.account("111111111111")
        tags = [{"Key": name, "Value": "x"} for name in ("one", "two")]
        files = account.client("efs").create_file_system(CreationToken="t", Tags=tags)["FileSystemId"]
        user = account.user("u", [{"Version": "2012-10-17", "Statement": [allow, deny]}]).client("efs")
        if refused:
            with pytest.raises(ClientError, match="explicit deny"):
                user.untag_resource(ResourceId=files, TagKeys=["one", "two"])
        else:
            user.untag_resource(ResourceId=files, TagKeys=["one", "two"])
        left = account.client("efs").describe_file_systems(FileSystemId=files)["FileSystems"][0]["Tags"]
        assert bool(left) is refused
