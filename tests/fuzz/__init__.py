"""Bytes from strangers, searched for by coverage: what a target is, and which there are."""
