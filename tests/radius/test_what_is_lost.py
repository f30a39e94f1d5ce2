"""The law of ``world.depends_on``: what it lists is of no use once the key is disabled, and nothing else is."""

import pytest
from botocore.exceptions import ClientError

from kmsmock.radius.rows import KINDS
from tests.support.claims import OTHER, OWNER
from tests.support.radius import NOTHING_IS_ASKED_OF, USES, Estate, Lost

SHOWN_ELSEWHERE = {"table replica"}
"""Kinds of other Regions: test_copies_and_shares.py."""
ORDER = list(USES)
"""Instances before their volumes, which are taken from them."""


@pytest.fixture
def estates(aws_world):
    """Two accounts with one of everything each, under a key of its own."""
    friend = aws_world.account(OTHER)
    return [Estate(aws_world, aws_world.account(each), friend) for each in (OWNER, "333333333333")]


def works(estate, each):
    try:
        estate.use(each)
    except (ClientError, Lost):
        return False
    return True


def uses(estate, listed):
    """Whether each thing on a list works; in the order in which one use does not spoil another."""
    asked = [each for each in listed if each.kind not in NOTHING_IS_ASKED_OF and not estate.skips(each)]
    return {each: works(estate, each) for each in sorted(asked, key=lambda each: ORDER.index(each.kind))}


def test_what_depends_on_a_key_is_lost_with_it_and_what_depends_on_another_is_not(aws_world, estates):
    hit, spared = estates
    lists = [aws_world.depends_on(each.key) for each in estates]
    assert KINDS - lists[0].kinds.keys() == SHOWN_ELSEWHERE
    assert lists[0].kinds == lists[1].kinds
    hit.client("kms").disable_key(KeyId=hit.key)
    assert aws_world.depends_on(hit.key) == lists[0]
    assert [str(each) for each, whole in uses(spared, lists[1]).items() if not whole] == []
    assert [str(each) for each, whole in uses(hit, lists[0]).items() if whole] == []
    hit.client("kms").schedule_key_deletion(KeyId=hit.key, PendingWindowInDays=7)
    left = aws_world.depends_on(hit.key)  # volumes were taken from their instances, and a snapshot was brought back
    assert lists[0].kinds.keys() - left.kinds.keys() == {"instance", "deleted snapshot"}
    assert [str(each) for each, whole in uses(hit, left).items() if whole] == []


def test_nothing_depends_on_a_new_key(aws_world, estates):
    key = estates[0].client("kms").create_key()["KeyMetadata"]["Arn"]
    assert aws_world.depends_on(key) == []
    assert str(aws_world.depends_on(key)) == f"{key} (Enabled): nothing depends on it"


def test_looking_changes_nothing_and_is_not_recorded(aws_world, estates):
    before = len(aws_world.events), len(aws_world.decisions), len(aws_world.refusals)
    aws_world.depends_on(estates[0].key)
    aws_world.who_can("kms:Decrypt", estates[0].key)
    assert (len(aws_world.events), len(aws_world.decisions), len(aws_world.refusals)) == before
