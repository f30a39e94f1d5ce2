"""Cryptography as KMS does it: pure functions over bytes."""
