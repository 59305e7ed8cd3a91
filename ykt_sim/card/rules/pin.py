"""PINs and their error counters [GM 7.10, 8.4-8.6]."""

from __future__ import annotations


class PinRules:
    """PINs and their error counters [GM 7.10, 8.4-8.6]."""
