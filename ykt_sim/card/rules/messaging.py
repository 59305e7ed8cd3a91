"""Secure messaging on files [GM 9]."""

from __future__ import annotations


class MessagingRules:
    """Secure messaging on files [GM 9]."""
