"""Questions that people ask about refusals: the situation, the fix that was accepted, and what is advised first."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from tests.support.claims import policy


@dataclass(frozen=True, eq=False)
class Question:
    """What somebody asked in public, and what was answered.

    ``situation(world)`` gives the call that is refused, and the call as the answer would have it where no policy is to
    be changed. ``fix`` are the words which the first advice must have for it to be the accepted answer.
    """

    asked: str
    source: str
    fix: tuple[str, ...]
    situation: Callable
    steps: int = 1
    """How many pieces of advice have to be followed until the accepted answer is there."""
    options: Mapping = field(default_factory=dict)

    def __str__(self):
        return self.situation.__name__


class Table(list):
    """The questions of a module, each written above its situation."""

    def ask(self, asked, *, source, fix, steps=1, **options):
        def add(situation):
            words = (fix,) if isinstance(fix, str) else tuple(fix)
            self.append(Question(asked, source, words, situation, steps, options))
            return situation

        return add


def made(question, world):
    """The call that is refused, and the one that the answer would make of it; None where a policy is to be changed."""
    found = question.situation(world)
    return found if isinstance(found, tuple) else (found, None)


def each_time(do):
    """A call that names what it makes differently each time."""
    names = (f"name-{number}" for number in range(9))
    return lambda: do(next(names))


def encrypted(client, key, **more):
    """A call of Encrypt."""
    return lambda: client.encrypt(KeyId=key, Plaintext=b"x", **more)


def refusal_of(world, call):
    """What the world tells of a call that was refused, or that came to nothing later; None where it passed."""
    before = len(world.refusals)
    try:
        call()
    except ClientError:
        assert len(world.refusals) > before
    made = world.refusals[before:]
    return made[-1] if made else None


def first_advice(refusal):
    """The first thing that an explanation advises, with the statements that belong to it."""
    pieces = []
    for line in map(str.strip, refusal.explain().splitlines()):
        if line.startswith(("To ", "or: ")):
            pieces.append([line])
        elif pieces and line.startswith(("and: ", '{"Effect"')):
            pieces[-1].append(line)
    return " ".join(pieces[0]) if pieces else ""


def first_changes(refusal):
    """The statements that are suggested for the denial which is explained first, and that denial."""
    told = refusal.as_dict()
    denials = told["decisions"] or (told["behind"] or {}).get("decisions") or [None]
    return denials[0], denials[0]["to_add"] if denials[0] else []


def applied(world, refusal):
    """Do by machine what is suggested; whether there was anything."""
    denial, changes = first_changes(refusal)
    for each in changes:
        _PLACES[each["layer"]](world, denial, each["statement"])
    return bool(changes)


def _to_resource(world, denial, statement):
    _, _, service, _, account, *_ = arn = denial["resource"].split(":")
    if service == "kms":
        kms = world.account(account).client("kms", arn[3])
        document = json.loads(kms.get_key_policy(KeyId=denial["resource"])["Policy"])
        document["Statement"].append(statement)
        kms.put_key_policy(KeyId=denial["resource"], Policy=json.dumps(document))
        return
    bucket = arn[5].partition("/")[0]
    s3 = world.account("111111111111").client("s3")
    try:
        document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError:
        document = policy()
    document["Statement"].append(statement)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def _to_identity(world, denial, statement):
    kind, name, account = _whose(denial)
    _put(world.account(account).client("iam"), kind, name, statement)


def _whose(denial):
    """Whether the caller is a user or a session of a role, the name, and the account."""
    account, tail = denial["caller"].split(":", 5)[4:]
    kind, name = tail.split("/")[:2]
    return ("role" if kind == "assumed-role" else kind), name, account


def _put(iam, kind, name, statement):
    number = len(getattr(iam, f"list_{kind}_policies")(**{f"{kind.title()}Name": name})["PolicyNames"])
    getattr(iam, f"put_{kind}_policy")(
        **{f"{kind.title()}Name": name},
        PolicyName=f"suggested-{number}",
        PolicyDocument=json.dumps(policy(statement)),
    )


def _to_boundary(world, denial, statement):
    kind, name, account = _whose(denial)
    iam = world.account(account).client("iam")
    found = getattr(iam, f"get_{kind}")(**{f"{kind.title()}Name": name})[kind.title()]
    arn = found["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    document["Statement"].append(statement)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)


_PLACES = {
    "resource-based policy": _to_resource,
    "identity-based policy": _to_identity,
    "permissions boundary": _to_boundary,
}
