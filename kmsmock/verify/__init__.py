"""Cases that are run in a world and against an account of AWS, and what differs. ``docs/verifying.md`` is for readers.

Nothing of it is imported before a test asks for ``aws_case``.
"""
