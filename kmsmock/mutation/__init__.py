"""Policy mutation: what would have to be wrong in a suite's policies for one of its tests to fail."""
