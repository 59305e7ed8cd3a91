"""Power and reset [ISO 7816-3]: what a reset leaves."""

from __future__ import annotations


class PowerRules:
    """Power and reset [ISO 7816-3]: what a reset leaves."""
