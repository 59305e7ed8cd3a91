"""Rights and places: who may read and write what, hidden applications, composed answers, dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    LNT,
    TUNION,
)
from ykt_sim.wire.commands import BY_NUMBER

# -- files ---------------------------------------------------------------------------------

_FILES: Final = (0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1E)
_RECORDS: Final = frozenset((0x18, 0x19, 0x1A, 0x1E))
_STATES: Final = ("nothing", "PIN", "authentication", "both", "a wrong cryptogram", "SELECT behind")
_ACTS: Final = (
    "read", "read under MAC", "write", "write under a wrong MAC", "write without challenge",
    "append", "cache without INITIALIZE", "write of another type",
)  # fmt: skip

_WHAT: Final = tuple(
    f"{act} {sfi:02X}"
    for act in _ACTS
    for sfi in _FILES
    if sfi in _RECORDS or act not in ("append", "cache without INITIALIZE")
)
#: What rights may open: the rest is tried without any.
_OPEN: Final = tuple(f"{act} {sfi:02X}" for act in ("read", "write", "append") for sfi in _FILES)


def _state(bench: CardBench, state: str) -> Flow[None]:
    if state in ("PIN", "both"):
        yield from flows.present_pin(bench, TUNION)
    if state in ("authentication", "both", "SELECT behind"):
        yield from flows.authenticate(bench, TUNION)
    if state == "a wrong cryptogram":
        yield from flows.fresh_challenge()
        yield Send(c.external_authenticate(bench.rng(8)))
    if state == "SELECT behind":
        yield from moves.enter(bench, TUNION)


def _head(sfi: int, act: str) -> bytes:
    records = (sfi in _RECORDS) != (act == "write of another type")
    if "append" in act:
        return bytes((0x00, INS.APPEND_RECORD, 0x00, sfi << 3))
    if "cache" in act:
        return bytes((0x80, INS.UPDATE_RECORD, 0x01, sfi << 3))
    if act.startswith("read"):
        ins = INS.READ_RECORD if records else INS.READ_BINARY
    else:
        ins = INS.UPDATE_RECORD if records else INS.UPDATE_BINARY
    place = (0x01, sfi << 3 | BY_NUMBER) if records else (c.by_sfi(sfi), 0x00)
    return bytes((0x00, ins, *place))


def _filed(bench: CardBench, row: Values) -> Flow[None]:
    """One command on one file in one state; then the file as it is, and the key's tries back."""
    act, _, file = str(row["act"]).rpartition(" ")
    sfi = int(file, 16)
    yield from moves.again(bench, TUNION)
    read = c.read_record(1, sfi) if sfi in _RECORDS else c.read_binary(sfi)
    held = yield Send(read)
    yield from _state(bench, row["state"])
    head, data = _head(sfi, act), held.data or bytes(8)
    if act == "read under MAC":
        command = yield from flows.protected(bench, TUNION, b"\x04" + head[1:])
        yield Send(command + b"\0")
    elif act == "read":
        yield Send(head + b"\0")
    elif act == "write under a wrong MAC":
        command = yield from flows.protected(bench, TUNION, b"\x04" + head[1:], data[:8], bits=1)
        yield Send(command)
    elif act == "write without challenge":
        yield Send(b"\x04" + head[1:] + b"\x0c" + data[:8].ljust(8, b"\0") + bytes(4))
    else:
        yield Send(head + bytes((len(data),)) + data)
    yield Send(read)
    yield from _kept(bench)


def _kept(bench: CardBench) -> Flow[None]:
    """The right MAC and the right cryptogram: what was wrong before does not count any more."""
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x36))
    held = yield from flows.must(c.read_binary(c.CARDHOLDER, 0x36, 1), "READ BINARY of EF 16")
    command = yield from flows.protected(bench, TUNION, head, held.data)
    yield Send(command)
    yield from flows.authenticate(bench, TUNION)


# -- selection -----------------------------------------------------------------------------

_NAMES: Final[Mapping[str, bytes]] = {
    "PAY.APPY": AID_LNT_BASIC, "PAY.TICL": AID_LNT_WALLET, "PAY.MF1X": AID_LNT_MIFARE,
    "PPSE": AID_PPSE, "T-Union": AID_TUNION_EP, "e-cash": AID_TUNION_EC,
    "PAY.": b"PAY.", "PAY.TIC": b"PAY.TIC", "PAY.TICLX": b"PAY.TICLX", "2PAY": b"2PAY.SYS",
    "T-Union, 5 bytes": AID_TUNION_EP[:5], "T-Union and a byte": AID_TUNION_EP + b"\0",
}  # fmt: skip
_FIDS: Final = (0x3F00, 0xDDF1, 0xADF3, 0xDF05, 0x0015, 0x0018)
_BEFORE: Final = ("nothing", "PAY.APPY", "PAY.TICL", "PPSE", "T-Union", "e-cash",
                  "PPSE and T-Union", "PPSE and reset", "T-Union and PPSE")  # fmt: skip


