"""Decode bytes of a known kind into named fields: what engineers paste in all day.

`KINDS` is the table; `decode` looks a kind up and runs it. Input may carry its status
word. Real cards differ in length where `places` says so: then what is longer is kept
as ``rest`` and ``complete`` says whether the record was all there. Another length raises
WireError with record, field and offset; content that fits no layout stays raw, and
`Decoded.misfits` says why.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.codes import INS, aid_name, sw_text
from ykt_sim.errors import UsageError
from ykt_sim.meaning.commands import MAC_SIZE, file_reference, is_protected, pick, remark
from ykt_sim.meaning.layouts import Place, fits_in, read, read_place
from ykt_sim.meaning.places import FILES, PLACES
from ykt_sim.meaning.spans import Decoded, JsonFields, Span, decode_record
from ykt_sim.meaning.templates import (
    OK,
    ascii_text,
    decode_fci,
    decode_ppse,
    decode_pse,
    ecash_info,
    without_sw,
)
from ykt_sim.wire import macs, purse
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import Application, TunionFile
from ykt_sim.wire.commands import (
    BY_NAME,
    SELECT,
    UPDATE_CAPP_CACHE,
    UPDATE_EXT_CACHE,
    CommandRow,
    find,
)
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.record import Record

#: Files that a cache update of a purchase writes, by number in both T-Union applications.
_CACHED: Final = frozenset({TunionFile.INDUSTRY, TunionFile.TRIPS})


class DecoderRow(msgspec.Struct, frozen=True):
    """One row of the table: key, English and Chinese title, decoder (data, year)."""

    key: str
    title: str
    zh: str
    run: Callable[[bytes, int | None], Decoded]


def _fixed(key: str, title: str, zh: str, record: type[Record]) -> DecoderRow:
    def run(data: bytes, year: int | None) -> Decoded:
        data = without_sw(data, {record.SIZE})
        record.parse(data)
        return read(key, (record,), data, year=year)

    return DecoderRow(key, title, zh, run)


def _placed(place: Place) -> DecoderRow:
    """Make a kind of a place on a card."""

    def run(data: bytes, year: int | None) -> Decoded:
        bare = data[:-2]
        if data[-2:] == OK and not place.candidates(data) and place.is_whole(bare):
            data = bare
        return read_place(place, without_sw(data, place.lengths()), year)

    return DecoderRow(place.key, place.title, place.zh, run)


def command_data(command: Command, info: CommandRow) -> tuple[Decoded | None, bytes]:
    """Decode the data of a command whose layout does not depend on a file.

    Gives the decoded data (None when no layout is known) and the secure-messaging MAC.
    """
    data, mac = command.data, b""
    if is_protected(command) and len(data) >= MAC_SIZE:
        data, mac = data[:-MAC_SIZE], data[-MAC_SIZE:]
    record = pick(info.data, len(data))
    return (decode_record("apdu", record, data) if record else None), mac


def _bytes_named(offset: int, name: str, kind: FieldKind) -> tuple[Span, ...]:
    """The field for every value of its byte."""
    return tuple(Span(offset, 1, name, kind, bytes((value,))) for value in range(256))


_HEADER: Final = tuple(
    _bytes_named(index, name, FieldKind.CODE)
    for index, name in enumerate(("cla", "ins", "p1", "p2"))
)
_LC: Final = _bytes_named(4, "lc", FieldKind.CONSTANT)


def header_spans(command: Command, raw: bytes) -> tuple[Span, ...]:
    """CLA INS P1 P2, Lc and Le of a command in their places."""
    spans = [_HEADER[index][raw[index]] for index in range(4)]
    if command.data:
        spans.append(_LC[raw[4]])
    if command.le is not None:
        spans.append(Span(len(raw) - 1, 1, "le", FieldKind.CONSTANT, raw[-1:]))
    return tuple(spans)


def _case(command: Command) -> str:
    return {
        (False, False): "1",
        (False, True): "2S",
        (True, False): "3S",
        (True, True): "4S",
    }[bool(command.data), command.le is not None]


def _apdu(data: bytes, _year: int | None) -> Decoded:
    command = Command.parse(data)
    info = find(command)
    spans = list(header_spans(command, data))
    fields: JsonFields = {
        "command": info.name,
        "command_zh": info.zh,
        "case": _case(command),
        "cla": f"{command.cla:02X}",
        "ins": f"{command.ins:02X}",
        "p1": f"{command.p1:02X}",
        "p2": f"{command.p2:02X}",
        "lc": len(command.data) or None,
        "le": command.le,
        "data": command.data.hex().upper(),
    }
    if said := remark(command):
        fields["remark"] = said
    fields |= _file_fields(command)
    content, mac = file_or_command_data(command, info)
    if content is not None:
        fields |= {"data_record": content.record, **content.fields}
        spans += [span.moved(5) for span in content.spans]
    elif command.data:
        size = len(command.data) - len(mac)
        spans.append(Span(5, size, "data", FieldKind.DATA, command.data[:size]))
    if mac:
        fields["line_mac"] = mac.hex().upper()
        spans.append(Span(5 + len(command.data) - 4, 4, "line_mac", FieldKind.LINE_MAC, mac))
    spans.sort(key=lambda span: span.offset)
    return Decoded("apdu", "APDU", bytes(data), tuple(spans), fields)


def _file_fields(command: Command) -> JsonFields:
    """File that P1 P2 name, where they name one."""
    found = file_reference(command)
    if found is None:
        return {}
    fields: JsonFields = {"sfi": None if found.sfi is None else f"{found.sfi:02X}"}
    if found.record is not None:
        fields["record_number"] = found.record
    elif found.record_id is not None:
        fields["record_id"] = f"{found.record_id:02X}"
    elif command.ins != INS.APPEND_RECORD:
        fields["offset"] = found.offset
    return fields


def file_or_command_data(command: Command, info: CommandRow) -> tuple[Decoded | None, bytes]:
    """As `command_data`; also the DF name of a SELECT and the record of a CAPP update."""
    content, mac = command_data(command, info)
    if content is not None:
        return content, mac
    data = command.data[: len(command.data) - len(mac)]
    if info is SELECT and data:
        return _selected(command, data), mac
    if info in {UPDATE_CAPP_CACHE, UPDATE_EXT_CACHE}:
        return _cached(command, data), mac
    return None, mac


def _selected(command: Command, data: bytes) -> Decoded:
    by_name = command.p1 & BY_NAME
    name = "df_name" if by_name else "fid"
    span = Span(0, len(data), name, FieldKind.IDENTITY, data)
    fields: JsonFields = {name: data.hex().upper()}
    if by_name:
        fields |= {"df_name_text": ascii_text(data), "application": aid_name(data)}
    return Decoded("apdu", "SelectData", data, (span,), fields)


def _cached(command: Command, data: bytes) -> Decoded | None:
    """Record of a cache update, by the T-Union files it can go to."""
    sfi = command.p2 >> 3
    places = FILES[Application.TUNION_EP].get(sfi, ()) if sfi in _CACHED else ()
    layouts = tuple(one for place in places for one in place.candidates(data))
    return read("apdu", layouts, data) if layouts else None


def _rapdu(data: bytes, _year: int | None) -> Decoded:
    response = Response.parse(data)
    size = len(response.data)
    spans = [Span(size, 2, "sw", FieldKind.CODE, data[size:])]
    if response.data:
        spans.insert(0, Span(0, size, "data", FieldKind.DATA, response.data))
    fields: JsonFields = {
        "data": response.data.hex().upper(),
        "sw": f"{response.sw:04X}",
        "sw_text": sw_text(response.sw),
        "sw_text_zh": sw_text(response.sw, chinese=True),
    }
    return Decoded("rapdu", "R-APDU", bytes(data), tuple(spans), fields)


def _module_kinds(prefix: str, module: object) -> list[DecoderRow]:
    """Give one kind per record of a module: ``purse:initialize-data`` and so on."""
    kinds: list[DecoderRow] = []
    for name, item in vars(module).items():
        if isinstance(item, type) and issubclass(item, Record) and item.SIZE:
            key = f"{prefix}:{re.sub(r'(?<!^)(?=[A-Z])', '-', name).lower()}"
            title = (item.__doc__ or name).strip().splitlines()[0]
            kinds.append(_fixed(key, title, "", item))
    return kinds


_ROWS: Final = (
    *map(_placed, PLACES),
    DecoderRow("ecash:DF11", "e-cash card metadata", "电子现金卡信息", ecash_info),
    DecoderRow("fci", "answer of SELECT", "文件控制信息", decode_fci),
    DecoderRow("ppse", "answer of SELECT PPSE", "近场支付环境目录", decode_ppse),
    DecoderRow("pse", "PSE directory record", "支付环境目录记录", decode_pse),
    DecoderRow("apdu", "command APDU", "命令报文", _apdu),
    DecoderRow("rapdu", "response APDU", "响应报文", _rapdu),
    *_module_kinds("purse", purse),
    *_module_kinds("mac", macs),
)  # fmt: skip

#: Every kind `decode` knows, by its key.
KINDS: Final[dict[str, DecoderRow]] = {kind.key: kind for kind in _ROWS}
_BY_FOLDED: Final = {key.casefold(): kind for key, kind in KINDS.items()}


def decode(kind: str, data: bytes, *, year: int | None = None) -> Decoded:
    """Decode bytes of a kind; upper and lower case of the kind are the same.

    Args:
        kind: a key of `KINDS`.
        data: the bytes, with or without a status word.
        year: year of a Lingnan Tong log line, which does not hold one.

    Raises:
        UsageError: no such kind.
        WireError: the bytes do not fit; names record, field and offset.
    """
    found = _BY_FOLDED.get(kind.casefold())
    if found is None:
        near = difflib.get_close_matches(kind, KINDS, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"kinds: {', '.join(KINDS)}"
        raise UsageError(f"unknown kind {kind!r}; {hint}")
    return _elsewhere(found.run(bytes(data), year))


def _elsewhere(found: Decoded) -> Decoded:
    """Say of bytes that fit nothing where they came from which other kinds they would fit."""
    if not found.misfits:
        return found
    fitting = [place.key for place in PLACES if fits_in(place, found.data)]
    if not fitting:
        return found
    return msgspec.structs.replace(found, doubts=(f"it would fit {', '.join(fitting)}",))
