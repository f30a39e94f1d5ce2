"""Dealing with other people's code: what is taken of it without a promise, and the notes written on its objects."""
