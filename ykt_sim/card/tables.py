"""Which commands an application answers: one table each, one row a command.

A row names the class bytes the command takes [GM 7, 8][LAB] and its handler in each purse
state. A command without a row is 6D00, another class byte 6E00, a state without a handler
6901. INITIALIZE enters from any state, a commit is there in its own state only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim.card.commands import commits, composite, files, issuing, purse, records, security
from ykt_sim.card.context import Context
from ykt_sim.card.states import State
from ykt_sim.codes import INS
from ykt_sim.wire.apdu import Command

Handler = Callable[[Context, Command], tuple[bytes, State]]


class Row(NamedTuple):
    """One command.

    Attributes:
        classes: class bytes it takes.
        handlers: state to handler.
        while_blocked: a blocked application still answers it [GM 8.3].
        says_locked: says 9303 of a permanently locked application; the others
            say 6A81 [GM 7.10, 8].
    """

    classes: frozenset[int]
    handlers: Mapping[State, Handler]
    while_blocked: bool = False
    says_locked: bool = False


Table = Mapping[int, Row]


def _row(
    classes: tuple[int, ...],
    handler: Handler,
    *,
    while_blocked: bool = False,
    says_locked: bool = False,
    states: Mapping[State, Handler] = MappingProxyType({}),
) -> Row:
    """A command for all states, another handler in some."""
    handlers = {state: states.get(state, handler) for state in State}
    return Row(frozenset(classes), handlers, while_blocked, says_locked)


def _commit(*handlers: tuple[State, Handler]) -> Row:
    return Row(frozenset((0x80,)), dict(handlers))


#: What every directory with files, keys or purses answers.
PURSE: Final[Table] = MappingProxyType({
    INS.SELECT: _row((0x00,), files.select, while_blocked=True),
    INS.READ_BINARY: _row((0x00, 0x04), files.read_binary),
    INS.UPDATE_BINARY: _row((0x00, 0x04), files.update_binary),
    INS.WRITE_BINARY: _row((0x00, 0x04), files.update_binary),
    INS.READ_RECORD: _row((0x00, 0x04), records.read_record),
    INS.UPDATE_RECORD: _row(
        (0x00, 0x04, 0x80, 0x84), records.update_record,
        states={State.COMPOSITE: composite.update_cache_or_record},
    ),
    INS.APPEND_RECORD: _row((0x00, 0x04), records.append_record),
    INS.READ_EXT_DATA: _row((0x80,), records.read_ext_data),
    INS.GET_DATA: _row((0x80,), files.get_data),
    INS.GET_PROCESSING_OPTIONS: _row((0x80,), files.no_processing_options),
    INS.GET_CHALLENGE: _row((0x00,), security.get_challenge, while_blocked=True),
    INS.EXTERNAL_AUTHENTICATE: _row((0x00,), security.external_authenticate),
    INS.INTERNAL_AUTHENTICATE: _row((0x00,), security.internal_authenticate),
    INS.VERIFY: _row((0x00,), security.verify, says_locked=True),
    INS.CHANGE_PIN: _row((0x80,), security.change_or_reload_pin, says_locked=True),
    INS.PIN_UNBLOCK: _row((0x84,), security.unblock_pin, says_locked=True),
    INS.APP_BLOCK: _row((0x84,), security.block_application, while_blocked=True),
    INS.APP_UNBLOCK: _row((0x84,), security.unblock_application, while_blocked=True),
    INS.CARD_BLOCK: _row((0x84,), security.block_card),
    INS.GET_BALANCE: _row((0x80,), purse.get_balance),
    INS.INITIALIZE: _row((0x80,), purse.initialize),
    INS.CREDIT_FOR_LOAD: _commit((State.LOAD, commits.credit_for_load)),
    INS.DEBIT: _commit(
        (State.PURCHASE, commits.debit_purchase),
        (State.COMPOSITE, composite.debit_composite),
        (State.UNLOAD, commits.debit_unload),
    ),
    INS.UPDATE_OVERDRAFT: _commit((State.OVERDRAFT, commits.update_overdraft)),
    INS.GET_TRANSACTION_PROVE: _row((0x80,), purse.get_transaction_prove),
    INS.CREATE_FILE: _row((0x80,), issuing.create_file),
    INS.WRITE_KEY: _row((0x80, 0x84), issuing.write_key),
    INS.ERASE_DF: _row((0x80,), issuing.erase_df),
})  # fmt: skip

#: An e-cash application.
ECASH: Final[Table] = MappingProxyType({
    **PURSE,
    INS.GET_PROCESSING_OPTIONS: _row((0x80,), files.get_processing_options),
})  # fmt: skip

#: A directory's standard (`model.Df`) to the table it answers; "" stands for any other.
TABLES: Final[Mapping[str, Table]] = MappingProxyType({"": PURSE, "ecash": ECASH})
