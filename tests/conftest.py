"""No property is judged by the clock, which on a busy machine says nothing."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("unhurried")

# Whole runs of the suite stay in memory: with Python's own numbers a quarter of all time went into
# the search for garbage in them.
gc.set_threshold(2000, 10, 100)


def pytest_collection_finish() -> None:
    """What is collected stays to the end, and is never garbage."""
    gc.collect()
    gc.freeze()
