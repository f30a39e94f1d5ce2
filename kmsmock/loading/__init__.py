"""The policies that really are: templates, plans and dumps of accounts, loaded into a world, with a report of that."""

from kmsmock.loading.report import Loaded, Taken
from kmsmock.loading.things import Ignored, NotKnown

__all__ = ["Ignored", "Loaded", "NotKnown", "Taken"]
