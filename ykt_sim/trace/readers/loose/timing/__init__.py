"""When a line was, and how long something took: stamps, running numbers, units, named fields."""
