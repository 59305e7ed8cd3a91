"""Selection and transparent files: SELECT, READ/UPDATE BINARY, GET DATA.

Rules from [GM 7.4-7.7]; FCI shapes from real cards. Two switches follow what real cards
disagree on: a payment directory may lock out applications it does not list, and an
application may answer SELECT with FCI and a status word of its own (PAY.MF1X: 6A81).
"""

from __future__ import annotations

from ykt_sim.card import misbehave
from ykt_sim.card.context import Context
from ykt_sim.card.messaging import MAX_PROTECTED, protect_answer, unwrap_read, unwrap_write
from ykt_sim.card.model import MF, Df
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State
from ykt_sim.codes import SW, FileType, Tag
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.tlv import build_fci

_ISSUER_DATA_SFI = 0x15
#: A longer EF 15 is left out of the FCI: names and heads must fit a short answer with it.
_MAX_ISSUER_DATA = 0xC8


def select(context: Context, command: Command) -> tuple[bytes, State]:
    """SELECT by FID (P1 00) or by DF name, whole or partial (P1 04); P2 02 is "next"."""
    wrong = context.deviations
    if wrong:
        command = misbehave.select(wrong, command)
    if command.p2 not in (0x00, 0x02):
        raise Refusal(SW.WRONG_P1P2)
    if command.p1 == 0x04:
        if not 5 <= len(command.data) <= 16:
            raise Refusal(SW.WRONG_LENGTH)
        return _enter(context, _by_name(context, command.data, after=command.p2 == 0x02))
    if command.p1 != 0x00 or command.p2 != 0x00:
        raise Refusal(SW.WRONG_P1P2)
    if not command.data:
        return _enter(context, MF)
    if len(command.data) != 2:
        raise Refusal(SW.WRONG_LENGTH)
    fid = int.from_bytes(command.data, "big")
    if context.ef(fid) is not None:
        if context.df().blocked:
            raise Refusal(SW.NOT_SUPPORTED)
        context.session.ef, context.session.record = fid, 0
        return b"", State.IDLE
    return _enter(context, _by_fid(context, fid))


def _by_fid(context: Context, fid: int) -> int:
    """Directories reachable by FID: MF, current, children, siblings, parent."""
    if "no-select-by-fid" in context.deviations:
        raise Refusal(SW.FILE_NOT_FOUND)
    if fid in (MF, context.session.df):
        return fid
    df = context.df()
    children = context.structure.children
    if fid in children.get(context.session.df, ()) or fid == df.parent:
        return fid
    if context.session.df != MF and fid in children.get(df.parent, ()):
        return fid
    raise Refusal(SW.FILE_NOT_FOUND)


def _by_name(context: Context, name: bytes, *, after: bool) -> int:
    """The first DF whose name is or starts with ``name``; ``after`` continues the search."""
    directories = context.structure.directories
    if "whole-names-only" in context.deviations:
        directories = [(fid, own) for fid, own in directories if own == name]
    matches = [
        fid
        for fid, own in directories
        if own.startswith(name) and _listed(context, context.df(fid))
    ]
    if len(matches) > 1:  # the whole name comes first, also when the search goes on
        matches.sort(key=lambda fid: context.df(fid).name != name)
    if after:
        current = context.session.df
        matches = matches[matches.index(current) + 1 :] if current in matches else []
    if not matches:
        if "unknown-name-accepted" in context.deviations:
            return context.session.df
        raise Refusal(SW.FILE_NOT_FOUND)
    return matches[0]


def _listed(context: Context, df: Df) -> bool:
    lock = context.session.directory_lock
    if "one-standard-a-session" in context.deviations and df.standard == "lnt":
        current = context.memory.cells.get(("df", context.session.df))
        return getattr(current, "standard", "") != "tunion"
    return lock is None or bool(df.listed) or df.name in lock


def _enter(context: Context, fid: int) -> tuple[bytes, State]:
    """Make a directory current: its security register starts at 0."""
    df = context.df(fid)
    session = context.session
    if fid != MF and not _listed(context, df):
        raise Refusal(SW.FILE_NOT_FOUND)
    first = session.df == MF
    session.df, session.ef, session.record = fid, None, 0
    if not (context.deviations and misbehave.keeps_rights(context.deviations, first=first)):
        session.df_state = 0
    if "pin-survives-select" not in context.deviations:
        session.pin_verified = False
    if fid == MF:
        session.mf_state = 0
    session.unlocked = not context.has_key_file(fid)
    if df.blocked == 2:
        raise Refusal(df.locked_select_sw)
    if df.blocked and "blocked-select-9000" not in context.deviations:
        raise Refusal(df.blocked_select_sw, _fci_if_warning(context, fid, df))
    if df.listed and context.card.ppse_lockout and "ppse-no-lockout" not in context.deviations:
        session.directory_lock = df.listed
    fci = _fci(context, fid, df)
    if df.select_sw != SW.OK and "mf1x-answers-9000" not in context.deviations:
        raise Refusal(df.select_sw, fci)
    if "select-keeps-transaction" in context.deviations:
        return fci, session.state
    return fci, State.IDLE


