"""Faults of commits; the rules are in `ykt_sim.card.rules.commit`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from ykt_sim.card.model import CellKey, Cells, CellValue, Key, Money, PurseState
from ykt_sim.card.operations import ONLINE
from ykt_sim.card.powered import Powered
from ykt_sim.card.rules.commit import CommitRules
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import INS, TransactionType
from ykt_sim.faults.card.fault import CardFault, Heard, Image, Late, Restart, Rule, Switch, data
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import TransactionRecord
from ykt_sim.wire.purse import CreditData, DebitData

_T = TransactionType
_LOG: Final = TunionFile.LOG
_MAC1_AT: Final = slice(-4, None)
Extra = Mapping[CellKey, CellValue]


# -- what is verified ------------------------------------------------------------------


class _AnyParameters(CommitRules):
    def parameters(self, purse: PurseState, command: Command, p1: int) -> None:
        pass


def _sized(command: Command) -> Command:
    """The command with its data cut or filled up; an unload's is taken as it is."""
    if command.ins == INS.DEBIT and command.p1 == 0x03:
        return command
    size = DebitData.SIZE if command.ins == INS.DEBIT else CreditData.SIZE
    return command._replace(data=command.data[:size].ljust(size, b"\0"))


class _LeftHalf(CommitRules):
    def tac_key(self, key: Key) -> bytes:
        return key.value[:8]


class _SessionAfter(CommitRules):
    def purchase_session(self, transaction: Transaction, serial: bytes) -> bytes:
        moved = dataclasses.replace(transaction, counter=transaction.counter + 1)
        return super().purchase_session(moved, serial)


class _AnyMac(CommitRules):
    def mac_fits(self, due: bytes, got: bytes) -> bool:
        del due, got
        return True


class _ZeroMac(CommitRules):
    def mac_fits(self, due: bytes, got: bytes) -> bool:
        return not any(got) or super().mac_fits(due, got)


class _HalfMac(CommitRules):
    def mac_fits(self, due: bytes, got: bytes) -> bool:
        return super().mac_fits(due, got[:2] + due[2:])


def _wrong_mac(
    change: Callable[[Powered, Transaction, PurseState, Extra], Extra],
) -> type[CommitRules]:
    """A wrong MAC writes cells all the same; ``change`` gives them."""

    class WrongMac(CommitRules):
        def mac_wrong(
            self, card: Powered, transaction: Transaction, purse: PurseState, extra: Extra
        ) -> int:
            told = super().mac_wrong(card, transaction, purse, extra)
            staged = card.memory.staged(("purse", card.session.df, transaction.kind))
            purse = staged if isinstance(staged, PurseState) else purse
            for key, value in change(card, transaction, purse, extra).items():
                card.put(key, value)
            return told

    return WrongMac


def _counts(card: Powered, transaction: Transaction, purse: PurseState, _extra: Extra) -> Extra:
    moved = "online" if transaction.type in ONLINE else "offline"
    changed = msgspec.structs.replace(purse, **{moved: getattr(purse, moved) + 1})
    return {("purse", card.session.df, transaction.kind): changed}


def _clears_proof(
    card: Powered, transaction: Transaction, purse: PurseState, _extra: Extra
) -> Extra:
    changed = msgspec.structs.replace(purse, proof=None)
    return {("purse", card.session.df, transaction.kind): changed}


def _takes_money(
    card: Powered, transaction: Transaction, purse: PurseState, _extra: Extra
) -> Extra:
    money = card.money(purse.money)
    left = max(money.actual - transaction.amount, 0)
    return {("money", purse.money): msgspec.structs.replace(money, actual=left)}


def _logs(card: Powered, transaction: Transaction, purse: PurseState, _extra: Extra) -> Extra:
    line = (transaction.counter + 1).to_bytes(2, "big") + bytes(TransactionRecord.SIZE - 2)
    lines = (line, *card.records(purse.log_fid)[:-1])
    return {("data", card.session.df, purse.log_fid): lines}


# -- the codes that go out -------------------------------------------------------------


class _TacCounterAfter(CommitRules):
    def counter_in_tac(self, transaction: Transaction) -> int:
        return super().counter_in_tac(transaction) + 1


