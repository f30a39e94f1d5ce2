"""The things that KMS keeps: plain records, no behaviour beyond their own invariants."""
