"""Cases: one module per subject matter, each with a tuple `CASES`; see `cases.registry`."""
