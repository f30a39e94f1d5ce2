"""What workers found, put together and told."""

from kmsmock.coverage import plain, policies
from kmsmock.mutation import mutants, text, verdicts
from kmsmock.mutation.mutants import Mutant
from kmsmock.mutation.verdicts import Verdict
from tests.support.claims import allow

DROPPED, WIDENED = Mutant("k", "0", "dropped"), Mutant("k", "0/Action/0", "widened", "kms:Decrypt", "kms:*")
POLICY = plain.Policy("k", "inline", "p", ["user u"], ["tests/app.py:3"], allow("kms:Decrypt"), {"0": [1, 0]})
NAMED = dict(policies.with_keys([POLICY]))


def test_one_worker_whose_test_notices_is_enough():
    found = verdicts.merged(
        [
            Verdict(DROPPED, "unnoticed", 1),
            Verdict(DROPPED, "noticed", 2, "test_a"),
            Verdict(WIDENED, "not tried"),
            Verdict(WIDENED, "unnoticed"),
        ]
    )
    assert found == [Verdict(DROPPED, "noticed", 3, "test_a"), Verdict(WIDENED, "not tried")]
    assert verdicts.score(found) == 100
    assert verdicts.score([]) is None


def test_a_verdict_goes_from_process_to_process():
    made = Verdict(WIDENED, "noticed", 2, "test_a")
    assert Verdict.of(made.as_list()) == made


def test_what_no_test_notices_is_told_below_its_policy():
    found = [Verdict(DROPPED, "noticed"), Verdict(WIDENED, "unnoticed", 1), Verdict(DROPPED, "not tried")]
    assert list(text.lines(found, NAMED)) == [
        "policy                            mutants  noticed  unnoticed  score",
        "--------------------------------------------------------------------",
        'tests/app.py:3 inline policy "p"        3        1          1    50%',
        "    1: Action kms:Decrypt could be widened to kms:* and no test would fail, though decisions change: 1",
        "--------------------------------------------------------------------",
        "TOTAL                                   3        1          1    50%",
        "1 not tried: the time was over (--kmsmock-mutate-seconds=S gives more), or only tests could notice them that did "
        "not pass or that pass but once",
    ]


def test_where_no_test_could_be_repeated_that_is_told():
    assert list(text.lines([], {})) == ["No policies were used, so that there is nothing that could be wrong in them."]
    assert list(text.lines([], NAMED)) == [
        "No mutants were tried: the run was stopped, or the tests ran in processes of their own."
    ]


def test_a_condition_is_dropped_made_optional_and_narrowed_value_by_value():
    statement = allow("kms:Decrypt", Condition={"StringEquals": {"aws:PrincipalTag/team": ["a", "b"]}})["Statement"][0]
    made = [each for each in mutants.of("k", [statement], lambda path: None) if "/Condition/" in each.path]
    assert [(each.how, mutants.changed(each, [statement])[0]["Condition"]) for each in made] == [
        ("dropped", {}),
        ("made optional", {"StringEqualsIfExists": {"aws:PrincipalTag/team": ["a", "b"]}}),
        ("narrowed", {"StringEquals": {"aws:PrincipalTag/team": ["b"]}}),
        ("narrowed", {"StringEquals": {"aws:PrincipalTag/team": ["a"]}}),
    ]
    assert [each.told for each in made] == [
        "Condition StringEquals aws:PrincipalTag/team could be deleted and no test would fail",
        "Condition StringEquals aws:PrincipalTag/team could be made optional (IfExists) and no test would fail",
        "Condition StringEquals aws:PrincipalTag/team could be narrowed to all but a and no test would fail",
        "Condition StringEquals aws:PrincipalTag/team could be narrowed to all but b and no test would fail",
    ]


def test_a_grant_is_dropped_and_so_are_its_operations_and_its_constraints():
    grant = {"GranteePrincipal": "r", "Operations": ["Decrypt", "Encrypt"]}
    grant["Constraints"] = {"EncryptionContextSubset": {"a": "b"}}
    assert [(each.value, mutants.changed_grant(each, grant)) for each in mutants.of_grant("k", grant)] == [
        ("this grant", {**grant, "Operations": []}),
        ("Decrypt", {**grant, "Operations": ["Encrypt"]}),
        ("Encrypt", {**grant, "Operations": ["Decrypt"]}),
        ("EncryptionContextSubset", {"GranteePrincipal": "r", "Operations": ["Decrypt", "Encrypt"]}),
    ]
