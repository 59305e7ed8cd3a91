"""INITIALIZE: what begins a transaction of the purse [GM 8.7-8.12]."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.model import Key, Money, PurseState
from ykt_sim.card.operations import OPERATIONS, OVERDRAFT, UNLOAD, CardOperation
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Transaction
from ykt_sim.codes import SW, KeyType, Purse
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key
from ykt_sim.wire import macs
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

MAX_COUNTER: Final = 0xFFFF


class InitializeRules:
    """What is asked before, and what is answered; in the order of the command."""

    def operation(self, p1: int) -> CardOperation:
        """P1 names the operation, 00 to 05; any other is 6A86 [GM 8.7-8.12]."""
        operation = OPERATIONS.get(p1)
        if operation is None:
            raise Refusal(SW.WRONG_P1P2)
        return operation

    def kind(self, card: Powered, operation: CardOperation, p2: int) -> int:
        """P2 names the purse; overdraft update and unload fall to the EP where no ED is [LAB]."""
        kind = p2
        if operation.name in (OVERDRAFT, UNLOAD) and p2 == Purse.ED:
            kind = p2 if card.purse(Purse.ED) is not None else Purse.EP
        if kind not in operation.types:
            raise Refusal(SW.WRONG_P1P2)
        return kind

    def answer_length(self, operation: CardOperation, command: Command) -> None:
        """Le is absent, 00 or the exact length of the answer; else 6700 [GM 8.7-8.12]."""
        if command.le not in (None, 0, operation.answer_length):
            raise Refusal(SW.WRONG_LENGTH)

    def overdraft(self, purse: PurseState) -> None:
        """Some purses take no overdraft limit: 6A81 [LAB]."""
        if not purse.overdraft:
            raise Refusal(SW.NOT_SUPPORTED)

    def pin(self, card: Powered, purse: PurseState, operation: str) -> None:
        """6982 where the purse wants a PIN, the directory has one, and none was shown [GM 8.7]."""
        if (
            operation in purse.pin_for
            and not card.session.pin_verified
            and card.key_ids(KeyType.PIN)
        ):
            raise Refusal(SW.SECURITY)

    def key(self, card: Powered, operation: CardOperation, index: int) -> Key:
        """The key of that index, and a TAC key, must be there: 9403 [GM 8.7]."""
        key = card.key(operation.key_type, index)
        if key is None or not card.key_ids(KeyType.TAC):
            raise Refusal(SW.KEY_INDEX)
        return key

    def counter(self, purse: PurseState, operation: CardOperation) -> int:
        """The counter before the transaction; 9402 when it cannot move on [GM 8.7]."""
        counter = purse.online if operation.online else purse.offline
        if counter >= MAX_COUNTER:
            raise Refusal(SW.COUNTER_AT_MAXIMUM)
        return counter

    def writes(self, card: Powered, kind: int, operation: CardOperation) -> None:
        """INITIALIZE writes nothing: no counter, no log, no stored proof [purse facts 0]."""

    def random(self, card: Powered) -> bytes:
        """Four fresh random bytes for every transaction [GM 8.7]."""
        return card.rng(4)

    def begun(self, new: Transaction, old: Transaction | None) -> Transaction:
        """Nothing is left of a transaction that was begun before [GM 8]."""
        del old
        return new

    def purchase_answer(self, money: Money, key: Key, transaction: Transaction) -> bytes:
        """Available balance, offline counter, limit, key, random [GM 8.8.1]."""
        return wire.InitializePurchaseAnswer.pack(
            balance=money.available,
            counter=transaction.counter,
            overdraft_limit=money.limit,
            key_version=key.version,
            algorithm=key.algorithm,
            random=transaction.random,
        )

    def online_session(self, key: Key, transaction: Transaction) -> bytes:
        """Session key of load, unload, overdraft: random, counter, 8000 [fm1208-deng-load-1]."""
        block = macs.LoadSessionInput.pack(random=transaction.random, counter=transaction.counter)
        return session_key(key.value, block)

    def load_answer(self, money: Money, key: Key, transaction: Transaction) -> bytes:
        """Load and unload answer MAC1 over balance, amount, type, terminal [GM 8.7.1, 8.10.1]."""
        under = macs.LoadMac1Input.pack(
            balance=money.available,
            amount=transaction.amount,
            type=transaction.type,
            terminal=transaction.terminal,
        )
        return wire.InitializeLoadAnswer.pack(
            balance=money.available,
            counter=transaction.counter,
            key_version=key.version,
            algorithm=key.algorithm,
            random=transaction.random,
            mac1=des.mac(transaction.session, under),
        )

    def overdraft_answer(self, money: Money, key: Key, transaction: Transaction) -> bytes:
        """An overdraft update answers MAC1 over balance, old limit, type, terminal [GM 8.12.1]."""
        under = macs.OverdraftMac1Input.pack(
            balance=money.available,
            limit=money.limit,
            type=transaction.type,
            terminal=transaction.terminal,
        )
        return wire.InitializeOverdraftAnswer.pack(
            balance=money.available,
            counter=transaction.counter,
            overdraft_limit=money.limit,
            key_version=key.version,
            algorithm=key.algorithm,
            random=transaction.random,
            mac1=des.mac(transaction.session, under),
        )
