"""The purse: INITIALIZE, GET BALANCE and GET TRANSACTION PROVE; commits are in `commits`.

Rules from [GM 8.7-8.14] as corrected by real cards (purse facts, section 0):

* log and GET TRANSACTION PROVE carry the counter AFTER a transaction, TAC and MAC3 the
  one before;
* GET TRANSACTION PROVE answers MAC2 || TAC, DEBIT answers TAC || MAC2;
* INITIALIZE does not clear the stored proof, only the next commit replaces it;
* the TAC key is the XOR of the key's halves, also for overdraft updates.

They are in `rules.initialize`, `rules.money`, `rules.balance` and `rules.proof`.
"""

from __future__ import annotations

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import Money, PurseState
from ykt_sim.card.operations import LOAD, OVERDRAFT, UNLOAD, CardOperation
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, Purse
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command


def initialize(context: CardContext, command: Command) -> tuple[bytes, State]:
    """INITIALIZE FOR load, purchase, cash, composite purchase, overdraft update, unload."""
    rules = context.rules.initialize
    operation = rules.operation(command.p1)
    kind = rules.kind(context, operation, command.p2)
    rules.answer_length(operation, command)
    purse = context.purse(kind)
    if purse is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    key_index, amount, terminal = _asked(context, operation, purse, command.data)
    context.demand(purse.use_ac)
    rules.pin(context, purse, operation.name)
    key = rules.key(context, operation, key_index)
    context.demand(key.use_ac)
    counter = rules.counter(purse, operation)
    money = context.money(purse.money)
    _demand_amount(context, operation, purse, money, amount)
    rules.writes(context, kind, operation)
    transaction = rules.begun(
        Transaction(
            type=operation.types[kind],
            kind=kind,
            amount=amount,
            terminal=terminal,
            random=rules.random(context),
            counter=counter,
            key=key.value,
        ),
        context.session.transaction,
    )
    context.session.transaction = transaction
    if not operation.online:
        return rules.purchase_answer(money, key, transaction), operation.state
    transaction.session = rules.online_session(key, transaction)
    answer = rules.overdraft_answer if operation.name == OVERDRAFT else rules.load_answer
    return answer(money, key, transaction), operation.state


def _asked(
    context: CardContext, operation: CardOperation, purse: PurseState, data: bytes
) -> tuple[int, int, str]:
    """Key index, amount and terminal; the new limit is told at the commit only."""
    if operation.name == OVERDRAFT:
        update = wire.InitializeOverdraftData.parse(data)
        context.rules.initialize.overdraft(purse)
        return update.key_index, 0, update.terminal
    asked = wire.InitializeData.parse(data)
    return asked.key_index, asked.amount, asked.terminal


def _demand_amount(
    context: CardContext, operation: CardOperation, purse: PurseState, money: Money, amount: int
) -> None:
    """Refuse at once what the commit could not do."""
    rules = context.rules.money
    if operation.name == LOAD:
        rules.under_ceiling(purse, rules.loaded(money, amount))
    elif operation.name == UNLOAD:
        rules.covered(rules.unloadable(money), amount)
    elif not operation.online:
        rules.covered(rules.spendable(money), amount)


def get_transaction_prove(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET TRANSACTION PROVE: MAC2 || TAC of the last commit, by type and number after it."""
    rules = context.rules.proof
    rules.parameters(command)
    number = rules.number(command.data)
    if not any(context.purse(kind) for kind in (Purse.ED, Purse.EP)):
        raise Refusal(SW.FILE_NOT_FOUND)
    for kind in (Purse.EP, Purse.ED):
        purse = context.purse(kind)
        proof = purse.proof if purse else None
        if proof is not None and rules.fits(proof, command.p2, number):
            return rules.answer(proof), State.IDLE
    raise Refusal(SW.PROOF_NOT_AVAILABLE)


def get_balance(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET BALANCE: any of the purse's amounts, by P1."""
    rules = context.rules.balance
    purse = context.purse(rules.kind(command))
    if purse is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    rules.amount(purse, command.p1)
    context.rules.initialize.pin(context, purse, "balance")
    rules.answer_length(command)
    answer = rules.answer(purse, context.money(purse.money), command.p1)
    return answer, context.session.state
