"""What a library at its floor lacks: a test that needs it is skipped, with what it would need as the reason.

Nothing is skipped with the newest versions and all extras, as ``make test`` has them (tests/foreign/test_floors.py).
"""

import re
from importlib.metadata import version

import pytest

from kmsmock.foreign.extras import EXTRAS, MissingExtra, OlderLibrary

NEWER = tuple(map(int, version("botocore").split(".")[:2])) >= (1, 44)
"""Whether botocore has all that the tests ask it for."""
_LACKING = (
    r"'\w+' object has no attribute '\w+'$",
    r"Unknown parameter in ",
    r"Unknown service: ",
    r"^(En|De)capsulate$|^GetKeyLastUsage$",
)
"""What botocore says of an operation, a parameter or a service that its models lack."""


def installed(extra):
    """Whether all that an extra brings is there. A module that a test hides is."""
    return all(_is_there(module) for module in EXTRAS[extra].modules)


def _is_there(module):
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
    except ValueError:  # hidden
        return True


newest_botocore = pytest.mark.skipif(not NEWER, reason="of the newest models of botocore")
"""Of tests that compare a table of kmsmock's with all of botocore's."""


def why_not(error):
    """Why a test that ended so is none with these libraries; None for a failure."""
    if isinstance(error, MissingExtra):
        named = re.search(r"kmsmock\[(\w+)\]", str(error))[1]
        old = tuple(map(int, version("cryptography").split(".")[:1])) < (49,)
        return None if installed(named) and not (named == "pqc" and old) else str(error)
    if isinstance(error, OlderLibrary):
        return None if NEWER else str(error)
    if NEWER or not type(error).__module__.startswith(("botocore", "builtins")):
        return None
    if any(re.search(each, str(error)) for each in _LACKING):
        return f"botocore {version('botocore')} lacks it: {error}"
    return None
