"""As whom a client signs while a world is active: ambient credentials are those of whoever acts."""

from __future__ import annotations

from typing import Any

from kmsmock.active import active
from kmsmock.door import hosts, served
from kmsmock.identity import acting
from kmsmock.identity.signature import signature_of
from kmsmock.model.turns import turn
from kmsmock.store import Store

_EVERYBODYS = acting.Credentials("testing", "testing", None)
"""What everybody's mocks use: nobody issued them."""


def instead_of(found: Any, url: str) -> acting.Credentials | None:
    """The credentials to sign with instead of those that a client has; None to leave them.

    ``found`` are frozen credentials, or None where none could be found.
    """
    store = active()
    if store is None or not (hosts.treatment(store, url) == "answer" or served.is_there(url)):
        return None
    if found is None:
        return acting.of(store) or _EVERYBODYS
    who = acting.of(store)
    if found.secret_key == acting.SECRET_OF_BLOCK:
        return who or _left_over(store, found.access_key)
    if who is None:
        return None
    with turn:
        return who if store.directory.is_ambient(found.access_key) else None


def _left_over(store: Store, access_key: str) -> acting.Credentials | None:
    """A client that found its credentials in a block is asked where nobody acts: it stays whose it was, unless it saw
    the environment of another thread or task, whose block is still open."""
    return _EVERYBODYS if acting.is_open(store, access_key) else None


def given(signer: Any, request: Any) -> Any:
    """The credentials with which a client of botocore would sign a request."""
    return request.context.get("signing", {}).get("request_credentials") or signer._credentials


def use(request: Any, credentials: Any) -> None:
    """Let botocore sign a request with these."""
    request.context["signing"] = {**request.context.get("signing", {}), "request_credentials": credentials}


def look_at(request: Any, frozen: Any) -> None:
    """A request has been signed."""
    store = active()
    if store is None or frozen is None:
        return
    with turn:
        store.directory.made_with(frozen.access_key, frozen.secret_key, lambda: signature_of(request))


def remember(signer: Any) -> None:
    """What is presigned comes back without the client, and is looked at then."""
    store = active()
    if store is not None and signer is not None:
        frozen = signer.get_frozen_credentials()
        with turn:
            store.directory.signs(frozen.access_key, frozen.secret_key)
