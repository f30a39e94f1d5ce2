"""All ways of a call held against each other: what those without a wire take and give is what goes over it."""

from collections import Counter
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


ALWAYS, THEN_EVERY = 12, 8
"""How often in a process what is made alike is compared before it is only looked at now and then."""


def made_of(value):
    """What tells results apart that have taken the same way: their members, and the types of what is in them."""
    if isinstance(value, dict):
        return tuple((name, made_of(value[name])) for name in sorted(value, key=str))
    if isinstance(value, (list, tuple)):
        return (type(value), bool(value) and made_of(value[0]))
    return type(value)


class Often:
    """Which are compared: a suite sees some results ten thousand times."""

    def __init__(self):
        self.seen = Counter()

    def compares(self, operation, value):
        like = operation.service_model.service_name, operation.name, made_of(value)
        self.seen[like] += 1
        return self.seen[like] <= ALWAYS or self.seen[like] % THEN_EVERY == 0


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
    """In the block what takes a way without a wire is what would have gone over it, parameters and results."""
    read, reader = results.as_parsed, plain_params.reader
    asked, answered = Often(), Often()

    def reading(operation):
        take = reader(operation)

        def taken(params):
            short = take(params)
            if not asked.compares(operation, params):
                return short
            wire = over_the_wire(operation, params)
            assert alike(short, wire) or exactly(short) == exactly(wire)
            return short

        return taken

    def parsed(operation, result, request_id):
        if not answered.compares(operation, result):
            return read(operation, result, request_id)
        wire = off_the_wire(operation, result, request_id)
        short = read(operation, result, request_id)
        assert alike(short, wire) or exactly(short) == exactly(wire)
        return short

    with mock.patch.object(results, "as_parsed", parsed), mock.patch.object(plain_params, "reader", reading):
        yield