class _Mac3UnderTacKey(CommitRules):
    def mac3_key(self, tac_key: bytes, transaction: Transaction) -> bytes:
        del transaction
        return tac_key


class _OldLimitInTac(CommitRules):
    def limit_in_tac(self, before: Money, limit: int) -> int:
        del limit
        return before.limit


class _PurchaseInTac(CommitRules):
    def type_in_tac(self, transaction: Transaction) -> TransactionType:
        del transaction
        return _T.EP_PURCHASE


def _purchase(command: bytes) -> bool:
    """DEBIT of a purchase; with P1 03 it is that of an unload, and answers MAC3."""
    return command[2] != 0x03


# -- what is written -------------------------------------------------------------------


def _counted(
    change: Callable[[PurseState, int, int], tuple[int, int]], *types: TransactionType
) -> type[CommitRules]:
    """Other counters after transactions of these types: ``change`` (purse before, on, off)."""

    class Counted(CommitRules):
        def counted(self, purse: PurseState, transaction: Transaction) -> tuple[int, int]:
            online, offline = super().counted(purse, transaction)
            if transaction.type not in types:
                return online, offline
            return change(purse, online, offline)

    return Counted


class _NotEnded(CommitRules):
    def ended(self, card: Powered) -> State:
        return card.session.state


def _elsewhere(
    change: Callable[[Transaction, Extra, CellKey, CellValue], CellValue | None],
) -> type[CommitRules]:
    """Commits write into cells of other applications; None for those left as they are."""

    class Elsewhere(CommitRules):
        def elsewhere(self, card: Powered, transaction: Transaction, logged: Extra) -> Extra:
            extra = dict(super().elsewhere(card, transaction, logged))
            for key, value in card.memory.cells.items():
                if key[0] not in ("data", "purse") or key[1] == card.session.df:
                    continue
                changed = change(transaction, logged, key, extra.get(key, value))
                if changed is not None:
                    extra[key] = changed
            return extra

    return Elsewhere


def _line_too(
    _transaction: Transaction, logged: Extra, key: CellKey, value: CellValue
) -> CellValue | None:
    lines = next(iter(logged.values()), ())
    if key[0] != "data" or key[2] != _LOG or not isinstance(value, tuple):
        return None
    return (lines[0], *value[:-1]) if isinstance(lines, tuple) and lines else None


def _counter_too(
    transaction: Transaction, _logged: Extra, _key: CellKey, value: CellValue
) -> CellValue | None:
    if not isinstance(value, PurseState) or transaction.type in ONLINE:
        return None
    return msgspec.structs.replace(value, offline=value.offline + 1)


def _proof_too(
    _transaction: Transaction, _logged: Extra, _key: CellKey, value: CellValue
) -> CellValue | None:
    if not isinstance(value, PurseState):
        return None
    return msgspec.structs.replace(value, proof=None)


# -- counters of the image and at a restart --------------------------------------------


def _purses(change: Callable[[PurseState], PurseState]) -> Callable[[Cells], None]:
    """Change every purse."""

    def changed(cells: Cells) -> None:
        for key, value in cells.items():
            if isinstance(value, PurseState):
                cells[key] = change(value)

    return changed


