"""The issuer's host for loads: the other party that knows master keys.

It stands behind a load point, far from card and terminal: it checks MAC1, makes MAC2 and
checks the TAC [GM 8.7]. It keeps no accounts; whether the rider has paid is not its
question here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import msgspec

from ykt_sim.codes import Standard, TransactionType
from ykt_sim.crypto.derive import diversify_chain, session_key, tac_key
from ykt_sim.crypto.des import mac
from ykt_sim.wire.digits import pack_pan_right
from ykt_sim.wire.macs import LoadMac1Input, LoadSessionInput, LoadTacInput, TransactionMacInput
from ykt_sim.wire.purse import InitializeLoadAnswer

_TYPE = TransactionType.EP_LOAD


class HostRefusalError(Exception):
    """The host says no; the message says why."""


class LoadTransaction(msgspec.Struct, frozen=True):
    """A load as the host sees it; amounts in fen.

    Attributes:
        standard: whose card it is.
        card: 19-digit PAN or 16-digit Lingnan Tong number.
        issuer: eight digits; empty for Lingnan Tong.
        terminal: 12 digits.
        datetime: seven bytes of CREDIT FOR LOAD, 14 hex digits.
    """

    standard: Standard
    card: str
    issuer: str
    amount: int
    terminal: str
    datetime: str


def factors(standard: Standard, card: str, issuer: str) -> tuple[bytes, ...]:
    """Diversification factors, outermost first.

    T-Union: issuer id, then the low eight bytes of the PAN field [LAB rules 1 and 2].
    Lingnan Tong: the logical card number, one level (project convention).
    """
    if standard == Standard.LNT:
        return (bytes.fromhex(card),)
    return bytes.fromhex(issuer.ljust(16, "F")), bytes.fromhex(pack_pan_right(card))[2:]


class IssuerHost:
    """Load keys and TAC keys of both standards.

    Args:
        masters: standard -> role -> 16-byte master key; roles ``load`` and ``tac`` are used.
    """

    def __init__(self, masters: Mapping[Standard, Mapping[str, bytes]]) -> None:
        self._masters = masters

    def _key(self, role: str, load: LoadTransaction) -> bytes:
        master = self._masters[load.standard][role]
        return diversify_chain(master, *factors(load.standard, load.card, load.issuer))

    def authorize(self, load: LoadTransaction, answer: bytes) -> bytes:
        """Check MAC1 in the card's answer to INITIALIZE FOR LOAD; gives MAC2.

        Raises:
            HostRefusalError: MAC1 is wrong.
            WireError: the answer does not fit its record.
        """
        init = InitializeLoadAnswer.parse(answer)
        block = LoadSessionInput(random=init.random, counter=init.counter).build()
        session = session_key(self._key("load", load), block)
        under1 = LoadMac1Input(
            balance=init.balance, amount=load.amount, type=_TYPE, terminal=load.terminal
        )
        if not hmac.compare_digest(mac(session, under1.build()), init.mac1):
            raise HostRefusalError("MAC1 of the card is wrong")
        under2 = TransactionMacInput(
            amount=load.amount, type=_TYPE, terminal=load.terminal, datetime=load.datetime
        )
        return mac(session, under2.build())

    def confirm(self, load: LoadTransaction, balance_after: int, counter: int, tac: bytes) -> None:
        """Check the TAC of a finished load; counter BEFORE the load.

        Raises:
            HostRefusalError: the TAC is wrong.
        """
        under = LoadTacInput(
            balance=balance_after,
            counter=counter,
            amount=load.amount,
            type=_TYPE,
            terminal=load.terminal,
            datetime=load.datetime,
        )
        expected = mac(tac_key(self._key("tac", load)), under.build())
        if not hmac.compare_digest(expected, tac):
            raise HostRefusalError("TAC of the card is wrong")
