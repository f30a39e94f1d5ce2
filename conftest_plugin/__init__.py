"""The pytest plugin: thin, and without any import that is not needed before a test asks for a world."""
