"""Policies, callers and requests made by hypothesis, for the laws that hold for every decision."""

from types import SimpleNamespace

from hypothesis import strategies as st

from kmsmock.iam import GrantView, Layer, MatchKind, Policies, Principal, Request, Source, compile_policy, decide

HOME, AWAY = "111111111111", "222222222222"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"
single = st.sampled_from


def _principal(kind, account):
    if kind == "service":
        return Principal(kind, "backup.amazonaws.com", account, "", "backup.amazonaws.com")
    if kind == "anonymous":
        return Principal(kind, "anonymous", "anonymous", "", "anonymous")
    if kind in ("role-session", "linked"):
        path, name = ("aws-service-role/x.amazonaws.com/", "L") if kind == "linked" else ("team/", "R")
        session = f"arn:aws:sts::{account}:assumed-role/{name}/s"
        role = f"arn:aws:iam::{account}:role/{path}{name}"
        return Principal("role-session", session, account, role, f"AROA{name}:s", service_linked=kind == "linked")
    if kind == "federated":
        arn, parent = f"arn:aws:sts::{account}:federated-user/F", f"arn:aws:iam::{account}:user/U"
        return Principal(kind, arn, account, arn, f"{account}:F", names=frozenset({parent}), parent=parent)
    arn = f"arn:aws:iam::{account}:{'root' if kind == 'root' else 'user/U'}"
    return Principal(kind, arn, account, arn, account if kind == "root" else "AIDAU")


KINDS = ["root", "user", "role-session", "linked", "federated", "service", "anonymous"]
PRINCIPALS = [_principal(kind, account) for kind in KINDS for account in (HOME, AWAY)]
NAMES = sorted({name for each in PRINCIPALS for name in (each.arn, each.principal_arn) if name.startswith("arn:")})
ACTIONS = ["*", "*", "kms:*", "kms:D*", "KMS:decrypt", "kms:Decrypt", "kms:Encrypt", "s3:GetObject"]
RESOURCES = [
    "*",
    "*",
    KEY,
    f"arn:aws:kms:*:{HOME}:key/*",
    "arn:aws:kms:us-east-1:*:key/${aws:username}",
    "arn:aws:s3:::b/*",
]
CONDITIONS = [
    {},
    {},
    {},
    {"StringEquals": {"aws:username": "k"}},
    {"StringNotEquals": {"aws:username": "k"}},
    {"StringLikeIfExists": {"aws:PrincipalTag/t": "${aws:username}*"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"ForAnyValue:StringEquals": {"aws:CalledVia": ["a", "b"]}},
    {"ForAllValues:StringEquals": {"aws:CalledVia": ["a"]}},
    {"Null": {"aws:SourceArn": "true"}},
]
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": single(["k", "l"]),
        "aws:principaltag/t": single(["k", "kk", "z"]),
        "aws:securetransport": single(["true", "false"]),
        "aws:calledvia": single([(), ("a",), ("a", "b"), ("c",)]),
        "aws:sourcearn": single(["arn:aws:s3:::b"]),
    },
)


def _one_or_not(name, values):
    either = single([name, name, name, f"Not{name}"])
    return st.tuples(either, st.lists(single(values), min_size=1, max_size=2)).map(lambda pair: dict([pair]))


EFFECTS = single(["Allow", "Allow", "Allow", "Allow", "Deny"])


def statements(layer, effect=EFFECTS):
    parts = [
        effect.map(lambda value: {"Effect": value}),
        _one_or_not("Action", ACTIONS),
        _one_or_not("Resource", RESOURCES),
        single(CONDITIONS).map(lambda value: {"Condition": value} if value else {}),
    ]
    if layer in (Layer.RESOURCE, Layer.RCP, Layer.VPCE):
        aws = st.lists(single([*NAMES, HOME, AWAY, "*"]), min_size=1, max_size=2).map(lambda names: {"AWS": names})
        named = st.one_of(aws, st.just("*"), st.just({"Service": "backup.amazonaws.com"}))
        element = single(["Principal", "Principal", "NotPrincipal"])
        parts.append(st.tuples(element, named).map(lambda pair: dict([pair])))
    return st.tuples(*parts).map(lambda each: {name: value for part in each for name, value in part.items()})


def documents(layer):
    return st.lists(statements(layer), min_size=1, max_size=3)


def optional(strategy):
    return st.one_of(st.none(), st.none(), strategy)


def lists(layer, least=1, most=2):
    return st.lists(documents(layer), min_size=least, max_size=most)


SOME_GRANTS = st.lists(
    st.builds(
        GrantView,
        id=st.just("g"),
        grantee=st.just("x"),
        operations=st.just(frozenset({"Decrypt"})),
        issuing_account=single([HOME, AWAY]),
        kind=single([MatchKind.SESSION, MatchKind.USER, MatchKind.ROLE, MatchKind.ACCOUNT]),
    ),
    min_size=1,
    max_size=2,
)
GRANTS = st.one_of(st.just([]), st.just([]), SOME_GRANTS)
LAYERS = st.fixed_dictionaries(
    {
        "identity": lists(Layer.IDENTITY, 0),
        "boundary": optional(lists(Layer.BOUNDARY)),
        "session": optional(lists(Layer.SESSION)),
        "scp": optional(st.lists(lists(Layer.SCP), min_size=1, max_size=2)),
        "rcp": lists(Layer.RCP, 0, 1),
        "resource": lists(Layer.RESOURCE, 0),
        "vpce": optional(lists(Layer.VPCE, 1, 1)),
        "grants": GRANTS,
        "resource_policy_required": st.booleans(),
        "applies_resource": single([True, True, True, False]),
    }
)
ASKED = st.tuples(single(PRINCIPALS), single(["kms:Decrypt", "kms:Encrypt"]), CONTEXTS)
WITH_SOURCES = ["identity", "boundary", "session", "scp", "rcp", "resource", "vpce"]


def source(name, document):
    layer = Layer[name.upper()]
    kind = "resource" if name in ("rcp", "resource", "vpce") else "identity"
    return Source(layer, name, compile_policy({"Version": "2012-10-17", "Statement": document}, kind=kind))


def compiled(layers):
    given = dict(layers)
    for name in WITH_SOURCES:
        found = given[name]
        if found is None:
            continue
        if name == "scp":
            given[name] = tuple(tuple(source(name, document) for document in level) for level in found)
        else:
            given[name] = tuple(source(name, document) for document in found)
    return Policies(**{**given, "grants": tuple(given["grants"])})


def request(asked, layers):
    """What is on ``*`` belongs to the caller's account."""
    principal, action, context = asked
    return Request(principal, action, KEY, HOME if layers["applies_resource"] else principal.account, context)


def ask(asked, layers):
    return decide(request(asked, layers), compiled(layers))


def answer(decision):
    return decision.effect, decision.layer, decision.side


def replaced(layers, name, change):
    """The layers with each list of documents of one of them changed."""
    found = layers[name]
    if found is None:
        return layers
    return {**layers, name: [change(level) for level in found] if name == "scp" else change(found)}


def decided(suite):
    """The decisions of a suite, which is its policies and what is asked of them, and a store that has them."""
    layers, asked = suite
    policies = compiled(layers)
    decisions = [decide(request(each, layers), policies) for each in asked]
    return decisions, SimpleNamespace(decisions=decisions, written=[], places={})
