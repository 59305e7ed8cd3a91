"""No property is judged by the clock: a busy machine says nothing. What is compiled is kept."""

from __future__ import annotations

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
