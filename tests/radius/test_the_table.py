"""Adding a service is adding a row: a service that keeps what it sealed with a key has one."""

import ast

from kmsmock.radius.rows import KINDS, ROWS
from kmsmock.services import MODULES
from tests.support.radius import NOTHING_IS_ASKED_OF, USES
from tests.support.sources import trees

KEEP_NOTHING = {
    "cloudformation": "has a row: what stacks are made of",
    "cloudwatch": "alarms send, and keep nothing",
    "dynamodb-streams": "its records ask for no key",
    "eventbridge": "sends, and keeps nothing",
    "iam": "has no key",
    "organizations": "has no key",
    "s3-control": "its jobs write objects, which have a row",
    "sts": "has no key",
}
SEALED = {"Envelope", "ResourceKey", "Sealed", "Secured", "ServiceGrant", "Repository"}
"""What services keep of a key, as it stands in the annotations of their records."""
PASSING = {
    "Sealed": "of an object, on moto's record of it",
    "Secured": "a version of a parameter",
    "Repository": "a repository",
    "ResourceKey": "a holding",
    "ServiceGrant": "a grant",
    "ServiceKms": "the way to KMS",
    "Table": "a table, which the records of DynamoDB have",
    "Volume": "a disk, which those of EC2 have",
    "Snapshot": "likewise",
    "BucketKeys": "data keys in memory: what they sealed has envelopes of its own",
    "DataKeys": "likewise",
    "_Kept": "likewise",
    "Envelope": "itself",
    "File": "a log file on its way into a bucket",
}
"""Classes with such members that are no records of a world, or not of things."""


def test_every_integrated_service_has_a_row_or_keeps_nothing():
    rows = {service for row in ROWS for service in row.services}
    assert MODULES.keys() - rows - KEEP_NOTHING.keys() == set()
    assert rows - MODULES.keys() == {"kms"}


def keepers():
    """The classes of services in whose members, or bases, stands what is kept of a key, with their files."""
    for path, tree in trees().items():
        for node in ast.walk(tree) if path.startswith("kmsmock/services/") else ():
            if isinstance(node, ast.ClassDef) and node.name not in PASSING:
                annotated = [each.annotation for each in node.body if isinstance(each, ast.AnnAssign)]
                inside = [name for part in (*annotated, *node.bases) for name in ast.walk(part)]
                if any(isinstance(each, ast.Name) and each.id in SEALED for each in inside):
                    yield path, node.name


def test_what_is_kept_of_keys_is_walked_by_a_row():
    rows = [ast.unparse(tree) for path, tree in trees().items() if path.startswith("kmsmock/radius/rows/")]
    used = {name for text in rows for node in ast.walk(ast.parse(text)) for name in _names(node)}
    found = dict(keepers())
    assert set(found.values()) >= {"Groups", "Functions", "Databases", "Tables", "Secrets"}
    assert {(path, name) for path, name in keepers() if name not in used} == set()


def _names(node):
    return [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []


def test_each_kind_is_tried_by_the_law_or_nothing_can_be_asked_of_it():
    assert KINDS - USES.keys() - NOTHING_IS_ASKED_OF == {"table replica"}  # tried in test_copies_and_shares.py
