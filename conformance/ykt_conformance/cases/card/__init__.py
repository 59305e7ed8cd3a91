"""Cases for cards, one subject a file; every file here is in the suite."""
