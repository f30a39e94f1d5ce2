"""What the model asks about identities: the one door between it and whoever answers from moto's IAM and STS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from kmsmock.call import Call, Caller, Signature
from kmsmock.iam import Policies, Principal, Source
from kmsmock.model.spreading import Spreading


class Directory(Protocol):
    """What the model asks about identities; answered by ``identity`` from moto's IAM and STS."""

    def resolve(self, name: str, partition: str) -> str | None:
        """What a principal in a key policy or grant is stored as (users and roles by unique id); None for nobody."""

    def render(self, stored: str) -> str:
        """A stored principal as AWS shows it: the ARN, or the unique id of one that was deleted."""

    def policies_of(self, principal: Principal) -> tuple[tuple[Source, ...], tuple[Source, ...] | None]:
        """The identity-based policies of a principal, and its permissions boundary if it has one."""

    def organization_policies(self, policies: Policies, principal: Principal, owner: str) -> Policies:
        """``policies`` with the service and resource control policies of both accounts added."""

    def organization_of(self, account: str) -> tuple[str, str] | None:
        """The id of an account's organization, and the account's path in it; None for an account without one."""

    def tags_of(self, principal: Principal) -> Mapping[str, str]:
        """The tags of the user or role behind a principal."""

    def in_organization(self, account: str) -> bool:
        """True if an organization has a say in what happens in an account."""

    def issue(self, caller: Caller) -> str:
        """Make an access key for a caller."""

    def remember_key(self, access_key: str) -> None:
        """An access key was issued by IAM."""

    def signs(self, access_key: str, secret: str) -> None:
        """Somebody in this process signs with a key, which may be one that nobody issued."""

    def secrets_of(self, access_key: str) -> tuple[str, ...]:
        """The secrets that a key may have; none if nobody knows."""

    def changes(self, call: Call, spreading: Spreading) -> None:
        """A call of IAM is about to change something, which others may get to know later."""

    def set_boundary(self, user_arn: str, boundary: str | None) -> None:
        """Set the permissions boundary of a user, by the policy's ARN, or take it away."""

    def bind_principals(self, arn: str, document: str) -> None:
        """The policy of a role or bucket was written: bind the principals in it."""

    def trusted_by(self, role_arn: str) -> Mapping[str, str]:
        """The principals in a role's trust policy, and the unique ids that they had when it was written."""

    def missing_principal(self, document: str, partition: str) -> str | None:
        """The first principal that a resource's policy names and that does not exist, if there is one."""

    def boundary_of(self, user_arn: str) -> str | None:
        """The ARN of a user's permissions boundary."""

    def endpoint_policy(self, endpoint_id: str) -> Source | None:
        """The policy of a VPC endpoint, or None."""

    def caller(self, access_key: str, partition: str | None = None, acting: str | None = None) -> Caller:
        """Who has this key, in a partition, and if nobody issued it the holder of the key ``acting``; raises
        CredentialProblem and KmsMockError."""

    def signer(self, signature: Signature, partition: str, acting: str | None = None) -> Caller:
        """Who signs so; raises CredentialProblem and KmsMockError."""

    def made_with(self, access_key: str, secret: str, signature: Callable[[], Signature]) -> None:
        """A signature was made, perhaps with another secret than the key's."""

    def is_ambient(self, access_key: str) -> bool:
        """Whether no world issued an access key."""

    def register(self, access_key: str, caller: Caller) -> None:
        """The caller of credentials that moto made up."""

    def forget(self) -> None:
        """Look everything up anew: a request went to moto."""