def _fci_if_warning(context: Context, fid: int, df: Df) -> bytes:
    return _fci(context, fid, df) if df.blocked_select_sw >> 8 == 0x62 else b""


def _fci(context: Context, fid: int, df: Df) -> bytes:
    issuer = context.memory.cells.get(("data", fid, _ISSUER_DATA_SFI))
    cached = context.fci_cache.get(fid)
    if cached is not None and cached[0] is df and cached[1] is issuer:
        return cached[2]
    name = df.name or fid.to_bytes(2, "big")
    content = issuer if isinstance(issuer, bytes) and len(issuer) <= _MAX_ISSUER_DATA else b""
    template: list[tuple[int, bytes]]
    if df.fci is not None:
        template = [(tag, content if value is None else value) for tag, value in df.fci]
    elif df.app_id & 0xE0 == 0x80:
        template = [(Tag.ISSUER_DATA, content)] if content else []
    else:
        template = [(Tag.SFI_OF_DIRECTORY, bytes((df.app_id & 0x1F,)))]
    if context.deviations:
        return misbehave.fci(context, df, name, template)
    fci = build_fci(name, template or None, df.fci_trailing)
    context.fci_cache[fid] = (df, issuer, fci)
    return fci


def _binary_target(context: Context, command: Command) -> tuple[int, int, int]:
    """(FID, offset, size) of READ/UPDATE BINARY; P1 100sssss names an SFI."""
    if command.p1 & 0x80:
        if command.p1 & 0x60 and "read-bits-ignored" not in context.deviations:
            raise Refusal(SW.WRONG_P1P2)
        fid, ef = context.target(command.p1 & 0x1F)
        offset = command.p2
    else:
        fid, ef = context.target(0)
        offset = command.p1 << 8 | command.p2
    if ef.type != FileType.TRANSPARENT and "file-type-not-checked" not in context.deviations:
        raise Refusal(SW.FILE_TYPE)
    return fid, offset, ef.size


def read_binary(context: Context, command: Command) -> tuple[bytes, State]:
    """READ BINARY; Le 00 gives all that is left, a larger Le answers 6Cxx."""
    if context.deviations:
        answer = misbehave.read_binary(context, command)
        if answer is not None:
            return answer, context.session.state
    fid, offset, size = _binary_target(context, command)
    ef = context.ef(fid)
    if ef is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    context.demand(ef.read_ac)
    key = unwrap_read(context, command, ef)
    if offset >= size and "offset-not-checked" in context.deviations:
        return b"", context.session.state
    if offset >= size:
        raise Refusal(SW.WRONG_OFFSET)
    if command.le is None:
        raise Refusal(SW.WRONG_LENGTH)
    left = size - offset
    if command.le > left:
        raise Refusal(SW.WRONG_LE | left)
    most = 256 if key is None else MAX_PROTECTED
    if command.le > most:
        raise Refusal(SW.WRONG_LENGTH)
    if "offset-ignored" in context.deviations:
        offset = 0
    data = context.transparent(fid)[offset : offset + (command.le or min(left, most))]
    if "binary-one-short" in context.deviations:
        data = data[:-1]
    return protect_answer(context, ef, key, data), context.session.state


def update_binary(context: Context, command: Command) -> tuple[bytes, State]:
    """UPDATE BINARY inside the file's size; 6B00 for the offset, 6700 for the length."""
    fid, offset, size = _binary_target(context, command)
    ef = context.ef(fid)
    if ef is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    context.demand(ef.write_ac)
    data = unwrap_write(context, command, ef)
    if offset >= size:
        raise Refusal(SW.WRONG_OFFSET)
    if "update-past-end-cut" in context.deviations:
        data = data[: size - offset]
    if not data or offset + len(data) > size:
        raise Refusal(SW.WRONG_LENGTH)
    old = context.transparent(fid).ljust(size, b"\0")
    context.put(("data", context.session.df, fid), old[:offset] + data + old[offset + len(data) :])
    return b"", State.IDLE


def get_data(context: Context, command: Command) -> tuple[bytes, State]:
    """GET DATA of the e-cash application, e.g. 9F79 (available e-cash balance)."""
    tag = command.p1 << 8 | command.p2
    answered = tag ^ 1 if "get-data-wrong-tag" in context.deviations else tag
    for known, value in context.df().get_data:
        if known == tag:
            return answered.to_bytes(2, "big") + bytes((len(value),)) + value, State.IDLE
    raise Refusal(SW.KEY_NOT_FOUND if context.df().get_data else SW.INS_NOT_SUPPORTED)


def get_processing_options(context: Context, command: Command) -> tuple[bytes, State]:
    """GET PROCESSING OPTIONS is refused: the e-cash kernel is not modelled."""
    if context.df().standard != "ecash":
        raise Refusal(SW.INS_NOT_SUPPORTED)
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    raise Refusal(SW.CONDITIONS)
