"""Selection and transparent files: SELECT, READ/UPDATE BINARY, GET DATA.

The rules are in `rules.selection` and `rules.files`.
"""

from __future__ import annotations

from ykt_sim.card.context import CardContext
from ykt_sim.card.messaging import MAX_PROTECTED, protect_answer, unwrap_read, unwrap_write
from ykt_sim.card.model import MAX_ISSUER_DATA, MF, Df, Ef
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State
from ykt_sim.codes import SW, Tag
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.tlv import build_fci

_ISSUER_DATA_SFI = TunionFile.APPLICATION
_MAX_ANSWER = 256


def select(context: CardContext, command: Command) -> tuple[bytes, State]:
    """SELECT by FID (P1 00) or by DF name, whole or partial (P1 04); P2 02 is "next"."""
    rules = context.rules.selection
    rules.le(command)
    rules.parameters(command)
    if command.p1 == 0x04:
        rules.name_length(command.data)
        return _enter(context, _by_name(context, command.data, after=command.p2 == 0x02))
    if not command.data:
        return _enter(context, MF)
    fid = rules.fid(command.data)
    if context.ef(fid) is not None:
        context.rules.blocking.file_selected(context.df())
        context.session.ef, context.session.record = fid, 0
        return b"", State.IDLE
    return _enter(context, rules.by_fid(context, fid))


def _by_name(context: CardContext, name: bytes, *, after: bool) -> int:
    """The first DF whose name fits; ``after`` continues the search."""
    rules = context.rules.selection
    matches = [
        fid
        for fid, own in context.structure.directories
        if rules.name_fits(own, name) and rules.found(context, context.df(fid))
    ]
    if len(matches) > 1:  # the whole name comes first, also when the search goes on
        matches.sort(key=lambda fid: context.df(fid).name != name)
    if after:
        current = context.session.df
        matches = matches[matches.index(current) + 1 :] if current in matches else []
    return matches[0] if matches else rules.unknown_name(context)


def _enter(context: CardContext, fid: int) -> tuple[bytes, State]:
    """Make a directory current, and tell its FCI unless it is blocked."""
    rules, blocking, session = context.rules.selection, context.rules.blocking, context.session
    df = context.df(fid)
    if fid != MF and not rules.found(context, df):
        raise Refusal(SW.FILE_NOT_FOUND)
    session.df_state, session.pin_verified = rules.rights(session), rules.pin_verified(session)
    session.df, session.ef, session.record = fid, None, 0
    if fid == MF:
        session.mf_state = 0
    session.unlocked = not context.has_key_file(fid)
    session.directory_lock = rules.lock(context, df)
    fci = _fci(context, fid, df) if blocking.tells_fci(df) else b""
    told = blocking.selected(df)
    if told != SW.OK:
        raise Refusal(told, fci)
    return fci, State.IDLE


def _fci(context: CardContext, fid: int, df: Df) -> bytes:
    issuer = context.memory.cells.get(("data", fid, _ISSUER_DATA_SFI))
    trailing = context.rules.selection.trailing(context, df)
    cached = context.fci_cache.get(fid)
    if cached is not None and cached[0] is df and cached[1] is issuer and cached[2] == trailing:
        return cached[3]
    name = df.name or fid.to_bytes(2, "big")
    content = issuer if isinstance(issuer, bytes) and len(issuer) <= MAX_ISSUER_DATA else b""
    template: list[tuple[int, bytes]]
    if df.fci is not None:
        template = [(tag, content if value is None else value) for tag, value in df.fci]
    elif df.app_id & 0xE0 == 0x80:
        template = [(Tag.ISSUER_DATA, content)] if content else []
    else:
        template = [(Tag.SFI_OF_DIRECTORY, bytes((df.app_id & 0x1F,)))]
    fci = build_fci(name, template or None, trailing)
    context.fci_cache[fid] = (df, issuer, trailing, fci)
    return fci


def _binary_target(context: CardContext, command: Command) -> tuple[int, Ef, int]:
    """(FID, header, offset) of READ/UPDATE BINARY; P1 100sssss names an SFI."""
    rules = context.rules.files
    if command.p1 & 0x80:
        fid, ef = context.target(rules.short_id(command.p1))
        offset = command.p2
    else:
        fid, ef = context.target(0)
        offset = command.p1 << 8 | command.p2
    rules.file_type(ef)
    return fid, ef, offset


def read_binary(context: CardContext, command: Command) -> tuple[bytes, State]:
    """READ BINARY; Le 00 gives all that is left, a larger Le answers 6Cxx."""
    rules = context.rules.files
    fid, ef, offset = _binary_target(context, command)
    context.demand(ef.read_ac)
    key = unwrap_read(context, command, ef)
    rules.offset(offset, ef.size)
    most = _MAX_ANSWER if key is None else MAX_PROTECTED
    length = rules.length(command.le, ef.size - offset, most)
    data = rules.part(context.transparent(fid), offset, length)
    return protect_answer(context, ef, key, data), context.session.state


def update_binary(context: CardContext, command: Command) -> tuple[bytes, State]:
    """UPDATE BINARY inside the file's size; 6B00 for the offset, 6700 for the length."""
    rules = context.rules.files
    fid, ef, offset = _binary_target(context, command)
    context.demand(ef.write_ac)
    data = unwrap_write(context, command, ef)
    rules.offset(offset, ef.size)
    data = rules.inside(data, ef.size - offset)
    old = context.transparent(fid).ljust(ef.size, b"\0")
    context.put(("data", context.session.df, fid), old[:offset] + data + old[offset + len(data) :])
    return b"", State.IDLE


def get_data(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET DATA of the e-cash application, e.g. 9F79 (available e-cash balance)."""
    tag = command.p1 << 8 | command.p2
    for known, value in context.df().get_data:
        if known == tag:
            return tag.to_bytes(2, "big") + bytes((len(value),)) + value, State.IDLE
    raise Refusal(context.rules.files.unknown_tag(context.df()))


def get_processing_options(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET PROCESSING OPTIONS is refused: the e-cash kernel is not modelled."""
    context.rules.parameters.none(command)
    raise Refusal(SW.CONDITIONS)


def no_processing_options(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET PROCESSING OPTIONS of an application that has none."""
    del context, command
    raise Refusal(SW.INS_NOT_SUPPORTED)
