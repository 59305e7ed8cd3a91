"""Transparent files: READ and UPDATE BINARY, GET DATA [GM 7.5-7.7]."""

from __future__ import annotations


class FilesRules:
    """Transparent files: READ and UPDATE BINARY, GET DATA [GM 7.5-7.7]."""
