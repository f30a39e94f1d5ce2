"""The suite's environment: it is kept, and put back as it was, whatever a test did to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

REGION = "AWS_DEFAULT_REGION"


def configured_region() -> str | None:
    """The Region that the suite exported or configured, as botocore finds it; None if there is none."""
    exported = os.environ.get(REGION)
    file = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    if exported or not file.exists():
        return exported or None
    from botocore.exceptions import ProfileNotFound
    from botocore.session import Session

    try:
        found: str | None = Session().get_config_variable("region")
    except ProfileNotFound:
        return None
    return found


ENDPOINT = "AWS_ENDPOINT_URL"


def setting_of(url: str) -> str | None:
    """The variable of the environment that sends clients to the host of this URL; None if there is none."""
    place = urlsplit(url).netloc
    names = [name for name in os.environ if name.startswith(ENDPOINT) and urlsplit(os.environ[name]).netloc == place]
    return min(names, default=None)


_OF_PROGRAMS = frozenset({"AWS_DATA_PATH"})
"""What programs set once for the whole process: the AWS CLI says when it is imported where its models are."""


def _of_aws() -> dict[str, str]:
    names = [name for name in os.environ if name.startswith("AWS_") or name == "MOTO_ACCOUNT_ID"]
    return {name: os.environ[name] for name in names}


def keep(is_stale: Callable[[str], bool]) -> Callable[[], None]:
    """Remember what of the environment concerns AWS; returns what puts it back, but for values that are stale then."""
    before = _of_aws()

    def restore() -> None:
        for name in _of_aws().keys() - before.keys() - _OF_PROGRAMS:
            os.environ.pop(name, None)
        os.environ.update({name: value for name, value in before.items() if not is_stale(value)})

    return restore
