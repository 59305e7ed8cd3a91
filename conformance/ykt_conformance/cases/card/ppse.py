"""Card cases: the PPSE, what it lists and what it locks out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import accepted, also, each, every, same, status
from ykt_conformance.cases.words.finding import after_ppse, fcis, open_selects
from ykt_conformance.cases.words.ledger import after_done, money
from ykt_conformance.cases.words.record import Flow, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement
from ykt_conformance.judge.view import View
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    LNT,
    PURCHASE,
    SW,
    TUNION,
    Tag,
)
from ykt_sim.wire.tlv import Fci, Tlv

_GROUP: Final = "ppse"
_LABELS: Final = {AID_TUNION_EP: "MOT_T_EP", AID_TUNION_EC: "MOT_T_CASH"}


def _ppse_fcis(view: View) -> Iterator[Call]:
    return fcis(view, AID_PPSE)


def _listed(view: View, call: Call) -> Judgement:
    expected = " ".join(view.ics["ppse"]["listed"])
    entries = Fci.parse(call.response.data).entries
    found = " ".join(entry.aid.hex().upper() for entry in entries)
    if found == expected:
        return None
    return Fault(f"the PPSE lists {found or 'nothing'}", call.index, expected, found)


def _shape(_view: View, call: Call) -> Judgement:
    fci = Fci.parse(call.response.data)
    wrong = same(call, "84 in the FCI of the PPSE", AID_PPSE, fci.df_name)
    if wrong is not None:
        return wrong
    if fci.discretionary is None:
        return Fault("the FCI of the PPSE has no BF0C", call.index)
    for entry in fci.discretionary.find_all(Tag.DIRECTORY_ENTRY):
        if entry.get(Tag.AID) is None or entry.get(Tag.PRIORITY) is None:
            words = "a directory entry 61 has no AID 4F or no priority 87"
            return Fault(words, call.index, received=entry.build().hex().upper())
    return None


def _priorities(_view: View, call: Call) -> Judgement:
    told = [(entry.get(Tag.AID), entry.get(Tag.PRIORITY)) for entry in _entries(call)]
    order = [value.value[0] & 15 for _, value in told if value is not None and value.value]
    if order != list(range(1, len(told) + 1)):
        words = f"the PPSE gives priorities {order}, expected 1 to {len(told)} in its order"
        return Fault(words, call.index)
    names = [name.value for name, _ in told if name is not None]
    both = AID_TUNION_EC in names and AID_TUNION_EP in names
    if both and names.index(AID_TUNION_EP) < names.index(AID_TUNION_EC):
        return Fault("the PPSE puts the purse before the e-cash", call.index)
    return None


def _entries(call: Call) -> list[Tlv]:
    fci = Fci.parse(call.response.data)
    return list(fci.discretionary.find_all(Tag.DIRECTORY_ENTRY)) if fci.discretionary else []


def _labels(_view: View, call: Call) -> Judgement:
    for entry in Fci.parse(call.response.data).entries:
        expected = _LABELS.get(entry.aid)
        if expected is not None and entry.label != expected:
            words = f"the PPSE calls {entry.aid.hex().upper()} {entry.label!r}"
            return Fault(words, call.index, expected, entry.label)
    return None


def _no_lnt(_view: View, call: Call) -> Judgement:
    for entry in Fci.parse(call.response.data).entries:
        if entry.aid.startswith(b"PAY."):
            name = entry.aid.decode("ascii", "replace")
            return Fault(f"the PPSE lists {name}", call.index, received=entry.aid.hex().upper())
    return None


def _each_listed(bench: CardBench) -> Flow[None]:
    del bench
    answer = yield Send(c.select(AID_PPSE))
    if not answer.data:
        return
    for entry in Fci.parse(answer.data).entries:
        yield Send(c.select(entry.aid))


def _listed_selects(view: View) -> Iterator[Call]:
    names: dict[int, set[bytes]] = {}
    directories = {call.index for call in fcis(view, AID_PPSE)}
    for call in view.card:
        if call.index in directories:
            entries = Fci.parse(call.response.data).entries
            names[call.session] = {entry.aid for entry in entries}
        elif call.command.data in names.get(call.session, ()) and call.is_(INS.SELECT, 0x04):
            yield call


def _entered(_view: View, call: Call) -> Judgement:
    wrong = status(call, f"SELECT of {call.command.data.hex().upper()}, which is listed,", SW.OK)
    if wrong is not None:
        return wrong
    name = Fci.parse(call.response.data).df_name
    return same(call, "84 in the FCI", call.command.data, name[: len(call.command.data)])


# -- lock-out ----------------------------------------------------------------------------


def _lock_flow(*names: bytes) -> Callable[[CardBench], Flow[None]]:
    def flow(_bench: CardBench) -> Flow[None]:
        yield Send(c.select(AID_PPSE))
        for name in names:
            yield Send(c.select(name))
        yield PowerCycle()
        for name in names:
            yield Send(c.select(name))

    return flow


def _after(*names: bytes) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        return (call for call in open_selects(view, *names) if after_ppse(view, call))

    return find


def _reset_after(*names: bytes) -> Callable[[View], Iterator[Call]]:
    """SELECT in a session without PPSE that follows one with it."""

    def find(view: View) -> Iterator[Call]:
        sessions = {call.session for call in fcis(view, AID_PPSE)}
        for call in open_selects(view, *names):
            if call.session not in sessions and any(s < call.session for s in sessions):
                yield call

    return find


def _as_declared(view: View, call: Call) -> Judgement:
    hidden = view.ics["behaviour"]["ppse_lockout"]
    name = call.command.data.decode("ascii", "replace")
    return status(call, f"SELECT {name} after PPSE", SW.FILE_NOT_FOUND if hidden else SW.OK)


def _back(_view: View, call: Call) -> Judgement:
    name = call.command.data.decode("ascii", "replace")
    return status(call, f"SELECT {name} after a reset", SW.OK)


def _tap(bench: CardBench) -> Flow[None]:
    """A tap as validators make it: PPSE, purse, purchase."""
    yield from flows.must(c.select(AID_PPSE), "SELECT PPSE")
    yield from flows.ready(bench, TUNION, 2)
    yield from flows.do(bench, TUNION, PURCHASE, 2)
    yield from flows.available(bench)


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0106", _GROUP,
        "PPSE lists what is declared and hides PAY.APPY as declared",
        "PPSE 所列应用及对 PAY.APPY 的锁定与声明一致",
        clauses="CL-PPSE-001 CL-PPSE-002", applies="ppse", needs="reset",
        stimulus=_lock_flow(AID_LNT_BASIC),
        judge=also(
            each(_ppse_fcis, _listed, "SELECT PPSE that was answered 9000"),
            lambda view: each(_after(AID_LNT_BASIC), _as_declared, "")(view)
            if view.ics[LNT]["claimed"]
            else None,
        ),
    ),
    card(
        "C-0201", _GROUP,
        "The PPSE is a directory FCI",
        "PPSE 的 FCI 为目录结构",
        clauses="CL-PPSE-003", applies="ppse",
        stimulus=flows.sends(c.select(AID_PPSE)),
        judge=each(lambda view: open_selects(view, AID_PPSE),
                   lambda view, call: status(call, "SELECT PPSE", SW.OK) or _shape(view, call),
                   "SELECT PPSE"),
    ),
    card(
        "C-0202", _GROUP,
        "Every application the PPSE lists can be selected",
        "PPSE 所列应用均可选择",
        clauses="CL-PPSE-004", applies="ppse",
        stimulus=_each_listed,
        judge=each(_listed_selects, _entered, "SELECT of an AID that the PPSE lists"),
    ),
    card(
        "C-0203", _GROUP,
        "Priorities are distinct and in order, e-cash before purse",
        "PPSE 优先级互异且有序,电子现金先于电子钱包",
        clauses="CL-PPSE-005", applies="ppse",
        stimulus=flows.sends(c.select(AID_PPSE)),
        judge=each(_ppse_fcis, _priorities, "FCI of a PPSE"),
    ),
    card(
        "C-0204", _GROUP,
        "The labels are MOT_T_EP and MOT_T_CASH",
        "应用标签为 MOT_T_EP 与 MOT_T_CASH",
        clauses="CL-PPSE-006", applies="ppse",
        stimulus=flows.sends(c.select(AID_PPSE)),
        judge=each(_ppse_fcis, _labels, "FCI of a PPSE"),
    ),
    card(
        "C-0205", _GROUP,
        "The PPSE never lists Lingnan Tong",
        "PPSE 不列出 PAY.* 应用",
        clauses="CL-PPSE-007", applies="ppse",
        stimulus=flows.sends(c.select(AID_PPSE)),
        judge=each(_ppse_fcis, _no_lnt, "FCI of a PPSE"),
    ),
    card(
        "C-0206", _GROUP,
        "After PPSE the wallet is hidden as declared",
        "选择 PPSE 后 PAY.TICL 按声明锁定",
        clauses="CL-PPSE-002", applies="ppse and lnt", needs="reset",
        stimulus=_lock_flow(AID_LNT_WALLET),
        judge=each(_after(AID_LNT_WALLET), _as_declared, "SELECT PAY.TICL after a PPSE"),
    ),
    card(
        "C-0207", _GROUP,
        "A reset ends what PPSE locked out",
        "复位解除 PPSE 锁定",
        clauses="CL-PPSE-008", applies="ppse and lnt", needs="reset",
        stimulus=_lock_flow(AID_LNT_BASIC, AID_LNT_WALLET),
        judge=every(
            each(_reset_after(AID_LNT_BASIC), _back, "SELECT PAY.APPY after PPSE and a reset"),
            each(_reset_after(AID_LNT_WALLET), _back, "SELECT PAY.TICL after PPSE and a reset"),
        ),
    ),
    card(
        "C-0208", _GROUP,
        "A card without PPSE does not find it",
        "无 PPSE 的卡应答 6A82",
        clauses="CL-PPSE-009", applies="not ppse",
        stimulus=flows.sends(c.select(AID_PPSE)),
        judge=each(lambda view: open_selects(view, AID_PPSE),
                   lambda _, call: status(call, "SELECT PPSE", SW.FILE_NOT_FOUND),
                   "SELECT PPSE"),
    ),
    card(
        "C-0209", _GROUP,
        "A purchase through the PPSE, as validators make it",
        "经 PPSE 进入后完成消费",
        clauses="CL-PPSE-004 CL-PUR-002", applies="ppse and tunion and tunion.simple",
        needs="keys:tunion.purchase",
        stimulus=_tap,
        judge=every(
            accepted(TUNION, PURCHASE),
            money(TUNION, after_done(PURCHASE), "balance after a purchase"),
        ),
    ),
)  # fmt: skip
