"""Accounts, users, roles, sessions, and who acts: as ``world.account()`` makes them, with what they sign with."""

from __future__ import annotations

import shlex
from typing import Any

from kmsmock.accounts import Principal
from kmsmock.endpoint.server import Answer
from kmsmock.iam.arn import Arn
from kmsmock.identity import acting
from kmsmock.model.turns import turn
from kmsmock.records.iam import names_of
from kmsmock.serve.reading import Problem
from kmsmock.serve.served import Question
from kmsmock.world.world import World


def accounts(question: Question) -> Any:
    """The accounts that were named so far, with their users and roles."""
    world = question.served.world
    world.account(world.account_id)
    with turn:
        return {
            "accounts": [
                {"account": each, "users": list(names_of(each, "user")), "roles": list(names_of(each, "role"))}
                for each in world._accounts
            ]
        }


def root_of_account(question: Question) -> Any:
    """An account: the credentials of its root user."""
    return _told(question, question.served.world.account(question.given["account"]).root)


def new_user(question: Question) -> Any:
    """A new user, with an access key."""
    home = question.served.world.account(question.given["account"])
    with turn:
        made = home.user(question.given["name"], **question.only("policies", "boundary"))
    return _told(question, made)


def new_role(question: Question) -> Any:
    """A new role, and the credentials of a session of it."""
    home = question.served.world.account(question.given["account"])
    options = question.only("policies", "trust", "boundary", "used_by")
    with turn:
        made = home.role(question.given["name"], **options)
    return _told(question, made)


def new_session(question: Question) -> Any:
    """Credentials of somebody who is there already: a session of a role, a user, an account's root user."""
    found = _principal(question)
    context = question.get("context")
    if context is None:
        return _told(question, found)
    signed: Any = found.session(context=context).get_credentials()
    return _told(question, found, acting.Credentials(signed.access_key, signed.secret_key, signed.token))


def act(question: Question) -> Any:
    """Somebody acts from now on for all who have credentials that nobody issued."""
    found = _principal(question)
    question.served.world.act_as(found)
    return {"acting": found.arn}


def act_no_more(question: Question) -> Any:
    """Nobody acts any more."""
    question.served.world.act_as(None)
    return {"acting": None}


def who_acts(question: Question) -> Any:
    """Who acts, by his ARN."""
    world = question.served.world
    with turn:
        shown = acting.shown(world.store)
        found = None if shown is None else world.store.directory.caller(shown.access_key).principal.arn
    return {"acting": found}


def environment(question: Question) -> Any:
    """The variables that lead a program here, as somebody or as whoever acts; for a shell with ``format=sh``."""
    if question.get("principal") is None:
        found = _as_asked(question, {} if question.served.address is None else question.served.address.environment)
    else:
        found = _variables(question, _principal(question).credentials)
    form = question.get("format", "json")
    if form not in ("json", "sh"):
        raise Problem(400, "NotAccepted", f"format is json or sh, not {form}")
    return found if form == "json" else _for_a_shell(found)


def _for_a_shell(found: dict[str, str]) -> Answer:
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items())
    return 200, {"Content-Type": "text/plain; charset=utf-8"}, lines.encode()


def _as_asked(question: Question, found: dict[str, str]) -> dict[str, str]:
    """An environment with the address as whoever asks names it."""
    own = "" if question.served.address is None else str(question.served.address)
    named = question.served.url(question.asked)
    return {
        name: named + value.removeprefix(own) if own and value.startswith(own) else value
        for name, value in found.items()
        if not name.endswith(("CA_BUNDLE", "CA_CERTS"))  # files of this machine: GET /ca.pem gives them to others
    }


def _principal(question: Question) -> Principal:
    """Who is named by an ARN. Raises Problem where nobody is."""
    return principal_named(question.served.world, question.given["principal"], question.get("used_by"))


def principal_named(world: World, name: str, used_by: str | None = None) -> Principal:
    """Who is named by an ARN of IAM. Raises Problem for one that names nobody who could sign."""
    arn = Arn.find(name)
    home = None if arn is None or arn.service != "iam" or not arn.account.isdigit() else world.account(arn.account)
    if arn is None or home is None or not (arn.resource == "root" or arn.kind in ("user", "role")):
        example = "arn:aws:iam::111111111111:role/app"
        raise Problem(400, "NotAccepted", f"principal={name!r}: give the ARN of a user, a role or a root, as {example}")
    if arn.kind == "role":
        return home.get_role(name, used_by)
    if used_by is not None:
        raise Problem(400, "NotAccepted", "used_by is for roles")
    return home.root if arn.resource == "root" else home.get_user(name)


def _told(question: Question, who: Principal, credentials: acting.Credentials | None = None) -> dict[str, Any]:
    signed = who.credentials if credentials is None else credentials
    return {
        "arn": who.arn,
        "access_key_id": signed.access_key,
        "secret_access_key": signed.secret,
        "session_token": signed.token,
        "environment": _variables(question, signed),
    }


def _variables(question: Question, signed: acting.Credentials) -> dict[str, str]:
    region = question.served.world.region_name
    made = {
        "AWS_ENDPOINT_URL": question.served.url(question.asked),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": signed.access_key,
        "AWS_SECRET_ACCESS_KEY": signed.secret,
    }
    return made if signed.token is None else {**made, "AWS_SESSION_TOKEN": signed.token}
