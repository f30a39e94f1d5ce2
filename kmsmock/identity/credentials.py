"""Who signed a request: access key to caller, from the world's own credentials and moto's IAM and STS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call, Caller, CredentialProblem, Signature
from kmsmock.iam import MalformedPolicy, Policies, Principal, Source, compile_policy
from kmsmock.iam.arn import Arn, root
from kmsmock.identity import directory, issued, late, organizations
from kmsmock.identity.acting import SECRET_OF_BLOCK
from kmsmock.identity.directory import Found
from kmsmock.model.spreading import Spreading
from kmsmock.records import iam

SECRET = "kmsmock-secret-access-key"
"""Of all credentials that the world and its STS hand out; moto makes up those of users."""


def root_of(account: str, partition: str) -> Caller:
    """The root user of an account."""
    arn = root(partition, account)
    return Caller(Principal(kind="root", arn=arn, account=account, principal_arn=arn, unique_id=account), "")


ANONYMOUS = Caller(Principal(kind="anonymous", arn="*", account="", principal_arn="", unique_id="anonymous"), "")
"""Who sends a request to S3 that nobody signed."""


def user_principal(user: Any) -> Principal:
    """An IAM user, from moto's record."""
    account = Arn.of(user.arn).account
    return Principal(kind="user", arn=user.arn, account=account, principal_arn=user.arn, unique_id=iam.user_id(user))


_CLOUDFRONT = ":iam::cloudfront:user/"
"""The identities with which CloudFront reads buckets; they are in nobody's IAM."""


def _principals_of(document: str) -> frozenset[str]:
    """The principals that a policy of a resource names; moto refuses the documents that cannot be read."""
    try:
        return compile_policy(document, kind="resource").principals()
    except MalformedPolicy:
        return frozenset()


_ALL_OF_ROOT = directory.source(
    "all that the root user may",
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
)


