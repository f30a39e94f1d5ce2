"""moto's own switches inside a world: its IAM simulation, its whitelist of services, and what it lets through.

"How to enable IAM-like access control" and "Configuration Options" in moto's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.config import default_user_config

from kmsmock.active import Patches
from kmsmock.call import Caller
from kmsmock.errors import AwsError

_asking: ContextVar[Caller | None] = ContextVar("kmsmock_asking_moto", default=None)
"""Who signed the request that moto works on; None for what services of the world ask of it."""


# --- what is mocked, and what is let through --------------------------------------------------------------------------


def lets_through(url: str, service: str | None = None) -> bool:
    """Whether moto is told to let a request, or all of a service, leave the process.

    ``service`` is botocore's name, which moto's mostly is, for hosts that are somebody's own. Raises moto's error for a
    service off its whitelist.
    """
    if not lets_some_through():
        return False
    from moto.backends import get_service_from_url
    from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
    from moto.core.exceptions import ServiceNotWhitelisted
    from moto.core.utils import get_equivalent_url_in_aws_domain

    clean = url.split("?", 1)[0]
    named = get_service_from_url(get_equivalent_url_in_aws_domain(clean)[0].geturl())
    if passthrough_url(clean) or (named is not None and passthrough_service(named)):
        return True
    if named is not None and not service_whitelisted(named):
        raise ServiceNotWhitelisted(named)
    return service is not None and bool(passthrough_service(service))


def lets_some_through() -> bool:
    """Whether moto is told of anything that is to leave the process, or not to be mocked."""
    core = default_user_config.get("core", {})
    passed: Any = core.get("passthrough") or {}
    return core.get("service_whitelist") is not None or any(passed.values())


# --- the simulation of IAM --------------------------------------------------------------------------------------------


@contextmanager
def asked_by(caller: Caller) -> Iterator[None]:
    """In the block moto works on a request that this caller signed himself."""
    token = _asking.set(caller)
    try:
        yield
    finally:
        _asking.reset(token)


def simulates() -> bool:
    """Whether moto's simulation of IAM is, or will be, asked about requests: it computes their signatures."""
    free: float = settings.INITIAL_NO_AUTH_ACTION_COUNT
    return free < float("inf")


def asks() -> bool:
    """Whether the simulation asks who signs a request."""
    return bool(ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT)


def count() -> bool:
    """Whether the simulation asks about a request; else it was one of those that are free, seen by moto or not."""
    if asks():
        return True
    ActionAuthenticatorMixin.request_count += 1
    return False


def install(patches: Patches) -> None:
    """moto's simulation knows the users that it made; of all others, the world says who they are."""
    from moto.core.models import MockAWS

    patches.replace(MockAWS, "stop", _ending(MockAWS.stop))
    simulation: Any = vars(ActionAuthenticatorMixin)["_authenticate_and_authorize_action"]
    patches.replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _knowing_all(simulation))


def _ending(original: Callable[..., None]) -> Callable[..., None]:
    def stop(self: Any, remove_data: bool = True) -> None:
        """MockAWS.stop: a mock's configuration ends with it; moto keeps it until the outermost mock ends."""
        original(self, remove_data)
        if type(self)._nested_count:
            self._user_config_mock.stop()

    return stop


def _knowing_all(original: Callable[..., None]) -> Callable[..., None]:
    def authenticate(self: Any, iam_request_cls: Any, resource: str = "*") -> None:
        """ActionAuthenticatorMixin._authenticate_and_authorize_action, for every caller of the world."""
        from moto.core.exceptions import AccessDeniedError

        caller = _asking.get()
        if caller is None:
            return
        if caller.ambient or (caller.principal.kind == "user" and not caller.temporary):
            try:
                original(self, iam_request_cls, resource)
            except AccessDeniedError:
                _refuse_in_json(self, caller)
                raise
            return
        if not count() or caller.principal.kind == "root" or _permitted(self, caller, iam_request_cls, resource):
            return
        _refuse_in_json(self, caller)
        raise AccessDeniedError(user_arn=caller.principal.arn, action=_action(self))

    return authenticate


def _action(response: Any) -> str:
    found = response._get_action()
    scope = response.headers.get("Authorization", "").split(",")[0].split("/")
    return f"{scope[3] if len(scope) > 3 else response.service_name}:{found[0] if isinstance(found, list) else found}"


def _permitted(response: Any, caller: Caller, iam_request_cls: Any, resource: str) -> bool:
    """What the policies of a session's role or user say, by moto's reading of them."""
    from moto.iam.access_control import AssumedRoleAccessKey, IAMPolicy, IAMUserAccessKey, PermissionResult

    kind = AssumedRoleAccessKey if caller.principal.kind == "role-session" else IAMUserAccessKey
    holder: Any = object.__new__(kind)
    holder.account_id, holder.partition = caller.account, caller.principal.partition
    holder._owner_role_name = caller.principal.principal_arn.rsplit("/", 1)[-1]
    holder._owner_user_name = (caller.principal.parent or caller.principal.arn).rsplit("/", 1)[-1]
    action = _action(response)
    told = {IAMPolicy(policy).is_action_permitted(action, resource) for policy in holder.collect_policies()}
    return PermissionResult.PERMITTED in told and PermissionResult.DENIED not in told


def _refuse_in_json(response: Any, caller: Caller) -> None:
    """Raise the refusal of services that speak JSON; moto has one for those that speak XML."""
    sent = str(response.headers.get("Content-Type", ""))
    target = response.headers.get("X-Amz-Target")
    if target is None and ("json" not in sent or response.service_name == "s3"):
        return
    text = f"User: {caller.principal.arn} is not authorized to perform: {_action(response)}"
    if response.service_name == "sqs":  # it still answers as when it spoke the query protocol
        raise AwsError("AccessDenied", text, 403)
    raise AwsError("AccessDeniedException", text, 403 if target is None else 400)
