"""What stays of the last card: where the next one tells nothing, and after several alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import expired, gone, play
from ykt_conformance.cases.scenes.record import ANY, PAYS
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.tables.inputs import full
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.terminal import Mutation, TerminalBench
from ykt_sim.codes import AID_TUNION_EP, INS, LNT, TUNION

#: Files and their short identifiers, by standard; the purse's own answers have none.
_READS: Final[Mapping[str, Mapping[str, int]]] = {
    TUNION: {"EF 15": 0x15, "EF 17": 0x17, "EF 1A": 0x1A, "EF 19": 0x19, "EF 1E": 0x1E},
    LNT: {"EF 15": 0x15, "EF 08": 0x08, "EF 18": 0x18},
}
_ANSWERS: Final[Mapping[str, int]] = {
    "GET BALANCE": INS.GET_BALANCE, "INITIALIZE": INS.INITIALIZE, "SELECT": INS.SELECT,
}  # fmt: skip
_TOLD: Final = ("true", *spoil.SIZES, "6A82", "6A83")


def _silent(bench: TerminalBench, row: Values) -> None:
    kind, read = row["card"], row["what"]
    first = row["the card before"]
    wishes = _full(bench, kind) | (expired(bench) if first == "expired" else {})
    bench.tap(bench.card(kind, **wishes), ROLE, removal=gone(bench, first))
    card = bench.card(kind, **_bare(bench, kind, read))
    bench.tap(card, ROLE, mutate=_mutation(kind, read, row["told"]))


def _full(bench: TerminalBench, kind: str) -> dict[str, Any]:
    """A card with all that a terminal may keep: an open ride from afar, a month, a trip."""
    wishes: dict[str, Any] = {}
    if bench.ics["device"]["record"]:
        wishes["ride"] = "inside"
        rows = bench.ics["tariff"]["stations"]
        own = bench.fare(kind)
        gates = [(row[0], row[1]) for row in rows if int(row[3]) != own]
        wishes |= {"gate": gates[0]} if gates else {}
    if kind == TUNION:
        single = bench.ics["device"]["direction"] == "single"
        wishes |= full(bench, "1E" if single else "19")
    return wishes


def _bare(bench: TerminalBench, kind: str, read: str) -> dict[str, Any]:
    """A card that has nothing of it, or that may not pass for what the file shows."""
    if read in {"EF 15", "SELECT"}:
        # EF 15 is read for sure where the FCI does not hold it.
        bare = {"fci": (("9F08", "02"),)} if kind == TUNION and read == "EF 15" else {}
        return expired(bench) | bare
    if read == "EF 17":
        return {"flag": "0000", "ecash": False}
    if read == "EF 1A":
        # At an exit the usual ride, from elsewhere than the card before; else none.
        return {} if bench.ics["device"]["direction"] == "exit" else {"ride": "none"}
    if read == "GET BALANCE":
        # What INITIALIZE tells counts the overdraft in, which is no money where none is taken.
        drawn = not bench.ics["purchase"]["overdraft"]
        return {"balance": 0, **({"overdraft": bench.need(kind)} if drawn else {})}
    return {}


def _mutation(kind: str, read: str, told: str) -> Mutation | None:
    if told == "true":
        return None
    name, change = f"{read}: {told}", spoil.SIZES.get(told)
    if read in _READS[kind]:
        return spoil.of_file(name, _READS[kind][read], int(told, 16) if change is None else change)
    ins, aid = _ANSWERS[read], AID_TUNION_EP if read == "SELECT" and kind == TUNION else None
    if change is not None:
        return spoil.resized(name, ins, aid, change)
    if read == "INITIALIZE":
        return spoil.unreachable(name, ins, int(told, 16))
    return spoil.status(name, ins, int(told, 16), aid=aid, keep=False)


def _silences(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    takes = [kind for kind in kinds(bench) if kind in _READS]
    whats = dict.fromkeys(what for kind in takes for what in (*_READS[kind], *_ANSWERS))
    first = ("good", "expired", "before the commit", "after the commit")
    return {"what": tuple(whats), "told": _TOLD, "card": tuple(takes), "the card before": first}


def _has(row: Values) -> bool:
    return row["what"] in _ANSWERS or row["what"] in _READS[row["card"]]


# -- several alike ------------------------------------------------------------------------------

_ROW: Final = (1, 2, 3, 4, 5, 6)
_SAME: Final = "the same card"


def _alike(bench: TerminalBench, row: Values) -> None:
    if row["alike"] == _SAME:
        card = bench.card(row["card"])
        for _ in range(row["so many"]):
            bench.tap(card, ROLE)
    else:
        for _ in range(row["so many"]):
            play(bench, row["card"], row["alike"])
    play(bench, row["then"], "good")
    play(bench, row["card"], "good")


def _rows(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    known = (*kinds(bench), "blank")
    return {
        "so many": _ROW, "card": known, "then": kinds(bench),
        "alike": ("good", "too little", "expired", "blocked", "gone at once",
                  "refuses INITIALIZE", _SAME),
    }  # fmt: skip


def _plain(row: Values) -> bool:
    return bool(row["card"] != "blank" or row["alike"] == "good")


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2219",
            title="A card that does not tell what the card before it told",
            title_zh="后一张卡应答缺失时前一张卡数据残留遍历",
            clauses="CL-TCARD-001 CL-TRIDE-006 CL-TPAY-008 CL-TDATE-003 CL-TFLAG-002",
            factors=_silences,
            play=_silent,
            fits=_has,
            applies=PAYS,
        )
    ),
    case_of(
        Table(
            id="T-2220",
            title="Another card after one to six that are alike",
            title_zh="连续多张同类卡之后换卡遍历",
            clauses="CL-TCARD-001 CL-TCARD-002 CL-TENTRY-008 CL-TPAY-007",
            factors=_rows,
            play=_alike,
            fits=_plain,
            applies=ANY,
        )
    ),
)
