"""`ykt conform`: judge cards, terminals and traces."""
