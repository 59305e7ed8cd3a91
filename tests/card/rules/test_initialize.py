"""What INITIALIZE answers."""

from __future__ import annotations

from ykt_sim.card.model import Key, Money
from ykt_sim.card.operations import OPERATIONS
from ykt_sim.card.rules.initialize import InitializeRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import Operation, Purse, TransactionType
from ykt_sim.wire.purse import InitializeLoadAnswer

KEY = Key(value=bytes(range(16)), version=3, algorithm=2)


def test_the_answer_to_a_load_names_the_keys_version_and_algorithm() -> None:
    begun = Transaction(
        type=TransactionType.EP_LOAD, kind=2, amount=500, terminal="413101010101",
        random=b"\1\2\3\4", counter=6, key=KEY.value, session=bytes(8),
    )  # fmt: skip
    answer = InitializeLoadAnswer.parse(InitializeRules().load_answer(Money(40, 0, 0), KEY, begun))
    assert (answer.key_version, answer.algorithm) == (3, 2)
    assert (answer.balance, answer.counter, answer.random) == (40, 6, b"\1\2\3\4")


def test_what_falls_to_the_electronic_purse_where_there_is_no_deposit() -> None:
    rules = InitializeRules()
    for name in (Operation.UNLOAD, Operation.OVERDRAFT):
        operation = next(row for row in OPERATIONS.values() if row.name == name)
        assert rules.kind(_Purses(Purse.EP), operation, Purse.ED) == Purse.EP  # type: ignore[arg-type]
        both = _Purses(Purse.EP, Purse.ED)
        if Purse.ED in operation.types:
            assert rules.kind(both, operation, Purse.ED) == Purse.ED  # type: ignore[arg-type]


class _Purses:
    """A card as far as the rule asks it: which purses it has."""

    def __init__(self, *kinds: Purse) -> None:
        self._kinds = kinds

    def purse(self, kind: int) -> object:
        """Something where there is one."""
        return "purse" if kind in self._kinds else None
