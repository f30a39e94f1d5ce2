"""Templates are data: entry 13 of "Unbreakable". moto read them with a loader for which a tag is a call."""

import json

import pytest

from tests.support.claims import refused

RUNS = "!!python/object/apply:os.mkdir ['{}']"
TEMPLATES = {
    "the whole": RUNS,
    "a section": f"Resources: {RUNS}",
    "a property": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: " + RUNS + "}}",
}
PLAIN = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
CALLS = {
    "create": lambda cfn, text: cfn.create_stack(StackName="stack", TemplateBody=text),
    "change set": lambda cfn, text: cfn.create_change_set(
        StackName="stack", ChangeSetName="changes", ChangeSetType="CREATE", TemplateBody=text
    ),
    "validate": lambda cfn, text: cfn.validate_template(TemplateBody=text),
}


@pytest.fixture
def cfn(owner):
    return owner.client("cloudformation")


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_tag_of_python_is_refused_and_does_not_run(cfn, tmp_path, call, template):
    made = tmp_path / "made"
    with refused("ValidationError") as refusal:
        call(cfn, template.format(made))
    assert refusal.response["Error"]["Message"].startswith("Template format error: ")
    assert not made.exists()
    assert cfn.list_stacks()["StackSummaries"] == []


def test_an_update_is_refused_and_changes_nothing(cfn, tmp_path):
    cfn.create_stack(StackName="stack", TemplateBody=PLAIN)
    with refused("ValidationError"):
        cfn.update_stack(StackName="stack", TemplateBody=RUNS.format(tmp_path / "made"))
    assert not (tmp_path / "made").exists()
    assert cfn.get_template(StackName="stack")["TemplateBody"] == PLAIN


def test_aliases_which_may_expand_are_refused(cfn):
    """AWS's own words; "CloudFormation doesn't support aliases" (template formats)."""
    text = "a: &a [x, x]\nb: &b [*a, *a]\nResources: {B: {Type: AWS::S3::Bucket}}"
    with refused("ValidationError", "Template error: YAML aliases are not allowed in CloudFormation templates"):
        cfn.create_stack(StackName="stack", TemplateBody=text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "Template format error: YAML not well-formed. (line 1, column 5)"),
        ("just a text", "Template format error: unsupported structure."),
        ("[" * 5000, "Template format error: YAML not well-formed."),
        ("", "Either Template URL or Template Body must be specified."),
    ],
)
def test_what_is_no_template(cfn, text, message):
    with refused("ValidationError", message):
        cfn.create_stack(StackName="stack", **({"TemplateBody": text} if text else {}))


def test_short_forms_and_json_are_read_as_ever(cfn, owner):
    text = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\nOutputs:\n  Arn:\n    Value: !GetAtt Q.Arn\n"
    cfn.create_stack(StackName="yaml", TemplateBody=text)
    (output,) = cfn.describe_stacks(StackName="yaml")["Stacks"][0]["Outputs"]
    assert output["OutputValue"].startswith("arn:aws:sqs:")
    cfn.create_stack(StackName="json", TemplateBody=json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}))
    assert len(owner.client("s3").list_buckets()["Buckets"]) == 1


def test_everybodys_yaml_is_left_alone(cfn):
    import yaml

    before = dict(yaml.Loader.yaml_multi_constructors)
    cfn.create_stack(StackName="stack", TemplateBody=PLAIN)
    assert yaml.Loader.yaml_multi_constructors == before
