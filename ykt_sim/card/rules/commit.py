"""Commits: CREDIT FOR LOAD, DEBIT, UPDATE OVERDRAFT LIMIT [GM 8.7-8.12].

A commit verifies the MAC agreed on by INITIALIZE, moves the amounts, counts, and answers a
TAC: over the counter BEFORE the transaction, with the XOR of the halves of the TAC key
(purse facts 0, verified on real cards).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from ykt_sim.card.model import CellKey, CellValue, Key, Money, PurseState
from ykt_sim.card.operations import ONLINE
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, TransactionType
from ykt_sim.crypto import derive, des
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command


class CommitRules:
    """What is verified, made and counted at a commit; in the order of the commands."""

    def parameters(self, purse: PurseState, command: Command, p1: int) -> None:
        """P1 is the operation's, P2 is 00; anything else is 6A86 [GM 8.7.2, 8.8.2].

        Some purses take DEBIT with P1 02 as well [LAB page].
        """
        also = purse.debit_p1_02 and p1 == 0x01 and command.p1 == 0x02
        if (command.p1 != p1 and not also) or command.p2:
            raise Refusal(SW.WRONG_P1P2)

    def answer_length(self, command: Command, length: int) -> None:
        """Le is absent, 00 or the exact length of the answer; else 6700 [GM 8.7.2, 8.8.2]."""
        if command.le not in (None, 0, length):
            raise Refusal(SW.WRONG_LENGTH)

    def tac_key(self, key: Key) -> bytes:
        """The TAC key is the XOR of the key's halves, for all operations [purse facts 0]."""
        return derive.tac_key(key.value)

    # -- the MAC that comes in

    def purchase_session(self, transaction: Transaction, serial: bytes) -> bytes:
        """Random, counter before, low half of the terminal's serial [fm1208-deng-purchase-1]."""
        block = macs.PurchaseSessionInput.pack(
            random=transaction.random, counter=transaction.counter, serial_low=serial[2:]
        )
        return derive.session_key(transaction.key, block)

    def transaction_mac(self, session: bytes, transaction: Transaction, datetime: str) -> bytes:
        """MAC1 of purchases, MAC2 of load and unload, over what was agreed on [GM 8.7, 8.8]."""
        under = macs.TransactionMacInput.pack(
            amount=transaction.amount,
            type=transaction.type,
            terminal=transaction.terminal,
            datetime=datetime,
        )
        return des.mac(session, under)

    def overdraft_mac(self, transaction: Transaction, limit: int, datetime: str) -> bytes:
        """MAC2 of an overdraft update, over the new limit [GM 8.12.2]."""
        under = macs.OverdraftMac2Input.pack(
            limit=limit, type=transaction.type, terminal=transaction.terminal, datetime=datetime
        )
        return des.mac(transaction.session, under)

    def mac_fits(self, due: bytes, got: bytes) -> bool:
        """All four bytes of MAC1 or MAC2 are compared [GM 8.7, 8.8]."""
        return hmac.compare_digest(due, got)

    def mac_wrong(
        self,
        card: Powered,
        transaction: Transaction,
        purse: PurseState,
        extra: Mapping[CellKey, CellValue],
    ) -> int:
        """A wrong MAC is 9302 and changes nothing on the card [GM 8.7, 8.8]."""
        return SW.MAC_INVALID

    # -- the codes that go out

    def counter_in_tac(self, transaction: Transaction) -> int:
        """TAC and MAC3 of online transactions carry the counter before [purse facts 0]."""
        return transaction.counter

    def online_tac(
        self, key: bytes, transaction: Transaction, after: Money, datetime: str
    ) -> bytes:
        """TAC of a load and MAC3 of an unload, over the balance after [GM 8.7.2, 8.10.2]."""
        under = macs.LoadTacInput.pack(
            balance=after.available,
            counter=self.counter_in_tac(transaction),
            amount=transaction.amount,
            type=transaction.type,
            terminal=transaction.terminal,
            datetime=datetime,
        )
        return des.mac(key, under)

    def mac3_key(self, tac_key: bytes, transaction: Transaction) -> bytes:
        """MAC3 of an unload is made with the session key [GM 8.10.2]."""
        del tac_key
        return transaction.session

    def limit_in_tac(self, before: Money, limit: int) -> int:
        """The TAC of an overdraft update carries the new limit [GM 8.12.2]."""
        del before
        return limit

    def overdraft_tac(
        self,
        key: bytes,
        transaction: Transaction,
        amounts: tuple[Money, Money],
        limit: int,
        datetime: str,
    ) -> bytes:
        """TAC of an overdraft update; amounts before and after [GM 8.12.2]."""
        before, after = amounts
        under = macs.OverdraftTacInput.pack(
            balance=after.available,
            counter=self.counter_in_tac(transaction),
            limit=self.limit_in_tac(before, limit),
            type=transaction.type,
            terminal=transaction.terminal,
            datetime=datetime,
        )
        return des.mac(key, under)

    def type_in_tac(self, transaction: Transaction) -> TransactionType:
        """The TAC names the transaction's own type, 09 for a composite purchase [GM 8.9][LAB]."""
        return transaction.type

    def purchase_tac(
        self, key: bytes, transaction: Transaction, serial: bytes, datetime: str
    ) -> bytes:
        """TAC of a purchase: no balance and no counter, but the terminal's serial [GM 8.8.2]."""
        under = macs.PurchaseTacInput.pack(
            amount=transaction.amount,
            type=self.type_in_tac(transaction),
            terminal=transaction.terminal,
            terminal_serial=serial,
            datetime=datetime,
        )
        return des.mac(key, under)

    def mac2(self, session: bytes, transaction: Transaction) -> bytes:
        """MAC2 of a purchase is over the amount alone [GM 8.8.2]."""
        return des.mac(session, macs.PurchaseMac2Input.pack(amount=transaction.amount))

    # -- what is written

    def counted(self, purse: PurseState, transaction: Transaction) -> tuple[int, int]:
        """A commit moves its own counter by one; gives (online, offline) [GM 8.7, 8.8]."""
        after = transaction.counter + 1
        if transaction.type in ONLINE:
            return after, purse.offline
        return purse.online, after

    def elsewhere(
        self, card: Powered, transaction: Transaction, logged: Mapping[CellKey, CellValue]
    ) -> Mapping[CellKey, CellValue]:
        """A commit writes into its own application; gives what it writes elsewhere [DUMP dual]."""
        del card, transaction, logged
        return {}

    def ended(self, card: Powered) -> State:
        """A commit ends the transaction: a second one is 6901 [GM 8]."""
        del card
        return State.IDLE
