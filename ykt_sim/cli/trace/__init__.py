"""`ykt trace`: show, convert, compare, replay, sanitise traces."""
