"""No property is judged by the clock: a busy machine says nothing. What is compiled is kept."""

from __future__ import annotations

import gc
import os
import sys

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("unhurried")

# Where `make test` says, and by this process alone: a child may run with a disk made to be full,
# and Python would keep half of a module.
if sys.pycache_prefix is not None:
    sys.dont_write_bytecode = False
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def pytest_collection_finish() -> None:
    """Garbage is not searched for in what stays, and less often: it took a quarter of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2000, 10, 100)
