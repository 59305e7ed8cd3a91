"""What follows for the amounts from what was told."""

from __future__ import annotations

from ykt_sim.meaning.duty.purse import Money


def test_nothing_is_known_at_first() -> None:
    money = Money()
    assert (money.actual, money.drawn, money.after_load(5)) == (None, None, None)
    money.move(-3)
    assert money.available is None


def test_available_and_limit_say_the_rest() -> None:
    money = Money(available=700, limit=200)
    assert (money.actual, money.drawn) == (500, 0)
    money.move(-600)
    assert (money.actual, money.drawn) == (0, 100)
    assert money.after_load(150) == 50


def test_a_new_limit_leaves_balance_and_what_is_drawn() -> None:
    money = Money(available=100, limit=200)
    money.set_limit(150)
    assert (money.available, money.actual, money.drawn) == (50, 0, 100)


def test_a_limit_set_over_an_unknown_one_makes_the_balance_unknown() -> None:
    money = Money(available=100)
    money.set_limit(50)
    assert (money.available, money.limit) == (None, 50)


def test_parts_tell_the_whole() -> None:
    money = Money()
    money.learn(limit=300)
    money.learn(actual=0)
    assert money.available is None
    money.learn(drawn=100)
    assert money.available == 200
    money.learn(actual=40)
    assert money.available == 340
