"""What the longer deviations do; each function stands for one line of an engine file.

Nothing here runs on a card without deviations. The names are those of `deviations`; each is
one wrong thing, and its function changes what that line works with and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ykt_sim.card.model import (
    MF,
    CellKey,
    CellValue,
    Df,
    Ef,
    Key,
)
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session
from ykt_sim.codes import SW, FileType, KeyType, Tag
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.tlv import Tlv, build_fci

if TYPE_CHECKING:
    from ykt_sim.card.context import Context

Wrong = frozenset[str]
_LOG: Final = 0x18
_OFFLINE: Final = (0x04, 0x05, 0x06, 0x09)


# -- power ------------------------------------------------------------------------------


def at_power_on(context: Context, before: Session) -> bytes:
    """A reset that keeps, loses or changes something; gives the ATR."""
    wrong, session = context.deviations, context.session
    if "selection-survives-reset" in wrong:
        session.df, session.ef = before.df, before.ef
    if "rights-survive-reset" in wrong:
        session.df_state = before.df_state
    if "lockout-survives-reset" in wrong:
        session.directory_lock = before.directory_lock
    for cell, value in list(context.memory.cells.items()):
        changed = _after_reset(wrong, cell, value)
        if changed is not value:
            context.put(cell, changed)
    context.memory.commit()
    atr = context.card.atr
    return atr[:-1] + context.rng(1) if "atr-changes" in wrong else atr


def _after_reset(wrong: Wrong, cell: CellKey, value: CellValue) -> CellValue:
    changed: CellValue = value
    if isinstance(value, Key) and "reset-gives-tries-back" in wrong:
        changed = msgspec.structs.replace(value, left=value.tries)
    elif isinstance(value, Df) and "reset-unblocks" in wrong:
        changed = msgspec.structs.replace(value, blocked=0)
    return changed


# -- selection ----------------------------------------------------------------------------


def select(wrong: Wrong, command: Command) -> Command:
    """SELECT as the card takes it."""
    if "select-needs-le" in wrong and command.le is None:
        raise Refusal(SW.WRONG_LENGTH)
    if "select-any-parameters" in wrong:
        by_name = command.p1 not in (0x00, 0x04)
        command = command._replace(p1=0x04 if by_name else command.p1, p2=0x00)
    if "long-names-cut" in wrong and len(command.data) > 16:
        command = command._replace(data=command.data[:8])
    return command


def keeps_rights(wrong: Wrong, *, first: bool) -> bool:
    """Whether entering a directory leaves the security state."""
    return "rights-survive-select" in wrong or (first and "rights-survive-reset" in wrong)


def fci(context: Context, df: Df, name: bytes, template: list[tuple[int, bytes]]) -> bytes:
    """The FCI with what is wrong in it."""
    wrong, trailing = context.deviations, df.fci_trailing
    if "fci-names-neighbour" in wrong:
        name = name[:-1] + bytes((name[-1] ^ 1,))
    if "fci-random-tail" in wrong:
        trailing += context.rng(2)
    if "fci-without-version" in wrong:
        template = [item for item in template if item[0] != Tag.VERSION]
    if df.standard == "tunion":
        template = [(tag, _issuer_data(wrong, tag, value)) for tag, value in template]
    if df.name == b"PAY.TICL" and "wallet-fci-short" in wrong:
        template = [(tag, value[:32] if tag == Tag.ISSUER_DATA else value)
                    for tag, value in template]  # fmt: skip
    if "df11-missing" in wrong and df.standard == "ecash":
        template = [item for item in template if item[0] != Tag.ISSUER_DISCRETIONARY]
    if "df11-other-pan" in wrong and df.standard == "ecash":
        template = [(tag, value.replace(b"\x31\x04", b"\x31\x05")) for tag, value in template]
    if df.listed:
        template = [(tag, _directory(wrong, value)) for tag, value in template]
    empty = "basic-fci-with-a5" in wrong and not template
    return build_fci(name, [] if empty else template or None, trailing)


def _issuer_data(wrong: Wrong, tag: int, value: bytes) -> bytes:
    if tag != Tag.ISSUER_DATA:
        return value
    if "fci-9f0c-stale" in wrong:
        return value[:28] + b"\x01\x14"
    if "fci-dates-swapped" in wrong:
        return value[:20] + value[24:28] + value[20:24] + value[28:]
    if "fci-other-pan" in wrong:
        return value[:15] + bytes((value[15] ^ 0x10,)) + value[16:]
    if "fci-issuer-zero-padded" in wrong:
        return value[:4] + bytes(4) + value[8:]
    return value


def _directory(wrong: Wrong, value: bytes) -> bytes:
    entries, _ = Tlv.parse_all(value)
    made = list(entries)
    if "ppse-lists-wallet" in wrong:
        made.append(Tlv.of(Tag.DIRECTORY_ENTRY, [
            Tlv(Tag.AID, b"PAY.TICL"), Tlv(Tag.PRIORITY, bytes((len(made) + 1,))),
        ]))  # fmt: skip
    if "ppse-lists-absent" in wrong:
        made.append(Tlv.of(Tag.DIRECTORY_ENTRY, [
            Tlv(Tag.AID, bytes.fromhex("A000000632010107")),
            Tlv(Tag.PRIORITY, bytes((len(made) + 1,))),
        ]))  # fmt: skip
    if "ppse-without-priority" in wrong:
        made = [_without(entry, Tag.PRIORITY) for entry in made]
    if "ppse-label-wrong" in wrong:
        made = [_labelled(entry) for entry in made]
    if "ppse-order-reversed" in wrong:
        made = made[::-1]
    if "ppse-priorities-equal" in wrong:
        made = [_prior(entry) for entry in made]
    return b"".join(entry.build() for entry in made)


def _without(entry: Tlv, tag: int) -> Tlv:
    return Tlv.of(entry.tag, [child for child in entry.children if child.tag != tag])


def _labelled(entry: Tlv) -> Tlv:
    return Tlv.of(entry.tag, [Tlv(child.tag, b"PBOC EP") if child.tag == Tag.LABEL else child
                              for child in entry.children])  # fmt: skip


def _prior(entry: Tlv) -> Tlv:
    return Tlv.of(entry.tag, [Tlv(child.tag, b"\x02") if child.tag == Tag.PRIORITY else child
                              for child in entry.children])  # fmt: skip


# -- files --------------------------------------------------------------------------------


def read_binary(context: Context, command: Command) -> bytes | None:
    """READ BINARY that answers by itself; None to go on."""
    wrong, sfi = context.deviations, command.p1 & 0x1F
    known = (context.session.df, sfi) in context.structure.short_ids
    if "absent-file-reads-empty" in wrong and command.p1 & 0xE0 == 0x80 and not known:
        return b""
    wallet = context.df().standard == "lnt"
    if "second-number-differs" in wrong and wallet and command.p1 == 0x95 and not command.p2:
        data = bytearray(context.transparent(0x15))
        data[57] ^= 0x01
        return bytes(data)
    if "ef-17-no-country" in wrong and command.p1 == 0x97 and known:
        return bytes(4) + context.transparent(0x17)[4:]
    if "ef-15-longer" in wrong and command.p1 == 0x95 and not command.p2 and not command.le:
        return context.transparent(0x15) + b"\0\0"
    return None


def record_number(wrong: Wrong, ef: Ef, records: tuple[bytes, ...], mode: int, p1: int) -> int:
    """Number or identifier of the record a command means."""
    by_number = mode == 0b100
    if by_number and ef.type == FileType.CYCLIC:
        if "last-record-hidden" in wrong and p1 == len(records):
            raise Refusal(SW.RECORD_NOT_FOUND)
        if "oldest-first" in wrong and 0 < p1 <= len(records):
            return len(records) + 1 - p1
        if "behind-last-record-wraps" in wrong and p1 > len(records):
            return 1
    if not by_number and ef.type == FileType.VARIABLE:
        if "record-2712-missing" in wrong and p1 == 0x12:
            raise Refusal(SW.RECORD_NOT_FOUND)
        if "record-id-off-by-one" in wrong:
            return p1 + 1
    return p1


def read_record(context: Context, ef: Ef, record: bytes, command: Command) -> tuple[bytes, Command]:
    """Content of a record and the command as it is answered."""
    wrong, size = context.deviations, len(record)
    if ef.type == FileType.CYCLIC and not any(record):
        if "empty-record-6a83" in wrong:
            raise Refusal(SW.RECORD_NOT_FOUND)
        if "empty-record-ff" in wrong:
            record = b"\xff" * size
    if "short-le-truncates" in wrong and command.le and command.le < size:
        return record[: command.le], command
    if "wrong-6cxx" in wrong and command.le not in (0, None, size):
        raise Refusal(SW.WRONG_LE | (size - 1))
    if "record-one-short" in wrong:
        return record[:-1], command._replace(le=0)
    if "balance-in-record" in wrong and ef.record_length == 48 and any(record):
        return record[:21] + bytes(4) + record[25:], command
    return record, command


def may_write(wrong: Wrong, ef: Ef) -> bool:
    """Whether the access byte for writing is passed over."""
    if "log-writable" in wrong and ef.write_ac == 0xEF:
        return True
    return "write-without-rights" in wrong and ef.write_ac != 0xEF


def line_mac(wrong: Wrong, due: bytes, mac: bytes) -> bytes:
    """The line MAC that is compared."""
    if "line-mac-not-checked" in wrong:
        return due
    if "line-mac-two-bytes" in wrong:
        return mac[:2] + due[2:]
    return due[::-1] if "line-mac-reversed" in wrong and mac == due else mac


# -- PINs, blocking -------------------------------------------------------------------------


def tries_left(wrong: Wrong, key_type: int, left: int) -> int:
    """Tries left after a wrong one."""
    if key_type == KeyType.PIN and "pin-not-counted" in wrong:
        return left
    if key_type == KeyType.PIN and "pin-never-blocks" in wrong:
        return max(left - 1, 1)
    if key_type == KeyType.EXTERNAL_AUTH and "authentication-not-counted" in wrong:
        return left
    return left - 1


def pin(wrong: Wrong, shown: bytes, due: bytes) -> bytes:
    """The PIN that is compared."""
    if "any-pin" in wrong or ("pin-two-bytes" in wrong and shown[:2] == due[:2]):
        return due
    if "pin-padding-refused" in wrong and shown.endswith(b"\xff"):
        return b""
    return shown


def block(context: Context, blocked: int) -> None:
    """What else APPLICATION BLOCK does."""
    if "block-hits-all" in context.deviations:
        for cell, value in list(context.memory.cells.items()):
            other = isinstance(value, Df) and value.standard in ("tunion", "lnt")
            if other and isinstance(value, Df) and cell[1] not in (MF, context.session.df):
                context.put(cell, msgspec.structs.replace(value, blocked=blocked))


def empty_log(context: Context) -> None:
    """The log of the current application without any line."""
    records = context.records(_LOG)
    context.put(("data", context.session.df, _LOG), tuple(bytes(23) for _ in records))
