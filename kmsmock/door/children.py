"""Child processes: they have no world, so that AWS is out of their reach, and what fails there says why.

The environment of the process itself is not touched, so that clients in it see none of this.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from kmsmock.active import Patches, active
from kmsmock.door import environment, hosts, served
from kmsmock.door.contract import STANDARD_LIBRARY
from kmsmock.identity import acting, issued
from kmsmock.store import Store

CLOSED = "http://127.0.0.1:1/kmsmock-the-world-is-in-the-parent-process-a-child-process-does-not-reach-aws"
"""Nothing listens there; botocore's error shows the whole of it."""
_TAKEN_AWAY = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_KEY, _SECRET, _TOKEN = _CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_EVERYBODYS = {_KEY: "testing", _SECRET: "testing"}
"""For a child to which nothing was exported: it is to look for nothing on the machine."""


def out_of_reach(given: Mapping[Any, Any], store: Store) -> dict[Any, Any]:
    """An environment in which AWS is out of reach. Endpoints that are not AWS's are the test's own and stay."""
    made = {os.fsdecode(name): os.fsdecode(value) for name, value in given.items()}
    for name in [
        name for name in made if name in _TAKEN_AWAY or (name.startswith(environment.ENDPOINT) and _is_aws(made[name]))
    ]:
        del made[name]
    address = served.of(store)
    if address is not None:
        return _led_there(made, address.environment())
    made.setdefault(environment.ENDPOINT, CLOSED)
    made["AWS_EC2_METADATA_DISABLED"] = "true"
    made.setdefault("AWS_MAX_ATTEMPTS", "1")
    made.setdefault(environment.REGION, store.region_name)
    if _KEY not in made:
        made.update({name: os.environ.get(name) or value for name, value in _EVERYBODYS.items()})
    return made


def _led_there(made: dict[Any, Any], to_world: Mapping[str, str]) -> dict[Any, Any]:
    """An environment in which AWS is the world that is served. Credentials that a test gives its child itself stay."""
    own = made.get(_KEY) and made.get(_SECRET) != acting.SECRET_OF_BLOCK
    kept = {name for name in made if own and name in _CREDENTIALS}
    taken = {*kept, *((_KEY, _SECRET, _TOKEN) if own else ())}
    if not own:
        made.pop(_TOKEN, None)
    made.pop("AWS_EC2_METADATA_DISABLED", None)
    kept |= {name for name in (environment.ENDPOINT, environment.REGION, "AWS_REGION") if name in made}
    made.update({name: value for name, value in to_world.items() if name not in kept | taken})
    return made


def open_again() -> None:
    """This process makes a world of its own: what its parent closed is answered, and who acted there is not here."""
    for name in [name for name in os.environ if name.startswith(environment.ENDPOINT) and os.environ[name] == CLOSED]:
        del os.environ[name]
    key = os.environ.get(_KEY, "")
    if issued.from_elsewhere(key) and issued.find(key) is None:
        os.environ.update(_EVERYBODYS)
        os.environ.pop("AWS_SESSION_TOKEN", None)


def _is_aws(endpoint: str) -> bool:
    return hosts.is_aws(urlsplit(endpoint).hostname)


def install(patches: Patches) -> None:
    """From now on what this process starts does not reach AWS."""
    patches.replace(subprocess.Popen, "__init__", _starting(subprocess.Popen.__init__))
    patches.replace(multiprocessing.process.BaseProcess, "start", _spawning(multiprocessing.process.BaseProcess.start))
    patches.replace(os, "system", _inheriting(os.system))


def _store() -> Store | None:
    """The world that keeps children from AWS, if there is one."""
    store = active()
    return store if store is not None and store.enforce_network else None


_PLACE_OF_ENV = 10
"""Where ``env`` stands among the arguments of Popen, after the process itself and ``args``."""


def _starting(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **options: Any) -> None:
        store = _store()
        if store is not None:
            places = list(args)
            if len(places) > _PLACE_OF_ENV:
                places[_PLACE_OF_ENV] = out_of_reach(_or_own(places[_PLACE_OF_ENV]), store)
            else:
                options["env"] = out_of_reach(_or_own(options.get("env")), store)
            args = tuple(places)
        original(self, *args, **options)

    return init


def _or_own(given: Mapping[Any, Any] | None) -> Mapping[Any, Any]:
    return os.environ if given is None else given


def _spawning(original: Callable[..., None]) -> Callable[..., None]:
    def start(self: Any) -> None:
        """A process that is forked has the world in its memory; one that is spawned has it not, nor one that a server
        forks, whose environment is that of the server."""
        method = getattr(self, "_start_method", None) or multiprocessing.get_start_method()
        store = _store()
        if store is None or method == "fork":
            original(self)
            return
        wanted = out_of_reach(os.environ, store)
        with _for_a_moment(wanted), _server_of(wanted) if method == "forkserver" else nullcontext():
            original(self)

    return start


_servers: dict[frozenset[tuple[str, str]], Any] = {}
"""What forks for worlds, by the environment that it and its children have."""


@contextmanager
def _server_of(environment: Mapping[str, str]) -> Iterator[None]:
    """The server of before the world may stay for after it; here another one forks, and has this environment."""
    module = STANDARD_LIBRARY.get("multiprocessing.forkserver:")
    key = frozenset(environment.items())
    if key not in _servers:
        _servers[key] = module.ForkServer()
        _servers[key].set_forkserver_preload(module._forkserver._preload_modules)
    before = module.connect_to_new_process
    module.connect_to_new_process = _servers[key].connect_to_new_process
    try:
        yield
    finally:
        module.connect_to_new_process = before


def end_servers() -> None:
    """The last world has ended. A server that still has children ends with the process."""
    if not multiprocessing.active_children():
        for server in _servers.values():
            server._stop()
    _servers.clear()


def _inheriting(original: Callable[[str], int]) -> Callable[[str], int]:
    def system(command: str) -> int:
        store = _store()
        if store is None:
            return original(command)
        with _for_a_moment(out_of_reach(os.environ, store)):
            return original(command)

    return system


_lock = threading.Lock()


@contextmanager
def _for_a_moment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The process's own environment, for what takes no other; as short as a process takes to start."""
    with _lock:
        before = {
            name: os.environ.get(name) for name in {*wanted, *_TAKEN_AWAY} if os.environ.get(name) != wanted.get(name)
        }
        try:
            _set({name: wanted.get(name) for name in before})
            yield
        finally:
            _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
