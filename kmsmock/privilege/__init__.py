"""The least that a flow gets by with: from what was decided to the narrowest policies and grants that still allow it.

Everything is worked out when somebody asks, from ``world.decisions``, and replayed by the evaluator before it is told.
"""

from kmsmock.privilege.result import LeastPrivilege

__all__ = ["LeastPrivilege"]
