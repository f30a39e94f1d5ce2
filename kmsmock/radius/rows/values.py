"""Secrets and parameters, messages and records, functions and logs: what holds values of the customer's."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.iam.arn import Arn
from kmsmock.radius.dependents import Dependent
from kmsmock.radius.rows.look import UNDER, Look, Row, at
from kmsmock.records import everything, functions
from kmsmock.records import secrets as secret_records
from kmsmock.services import firehose, kinesis, logs, sqs, ssm, states
from kmsmock.services.awslambda.functions import LATEST, Functions
from kmsmock.services.cloudtrail.state import Trails
from kmsmock.services.secretsmanager.replicas import Secrets
from kmsmock.wire.regions import partition_by_name

NEW = "what is new is encrypted under the key"


def _place(arn: str) -> tuple[str, str]:
    """Account and Region."""
    return Arn.of(arn).account, Arn.of(arn).region


# --- secrets and parameters -----------------------------------------------------------------------------------------


def _secrets(look: Look) -> Iterator[Dependent]:
    records = look.store.records(Secrets)
    under: dict[str, list[str]] = {arn: [] for arn in records.keys}
    for (arn, version), envelope in records.versions.items():
        if envelope.key_arn == look.key.arn:
            under.setdefault(arn, []).append(version)
    for arn, versions in under.items():
        record = secret_records.find(arn)
        if record is not None:
            current = records.current.get(arn, record.default_version_id or "")
            yield from _secret(look, arn, versions, current, records.keys.get(arn))


def _secret(look: Look, arn: str, under: list[str], current: str, named: str | None) -> Iterator[Dependent]:
    if current in under:
        yield at("secret", arn, UNDER, "GetSecretValue", part=current)
    elif look.means(named, *_place(arn)):
        yield at("secret", arn, NEW, "PutSecretValue")
    for version in under:
        if version != current:
            yield at("secret version", arn, UNDER, "GetSecretValue", part=version)


def _parameters(look: Look) -> Iterator[Dependent]:
    for (account, region, name, version), secured in look.store.records(ssm.Parameters).versions.items():
        versions = everything.parameter_versions(account, region, name)
        if secured.envelope.key_arn == look.key.arn and version in versions:
            arn = f"arn:{partition_by_name(region)}:ssm:{region}:{account}:parameter/{name.lstrip('/')}"
            kind = "parameter" if version == versions[-1] else "parameter version"
            yield at(kind, arn, UNDER, "GetParameter", part=str(version))


# --- messages and records -------------------------------------------------------------------------------------------


def _queues(look: Look) -> Iterator[Dependent]:
    messages = look.store.records(sqs.Queues).messages
    for queue, ids in everything.queues():
        under = sum(each in messages and messages[each].key_arn == look.key.arn for each in ids)
        if under:
            waiting = "message waits" if under == 1 else "messages wait"
            yield at("queue", queue.arn, f"{under} {waiting} under the key", "ReceiveMessage")
        else:
            yield from look.named("queue", queue, "SendMessage", NEW)


def _topics(look: Look) -> Iterator[Dependent]:
    for topic in everything.topics():
        yield from look.named("topic", topic, "Publish", NEW)


def _streams(look: Look) -> Iterator[Dependent]:
    records = look.store.records(kinesis.Streams).records
    under = {arn for (arn, _, _), envelope in records.items() if envelope.key_arn == look.key.arn}
    for stream in everything.streams():
        if stream.arn in under:
            yield at("stream", stream.arn, "records are under the key", "GetRecords")
        else:
            yield from look.named("stream", stream, "PutRecord", NEW)


def _delivery_streams(look: Look) -> Iterator[Dependent]:
    for arn, grant in look.store.records(firehose.Grants).items():
        if grant.key == look.key.arn:
            yield at("delivery stream", arn, NEW, "PutRecord")


# --- functions, state machines, logs --------------------------------------------------------------------------------


def _functions(look: Look) -> Iterator[Dependent]:
    records = look.store.records(Functions)
    for known, why, lost in (
        (records.variables, "its variables are under the key", "Invoke"),
        (records.code, "its package is under the key", "GetFunction"),
    ):
        for (arn, version), envelope in known.items():
            if envelope.key_arn == look.key.arn and functions.find(*_place(arn), arn) is not None:
                kind = "function" if version == LATEST else "function version"
                yield at(kind, arn, why, lost, part=version)


def _state_machines(look: Look) -> Iterator[Dependent]:
    known = look.store.records(states.Envelopes)
    there = everything.state_machines() if known else frozenset()
    for arn, envelope in known.items():
        if envelope.key_arn == look.key.arn and arn in there:
            machine = ":stateMachine:" in arn
            kind, lost = ("state machine", "DescribeStateMachine") if machine else ("activity", "")
            yield at(kind, arn, UNDER, lost)


def _log_groups(look: Look) -> Iterator[Dependent]:
    groups = look.store.records(logs.Groups)
    full = {
        arn
        for (arn, _), events in groups.events.items()
        if any(each.key_arn == look.key.arn for each in events.values())
    }
    for arn in sorted(full | {arn for arn, new in groups.keys.items() if new.key_arn == look.key.arn}):
        if arn in full:
            yield at("log group", arn, "events are under the key", "GetLogEvents")
        else:
            yield at("log group", arn, NEW, "PutLogEvents")


def _trails(look: Look) -> Iterator[Dependent]:
    for trail in look.store.records(Trails).values():
        if look.means(trail.key, trail.account, trail.region):
            yield at("trail", trail.arn, "its log files are written under the key", "delivery")


ROWS = (
    Row(("secrets-manager",), ("secret", "secret version"), _secrets),
    Row(("ssm",), ("parameter", "parameter version"), _parameters),
    Row(("sqs",), ("queue",), _queues),
    Row(("sns",), ("topic",), _topics),
    Row(("kinesis",), ("stream",), _streams),
    Row(("firehose",), ("delivery stream",), _delivery_streams),
    Row(("lambda",), ("function", "function version"), _functions),
    Row(("sfn",), ("state machine", "activity"), _state_machines),
    Row(("cloudwatch-logs",), ("log group",), _log_groups),
    Row(("cloudtrail",), ("trail",), _trails),
)