class Identities:
    """The ``Directory`` of a world: credentials that it issued itself, and what moto's IAM and STS know."""

    def __init__(self, default_account: str, credentials: dict[str, Caller], partition: str = "aws") -> None:
        self._default = root_of(default_account, partition)
        self._credentials = credentials
        self.origin = issued.Origin()
        self.shares_mock = False
        """Whether users and their keys outlive the world, in a mock outside of it."""
        self._issued: set[str] = set()
        self._boundaries: dict[str, str] = {}
        self._trusts: dict[str, dict[str, str]] = {}
        self._seen: dict[str, Caller] = {}
        self._policies: dict[tuple[str, str, str], Found] = {}
        self._signers: dict[str, set[str]] = {}
        self._secrets: dict[str, str] = {}
        self._forged: set[str] = set()
        self.organizations = organizations.Organizations()
        self.spreading: Spreading | None = None
        """What is not known everywhere yet; None as long as nothing has changed."""

    # --- credentials ------------------------------------------------------------------------------------------------

    def caller(self, access_key: str, partition: str | None = None, acting: str | None = None) -> Caller:
        """Who has this key. Credentials that nobody issued are those of whoever acts (``acting`` is his access key),
        else of the root user of the default account.

        Root users are at home in every ``partition``; None asks for the one that they were made in. Raises
        CredentialProblem for a key that was issued once and is deleted, inactive or expired now, and for one of a user
        or role of another partition; KmsMockError for one that another world issued.
        """
        known = self._credentials.get(access_key)
        if known is None:
            known = self._seen.get(access_key)
            if known is None:
                known = self._look_up_key(access_key) or replace(self._default, access_key=access_key, ambient=True)
                self._seen[access_key] = known
            if known.ambient and acting is not None:
                return self.caller(acting, partition)
        if known.expires is not None and known.expires <= clock.now():
            raise CredentialProblem("expired")
        if partition is None or partition == known.principal.partition:
            return known
        if known.principal.kind != "root":
            raise CredentialProblem("deleted")
        return replace(known, principal=root_of(known.account, partition).principal)

    def signer(self, signature: Signature, partition: str, acting: str | None = None) -> Caller:
        """Who signs so. Raises CredentialProblem, also for a token or a secret that is not the key's.

        With a long-term key, no token is looked at.
        """
        access_key, token = signature.access_key, signature.token
        if signature.problem is not None and signature.problem.problem in ("deleted", "unsigned"):
            raise signature.problem
        known = self.caller(access_key, partition, acting)
        if known.access_key != access_key or known.ambient:
            return known
        if known.token and token != known.token:
            raise CredentialProblem("token" if token else "deleted")
        if signature.problem is not None:
            raise signature.problem
        secret = signature.secret
        if signature.text in self._forged or (secret is not None and self._forges(access_key, secret)):
            raise CredentialProblem("secret")
        return known

    def _forges(self, access_key: str, secret: str) -> bool:
        """Whether a key was issued with another secret."""
        issued = self._secrets.get(access_key)
        if issued is None:
            known = self.secrets_of(access_key) if not self.is_ambient(access_key) else ()
            if not known:
                return False
            issued = self._secrets[access_key] = known[0]
        return secret not in (issued, SECRET_OF_BLOCK)  # a client may have found its credentials in a block

    def made_with(self, access_key: str, secret: str, signature: Callable[[], Signature]) -> None:
        """A signature was made; whether with the secret of the key, it does not say to whoever reads it. Those of URLs,
        which have no text here, are computed again when they come back."""
        if self._forges(access_key, secret) and (text := signature().text):
            self._forged.add(text)

    def is_ambient(self, access_key: str) -> bool:
        """Whether no world issued an access key, so that it is that of whoever acts."""
        if access_key in self._credentials or issued.from_elsewhere(access_key):
            return False
        return self._owner_of(access_key) is None and access_key not in self._issued

    def _owner_of(self, access_key: str) -> tuple[Any, Any] | None:
        """moto's IAM of an account, and its record of an access key of a user there."""
        for backend in iam.backends("iam"):
            found = backend.access_keys.get(access_key)
            if found is not None and found.user_name:
                return backend, found
        return None

    def _look_up_key(self, access_key: str) -> Caller | None:
        found = self._owner_of(access_key)
        if found is not None:
            backend, record = found
            if record.status != "Active":
                raise CredentialProblem("inactive")
            self._issued.add(access_key)
            owner = iam.owner_of_key(backend, access_key)
            if owner is not None:
                self._record(access_key, owner)
                return Caller(user_principal(owner), access_key)
        if access_key in self._issued:
            raise CredentialProblem("deleted")
        if issued.from_elsewhere(access_key):
            raise issued.refusal(access_key, self.origin)
        return None

    def signs(self, access_key: str, secret: str) -> None:
        """Somebody in this process signs with a key, which may be one that nobody issued."""
        self._signers.setdefault(access_key, set()).add(secret)

    def secrets_of(self, access_key: str) -> tuple[str, ...]:
        """The secrets that a key may have: the one that was issued, or else those that were seen; none if none was."""
        if access_key in self._credentials:
            return (SECRET,)
        found = self._owner_of(access_key)
        if found is not None:
            return (found[1].secret_access_key,)
        return tuple(self._signers.get(access_key, ()))

    def remember_key(self, access_key: str) -> None:
        """An access key was issued: once it is deleted, it is nobody's, and not the default account's."""
        found = self._owner_of(access_key)
        owner = None if found is None else iam.owner_of_key(found[0], access_key)
        if owner is not None:
            self._record(access_key, owner)
        self._issued.add(access_key)

    def _record(self, access_key: str, owner: Any) -> None:
        if not self.shares_mock:
            issued.record(access_key, self.origin, owner.arn)

    def issue(self, caller: Caller) -> str:
        """Make an access key for a caller that no API call gave one: an account's root user, a session."""
        key = entropy.access_key_id("ASIA" if caller.temporary else "AKIA")
        self.register(key, caller)
        return key

    def register(self, access_key: str, caller: Caller) -> None:
        """The caller of credentials that moto made up, with all that moto drops on the way."""
        self._credentials[access_key] = replace(caller, access_key=access_key)
        issued.record(access_key, self.origin, caller.principal.arn)

    def forget(self) -> None:
        """Look everything up anew: a request went to moto, which may have changed users, roles or policies."""
        self._seen.clear()
        self._policies.clear()
        self.organizations.forget()

    # --- who exists, and what he may do -----------------------------------------------------------------------------

    def resolve(self, name: str, partition: str) -> str | None:
        found = directory.resolve(name, partition)
        if found is None or self.spreading is None or late.known(self.spreading, found):
            return found
        return None

    def render(self, stored: str) -> str:
        return directory.render(stored)

    def set_boundary(self, user_arn: str, boundary: str | None) -> None:
        """Set the permissions boundary of a user, by the policy's ARN, or take it away; moto does not keep it."""
        self._policies.clear()
        if boundary is None:
            self._boundaries.pop(user_arn, None)
        else:
            self._boundaries[user_arn] = boundary

    def bind_principals(self, arn: str, document: str) -> None:
        partition = Arn.of(arn).partition
        resolved = {name: directory.resolve(name, partition) for name in _principals_of(document)}
        self._trusts[arn] = {
            name: stored
            for name, stored in resolved.items()
            if stored is not None and stored.startswith(("AIDA", "AROA")) and ":" not in stored
        }

    def missing_principal(self, document: str, partition: str) -> str | None:
        names = sorted(each for each in _principals_of(document) if _CLOUDFRONT not in each)
        return next((name for name in names if self.resolve(name, partition) is None), None)

    def trusted_by(self, role_arn: str) -> Mapping[str, str]:
        return self._trusts.get(role_arn, {})

    def boundary_of(self, user_arn: str) -> str | None:
        """The ARN of a user's permissions boundary."""
        return self._boundaries.get(user_arn)

    def policies_of(self, principal: Principal) -> Found:
        """Inline, attached and group policies, and the permissions boundary."""
        who = (principal.arn, principal.unique_id, principal.parent)
        found = self._policies.get(who)
        if found is None:
            found = self._policies[who] = self._look_up_policies(principal)
        return found if self.spreading is None else self.spreading.seen(late.POLICIES, late.whose(principal), found)

    def changes(self, call: Call, spreading: Spreading) -> None:
        """A call of IAM is about to change something."""
        if spreading.delays:
            self.spreading = spreading
            trust = lambda role: (role.assume_role_policy_document, self.trusted_by(role.arn))  # noqa: E731
            late.before(spreading, call, self._look_up_policies, trust)

    def _look_up_policies(self, principal: Principal) -> Found:
        if principal.kind in ("user", "federated"):
            user = principal.principal_arn if principal.kind == "user" else principal.parent
            if user.endswith(":root"):
                return (_ALL_OF_ROOT,), None
            return directory.policies_of_user(principal.account, user), self._boundary(principal.account, user)
        if principal.kind == "role-session":
            return directory.policies_of_role(principal)
        return (), None

    def _boundary(self, account: str, user: str) -> tuple[Source, ...] | None:
        arn = self._boundaries.get(user)
        policy = None if arn is None else iam.managed_policy(account, arn)
        return None if policy is None else (directory.boundary(policy, f"user {user.rsplit('/', 1)[-1]}"),)

    def tags_of(self, principal: Principal) -> dict[str, str]:
        """The tags of the user or role behind a principal."""
        return directory.tags_of(principal)

    def organization_policies(self, policies: Policies, principal: Principal, owner: str) -> Policies:
        return self.organizations.limit(policies, principal, owner)

    def in_organization(self, account: str) -> bool:
        return self.organizations.place_of(account) is not None

    def organization_of(self, account: str) -> tuple[str, str] | None:
        return self.organizations.place_of(account)

    def endpoint_policy(self, endpoint_id: str) -> Source | None:
        return directory.endpoint_policy(endpoint_id)
