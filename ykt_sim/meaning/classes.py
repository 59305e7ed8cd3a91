"""Which class of information a byte of a command or answer belongs to.

The layouts (`wire`) say what each field is; what they leave open (``data``, ``reserved``,
raw blocks) is settled here from the command it stands in. A block that no source explains is
``unknown`` unless its bytes are the layout's own filling, all 00 or all FF: only such bytes
can hold nothing of the card's owner.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from ykt_sim.codes import AID_NAMES, INS, Tag
from ykt_sim.meaning.spans import Span
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application, application_of
from ykt_sim.wire.commands import is_foreign
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import FILE_RECORDS
from ykt_sim.wire.tlv import tag_name


class ByteClass(StrEnum):
    """What a byte is for."""

    CONSTANT = "constant"
    IDENTITY = "identity"
    AMOUNT = "amount"
    BALANCE = "balance"
    COUNTER = "counter"
    DATE = "date"
    RANDOM = "random"
    MAC1 = "MAC1"
    MAC2 = "MAC2"
    MAC3 = "MAC3"
    TAC = "TAC"
    LINE_MAC = "line MAC"
    CRYPTOGRAM = "cryptogram"
    CODE = "code"
    KEY = "key"
    PIN = "PIN"
    PERSONAL = "personal"
    STATUS = "status"
    LENGTH = "length"
    UNKNOWN = "unknown"


#: Classes whose bytes are worked out from others with a key.
SECURED: Final = frozenset(
    {
        ByteClass.MAC1,
        ByteClass.MAC2,
        ByteClass.MAC3,
        ByteClass.TAC,
        ByteClass.LINE_MAC,
        ByteClass.CRYPTOGRAM,
    }
)

_BY_KIND: Final[dict[FieldKind, ByteClass]] = {
    FieldKind.IDENTITY: ByteClass.IDENTITY,
    FieldKind.AMOUNT: ByteClass.AMOUNT,
    FieldKind.BALANCE: ByteClass.BALANCE,
    FieldKind.COUNTER: ByteClass.COUNTER,
    FieldKind.DATE: ByteClass.DATE,
    FieldKind.RANDOM: ByteClass.RANDOM,
    FieldKind.MAC1: ByteClass.MAC1,
    FieldKind.MAC2: ByteClass.MAC2,
    FieldKind.MAC3: ByteClass.MAC3,
    FieldKind.TAC: ByteClass.TAC,
    FieldKind.LINE_MAC: ByteClass.LINE_MAC,
    FieldKind.CODE: ByteClass.CODE,
    FieldKind.KEY_REFERENCE: ByteClass.CODE,
    FieldKind.PERSONAL: ByteClass.PERSONAL,
}
#: Kinds of fields that are cryptograms; data without a layout may be one too.
SECURED_KINDS: Final = frozenset(kind for kind, found in _BY_KIND.items() if found in SECURED)
#: Kinds of fields that tell nobody's number, whatever they hold.
NUMBERLESS: Final = frozenset(_BY_KIND) - {FieldKind.IDENTITY, FieldKind.PERSONAL} | {
    FieldKind.CONSTANT
}
#: Tags whose values say nothing of one card: labels, versions, what a terminal must send.
_PLAIN_TAGS: Final = frozenset(
    tag_name(tag)
    for tag in (
        Tag.SFI_OF_DIRECTORY,
        Tag.LABEL,
        Tag.PRIORITY,
        Tag.VERSION,
        Tag.PREFERRED_NAME,
        Tag.PDOL,
        Tag.LOG_ENTRY,
        Tag.LOAD_LOG_ENTRY,
        Tag.ECASH_CARD_SUPPORTS,
    )
)
_NAMED: Final[dict[str, ByteClass]] = {
    "sw": ByteClass.STATUS,
    "lc": ByteClass.LENGTH,
    "le": ByteClass.LENGTH,
    "length": ByteClass.LENGTH,
    "padding": ByteClass.CONSTANT,
}
#: Kinds of ``id`` and ``fid`` fields that number files and records, not cards.
_NO_CARD: Final = frozenset({FieldKind.IDENTITY, FieldKind.CONSTANT})
#: Class byte of the pseudo commands that readers answer themselves [PC/SC part 3].
READER_CLASS: Final = 0xFF
#: An AID of a registered provider, too short to hold a number of one card [ISO 7816-5].
_REGISTERED: Final = b"\xa0"
_SHORT_AID: Final = 8
_DIGIT_RUN: Final = re.compile(rb"[0-9]{6}")
#: What fields hold that nobody explains when nothing was put into them, by field name.
_FILLINGS: Final[dict[str, list[bytes]]] = {}
for _record in FILE_RECORDS:
    for _name, _default in _record.DEFAULTS.items():
        if isinstance(_default, bytes):
            _FILLINGS.setdefault(_name, []).append(_default)


def is_filling(name: str, raw: bytes) -> bool:
    """True for bytes that hold nothing: all 00, all FF, or what the layout puts there."""
    if not raw.strip(b"\x00") or not raw.strip(b"\xff"):
        return True
    return any(one.startswith(raw) or one.endswith(raw) for one in _FILLINGS.get(name, ()))


def _public_name(name: bytes) -> bool:
    """True for a DF name or AID that is the same on every card."""
    if len(name) <= _SHORT_AID and name[:1] == _REGISTERED:
        return True
    if name in AID_NAMES or (name[:8] in AID_NAMES and not name[8:].strip(b"\x00\xff")):
        return True
    return (
        len(name) <= 16
        and re.fullmatch(rb"[ -~]+", name) is not None
        and not _DIGIT_RUN.search(name)
    )


def name_class(name: bytes) -> tuple[tuple[int, ByteClass], ...]:
    """Sizes and classes of the parts of a DF name: a known one, then a phone's own tail."""
    if _public_name(name) or len(name) < 5:
        return ((len(name), ByteClass.CONSTANT),)
    if application_of(name) is Application.OTHER:
        return ((len(name), ByteClass.UNKNOWN),)
    known = max(len(aid) for aid in AID_NAMES if name.startswith(aid[:8]))
    head = next(
        size
        for size in range(min(known, len(name)), 0, -1)
        if name[:size] in AID_NAMES or size == 8
    )
    if head >= len(name):
        return ((len(name), ByteClass.CONSTANT),)
    return ((head, ByteClass.CONSTANT), (len(name) - head, ByteClass.UNKNOWN))


