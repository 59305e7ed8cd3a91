"""One purse transaction as a trace shows it, and the codes that belong to it.

Everything is worked out from the INITIALIZE exchange, the data of the commit and the keys.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

import msgspec

from ykt_sim.codes import Operation, Standard, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key
from ykt_sim.meaning.commands import MAC_SIZE
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import OFFLINE, OPERATIONS, operation_of, transaction_type
from ykt_sim.wire.record import Record

NO_KEY: Final = "no key"
NO_APPLICATION: Final = "no key: what is selected is not known"
#: Algorithm ids under which the key's length alone decides; others are not public.
ALGORITHMS: Final = frozenset({0x00, 0x01})
_BALANCE_LIMIT: Final = 0xFFFFFFFF
_SERIAL_LOW: Final = slice(2, 4)
_TITLES: Final = {
    Operation.COMPOSITE: "composite purchase",
    Operation.OVERDRAFT: "overdraft update",
}


class KeySource(Protocol):
    """What a follower asks keys of; see `cryptograms.Keys`."""

    def get(self, standard: Standard, role: str) -> bytes | None:
        """A key by standard and role."""

    def tac(self, standard: Standard) -> bytes | None:
        """The TAC key."""


class Value(NamedTuple):
    """A computed cryptogram, or why there is none."""

    value: bytes | None
    why: str = ""


def card_key(keys: KeySource, standard: Standard | None, role: str) -> bytes | None:
    """A usable DES key, or None."""
    key = keys.get(standard, role) if standard else None
    return key if key is not None and len(key) in {8, 16} else None


def purchase_session(key: bytes, random: bytes, counter: int, serial: bytes) -> bytes:
    """Session key of a purchase; only the low half of the terminal's serial goes in."""
    low = serial[_SERIAL_LOW]
    return session_key(
        key, macs.PurchaseSessionInput.pack(random=random, counter=counter, serial_low=low)
    )


class PurseTransaction(msgspec.Struct):
    """A transaction on the card, from INITIALIZE to its commit.

    Attributes:
        operation: what INITIALIZE began.
        standard: whose keys; None when that is not known.
        request, answer: parsed data of INITIALIZE.
        kind: type byte under MAC and TAC.
        serial: the terminal's serial number as the PSAM gave it, None before that.
        results: what the commit and its answer must hold, by ``mac``, ``mac2``, ``mac3``
            and ``tac``; empty before the commit.
    """

    operation: Operation
    standard: Standard | None
    request: Any
    answer: Any
    kind: TransactionType
    serial: bytes | None = None
    results: dict[str, Value] = msgspec.field(default_factory=dict)

    @classmethod
    def begin(
        cls, asked: Command, answer: bytes, standard: Standard | None
    ) -> PurseTransaction | None:
        """Read INITIALIZE and its answer; None for an operation nobody knows.

        Raises:
            WireError: one of them does not fit its layout.
        """
        operation = operation_of(asked.p1)
        if operation is None:
            return None
        row = OPERATIONS[operation].initialize
        return cls(
            operation,
            standard,
            row.data[0].parse(asked.data),
            row.answer[0].parse(answer),
            transaction_type(operation, asked.p2),
        )

    @property
    def title(self) -> str:
        """The operation in words."""
        return _TITLES.get(self.operation, self.operation)

    @property
    def purchase(self) -> bool:
        """True for purchase, cash and composite purchase: those a PSAM takes part in."""
        return self.operation in OFFLINE

    @property
    def commit(self) -> tuple[int, type[Record]]:
        """Instruction and data layout of the commit."""
        row = OPERATIONS[self.operation].commit
        return row.ins, row.data[0]

    def _session(self, keys: KeySource) -> Value:
        said = self.answer
        if said.algorithm not in ALGORITHMS:
            return Value(None, f"key algorithm {said.algorithm:02X} is not known")
        key = card_key(keys, self.standard, OPERATIONS[self.operation].role)
        if key is None:
            return Value(None, NO_KEY if self.standard else NO_APPLICATION)
        if not self.purchase:
            block = macs.LoadSessionInput.pack(random=said.random, counter=said.counter)
            return Value(session_key(key, block))
        if self.serial is None:
            return Value(None, "the terminal's serial number is not in the trace")
        return Value(purchase_session(key, said.random, said.counter, self.serial))

    def _under_session(self, keys: KeySource, under: bytes) -> Value:
        session = self._session(keys)
        return session if session.value is None else Value(des.mac(session.value, under))

    def mac1(self, keys: KeySource) -> tuple[int, Value] | None:
        """MAC1 in the answer of INITIALIZE, and where it stands; None where there is none."""
        said, terminal = self.answer, self.request.terminal
        if self.purchase:
            return None
        if self.operation == Operation.OVERDRAFT:
            under = macs.OverdraftMac1Input.pack(
                balance=said.balance, limit=said.overdraft_limit, type=self.kind, terminal=terminal
            )
        else:
            under = macs.LoadMac1Input.pack(
                balance=said.balance, amount=self.request.amount, type=self.kind, terminal=terminal
            )
        return said.SIZE - MAC_SIZE, self._under_session(keys, under)

    def settle(self, keys: KeySource, record: Any) -> None:
        """Work out all that the commit's command and answer must hold, into ``results``."""
        said, request, results = self.answer, self.request, self.results
        common: dict[str, Any] = {
            "type": self.kind,
            "terminal": request.terminal,
            "datetime": record.datetime,
        }
        under: type[Record] = macs.LoadTacInput
        if self.operation == Operation.OVERDRAFT:
            common["limit"] = record.limit
            results["mac"] = self._under_session(keys, macs.OverdraftMac2Input.pack(**common))
            after = said.balance - said.overdraft_limit + record.limit
            under = macs.OverdraftTacInput
        else:
            common["amount"] = request.amount
            results["mac"] = self._under_session(keys, macs.TransactionMacInput.pack(**common))
            sign = -1 if self.operation == Operation.UNLOAD else 1
            after = said.balance + sign * request.amount
        results["mac2"] = results["mac"]
        if self.purchase:
            amount = macs.PurchaseMac2Input.pack(amount=request.amount)
            results["mac2"] = self._under_session(keys, amount)
            message = macs.PurchaseTacInput.pack(**common, terminal_serial=record.terminal_serial)
        elif 0 <= after <= _BALANCE_LIMIT:
            message = under.pack(**common, balance=after, counter=said.counter)
        else:
            results["tac"] = results["mac3"] = Value(None, "the new balance is no balance")
            return
        key = keys.tac(self.standard) if self.standard else None
        results["tac"] = Value(None, NO_KEY) if key is None else Value(des.mac(key, message))
        results["mac3"] = self._under_session(keys, message)
