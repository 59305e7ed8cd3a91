"""No property is judged by the clock, which on a busy machine says nothing."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """Garbage is not searched for in what stays, and less often: it took a quarter of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2000, 10, 100)
