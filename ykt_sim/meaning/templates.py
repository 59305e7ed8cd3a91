"""Decode what is built of TLV: FCIs, directories, and the records inside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from ykt_sim.codes import SW, Tag, aid_name
from ykt_sim.errors import WireError
from ykt_sim.meaning.layouts import read
from ykt_sim.meaning.places import issuer_data_place
from ykt_sim.meaning.spans import Decoded, JsonFields, Span
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import EcashCardInfo, EcashCardInfoK5
from ykt_sim.wire.tlv import (
    PADDING,
    DirectoryEntry,
    Fci,
    Tlv,
    parse_dol,
    parse_pse_record,
    tag_name,
)

#: Answers of SELECT whose reading is remembered, and the bytes that one may have for it.
_REMEMBERED: Final = 256
_SHORT: Final = 258
OK: Final = SW.OK.to_bytes(2, "big")


def without_sw(data: bytes, sizes: Collection[int]) -> bytes:
    """Drop a 9000 behind data that has one of the expected sizes without it."""
    return data[:-2] if data[-2:] == OK and len(data) - 2 in sizes else data


def ecash_info(data: bytes, _year: int | None = None) -> Decoded:
    """Decode DF11 in its 32-byte form; the 39-byte form of newer cards stays one block."""
    data = without_sw(data, {EcashCardInfo.SIZE, EcashCardInfoK5.SIZE})
    record = EcashCardInfoK5 if len(data) == EcashCardInfoK5.SIZE else EcashCardInfo
    record.parse(data)
    return read("ecash:DF11", (record,), data)


def _split_sw(data: bytes, size: int) -> tuple[bytes, bytes]:
    """Split off a status word: exactly two bytes 6x xx or 9x xx behind ``size`` bytes."""
    if len(data) == size + 2 and data[size] >> 4 in {6, 9}:
        return data[:size], data[size:]
    return data, b""


def ascii_text(data: bytes) -> str | None:
    """Printable ASCII as text, anything else as None."""
    return data.decode("ascii") if re.fullmatch(rb"[ -~]+", data) else None


def _entry(entry: DirectoryEntry) -> JsonFields:
    return {
        "aid": entry.aid.hex().upper(),
        "application": aid_name(entry.aid),
        "label": entry.label,
        "preferred_name": entry.preferred_name,
        "priority": entry.priority,
    }


_TAG_NAMES: Final = {int(tag): tag.name.lower() for tag in Tag}


def _tag_label(item: Tlv) -> str:
    return f"{item.name} {_TAG_NAMES[item.tag]}" if item.tag in _TAG_NAMES else item.name


def tlv_spans(
    items: Iterable[tuple[int, int, Tlv]], inside: Mapping[int, Decoded] | None = None
) -> tuple[Span, ...]:
    """Values of the primitive objects of a walk, named by their tag.

    Args:
        items: offset, depth and object, as `Tlv.walk` gives them.
        inside: records that stand in place of an object's bytes, by tag.
    """
    spans: list[Span] = []
    for offset, _, item in items:
        start = offset + item.head_size
        decoded = inside.get(item.tag) if inside else None
        if decoded is not None and decoded.data == item.value:
            spans += [span.moved(start) for span in decoded.spans]
        elif not item.children and item.value:
            names = item.tag in {Tag.DF_NAME, Tag.AID}
            kind = FieldKind.IDENTITY if names else FieldKind.DATA
            text = ascii_text(item.value) if item.tag in {Tag.LABEL, Tag.PREFERRED_NAME} else None
            value = item.value if text is None else text
            label = _tag_label(item) if item.tag != PADDING else "padding"
            spans.append(Span(start, len(item.value), label, kind, value))
    return tuple(spans)


def issuer_data(df_name: bytes, data: bytes) -> Decoded | None:
    """Decode 9F0C of a known application; None when its layout is not known.

    The card K6 of the new specification divides the PAN field otherwise [LAB] and has none.
    """
    place = issuer_data_place(df_name)
    candidates = place.candidates(data) if place is not None else ()
    return read(place.key, candidates, data) if place is not None and candidates else None


def _pdol(data: bytes) -> list[JsonFields] | None:
    try:
        return [{"tag": tag_name(tag), "length": size} for tag, size in parse_dol(data)]
    except WireError:
        return None


def decode_fci(data: bytes, _year: int | None = None) -> Decoded:
    """Decode the answer of SELECT, with or without its status word.

    Who follows a card asks for the same one more than once, and so do many taps of one card.
    """
    return _fci(bytes(data)) if len(data) <= _SHORT else _fci.__wrapped__(data)


@lru_cache(maxsize=_REMEMBERED)
def _fci(data: bytes) -> Decoded:
    fci = Fci.parse(data)
    size = len(data) - len(fci.after)
    body, sw = _split_sw(data, size)
    name = fci.df_name
    fields: JsonFields = {
        "df_name": name.hex().upper(),
        "df_name_text": ascii_text(name),
        "application": aid_name(name),
        "label": fci.label,
        "priority": fci.priority,
        "version": fci.version.hex().upper() if fci.version is not None else None,
        "preferred_name": fci.preferred_name,
        "issuer_data": fci.issuer_data.hex().upper() if fci.issuer_data is not None else None,
        "trailing": fci.trailing.hex().upper(),
        "after": (b"" if sw else fci.after).hex().upper(),
        "tags": {
            item.name: item.value.hex().upper()
            for _, _, item in fci.template.walk()
            if item.tag and not item.children
        },
    }
    pdol = fci.get(Tag.PDOL)
    if pdol is not None:
        fields["pdol"] = _pdol(pdol)
    if fci.entries:
        fields["entries"] = [_entry(entry) for entry in fci.entries]
    inside = _fci_records(fci)
    for decoded in inside.values():
        fields |= {name: value for name, value in decoded.fields.items() if name not in fields}
    if sw:
        fields["sw"] = sw.hex().upper()
    spans = tlv_spans(fci.template.walk(), inside)
    if fci.trailing:
        start = size - len(fci.trailing)
        spans += (Span(start, len(fci.trailing), "trailing", FieldKind.DATA, fci.trailing),)
    return Decoded(
        "fci", "Fci", body, spans, fields,
        misfits=tuple(one for record in inside.values() for one in record.misfits),
        also=tuple(one for record in inside.values() for one in record.also),
        doubts=(
            *_unknown_9f0c(fci, inside),
            *(one for record in inside.values() for one in record.doubts),
        ),
    )  # fmt: skip


def _unknown_9f0c(fci: Fci, inside: Mapping[int, Decoded]) -> tuple[str, ...]:
    """Say that 9F0C stays raw, where no layout is known for it."""
    if not fci.issuer_data or Tag.ISSUER_DATA in inside:
        return ()
    name = aid_name(fci.df_name)
    shown = ascii_text(fci.df_name) or fci.df_name.hex().upper()
    whose = shown if name == aid_name(b"") else name
    if issuer_data_place(fci.df_name) is not None:
        return (f"9F0C of {whose} has {len(fci.issuer_data)} bytes, raw: no known layout",)
    return (f"9F0C of {whose}, raw: its layout is not known",)


def _fci_records(fci: Fci) -> dict[int, Decoded]:
    """Records inside the FCI, by their tag."""
    found: dict[int, Decoded] = {}
    data, info = fci.issuer_data, fci.get(Tag.ECASH_METADATA)
    decoded = issuer_data(fci.df_name, data) if data is not None else None
    if decoded is not None:
        found[Tag.ISSUER_DATA] = decoded
    if info is not None and len(info) in {EcashCardInfo.SIZE, EcashCardInfoK5.SIZE}:
        found[Tag.ECASH_METADATA] = ecash_info(info)
    return found


def decode_ppse(data: bytes, _year: int | None = None) -> Decoded:
    """Decode the answer of SELECT PPSE: an FCI that lists applications."""
    found = decode_fci(data)
    fields = {"entries": [], **found.fields}
    return msgspec.structs.replace(found, kind="ppse", record="Ppse", fields=fields)


def decode_pse(data: bytes, _year: int | None = None) -> Decoded:
    """Decode a record of a PSE directory file."""
    item, size = Tlv.read(data)
    body, sw = _split_sw(data, size)
    fields: JsonFields = {"entries": [_entry(entry) for entry in parse_pse_record(body)]}
    if sw:
        fields["sw"] = sw.hex().upper()
    return Decoded("pse", "PseRecord", body, tlv_spans(item.walk()), fields)
