"""Which command is answered at all: class bytes, blocked cards, transactions in progress."""

from __future__ import annotations


class OrderRules:
    """Which command is answered at all: class bytes, blocked cards, transactions in progress."""
