"""Credentials for what moto's services call by themselves: sessions of the role that they were given.

Step Functions and API Gateway act as a role ("IAM roles in Step Functions", "API Gateway permissions model"). Where a
suite names a role that it never made, AWS would refuse the state machine or API; here the account itself acts.
"""

from __future__ import annotations

from kmsmock import active, entropy
from kmsmock.call import Caller
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.identity.credentials import root_of
from kmsmock.options import DEFAULT_ACCOUNT
from kmsmock.records import iam


def session(role_arn: str) -> Caller:
    """A session of a role, or the root user of its account; of what is no ARN, that of the default account."""
    role = iam.find_role(role_arn)
    if role is None:
        named = Arn.find(role_arn)
        return root_of(DEFAULT_ACCOUNT, "aws") if named is None else root_of(named.account, named.partition)
    return sessions.of_role(role, entropy.uuid().replace("-", ""))


def access_key(role_arn: str) -> str:
    """The access key id of such a session."""
    return active.current().directory.issue(session(role_arn))
