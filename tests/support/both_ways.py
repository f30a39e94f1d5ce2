"""All ways of a call held against each other: what those without a wire take and give is what goes over it."""

from contextlib import contextmanager
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from kmsmock.bridge import serializing
from kmsmock.wire import plain_params, results
from kmsmock.wire.decoding.decode import decode


def exactly(value):
    """A value with the types of all that is in it, so that equal means alike."""
    if isinstance(value, dict):
        return dict, [(name, exactly(each)) for name, each in sorted(value.items())]
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(each) for each in value]
    return type(value), repr(getattr(value, "tzinfo", None)), value


def alike(one, other):
    """Whether two values are exactly the same: told sooner than their types are written down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(value, other[name]) for name, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other and repr(getattr(one, "tzinfo", None)) == repr(getattr(other, "tzinfo", None))


def off_the_wire(operation, result, request_id):
    """What botocore's parser makes of an answer."""
    status, headers, body = serializing.encode(operation, result, request_id)
    lower = {name.lower(): value for name, value in headers.items()}
    parser = create_parser(operation.service_model.resolved_protocol)
    read = parser.parse({"status_code": status, "headers": lower, "body": body}, operation.output_shape)
    read["ResponseMetadata"]["RetryAttempts"] = 0
    return read


def over_the_wire(operation, params):
    """What is read of the request that botocore writes. It refuses what it would not send."""
    written = create_serializer(operation.service_model.resolved_protocol).serialize_to_request(params, operation)
    return decode(AWSPreparedRequest("POST", "https://kms", written["headers"], written["body"], False), operation)


@contextmanager
def compared():
    """In the block all that takes a way without a wire is what would have gone over it, parameters and results."""
    read, reader = results.as_parsed, plain_params.reader

    def reading(operation):
        take = reader(operation)

        def taken(params):
            short = take(params)
            wire = over_the_wire(operation, params)
            assert alike(short, wire) or exactly(short) == exactly(wire)
            return short

        return taken

    def parsed(operation, result, request_id):
        wire = off_the_wire(operation, result, request_id)
        short = read(operation, result, request_id)
        assert alike(short, wire) or exactly(short) == exactly(wire)
        return short

    with mock.patch.object(results, "as_parsed", parsed), mock.patch.object(plain_params, "reader", reading):
        yield
