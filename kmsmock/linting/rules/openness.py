"""Who is let in beside those that were meant: everybody, or whoever an account lets in."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Statement
from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows

_OF_THE_CALLER = ("kms:calleraccount", "kms:recipientattestation:")
_CHOSEN = (
    *("kms:", "aws:calledvia", "aws:viaawsservice", "aws:securetransport", "aws:useragent", "aws:referer"),
    *(
        "aws:currenttime",
        "aws:epochtime",
        "aws:tokenissuetime",
        "aws:multifactorauth",
        "aws:requesttag/",
        "aws:tagkeys",
    ),
)
"""What the condition keys begin with that any caller can have as he likes, in his own account: through which service he
asks, with which encryption context, when. All others tell who he is or where he is."""


def _is_chosen(condition: Condition) -> bool:
    return condition.key.startswith(_CHOSEN) and not condition.key.startswith(_OF_THE_CALLER)


def _open(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind != "key":
        return
    eased = asking.replaced(subject, asking.eased(subject.policy, _is_chosen))
    who = asking.user(asking.STRANGER, "stranger")
    context = asking.context_of(who, subject)
    by: dict[int, list[str]] = {}
    for action in asking.actions_on_keys():
        decision = asking.asked(eased, who, action, context)
        if decision.allowed:
            by.setdefault(decision.matched[0][1].index, []).append(action)
    for index, actions in by.items():
        statement = subject.policy.statements[index]
        held = [each.key for each in statement.conditions if _is_chosen(each)]
        though = f", though with a condition on {listed(held)}, which anybody can meet" if held else ""
        yield Found(f"everybody of every account may {listed(actions)}{though}", statement, "Principal", "*")


OPEN = Rule(
    "KMS004",
    "error",
    "everybody may use the key",
    'A Principal of "*" is everybody in AWS, and a NotPrincipal is nearly so. Only conditions on who or where the '
    "caller is limit that; kms:ViaService or an encryption context alone do not, as anybody can ask through a service "
    "and send what he likes. A user of an account that is nobody's is tried: what he may do is found, also where a "
    "condition is there and holds for him (StringNotEquals, IfExists, *).",
    "Name the principals, or add a condition on kms:CallerAccount, aws:PrincipalOrgID or aws:PrincipalArn",
    f"{GUIDE}key-policy-overview.html",
    (
        DEFAULT,
        allow(
            {"AWS": "*"}, "kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
        ),
    ),
    (
        DEFAULT,
        allow(
            {"AWS": "*"},
            "kms:Decrypt",
            Condition={
                "StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.us-east-1.amazonaws.com"}
            },
        ),
    ),
    _open,
)


def _delegated(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind != "key":
        return
    roots = [each for each in allows(subject) if _is_of_root(each, subject) and not each.conditions]
    for statement in roots:
        using = asking.covered(statement) & _USING
        others = [each for each in allows(subject) if _names_people(each, statement) and asking.covered(each) & using]
        if others:
            used = sorted(using.intersection(frozenset().union(*map(asking.covered, others))))
            told = f"statement {' and '.join(each.label for each in others[:3])}"
            yield Found(
                f"whoever the account's policies of IAM let in may {listed(used, 3)}, not only whom {told} names",
                statement,
                "Condition",
                listed(sorted(statement.principals.aws if statement.principals else ())),
            )
            return


_USING = frozenset({"kms:Decrypt", "kms:Sign", "kms:GenerateMac", "kms:DeriveSharedSecret", "kms:GenerateDataKey"})


def _is_of_root(statement: Statement, subject: Subject) -> bool:
    """Whether it lets the key's own account decide."""
    found = [asking.named(each) for each in (statement.principals.aws if statement.principals else ())]
    return any(who and who.kind == "root" and subject.account in ("", who.account) for who in found)


def _names_people(statement: Statement, root: Statement) -> bool:
    """Whether it names somebody of the account; those of others have to be named in any case."""
    found, owners = (
        [asking.named(name) for name in (each.principals.aws if each.principals else ())] for each in (statement, root)
    )
    accounts = {who.account for who in owners if who is not None}
    return any(who is not None and who.kind != "root" and who.account in accounts for who in found)


DELEGATED = Rule(
    "KMS003",
    "note",
    "the account decides beside the principals that are named",
    "The statement of the default key policy lets every policy of IAM in the account give access to the key. That is "
    "what most want. Where other statements name who may use the key, and nobody else is meant to, it undoes them: an "
    "administrator of IAM, and whoever has kms:Decrypt on *, gets in. A note, for AWS's own console writes it so.",
    "If only those that are named are meant: let the root user do what manages the key only, or add a condition on "
    "aws:PrincipalArn to its statement",
    f"{GUIDE}key-policy-default.html#key-policy-default-allow-root-enable-iam",
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Decrypt")),
    (
        allow({"AWS": "arn:aws:iam::111122223333:root"}, ["kms:Put*", "kms:Describe*", "kms:Get*", "kms:List*"]),
        allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Decrypt"),
    ),
    _delegated,
)
