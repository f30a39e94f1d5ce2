"""What others have named, short names for ARNs, and the marks, in a text for a person."""

import re
import sys

import pytest

from kmsmock.iam.arn import Arn, kms_arn, root
from kmsmock.iam.names import Names, short
from kmsmock.iam.printable import in_words, marks, printable

OWNER, AWAY = "111111111111", "222222222222"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/{KEY_ID}"
ROLE = f"arn:aws:iam::{OWNER}:role/team/app"


# --- what a terminal would take for an order ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x00", r"\x00"), ("\x1b", r"\x1b"), ("\n", r"\n"), ("\x1f", r"\x1f"),
        ("\x7f", r"\x7f"), ("\x9f", r"\x9f"),  # delete, and the second set of control characters
        ("\u200b", r"\u200b"), ("\u200f", r"\u200f"),  # without width, and marks of direction
        ("\u2028", r"\u2028"), ("\u202e", r"\u202e"),  # ends of lines, and turning around
        ("\u2066", r"\u2066"), ("\u2069", r"\u2069"), ("\ufeff", r"\ufeff"),
        ("\ud800", r"\ud800"), ("\udfff", r"\udfff"),  # half of a pair, which cannot be written
    ],
)  # fmt: skip
def test_what_would_break_a_line_or_turn_it_around_is_spelled_out(character, shown):
    assert printable(f"a{character}b{character}") == f"a{shown}b{shown}"


@pytest.mark.parametrize(
    "text", ["", " ~", "\xa0ä", "\u200a\u2010", "\u2027\u202f", "\u2065\u206a", "\ufefe\U0001f511"]
)
def test_all_else_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_signs_stand_where_the_encoding_has_them(encoding):
    assert marks(encoding) == ("\N{CHECK MARK}", "\N{BALLOT X}")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "of nobody"])
def test_words_stand_where_it_has_not(encoding):
    assert marks(encoding) == ("yes", "no ")


@pytest.mark.parametrize(
    ("encoding", "found"), [("ascii", "yes"), ("utf-8", "\N{CHECK MARK}"), (None, "\N{CHECK MARK}")]
)
def test_the_encoding_is_that_of_the_output(monkeypatch, encoding, found):
    class Output:
        pass

    output = Output()
    output.encoding = encoding
    monkeypatch.setattr(sys, "stdout", output)
    assert marks()[0] == found
    del output.encoding
    assert marks()[0] == "\N{CHECK MARK}"


def test_signs_become_words_where_the_output_turns_out_not_to_have_them():
    text = "\N{CHECK MARK} a \N{BALLOT X} b \N{CHECK MARK}"
    assert in_words(text) == "yes a no  b yes"
    assert in_words(text).isascii()


# --- ARNs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        (KEY, "key", KEY_ID),
        (f"arn:aws:kms:us-east-1:{OWNER}:alias/a/b", "alias", "a/b"),
        (f"arn:aws:lambda:us-east-1:{OWNER}:function:f", "function", "f"),
        (ROLE, "role", "team/app"),
        (f"arn:aws:iam::{OWNER}:root", "", "root"),
        ("arn:aws:s3:::bucket", "", "bucket"),
    ],
)
def test_the_resource_of_an_arn_has_a_kind_and_a_name(arn, kind, name):
    found = Arn.of(arn)
    assert (found.kind, found.name) == (kind, name)
    assert Arn.find(arn) == found
    assert str(found) == arn


@pytest.mark.parametrize("text", ["", "key", "arn:aws:kms:us-east-1:1", "arm:aws:kms:us-east-1:1:key/k", ":::::"])
def test_what_has_not_six_parts_is_no_arn(text):
    assert Arn.find(text) is None
    told = f"{text!r} is no ARN: it has six parts, as in arn:aws:kms:us-east-1:111111111111:key/…"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        Arn.of(text)


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("k", f"arn:aws-cn:kms:cn-north-1:{OWNER}:key/k"),
        ("alias/a", f"arn:aws-cn:kms:cn-north-1:{OWNER}:alias/a"),
        ("aliased", f"arn:aws-cn:kms:cn-north-1:{OWNER}:key/aliased"),
        (KEY, KEY),
    ],
)
def test_a_key_is_named_by_its_id_its_alias_or_its_arn(name, arn):
    assert kms_arn(name, "aws-cn", "cn-north-1", OWNER) == arn
    assert root("aws-cn", OWNER) == f"arn:aws-cn:iam::{OWNER}:root"


# --- short names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arn", "aliases", "name"),
    [
        (KEY, (), "key 1234abcd"),
        (KEY, ("alias/b", "alias/a"), "alias/a"),
        (KEY.replace("key/", "key/mrk-"), (), "key mrk-1234abcd"),
        (f"arn:aws:kms:us-east-1:{OWNER}:alias/a", (), "kms alias/a"),
        (f"arn:aws:s3:::{KEY_ID}", ("alias/a",), f"s3 {KEY_ID}"),
        (f"arn:aws:iam::{OWNER}:root", (), f"root of {OWNER}"),
        (ROLE, (), "role app"),
        (f"arn:aws:iam::{OWNER}:user/u", (), "user u"),
        (f"arn:aws:sts::{OWNER}:assumed-role/app/s/t", (), "role app"),
        (f"arn:aws:sts::{OWNER}:federated-user/f", (), "federated user f"),
        ("logs.amazonaws.com", (), "logs.amazonaws.com"),
    ],
)
def test_a_short_name_is_what_a_person_would_say(arn, aliases, name):
    assert short(arn, aliases) == name


def test_two_of_one_name_say_whose_they_are():
    away = ROLE.replace(OWNER, AWAY)
    names = Names.of([ROLE, away, f"arn:aws:iam::{OWNER}:user/u", "*"])
    assert names.by_arn == {
        ROLE: f"role app of {OWNER}",
        away: f"role app of {AWAY}",
        f"arn:aws:iam::{OWNER}:user/u": "user u",
    }


def test_a_session_and_its_role_are_one_and_the_same():
    session = f"arn:aws:sts::{OWNER}:assumed-role/app/s"
    assert Names.of([ROLE, session]).by_arn == {ROLE: "role app", session: "role app"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{KEY} has no policy.", "alias/a has no policy."),
        (f'"{KEY}"', "alias/a"),
        (f"on {KEY}, and {KEY}", "on alias/a, and alias/a"),
        (f"{KEY}/x", f"{KEY}/x"),
        (f"{KEY}.x", f"{KEY}.x"),
        (f"{KEY}-x", f"{KEY}-x"),
        ("nothing", "nothing"),
    ],
)
def test_an_arn_in_a_text_goes_by_its_short_name_and_one_that_is_longer_does_not(text, shown):
    assert Names.of([KEY], ["alias/a"]).within(text) == shown


def test_a_longer_arn_is_not_taken_for_a_shorter_one():
    longer = f"{KEY}/more"
    names = Names({KEY: "short", longer: "long"})
    assert names.within(f"{longer} {KEY}") == "long short"


def test_the_whole_arn_stands_once_beside_its_name():
    names = Names.of([KEY], ["alias/a"])
    assert names.whole(KEY) == f"{KEY} (alias/a)"
    assert names.whole("*") == "*"


def test_without_any_arn_a_text_is_as_it_was():
    assert Names.of(["*"]).within("on *") == "on *"
