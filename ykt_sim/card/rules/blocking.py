"""Blocking of applications and of the card [GM 8.1-8.3]."""

from __future__ import annotations


class BlockingRules:
    """Blocking of applications and of the card [GM 8.1-8.3]."""
