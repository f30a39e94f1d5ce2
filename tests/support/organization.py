"""An organization that is made through boto3."""

import json

from tests.support.claims import policy

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
DENY_ENCRYPT = policy({"Sid": "No", "Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})
CLOSED = policy({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"})


class Organization:
    """An organization of ``management``, with one account in one unit below another."""

    def __init__(self, world, management):
        self.management = world.account(management)
        self.client = self.management.client("organizations")
        self.made = 0
        self.id = self.client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        self.outer = self._unit(self.root, "outer")
        self.inner = self._unit(self.outer, "inner")
        made = self.client.create_account(AccountName="member", Email=f"m{management}@example.com")
        self.member = world.account(made["CreateAccountStatus"]["AccountId"])
        self.client.move_account(AccountId=self.member.id, SourceParentId=self.root, DestinationParentId=self.inner)

    def _unit(self, parent, name):
        return self.client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    @property
    def path(self):
        return f"{self.id}/{self.root}/{self.outer}/{self.inner}/"

    def target(self, level):
        return self.member.id if level == "account" else getattr(self, level)

    def attach(self, level, document, kind=SCP):
        """The ARN of a new policy that is attached to a level."""
        self.made += 1
        name = f"policy-{self.made}"
        made = self.client.create_policy(Content=json.dumps(document), Description="", Name=name, Type=kind)
        summary = made["Policy"]["PolicySummary"]
        self.client.attach_policy(PolicyId=summary["Id"], TargetId=self.target(level))
        return summary["Arn"]

    def detach(self, level, policy_id):
        self.client.detach_policy(PolicyId=policy_id.rsplit("/", 1)[-1], TargetId=self.target(level))


LEVELS = ["root", "outer", "inner", "account"]
