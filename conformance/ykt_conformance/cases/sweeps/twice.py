"""What a card tells in two places: both, after either was written, whatever lies between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import Flow
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import FRESH
from ykt_conformance.drive.steps import PowerCycle, Pull, Send
from ykt_sim.codes import AID_PPSE, AID_TUNION_EC, AID_TUNION_EP, INS, LNT, TUNION

#: Bytes of EF 15 that no key is made from, and what is written there: offset and data.
_PARTS: Final[Mapping[str, tuple[int, bytes]]] = {
    "the last byte": (29, b"\x01"),
    "two bytes behind the dates": (28, b"\x01\x14"),
    "the enable flag": (9, b"\x01"),
    "the day it ends": (24, bytes.fromhex("20391231")),
    "the day it begins": (20, bytes.fromhex("20230101")),
}
#: What may be left so by a run that is stopped in the middle, on a card that is never fresh again.
_HARMLESS: Final = ("the last byte", "two bytes behind the dates")


def _files(bench: CardBench) -> tuple[str, ...]:
    return tuple(_PARTS) if FRESH in bench.capabilities else _HARMLESS


# -- how it is told ----------------------------------------------------------------------------


def _file(_bench: CardBench) -> Flow[None]:
    """EF 15 whole, and as the current file."""
    yield Send(c.read_binary(c.APPLICATION))
    yield Send(c.apdu(0x00, INS.READ_BINARY, 0x00, 0x00, le=0))


def _fci(_bench: CardBench) -> Flow[None]:
    yield Send(c.select(AID_TUNION_EP))


def _part(_bench: CardBench) -> Flow[None]:
    """The FCI by a part of the name that is the purse's alone, and by its name without Le."""
    yield Send(c.select(AID_TUNION_EP[:-1]))
    yield Send(c.select(AID_TUNION_EP, None))


def _ecash(bench: CardBench) -> Flow[None]:
    """The e-cash, whose DF11 has issuer and PAN too; and back."""
    if bench.ics["ecash"]["claimed"]:
        yield Send(c.select(AID_TUNION_EC))
    yield Send(c.select(AID_TUNION_EP))


_TOLD: Final[Mapping[str, tuple[Callable[[CardBench], Flow[None]], ...]]] = {
    "the file, then the FCI": (_file, _fci),
    "the FCI, then the file": (_fci, _file),
    "the FCI by part of its name": (_part, _file),
    "the e-cash, then both": (_ecash, _file),
}


# -- what lies between ---------------------------------------------------------------------------


def _reset(_bench: CardBench) -> Flow[None]:
    yield PowerCycle()
    yield Send(c.select(AID_TUNION_EP))


def _taken(_bench: CardBench) -> Flow[None]:
    yield Pull(c.balance())
    yield Send(c.select(AID_TUNION_EP))


def _elsewhere(bench: CardBench) -> Flow[None]:
    for name in (AID_TUNION_EC, c.PURSE_AID[LNT], AID_PPSE, AID_TUNION_EP):
        yield Send(c.select(name))
    del bench


def _ridden(bench: CardBench) -> Flow[None]:
    """A purchase, which is told by balance, log, counter and proof."""
    yield from moves.attempt(bench, TUNION, "purchase", 0)


def _nothing(_bench: CardBench) -> Flow[None]:
    yield from ()


_BETWEEN: Final[Mapping[str, Callable[[CardBench], Flow[None]]]] = {
    "nothing": _nothing, "a reset": _reset, "the card taken away": _taken,
    "other applications": _elsewhere, "a purchase": _ridden,
}  # fmt: skip


def _write(bench: CardBench, offset: int, data: bytes) -> Flow[None]:
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.APPLICATION), offset))
    yield Send((yield from flows.protected(bench, TUNION, head, data)))


def _play(bench: CardBench, row: Values) -> Flow[None]:
    offset, data = _PARTS[row["written"]]
    told, between = _TOLD[row["told by"]], _BETWEEN[row["between"]]
    yield from moves.again(bench, TUNION)
    held = yield from flows.must(c.read_binary(c.APPLICATION, offset, len(data)), "READ BINARY")
    for content in (data, held.data):  # and back, so that the older one is told again
        yield from _write(bench, offset, content)
        yield from between(bench)
        for tell in told:
            yield from tell(bench)


def _ready(bench: CardBench) -> Flow[None]:
    yield from moves.enter(bench, TUNION)
    yield Send(c.read_binary(c.APPLICATION))


CASES: Final[tuple[CardCase, ...]] = (
    case_of(
        Sweep(
            id="C-2225",
            title="EF 15 and what is told of it elsewhere agree after every write",
            title_zh="15 文件修改后各处应答一致性遍历",
            clauses="CL-SEL-003 CL-SM-003",
            factors=lambda bench: {
                "written": _files(bench), "told by": tuple(_TOLD), "between": tuple(_BETWEEN),
            },
            play=_play, ready=_ready,
            applies="tunion and tunion.ef15_update == 'line'",
            needs="reset keys:tunion.line",
        )
    ),
)  # fmt: skip
