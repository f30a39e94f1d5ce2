"""From a prepared request to parameters, one protocol a file."""