FAULTS: Final = (
    CardFault(
        "session-counter-after",
        "the session key is made with the counter after the transaction",
        Rule(_SessionAfter),
    ),
    CardFault("purse-mac-not-checked", "MAC1 and MAC2 are not checked", Rule(_AnyMac)),
    CardFault("zero-mac-accepted", "zeros are taken for MAC1 and MAC2", Rule(_ZeroMac)),
    CardFault(
        "purse-mac-two-bytes",
        "only the first two bytes of MAC1 and MAC2 are checked",
        Rule(_HalfMac),
    ),
    CardFault("wrong-mac-counts", "a wrong MAC moves the counter", Rule(_wrong_mac(_counts))),
    CardFault(
        "wrong-mac-takes-money",
        "a wrong MAC is answered 9302 and the money is gone",
        Rule(_wrong_mac(_takes_money)),
    ),
    CardFault("wrong-mac-logged", "a wrong MAC leaves a line in the log", Rule(_wrong_mac(_logs))),
    CardFault(
        "wrong-mac-clears-proof",
        "a wrong MAC clears the stored proof",
        Rule(_wrong_mac(_clears_proof)),
    ),
    CardFault(
        "wrong-mac-keeps-updates",
        "a wrong MAC1 writes the updates all the same",
        Rule(_wrong_mac(lambda _card, _transaction, _purse, extra: extra)),
    ),
    CardFault(
        "tac-key-left-half",
        "the TAC key is the left half of the key, not the XOR of both",
        Rule(_LeftHalf),
    ),
    CardFault(
        "tac-counter-after",
        "TAC and MAC3 of online transactions carry the counter after",
        Rule(_TacCounterAfter),
    ),
    CardFault("tac-type-06", "the TAC of a composite purchase says 06", Rule(_PurchaseInTac)),
    CardFault(
        "tac-old-limit",
        "the TAC of an overdraft update carries the old limit",
        Rule(_OldLimitInTac),
    ),
    CardFault(
        "mac3-under-tac-key", "MAC3 of an unload is made with the TAC key", Rule(_Mac3UnderTacKey)
    ),
    CardFault(
        "mac2-repeats-mac1",
        "MAC2 is the MAC1 that was sent",
        data(
            INS.DEBIT,
            change=lambda command, told: (
                told[:4] + Command.parse(command).data[_MAC1_AT] if _purchase(command) else told
            ),
        ),
    ),
    CardFault(
        "debit-mac2-first",
        "DEBIT answers MAC2 before TAC",
        data(INS.DEBIT, change=lambda _command, told: told[4:] + told[:4]),
    ),
    CardFault(
        "debit-p1-02-refused",
        "DEBIT with P1=02 is refused",
        Switch(PurseState, {"debit_p1_02": False}),
    ),
    CardFault("commit-twice", "a finished transaction can be committed again", Rule(_NotEnded)),
    CardFault(
        "one-counter",
        "online and offline transactions share one counter",
        Rule(_counted(lambda _purse, on, off: (max(on, off), max(on, off)), *_T)),
    ),
    CardFault(
        "purchase-counts-twice",
        "a purchase moves the offline counter by two",
        Rule(_counted(lambda _purse, on, off: (on, off + 1), _T.EP_PURCHASE)),
    ),
    CardFault(
        "composite-not-counted",
        "composite purchases leave the offline counter",
        Rule(_counted(lambda purse, on, _off: (on, purse.offline), _T.COMPOSITE_PURCHASE)),
    ),
    CardFault(
        "load-not-counted",
        "loads leave the online counter",
        Rule(_counted(lambda purse, _on, off: (purse.online, off), _T.EP_LOAD)),
    ),
    CardFault(
        "unload-not-counted",
        "unloads leave the online counter",
        Rule(_counted(lambda purse, _on, off: (purse.online, off), _T.UNLOAD)),
    ),
    CardFault(
        "counts-from-one",
        "the counters of a new card are one",
        Image(
            _purses(
                lambda purse: msgspec.structs.replace(
                    purse, online=max(purse.online, 1), offline=max(purse.offline, 1)
                )
            )
        ),
    ),
    CardFault(
        "reset-counts-back",
        "a reset takes one off the offline counter",
        Restart(
            _purses(lambda purse: msgspec.structs.replace(purse, offline=max(purse.offline - 1, 0)))
        ),
    ),
    CardFault("slow-debit", "DEBIT takes half a second", Late(INS.DEBIT, 0.5)),
    CardFault(
        "commit-length-not-checked",
        "a commit of a wrong length is cut or filled up",
        Heard((INS.DEBIT, INS.CREDIT_FOR_LOAD), _sized),
    ),
    CardFault(
        "commit-p1p2-not-checked",
        "P1 and P2 of commits are not looked at",
        Rule(_AnyParameters),
    ),
    CardFault(
        "counters-shared",
        "a purchase moves the other application's counter as well",
        Rule(_elsewhere(_counter_too)),
    ),
    CardFault(
        "log-in-both",
        "a transaction is logged in both applications",
        Rule(_elsewhere(_line_too)),
    ),
    CardFault(
        "proof-shared",
        "a transaction clears the other application's proof",
        Rule(_elsewhere(_proof_too)),
    ),
)
