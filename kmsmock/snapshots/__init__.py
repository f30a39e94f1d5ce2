"""The state of a graph of objects, as it was, and put back into the same objects."""

from kmsmock.snapshots.graph import Graph, NotKept

__all__ = ["Graph", "NotKept"]
