"""A card's description with its files decoded, fit to be shown or given away.

Personal fields are never shown. Card numbers are masked unless asked for, and then the raw
bytes that hold them are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_sim.errors import ReadError
from ykt_sim.meaning.decode import KINDS, decode
from ykt_sim.meaning.spans import Decoded
from ykt_sim.wire.decision import mask

#: Fields that hold a card number.
NUMBERS: Final = frozenset({"pan", "pan_number", "card_number", "card_number_copy"})
#: Kinds of files that hold nothing but a person's data.
PERSONAL: Final = frozenset({"tunion:16"})
#: Fields of an FCI that name no card.
_FCI: Final = ("application", "label", "issuer", "start_date", "expiry_date", "entries")

#: A card's description as plain data: `card.describe.describe`, `terminal.inspection.inspect`.
View = dict[str, Any]


def decoded_view(found: View, *, unmasked: bool) -> View:
    """Decode every file of a description as far as its kind is known, for JSON; changes it.

    Args:
        found: as `card.describe.describe` or `terminal.inspection.inspect` gives it.
        unmasked: leave card numbers whole and raw bytes in.
    """
    for directory in found["directories"]:
        if "fci" in directory:
            directory["fci"] = _fci(directory["fci"], unmasked=unmasked)
        for file in directory["files"]:
            content = [bytes.fromhex(item) for item in file.pop("content")]
            file["size"] = sum(map(len, content))
            if file["kind"] in PERSONAL:
                file["content"] = None
                continue
            if file["kind"] not in KINDS:
                file["kind"] = ""
            file["content"] = [
                _content(file["kind"], item, unmasked=unmasked) for item in content if item
            ]
    return found


def _content(kind: str, data: bytes, *, unmasked: bool) -> View:
    decoded = readable(kind, data)
    if decoded is None:
        return {"raw": data.hex().upper()} if unmasked else {"bytes": len(data)}
    fields = decoded.to_json()
    if unmasked or not NUMBERS & fields.keys():
        return fields
    del fields["raw"]
    return masked(fields)


def masked(fields: Mapping[str, object]) -> View:
    """Fields with their card numbers masked."""
    return {name: mask(str(value)) if name in NUMBERS else value for name, value in fields.items()}


def readable(kind: str, data: bytes) -> Decoded | None:
    """Bytes decoded, None where they are of no kind or do not fit it."""
    try:
        return decode(kind, data) if kind else None
    except ReadError:
        return None


def _fci(text: str, *, unmasked: bool) -> View | None:
    """An FCI decoded; a card number in it masked."""
    decoded = readable("fci", bytes.fromhex(text))
    if decoded is None:
        return {"raw": text} if unmasked and text else None
    fields = decoded.to_json()
    return fields if unmasked else {name: fields[name] for name in _FCI if name in fields}
