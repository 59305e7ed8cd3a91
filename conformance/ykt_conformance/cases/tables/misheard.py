"""What a terminal makes of odd answers: every status word to every command, lengths, two cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import commit, expired, poor
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.terminal import Mutation, TerminalBench
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EP,
    INS,
    LOAD,
    TUNION,
    Standard,
)

_Command = tuple[int, bytes | None]
_READ: Final[Mapping[str, _Command]] = {
    "SELECT PPSE": (INS.SELECT, AID_PPSE),
    "SELECT of the purse": (INS.SELECT, AID_TUNION_EP),
    "SELECT PAY.APPY": (INS.SELECT, AID_LNT_BASIC),
    "SELECT PAY.TICL": (INS.SELECT, AID_LNT_WALLET),
    "READ BINARY": (INS.READ_BINARY, None),
    "READ RECORD": (INS.READ_RECORD, None),
    "GET BALANCE": (INS.GET_BALANCE, None),
}
#: Commands whose card is to learn nothing of them when another status word is heard.
_WRITTEN: Final[Mapping[str, int]] = {
    "INITIALIZE": INS.INITIALIZE, "UPDATE": INS.UPDATE_RECORD, "DEBIT": INS.DEBIT,
    "CREDIT FOR LOAD": INS.CREDIT_FOR_LOAD,
}  # fmt: skip
#: Commits that the card carries out although another status word is heard.
_DONE: Final[Mapping[str, int]] = {
    "DEBIT, done": INS.DEBIT, "CREDIT FOR LOAD, done": INS.CREDIT_FOR_LOAD,
}  # fmt: skip
#: 6283, 6284, 6A81 and 9303 say that an application is blocked, the others are of all kinds.
_WORDS: Final = (
    "6283", "6284", "6A81", "9303", "6581", "6A82", "9302", "6F00"
)  # fmt: skip


def _commands(bench: TerminalBench) -> tuple[str, ...]:
    """Commands that this terminal may send."""
    takes = bench.ics["applications"]
    if bench.ics["device"]["kind"] == LOAD:
        left = {"UPDATE", "DEBIT", "DEBIT, done"}
    else:
        left = {"CREDIT FOR LOAD", "CREDIT FOR LOAD, done"}
        left |= set() if bench.ics["purchase"][TUNION] == "composite" else {"UPDATE"}
    left |= set() if takes[TUNION] else {"SELECT PPSE", "SELECT of the purse", "UPDATE"}
    left |= set() if takes["lnt"] else {"SELECT PAY.APPY", "SELECT PAY.TICL"}
    return tuple(name for name in (*_READ, *_WRITTEN, *_DONE) if name not in left)


def _refused(bench: TerminalBench, row: Values) -> None:
    name, word = row["command"], row["word"]
    card = bench.card(row["card"])
    bench.tap(card, ROLE, mutate=_other_word(name, int(word, 16)))
    bench.tap(card, ROLE)


def _other_word(name: str, sw: int) -> Mutation:
    title = f"{sw:04X} to {name}"
    if name in _WRITTEN:
        return spoil.unreachable(title, _WRITTEN[name], sw)
    if name in _DONE:
        return spoil.status(title, _DONE[name], sw, keep=False)
    ins, aid = _READ[name]
    return spoil.status(title, ins, sw, aid=aid, keep=sw >> 8 == 0x62)


def _meets(row: Values) -> bool:
    """The card has what the command speaks to."""
    name, card = row["command"], row["card"]
    if name in ("SELECT PPSE", "SELECT of the purse", "UPDATE"):
        return bool(card != "lnt")
    return bool(not name.startswith("SELECT PAY") or card != TUNION)


#: By their names in `spoil.SIZES`.
_SIZES: Final[Mapping[str, str]] = {
    "none": "none", "one byte less": "less", "one byte more": "more", "twice": "twice",
}  # fmt: skip


def _resized(bench: TerminalBench, row: Values) -> None:
    name = row["command"]
    ins, aid = _READ.get(name) or (_WRITTEN[name], None)
    card = bench.card(row["card"])
    mutate = spoil.resized(f"{name}: {row['data']}", ins, aid, spoil.SIZES[_SIZES[row["data"]]])
    bench.tap(card, ROLE, mutate=mutate)
    bench.tap(card, ROLE)


# -- two cards -------------------------------------------------------------------------------


def _both(bench: TerminalBench, row: Values) -> None:
    kind, what = row["card"], row["other"]
    wishes = {"too little": poor, "expired": expired}.get(what, lambda _bench: {})(bench)
    other = bench.card(_another(bench, kind) if what == "another kind" else kind, **wishes)
    card = bench.card(kind)
    at = _WRITTEN.get(row["from"]) or _READ.get(row["from"], (commit(bench),))[0]
    bench.tap(card, ROLE, mutate=spoil.taken_over(other.link, at))
    bench.tap(other, ROLE)
    bench.tap(card, ROLE)


def _another(bench: TerminalBench, kind: str) -> str:
    """Another kind that the terminal takes, or one that it does not."""
    known = (*kinds(bench), *(str(one) for one in Standard))
    return next(one for one in known if one != kind)


def _pairs(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        # Before the terminal knows whose card it is, another one is no fault.
        "from": ("GET BALANCE", "INITIALIZE", "the commit"),
        "other": ("alike", "another kind", "too little", "expired"), "card": kinds(bench),
    }  # fmt: skip


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2203",
            title="Every status word to every command, and the same card again",
            title_zh="各命令各状态字及同卡重刷遍历",
            clauses="CL-TBLOCK-001 CL-TBLOCK-002 CL-TREF-001 CL-TREF-002 CL-TREF-003",
            factors=lambda bench: {
                "command": _commands(bench),
                "word": _WORDS,
                "card": kinds(bench),
            },
            play=_refused,
            fits=_meets,
        )
    ),
    case_of(
        Table(
            id="T-2204",
            title="Answers that are too long or too short, and the same card again",
            title_zh="应答过长过短及同卡重刷遍历",
            clauses="CL-TMAC2-002 CL-TMAC2-003 CL-TREF-001",
            factors=lambda bench: {
                "command": tuple(
                    one for one in _commands(bench) if one != "UPDATE" and one not in _DONE
                ),
                "data": tuple(_SIZES),
                "card": kinds(bench),
            },
            play=_resized,
            fits=_meets,
        )
    ),
    case_of(
        Table(
            id="T-2205",
            title="Two cards in the field: another one answers from a command on",
            title_zh="场内两卡:中途由另一张卡应答遍历",
            clauses="CL-TMAC2-001 CL-TMAC2-003 CL-TREF-001 CL-TTORN-002",
            factors=_pairs,
            play=_both,
        )
    ),
)
