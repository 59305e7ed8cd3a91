"""What every section of a form is made of."""

from __future__ import annotations

from typing import Any

import msgspec


def ask(question: str, **limits: Any) -> msgspec.Meta:
    """What an entry asks, and the limits of its value."""
    return msgspec.Meta(description=question, **limits)


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: a misspelt entry is an error."""
