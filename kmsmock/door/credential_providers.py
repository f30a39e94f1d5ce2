"""Where botocore looks for credentials: while a world is active only in the process and its files.

The machine's metadata services, single sign-on and processes would tell the developer's own, and leave the process for
it; whoever has none signs with what everybody's mocks use, and is whoever acts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from botocore import credentials
from botocore.session import Session

from kmsmock.active import Patches, active
from kmsmock.door import aiobotocore_clients
from kmsmock.model.turns import turn
from kmsmock.records import iam
from kmsmock.wire.contract import AIOBOTOCORE

_BEYOND = ("ContainerProvider", "InstanceMetadataProvider", "LoginProvider", "ProcessProvider", "SSOProvider")
"""Providers that ask somebody outside of the process."""
_OF_ROLES = ("AssumeRoleProvider", "AssumeRoleWithWebIdentityProvider")
"""Providers that assume a role, which the world may have."""


def install(patches: Patches) -> None:
    """From now on nobody outside of the process is asked for credentials."""
    _install(patches, credentials, "")
    patches.replace(Session, "__init__", _making(Session.__init__, patches))
    install_async(patches)


def install_async(patches: Patches) -> None:
    """The same for aiobotocore, if it was imported."""
    resolver = AIOBOTOCORE.find("aiobotocore.credentials:AioCredentialResolver")
    if resolver is not None and not patches.holds(resolver, "load_credentials"):
        _install(patches, AIOBOTOCORE.get("aiobotocore.credentials:"), "Aio")


def _install(patches: Patches, module: Any, prefix: str) -> None:
    for name in _BEYOND:
        provider = getattr(module, prefix + name, None)  # the youngest of them is not in every botocore
        if provider is not None:
            patches.replace(provider, "load", _unless(lambda _: True, provider.load))
    for name in _OF_ROLES:
        provider = getattr(module, prefix + name)
        patches.replace(provider, "load", _unless(_names_no_role, provider.load))
    resolver = getattr(module, prefix + "CredentialResolver")
    kind = getattr(module, prefix + "Credentials")
    patches.replace(resolver, "load_credentials", _with_everybodys(resolver.load_credentials, kind))


def _unless(passed_over: Callable[[Any], bool], original: Callable[..., Any]) -> Callable[..., Any]:
    def skipped(provider: Any) -> bool:
        store = active()
        return store is not None and store.enforce_network and passed_over(provider)

    if inspect.iscoroutinefunction(original):

        async def load_later(self: Any) -> Any:
            return None if skipped(self) else await original(self)

        return load_later

    def load(self: Any) -> Any:
        return None if skipped(self) else original(self)

    return load


def _names_no_role(provider: Any) -> bool:
    """Whether the role that a profile or the environment names is not one of the world's, but the developer's own."""
    if hasattr(provider, "_get_config"):
        arn = provider._get_config("role_arn")
    else:
        profiles = provider._load_config().get("profiles", {})
        arn = profiles.get(provider._profile_name, {}).get("role_arn")
    with turn:
        return arn is None or iam.find_role(arn) is None


def _with_everybodys(original: Callable[..., Any], kind: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(original):

        async def load_later(self: Any) -> Any:
            return await original(self) or _everybodys(kind)

        return load_later

    def load_credentials(self: Any) -> Any:
        return original(self) or _everybodys(kind)

    return load_credentials


def _everybodys(kind: Callable[..., Any]) -> Any:
    store = active()
    return None if store is None or not store.enforce_network else kind("testing", "testing", method="kmsmock")


def _making(original: Callable[..., None], patches: Patches) -> Callable[..., None]:
    def init(self: Any, *args: Any, **options: Any) -> None:
        """botocore.session.Session.__init__ while a world is active: aiobotocore may have been imported meanwhile."""
        if active() is not None:
            with turn:  # once, however many sessions are made at the same time
                install_async(patches)
                aiobotocore_clients.install(patches)
        original(self, *args, **options)

    return init
