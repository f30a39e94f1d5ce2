"""The door: the ways into the world, the route that every request takes, and the entering and leaving of worlds."""
