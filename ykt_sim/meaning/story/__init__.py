"""The story of a trace in at most five lines: card, terminal, deeds, outcome, cause."""
