"""Card cases: industry records, private records, and the files of Lingnan Tong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_conformance.cases.card.files import basic, parts, tunion
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import calls, each, same, status
from ykt_conformance.cases.words.ledger import may_change
from ykt_conformance.cases.words.record import Flow, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_TUNION_EC, INS, LNT, SW, TUNION
from ykt_sim.wire.digits import iso_date
from ykt_sim.wire.files import LntApplication

_GROUP: Final = "files"
#: Bytes of EF 15 under PAY.APPY up to the end of the second card number.
_LNT_NUMBERS: Final = 58
_INDUSTRY_IDS: Final = tuple(range(0x2701, 0x2713))


# -- EF 1A, EF 19, Lingnan Tong ------------------------------------------------------------


def _industry_flow(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    for number in (1, 2):
        yield Send(c.read_record(number, c.INDUSTRY))
        yield Send(c.read_record_id(number, c.INDUSTRY))
        if bench.ics[TUNION]["ext_data"]:
            yield Send(c.read_ext(0x2700 | number))
    yield Send(c.read_record_id(0x7F, c.INDUSTRY))
    if bench.ics[TUNION]["ext_data"]:
        yield Send(c.read_ext(0x277F))


def _industry_reads(view: View) -> Iterator[tuple[Call, int]]:
    """Reads of EF 1A by identifier, with the low byte asked for."""
    for call in view.card:
        if call.standard != TUNION or not call.answered:
            continue
        if call.is_(INS.READ_RECORD, None, c.INDUSTRY << 3):
            yield call, call.command.p1
        elif call.is_(INS.READ_EXT_DATA, 0x00, c.INDUSTRY << 3):
            high, low = call.command.data[:1], call.command.data[1:]
            if high == b"\x27" and len(low) == 1:
                yield call, low[0]


def _industry(_view: View, found: tuple[Call, int]) -> Judgement:
    call, low = found
    if 0x2700 | low not in _INDUSTRY_IDS:
        return status(call, f"a read of record 27{low:02X}", SW.RECORD_NOT_FOUND)
    wrong = status(call, f"a read of record 27{low:02X}", SW.OK)
    if wrong is not None:
        return wrong
    if len(call.response.data) != 128:
        return Fault(f"record 27{low:02X} has {len(call.response.data)} bytes, expected 128",
                     call.index)  # fmt: skip
    return same(call, "head of the record", bytes((0x27, low, 0x7D)), call.response.data[:3])


def _three_ways(view: View) -> Judgement:
    """By number, by id and READ EXT DATA give the same bytes for the same record."""
    seen: dict[bytes, Call] = {}
    ways: set[int] = set()
    for call in view.card:
        if may_change(call):
            seen = {}
        by_record = call.is_(INS.READ_RECORD) and call.command.p2 >> 3 == c.INDUSTRY
        by_ext = call.is_(INS.READ_EXT_DATA, 0x00, c.INDUSTRY << 3)
        if call.standard != TUNION or not call.ok or not (by_record or by_ext):
            continue
        name = call.response.data[:2]
        if name in seen:
            wrong = same(call, "the same record read another way", seen[name].response.data,
                         call.response.data)  # fmt: skip
            if wrong is not None:
                return wrong
            ways.add(call.command.p2)
        seen.setdefault(name, call)
    return None if ways else Unproven("the trace reads no record of EF 1A in two ways")


def _eighteen(view: View) -> Judgement:
    found = {call.response.data[:2] for call, _ in _industry_reads(view) if call.ok}
    asked = {low for _, low in _industry_reads(view)}
    if not asked.issuperset(number & 0xFF for number in _INDUSTRY_IDS):
        return Unproven("the trace does not read all eighteen records of EF 1A")
    missing = [f"{n:04X}" for n in _INDUSTRY_IDS if n.to_bytes(2, "big") not in found]
    return Fault(f"EF 1A has no record {', '.join(missing)}") if missing else None


def _private(_view: View, call: Call) -> Judgement:
    wrong = status(call, "READ RECORD of EF 19", SW.OK)
    if wrong is not None:
        return wrong
    data = call.response.data
    if len(data) < 2 or len(data) != data[1] + 2 or data[0] != 0x01:
        return Fault("record 1 of EF 19 is not id 01, its length, and as many bytes",
                     call.index, received=data.hex().upper())  # fmt: skip
    return None


def _lnt_15(view: View, call: Call) -> Judgement:
    """Cards have been read with 68, 70 and 88 bytes; both card numbers are in the first 58."""
    wrong = status(call, "READ BINARY of EF 15 under PAY.APPY", SW.OK)
    if wrong is not None:
        return wrong
    data = call.response.data
    if len(data) < _LNT_NUMBERS:
        return Fault(f"EF 15 has {len(data)} bytes, at least 58 expected", call.index)
    record = LntApplication.parse(data[: LntApplication.SIZE].ljust(LntApplication.SIZE, b"\0"))
    number = record.card_number
    region = view.ics[LNT]["region"]
    bad = ""
    if not number.startswith("510000") or not number.isdecimal():
        bad = "the card number is not 510000 and ten digits"
    elif record.card_number_copy != number:
        bad = "the second card number differs from the first"
    elif iso_date(record.issue_date) is None or iso_date(record.expiry_date) is None:
        bad = f"dates {record.issue_date} and {record.expiry_date} are no dates"
    elif record.issue_date > record.expiry_date:
        bad = f"expiry {record.expiry_date} lies before issue {record.issue_date}"
    elif region and record.region.upper() != region.upper():
        bad = f"region {record.region} instead of {region}"
    return Fault(bad, call.index) if bad else None


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0308", _GROUP,
        "Industry records are found by identifier, others are not",
        "行业记录按标识读取,未知标识应答 6A83",
        clauses="CL-FILE-008", applies="tunion and tunion.ef1a",
        stimulus=_industry_flow,
        judge=each(_industry_reads, _industry, "read of EF 1A by identifier"),
    ),
    card(
        "C-0309", _GROUP,
        "An industry record is the same whichever way it is read",
        "行业记录的各种读法结果一致",
        clauses="CL-FILE-009", applies="tunion and tunion.ef1a",
        stimulus=_industry_flow,
        judge=_three_ways,
    ),
    card(
        "C-0310", _GROUP,
        "EF 1A holds the eighteen records 2701 to 2712",
        "1A 文件含 2701 至 2712 共 18 条记录",
        clauses="CL-FILE-010", applies="tunion and tunion.ef1a",
        stimulus=tunion(*(c.read_record_id(number & 0xFF, c.INDUSTRY) for number in _INDUSTRY_IDS)),
        judge=_eighteen,
    ),
    card(
        "C-0311", _GROUP,
        "Record 1 of EF 19 names itself and its length",
        "19 文件首条记录的标识与长度自洽",
        clauses="CL-FILE-011", applies="tunion and tunion.ef19",
        stimulus=tunion(c.read_record(1, c.PRIVATE)),
        judge=each(calls(INS.READ_RECORD, 1, c.PRIVATE << 3 | 4, standard=TUNION), _private,
                   "READ RECORD of EF 19"),
    ),
    card(
        "C-0314", _GROUP,
        "Card number and region are read alone, as wallets do",
        "按偏移单独读取岭南通卡号与地区",
        clauses="CL-FILE-013", applies="lnt",
        stimulus=basic(
            c.read_binary(c.APPLICATION), c.read_binary(c.APPLICATION, 8, 8),
            c.read_binary(c.APPLICATION, 49, 1),
        ),
        judge=parts("lnt-basic", c.APPLICATION),
    ),
    card(
        "C-0318", _GROUP,
        "EF 15 of PAY.APPY holds the card number twice, dates and region",
        "PAY.APPY 15 文件:卡号两处一致,日期与地区正确",
        clauses="CL-FILE-017", applies="lnt",
        stimulus=basic(c.read_binary(c.APPLICATION)),
        judge=each(
            calls(INS.READ_BINARY, c.by_sfi(c.APPLICATION), 0x00, standard="lnt-basic",
                  where=lambda _, call: call.command.le == 0),
            _lnt_15, "READ BINARY of EF 15 under PAY.APPY",
        ),
    ),
    card(
        "C-0319", _GROUP,
        "Record 18 of EF 08 has 22 bytes",
        "08 文件 18 号记录长 22 字节",
        clauses="CL-FILE-018", applies="lnt and lnt.ef08",
        stimulus=basic(c.read_record_id(c.LOG, 0x08)),
        judge=each(
            calls(INS.READ_RECORD, 0x18, 0x40, standard="lnt-basic"),
            lambda _, call: status(call, "READ RECORD 18 of EF 08", SW.OK)
            or same(call, "head of the record", b"\x18\x14", call.response.data[:2])
            or (None if len(call.response.data) == 22 else
                Fault(f"record 18 has {len(call.response.data)} bytes", call.index)),
            "READ RECORD of record 18 in EF 08",
        ),
    ),
    card(
        "C-0322", _GROUP,
        "GET DATA gives the e-cash balance",
        "GET DATA 9F79 返回电子现金余额",
        clauses="CL-FILE-020", applies="ecash and ecash.balance",
        stimulus=flows.sends(c.select(AID_TUNION_EC), c.apdu(0x80, INS.GET_DATA, 0x9F, 0x79, le=0)),
        judge=each(
            calls(INS.GET_DATA, 0x9F, 0x79, standard="ecash"),
            lambda _, call: status(call, "GET DATA 9F79", SW.OK)
            or same(call, "tag and length", b"\x9f\x79\x06", call.response.data[:3]),
            "GET DATA of 9F79",
        ),
    ),
)  # fmt: skip
