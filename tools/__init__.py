"""What makes pages of the documentation: run as modules from the root of the repository."""
