"""Checks before paying: pure functions that give a refusal or None.

Order and meaning follow the laboratory's cases where it states them: a refused card must
see no INITIALIZE (cards facts 1.3 of the laboratory catalogue).
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import SW, Code
from ykt_sim.terminal.events import Refuse

#: Status words by which an application says that it is blocked or not enabled.
BLOCKED: Final = frozenset(
    (SW.FILE_INVALID, SW.FCI_INVALID, SW.APP_LOCKED, SW.NOT_SUPPORTED, SW.APP_DISABLED)
)
#: Value of the interoperability flag that lets a card travel [CODE x3].
INTEROPERABLE: Final = "0001"
#: Top bit that some cards set in a balance [CODE x5].
BALANCE_MASK: Final = 0x7FFFFFFF


def card_error(sw: int, what: str) -> Refuse:
    """The refusal for an unexpected status word."""
    if sw in BLOCKED:
        return Refuse(Code.BLOCKED, f"{what}: {sw:04X}", sw)
    return Refuse(Code.CARD_ERROR, f"{what}: {sw:04X}", sw)


def dates(today: str, start: str, expiry: str) -> Refuse | None:
    """Start and expiry date, both inclusive; eight digits each."""
    if not (start.isdigit() and expiry.isdigit()):
        return Refuse(Code.BAD_DATE, f"{start}..{expiry}")
    if today < start:
        return Refuse(Code.NOT_YET_VALID, start)
    if today > expiry:
        return Refuse(Code.EXPIRED, expiry)
    return None


def issuer(
    institution: str, iin: str, pairs: frozenset[tuple[str, str]], issuers: frozenset[str]
) -> Refuse | None:
    """White list: the issuer must be known (2449) and have this IIN (5469)."""
    if (institution, iin) in pairs:
        return None
    if institution in issuers:
        return Refuse(Code.IIN_MISMATCH, f"{institution}/{iin}")
    return Refuse(Code.NOT_IN_WHITE_LIST, institution)


def interoperable(flag: str | None, institution: str, own: tuple[str, ...]) -> Refuse | None:
    """Interoperability flag; a card of the terminal's own issuers needs none.

    ``flag`` is None when no source of it could be read.
    """
    if flag == INTEROPERABLE or institution in own:
        return None
    return Refuse(Code.NOT_INTEROPERABLE, "no flag" if flag is None else f"flag {flag}")


def balance(available: int, need: int, *, zero: bool) -> Refuse | None:
    """Enough money, overdraft counted in ``available``; 2731 when the purse itself is empty."""
    if available >= need:
        return None
    if zero:
        return Refuse(Code.ZERO_BALANCE)
    return Refuse(Code.INSUFFICIENT_BALANCE, f"{available} of {need} fen")
