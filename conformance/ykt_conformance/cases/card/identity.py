"""Card cases: who a dual-standard card says it is, in each of its applications."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import status
from ykt_conformance.cases.words.finding import fcis
from ykt_conformance.cases.words.record import Flow, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_LNT_BASIC, AID_TUNION_EC, AID_TUNION_EP, INS, SW, TUNION, Tag
from ykt_sim.wire.digits import iso_date, unpack_pan
from ykt_sim.wire.files import EcashCardInfo, LntApplication, TunionApplication
from ykt_sim.wire.tlv import Fci

_GROUP: Final = "dual standard"
_BOTH: Final = "tunion and lnt"


def _identity(bench: CardBench) -> Flow[None]:
    yield Send(c.select(AID_TUNION_EP))
    if bench.ics["ecash"]["claimed"]:
        yield Send(c.select(AID_TUNION_EC))
    yield Send(c.select(AID_LNT_BASIC))
    yield Send(c.read_binary(c.APPLICATION))


def _tunion_record(view: View) -> tuple[Call, TunionApplication] | None:
    for call in fcis(view, AID_TUNION_EP):
        raw = Fci.parse(call.response.data).issuer_data or b""
        if len(raw) >= TunionApplication.SIZE:
            return call, TunionApplication.parse(raw[: TunionApplication.SIZE])
    return None


def _ecash_record(view: View) -> tuple[Call, EcashCardInfo] | None:
    for call in fcis(view, AID_TUNION_EC):
        raw = Fci.parse(call.response.data).get(Tag.ECASH_METADATA) or b""
        if len(raw) >= EcashCardInfo.SIZE:
            return call, EcashCardInfo.parse(raw[: EcashCardInfo.SIZE])
    return None


def _lnt_record(view: View) -> tuple[Call, LntApplication] | None:
    for call in view.find(INS.READ_BINARY, c.by_sfi(c.APPLICATION), 0x00):
        fits = len(call.response.data) >= LntApplication.SIZE
        if call.standard == "lnt-basic" and call.ok and fits:
            return call, LntApplication.parse(call.response.data[: LntApplication.SIZE])
    return None


def _number_inside(view: View) -> Judgement:
    tunion, lnt = _tunion_record(view), _lnt_record(view)
    if tunion is None or lnt is None:
        return Unproven("the trace does not show both card numbers")
    pan = unpack_pan(tunion[1].pan) or ""
    printed = lnt[1].card_number[-10:]
    if pan[8:18] == printed:
        return None
    words = "the Lingnan Tong number does not stand in the PAN behind the IIN"
    return Fault(words, lnt[0].index, printed, pan[8:18])


def _same_pan(view: View) -> Judgement:
    purse, cash = _tunion_record(view), _ecash_record(view)
    if purse is None or cash is None:
        return Unproven("the trace does not show purse and e-cash")
    one, two = unpack_pan(purse[1].pan), unpack_pan(cash[1].pan)
    if one != two:
        return Fault("e-cash and purse have different PANs", cash[0].index, str(one), str(two))
    if purse[1].issuer.upper() != cash[1].issuer.upper():
        words = "e-cash and purse have different issuers"
        return Fault(words, cash[0].index, purse[1].issuer, cash[1].issuer)
    return None


def _df11(view: View, cash: tuple[Call, EcashCardInfo] | None) -> Judgement:
    if cash is None:
        if any(True for _ in fcis(view, AID_TUNION_EC)):
            return Fault("DF11 is declared and the FCI of the e-cash has none")
        return Unproven("the trace does not select the e-cash")
    told = cash[1]
    codes = (told.province, told.city)
    if told.country != "00000156" or not all(code.isdecimal() for code in codes):
        words = f"DF11 tells country {told.country}, province {told.province}, city {told.city}"
        return Fault(words, cash[0].index)
    if told.interoperability not in ("0000", "0001"):
        return Fault(f"interoperability {told.interoperability} in DF11", cash[0].index)
    return None


def _metadata(view: View) -> Judgement:
    """City and interoperability are told where declared: EF 17, DF11, or both alike."""
    cash = _ecash_record(view)
    file: Call | None = None
    for call in view.find(INS.READ_BINARY, 0x97, 0x00):
        if call.standard == TUNION and call.answered:
            file = call
    if view.ics["ecash"]["df11"]:
        wrong = _df11(view, cash)
        if wrong is not None:
            return wrong
    if file is None:
        return Unproven("the trace does not read EF 17")
    if not view.ics[TUNION]["ef17"]:
        return status(file, "READ BINARY of EF 17, declared absent,", SW.FILE_NOT_FOUND)
    return status(file, "READ BINARY of EF 17", SW.OK)


def _read_metadata(bench: CardBench) -> Flow[None]:
    if bench.ics["ecash"]["claimed"]:
        yield Send(c.select(AID_TUNION_EC))
    yield from flows.enter(TUNION)
    yield Send(c.read_binary(c.CARD_INFO))


def _dates(view: View) -> Judgement:
    """Each application has dates of its own, both proper, and starts within its life."""
    tunion, lnt = _tunion_record(view), _lnt_record(view)
    if tunion is None or lnt is None:
        return Unproven("the trace does not show the dates of both applications")
    for call, start, expiry, name in (
        (tunion[0], tunion[1].start_date, tunion[1].expiry_date, "T-Union"),
        (lnt[0], lnt[1].issue_date, lnt[1].expiry_date, "Lingnan Tong"),
    ):
        if iso_date(start) is None or iso_date(expiry) is None or start >= expiry:
            return Fault(f"{name} dates {start} to {expiry} are no period", call.index)
    return None


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-2111", _GROUP,
        "The Lingnan Tong number stands in the PAN",
        "岭南通卡号包含于交通联合应用序列号",
        clauses="CL-DUAL-006", applies=f"{_BOTH}",
        stimulus=_identity,
        judge=_number_inside,
    ),
    card(
        "C-2112", _GROUP,
        "Purse and e-cash carry the same PAN and issuer",
        "电子钱包与电子现金的序列号和发卡机构一致",
        clauses="CL-DUAL-007", applies="tunion and ecash and ecash.df11",
        stimulus=_identity,
        judge=_same_pan,
    ),
    card(
        "C-2113", _GROUP,
        "City and interoperability stand in EF 17 or DF11 as declared",
        "城市与互通标识按声明存于 17 文件或 DF11",
        clauses="CL-DUAL-008", applies=_BOTH,
        stimulus=_read_metadata,
        judge=_metadata,
    ),
    card(
        "C-2114", _GROUP,
        "Each application has validity dates of its own",
        "两个应用各有有效期",
        clauses="CL-DUAL-009", applies=_BOTH,
        stimulus=_identity,
        judge=_dates,
    ),
)  # fmt: skip
