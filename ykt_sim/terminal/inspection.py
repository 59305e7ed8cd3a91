"""A reader that only reads: everything an open card tells, in an order that loses nothing.

`inspect` is a generator without IO: it yields commands, or `POWER` for a cold reset, and
receives answers. It never sends a command that can change a card, never tries a PIN or a
key, and leaves the cardholder's file (EF 16) unread.

Some dual cards, once PPSE was selected, no longer answer to applications that it does not
list, until the next reset [DUMP, one card family]. So each standard is read after a reset
of its own and PPSE comes last; whether it locked the others out is then looked at.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    SW,
    BalanceKind,
    Cla,
    Standard,
    Tag,
    aid_name,
)
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import LntFile, TunionFile

#: Yielded for a cold reset; the ATR is sent back.
POWER: Final = b""

#: What is sent: a command or `POWER`. What comes back: answer with status word, or ATR.
Steps = Generator[bytes, bytes, Any]

#: Records asked for in a file at most; no card of either standard has more.
_MOST_RECORDS: Final = 40
#: Warnings of SELECT that come with a blocked application [LAB].
_BLOCKED: Final = {
    0x6283: "temporarily", 0x6284: "temporarily", SW.APP_LOCKED: "permanently",
}  # fmt: skip
_EP: Final = 2
#: Set in a balance by some cards; no part of the amount [CODE].
_TOP_BIT: Final = 0x8000_0000


@dataclass(frozen=True)
class _Plan:
    """What is read in one application: transparent files, record files, balance."""

    aid: bytes
    standard: str
    binary: tuple[int, ...] = ()
    records: tuple[int, ...] = ()
    balance: bool = False
    tags: tuple[int, ...] = field(default=())


_T, _L = TunionFile, LntFile
#: One tuple for each power session, in order.
_SESSIONS: Final[tuple[tuple[_Plan, ...], ...]] = (
    (
        _Plan(
            AID_TUNION_EP,
            Standard.TUNION,
            (_T.APPLICATION, _T.CARD_INFO),
            (_T.LOG, _T.STATISTICS, _T.INDUSTRY, _T.TRIPS),
            balance=True,
        ),
        _Plan(AID_TUNION_EC, "", (_T.APPLICATION,), tags=(Tag.ECASH_BALANCE,)),
    ),
    (
        _Plan(AID_LNT_BASIC, Standard.LNT, (_L.APPLICATION,), (_L.STATISTICS,)),
        _Plan(AID_LNT_WALLET, Standard.LNT, (), (_L.LOG,), balance=True),
        _Plan(AID_LNT_MIFARE, ""),
    ),
)


def inspect() -> Steps:
    """Read a card.

    Returns:
        Plain data of the shape of `card.describe.describe`, as far as a reader can tell:
        ``atr``, ``ppse_lockout`` (None when that cannot be told) and ``directories``, each
        with ``name``, ``title``, ``standard``, ``blocked``, ``sw`` of its SELECT, ``files``
        (``sfi``, ``type``, ``kind``, ``content`` as hex) and ``purses`` (``balance`` in fen; with
        an overdraft limit also ``actual``, ``overdraft_limit`` and ``overdrawn``).
    """
    found: list[dict[str, Any]] = []
    atr = b""
    for session in _SESSIONS:
        atr = yield POWER
        for plan in session:
            directory = yield from _application(plan)
            if directory is not None:
                found.append(directory)
    yield POWER
    ppse = yield from _select(AID_PPSE)
    locked: bool | None = None
    if ppse.ok:
        found.insert(0, _directory(_Plan(AID_PPSE, ""), ppse))
        found[0]["fci"] = ppse.data.hex().upper()
        open_ones = {bytes.fromhex(one["name"]) for one in found if one["sw"] == "9000"}
        locked = yield from _locked_out(open_ones)
    return {"profile": "", "atr": atr.hex().upper(), "blocked": False, "ppse_lockout": locked,
            "directories": found}  # fmt: skip


def _locked_out(names: set[bytes]) -> Generator[bytes, bytes, bool | None]:
    """Look whether an application that answered before answers no more after PPSE."""
    for plan in _SESSIONS[1]:
        if plan.aid in names:  # it was selected without an error
            answer = yield from _select(plan.aid)
            return not answer.ok
    return None


def _application(plan: _Plan) -> Generator[bytes, bytes, dict[str, Any] | None]:
    selected = yield from _select(plan.aid)
    if selected.sw in (SW.FILE_NOT_FOUND, SW.INS_NOT_SUPPORTED, SW.CLA_NOT_SUPPORTED):
        return None
    found = _directory(plan, selected)
    if not selected.ok:
        return found
    found["fci"] = selected.data.hex().upper()
    for sfi in plan.binary:
        answer = yield from _ask(Command(Cla.ISO, INS.READ_BINARY, 0x80 | sfi, 0, le=0))
        if answer.ok:
            found["files"].append(_file(plan, sfi, "transparent", [answer.data]))
    for sfi in plan.records:
        records = yield from _records(sfi)
        if records:
            found["files"].append(_file(plan, sfi, "records", records))
    for tag in plan.tags:
        answer = yield from _ask(Command(Cla.PBOC, INS.GET_DATA, tag >> 8, tag & 0xFF, le=0))
        if answer.ok:
            found["data"][f"{tag:04X}"] = answer.data.hex().upper()
    if plan.balance:
        purse = yield from _purse()
        found["purses"] += [purse] if purse else []
    return found


def _purse() -> Generator[bytes, bytes, dict[str, Any]]:
    """What the purse tells of its money.

    P1=00 holds the unused overdraft as well, so a limit is taken off again: on a card of Shanghai
    both are 8.00 yuan and nothing is left [DUMP]. P1=03 and P1=02 say it best where they answer.
    """
    available = yield from _balance(BalanceKind.AVAILABLE)
    if available is None:
        return {}
    purse: dict[str, Any] = {"purse": "EP", "balance": available}
    limit = yield from _balance(BalanceKind.OVERDRAFT_LIMIT)
    if limit is not None and limit & ~_TOP_BIT:
        actual = yield from _balance(BalanceKind.ACTUAL)
        drawn = yield from _balance(BalanceKind.OVERDRAWN)
        left = (available & ~_TOP_BIT) - (limit & ~_TOP_BIT)
        if actual is None or drawn is None:
            actual, drawn = max(left, 0), max(-left, 0)
        purse["actual"] = actual & ~_TOP_BIT
        purse["overdraft_limit"] = limit & ~_TOP_BIT
        purse["overdrawn"] = drawn & ~_TOP_BIT
    return purse


def _balance(kind: BalanceKind) -> Generator[bytes, bytes, int | None]:
    answer = yield from _ask(Command(Cla.PBOC, INS.GET_BALANCE, kind, _EP, le=4))
    told = answer.ok and len(answer.data) == 4
    return int.from_bytes(answer.data, "big") if told else None


def _records(sfi: int) -> Generator[bytes, bytes, list[bytes]]:
    found: list[bytes] = []
    for number in range(1, _MOST_RECORDS + 1):
        answer = yield from _ask(Command(Cla.ISO, INS.READ_RECORD, number, sfi << 3 | 4, le=0))
        if not answer.ok:
            break
        found.append(answer.data)
    return found


def _select(aid: bytes) -> Generator[bytes, bytes, Response]:
    return (yield from _ask(Command(Cla.ISO, INS.SELECT, 0x04, 0, aid, 0)))


def _ask(command: Command) -> Generator[bytes, bytes, Response]:
    """Ask once, and again with the length that the card names."""
    answer = Response.parse((yield command.build()))
    if answer.sw >> 8 == SW.WRONG_LE >> 8:
        answer = Response.parse((yield command._replace(le=answer.sw & 0xFF).build()))
    return answer


def _directory(plan: _Plan, answer: Response) -> dict[str, Any]:
    return {
        "fid": "", "name": plan.aid.hex().upper(), "title": aid_name(plan.aid),
        "standard": plan.standard, "blocked": _BLOCKED.get(answer.sw, "no"),
        "sw": f"{answer.sw:04X}", "fci": "", "files": [], "purses": [], "data": {}, "keys": [],
    }  # fmt: skip


def _file(plan: _Plan, sfi: int, kind: str, content: list[bytes]) -> dict[str, Any]:
    return {
        "sfi": f"{sfi:02X}", "type": kind,
        "kind": f"{plan.standard}:{sfi:02X}" if plan.standard else "",
        "content": [data.hex().upper() for data in content],
    }  # fmt: skip
