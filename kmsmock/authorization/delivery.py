"""Sessions of roles as services deliver them to what uses the role: their names and condition keys.

Follows "Lambda execution role", "IAM roles for Amazon EC2", "Amazon ECS task IAM role" and "AWS global condition
context keys" (properties of role delivery).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from kmsmock.authorization.trust import service_may_assume
from kmsmock.call import Caller
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.store import Store

TOKEN = "kmsmock-session-token"
"""The session token of sessions that no API call made."""
PLAIN = "kmsmock"
"""The name of a session that nothing uses."""


class _Delivery(NamedTuple):
    """How one service delivers a role: its principal, the session's name, and the condition keys of the credentials."""

    principal: str
    name: Callable[[Arn], str]
    keys: Callable[[str], Mapping[str, str]]


_DELIVERIES: Mapping[tuple[str, str], _Delivery] = {
    ("lambda", "function"): _Delivery(
        "lambda.amazonaws.com", lambda arn: arn.name.split(":")[0], lambda arn: {"lambda:sourcefunctionarn": arn}
    ),
    ("ec2", "instance"): _Delivery(
        "ec2.amazonaws.com",
        lambda arn: arn.name,
        lambda arn: {"ec2:sourceinstancearn": arn, "ec2:roledelivery": "2.0"},
    ),
    ("ecs", "task"): _Delivery("ecs-tasks.amazonaws.com", lambda arn: arn.name.rpartition("/")[2], lambda arn: {}),
}
"""By the service and the kind of what uses the role."""


def session_of(store: Store, role: Any, used_by: Any) -> Caller:
    """A session of a role (moto's record) that does not end. Raises ValueError as ``Account.get_role`` says."""
    if used_by is None:
        return replace(sessions.lasting(sessions.of_role(role, PLAIN)), token=TOKEN)
    arn = Arn.find(used_by) if isinstance(used_by, str) else None
    found = None if arn is None else _DELIVERIES.get((arn.service, arn.kind))
    if arn is None or found is None:
        raise ValueError(f"used_by={used_by!r}: give the ARN of a Lambda function, an EC2 instance or an ECS task")
    service = sessions.of_service(found.principal, source_account=Arn.of(role.arn).account, source_arn=used_by)
    if not service_may_assume(store, role, service, arn.region):
        raise ValueError(
            f"the trust policy of role {role.name} does not let {found.principal} assume it; "
            f"make the role with trust={found.principal!r}, or leave used_by out"
        )
    session = sessions.lasting(sessions.of_role(role, found.name(arn)))
    return replace(session, session={**session.session, **found.keys(used_by)}, token=TOKEN)
