"""Hostile requests by botocore's models: ``python -m tools.fuzz --seconds 60 --seed 1``."""
