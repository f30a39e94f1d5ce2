"""Writes docs/evidence.md: by which evidence the tests say what AWS does, read from their marks without running them.

``python -m tools.evidence_page`` writes the page; a test fails when it is out of date. A mark is
``pytest.mark.evidence(kind, source)``, of a module (``pytestmark``) or of one test; the closest one counts.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evidence.md"
KINDS = {
    "recorded": "an answer of AWS that somebody kept, in a public repository",
    "documented": "a page of AWS's documentation, or a model that ships with botocore",
    "reported": "what users show of AWS's answers, in issues and other public places",
    "assumed": "chosen here, because nothing of the kind was found",
}
OF_KMSMOCK = {
    "tests/world": "worlds and their snapshots",
    "tests/linting": "what lint finds and says",
    "tests/access": "what differs between two worlds",
    "tests/asking": "questions about files",
    "tests/loading": "what is read of files, and what the report says of it",
    "tests/iam/test_decisions_for_machines.py": "decisions as data",
    "tests/iam/test_places_of_changes.py": "the words of to_do()",
    "tests/iam/test_statements_in_files.py": "where statements stand",
    "tests/iam/test_texts_for_a_person.py": "texts",
    "tests/iam/test_what_a_request_could_have.py": "the words of advice",
    "tests/iam/test_what_is_added.py": "suggested statements",
    "tests/identity/test_blocks_and_what_shows_them.py": "acting()",
    "tests/identity/test_words_about_other_worlds.py": "credentials of worlds",
    "tests/bridge": "what moto does by itself",
    "tests/endpoint/test_addresses.py": "addresses of worlds",
    "tests/endpoint/test_crowd.py": "addresses of worlds",
    "tests/endpoint/test_examples.py": "addresses of worlds",
    "tests/clients": "clients of others reach the world",
    "tests/endpoint_clients": "clients of others reach the world",
    "tests/clock": "whoever moves time",
    "tests/crypto": "arithmetic",
    "tests/doctor": "the doctor",
    "tests/door": "how requests reach the world, and entering and leaving",
    "tests/foreign": "the lists of what is taken of others",
    "tests/laws": "laws of our own code",
    "tests/mutation": "mutants of policies",
    "tests/plugin": "the plugin",
    "tests/policy_coverage": "coverage of policies",
    "tests/privilege": "least privilege",
    "tests/radius": "what depends on a key",
    "tests/records": "moto's records",
    "tests/refusals": "the words of explanations",
    "tests/report": "the report",
    "tests/serve": "a world as a program",
    "tests/simulation": "questions without a call",
    "tests/structure": "the house",
    "tests/verify": "cases that are run against AWS",
    "tests/wire": "botocore's protocols",
    "tests/authorization/test_enforcement.py": "options of World",
    "tests/authorization/test_typos_in_questions.py": "questions of world.decisions",
    "tests/billing/test_bill.py": "the bill as an object",
    "tests/billing/test_laws.py": "sums",
    "tests/iam/test_explanations.py": "the words of explain()",
    "tests/identity/test_credentials_of_other_worlds.py": "credentials of worlds",
    "tests/kms/test_agenda.py": "the agenda of worlds",
    "tests/kms/test_faults.py": "world.fault",
    "tests/kms/test_keys_and_grants_alone.py": "the model's own methods",
    "tests/kms/test_state_rules.py": "the table of states against its independent twin",
    "tests/kms/test_timeline.py": "world.timeline",
    "tests/services/cloudformation/test_templates.py": "how templates are read",
    "tests/services/ec2/test_launched_by_services.py": "instances that services of moto make",
    "tests/services/ec2/test_scenarios.py": "kmsmock.scenarios",
    "tests/services/s3/test_concurrency.py": "threads",
    "tests/trail/test_tables.py": "tables of events",
    "tests/trail/test_world_events.py": "world.events",
}
"""Folders and modules that are about kmsmock itself; a module with a mark counts all the same."""
_SERVICES = {
    "tests/kms": "KMS",
    "tests/crypto": "KMS",
    "tests/services/kms": "KMS",
    "tests/authorization": "Authorization",
    "tests/iam": "IAM and policies",
    "tests/services/iam": "IAM and policies",
    "tests/identity": "Identities and STS",
    "tests/services/sts": "Identities and STS",
    "tests/trail": "CloudTrail",
    "tests/services/cloudtrail": "CloudTrail",
    "tests/billing": "Prices",
    "tests/reports": "Public reports, retold",
    "tests/wire": "Protocols",
    "tests/door": "Protocols",
    "tests/endpoint": "Protocols",
    "tests/endpoint_clients": "Protocols",
    "tests/linting": "IAM and policies",
    "tests/loading": "Several services",
    "tests/services/apigateway": "API Gateway",
    "tests/services/awslambda": "Lambda",
    "tests/services/cloudformation": "CloudFormation",
    "tests/services/dynamodb": "DynamoDB",
    "tests/services/ec2": "EC2 and EBS",
    "tests/services/eks": "EKS",
    "tests/services/logs": "CloudWatch Logs",
    "tests/services/test_logs.py": "CloudWatch Logs",
    "tests/services/rds": "RDS",
    "tests/services/s3": "S3",
    "tests/services/secretsmanager": "Secrets Manager",
    "tests/services/sqs": "SQS",
    "tests/services/test_sqs.py": "SQS",
    "tests/services/test_sns.py": "SNS",
    "tests/services/test_ssm.py": "Systems Manager",
    "tests/services/test_kinesis.py": "Kinesis",
    "tests/services/test_firehose.py": "Firehose",
    "tests/services/test_ecr_efs_backup.py": "ECR, EFS, Backup",
    "tests/services/stepfunctions": "Step Functions",
    "tests/services": "Several services",
}
"""Whose behaviour the tests of a folder or module state: the longest that fits."""
_HEAD = """\
# Evidence

