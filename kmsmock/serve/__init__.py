"""``python -m kmsmock serve``: a world as a program of its own, with an admin API for what a test would do."""
