"""Bodies in XML are what moto's own writer makes of them, byte for byte."""

import boto3
import xmltodict
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.serialize import BaseXMLSerializer, EC2Serializer

import kmsmock
from kmsmock.bridge import xml_bodies

NAMES = st.sampled_from(["a", "item", "volumeId", "x-y", "_z.1"])
TEXTS = st.text() | st.sampled_from(["", "<&>", "\"'", "\r\n", "]]>", " "])
LEAVES = TEXTS | st.integers()
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(NAMES, inner | st.lists(inner, max_size=3), max_size=4)
        | st.dictionaries(NAMES, inner, max_size=2).map(lambda it: {"@xmlns": "http://x/?a&b", **it})
    ),
    max_leaves=12,
)
ODD = st.none() | st.booleans() | st.floats() | st.binary() | st.just({"#text": "x"}) | st.just({"@a": 1})


@given(NAMES, TREES)
def test_a_tree_is_written_as_xmltodict_writes_it(name, tree):
    asked = {name: tree}
    assert xml_bodies.written(asked) == xmltodict.unparse(asked, full_document=False, short_empty_elements=True)


@settings(deadline=None)  # the first world is dear
@given(st.sampled_from([BaseXMLSerializer, EC2Serializer]), NAMES, TREES | ODD | st.lists(ODD, max_size=2))
def test_a_serializer_writes_the_same_in_a_world_and_outside(serializer, name, tree):
    def written():
        try:
            return serializer._serialize_body(plain, {name: tree})
        except ValueError as error:  # several roots
            return str(error)

    plain = serializer.__new__(serializer)
    plain.pretty_print = False
    expected = written()
    with kmsmock.World():
        assert written() == expected


def test_answers_in_xml_are_those_of_moto(aws_world):
    ec2 = boto3.client("ec2", "us-east-1")
    volume = ec2.create_volume(
        Size=1,
        AvailabilityZone="us-east-1a",
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "a<&>", "Value": "\"'"}]}],
    )["VolumeId"]
    told = ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    assert told["Tags"] == [{"Key": "a<&>", "Value": "\"'"}]
    assert told["Attachments"] == []


def test_answers_of_moto_have_an_id_each(aws_world):
    """moto's serializers write ``request-id``."""
    ec2 = boto3.client("ec2", "us-east-1")
    made = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a", Encrypted=True)
    ids = [each["ResponseMetadata"]["RequestId"] for each in (made, ec2.describe_regions(), ec2.describe_volumes())]
    assert [len(each) for each in ids] == [36, 36, 36]
    assert len({*ids}) == 3