This page is made by `python -m tools.evidence_page` from the marks of the tests; a test fails when it is out of date.

Nobody here has an account to ask, so each test that says what AWS does says by which evidence:

{kinds}

Where a module rests on several, its mark names the one that most of it rests on, and its text the others; single tests
have marks of their own. A test that runs with many parameters counts once. Tests of kmsmock itself are not counted.
To ask AWS about it, in an account of yours: [verifying](verifying.md).

## Tests by service

| service | {columns} | all |
|---|{lines}---:|
"""
_ASSUMED = """
## What is assumed

Each may differ from AWS; a recorded answer is welcome. What the code chooses without evidence, whether a test looks at
it or not, is listed in [limits](limits.md#what-nobody-has-seen).

"""
_SOURCES = """
## Where the rest is from

"""


class Mark(NamedTuple):
    """The evidence of a test, or of a module."""

    kind: str
    source: str


class Marked(NamedTuple):
    """A test and its evidence."""

    module: str
    test: str
    mark: Mark


def modules() -> dict[str, ast.Module]:
    """All modules of tests, by their path from the root."""
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def mark_of_module(tree: ast.Module) -> Mark | None:
    """What ``pytestmark`` says of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            return _first(node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value])
    return None


def tests(module: str, tree: ast.Module) -> Iterator[Marked]:
    """The tests of a module that have evidence."""
    yield from _tests(module, tree.body, mark_of_module(tree))


def _tests(module: str, body: list[ast.stmt], around: Mark | None) -> Iterator[Marked]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(module, node.body, _first(node.decorator_list) or around)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            mark = _first(node.decorator_list) or around
            if mark is not None:
                yield Marked(module, node.name, mark)


def _first(nodes: list[ast.expr]) -> Mark | None:
    """The mark among decorators. Raises ValueError for one that does not say a kind and a source, in plain text."""
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.evidence":
            said = [each.value for each in node.args if isinstance(each, ast.Constant) and each.value]
            if len(said) != 2 or len(node.args) != 2 or node.keywords or said[0] not in KINDS:
                raise ValueError(f"line {node.lineno}: pytest.mark.evidence({', '.join(KINDS)}; source)")
            return Mark(str(said[0]), str(said[1]))
    return None


def is_of_kmsmock(module: str) -> bool:
    """Whether a module needs no evidence."""
    return any(module == home or module.startswith(f"{home}/") for home in OF_KMSMOCK)


def service_of(module: str) -> str:
    """Whose behaviour a module states."""
    homes = [home for home in _SERVICES if module == home or module.startswith(f"{home}/")]
    return _SERVICES[max(homes, key=len)]


def page() -> str:
    """The whole page."""
    trees = modules()
    found = [each for module, tree in trees.items() for each in tests(module, tree)]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        counts[service_of(each.module)][each.mark.kind] += 1
    head = _HEAD.format(
        kinds="\n".join(f"- **{kind}**: {words}." for kind, words in KINDS.items()),
        columns=" | ".join(KINDS),
        lines="---:|" * len(KINDS),
    )
    rows = [_row(service, counts[service]) for service in sorted(counts)]
    total = _row("**all**", sum(counts.values(), Counter()))
    assumed = [
        f"- `{each.module}`, `{each.test}`: {each.mark.source}." for each in found if each.mark.kind == "assumed"
    ]
    sources = [
        f"- `{module}` ({mark.kind}): {mark.source}."
        for module, tree in trees.items()
        if (mark := mark_of_module(tree)) is not None and mark.kind != "assumed"
    ]
    parts = (head, "\n".join([*rows, total]), "\n", _ASSUMED, "\n".join(assumed), "\n", _SOURCES, "\n".join(sources))
    return "".join(parts) + "\n"


def _row(service: str, kinds: Counter[str]) -> str:
    cells = [str(kinds[kind] or "") for kind in KINDS]
    return f"| {service} | {' | '.join(cells)} | {kinds.total()} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
