"""S3 Batch Operations: jobs that copy many objects, or give them other keys ("Performing object operations in bulk").

A job is done by the next request, or in the world time that ``World(delays={"CreateJob": …})`` says. moto has no jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.kms.lifecycle import SERVICE_WORK
from kmsmock.services import Advice, Moto, generic
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import batch_work
from kmsmock.telling import own_lines
from kmsmock.telling.own_lines import Line

PRINCIPAL = "s3.amazonaws.com"
_COPY = frozenset({"BucketKeyEnabled", "MetadataDirective", "NewObjectMetadata", "SSEAwsKmsKeyId", "TargetKeyPrefix",
                   "TargetResource"})  # fmt: skip
"""What is modelled of a copy."""


@dataclass(slots=True)
class Job:
    """``asked`` is what was asked for, by the names of the API."""

    id: str
    arn: str
    account: str
    region: str
    made: datetime
    asked: dict[str, Any]
    status: str = "New"
    priority: int = 0
    outcomes: list[batch_work.Outcome] = field(default_factory=list)
    ended: datetime | None = None
    reason: str = ""
    problem: AwsError | None = None

    def told(self) -> dict[str, Any]:
        """What lists and descriptions both tell."""
        failed = sum(each.error is not None for each in self.outcomes)
        done = {
            "TotalNumberOfTasks": len(self.outcomes),
            "NumberOfTasksSucceeded": len(self.outcomes) - failed,
            "NumberOfTasksFailed": failed,
        }
        told = {"JobId": self.id, "Status": self.status, "Priority": self.priority, "CreationTime": self.made}
        told |= {"ProgressSummary": done, "Description": self.asked.get("Description", "")}
        return told if self.ended is None else {**told, "TerminationDate": self.ended}


@dataclass(slots=True)
class Jobs:
    """The jobs of a world."""

    by_id: dict[str, Job] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    """Account and ClientRequestToken -> the job that was made for it."""

    @classmethod
    def for_world(cls, store: Any) -> Jobs:
        return cls()


def create_job(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateJob; what needs to be confirmed waits for it."""
    params, jobs = call.params, kms.store.records(Jobs)
    (operation, asked) = _operation(params)
    if "Manifest" not in params:
        raise NotImplementedError("kmsmock does not model jobs of S3 Batch Operations that make their own manifest")
    _check(operation, asked)
    token = call.account, params["ClientRequestToken"]
    if token in jobs.tokens:
        return {"JobId": jobs.tokens[token]}
    made = entropy.uuid()
    arn = f"arn:{call.partition}:s3:{call.region}:{call.account}:job/{made}"
    job = Job(made, arn, call.account, call.region, clock.now(), dict(params), priority=params["Priority"])
    jobs.by_id[made] = job
    jobs.tokens[token] = made
    if params.get("ConfirmationRequired"):
        job.status = "Suspended"
    else:
        _start(kms, job)
    return {"JobId": made}


