"""Machines of PSAMs: ours have no difference, a faulty one has it with the shortest steps."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.limits import RESET, TEAR
from ykt_conformance.explore import ExplorePlan
from ykt_conformance.explore.psam import PSAM
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import LearnPlan, Learnt, learn, psam
from ykt_conformance.run.targets.names import open_sam_target
from ykt_sim.codes import INS
from ykt_sim.sam import engine
from ykt_sim.wire.apdu import Command

_FORM = forms.load("bus-upgraded").values
_CAN = frozenset({RESET, TEAR})


def _learnt(*only: str) -> Learnt:
    plan = ExplorePlan(
        subject=PSAM, target=open_sam_target("sam:bus-upgraded"), form=_FORM,
        clock=lambda: 0.0, seed=1,
    )  # fmt: skip
    return learn(LearnPlan(explore=plan, only=only, walks=20))


def test_every_letter_is_a_step_and_stands_once() -> None:
    found = psam.every(_FORM, _CAN, gentle=False)
    assert [one.name for one in found] == [
        "psam-files", "tunion-purchase", "tunion-tears", "lnt-purchase", "lnt-tears",
    ]  # fmt: skip
    for one in found:
        assert len(set(one.letters)) == len(one.letters)
        for letter in (*one.before, *one.letters):
            PSAM.grammar.read(letter)


def test_of_a_psam_that_is_never_fresh_again_only_its_files_are_learnt() -> None:
    kept = [one.name for one in psam.every(_FORM, _CAN, gentle=True) if not one.lasts]
    assert kept == ["psam-files"]


def test_tries_are_learnt_where_they_are_few_and_tears_where_they_can_be_made() -> None:
    form = {**_FORM, "psam": {**_FORM["psam"], "tries": 3, "lnt": ""}}
    found = {one.name: one for one in psam.every(form, frozenset({RESET}), gentle=False)}
    assert found.keys() == {"psam-files", "tunion-purchase", "tunion-tears", "tunion-tries"}
    assert not any(letter.startswith("tear") for letter in found["tunion-tears"].letters)


def test_our_own_psam_has_no_difference_and_its_machines_are_complete() -> None:
    learnt = _learnt("files", "lnt-tears")
    assert learnt.exit_code == 0
    assert [one.ended for one in learnt.machines] == ["", ""]
    labels = {label for one in learnt.machines for label in one.labels}
    assert {"MF", "tunion", "lnt, purchase"} <= labels


def test_a_purchase_that_goes_on_behind_a_wrong_mac2_is_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check(self: engine.Psam, command: Command) -> bytes:
        before = self._open
        try:
            return engine.Psam.check_mac2(self, command)
        except engine.SamRefusal:
            self._open = before
            raise

    monkeypatch.setitem(engine.TABLE, INS.SAM_CHECK_MAC2, (0x80, check))
    learnt = _learnt("lnt-purchase")
    assert learnt.exit_code == 1
    (one,) = [one for one in learnt.differences if one.letter == "check"]
    assert one.rule.id == "R-SAM-ORDER"
    assert len(one.found.steps) <= 5
    assert one.places.keys() == {"lnt-purchase"}
