"""Credentials for what moto's services call by themselves: sessions of the role that they were given.

Step Functions and API Gateway act as a role ("IAM roles in Step Functions", "API Gateway permissions model"). Where a
suite names a role that it never made, AWS would refuse the state machine or API; here the account itself acts.
"""

from __future__ import annotations

from kmsmock import active, entropy
from kmsmock.identity import sessions
from kmsmock.identity.credentials import root_of
from kmsmock.records import iam

SECRET = "kmsmock-secret-access-key"


def access_key(role_arn: str) -> str:
    """The access key id of a session of a role, or of the root user of its account."""
    role = iam.find_role(role_arn)
    if role is None:
        caller = root_of(role_arn.split(":")[4])
    else:
        caller = sessions.of_role(role, entropy.uuid().replace("-", ""))
    return active.current().directory.issue(caller)
