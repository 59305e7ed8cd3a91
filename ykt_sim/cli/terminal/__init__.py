"""`ykt terminal` and `ykt tap`: run terminals, tap cards."""
