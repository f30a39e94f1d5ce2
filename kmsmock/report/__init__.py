"""What a run saw, as one page."""
