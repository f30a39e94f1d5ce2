"""Questions on the command line about files: ``who-can``, ``can``, ``explain --in``, ``diff``."""
