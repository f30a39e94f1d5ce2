"""What ``compile_policy`` refuses, in AWS's words where they are known, and what it reads of a document."""

import pytest

from kmsmock.iam import MalformedPolicy, Principal, compile_policy
from kmsmock.iam.document import INVALID_PRINCIPAL, NO_PRINCIPAL

pytestmark = pytest.mark.evidence("reported", "public reports of MalformedPolicyDocument; the grammar is documented")

HOME = "111111111111"
ROOT = f"arn:aws:iam::{HOME}:root"
USER = Principal("user", f"arn:aws:iam::{HOME}:user/u", HOME, f"arn:aws:iam::{HOME}:user/u", "AIDAU")
SYNTAX = "Syntax errors in policy."


def document(*statements, **changed):
    return {"Version": "2012-10-17", "Statement": list(statements) or [statement(**changed)]}


def statement(**changed):
    whole = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **changed}
    return {name: value for name, value in whole.items() if value is not None}


def named(principal, **changed):
    return document(Principal=principal, **changed)


REFUSED = [
    # the kind, the document, the words, the reason
    ("identity", "{", "Policy contains invalid JSON.", "syntax"),
    ("identity", '{"Id": "a", "Id": "a"}', "Duplicate keys in policy.", "syntax"),
    ("identity", [], SYNTAX, "syntax"),
    ("identity", {**document(), "Id": 7}, SYNTAX, "syntax"),
    ("identity", {**document(), "Comment": "x", "Author": "y"}, "Unknown field Author", "syntax"),
    ("identity", {**document(), "Version": "2013-01-01"}, "The policy must contain a valid version string", "syntax"),
    ("identity", {"Statement": []}, SYNTAX, "syntax"),
    ("identity", {"Statement": "x"}, SYNTAX, "syntax"),
    ("identity", {"Version": "2012-10-17"}, SYNTAX, "syntax"),
    ("identity", document(Sid=7), SYNTAX, "syntax"),
    ("identity", document(Actions="*"), "Unknown field Actions", "syntax"),
    ("identity", document(Effect="allow"), "Policy statement must have an Effect of Allow or Deny.", "syntax"),
    ("identity", document(Condition=[]), "Condition must be an object", "syntax"),
    ("identity", document(Condition={"Is": {}, "Bool": 7}), "Condition operator Bool must hold an object", "syntax"),
    ("identity", document(Condition={"Is": {"a": "b"}}), "Invalid Condition type : Is.", "syntax"),
    (
        "identity",
        document(Condition={"Bool": {"a": None}}),
        "Condition values must be strings, numbers or booleans",
        "syntax",
    ),
    ("identity", document(Action=None), "Policy statement must contain actions.", "syntax"),
    ("identity", document(Resource=None), "Policy statement must contain resources.", "syntax"),
    ("identity", document(NotAction="*"), "Policy statement must contain either Action or NotAction.", "syntax"),
    ("identity", document(NotResource="*"), "Policy statement must contain either Resource or NotResource.", "syntax"),
    ("identity", document(Action=7), SYNTAX, "syntax"),
    ("identity", document(Resource=["*", 7]), SYNTAX, "syntax"),
    ("identity", document(statement(Sid="a"), statement(Sid="a")),
     "Statement IDs (SID) in a single policy must be unique.", "syntax"),
    ("identity", named("*"), "Policy document should not specify a principal.", "principal"),
    ("identity", document(NotPrincipal="*"), "Policy document should not specify a notprincipal.", "principal"),
    ("resource", document(), NO_PRINCIPAL, "no-principal"),
    ("trust", document(Resource=None), NO_PRINCIPAL, "no-principal"),
    ("resource", named({}), NO_PRINCIPAL, "no-principal"),
    ("resource", named([ROOT]), INVALID_PRINCIPAL, "no-principal"),
    ("resource", named({"Somebody": "*"}), INVALID_PRINCIPAL, "invalid-principal"),
    ("resource", named({"AWS": 7}), INVALID_PRINCIPAL, "invalid-principal"),
    ("resource", named({"AWS": [ROOT, 7]}), INVALID_PRINCIPAL, "invalid-principal"),
    ("resource", named({"AWS": [ROOT, "nobody"]}), INVALID_PRINCIPAL, "invalid-principal"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "refused", "words", "reason"), REFUSED)