def _named(what: str) -> bytes:
    return c.select(_NAMES[what]) if what in _NAMES else c.select_fid(int(what, 16))


def _chosen(_bench: CardBench, row: Values) -> Flow[None]:
    """SELECT in one place of one thing in one way; then what is current, and all once more."""
    yield PowerCycle()
    for word in row["before"].split(" and "):
        if word == "reset":
            yield PowerCycle()
        elif word != "nothing":
            yield Send(c.select(_NAMES[word]))
    command = _named(row["what"])
    p2 = {"first": 0x00, "next": 0x02, "without Le": 0x00}[row["how"]]
    raw = command[:3] + bytes((p2,)) + command[4:]
    yield Send(raw[:-1] if row["how"] == "without Le" else raw)
    yield Send(c.balance())
    yield Send(c.read_record(1, c.LOG))
    for name in ("PAY.TICL", "T-Union"):
        yield Send(c.select(_NAMES[name]))
        yield Send(c.balance())


# -- composed answers ------------------------------------------------------------------------


def _composed(bench: CardBench, row: Values) -> Flow[None]:
    """A transaction, and everything that tells of it, told by every purse."""
    standard = row["in"]
    if row["operation"] not in moves.kinds(bench, standard):
        raise Impossible(f"no {row['operation']} is claimed")
    yield from moves.again(bench, standard)
    yield from moves.attempt(bench, standard, row["operation"], row["amount"], limit=row["amount"])
    for name in moves.purses(bench):
        yield from flows.enter(name)
        yield from flows.balances(bench)
        yield Send(c.read_binary(c.APPLICATION))
        yield from flows.count(name)
    if bench.ics["ecash"]["claimed"]:
        yield Send(c.select(AID_TUNION_EC))
        if bench.ics["ecash"]["balance"]:
            yield Send(c.apdu(0x80, INS.GET_DATA, 0x9F, 0x79, le=0))


# -- dates -----------------------------------------------------------------------------------

_DATES: Final = (
    "20240229235959", "20230228000000", "20240301000000", "20231231235959", "20240101000000",
    "20791231235959", "20800101000000", "20170601000000", "20401231235959", "99991231235959",
    "00000000000000", "20240615240000", "20240230126060",
)  # fmt: skip


def _dated(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        if row["operation"] not in moves.kinds(bench, standard):
            raise Impossible(f"no {row['operation']} is claimed")
        yield from moves.enter(bench, standard)
        yield from flows.fund(bench, standard, 20)
        when = bytes.fromhex(row["at"])
        begun = yield from moves.attempt(bench, standard, row["operation"], 3, limit=900, when=when)
        yield from flows.log(1)
        yield from moves.proof(bench, begun)

    return flow


def _date_sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    return Sweep(
        id=at(standard, "C-2219", "C-2269"),
        title=f"Dates and times at every edge, in codes and log ({name})",
        title_zh=f"日期时间边界遍历({zh})",
        clauses="CL-PUR-003 CL-LOG-001 CL-PROOF-001",
        factors=lambda _bench: {"operation": moves.KINDS, "at": _DATES},
        play=_dated(standard),
        applies=f"{standard} and {standard}.simple and {standard}.load",
        needs=f"keys:{standard}.purchase keys:{standard}.load",
    )


CASES: Final[tuple[CardCase, ...]] = (
    case_of(
        Sweep(
            id="C-2216",
            title="Every file read and written in every state, with MAC and without",
            title_zh="文件读写权限与安全报文遍历",
            clauses="CL-AUTH-004 CL-SM-002 CL-SM-003 CL-FILE-019",
            factors=lambda _bench: {"act": _WHAT, "state": _STATES},
            play=_filed,
            fits=lambda row: row["state"] == _STATES[0] or row["act"].startswith(_OPEN),
            applies="tunion and tunion.ef16 and tunion.ef16_update == 'line'",
            needs="reset keys:tunion.line keys:tunion.external_auth",
        )
    ),
    case_of(
        Sweep(
            id="C-2217",
            title="Every application selected in every way, in every place",
            title_zh="应用选择方式遍历",
            clauses="CL-SEL-001 CL-SEL-002 CL-PPSE-002 CL-PPSE-004",
            factors=lambda _bench: {
                "before": _BEFORE,
                "what": (*_NAMES, *(f"{fid:04X}" for fid in _FIDS)),
                "how": ("first", "next", "without Le"),
            },
            play=_chosen,
            applies="tunion or lnt",
            needs="reset",
        )
    ),
    case_of(
        Sweep(
            id="C-2218",
            title="What is told of the purses in several ways agrees after every transaction",
            title_zh="各余额与组合应答一致性遍历",
            clauses="CL-BAL-001 CL-BAL-005 CL-SEL-003 CL-FILE-020",
            factors=lambda bench: {
                "in": moves.purses(bench), "operation": moves.KINDS, "amount": (0, 1, 256, 9999),
            },
            play=_composed,
            needs="reset",
        )
    ),
    case_of(_date_sweep(TUNION)),
    case_of(_date_sweep(LNT)),
)  # fmt: skip
