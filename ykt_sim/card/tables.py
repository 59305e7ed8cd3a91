"""Which commands an application answers: one table each, one row a command.

A row names the class bytes the command takes, those of `wire.commands`, and its handler in
each purse state. A command without a row is 6D00, another class byte 6E00, a state without a
handler 6901. INITIALIZE enters from any state, a commit is there in its own state only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim.card.commands import commits, composite, files, issuing, purse, records, security
from ykt_sim.card.context import CardContext
from ykt_sim.card.states import State
from ykt_sim.codes import INS
from ykt_sim.wire import commands as wire
from ykt_sim.wire.apdu import Command

Handler = Callable[[CardContext, Command], tuple[bytes, State]]


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
    return Row(frozenset(map(int, classes)), handlers, while_blocked, says_locked)


def _commit(classes: tuple[int, ...], *handlers: tuple[State, Handler]) -> Row:
    return Row(frozenset(map(int, classes)), dict(handlers))


#: What every directory with files, keys or purses answers.
PURSE: Final[Table] = MappingProxyType({
    INS.SELECT: _row(wire.SELECT.cla, files.select, while_blocked=True),
    INS.READ_BINARY: _row(wire.READ_BINARY.cla, files.read_binary),
    INS.UPDATE_BINARY: _row(wire.UPDATE_BINARY.cla, files.update_binary),
    INS.WRITE_BINARY: _row(wire.UPDATE_BINARY.cla, files.update_binary),
    INS.READ_RECORD: _row(wire.READ_RECORD.cla, records.read_record),
    INS.UPDATE_RECORD: _row(
        wire.UPDATE_RECORD.cla + wire.UPDATE_CAPP_CACHE.cla, records.update_record,
        states={State.COMPOSITE: composite.update_cache_or_record},
    ),
    INS.APPEND_RECORD: _row(wire.APPEND_RECORD.cla, records.append_record),
    INS.READ_EXT_DATA: _row(wire.READ_EXT_DATA.cla, records.read_ext_data),
    INS.GET_DATA: _row(wire.GET_DATA.cla, files.get_data),
    INS.GET_PROCESSING_OPTIONS: _row(wire.GET_PROCESSING_OPTIONS.cla, files.no_processing_options),
    INS.GET_CHALLENGE: _row(wire.GET_CHALLENGE.cla, security.get_challenge, while_blocked=True),
    INS.EXTERNAL_AUTHENTICATE: _row(wire.EXTERNAL_AUTHENTICATE.cla, security.external_authenticate),
    INS.INTERNAL_AUTHENTICATE: _row(wire.INTERNAL_AUTHENTICATE.cla, security.internal_authenticate),
    INS.VERIFY: _row(wire.VERIFY.cla, security.verify, says_locked=True),
    INS.CHANGE_PIN: _row(wire.CHANGE_PIN.cla, security.change_or_reload_pin, says_locked=True),
    INS.PIN_UNBLOCK: _row(wire.PIN_UNBLOCK.cla, security.unblock_pin, says_locked=True),
    INS.APP_BLOCK: _row(wire.APP_BLOCK.cla, security.block_application, while_blocked=True),
    INS.APP_UNBLOCK: _row(wire.APP_UNBLOCK.cla, security.unblock_application, while_blocked=True),
    INS.CARD_BLOCK: _row(wire.CARD_BLOCK.cla, security.block_card),
    INS.GET_BALANCE: _row(wire.GET_BALANCE.cla, purse.get_balance),
    INS.INITIALIZE: _row(wire.INITIALIZE_LOAD.cla, purse.initialize),
    INS.CREDIT_FOR_LOAD: _commit(wire.CREDIT_FOR_LOAD.cla, (State.LOAD, commits.credit_for_load)),
    INS.DEBIT: _commit(
        wire.DEBIT.cla,
        (State.PURCHASE, commits.debit_purchase),
        (State.COMPOSITE, composite.debit_composite),
        (State.UNLOAD, commits.debit_unload),
    ),
    INS.UPDATE_OVERDRAFT: _commit(
        wire.UPDATE_OVERDRAFT.cla, (State.OVERDRAFT, commits.update_overdraft)
    ),
    INS.GET_TRANSACTION_PROVE: _row(wire.GET_TRANSACTION_PROVE.cla, purse.get_transaction_prove),
    INS.CREATE_FILE: _row(wire.CREATE_FILE.cla, issuing.create_file),
    INS.WRITE_KEY: _row(wire.WRITE_KEY.cla, issuing.write_key),
    INS.ERASE_DF: _row(wire.ERASE_DF.cla, issuing.erase_df),
})  # fmt: skip

#: An e-cash application.
ECASH: Final[Table] = MappingProxyType({
    **PURSE,
    INS.GET_PROCESSING_OPTIONS: _row(wire.GET_PROCESSING_OPTIONS.cla, files.get_processing_options),
})  # fmt: skip

#: A directory's standard (`model.Df`) to the table it answers; "" stands for any other.
TABLES: Final[Mapping[str, Table]] = MappingProxyType({"": PURSE, "ecash": ECASH})
