"""SELECT and the FCI [GM 7.4]."""

from __future__ import annotations


class SelectionRules:
    """SELECT and the FCI [GM 7.4]."""
