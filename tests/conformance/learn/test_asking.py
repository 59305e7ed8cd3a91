"""Words are asked once, on cards as they were at first, and judged on the way."""

from __future__ import annotations

from itertools import chain, repeat

import pytest

from ykt_conformance.explore import ExplorePlan
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import asking
from ykt_conformance.learn.alphabet import Subject
from ykt_conformance.learn.asking import NO_ANSWER, NOT_SENT, POWER, Card, EndedEarly
from ykt_conformance.run.targets.names import CardTarget, open_target

_BALANCE = "send 805C000204"
_SUBJECT = Subject("any", ("select tunion", _BALANCE, "reset", "pull init purchase 1"), ())


def _card(*names: str, subject: Subject = _SUBJECT) -> Card:
    """A target whose first cards are these, each time the next one, and then always the last."""
    targets = [open_target(name) for name in names]
    others = chain(targets, repeat(targets[-1]))
    target = CardTarget(
        "some", targets[0].capabilities, lambda seed: next(others).open(seed), form="tunion"
    )
    plan = ExplorePlan(target=target, form=forms.load("tunion").values, clock=lambda: 0.0)
    return Card(plan, subject, lambda _card: False)


def test_an_output_is_the_status_word_and_how_many_bytes_came() -> None:
    card = _card("sim:tunion")
    word = ("select tunion", _BALANCE, "reset", "commit 1", "pull " + _BALANCE)
    outputs = card.query(word)
    assert outputs == ["9000+51", "9000+4", POWER, NOT_SENT, NO_ANSWER]


def test_a_word_that_is_known_is_not_asked_again() -> None:
    card = _card("sim:tunion")
    card.query(("select tunion", _BALANCE))
    exchanges = card.exchanges
    assert card.query(("select tunion",)) == ["9000+51"]
    assert (card.exchanges, card.num_queries, card.num_cached_queries) == (exchanges, 1, 1)


def test_a_card_that_answers_otherwise_the_second_time_ends_it() -> None:
    card = _card("sim:tunion", "sim:tunion?deviate=balance-three-bytes")
    card.query(("select tunion", _BALANCE))
    with pytest.raises(EndedEarly, match=r"805C000204: was answered 9000\+4 once and 9000\+3 now"):
        card.query(("select tunion", _BALANCE, "reset"))


def test_only_so_many_words_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_REMEMBERED", 3)
    card = _card("sim:tunion")
    card.query(("select tunion", _BALANCE, "reset"))
    with pytest.raises(EndedEarly, match="remembered"):
        card.query(("reset",))


def test_the_fewest_steps_to_a_broken_rule_are_kept_and_what_follows_is_not_counted() -> None:
    card = _card("sim:tunion?deviate=balance-three-bytes")
    card.query(("select tunion", "reset", "select tunion", _BALANCE, _BALANCE))
    card.query(("select tunion", _BALANCE))
    (((rule, letter), broken),) = card.broken.items()
    assert (rule, letter) == ("R-BAL-LENGTH", _BALANCE)
    assert broken.steps == ("select tunion", _BALANCE)
    assert broken.tried.said[-1].answer.endswith(b"\x90\x00")
    assert broken.words == {("select tunion", "reset", "select tunion"), ("select tunion",)}


def test_a_rule_broken_by_the_steps_before_every_word_is_noted() -> None:
    before = ("select tunion", _BALANCE)
    subject = Subject("any", ("reset",), before)
    card = _card("sim:tunion?deviate=balance-three-bytes", subject=subject)
    card.query(("reset",))
    assert [broken.steps for broken in card.broken.values()] == [before]
