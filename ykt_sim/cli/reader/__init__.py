"""`ykt reader`: real readers by PC/SC."""
