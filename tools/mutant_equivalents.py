"""Mutants that mean the same, or what nobody promises, as they are printed but without the line: by the reason why."""

from __future__ import annotations

_IAM, _IDENTITY = "kmsmock/iam", "kmsmock/identity"
_SECRET = "kmsmock-secret-access-key-of-whoever-acts"
_BY_REASON: dict[str, tuple[str, ...]] = {
    "a short way; the long one says so": (
        f"{_IAM}/conditions.py Condition.test: 'StringEquals' -> 'StringEqualsXX'",
        f"{_IAM}/elements.py one_of: '*' -> '*XX'",
        f"{_IAM}/elements.py one_of: And -> Or",
        f"{_IAM}/elements.py _is_head: '*' -> '*XX'",
        f"{_IAM}/elements.py _is_head: Or -> And",
        f"{_IAM}/elements.py _is_head: ':' -> ':XX'",
        f"{_IAM}/elements.py _is_head: GtE -> Gt",
        f"{_IAM}/elements.py _is_head: 5 -> 6",
        f"{_IAM}/elements.py _is_head: return match is not match_resource or pattern.count(':') >= 5 -> return None",
        f"{_IAM}/matching.py match_wildcard: 2 -> 3",
        f"{_IAM}/matching.py match_wildcard: '*' -> '*XX'",
        f"{_IAM}/matching.py units: 2 -> 3",
        f"{_IAM}/reading.py _must_be_flat: LtE -> Lt",
        f"{_IAM}/wildcards.py Row.match: '*' -> '*XX'",
        f"{_IAM}/advice.py _needed: Gt -> GtE",
    ),
    "both are always equally long": (
        f"{_IAM}/document.py Statement.mismatch: True -> False",
        f"{_IAM}/nearness.py look: True -> False",
        f"{_IAM}/printable.py in_words: True -> False",
        f"{_IDENTITY}/acting.py _show: True -> False",
    ),
    "what does not fit in another way does not pass either": (f"{_IAM}/other_requests.py requests: And -> Or",),
    "the first statement with conditions always lets the request in": (
        f"{_IAM}/advice.py _candidates: break -> continue",
    ),
    "who is not written in a statement is not let in by writing it again": (
        f"{_IAM}/advice.py of_the_former: And -> Or",
    ),
    "it is tried and never shown": (
        f"{_IAM}/advice.py with_statement: 'the suggested statement' -> 'the suggested statementXX'",
    ),
    "the kinds differ in condition keys alone that no key policy takes": (
        f"{_IAM}/advice.py with_statement: And -> Or",
    ),
    "variables make no document right or wrong": (f"{_IAM}/grammar.py _elements_of: True -> False",),
    "what begins the kind is looked at up to the first separator either way": (
        f"{_IAM}/arn.py Arn.kind: '/' -> '/XX'",
    ),
    "no word begins with an X, nor does JSON hold one there": (
        f"{_IAM}/request.py article: 'aeio' -> 'aeioXX'",
        f"{_IAM}/places.py _lines: ' \\t\\r\\n,' -> ' \\t\\r\\n,XX'",
    ),
    "where exactly a pattern that no value can match is given up makes no difference": (
        f"{_IAM}/matching.py substitute: 0 -> 1",
        f"{_IAM}/matching.py substitute: Lt -> LtE",
        f"{_IAM}/matching.py table: 1000000 -> 1000001",
    ),
    "how much is remembered, nobody promises": (
        f"{_IAM}/document.py table: 1024 -> 1025",
        f"{_IDENTITY}/issued.py table: 1000 -> 1001",
    ),
    "Python reads it since 3.11, before it does not": (f"{_IAM}/operators.py _exact: 'Z' -> 'ZXX'",),
    "from when microseconds are counted makes no difference": ("kmsmock/quotas.py table: 1 -> 2",),
    "how it is called within, nobody sees": (
        "kmsmock/quotas.py _buckets: ' ' -> ' XX'",
        f"{_IDENTITY}/acting.py table: 'kmsmock_acting' -> 'kmsmock_actingXX'",
        f"{_IDENTITY}/acting.py table: '{_SECRET}' -> '{_SECRET}XX'",
        f"{_IDENTITY}/outside.py table: 'kmsmock-guard' -> 'kmsmock-guardXX'",
    ),
    "how long a grant token is, nobody promises": ("kmsmock/kms/handlers/grants.py create: 96 -> 97",),
    "blocks of a world that is over are nobody's: who acts is asked of a world that is active": (
        f"{_IDENTITY}/acting.py end: _blocks.set(tuple((each for each in _blocks.get() if each.store is ... -> pass",
    ),
    "no service control policy limits a service, and strangers have no account": (
        f"{_IDENTITY}/organizations.py Organizations.limit: 'service' -> 'serviceXX'",
        f"{_IDENTITY}/organizations.py Organizations.limit: 'anonymous' -> 'anonymousXX'",
    ),
    "only its names are asked for": (f"{_IDENTITY}/credentials.py _principals_of: 'resource' -> 'resourceXX'",),
    "entering the world sets it": (f"{_IDENTITY}/credentials.py Identities.__init__: False -> True",),
    "a signature with ambient credentials is remembered, and never looked at": (
        f"{_IDENTITY}/credentials.py Identities._forges: False -> True",
    ),
    "a policy without statements says nothing in any version": (
        f"{_IDENTITY}/directory.py compile_stored: '2012-10-17' -> '2012-10-17XX'",
        f"{_IDENTITY}/organizations.py _sources: '2012-10-17' -> '2012-10-17XX'",
    ),
}
EQUIVALENT: dict[str, str] = {mutant: reason for reason, mutants in _BY_REASON.items() for mutant in mutants}
