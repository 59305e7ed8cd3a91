"""What happens to a terminal.

Events from outside are made by whoever drives the machine; signals are the machine's own:
an act returns one to say which row of the table comes next.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Response


class Event(msgspec.Struct, frozen=True, gc=False):
    """Base of all events."""


# -- from outside ------------------------------------------------------------------


class Started(Event, frozen=True, gc=False):
    """Power came on, or a technician asks for a new attempt."""


class CardPresented(Event, frozen=True, gc=False):
    """A card is in the field and has been reset.

    Attributes:
        now: the terminal's clock, 14 digits YYYYMMDDhhmmss, local time.
        amount: fen to load; load points only.
    """

    now: str
    amount: int = 0


class CardAnswered(Event, frozen=True, gc=False):
    """The card answered 9000."""

    data: bytes


class CardRefused(Event, frozen=True, gc=False):
    """The card answered another status word."""

    sw: int
    data: bytes = b""


class CardReset(Event, frozen=True, gc=False):
    """The reset that was asked for is done."""

    atr: bytes


class CardRemoved(Event, frozen=True, gc=False):
    """The card left the field."""


class TimedOut(Event, frozen=True, gc=False):
    """No answer came in time."""


class SamAnswered(Event, frozen=True, gc=False):
    """The PSAM answered 9000."""

    data: bytes


class SamRefused(Event, frozen=True, gc=False):
    """The PSAM answered another status word."""

    sw: int


class HostAnswered(Event, frozen=True, gc=False):
    """The issuer's host allows a load: MAC2 and the seven date and time bytes under it."""

    mac2: bytes
    datetime: str


class HostConfirmed(Event, frozen=True, gc=False):
    """The host has checked the TAC."""


class HostRefused(Event, frozen=True, gc=False):
    """The host refuses, or the TAC is wrong."""

    reason: str


class Told(Event, frozen=True, gc=False):
    """The passenger has been shown how the tap ended."""


def card_event(raw: bytes) -> CardAnswered | CardRefused:
    """Turn a card's answer into an event; raises WireError below two bytes."""
    if raw[-2:] == b"\x90\x00":
        return CardAnswered(raw[:-2])
    answer = Response.parse(raw)
    return CardRefused(answer.sw, answer.data)


def sam_event(raw: bytes) -> SamAnswered | SamRefused:
    """Turn a PSAM's answer into an event; raises WireError below two bytes."""
    if raw[-2:] == b"\x90\x00":
        return SamAnswered(raw[:-2])
    return SamRefused(Response.parse(raw).sw)


# -- the machine's own signals -----------------------------------------------------


class Signal(Event, frozen=True, gc=False):
    """Base of signals. It has no subclasses but those of this module: see `SIGNALS`."""


class Malformed(Signal, frozen=True, gc=False):
    """An answer does not fit its record."""

    message: str


class Refuse(Signal, frozen=True, gc=False):
    """The tap ends without money: a code of `codes.Code` and details.

    ``sw`` is the status word behind it, 0 when there is none.
    """

    code: str
    detail: str = ""
    sw: int = SW.OK
    retry: bool = False


class TryPpse(Signal, frozen=True, gc=False):
    """Enter by PPSE."""


class TryReset(Signal, frozen=True, gc=False):
    """Reset the card: PPSE may have locked PAY.* out."""


class TryEp(Signal, frozen=True, gc=False):
    """Select the T-Union purse by this AID."""

    aid: bytes


class TryBasic(Signal, frozen=True, gc=False):
    """Select PAY.APPY."""


class Want15(Signal, frozen=True, gc=False):
    """Read T-Union EF 15."""


class Want17(Signal, frozen=True, gc=False):
    """Read T-Union EF 17."""


class WantEc(Signal, frozen=True, gc=False):
    """Select the e-cash and read DF11 in its FCI."""


class WantEp(Signal, frozen=True, gc=False):
    """Return to the T-Union purse."""


class Want19(Signal, frozen=True, gc=False):
    """Read T-Union EF 19."""


class Want1A(Signal, frozen=True, gc=False):
    """Read the industry record in EF 1A."""


class Want1E(Signal, frozen=True, gc=False):
    """Read the newest trip in EF 1E."""


class WantLnt15(Signal, frozen=True, gc=False):
    """Read Lingnan Tong EF 15."""


class WantLnt08(Signal, frozen=True, gc=False):
    """Read Lingnan Tong EF 08."""


class WantWallet(Signal, frozen=True, gc=False):
    """Select PAY.TICL."""


class WantLnt18(Signal, frozen=True, gc=False):
    """Read the newest record of the Lingnan Tong log."""


class Judge(Signal, frozen=True, gc=False):
    """Everything is read: check the card and work out the fare."""


class WantBalance(Signal, frozen=True, gc=False):
    """GET BALANCE, actual balance."""


class WantAvailable(Signal, frozen=True, gc=False):
    """GET BALANCE, with overdraft."""


class Pay(Signal, frozen=True, gc=False):
    """INITIALIZE the purchase."""


class NeedSam(Signal, frozen=True, gc=False):
    """The PSAM stands in another application."""


class AskMac1(Signal, frozen=True, gc=False):
    """Ask the PSAM for MAC1."""


class SendCache(Signal, frozen=True, gc=False):
    """Send the next cache update."""


class SendDebit(Signal, frozen=True, gc=False):
    """Journal, then DEBIT."""


class CheckMac2(Signal, frozen=True, gc=False):
    """Have the PSAM check MAC2."""


class Recover(Signal, frozen=True, gc=False):
    """This card has a pending transaction: find out whether it happened."""


class AskProof(Signal, frozen=True, gc=False):
    """GET TRANSACTION PROVE."""


class AskLog(Signal, frozen=True, gc=False):
    """Read one record of EF 18."""


class NotCharged(Signal, frozen=True, gc=False):
    """The pending transaction never happened: go on as with any card."""


class Proven(Signal, frozen=True, gc=False):
    """The pending transaction happened: accept without a second debit."""


class StartLoad(Signal, frozen=True, gc=False):
    """INITIALIZE FOR LOAD."""


class SendPin(Signal, frozen=True, gc=False):
    """VERIFY PIN, then INITIALIZE again."""


class AskConfirm(Signal, frozen=True, gc=False):
    """Have the host check the TAC."""


#: All of them; looking a type up here is much quicker than asking what it derives from.
SIGNALS: Final = frozenset(Signal.__subclasses__())
