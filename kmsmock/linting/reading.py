"""The policies that are looked at: those of a world, or one document as it stands."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from kmsmock.coverage import aws_made
from kmsmock.iam import Layer, MalformedPolicy, Policy, Source, compile_policy, parse, places
from kmsmock.iam.arn import Arn
from kmsmock.iam.document import PolicyKind
from kmsmock.identity.directory import compile_stored
from kmsmock.kms.handlers import policies
from kmsmock.linting.judging import Looked
from kmsmock.linting.subjects import Kind, Known, Subject
from kmsmock.loading.report import Loaded
from kmsmock.loading.things import has_unknown
from kmsmock.model.key import Key
from kmsmock.radius import losses
from kmsmock.records import iam
from kmsmock.store import Store

_COMPUTING = frozenset(
    {
        "apprunner", "appsync", "batch", "bedrock", "databrew", "ec2", "ecs-tasks", "edgelambda", "elasticbeanstalk",
        "elasticmapreduce", "firehose", "glue", "iot", "kinesisanalytics", "lambda", "pipes", "pods", "sagemaker",
        "scheduler", "states", "tasks", "transfer",
    }
)  # fmt: skip
"""First labels of services that assume a role for code, or for data that goes through; who deploys is none of them."""
_NOTHING = Policy("2012-10-17", "", ())


def of_document(text: str, where: str, account: str = "", region: str = "") -> Looked:
    """One policy that stands in a file. Raises ValueError for what is no JSON object with statements."""
    document = parse(text)
    if not isinstance(document, dict) or "Statement" not in document:
        raise MalformedPolicy("a policy document is a JSON object with a Statement")
    kind = "other" if str(document.get("Id", "")).startswith("auto-") else kind_of(document)  # an AWS managed key's
    known = Known(is_gone=lambda name: name.startswith(("AIDA", "AROA")))
    more = {"lines": tuple(places.lines(text)), "account": account, "regions": (region,) if region else ()}
    return _subject(kind, f"{_WORDS[kind]} in {where}", text, where, **more), known


_WORDS: Mapping[Kind, str] = {"key": "key policy", "identity": "policy of IAM", "other": "policy"}


def kind_of(document: Mapping[str, Any]) -> Kind:
    """Whether a document is a key policy, a policy of IAM, or one of something else, such as a trust policy."""
    written = document["Statement"]
    statements = [each for each in (written if isinstance(written, list) else [written]) if isinstance(each, Mapping)]
    if not any("Principal" in each or "NotPrincipal" in each for each in statements):
        return "identity"
    listed = [each.get("Action", each.get("NotAction", [])) for each in statements]
    actions = [each for one in listed for each in (one if isinstance(one, list) else [one])]
    return "key" if any(str(each).lower().startswith(("kms:", "*")) for each in actions) else "other"


def of_world(store: Store, loaded: Loaded, certain: Collection[str]) -> Iterator[Looked]:
    """The key policies of a world, and its policies of IAM; those that AWS made are not looked at. ``certain`` are the
    accounts and Regions that are what they are; of others no rule says anything that rests on them."""
    where = _places(loaded)
    known = Known(_workloads(), partial(_is_gone, store, loaded), partial(_topics, store))
    for key in store.keys.values():
        if key.manager == "CUSTOMER":
            yield _of_key(key, where.get(key.arn, ""), certain), known
    yield from ((each, known) for each in _of_iam(where, certain))


def not_read(loaded: Loaded) -> list[str]:
    """What of the files was not taken; policies that AWS would refuse are found by a rule."""
    return [str(each) for each in loaded.ignored if "would refuse it" not in each.why]


def _places(loaded: Loaded) -> dict[str, str]:
    """Where things stand, by their ARNs; of a key and its policy, where the policy does."""
    found = {each.arn: each.where for each in loaded.taken}
    return found | {each.arn: each.where for each in loaded.taken if each.kind == "key policy"}


def _of_key(key: Key, where: str, certain: Collection[str]) -> Subject:
    sure = key.account in certain and key.region in certain
    return _subject(
        "key",
        f"key policy of {_named(key)}",
        key.policy.text,
        where,
        arn=key.arn,
        account=key.account if key.account in certain else "",
        regions=tuple(sorted(each.region for each in key.related)) if sure and not key.multi_region else (),
        spec=key.spec,
        usage=key.usage,
        bound=key.policy.bound,
    )


def _named(key: Key) -> str:
    aliases = sorted(Arn.of(each).resource for each in key.aliases)
    return f"{key.arn} ({', '.join(aliases)})" if aliases else key.arn


def _of_iam(where: Mapping[str, str], certain: Collection[str]) -> Iterator[Subject]:
    """Inline policies, and managed ones once each."""
    held: dict[str, list[str]] = {}
    for kind in ("role", "user", "group"):
        for account in iam.accounts_with(kind):
            for holder in iam.holders(kind, account):
                roles = (str(holder.arn),) if kind == "role" else ()
                for arn in holder.managed_policies:
                    held.setdefault(str(arn), []).extend(roles)
                for name, text in holder.policies.items():
                    told = f'inline policy "{name}" of {holder.arn}'
                    if not aws_made.is_aws_made(
                        Source(Layer.IDENTITY, f'inline policy "{name}" of {kind} {holder.name}', _NOTHING)
                    ):
                        yield _subject("identity", told, _text(text), where.get(str(holder.arn), ""), holders=roles)
    for account in sorted(
        {str(each) for kind in ("role", "user", "group") for each in iam.accounts_with(kind)} | set(certain)
    ):
        for arn in iam.managed_arns(account):
            if not iam.is_aws_policy(arn):
                text = iam.managed_text(iam.managed_policy(account, arn))
                holders = tuple(held.get(arn, ()))
                yield _subject("identity", f"managed policy {arn}", text, where.get(arn, ""), holders=holders)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _subject(kind: Kind, name: str, text: str, where: str, **more: Any) -> Subject:
    """A subject of a text, whose principals stay as they are written."""
    of_kind: PolicyKind = "identity" if kind == "identity" else "resource"
    if has_unknown(text) and not text.lstrip().startswith("{"):
        return Subject(kind, name, _NOTHING, where, unknown=True, **more)
    try:
        document = parse(text)
        policy = compile_policy(document, kind=of_kind)
        if kind == "key":
            policies.check_elements(policy)
            policies.check_conditions(policy)
    except MalformedPolicy as problem:
        return Subject(kind, name, _NOTHING, where, refused=str(problem) if kind != "other" else "", **more)
    size = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return Subject(kind, name, policy, where, size=size, **more)


# --- what is known beside them --------------------------------------------------------------------------------------


def _workloads() -> dict[str, str]:
    """Roles that computing services may assume, and no person."""
    found = {}
    for account in iam.accounts_with("role"):
        for role in iam.roles(account):
            trust = compile_stored(_text(role.assume_role_policy_document), "trust")
            sets = [each.principals for each in trust.statements if each.principals is not None]
            services = sorted({name for each in sets for name in each.services if name.partition(".")[0] in _COMPUTING})
            if services and not any(each.aws or each.star for each in sets):
                found[str(role.arn)] = services[0]
    return found


def _topics(store: Store, arn: str) -> list[str]:
    return [each.arn for each in losses.depends_on(store, arn, ()).where(kind="topic")]


def _is_gone(store: Store, loaded: Loaded, name: str) -> bool:
    """Whether a principal does certainly not exist: it was deleted, or its account is loaded as a whole without it."""
    if name.startswith(("AIDA", "AROA")):
        return store.directory.render(name) == name
    found = Arn.find(name)
    if found is None or (found.account, found.kind) not in loaded.whole:
        return False
    return store.directory.resolve(name, found.partition) is None
