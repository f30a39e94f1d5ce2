"""Who signs requests: a root user, a user or a session of a role, and his clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kmsmock.accounts.typed import as_clients, as_resources
from kmsmock.active import active
from kmsmock.authorization.condition_keys.settable import context_keys
from kmsmock.authorization.delivery import TOKEN
from kmsmock.call import Caller
from kmsmock.errors import a_text
from kmsmock.iam.arn import Arn
from kmsmock.iam.names import short
from kmsmock.identity import acting as blocks
from kmsmock.identity import issued, outside
from kmsmock.identity.credentials import SECRET
from kmsmock.model.turns import taking_turns, turn
from kmsmock.model.with_blocks import block
from kmsmock.store import Store
from kmsmock.telling import colours
from kmsmock.wire import regions

if TYPE_CHECKING:
    import boto3


_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_account_id")
"""What boto3 calls what a client signs with."""


class Principal:
    """Somebody who signs requests: an account's root user, a user, or a session of a role."""

    def __init__(
        self, store: Store, arn: str, access_key: str, token: str | None = None, *, secret: str = SECRET
    ) -> None:
        self.arn = arn
        self._store = store
        self._credentials = (access_key, secret, token)

    @property
    @taking_turns
    def caller(self) -> Caller:
        """Who signs with this principal's credentials, as policies see him."""
        return self._store.directory.caller(self._credentials[0])

    def session(
        self,
        region_name: str | None = None,
        *,
        context: Mapping[str, str | Sequence[str]] | None = None,
    ) -> boto3.Session:
        """A boto3 session that signs as this principal.

        ``context`` sets global condition keys for what it does, such as ``{"aws:SourceIp": "203.0.113.7"}`` or
        ``{"aws:MultiFactorAuthPresent": "true"}``. Raises ValueError for a key that kmsmock computes from the call.
        """
        import boto3

        from kmsmock.wire import sessions

        key, secret, token = self._credentials
        if context is not None:
            with turn:
                caller = self._store.directory.caller(key)
                given = {**caller.session, **context_keys(context)}
                key, secret = self._store.directory.issue(replace(caller, session=given)), SECRET
            token = token or TOKEN
        region = self._region(region_name)
        session = sessions.of_a_principal()
        session.register("before-send", outside.refuse, unique_id=outside.GUARD)  # type: ignore[arg-type]  # the stubs take no named argument
        return boto3.Session(key, secret, token, region, botocore_session=session)

    def _region(self, named: str | None) -> str:
        """The Region that was named, or the world's own. Raises ValueError for one that does not exist."""
        region = self._store.region_name if named is None else named
        regions.check("region_name", region, self._store.extra_regions)
        return region

    @as_clients
    def client(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 client that signs as this principal."""
        a_text("service", service, "kms")
        if not options.keys().isdisjoint(_CREDENTIALS):  # it is to sign as somebody else, or botocore is to complain
            return self.session(region_name).client(service, **options)  # type: ignore[call-overload]  # any service
        from kmsmock.wire import sessions

        region = self._region(region_name)
        signer = dict(zip(_CREDENTIALS, self._credentials, strict=False))
        with turn:  # botocore makes no clients in two threads at a time
            return sessions.maker_of_clients().client(service, region, **signer, **options)  # type: ignore[call-overload]  # any service

    @as_resources
    def resource(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 resource that signs as this principal."""
        return self.session(region_name).resource(a_text("service", service, "s3"), **options)  # type: ignore[call-overload]  # any service

    @block("acting()")
    def acting(self) -> Iterator[Principal]:
        """Make this principal the caller of every client with credentials that the world did not issue, old or new.

        The block nests, counts for the threads and tasks that it starts and for no others, and is shown by the
        environment and boto3's default session. Raises KmsMockError outside of the principal's world.
        """
        self.must_be_of_the_active_world()
        with blocks.block(self._store, self.credentials):
            yield self

    @property
    def credentials(self) -> blocks.Credentials:
        """What this principal signs with."""
        return blocks.Credentials(*self._credentials)

    def must_be_of_the_active_world(self) -> None:
        """Raises KmsMockError, with what to do, where the world of this principal is not the innermost active one."""
        if active() is not self._store:
            raise issued.refusal(self._credentials[0])

    def __repr__(self) -> str:
        return f"<Principal {short(self.arn)} of {Arn.of(self.arn).account}: {self.arn}>"

    _repr_html_ = colours.html_of_repr
