"""One purse transaction as a trace shows it, and the codes that belong to it.

Everything is worked out from the INITIALIZE exchange, the data of the commit and the keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from ykt_sim.codes import Operation, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key
from ykt_sim.meaning.commands import MAC_SIZE
from ykt_sim.meaning.explain.inputs import Halves, Inputs, KeyPath, Parts, parts_of
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import OFFLINE, OPERATIONS, operation_of, transaction_type
from ykt_sim.wire.record import Record

NO_KEY: Final = "no key"
NO_APPLICATION: Final = "no key: what is selected is not known"
#: Algorithm ids under which the key's length alone decides; others are not public.
ALGORITHMS: Final = frozenset({0x00, 0x01})
#: How a reason begins that no key can cure.
UNKNOWN_ALGORITHM: Final = "key algorithm"
_NOT_3DES: Final = frozenset({0x02, 0x03})
_BALANCE_LIMIT: Final = 0xFFFFFFFF
_SERIAL_LOW: Final = slice(2, 4)
#: What INITIALIZE begins, in English and in Chinese.
TITLES: Final[dict[Operation, tuple[str, str]]] = {
    Operation.LOAD: ("load", "圈存"),
    Operation.PURCHASE: ("purchase", "消费"),
    Operation.CASH: ("cash", "取现"),
    Operation.COMPOSITE: ("composite purchase", "复合消费"),
    Operation.OVERDRAFT: ("overdraft update", "修改透支限额"),
    Operation.UNLOAD: ("unload", "圈提"),
}


class KeySource(Protocol):
    """What a follower asks keys of; see `cryptograms.Keys`."""

    def get(self, standard: str, role: str) -> bytes | None:
        """A key by standard and role."""

    def tac(self, standard: str) -> bytes | None:
        """The TAC key."""


class NoKeys:
    """A `KeySource` that has none."""

    def get(self, standard: str, role: str) -> bytes | None:
        """None."""
        return None

    def tac(self, standard: str) -> bytes | None:
        """None."""
        return None


class Value(NamedTuple):
    """A computed cryptogram, or why there is none; and what it is made of, where that is known."""

    value: bytes | None
    why: str = ""
    inputs: Inputs | None = None


def card_key(
    keys: KeySource, standard: str | None, role: str, index: int | None = None
) -> bytes | None:
    """A usable DES key, or None; the one of an index where the source tells keys apart by it."""
    at: Callable[..., bytes | None] | None = getattr(keys, "at", None)
    if not standard:
        return None
    key = keys.get(standard, role) if at is None else at(standard, role, index)
    return key if key is not None and len(key) in {8, 16} else None


def purchase_session(key: bytes, random: bytes, counter: int, serial: bytes) -> bytes:
    """Session key of a purchase; only the low half of the terminal's serial goes in."""
    low = serial[_SERIAL_LOW]
    return session_key(
        key, macs.PurchaseSessionInput.pack(random=random, counter=counter, serial_low=low)
    )


def unknown_algorithm(algorithm: int) -> str:
    """Why nothing can be worked out under an algorithm id that nobody has published.

    A load key stored with 02 or 03 made a real FM1208 answer a MAC1 that is not 3DES, with 03
    00000000 [purse facts 0.4].
    """
    why = f"{UNKNOWN_ALGORITHM} {algorithm:02X} is not known"
    if algorithm not in _NOT_3DES:
        return why
    return f"{why}: a key stored so makes codes that are not 3DES, with 03 zeros"


