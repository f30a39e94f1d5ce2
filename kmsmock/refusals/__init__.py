"""Why something was refused, in words: cause, history, and what to do. Nothing is worked out until somebody reads."""

from kmsmock.refusals.assertions import assert_denied, assert_refused
from kmsmock.refusals.collection import Refusals, of
from kmsmock.refusals.needed import Needed
from kmsmock.refusals.view import Refusal

__all__ = ["Needed", "Refusal", "Refusals", "assert_denied", "assert_refused", "of"]
