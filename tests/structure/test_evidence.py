"""Each test that says what AWS does says by which evidence; the page that counts them is up to date."""

from pathlib import Path

from tools import evidence_page

MODULES = evidence_page.modules()


def test_each_module_that_states_behaviour_of_aws_has_its_evidence():
    without = [
        module
        for module, tree in MODULES.items()
        if evidence_page.mark_of_module(tree) is None and not evidence_page.is_of_kmsmock(module)
    ]
    assert without == [], "add: pytestmark = pytest.mark.evidence(kind, source)"


def test_what_is_of_kmsmock_itself_is_there_and_has_no_evidence():
    modules = [home for home in evidence_page.OF_KMSMOCK if home.endswith(".py")]
    assert [home for home in evidence_page.OF_KMSMOCK if not Path(evidence_page.ROOT, home).exists()] == []
    assert [module for module in modules if evidence_page.mark_of_module(MODULES[module]) is not None] == []


def test_the_page_of_evidence_is_up_to_date():
    assert evidence_page.PAGE.read_text(encoding="utf-8") == evidence_page.page(), "run: python -m tools.evidence_page"
