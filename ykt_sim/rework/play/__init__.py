"""A recording played as a card: exact, or with fresh codes where keys are known."""
