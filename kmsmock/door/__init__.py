"""The door: the ways into the world, the route that every request takes, and the entering and leaving of worlds.

``print(kmsmock.door.patched())`` shows what of other people's modules is replaced now.
"""


def patched() -> str:
    """What is replaced in other people's modules now, a line each, in that order; empty outside of a world."""
    from kmsmock.active import patches

    return "\n".join(map(str, patches))
