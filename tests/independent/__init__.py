"""A stranger's FMCOS client: it knows the card by its public protocol only, never by our code."""
