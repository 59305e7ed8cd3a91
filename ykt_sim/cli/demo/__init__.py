"""`ykt demo`: every card at every terminal."""
