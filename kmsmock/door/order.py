"""The order of refusals: what a service says before what kmsmock has to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from kmsmock.bridge import failures, requests, trial
from kmsmock.errors import AwsError

ANY = re.compile("")
ABSENT = re.compile("NotFound|NotExist|NonExist|NoSuch|not found|not exist")


@contextmanager
def at_last(moto: requests.Request, account: str, theirs: re.Pattern[str]) -> Iterator[None]:
    """What the block refuses, a service refuses after what it refuses by itself with one of ``theirs`` (errors)."""
    try:
        yield
    except AwsError:
        if moto.store.lets_pass:  # it is asked anyway, instead
            raise
        model = moto.operation.service_model
        with trial.undone({model.service_name, model.endpoint_prefix, model.signing_name}, account) as possible:
            try:
                if possible:
                    moto()
            except (AwsError, failures.MotoFailed) as refusal:  # it reads documents that are none
                if theirs.search(f"{refusal.code} {refusal}" if isinstance(refusal, AwsError) else ""):
                    raise
        raise
