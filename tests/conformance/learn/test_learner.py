"""AALpy learns what the search lets through, and the search says how far it went."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, cast

import pytest

from tests.conformance.learn.machines import Turnstile, turnstile
from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.learn.asking import Card
from ykt_conformance.learn.learner import LONGEST, Search, learner
from ykt_sim.errors import UsageError


def _search(card: Turnstile, **far: int) -> Search:
    chance = Chance(seeded(1, "turnstile"))
    return Search(cast(Card, card), card.letters, chance, **(cast(Any, far)))


def test_a_machine_is_learnt_whole_and_its_states_are_numbered_by_distance() -> None:
    card = Turnstile()
    search = _search(card, extra=0, walks=20)
    learner()(card.letters, cast(Card, card), search)
    machine = search.machine
    assert machine is not None
    assert machine.access == turnstile().access
    assert machine.moves == turnstile().moves
    assert (search.sure, search.walked) == (0, 20)


def test_extra_states_ask_for_longer_words_and_random_ones_have_an_end() -> None:
    asked = {}
    for extra, walks in ((0, 0), (2, 0), (0, 50)):
        card = Turnstile()
        search = _search(card, extra=extra, walks=walks)
        learner()(card.letters, cast(Card, card), search)
        assert search.sure == extra
        asked[extra, walks] = card.asked
    assert len(asked[2, 0]) > len(asked[0, 0])
    random = set(asked[0, 50]) - set(asked[0, 0])
    assert 10 < len(random) <= 50
    assert max(map(len, random)) <= 2 + LONGEST + 1


def test_without_aalpy_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalpy.learning_algs", None)
    with pytest.raises(UsageError, match=r"ykt-sim\[explore\]"):
        learner()


class _Patient(Turnstile):
    """A turnstile that is broken by its fourth push in vain, whatever came between."""

    def query(self, word: Sequence[str]) -> list[str]:
        found, vain = super().query(word), 0
        for at, answer in enumerate(found):
            found[at] = "broken" if vain > 3 else answer
            vain += answer == "6901"
        return found


def test_a_count_that_is_kept_inside_is_found_by_loops() -> None:
    card = _Patient()
    search = _search(card, extra=0, walks=0)
    learner()(card.letters, cast(Card, card), search)
    assert search.machine is not None
    outputs = {move.output for moves in search.machine.moves for move in moves.values()}
    assert "broken" in outputs
