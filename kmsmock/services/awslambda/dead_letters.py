"""Dead-letter queues of functions: an event that a function was not run for, sent as its execution role.

"Adding a dead-letter queue" (Lambda developer guide): the role needs the key of the queue or topic. moto takes the
configuration and forgets it.
"""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.records import iam
from kmsmock.services import Advice, Moto, own_notices, sns
from kmsmock.services.kms import late, message_sender
from kmsmock.services.kms.client import ServiceKms

_MOST = 1024
"""How much of an error's text goes with a letter, in characters."""


class Letters(dict[str, str]):
    """The ARN of a function -> that of the queue or topic for what it was not run for."""


def keeping(advice: Advice) -> Advice:
    """Advice on CreateFunction or UpdateFunctionConfiguration that keeps where letters go, and shows it."""

    def kept(call: Call, kms: ServiceKms, moto: Moto) -> Any:
        answer = advice(call, kms, moto)
        known, config = kms.store.records(Letters), call.params.get("DeadLetterConfig")
        if config is not None or call.operation == "CreateFunction":
            moto()
            arn = _arn(call)
            known.pop(arn, None)
            if (config or {}).get("TargetArn"):
                known[arn] = call.params["DeadLetterConfig"]["TargetArn"]
        return _shown(known, answer, moto)

    return kept


def showing(advice: Advice) -> Advice:
    """Advice on what tells of functions that tells where their letters go."""
    return lambda call, kms, moto: _shown(kms.store.records(Letters), advice(call, kms, moto), moto)


def _shown(known: Letters, answer: Any, moto: Moto) -> Any:
    if not known:
        return answer
    answer = moto() if answer is None else answer
    about = [answer.get("Configuration", answer), *answer.get("Functions", ()), *answer.get("Versions", ())]
    for each in about:
        if "FunctionArn" in each and _unqualified(each) in known:
            each["DeadLetterConfig"] = {"TargetArn": known[_unqualified(each)]}
    return answer


def _arn(call: Call) -> str:
    """The ARN of the function that a call names by its name or ARN."""
    name = str(call.params["FunctionName"])
    here = f"arn:{call.partition}:lambda:{call.region}:{call.account}:function:"
    return ":".join(name.split(":")[:7]) if name.startswith("arn:") else here + name.rpartition("function:")[2]


def _unqualified(about: Any) -> str:
    return ":".join(about["FunctionArn"].split(":")[:7])


def send(call: Call, kms: ServiceKms, moto: Moto, error: AwsError) -> None:
    """The event of an asynchronous invocation that failed goes where the letters of the function go."""
    about = moto("GetFunctionConfiguration", FunctionName=call.params["FunctionName"])
    target, role = kms.store.records(Letters).get(_unqualified(about)), iam.find_role(about["Role"])
    if target is None or role is None:
        return
    place = Arn.of(target)
    sending = Call(place.service, "SendMessage", {}, sessions.of_role(role, about["FunctionName"]), place.region)
    as_role = ServiceKms(kms.store, sending, kms.answer, f"{place.service}.amazonaws.com")
    body, told = (
        _text(call.params.get("Payload")),
        {"ErrorCode": str(error.status), "ErrorMessage": error.message[:_MOST]},
    )
    attributes = {
        name: {"DataType": "Number" if name == "ErrorCode" else "String", "StringValue": value}
        for name, value in {"RequestID": call.request_id, **told}.items()
    }
    if place.service == "sns":
        lost = sns.publish_as(moto.run, as_role, None, target, Message=body, MessageAttributes=attributes)
    else:
        lost = _put(moto, as_role, target, {"MessageBody": body, "MessageAttributes": attributes})
    if lost is not None:
        dimensions = {"FunctionName": about["FunctionName"]}
        own_notices.count(moto.run, call.account, call.region, "AWS/Lambda", "DeadLetterErrors", dimensions)


def _text(payload: Any) -> str:
    read = payload.read() if hasattr(payload, "read") else payload
    return (read.decode() if isinstance(read, bytes) else read) or "{}"


def _put(moto: Moto, as_role: ServiceKms, queue: str, message: dict[str, Any]) -> AwsError | None:
    """Put a letter into a queue as the role; what that met if it came to nothing."""
    place = Arn.of(queue)
    url = f"https://sqs.{place.region}.amazonaws.com/{place.account}/{place.name}"
    try:
        message_sender.must_be_let_in(as_role, "sqs:SendMessage", queue)
        with message_sender.handling(as_role):
            moto.run("sqs", "SendMessage", place.region, {"QueueUrl": url, **message}, place.account)
    except AwsError as error:
        late.failed(as_role.store, as_role.call, error, queue, "misses a letter of a function")
        return error
    return None
