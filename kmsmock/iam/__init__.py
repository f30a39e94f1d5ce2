"""Policy evaluation: pure functions from policies and a request to a decision. Imports nothing of the rest."""

from kmsmock.iam.conditions import unreadable
from kmsmock.iam.decision import Decision
from kmsmock.iam.decisions import Decisions
from kmsmock.iam.document import Policy, Statement, compile_policy
from kmsmock.iam.evaluate import decide
from kmsmock.iam.matching import match_wildcard
from kmsmock.iam.principals import MatchKind, Principal
from kmsmock.iam.reading import MalformedPolicy, parse
from kmsmock.iam.request import GrantView, Hold, Layer, MissedGrant, Policies, Request, Source

__all__ = [
    "Decision",
    "Decisions",
    "GrantView",
    "Hold",
    "Layer",
    "MalformedPolicy",
    "MatchKind",
    "MissedGrant",
    "Policies",
    "Policy",
    "Principal",
    "Request",
    "Source",
    "Statement",
    "compile_policy",
    "decide",
    "match_wildcard",
    "parse",
    "unreadable",
]
