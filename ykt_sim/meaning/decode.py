"""Decode bytes of a known kind into named fields: what engineers paste in all day.

`KINDS` is the table; `decode` looks a kind up and runs it. Input may carry its status
word. Real cards differ in length where `wire.files` says so: then what is longer is kept
as ``rest`` and ``complete`` says whether the record was all there. Anything else that
does not fit raises WireError with record, field and offset.
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
from ykt_sim.meaning.spans import Decoded, JsonFields, Span, decode_record, field_spans, json_fields
from ykt_sim.meaning.templates import (
    ISSUER_DATA_EXTRA,
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
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_NAME, SELECT, UPDATE_CAPP_CACHE, CommandRow, find
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    METRO_TRIP_RECORD_ID,
    STATISTICS_RECORD_ID,
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTransactionRecord,
    LntWallet,
    MonthlyStatistics,
    SamApplicationFile,
    SamCardFile,
    SamTerminalFile,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
    VariableRecord,
    industry_record,
)
from ykt_sim.wire.record import Record

#: Shortest part of EF 17 worth decoding: readers stop after the card kind [CODE].
_CARD_INFO_MIN: Final = 11
#: Shortest part of Lingnan Tong's EF 15 worth decoding: up to the third date.
_LNT_APPLICATION_MIN: Final = 35
#: Lengths of Lingnan Tong's EF 15 met so far [DUMP].
_LNT_APPLICATION_SIZES: Final = (68, 70, 88)


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
        return decode_record(key, record, data, year=year)

    return DecoderRow(key, title, zh, run)


def _flexible(
    key: str, title: str, zh: str, record: type[Record], limits: tuple[int, int | None]
) -> DecoderRow:
    """Make a kind whose length varies: at least so many bytes, at most so many too many."""
    least, extra = limits

    def run(data: bytes, year: int | None) -> Decoded:
        sizes = _LNT_APPLICATION_SIZES if record is LntApplication else (least, record.SIZE)
        data = without_sw(data, sizes)
        if len(data) < least or (extra is not None and len(data) > record.SIZE + extra):
            record.parse(data)
        return decode_record(key, record, data, year=year)

    return DecoderRow(key, title, zh, run)


def _variable(key: str, data: bytes) -> Decoded:
    item = VariableRecord.parse(data)
    spans = (
        Span(0, 1, "id", FieldKind.CODE, data[:1], "记录标识"),
        Span(1, 1, "length", FieldKind.CONSTANT, data[1], "记录长度"),
        Span(2, len(item.content), "content", FieldKind.DATA, item.content),
    )
    empty = not any(item.content)
    return Decoded(key, "VariableRecord", bytes(data), spans, json_fields(spans), empty=empty)


def _chosen(
    key: str, title: str, zh: str, choose: Callable[[bytes], type[Record] | None]
) -> DecoderRow:
    """Make a kind whose record class depends on its first bytes; None: a variable record."""

    def run(data: bytes, _year: int | None) -> Decoded:
        if data[-2:] == OK and len(data) > 3 and len(data) == 4 + data[1]:
            data = data[:-2]
        record = choose(data)
        if record is None:
            return _variable(key, data)
        data = without_sw(data, {record.SIZE})
        record.parse(data)
        return decode_record(key, record, data)

    return DecoderRow(key, title, zh, run)


def _statistics(data: bytes) -> type[Record] | None:
    return MonthlyStatistics if data[:2] == b"\x01\x2e" else None


def _lnt_record(data: bytes) -> type[Record] | None:
    head = bytes(data[:2])
    if head == bytes((STATISTICS_RECORD_ID, LntStatistics.SIZE - 2)):
        return LntStatistics
    return LntMetroTrip if head == bytes((METRO_TRIP_RECORD_ID, LntMetroTrip.SIZE - 2)) else None


def command_data(command: Command, info: CommandRow) -> tuple[Decoded | None, bytes]:
    """Decode the data of a command whose layout does not depend on a file.

    Gives the decoded data (None when no layout is known) and the secure-messaging MAC.
    """
    data, mac = command.data, b""
    if is_protected(command) and len(data) >= MAC_SIZE:
        data, mac = data[:-MAC_SIZE], data[-MAC_SIZE:]
    record = pick(info.data, len(data))
    return (decode_record("apdu", record, data) if record else None), mac


def header_spans(command: Command, raw: bytes) -> tuple[Span, ...]:
    """CLA INS P1 P2, Lc and Le of a command in their places."""
    spans = [
        Span(index, 1, name, FieldKind.CODE, raw[index : index + 1])
        for index, name in enumerate(("cla", "ins", "p1", "p2"))
    ]
    if command.data:
        spans.append(Span(4, 1, "lc", FieldKind.CONSTANT, raw[4:5]))
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
    if info is UPDATE_CAPP_CACHE:
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
    """Record of a CAPP cache update, by the T-Union files it can go to."""
    sfi = command.p2 >> 3
    record: type[Record] | None = None
    if sfi == TunionFile.TRIPS:
        record = TripRecord
    elif sfi == TunionFile.INDUSTRY:
        record = industry_record(data)
    return decode_record("apdu", record, data) if record and len(data) == record.SIZE else None


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


def _trip(data: bytes, _year: int | None) -> Decoded:
    """Decode a trip; one published real record has an eighth line and station byte.

    Its fields before that and, counted from the end, behind it are in their places, so it
    is read that way, if and only if its date then is a date; ``anomaly`` says so.
    """
    data = without_sw(data, {TripRecord.SIZE, TripRecord.SIZE + 1})
    if len(data) == TripRecord.SIZE + 1:
        place = next(spec for spec in TripRecord.LAYOUT if spec.name == "line_station")
        end = place.offset + place.size
        line = Span(
            place.offset, place.size + 1, place.name, place.kind, data[place.offset : end + 1]
        )
        spans = (
            *field_spans(TripRecord, data[: place.offset]),
            line,
            *(span.moved(end + 1) for span in field_spans(TripRecord, data[end + 1 :], end)),
        )
        fields = json_fields(spans)
        if fields["time"] is not None:
            fields["anomaly"] = "49 bytes, one more than a trip record: line_station read with 8"
            return Decoded("tunion:1E", "TripRecord", bytes(data), spans, fields)
    TripRecord.parse(data)
    return decode_record("tunion:1E", TripRecord, data)


_T = "T-Union EF"
_ROWS: Final = (
    _flexible(
        "tunion:15", f"{_T} 15 application data", "公共应用基本信息", TunionApplication,
        (TunionApplication.SIZE, ISSUER_DATA_EXTRA),
    ),
    _flexible(
        "tunion:9F0C", "T-Union FCI issuer data, as EF 15", "FCI 发卡方数据", TunionApplication,
        (TunionApplication.SIZE, ISSUER_DATA_EXTRA),
    ),
    _fixed("tunion:16", f"{_T} 16 cardholder", "持卡人基本信息", TunionCardholder),
    _flexible(
        "tunion:17", f"{_T} 17 city and card kind", "管理信息", TunionCardInfo,
        (_CARD_INFO_MIN, 0),
    ),
    _fixed("tunion:18", f"{_T} 18 transaction", "交易明细", TransactionRecord),
    _chosen("tunion:19", f"{_T} 19 statistics or private record", "本地消费信息", _statistics),
    _chosen("tunion:1A", f"{_T} 1A industry record", "行业应用记录", industry_record),
    DecoderRow("tunion:1E", f"{_T} 1E trip", "交通出行记录", _trip),
    _flexible(
        "lnt:15", "Lingnan Tong EF 15 card data", "岭南通卡基本信息", LntApplication,
        (_LNT_APPLICATION_MIN, None),
    ),
    _chosen("lnt:08", "Lingnan Tong EF 08 record", "岭南通统计信息", _lnt_record),
    _fixed("lnt:18", "Lingnan Tong EF 18 transaction", "岭南通交易明细", LntTransactionRecord),
    _flexible(
        "lnt:fci-9f0c", "Lingnan Tong wallet FCI issuer data", "岭南通钱包 FCI", LntWallet,
        (LntWallet.SIZE, ISSUER_DATA_EXTRA),
    ),
    _fixed("psam:15", "PSAM file 15 serial number and version", "PSAM 公共信息", SamCardFile),
    _fixed("psam:16", "PSAM file 16 terminal number", "PSAM 终端信息", SamTerminalFile),
    _fixed("psam:17", "PSAM file 17 application data", "PSAM 应用公共信息", SamApplicationFile),
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
    return found.run(bytes(data), year)
