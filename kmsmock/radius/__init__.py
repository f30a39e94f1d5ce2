"""What depends on a key, and who can use it: views of the records and of the evaluator (``world.depends_on``,
``world.who_can``). Nothing is recorded and nothing changes."""
