"""kms:ViaService with a value that no call has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from kmsmock.authorization import vocabulary
from kmsmock.errors import nearest
from kmsmock.iam.conditions import Condition
from kmsmock.iam.matching import has_variable, match_wildcard, units
from kmsmock.iam.wildcards import Row
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject
from kmsmock.loading.things import has_unknown
from kmsmock.wire import regions

_LABELS = (
    "acm", "cloud9", "codecommit", "imagebuilder", "lightsail",
    "airflow", "appflow", "apprunner", "athena", "auditmanager", "backup", "backup-gateway", "bedrock", "cassandra",
    "codeartifact", "codeguru-reviewer", "comprehend", "connect", "dax", "directoryservice", "dms", "dynamodb", "ec2",
    "ecr", "eks", "elasticache", "elasticfilesystem", "es", "finspace", "firehose", "forecast", "fsx", "geo", "glue",
    "groundstation", "healthlake", "importexport", "iotsitewise", "kafka", "kendra", "kinesis", "kinesisvideo",
    "lambda", "lex", "license-manager", "logs", "lookoutequipment", "lookoutmetrics", "lookoutvision", "macie",
    "malware-protection", "managedblockchain", "mediatailor", "memorydb", "mgn", "monitron", "mq", "nimble", "omics",
    "profile", "proton", "qldb", "rds", "redshift", "redshift-serverless", "rekognition", "s3", "sagemaker",
    "secretsmanager", "ses", "sns", "sqlworkbench", "sqs", "ssm", "ssm-contacts", "ssm-incidents", "states",
    "storagegateway", "timestream", "translate", "wisdom", "workmail", "workspaces", "workspaces-web", "xray",
)  # fmt: skip
"""What values begin with: in key policies that AWS makes for itself; "Services that support the kms:ViaService
condition key"; and what AWS added since."""
_OTHERWISE: Mapping[str, str] = {
    "aurora": "rds",
    "documentdb": "rds",
    "ebs": "ec2",
    "efs": "elasticfilesystem",
    "elasticsearch": "es",
    "keyspaces": "cassandra",
    "msk": "kafka",
    "neptune": "rds",
    "opensearch": "es",
    "secrets-manager": "secretsmanager",
    "stepfunctions": "states",
    "systems-manager": "ssm",
}
"""Names of services by which KMS does not know them, and those by which it does."""
_ENDINGS = ("amazonaws.com", "amazonaws.com.cn")
_POSITIVE = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")


def _via(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "other":
        return
    for statement in subject.policy.statements:
        for condition in statement.conditions:
            if condition.key == "kms:viaservice" and condition.operator in (
                *_POSITIVE,
                "StringNotEquals",
                "StringNotLike",
            ):
                yield from (each._replace(statement=statement) for each in _of(condition, subject))


def _of(condition: Condition, subject: Subject) -> Iterator[Found]:
    read = [each for each in condition.wanted if not has_variable(each) and not has_unknown(each)]
    wrong = {each: why for each in read if (why := _wrong(each, condition.operator))}
    for value, why in wrong.items():
        yield Found(f"no call has kms:ViaService {value}: {why}", element="Condition")
    right = [each for each in read if each not in wrong]
    whole = len(right) == len(condition.wanted)
    if whole and subject.regions and not any(_is_of(each, region) for each in right for region in subject.regions):
        here = listed(list(subject.regions))
        told = (
            f"no call has kms:ViaService {listed(right)}: the key is in {here}, and services use keys of their Region"
        )
        yield Found(told, element="Condition")


@lru_cache(maxsize=4096)
def _wrong(value: str, operator: str) -> str:
    """Why nothing ever has a value; empty for one that may come."""
    if operator == "StringEqualsIgnoreCase":
        value = value.lower()
    if "Like" in operator and set(value) & set("*?"):
        looks_so = _all().match(units(value)) or "." in value.partition("*")[0] or _may_be_new(value)
        return "" if looks_so else "nothing looks so"
    label, _, rest = value.partition(".")
    region, _, ending = rest.partition(".")
    if set(value) & set("*?"):
        return f"{operator} takes * and ? as they stand; StringLike is meant"
    if rest in _ENDINGS:
        return f"it has no Region; {label}.us-east-1.{rest} is one that has"
    if ending not in _ENDINGS:
        return "it is a service, a Region and amazonaws.com, with dots between"
    if value != value.lower():
        return f"it is written in small letters, {value.lower()}"
    if label in _OTHERWISE:
        return f"the service is called {_OTHERWISE[label]}"
    if not regions.exists(region):
        return f"there is no Region {region}; did you mean {regions.nearest_to(region)}?"
    meant = None if label in {*_LABELS, *vocabulary.principal_labels()} else nearest(label, _LABELS, 0.8)
    return "" if meant is None else f"there is no service {label}; did you mean {meant}?"


@cache
def _all() -> Row:
    """Every value that there is, of services that are known."""
    places = regions.all_regions()
    return Row([f"{label}.{place}.{end}"] for label in _LABELS for place in places for end in _ENDINGS)


def _may_be_new(value: str) -> bool:
    """Whether a pattern has the form, for a service that is not on the list."""
    return any(
        match_wildcard(value, f"{value.partition('.')[0]}.{place}.{_ENDINGS[0]}") for place in regions.all_regions()
    )


def _is_of(value: str, region: str) -> bool:
    label, _, rest = value.partition(".")
    return any(match_wildcard(value, f"{label}.{region}.{end}") for end in _ENDINGS) or "*" in label or not rest


VIA = Rule(
    "KMS008",
    "error",
    "kms:ViaService has a value that no call has",
    "The value is the service's own name for it, the Region of the key, and amazonaws.com: ec2.us-east-1.amazonaws.com "
    "for EBS. With another one an Allow allows nothing, and a Deny with StringNotEquals denies everything. The Region "
    "is looked at where that of the key is known: by a dump, or as given.",
    "Write the value as AWS lists it, with the Region of the key",
    f"{GUIDE}conditions-kms.html#conditions-kms-via-service",
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            "kms:Decrypt",
            Condition={"StringEquals": {"kms:ViaService": "ebs.us-east-1.amazonaws.com"}},
        ),
    ),
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            "kms:Decrypt",
            Condition={"StringLike": {"kms:ViaService": ["ec2.us-east-1.amazonaws.com", "rds.*.amazonaws.com"]}},
        ),
    ),
    _via,
)
