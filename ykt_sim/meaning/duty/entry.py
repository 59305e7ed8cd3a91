"""How a card is entered, and what becomes of an application that says it is blocked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EP,
    INS,
    LNT,
    TUNION,
)
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.seen import Call, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.commands import COMMITS
from ykt_sim.wire.tlv import Fci

_FIRST: Final = {
    "ppse-first": (AID_PPSE,),
    "lnt-probe-first": (AID_LNT_BASIC,),
    "direct": (AID_LNT_BASIC, AID_LNT_WALLET, AID_TUNION_EP),
}
_PAY: Final = (AID_LNT_BASIC, AID_LNT_WALLET)
_OWN: Final = (TUNION, LNT)
#: Status words by which SELECT says that an application is blocked [LAB][CODE].
_BLOCKED: Final = frozenset((0x6283, 0x6284, 0x6A81, 0x9303))
#: Those of them that say nothing else: cards facts 4, SELECT.
_PLAINLY: Final = frozenset((0x6283, 0x6284, 0x9303))
#: What says the same to any command, and its rule: locked for good [GM 6.2][LAB], disabled [CODE].
#: The other words say other things there: a checksum, a function that is not supported.
_ANYWHERE: Final = {0x9303: "BLOCKED", 0x9407: "DISABLED"}


def entered(terms: Terms, visit: Visit) -> Iterator[Finding]:
    """What is selected first, what PPSE lists, the reset after it, what is blocked."""
    selects = [call for call in visit.calls if call.command.ins == INS.SELECT]
    if not selects:
        return
    first = selects[0]
    wanted = _FIRST.get(terms.way_in, ())
    if wanted and first.command.data not in wanted:
        yield breaks(
            "ENTRY", visit.number, f"the first SELECT is not that of {terms.way_in!r}",
            wanted[0].hex().upper(), first.command.data.hex().upper(), first.index,
        )  # fmt: skip
    yield from _listed(visit, selects)
    yield from _blocked(visit)
    yield from _stopped(visit)


def blocked_word(visit: Visit) -> tuple[str, int] | None:
    """The first own application whose SELECT said plainly that it is blocked, and the word."""
    for call in visit.calls:
        name = call.command.data
        blocked = call.command.ins == INS.SELECT and call.response.sw in _PLAINLY
        if blocked and name.startswith((AID_TUNION_EP, *_PAY)):
            return name[: len(AID_TUNION_EP)].hex().upper(), call.response.sw
    return None


def _listed(visit: Visit, selects: list[Call]) -> Iterator[Finding]:
    listed: tuple[bytes, ...] | None = None
    session = -1
    for call in selects:
        name = call.command.data
        if call.session != session:
            listed, session = None, call.session
        if name == AID_PPSE and call.ok:
            listed = _aids(call.response.data)
        elif listed is None:
            continue
        elif name in _PAY:
            yield breaks(
                "RESET", visit.number, "PAY.* is selected after PPSE without a reset",
                "reset", name.hex().upper(), call.index,
            )  # fmt: skip
        elif name.startswith(AID_TUNION_EP) and name not in listed:
            yield breaks(
                "LISTED", visit.number, "an AID is selected that PPSE did not list",
                " ".join(aid.hex().upper() for aid in listed), name.hex().upper(), call.index,
            )  # fmt: skip


def _aids(fci: bytes) -> tuple[bytes, ...] | None:
    try:
        return tuple(entry.aid for entry in Fci.parse(fci).entries)
    except ReadError:
        return None


def _blocked(visit: Visit) -> Iterator[Finding]:
    """Nothing is asked of an application whose SELECT said that it is blocked."""
    stopped: Call | None = None
    for call in visit.calls:
        if call.command.ins == INS.SELECT:
            own = call.command.data.startswith((AID_TUNION_EP, *_PAY))
            stopped = call if own and call.response.sw in _BLOCKED else None
        elif stopped is not None and call.session == stopped.session:
            yield breaks(
                "BLOCKED", visit.number,
                f"{call.command.ins:02X} is sent to an application that answered SELECT with"
                f" {stopped.response.sw:04X}", "nothing", f"{call.command.ins:02X}", call.index,
            )  # fmt: skip
            return
    if stopped is not None and visit.passed and not visit.done:
        yield breaks(
            "BLOCKED", visit.number, "let through although the application is blocked",
            "refused", "accepted", stopped.index,
        )  # fmt: skip


def _stopped(visit: Visit) -> Iterator[Finding]:
    """An application that says so to any command takes no money.

    A commit that is answered so is the torn taps' business: a status word is no proof.
    """
    stopped: Call | None = None
    for call in visit.calls:
        if call.command.ins in COMMITS:
            if stopped is not None and call.within == stopped.within:
                rule, verb = _ANYWHERE[stopped.response.sw], f"{stopped.command.ins:02X}"
                yield breaks(
                    rule, visit.number,
                    f"a commit is sent to an application that answered {verb} with"
                    f" {stopped.response.sw:04X}", "none", f"{call.command.ins:02X}", call.index,
                )  # fmt: skip
                return
        elif (
            stopped is None
            and call.command.ins != INS.SELECT  # another rule's business
            and call.within in _OWN
            and call.response.sw in _ANYWHERE
        ):
            stopped = call


def unstated(visit: Visit) -> Iterator[str]:
    """Words that say blocked to SELECT, answered to another command of an own application."""
    for call in visit.calls:
        sw, ins = call.response.sw, call.command.ins
        if sw in _BLOCKED - _ANYWHERE.keys() and ins != INS.SELECT and call.within in _OWN:
            yield f"no source says what {sw:04X} to {ins:02X} means"
