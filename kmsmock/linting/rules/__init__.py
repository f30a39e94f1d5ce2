"""The rules, one file for those that ask the same question; ``table`` has them in their order."""
