"""Condition keys: one table for each kind, each row a function of the request."""
