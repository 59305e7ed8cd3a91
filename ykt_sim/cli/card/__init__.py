"""`ykt card`: make, show, drive and serve cards."""
