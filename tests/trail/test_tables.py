"""The tables of the trail: every row is an operation of KMS, and every operation reads or changes as its name says."""

from kmsmock.kms.operations import OPERATIONS
from kmsmock.trail import captures, cross_region, event_shapes

READS = ("De", "Describe", "Encapsulate", "Encrypt", "Generate", "Get", "List", "ReEncrypt", "Sign", "Verify")
CHANGES = ("DeleteAlias", "DeleteCustomKeyStore", "DeleteImportedKeyMaterial")


def test_every_row_is_an_operation():
    for table in (event_shapes._SHAPES, captures.FACTS, cross_region.ECHOES):
        assert table.keys() <= OPERATIONS.keys()


def test_operations_read_or_change_as_their_names_say():
    for operation in OPERATIONS:
        reads = operation.startswith(READS) and operation not in CHANGES
        assert event_shapes.of(operation).changes is not reads, operation


def test_what_needs_a_fact_of_the_answer_has_one():
    """An answer or more that is told of a call is made of its keys, or of a fact."""
    of_keys = (event_shapes._nothing, event_shapes._the_key)
    for operation, shape in event_shapes._SHAPES.items():
        if shape.answer not in of_keys or shape.more not in of_keys:
            assert operation in captures.FACTS, operation
