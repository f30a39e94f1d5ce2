"""The words of a difference, read as a person reads them: whether a call is one of those that are meant."""

import re

from kmsmock.iam import match_wildcard

_TERM = re.compile(r'"([^"]*)"|like "([^"]*)"|absent')


def holds(condition, context):
    """Whether the words of one condition hold of a call's condition keys (as they are written)."""
    name, words = re.fullmatch(r"(\S+|another pair of the encryption context) (is .*)", condition).groups()
    if name.startswith("another"):
        return (context.get("others") is not None) is (words == "is there")
    seen = context.get(name)
    if words == "is there":
        return seen is not None
    if not words.startswith("is not "):
        return any(_matches(term, seen) for term in words.removeprefix("is ").split(" or "))
    body = words.removeprefix("is not ")
    lacking = body.endswith(", or is absent")
    body = body.removesuffix(", or is absent").removesuffix(", and is there")
    if seen is None:
        return lacking
    return not any(_matches(term, seen) for term in body.split(" or "))


def _matches(term, seen):
    if term == "absent":
        return seen is None
    if seen is None:
        return False
    described, _, exceptions = term.partition(" except ")
    if exceptions and any(_matches(each, seen) for each in exceptions.split(", ")):
        return False
    return all(_is(each, seen) for each in described.split(" and "))


def _is(words, seen):
    exact, pattern = _TERM.fullmatch(words).groups()
    return seen == exact if exact is not None else match_wildcard(pattern, seen)


def covers(change, action, context):
    """Whether a difference is about an action in such a call."""
    return action in change.actions and all(holds(each, context) for each in change.conditions)
