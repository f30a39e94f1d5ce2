"""Both ways of a call of KMS held against each other: what the short one gives is what botocore reads off the wire."""

from contextlib import contextmanager
from unittest import mock

from botocore.parsers import create_parser

from kmsmock.wire import answers, results


def exactly(value):
    """A value with the types of all that is in it, so that equal means alike."""
    if isinstance(value, dict):
        return dict, [(name, exactly(each)) for name, each in sorted(value.items())]
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(each) for each in value]
    return type(value), repr(getattr(value, "tzinfo", None)), value


def off_the_wire(operation, result, request_id):
    """What botocore's parser makes of an answer."""
    status, headers, body = answers.encode_json(operation, result, request_id)
    lower = {name.lower(): value for name, value in headers.items()}
    parser = create_parser(operation.service_model.resolved_protocol)
    read = parser.parse({"status_code": status, "headers": lower, "body": body}, operation.output_shape)
    read["ResponseMetadata"]["RetryAttempts"] = 0
    return read


@contextmanager
def compared():
    """In the block every result that takes the short way is what would have come over the wire."""
    read = results.as_parsed

    def parsed(operation, result, request_id):
        wire = exactly(off_the_wire(operation, result, request_id))
        short = read(operation, result, request_id)
        assert exactly(short) == wire
        return short

    with mock.patch.object(results, "as_parsed", parsed):
        yield
