"""Record files [GM 7.8]."""

from __future__ import annotations


class RecordsRules:
    """Record files [GM 7.8]."""
