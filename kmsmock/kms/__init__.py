"""KMS: one gate, a table of operations, the states of keys, and a handler for each operation."""
