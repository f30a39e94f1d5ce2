"""Who may do what with keys, as a picture of one world, and what differs between two of them."""

from kmsmock.access.agreed import Agreed
from kmsmock.access.difference import AccessDiff, Change
from kmsmock.access.picture import Access

__all__ = ["Access", "AccessDiff", "Agreed", "Change"]