#: Blocks of raw command data, by instruction: name and class.
_DATA: Final[dict[int, tuple[str, ByteClass]]] = {
    INS.VERIFY: ("pin", ByteClass.PIN),
    INS.CHANGE_PIN: ("pin", ByteClass.PIN),
    INS.PIN_UNBLOCK: ("enciphered_pin", ByteClass.PIN),
    INS.EXTERNAL_AUTHENTICATE: ("authentication", ByteClass.CRYPTOGRAM),
    INS.INTERNAL_AUTHENTICATE: ("challenge", ByteClass.RANDOM),
    INS.WRITE_KEY: ("key_data", ByteClass.KEY),
    INS.CREATE_FILE: ("file_parameters", ByteClass.CODE),
    INS.READ_EXT_DATA: ("record_id", ByteClass.CODE),
}
#: Blocks of raw answer data, by the instruction that was asked.
_ANSWER: Final[dict[int, tuple[str, ByteClass]]] = {
    INS.GET_CHALLENGE: ("challenge", ByteClass.RANDOM),
    INS.INTERNAL_AUTHENTICATE: ("authentication", ByteClass.CRYPTOGRAM),
    INS.SAM_DES: ("des", ByteClass.CRYPTOGRAM),
}


def class_of(span: Span, raw: bytes, asked: Command | None, *, sent: bool) -> tuple[str, ByteClass]:
    """Name and class of one field.

    Args:
        span: the field, in place.
        raw: its bytes.
        asked: the command it stands in or answers, None when that is no short APDU.
        sent: True in a command, False in an answer.
    """
    name = span.name
    found = _NAMED.get(name)
    if name == "data" and asked is not None:
        name, found = _block(asked, sent=sent)
    elif found is None and name in {"fid", "id"} and span.kind in _NO_CARD:
        found = ByteClass.CODE
    elif found is None:
        plain = span.kind is FieldKind.CONSTANT or name.split(" ")[0] in _PLAIN_TAGS
        found = ByteClass.CONSTANT if plain else _BY_KIND.get(span.kind)
    if found is None:
        found = ByteClass.CONSTANT if is_filling(name, raw) else ByteClass.UNKNOWN
    return name, found


def _block(asked: Command, *, sent: bool) -> tuple[str, ByteClass | None]:
    """Name and class of data without a layout, as far as the command settles it."""
    if asked.cla == READER_CLASS:
        uid = asked.ins == INS.GET_DATA and asked.p1 == 0 and not sent
        return ("uid", ByteClass.IDENTITY) if uid else ("data", None)
    if is_foreign(asked):
        return "data", None
    return (_DATA if sent else _ANSWER).get(asked.ins, ("data", None))
