"""Maps in the query protocol (``Attributes.entry.1.key``), as SNS sends attributes."""

from kmsmock.wire.decoding.query import _from_query
from kmsmock.wire.models import service_model


def decoded(form):
    return _from_query(service_model("sns").operation_model("CreateTopic").input_shape, form, "", False)


def test_a_map_is_decoded_by_its_entries():
    form = {
        "Name": "t",
        "Attributes.entry.1.key": "Policy",
        "Attributes.entry.1.value": "{}",
        "Attributes.entry.2.key": "DisplayName",
        "Attributes.entry.2.value": "",
    }
    assert decoded(form) == {"Name": "t", "Attributes": {"Policy": "{}", "DisplayName": ""}}


def test_a_key_that_stands_twice_comes_to_an_end():
    form = {f"Attributes.entry.{number}.{part}": "x" for number in (1, 2) for part in ("key", "value")}
    assert decoded(form) == {"Attributes": {"x": "x"}}


def test_a_topic_has_the_attributes_that_it_was_made_with(owner):
    topic = owner.client("sns").create_topic(Name="t", Attributes={"DisplayName": "Tee"})["TopicArn"]
    assert owner.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Tee"
