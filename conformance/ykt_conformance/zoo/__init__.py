"""Which cases must fail for which fault, and whether they do."""