def test_a_mistake_is_told_in_its_words(kind, refused, words, reason):
    with pytest.raises(MalformedPolicy) as raised:
        compile_policy(refused, kind=kind)
    assert (str(raised.value), raised.value.reason) == (words, reason)


def test_the_words_about_principals_are_those_of_kms():
    assert NO_PRINCIPAL == "Policy contains a statement with no principal."
    assert INVALID_PRINCIPAL == "Policy contains a statement with one or more invalid principals."


@pytest.mark.parametrize("kind", ["AWS", "Service", "Federated", "CanonicalUser"])
def test_principals_are_of_four_kinds(kind):
    name = {"AWS": ROOT, "Service": "logs.amazonaws.com"}.get(kind, "x")
    named_here = {ROOT} if kind == "AWS" else {name} if kind == "Service" else set()
    assert compile_policy(named({kind: name}), kind="resource").principals() == named_here


def test_principals_are_stored_as_what_they_are_bound_to():
    stored = compile_policy(
        document(
            statement(Principal={"AWS": ["*", ROOT], "Service": "logs.amazonaws.com"}),
            statement(Effect="Deny", NotPrincipal={"AWS": HOME}),
        ),
        kind="resource",
        bind=lambda name: f"<{name}>",
    )
    assert stored.principals() == {f"<{ROOT}>", "<logs.amazonaws.com>", f"<{HOME}>"}


def test_a_document_keeps_its_version_id_and_labels():
    stored = compile_policy({"Id": "i", "Statement": [statement(Sid="a"), statement()]})
    assert (stored.version, stored.id) == ("2008-10-17", "i")
    assert [each.label for each in stored.statements] == ['"a"', "number 2"]
    assert compile_policy({"Statement": statement()}).id == ""


def test_variables_are_of_the_version_of_2012():
    resource = f"arn:aws:iam::{HOME}:user/${{aws:username}}"
    context = {"aws:username": "u"}
    for version, holds in (("2012-10-17", True), ("2008-10-17", False)):
        (one,) = compile_policy({"Version": version, "Statement": [statement(Resource=resource)]}).statements
        assert one.concerns(USER, USER.arn if holds else resource) is not None
        assert one.mismatch(USER, "kms:a", USER.arn, context) == (
            None if holds else f'resource: Resource is "{resource}"'
        )


def test_a_policy_of_a_resource_may_repeat_a_sid_and_leave_elements_out():
    """AWS's own key policies repeat them; a statement without Action or Resource is inert (KMS developer guide)."""
    stored = compile_policy(
        document(
            statement(Sid="a", Principal="*", Action=None),
            statement(Sid="a", Principal="*", Resource=None),
            statement(Principal="*"),
        ),
        kind="resource",
    )
    assert [each.is_about("kms:encrypt") for each in stored.statements] == [False, False, True]
    assert [each.concerns(USER, "r") is None for each in stored.statements[1:]] == [True, False]
    assert len(stored.concerned(USER, "kms:encrypt", "r")) == 1


def test_a_trust_policy_is_about_its_role_whatever_that_is():
    (one,) = compile_policy(named({"AWS": ROOT}, Resource=None), kind="trust").statements
    assert one.is_about("kms:encrypt")
    assert one.concerns(USER, "anything") is not None


def test_a_key_policy_never_sees_the_aliases_of_the_key():
    """``kms:ResourceAliases`` is for IAM policies only ("AWS KMS condition keys")."""
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}
    context = {"kms:resourcealiases": ("alias/a",)}
    (mine,) = compile_policy(document(Condition=condition)).statements
    (keys,) = compile_policy(named("*", Condition=condition), kind="resource").statements
    assert (mine.holds("r", context), keys.holds("r", context)) == (True, False)


@pytest.mark.parametrize(("depth", "passes"), [(63, True), (64, False), (3000, False)])
def test_a_document_has_an_end(depth, passes):
    text = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}], "Id": ' + (
        "[" * depth + "]" * depth
    )
    with pytest.raises(MalformedPolicy) as raised:  # of 64 levels the document is the first
        compile_policy(text + "}")
    assert str(raised.value) == (SYNTAX if passes else "Policy contains invalid JSON.")
