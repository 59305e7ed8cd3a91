"""What a comparison of two traces says: one `Change` for each thing that differs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

#: Changes that are kept; of more, their number.
MAX_CHANGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    Attributes:
        kind: ``field``, ``code`` (a cryptogram that is wrong), ``extra`` (only in the
            second trace), ``missing`` (only in the first).
        a, b: index of the event in each trace, None where it is not there.
        what: command and target, or the note.
        side: ``command``, ``response``, or empty.
        field: name of the field.
        offset, size: place in the command or answer; None in a note.
        value_a, value_b: what each trace says.
        why: what is wrong, for codes.
        byte_class: what the field is for (`meaning.classes.ByteClass`); empty in a note.
    """

    kind: str
    a: int | None
    b: int | None
    what: str
    side: str = ""
    field: str = ""
    offset: int | None = None
    size: int | None = None
    value_a: str = ""
    value_b: str = ""
    why: str = ""
    byte_class: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain data; empty members are left out."""
        members = ((item.name, getattr(self, item.name)) for item in fields(self))
        told = {name: value for name, value in members if value not in ("", None)}
        return told | {"a": self.a, "b": self.b}

    def __str__(self) -> str:
        if self.kind == "missing":
            return f"only in the first trace: event {self.a}, {self.what}"
        if self.kind == "extra":
            return f"only in the second trace: event {self.b}, {self.what}"
        where = f"event {self.a}" if self.a == self.b else f"event {self.a} and {self.b}"
        at = "" if self.offset is None else f" at {self.side} byte {self.offset}"
        text = f"{where}, {self.what}: {self.field}{at}: {self.value_a} -> {self.value_b}"
        return f"{text} ({self.why})" if self.why else text


@dataclass(frozen=True)
class Difference:
    """All that differs.

    Attributes:
        changes: in the order of the traces, at most `MAX_CHANGES`.
        compared: pairs of events that were compared.
        excused: fields that differ and are right for their own inputs.
        unproven: codes that differ and could not be checked.
        unlisted: changes that are not among ``changes``, because they are too many.
        loose: events, of both traces, in stretches that have too little in common to be
            aligned as a whole: paired window by window, they may differ in more than they must.
    """

    changes: tuple[Change, ...]
    compared: int
    excused: int
    unproven: int
    unlisted: int = 0
    loose: int = 0

    @property
    def equal(self) -> bool:
        """True when nothing differs."""
        return not self.changes and not self.unlisted

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "equal": self.equal,
            "compared": self.compared,
            "excused": self.excused,
            "unproven": self.unproven,
            "unlisted": self.unlisted,
            **({"loose": self.loose} if self.loose else {}),
            "changes": [change.to_json() for change in self.changes],
        }
