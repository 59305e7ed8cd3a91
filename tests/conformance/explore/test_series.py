"""Lists in which things follow each other: each kind finds a fault that shows so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ykt_conformance.explore import ExplorePlan, plan, replay, series
from ykt_conformance.explore import lists as k
from ykt_conformance.explore.subject import Steps
from ykt_conformance.ics import form as forms
from ykt_conformance.run.targets.names import open_target
from ykt_sim.card import rules
from ykt_sim.codes import LNT, TUNION

FORM = forms.load("dual").values
BASIC = "lnt-basic"
Patch = Callable[[pytest.MonkeyPatch], None]


def _found(lists: Iterator[Steps]) -> str:
    """The rule that the first of these lists breaks, each on a new card; empty where none does."""
    explored = ExplorePlan(target=open_target("sim:dual"), form=FORM, clock=lambda: 0.0)
    for steps in lists:
        came = replay(explored, (*plan.prologue(FORM), *steps))
        if came.divergence is not None:
            return came.divergence.rule.id
    return ""


def _turned(patch: pytest.MonkeyPatch) -> None:
    """Updates that wait are written last first."""
    patch.setattr(rules.CompositeRules, "applied", lambda _self, cache: list(cache)[::-1])


def _stale(patch: pytest.MonkeyPatch) -> None:
    """READ EXT DATA goes on saying what it said first."""
    right, said = rules.RecordsRules.by_long_id, dict[bytes, Any]()

    def by_long_id(self: Any, records: Any, wanted: Any) -> Any:
        return said.setdefault(bytes(wanted), right(self, records, wanted))

    patch.setattr(rules.RecordsRules, "by_long_id", by_long_id)


def _adds(patch: pytest.MonkeyPatch) -> None:
    """A right shown twice counts twice."""
    right = rules.KeysRules.register

    def register(self: Any, before: int, key: Any) -> int:
        return min(15, before + right(self, before, key))

    patch.setattr(rules.KeysRules, "register", register)


def _uncounted(patch: pytest.MonkeyPatch) -> None:
    """A wrong code behind two others is counted as the second one."""
    right = rules.KeysRules.left
    patch.setattr(rules.KeysRules, "left", lambda self, kind, left: max(right(self, kind, left), 1))


def _unpadded(patch: pytest.MonkeyPatch) -> None:
    """A message of whole blocks has another MAC."""
    right = rules.MessagingRules.mac_fits

    def mac_fits(self: Any, command: Any, due: bytes, got: bytes) -> bool:
        return right(self, command, due, got) and (len(command.data) + 1) % 8 != 0

    patch.setattr(rules.MessagingRules, "mac_fits", mac_fits)


def _longer(patch: pytest.MonkeyPatch) -> None:
    """What stands behind a short PIN is not looked at."""
    right = rules.PinRules.fits

    def fits(self: Any, due: bytes, shown: bytes) -> bool:
        return right(self, due, shown[: len(due)] if len(due) < 6 else shown)

    patch.setattr(rules.PinRules, "fits", fits)


def _kept(patch: pytest.MonkeyPatch) -> None:
    """A load has the terminal of what was begun before it."""

    def begun(_self: Any, new: Any, old: Any) -> Any:
        if old is not None and new.type == 2:
            new.terminal = old.terminal
        return new

    patch.setattr(rules.InitializeRules, "begun", begun)


def _low(patch: pytest.MonkeyPatch) -> None:
    """A proof is found by the low byte of its number."""

    def fits(_self: Any, proof: Any, asked: int, number: int) -> bool:
        return bool(proof.type == asked and (proof.number ^ number) & 0xFF == 0)

    patch.setattr(rules.ProofRules, "fits", fits)


def _lifted(patch: pytest.MonkeyPatch) -> None:
    """The last block is the one that counts."""
    patch.setattr(rules.BlockingRules, "level", lambda _self, _df, p2: 2 if p2 else 1)


@pytest.mark.parametrize(
    ("fault", "lists", "rule"),
    [
        (_turned, lambda: series.of_purse(FORM, TUNION), "R-REC-SAME"),
        (_stale, lambda: series.of_home(FORM, TUNION), "R-REC-ID"),
        (_adds, lambda: series.of_home(FORM, TUNION), "R-REC-RIGHT"),
        (_uncounted, lambda: series.of_home(FORM, TUNION), "R-SM-LOCK"),
        (_unpadded, lambda: series.of_home(FORM, BASIC), "R-SM-RIGHT"),
        (_longer, lambda: series.of_purse(FORM, LNT), "R-PIN-WRONG"),
        (_kept, lambda: series.of_purse(FORM, LNT), "R-INIT-MAC1"),
        (_low, lambda: series.of_purse(FORM, LNT), "R-PROOF-NONE"),
        (_lifted, lambda: series.of_home(FORM, BASIC), "R-BLOCK-GOOD"),
    ],
)  # fmt: skip
def test_a_fault_of_the_kind_is_found(
    monkeypatch: pytest.MonkeyPatch, fault: Patch, lists: Callable[[], Iterator[Steps]], rule: str
) -> None:
    fault(monkeypatch)
    assert _found(lists()) == rule


def test_the_beginning_of_a_hidden_name_enters_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ("select ppse", "send 00A40400055041592E4100")
    assert _found(iter([steps])) == ""
    monkeypatch.setattr(rules.SelectionRules, "found", lambda *_: True)
    assert _found(iter([steps])) == "R-PPSE-LOCK"
    said = {step for one in k.homes(FORM) for some in series.of_home(FORM, one) for step in some}
    assert steps[1] in said


def test_what_a_right_opens_is_asked_for_behind_every_way_to_enter() -> None:
    lists = [" ".join(one) for one in series.of_home(FORM, LNT)]
    assert any("verify reset select DDF1 select ADF3 init load 0" in one for one in lists)