def _operation(params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The one operation of a job, and its parameters."""
    found = [(name, value or {}) for name, value in (params.get("Operation") or {}).items()]
    if len(found) != 1:
        raise AwsError("InvalidRequest", "A job has exactly one operation.")  # unverified text
    return found[0]


def _check(operation: str, asked: dict[str, Any]) -> None:
    """Raise NotImplementedError for what would be passed over."""
    if operation not in batch_work.WORK:
        raise NotImplementedError(f"kmsmock does not model {operation} of S3 Batch Operations")
    unheard = sorted(asked.keys() - _COPY) if operation == "S3PutObjectCopy" else []
    metadata = sorted(
        (asked.get("NewObjectMetadata") or {}).keys() - {"SSEAlgorithm", "RequesterCharged", "UserMetadata"}
    )
    replaced = asked.get("MetadataDirective") == "REPLACE" or (asked.get("NewObjectMetadata") or {}).get("UserMetadata")
    for name in [*unheard, *metadata, *(["MetadataDirective REPLACE"] if replaced else [])]:
        raise NotImplementedError(f"kmsmock does not model {name} of S3PutObjectCopy in S3 Batch Operations")


def _start(kms: ServiceKms, job: Job) -> None:
    job.status = "Active"
    due = clock.now() + kms.store.delays.get("CreateJob", timedelta())
    kms.store.schedule(due, SERVICE_WORK, partial(_run, kms, job, own_lines.asking()))


def _run(kms: ServiceKms, job: Job, lines: tuple[Line, ...]) -> None:
    if job.status != "Active":
        return
    operation, asked = _operation(job.asked)
    try:
        who = batch_work.session(kms, job.asked["RoleArn"], job.region)
        for each in batch_work.targets(kms, who, job.asked["Manifest"]):
            outcome = batch_work.attempt(kms, who, operation, asked, each)
            job.outcomes.append(outcome)
            if outcome.error is not None:
                about = f"arn:{kms.call.partition}:s3:::{each.bucket}/{each.key}"
                late.failed(kms.store, kms.call, outcome.error, about, f"is passed over by job {job.id}", lines)
        if (job.asked.get("Report") or {}).get("Enabled"):
            batch_work.report(kms, who, job.id, job.asked["Report"], job.outcomes)
        job.status = "Complete"
    except AwsError as error:
        late.failed(kms.store, kms.call, error, job.arn, "has failed", lines)
        job.status, job.problem = "Failed", error
    job.ended = clock.now()


def _found(call: Call, kms: ServiceKms) -> Job:
    job = kms.store.records(Jobs).by_id.get(call.params["JobId"])
    if job is None or (job.account, job.region) != (call.account, call.region):
        raise AwsError("NoSuchJob", "The specified job does not exist.", 404)  # unverified code and text
    return job


def describe_job(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeJob."""
    job = _found(call, kms)
    kept = ("ConfirmationRequired", "Manifest", "Operation", "Report", "RoleArn")
    told = {**job.told(), "JobArn": job.arn, **{name: job.asked[name] for name in kept if name in job.asked}}
    if job.reason:
        told["StatusUpdateReason"] = job.reason
    if job.problem is not None:
        told["FailureReasons"] = [{"FailureCode": job.problem.code, "FailureReason": job.problem.message}]
    return {"Job": told}


def list_jobs(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListJobs, the newest first."""
    wanted = call.params.get("JobStatuses")
    jobs = [
        {**each.told(), "Operation": _operation(each.asked)[0]}
        for each in reversed(kms.store.records(Jobs).by_id.values())
        if (each.account, each.region) == (call.account, call.region) and (not wanted or each.status in wanted)
    ]
    return {"Jobs": jobs}


def update_status(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateJobStatus: a job that waits is begun, or one that is not over is cancelled."""
    job, asked = _found(call, kms), call.params["RequestedJobStatus"]
    if (job.status, asked) == ("Suspended", "Ready"):
        _start(kms, job)
    elif asked == "Cancelled" and job.status in ("Suspended", "Active"):
        job.status, job.ended = "Cancelled", clock.now()
    else:
        text = f"The job is {job.status} and can't become {asked}."  # unverified code and text
        raise AwsError("JobStatusException", text)
    job.reason = call.params.get("StatusUpdateReason", "")
    return {"JobId": job.id, "Status": "Ready" if asked == "Ready" else job.status, "StatusUpdateReason": job.reason}


def update_priority(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateJobPriority."""
    job = _found(call, kms)
    job.priority = call.params["Priority"]
    return {"JobId": job.id, "Priority": job.priority}


def storage_lens(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """PutStorageLensConfiguration: the key of its exports is looked at, and no more."""
    to = (call.params.get("StorageLensConfiguration") or {}).get("DataExport") or {}
    encryption = (to.get("S3BucketDestination") or {}).get("Encryption") or {}
    key_id = (encryption.get("SSEKMS") or {}).get("KeyId")
    if key_id:
        try:
            generic.look(kms, key_id, "a generic check: kmsmock does not model how Storage Lens uses the key")
        except AwsError as error:
            raise AwsError("InvalidRequest", error.message) from None  # unverified code


OPERATIONS: dict[str, Advice] = {
    "CreateJob": create_job,
    "DescribeJob": describe_job,
    "ListJobs": list_jobs,
    "PutStorageLensConfiguration": storage_lens,
    "UpdateJobPriority": update_priority,
    "UpdateJobStatus": update_status,
}
