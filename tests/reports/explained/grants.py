"""Questions about grants."""

from datetime import timedelta

from tests.support.claims import OWNER
from tests.support.policies import use
from tests.support.questions import Table, encrypted
from tests.support.reports import make_key

QUESTIONS = Table()


@QUESTIONS.ask(
    "A grant constrains the encryption context, and its grantee is denied?",
    source="https://github.com/fugue/credstash/issues/83",
    fix=["To use the grant", "EncryptionContext={'service': 'web'}"],
)
def grant_with_a_constraint(world):
    owner = world.account(OWNER)
    key, web = make_key(owner), owner.user("web")
    constraint = {"EncryptionContextSubset": {"service": "web"}}
    owner.client("kms").create_grant(
        KeyId=key, GranteePrincipal=web.arn, Operations=["Encrypt"], Constraints=constraint
    )
    client = web.client("kms")
    return encrypted(client, key), encrypted(client, key, EncryptionContext={"service": "web"})


@QUESTIONS.ask(
    "A grant was made a moment ago, and its grantee is denied?",
    source="https://github.com/fugue/credstash/issues/307",
    fix=["GrantTokens"],
    delays={"CreateGrant": timedelta(minutes=5)},
)
def grant_of_a_moment_ago(world):
    world.clock.freeze()
    owner = world.account(OWNER)
    key, reader = make_key(owner), owner.user("reader")
    made = owner.client("kms").create_grant(KeyId=key, GranteePrincipal=reader.arn, Operations=["Encrypt"])
    client = reader.client("kms")
    return encrypted(client, key), encrypted(client, key, GrantTokens=[made["GrantToken"]])


@QUESTIONS.ask(
    "Which operations can a grant allow (Terraform: ListGrants, RevokeGrant)?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/3946",
    fix=["Operations"],
)
def operations_that_no_grant_allows(world):
    owner = world.account(OWNER)
    kms, key, role = owner.client("kms"), make_key(owner), owner.role("scaling").arn

    def grant(*operations):
        kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=list(operations))

    return lambda: grant("Decrypt", "CreateGrant", "ListGrants"), lambda: grant("Decrypt", "CreateGrant")


@QUESTIONS.ask(
    "CreateGrant in Terraform: ARN does not refer to a valid principal?",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/3038",
    fix=["Create the user or role first"],
)
def grant_for_nobody(world):
    owner = world.account(OWNER)
    kms, key = owner.client("kms"), make_key(owner)

    def grant():
        arn = f"arn:aws:iam::{OWNER}:role/tomorrow"
        kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])

    def after_the_role():
        owner.role("tomorrow")
        grant()

    return grant, after_the_role


@QUESTIONS.ask(
    "RevokeGrant is denied to who may revoke with kms:GrantIsForAWSResource?",
    source="https://github.com/ministryofjustice/modernisation-platform/issues/3550",
    fix=['"kms:RevokeGrant"', "a policy of"],
)
def grant_that_is_of_no_service(world):
    owner = world.account(OWNER)
    member = owner.user("member")
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    key = make_key(owner, use(member.arn, ["kms:ListGrants", "kms:RevokeGrant"], Condition=resource))
    grantee = owner.role("worker").arn
    made = owner.client("kms").create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])
    return lambda: member.client("kms").revoke_grant(KeyId=key, GrantId=made["GrantId"])
