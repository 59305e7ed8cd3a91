"""Whether a card may pay: each rule gives a refusal or None.

Order and meaning follow the laboratory's cases where it states them: a refused card must
see no INITIALIZE (cards facts 1.3 of the laboratory catalogue).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from ykt_sim.codes import SW, Code, Tag
from ykt_sim.terminal.events import Refuse
from ykt_sim.wire.files import EcashCardInfo
from ykt_sim.wire.tlv import Fci

#: Status words by which an application says that it is blocked or not enabled.
BLOCKED: Final = frozenset(
    (SW.FILE_INVALID, SW.FCI_INVALID, SW.APP_LOCKED, SW.NOT_SUPPORTED, SW.APP_DISABLED)
)
#: Value of the interoperability flag that lets a card travel [CODE x3].
INTEROPERABLE: Final = "0001"
#: Top bit that some cards set in a balance [CODE x5].
BALANCE_MASK: Final = 0x7FFFFFFF


class CheckRules:
    """Status words, dates, lists, the flag, the balance."""

    def blocked(self, sw: int, what: str) -> Refuse | None:
        """A status word that says blocked ends the tap, whatever was asked [LAB][GM 8.3]."""
        return Refuse(Code.BLOCKED, f"{what}: {sw:04X}", sw) if sw in BLOCKED else None

    def card_error(self, sw: int, what: str) -> Refuse:
        """Any other status word that does not fit is an error of the card [YKT]."""
        return self.blocked(sw, what) or Refuse(Code.CARD_ERROR, f"{what}: {sw:04X}", sw)

    def real_dates(self, start: str, expiry: str) -> Refuse | None:
        """Both dates are dates [YKT]."""
        if start.isdigit() and expiry.isdigit():
            return None
        return Refuse(Code.BAD_DATE, f"{start}..{expiry}")

    def begun(self, today: str, start: str) -> Refuse | None:
        """The start date is the first day of validity [JT/T 1356.2 6.1.7]; eight digits."""
        return Refuse(Code.NOT_YET_VALID, start) if today < start else None

    def unexpired(self, today: str, expiry: str) -> Refuse | None:
        """The expiry date is the last day of validity [YKT]; eight digits."""
        return Refuse(Code.EXPIRED, expiry) if today > expiry else None

    def last_day(self, today: str, begun: str) -> str:
        """The day on which a card must not have expired yet; eight digits.

        It is today; for the exit of a ride that was begun the day before it is that day. No
        source speaks of it; a rider is not locked in at midnight.

        Args:
            today: eight digits.
            begun: month and day on which the ride was begun; empty when none was, or where the
                profile lets nobody out.
        """
        if not begun:
            return today
        before = f"{date.fromisoformat(today) - timedelta(days=1):%Y%m%d}"
        return before if begun == before[4:] else today

    def known_issuer(self, issuer: str, issuers: frozenset[str]) -> Refuse | None:
        """The issuer stands in the white list, else 2449 [LAB]."""
        return None if issuer in issuers else Refuse(Code.NOT_IN_WHITE_LIST, issuer)

    def issuer_has_iin(
        self, issuer: str, iin: str, pairs: frozenset[tuple[str, str]]
    ) -> Refuse | None:
        """The card's IIN is one of its issuer's, else 5469 [LAB]."""
        if (issuer, iin) in pairs:
            return None
        return Refuse(Code.IIN_MISMATCH, f"{issuer}/{iin}")

    def flag_in_ecash(self, fci: bytes) -> str | None:
        """DF11 says what EF 17 would have said; its 39-byte form has no public layout.

        Raises:
            WireError: the FCI is no TLV, or DF11 does not fit.
        """
        data = Fci.parse(fci).get(Tag.ECASH_METADATA)
        if data is None or len(data) != EcashCardInfo.SIZE:
            return None
        return EcashCardInfo.parse(data).interoperability

    def interoperable(self, flag: str | None, issuer: str, own: tuple[str, ...]) -> Refuse | None:
        """A card carries the interoperability flag; one of the terminal's own needs none [CODE].

        ``flag`` is None when no source of it could be read.
        """
        if flag == INTEROPERABLE or issuer in own:
            return None
        return Refuse(Code.NOT_INTEROPERABLE, "no flag" if flag is None else f"flag {flag}")

    def unlisted(self, card: str, black: frozenset[str]) -> Refuse | None:
        """The card's whole number is not in the black list [LAB][YKT]."""
        return Refuse(Code.BLACK_LISTED) if card in black else None

    def told(self, balance: int) -> int:
        """The top bit of GET BALANCE is no money [CODE x5]; fen."""
        return balance & BALANCE_MASK

    def enough(self, available: int, need: int, *, zero: bool) -> Refuse | None:
        """Just the fare is enough; 2731 when the purse itself is empty [LAB].

        Overdraft is counted in ``available``; fen.
        """
        if available >= need:
            return None
        if zero:
            return Refuse(Code.ZERO_BALANCE)
        return Refuse(Code.INSUFFICIENT_BALANCE, f"{available} of {need} fen")
