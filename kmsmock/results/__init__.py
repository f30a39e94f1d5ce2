"""What the worlds of a suite saw, as JSON lines: the one source of the reports that are made after a run.

``docs/results.md`` is the schema for readers. A line is a record of one of the ``kinds``; each process of a run writes
its own file, and ``merging`` makes one of many.
"""
