"""The rules of the amounts, on amounts alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ykt_sim.card.model import MAX_LIMIT, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.money import MAX_BALANCE, MoneyRules
from ykt_sim.codes import SW

RULES = MoneyRules()
FEN = st.integers(0, 0xFFFF)


@st.composite
def monies(draw: st.DrawFn) -> Money:
    """Amounts as a card may hold them: nothing drawn while there is something left."""
    limit = draw(FEN)
    drawn = draw(st.integers(0, limit))
    return Money(0 if drawn else draw(FEN), limit, drawn)


def refusal(call: object, *args: object) -> int:
    with pytest.raises(Refusal) as refused:
        call(*args)
    return refused.value.sw


@given(monies(), FEN)
def test_a_purchase_takes_its_amount_and_the_balance_first(money: Money, amount: int) -> None:
    if amount > money.available:
        assert refusal(RULES.spent, money, amount) == SW.BALANCE_INSUFFICIENT
        return
    after = RULES.spent(money, amount)
    assert after.available == money.available - amount
    assert after.limit == money.limit
    assert not (after.actual and after.overdrawn)


@given(monies(), FEN)
def test_a_load_repays_first(money: Money, amount: int) -> None:
    after = RULES.loaded(money, amount)
    assert after.available == money.available + amount
    assert after.overdrawn == max(money.overdrawn - amount, 0)
    assert not (after.actual and after.overdrawn)


@given(monies(), FEN)
@example(Money(100, 0, 0), 40)
def test_an_unload_takes_the_actual_balance_only(money: Money, amount: int) -> None:
    if amount > money.actual:
        assert refusal(RULES.unloaded, money, amount) == SW.BALANCE_INSUFFICIENT
    else:
        assert RULES.unloaded(money, amount) == Money(
            money.actual - amount, money.limit, money.overdrawn
        )


@pytest.mark.parametrize(
    ("after", "fits"),
    [
        (Money(1000), True),
        (Money(1001), False),
        (Money(1000, 500, 0), True),
    ],
)
def test_a_load_goes_up_to_the_ceiling(after: Money, *, fits: bool) -> None:
    purse = PurseState("m", ceiling=1000)
    if fits:
        RULES.under_ceiling(purse, after)
    else:
        assert refusal(RULES.under_ceiling, purse, after) == SW.CONDITIONS


def test_a_balance_stays_within_four_bytes() -> None:
    purse = PurseState("m", ceiling=MAX_BALANCE)
    RULES.under_ceiling(purse, Money(MAX_BALANCE))
    assert refusal(RULES.under_ceiling, purse, Money(MAX_BALANCE, 1, 0)) == SW.CONDITIONS
    assert refusal(RULES.limited, purse, Money(MAX_BALANCE), 1) == SW.CONDITIONS


def test_a_limit_is_replaced_and_not_below_what_is_drawn() -> None:
    purse, money = PurseState("m", ceiling=1000), Money(0, 500, 200)
    assert RULES.limited(purse, money, 200) == Money(0, 200, 200)
    assert refusal(RULES.limited, purse, money, 199) == SW.BALANCE_INSUFFICIENT


def test_ceiling_and_limit_stay_within_three_bytes_together() -> None:
    purse = PurseState("m", ceiling=1000)
    RULES.limited(purse, Money(), MAX_LIMIT - 1000)
    assert refusal(RULES.limited, purse, Money(), MAX_LIMIT - 999) == SW.CONDITIONS
    RULES.limited(PurseState("m", ceiling=MAX_LIMIT + 1), Money(), MAX_LIMIT)
