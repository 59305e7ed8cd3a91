"""Challenges and authentication [GM 7.1-7.3]."""

from __future__ import annotations


class AuthenticationRules:
    """Challenges and authentication [GM 7.1-7.3]."""