def purchase_block(random: bytes, counter: int, serial: bytes) -> Parts:
    """What makes the session key of a purchase, part by part."""
    low = serial[_SERIAL_LOW]
    raw = macs.PurchaseSessionInput.pack(random=random, counter=counter, serial_low=low)
    return parts_of(macs.PurchaseSessionInput, raw)


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
    standard: str | None
    request: Any
    answer: Any
    kind: TransactionType
    serial: bytes | None = None
    results: dict[str, Value] = msgspec.field(default_factory=dict)

    @classmethod
    def begin(cls, asked: Command, answer: bytes, standard: str | None) -> PurseTransaction | None:
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
        return TITLES[self.operation][0]

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
            return Value(None, unknown_algorithm(said.algorithm))
        key = card_key(keys, self.standard, OPERATIONS[self.operation].role, self.request.key_index)
        if key is None:
            return Value(None, NO_KEY if self.standard else NO_APPLICATION)
        if not self.purchase:
            block = macs.LoadSessionInput.pack(random=said.random, counter=said.counter)
            return Value(session_key(key, block))
        if self.serial is None:
            return Value(None, "the terminal's serial number is not in the trace")
        return Value(purchase_session(key, said.random, said.counter, self.serial))

    def _made(self, keys: KeySource, code: str, layout: type[Record], **fields: Any) -> Value:
        """A code under the session key, and what it is made of."""
        session = self._session(keys)
        if session.value is None:
            return session
        message = layout.pack(**fields)
        return Value(des.mac(session.value, message), "", self._inputs(code, layout, message))

    def _inputs(self, code: str, layout: type[Record], message: bytes) -> Inputs:
        said, serial = self.answer, self.serial or b""
        if self.purchase:
            block = purchase_block(said.random, said.counter, serial) if serial else ()
        else:
            raw = macs.LoadSessionInput.pack(random=said.random, counter=said.counter)
            block = parts_of(macs.LoadSessionInput, raw)
        role = OPERATIONS[self.operation].role
        under = parts_of(layout, message)
        if code == "TAC":
            path, halves = KeyPath(self.standard or "", "tac"), Halves.XOR
        else:
            path = KeyPath(self.standard or "", role, index=self.request.key_index)
            halves = Halves.WHOLE
        return Inputs(
            code, path, under, block, in_session=code != "TAC", session_role=role, halves=halves,
            serial=serial,
        )  # fmt: skip

    def mac1(self, keys: KeySource) -> tuple[int, Value] | None:
        """MAC1 in the answer of INITIALIZE, and where it stands; None where there is none."""
        said = self.answer
        if self.purchase:
            return None
        common = {
            "balance": said.balance, "type": self.kind, "terminal": self.request.terminal,
        }  # fmt: skip
        if self.operation == Operation.OVERDRAFT:
            limit = said.overdraft_limit
            made = self._made(keys, "MAC1", macs.OverdraftMac1Input, limit=limit, **common)
        else:
            amount = self.request.amount
            made = self._made(keys, "MAC1", macs.LoadMac1Input, amount=amount, **common)
        return said.SIZE - MAC_SIZE, made

    def settle(self, keys: KeySource, record: Any) -> None:
        """Work out all that the commit's command and answer must hold, into ``results``."""
        said, request, results = self.answer, self.request, self.results
        common: dict[str, Any] = {
            "type": self.kind,
            "terminal": request.terminal,
            "datetime": record.datetime,
        }
        mac: type[Record] = macs.TransactionMacInput
        last: type[Record] = macs.LoadTacInput
        if self.operation == Operation.OVERDRAFT:
            common["limit"] = record.limit
            after = said.balance - said.overdraft_limit + record.limit
            mac, last = macs.OverdraftMac2Input, macs.OverdraftTacInput
        else:
            common["amount"] = request.amount
            sign = -1 if self.operation == Operation.UNLOAD else 1
            after = said.balance + sign * request.amount
        name = "MAC1" if self.purchase else "MAC2"
        results["mac"] = results["mac2"] = self._made(keys, name, mac, **common)
        if self.purchase:
            results["mac2"] = self._made(
                keys, "MAC2", macs.PurchaseMac2Input, amount=request.amount
            )
            last = macs.PurchaseTacInput
            common["terminal_serial"] = record.terminal_serial
        elif 0 <= after <= _BALANCE_LIMIT:
            common |= {"balance": after, "counter": said.counter}
        else:
            results["tac"] = results["mac3"] = Value(None, "the new balance is no balance")
            return
        key = keys.tac(self.standard) if self.standard else None
        if key is None:
            results["tac"] = Value(None, NO_KEY)
        else:
            message = last.pack(**common)
            results["tac"] = Value(des.mac(key, message), "", self._inputs("TAC", last, message))
        results["mac3"] = self._made(keys, "MAC3", last, **common)
