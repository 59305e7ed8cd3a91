"""Card cases: selecting applications and what their FCIs say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words.checks import answered, calls, each, every, refusal, same, status
from ykt_conformance.cases.words.finding import after_ppse, fcis, open_selects
from ykt_conformance.cases.words.flows import sends
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    LNT,
    PURCHASE,
    SW,
    TUNION,
    Tag,
)
from ykt_sim.trace.model import Reset
from ykt_sim.wire.digits import iso_date
from ykt_sim.wire.files import EcashCardInfo, LntWallet, TunionApplication
from ykt_sim.wire.tlv import Fci

_GROUP: Final = "selection"
#: Names of the housing ministry and of UnionPay debit, credit and quick cards [LAB].
_OTHERS: Final = tuple(
    bytes.fromhex(name)
    for name in (
        "A00000000386980701", "A000000333010101", "A000000333010102", "A000000333010106",
    )
)  # fmt: skip
_FIDS: Final = {0xDDF1: AID_LNT_BASIC, 0xADF3: AID_LNT_WALLET}


def _selected(name: bytes, what: str) -> Judge:
    def check(_view: View, call: Call) -> Judgement:
        wrong = status(call, f"SELECT {what}", SW.OK)
        if wrong is not None:
            return wrong
        return same(call, f"84 in the FCI of {what}", name, Fci.parse(call.response.data).df_name)

    return each(
        lambda view: (call for call in open_selects(view, name) if not after_ppse(view, call)),
        check,
        f"SELECT of {what} before a PPSE",
    )


# -- what the T-Union FCI says -------------------------------------------------------------


def _tunion_template(view: View, call: Call) -> Judgement:
    data = call.response.data
    fci = Fci.parse(data)
    told = view.ics[TUNION]
    version = len(fci.version or b"")
    if fci.proprietary is None:
        return Fault("the FCI of the T-Union purse has no A5", call.index)
    if version != told["version_bytes"]:
        words = f"9F08 has {version} byte(s), {told['version_bytes']} claimed"
        return Fault(words, call.index, received=data.hex())
    if len(fci.issuer_data or b"") < TunionApplication.SIZE:
        size = len(fci.issuer_data or b"")
        return Fault(f"9F0C has {size} bytes, at least 30 expected", call.index)
    if len(fci.trailing) != told["fci_trailing"] or fci.after:
        size = len(fci.trailing) + len(fci.after)
        words = f"{size} byte(s) follow A5, {told['fci_trailing']} claimed"
        return Fault(words, call.index, received=data.hex())
    return None


def _ef_15_pairs(view: View) -> Iterator[tuple[Call, bytes]]:
    told: dict[int, bytes] = {}
    selected = {call.index for call in fcis(view, AID_TUNION_EP)}
    for call in view.card:
        if call.index in selected:
            told[call.session] = Fci.parse(call.response.data).issuer_data or b""
        elif (
            call.is_(INS.READ_BINARY, c.by_sfi(c.APPLICATION), 0x00)
            and call.standard == TUNION
            and call.ok
            and call.session in told
            and call.command.le in (0, None, TunionApplication.SIZE)
        ):
            yield call, told[call.session]


def _ef_15_is_9f0c(_view: View, pair: tuple[Call, bytes]) -> Judgement:
    call, told = pair
    return same(call, "EF 15 against 9F0C of the FCI", told[: TunionApplication.SIZE],
                call.response.data)  # fmt: skip


def _tunion_identity(view: View, call: Call) -> Judgement:
    raw = Fci.parse(call.response.data).issuer_data or b""
    if len(raw) < TunionApplication.SIZE:
        return Fault(f"9F0C has {len(raw)} bytes, at least 30 expected", call.index)
    record = TunionApplication.parse(raw[: TunionApplication.SIZE])
    issuer = view.ics[TUNION]["issuer"]
    start, expiry = iso_date(record.start_date), iso_date(record.expiry_date)
    pan = record.pan
    wrong = ""
    if not record.issuer[:8].isdecimal() or record.issuer[8:].upper() != "FFFFFFFF":
        wrong = f"issuer id {record.issuer} is not 8 digits and FFFFFFFF"
    elif issuer and record.issuer[:8] != issuer:
        wrong = f"issuer id {record.issuer[:8]} instead of {issuer}"
    elif not pan.isdecimal() or pan[0] != "0" or pan[1] == "0":
        wrong = "the PAN is not 19 digits behind one leading zero"
    elif record.application_type != "02":
        wrong = f"application type {record.application_type} instead of 02"
    elif record.enable_flag.upper() == "FF":
        wrong = "the enable flag is FF: not enabled"
    elif start is None or expiry is None or start > expiry:
        wrong = f"dates {record.start_date} to {record.expiry_date} are no period"
    return Fault(wrong, call.index, received=raw.hex().upper()) if wrong else None


# -- Lingnan Tong ------------------------------------------------------------------------


def _wallet_fci(view: View, call: Call) -> Judgement:
    fci = Fci.parse(call.response.data)
    if fci.proprietary is None:
        return Unproven("the FCI of PAY.TICL holds its name alone")
    raw = fci.issuer_data or b""
    if len(raw) != LntWallet.SIZE:
        return Fault(f"9F0C of PAY.TICL has {len(raw)} bytes, expected {LntWallet.SIZE}",
                     call.index)  # fmt: skip
    record = LntWallet.parse(raw)
    if iso_date(record.start_date) is None:
        return Fault(f"start date {record.start_date} of PAY.TICL is no date", call.index)
    if not fci.version:
        return Fault("the FCI of PAY.TICL has no 9F08", call.index)
    ceiling = view.ics[LNT]["ceiling_9f0c"]
    if ceiling and record.ceiling != ceiling:
        words = f"9F0C of PAY.TICL names a ceiling of {record.ceiling} fen, {ceiling} claimed"
        return Fault(words, call.index)
    return None


def _by_fid(view: View) -> Iterator[Call]:
    for call in view.find(INS.SELECT, 0x00):
        named = call.command.data in (b"\xdd\xf1", b"\xad\xf3") and call.answered
        if named and not after_ppse(view, call):
            yield call


def _fid_named(_view: View, call: Call) -> Judgement:
    name = _FIDS[int.from_bytes(call.command.data, "big")]
    wrong = status(call, f"SELECT {call.command.data.hex().upper()}", SW.OK)
    if wrong is not None:
        return wrong
    return same(call, "84 in the FCI", name, Fci.parse(call.response.data).df_name)


def _mf1x(view: View, call: Call) -> Judgement:
    claimed = view.ics[LNT]["mf1x"]
    expected = {"absent": 0x6A82, "retired": 0x6A81, "active": 0x9000}[claimed]
    wrong = status(call, f"SELECT PAY.MF1X, claimed {claimed},", expected)
    if wrong is not None or claimed == "absent":
        return wrong
    return same(call, "84 in the FCI", AID_LNT_MIFARE, Fci.parse(call.response.data).df_name)


# -- e-cash, repetition, reset ---------------------------------------------------------------


def _ecash_fci(_view: View, call: Call) -> Judgement:
    fci = Fci.parse(call.response.data)
    if fci.label != "MOT_T_CASH" or not fci.pdol:
        return Fault("the FCI of the e-cash has no label MOT_T_CASH or no PDOL", call.index)
    metadata = fci.get(Tag.ECASH_METADATA)
    if metadata is None or len(metadata) < EcashCardInfo.SIZE:
        size = 0 if metadata is None else len(metadata)
        return Fault(f"DF11 has {size} bytes, expected {EcashCardInfo.SIZE}", call.index)
    return None


def _repeated(view: View) -> Iterator[tuple[Call, Call]]:
    first: dict[bytes, Call] = {}
    for call in fcis(view, AID_TUNION_EP, AID_TUNION_EC, AID_LNT_BASIC, AID_LNT_WALLET):
        if call.command.le is not None:
            name = call.command.data
            if name in first:
                yield first[name], call
            first.setdefault(name, call)


def _repeat(_bench: CardBench) -> Flow[None]:
    ics = _bench.ics
    names = [AID_TUNION_EP] * ics[TUNION]["claimed"]
    names += [AID_LNT_BASIC, AID_LNT_WALLET] * ics[LNT]["claimed"]
    for name in (*names, *names):
        yield Send(c.select(name))
    yield PowerCycle()
    for name in names:
        yield Send(c.select(name))


def _nothing_selected(bench: CardBench) -> Flow[None]:
    standard = TUNION if bench.ics[TUNION]["claimed"] else LNT
    yield Send(c.select(c.PURSE_AID[standard]))
    yield PowerCycle()
    yield Send(c.balance())
    yield Send(c.initialize(PURCHASE, 0, c.TERMINAL[standard]))


def _unselected(view: View) -> Iterator[Call]:
    for call in view.card:
        mine = call.command.ins in (INS.GET_BALANCE, INS.INITIALIZE) and call.answered
        if mine and not call.aid and call.session:
            yield call


def _atr(_bench: CardBench) -> Flow[None]:
    yield PowerCycle()
    yield PowerCycle()


def _judge_atr(view: View) -> Judgement:
    atrs = [
        (index, event.atr)
        for index, event in enumerate(view.events)
        if isinstance(event, Reset) and event.channel == "card" and event.atr
    ]
    if len(atrs) < 2:
        return Unproven("the trace has no two resets with an ATR")
    for index, atr in atrs:
        if atr != atrs[0][1]:
            return Fault("the ATR changes from reset to reset", index,
                         atrs[0][1].hex().upper(), atr.hex().upper())  # fmt: skip
        if atr[0] not in (0x3B, 0x3F):
            return Fault(f"the ATR begins with {atr[0]:02X}", index, "3B", f"{atr[0]:02X}")
    return None


def _partial(view: View) -> Iterator[Call]:
    for call in view.find(INS.SELECT, 0x04, 0x00):
        if call.answered and call.command.data == AID_TUNION_EP[:7]:
            yield call


def _starts(_view: View, call: Call) -> Judgement:
    wrong = status(call, "SELECT with the first seven bytes of the T-Union AID", SW.OK)
    if wrong is not None:
        return wrong
    asked, name = call.command.data, Fci.parse(call.response.data).df_name
    return same(call, "the beginning of 84", asked, name[: len(asked)])


_without_le = calls(
    INS.SELECT, 0x04, 0x00,
    where=lambda _, call: call.command.le is None and call.command.data in c.AID.values(),
)  # fmt: skip


def _select_claimed_without_le(bench: CardBench) -> Flow[None]:
    for standard, name in c.AID.items():
        if bench.ics[LNT if standard.startswith(LNT) else standard]["claimed"]:
            yield Send(c.select(name, None))


def _claimed_without_le(view: View) -> Iterator[Call]:
    claimed = {name for name, aid in c.AID.items() if view.ics[name.split("-")[0]]["claimed"]}
    for call in _without_le(view):
        named = any(c.AID[name] == call.command.data for name in claimed)
        if named and not after_ppse(view, call):
            yield call


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0101", _GROUP,
        "The T-Union purse is selected by its AID",
        "按 AID 选择交通联合电子钱包",
        clauses="CL-SEL-001", applies="tunion",
        stimulus=sends(c.select(AID_TUNION_EP)),
        judge=_selected(AID_TUNION_EP, "the T-Union purse"),
    ),
    card(
        "C-0102", _GROUP,
        "PAY.APPY is selected by its name",
        "按名称选择 PAY.APPY",
        clauses="CL-SEL-001", applies="lnt",
        stimulus=sends(c.select(AID_LNT_BASIC)),
        judge=_selected(AID_LNT_BASIC, "PAY.APPY"),
    ),
    card(
        "C-0103", _GROUP,
        "PAY.TICL is selected by its name",
        "按名称选择 PAY.TICL",
        clauses="CL-SEL-001", applies="lnt",
        stimulus=sends(c.select(AID_LNT_WALLET)),
        judge=_selected(AID_LNT_WALLET, "PAY.TICL"),
    ),
    card(
        "C-0104", _GROUP,
        "Names of other schemes are not found",
        "选择其他体系或不存在的应用应答 6A82",
        clauses="CL-SEL-002",
        stimulus=sends(*(c.select(name) for name in (c.FOREIGN, *_OTHERS))),
        judge=each(
            lambda view: open_selects(view, c.FOREIGN, *_OTHERS),
            lambda _, call: status(
                call, f"SELECT of {call.command.data.hex().upper()}", SW.FILE_NOT_FOUND
            ),
            "SELECT of an AID the card does not hold",
        ),
    ),
    card(
        "C-0105", _GROUP,
        "9F0C of the FCI is the content of EF 15",
        "FCI 中 9F0C 与 15 文件一致",
        clauses="CL-SEL-003", applies="tunion",
        stimulus=sends(c.select(AID_TUNION_EP), c.read_binary(c.APPLICATION)),
        judge=each(_ef_15_pairs, _ef_15_is_9f0c, "READ BINARY of EF 15 after its FCI"),
    ),
    card(
        "C-0107", _GROUP,
        "The FCI of the T-Union purse is built as claimed",
        "交通联合电子钱包 FCI 结构与声明一致",
        clauses="CL-SEL-004", applies="tunion",
        stimulus=sends(c.select(AID_TUNION_EP)),
        judge=each(lambda view: fcis(view, AID_TUNION_EP), _tunion_template,
                   "FCI of the T-Union purse"),
    ),
    card(
        "C-0108", _GROUP,
        "Issuer, PAN and dates of the T-Union purse are well formed",
        "交通联合发卡机构、应用序列号与日期格式正确",
        clauses="CL-SEL-005", applies="tunion",
        stimulus=sends(c.select(AID_TUNION_EP)),
        judge=each(lambda view: fcis(view, AID_TUNION_EP), _tunion_identity,
                   "FCI of the T-Union purse"),
    ),
    card(
        "C-0109", _GROUP,
        "The FCI of PAY.APPY is the name alone",
        "PAY.APPY 的 FCI 只含名称",
        clauses="CL-SEL-006", applies="lnt",
        stimulus=sends(c.select(AID_LNT_BASIC)),
        judge=each(
            lambda view: fcis(view, AID_LNT_BASIC),
            lambda _, call: same(call, "the FCI of PAY.APPY",
                                 b"\x6f\x0a\x84\x08" + AID_LNT_BASIC, call.response.data),
            "FCI of PAY.APPY",
        ),
    ),
    card(
        "C-0110", _GROUP,
        "The FCI of PAY.TICL holds version, start date and ceiling",
        "PAY.TICL 的 FCI 含版本、启用日期与余额上限",
        clauses="CL-SEL-007", applies="lnt",
        stimulus=sends(c.select(AID_LNT_WALLET)),
        judge=each(lambda view: fcis(view, AID_LNT_WALLET), _wallet_fci, "FCI of PAY.TICL"),
    ),
    card(
        "C-0111", _GROUP,
        "The Lingnan Tong directories are also selected by file identifier",
        "岭南通目录可按文件标识 DDF1、ADF3 选择",
        clauses="CL-SEL-008", applies="lnt and lnt.fid_select",
        stimulus=sends(c.select_fid(0xDDF1), c.select_fid(0xADF3)),
        judge=each(_by_fid, _fid_named, "SELECT by DDF1 or ADF3"),
    ),
    card(
        "C-0112", _GROUP,
        "PAY.MF1X answers as claimed",
        "PAY.MF1X 的应答与声明一致",
        clauses="CL-SEL-009", applies="lnt",
        stimulus=sends(c.select(AID_LNT_MIFARE)),
        judge=each(
            lambda view: (x for x in open_selects(view, AID_LNT_MIFARE) if not after_ppse(view, x)),
            _mf1x,
            "SELECT PAY.MF1X",
        ),
    ),
    card(
        "C-0113", _GROUP,
        "SELECT works without Le",
        "SELECT 不带 Le 亦成功",
        clauses="CL-SEL-010",
        stimulus=_select_claimed_without_le,
        judge=each(
            _claimed_without_le,
            lambda _, call: None
            if call.response.sw >> 8 == 0x61
            else status(call, "SELECT without Le", SW.OK),
            "SELECT of a claimed application without Le",
        ),
    ),
    card(
        "C-0114", _GROUP,
        "The beginning of the AID is enough",
        "AID 前缀选择(部分选择)",
        clauses="CL-SEL-011", applies="tunion",
        stimulus=sends(c.select(AID_TUNION_EP[:7])),
        judge=each(_partial, _starts, "SELECT with the beginning of the T-Union AID"),
    ),
    card(
        "C-0115", _GROUP,
        "An application gives the same FCI each time",
        "重复选择同一应用,FCI 不变",
        clauses="CL-SEL-012",
        stimulus=_repeat,
        judge=each(
            _repeated,
            lambda _, pair: same(
                pair[1], "the FCI when selected again", pair[0].response.data,
                pair[1].response.data,
            ),
            "application selected twice",
        ),
    ),
    card(
        "C-0116", _GROUP,
        "After a reset no purse is selected",
        "复位后没有已选的钱包",
        clauses="CL-SEL-013", needs="reset",
        stimulus=_nothing_selected,
        judge=each(
            _unselected,
            lambda _, call: refusal(call, "a purse command after reset, before any SELECT,"),
            "purse command after a reset and before SELECT",
        ),
    ),
    card(
        "C-0117", _GROUP,
        "The FCI of the e-cash names label, PDOL and card metadata",
        "电子现金 FCI 含标签、PDOL 与 DF11",
        clauses="CL-SEL-014", applies="ecash and ecash.df11",
        stimulus=sends(c.select(AID_TUNION_EC)),
        judge=every(
            _selected(AID_TUNION_EC, "the e-cash"),
            each(lambda view: fcis(view, AID_TUNION_EC), _ecash_fci, "FCI of the e-cash"),
        ),
    ),
    card(
        "C-0118", _GROUP,
        "The ATR is the same at every reset",
        "每次复位应答 ATR 相同",
        clauses="CL-SEL-015", needs="reset",
        stimulus=_atr,
        judge=_judge_atr,
    ),
    card(
        "C-0119", _GROUP,
        "SELECT with other parameters is refused",
        "SELECT 的 P1 P2 非法时拒绝",
        clauses="CL-APDU-003",
        stimulus=sends(
            c.apdu(0x00, INS.SELECT, 0x03, 0x00, c.FOREIGN, 0),
            c.apdu(0x00, INS.SELECT, 0x04, 0x5A, c.FOREIGN, 0),
        ),
        judge=every(
            answered(calls(INS.SELECT, 0x03), "SELECT with P1=03", SW.WRONG_P1P2,
                     SW.WRONG_LENGTH, SW.FILE_NOT_FOUND),
            answered(calls(INS.SELECT, 0x04, 0x5A), "SELECT with P2=5A", SW.WRONG_P1P2),
        ),
    ),
)  # fmt: skip
