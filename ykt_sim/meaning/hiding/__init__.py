"""Numbers of cards, devices and people: found once, hidden in whatever is shown."""
