"""Policy coverage: which statements of the policies that a suite uses have been good for anything."""
