"""Card cases: elementary files and their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import calls, each, every, refusal, same, status
from ykt_conformance.cases.words.ledger import may_change, record_reads, unchanged
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_LNT_BASIC, INS, LNT, SW, TUNION
from ykt_sim.wire.files import TunionApplication, TunionCardInfo, is_empty

_GROUP: Final = "files"


def tunion(*commands: bytes) -> Callable[[CardBench], Flow[None]]:
    """Enter the T-Union purse and send these."""

    def flow(_bench: CardBench) -> Flow[None]:
        yield from flows.enter(TUNION)
        for command in commands:
            yield Send(command)

    return flow


def basic(*commands: bytes) -> Callable[[CardBench], Flow[None]]:
    """Select PAY.APPY and send these."""

    def flow(_bench: CardBench) -> Flow[None]:
        yield from flows.must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
        for command in commands:
            yield Send(command)

    return flow


def purse(command: Callable[[str], tuple[bytes, ...]]) -> Callable[[CardBench], Flow[None]]:
    """Enter every claimed purse and send what is given for it."""

    def flow(bench: CardBench) -> Flow[None]:
        for standard in (TUNION, LNT):
            if bench.ics[standard]["claimed"]:
                yield from flows.enter(standard)
                for one in command(standard):
                    yield Send(one)

    return flow


def _purse_calls(raw: bytes) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        for call in view.card:
            if call.raw == raw and call.answered and call.standard in (TUNION, LNT):
                yield call

    return find


def whole(standard: str, sfi: int, size: int, what: str) -> Judge:
    """READ BINARY from 0 with Le 00 or the exact size gives the whole file."""

    def wanted(_view: View, call: Call) -> bool:
        return call.command.cla == 0x00 and call.command.le in (0, size)

    def check(_view: View, call: Call) -> Judgement:
        wrong = status(call, f"READ BINARY of {what}", SW.OK)
        if wrong is not None:
            return wrong
        got = len(call.response.data)
        bad = f"{what} has {got} bytes, expected {size}"
        return None if got == size else Fault(bad, call.index)

    find = calls(INS.READ_BINARY, 0x80 | sfi, 0x00, standard=standard, where=wanted)
    return each(find, check, f"READ BINARY of {what}")


def _ef_17(view: View, call: Call) -> Judgement:
    if not view.ics[TUNION]["ef17"]:
        return status(call, "READ BINARY of EF 17, claimed absent,", SW.FILE_NOT_FOUND)
    wrong = status(call, "READ BINARY of EF 17", SW.OK)
    if wrong is not None:
        return wrong
    if len(call.response.data) != TunionCardInfo.SIZE:
        return Fault(f"EF 17 has {len(call.response.data)} bytes, expected 60", call.index)
    record = TunionCardInfo.parse(call.response.data)
    bad = ""
    if record.country != "00000156":
        bad = f"country {record.country} in EF 17, expected 00000156"
    elif not (record.province.isdecimal() and record.city.isdecimal()) or record.city == "0000":
        bad = f"province {record.province}, city {record.city} in EF 17"
    elif record.interoperability not in ("0000", "0001"):
        bad = f"interoperability flag {record.interoperability} in EF 17"
    elif not record.card_kind.known:
        bad = f"card kind {record.card_kind:02X} in EF 17"
    return Fault(bad, call.index) if bad else None


# -- logs of a card in its first state -------------------------------------------------


def _log_size(view: View, standard: str, sfi: int) -> int:
    key = "log_records" if sfi == c.LOG else "trip_records"
    return int(view.ics[standard][key])


def _whole_log(standard: str, sfi: int) -> Callable[[CardBench], Flow[None]]:
    def flow(bench: CardBench) -> Flow[None]:
        key = "log_records" if sfi == c.LOG else "trip_records"
        yield from flows.enter(standard)
        yield from flows.log(bench.ics[standard][key] + 1, sfi)
        yield from flows.counters(bench, standard)

    return flow


def _record_count(standard: str, sfi: int, length: int) -> Judge:
    """As many records as claimed answer 9000 with their length, the next one 6A83."""

    def check(view: View, call: Call) -> Judgement:
        size = _log_size(view, standard, sfi)
        what = f"record {call.command.p1} of EF {sfi:02X}"
        if call.command.p1 > size:
            return status(call, f"READ RECORD of {what}", SW.RECORD_NOT_FOUND)
        wrong = status(call, f"READ RECORD of {what}", SW.OK)
        if wrong is not None:
            return wrong
        got = len(call.response.data)
        return None if got == length else Fault(f"{what} has {got} bytes, expected {length}",
                                                call.index)  # fmt: skip

    def find(view: View) -> Iterator[Call]:
        return (call for call in record_reads(view, standard, sfi)
                if call.command.p1 and call.command.le in (0, length))  # fmt: skip

    return every(
        each(find, check, f"READ RECORD of EF {sfi:02X}"),
        each(
            lambda view: (x for x in find(view) if x.command.p1 > _log_size(view, standard, sfi)),
            check,
            f"READ RECORD behind the last record of EF {sfi:02X}",
        ),
    )


def _never_used(standard: str, sfi: int) -> Judge:
    """Records of a file nothing was ever written to are all zero."""

    def find(view: View) -> Iterator[Call]:
        told = [tx for tx in view.transactions if tx.standard == standard]
        if not told or any(tx.answer.counter for tx in told) or any(map(may_change, view.card)):
            return  # nothing says that the card is in its first state
        yield from (call for call in record_reads(view, standard, sfi) if call.ok)

    def check(_view: View, call: Call) -> Judgement:
        if is_empty(call.response.data):
            return None
        data = call.response.data
        at = next(i for i, byte in enumerate(data) if byte)
        return Fault(
            f"record {call.command.p1} of EF {sfi:02X} of a new card is not empty",
            call.index, bytes(len(data)).hex(), data.hex().upper(), at,
        )  # fmt: skip

    return each(find, check, f"READ RECORD of EF {sfi:02X} on a card in its first state")


def parts(standard: str, sfi: int) -> Judge:
    """READ BINARY at an offset gives the same bytes as the whole file."""

    def find(view: View) -> Iterator[tuple[Call, bytes]]:
        content = b""
        for call in view.find(INS.READ_BINARY, 0x80 | sfi):
            if call.standard == standard and call.ok:
                if call.command.p2 == 0 and len(call.response.data) >= len(content):
                    content = call.response.data
                elif content and call.command.p2 < len(content):
                    yield call, content

    def check(_view: View, pair: tuple[Call, bytes]) -> Judgement:
        call, content = pair
        start, size = call.command.p2, call.command.le or 0
        expected = content[start : start + size] if size else content[start:]
        return same(call, f"READ BINARY from offset {start}", expected, call.response.data)

    return each(find, check, f"READ BINARY of EF {sfi:02X} at an offset")


def _too_long(_view: View, call: Call) -> Judgement:
    return status(call, "READ RECORD with Le 16", 0x6C17, SW.WRONG_LENGTH) or (
        Fault("READ RECORD with a wrong Le gave data", call.index) if call.response.data else None
    )


def _exact(_view: View, call: Call) -> Judgement:
    if call.response.sw == SW.WRONG_LENGTH:
        return Unproven("the card answers 6700 to a wrong Le and names no length")
    return status(call, "READ RECORD with a wrong Le", 0x6C17)


def _log_write(call: Call) -> bool:
    return call.is_(INS.UPDATE_RECORD, None, c.LOG << 3 | 4) and call.answered


#: READ BINARY of the current file from offset 0.
_CURRENT: Final = c.apdu(0x00, INS.READ_BINARY, 0x00, 0x00, le=0)


def _no_current(view: View) -> Iterator[Call]:
    """Such a read with nothing but SELECT by name before it in its session."""
    for call in calls(INS.READ_BINARY, 0x00, 0x00, standard=TUNION)(view):
        before = [x for x in view.card if x.session == call.session and x.index < call.index]
        if all(x.is_(INS.SELECT, 0x04) for x in before):
            yield call


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0301", _GROUP,
        "EF 15 of the T-Union purse has thirty bytes",
        "交通联合 15 文件长 30 字节",
        clauses="CL-FILE-001", applies="tunion",
        stimulus=tunion(c.read_binary(c.APPLICATION), c.read_binary(c.APPLICATION, le=0x1E)),
        judge=whole(TUNION, c.APPLICATION, TunionApplication.SIZE, "EF 15"),
    ),
    card(
        "C-0302", _GROUP,
        "EF 16 has 55 bytes",
        "16 文件长 55 字节",
        clauses="CL-FILE-002", applies="tunion and tunion.ef16",
        stimulus=tunion(c.read_binary(c.CARDHOLDER)),
        judge=whole(TUNION, c.CARDHOLDER, 55, "EF 16"),
    ),
    card(
        "C-0303", _GROUP,
        "EF 17 is there or not, as declared, and well formed",
        "17 文件的有无与声明一致,内容格式正确",
        clauses="CL-FILE-003", applies="tunion",
        stimulus=tunion(c.read_binary(c.CARD_INFO)),
        judge=each(calls(INS.READ_BINARY, 0x97, 0x00, standard=TUNION,
                         where=lambda _, call: call.command.le in (0, TunionCardInfo.SIZE)), _ef_17,
                   "READ BINARY of EF 17"),
    ),
    card(
        "C-0304", _GROUP,
        "The T-Union log has as many records of 23 bytes as declared",
        "交通联合 18 文件记录数与声明一致,每条 23 字节",
        clauses="CL-FILE-004 CL-FILE-006", applies="tunion",
        stimulus=_whole_log(TUNION, c.LOG),
        judge=_record_count(TUNION, c.LOG, 23),
    ),
    card(
        "C-0305", _GROUP,
        "The trip log has as many records of 48 bytes as declared",
        "1E 文件记录数与声明一致,每条 48 字节",
        clauses="CL-FILE-005 CL-FILE-006", applies="tunion and tunion.composite",
        stimulus=_whole_log(TUNION, c.TRIPS),
        judge=_record_count(TUNION, c.TRIPS, 48),
    ),
    card(
        "C-0306", _GROUP,
        "Records never written are all zero and answered 9000",
        "未写过的记录为全零且应答 9000",
        clauses="CL-FILE-007", applies="tunion", needs="fresh",
        stimulus=_whole_log(TUNION, c.LOG),
        judge=_never_used(TUNION, c.LOG),
    ),
    card(
        "C-0307", _GROUP,
        "Trips never written are all zero",
        "未写过的行程记录为全零",
        clauses="CL-FILE-007", applies="tunion and tunion.composite", needs="fresh",
        stimulus=_whole_log(TUNION, c.TRIPS),
        judge=_never_used(TUNION, c.TRIPS),
    ),
    card(
        "C-0312", _GROUP,
        "A wrong Le is answered with the true record length",
        "Le 错误时应答 6Cxx 给出正确长度",
        clauses="CL-FILE-012", applies="tunion or lnt",
        stimulus=purse(lambda _: (c.read_record(1, c.LOG, le=0x16),)),
        judge=every(
            each(_purse_calls(c.read_record(1, c.LOG, le=0x16)), _too_long,
                 "READ RECORD of the log with Le 16"),
            each(_purse_calls(c.read_record(1, c.LOG, le=0x16)), _exact,
                 "READ RECORD of the log with Le 16"),
        ),
    ),
    card(
        "C-0313", _GROUP,
        "READ BINARY at an offset gives that part of the file",
        "带偏移读二进制文件",
        clauses="CL-FILE-013", applies="tunion",
        stimulus=tunion(
            c.read_binary(c.APPLICATION), c.read_binary(c.APPLICATION, 12, 8),
            c.read_binary(c.APPLICATION, 20),
        ),
        judge=parts(TUNION, c.APPLICATION),
    ),
    card(
        "C-0315", _GROUP,
        "READ BINARY behind the end is refused",
        "偏移超出文件时拒绝",
        clauses="CL-FILE-014", applies="tunion",
        stimulus=tunion(c.read_binary(c.APPLICATION, 30), c.read_binary(c.APPLICATION, 0xF0)),
        judge=each(
            calls(INS.READ_BINARY, c.by_sfi(c.APPLICATION), standard=TUNION,
                  where=lambda _, call: call.command.p2 >= 30),
            lambda _, call: status(call, "READ BINARY behind the end of EF 15", SW.WRONG_OFFSET),
            "READ BINARY behind the end of EF 15",
        ),
    ),
    card(
        "C-0316", _GROUP,
        "READ BINARY and READ RECORD keep to their kind of file",
        "读命令与文件类型不符时应答 6981",
        clauses="CL-FILE-015", applies="tunion",
        stimulus=tunion(c.read_binary(c.LOG), c.read_record(1, c.APPLICATION)),
        judge=every(
            each(calls(INS.READ_BINARY, 0x80 | c.LOG, standard=TUNION),
                 lambda _, call: status(call, "READ BINARY of the log", SW.FILE_TYPE),
                 "READ BINARY of the log"),
            each(calls(INS.READ_RECORD, None, c.APPLICATION << 3 | 4, standard=TUNION),
                 lambda _, call: status(call, "READ RECORD of EF 15", SW.FILE_TYPE),
                 "READ RECORD of EF 15"),
        ),
    ),
    card(
        "C-0317", _GROUP,
        "A file that is not there is not found",
        "文件不存在时应答 6A82",
        clauses="CL-FILE-016", applies="tunion",
        stimulus=tunion(c.read_binary(c.NO_FILE), c.read_record(1, c.NO_FILE)),
        judge=every(
            each(calls(INS.READ_BINARY, 0x9D, standard=TUNION),
                 lambda _, call: status(call, "READ BINARY of EF 1D", SW.FILE_NOT_FOUND),
                 "READ BINARY of an absent file"),
            each(calls(INS.READ_RECORD, None, c.NO_FILE << 3 | 4, standard=TUNION),
                 lambda _, call: status(call, "READ RECORD of EF 1D", SW.FILE_NOT_FOUND),
                 "READ RECORD of an absent file"),
        ),
    ),
    card(
        "C-0320", _GROUP,
        "The wallet log has as many records of 23 bytes as declared",
        "岭南通 18 文件记录数与声明一致,每条 23 字节",
        clauses="CL-FILE-004 CL-FILE-006", applies="lnt",
        stimulus=_whole_log(LNT, c.LOG),
        judge=_record_count(LNT, c.LOG, 23),
    ),
    card(
        "C-0321", _GROUP,
        "Nobody but the card writes the transaction log",
        "交易明细仅由卡片写入",
        clauses="CL-FILE-019", applies="tunion or lnt",
        stimulus=purse(lambda _: (
            c.read_record(1, c.LOG), c.update_record(1, c.LOG, b"\x11" * 23),
            c.read_record(1, c.LOG),
        )),
        judge=every(
            each(lambda view: filter(_log_write, view.card),
                 lambda _, call: refusal(call, "UPDATE RECORD of the transaction log"),
                 "UPDATE RECORD of the transaction log"),
            unchanged(_log_write, "an UPDATE RECORD of the log"),
        ),
    ),
    card(
        "C-0323", _GROUP,
        "Reading the current file when there is none is answered 6986",
        "未选当前文件时读当前文件应答 6986",
        clauses="CL-FILE-021", applies="tunion",
        stimulus=tunion(_CURRENT),
        judge=each(_no_current, lambda _, call: status(
            call, "READ BINARY of the current file after SELECT", SW.NO_CURRENT_EF),
            "READ BINARY of the current file with none selected"),
    ),
)  # fmt: skip
