"""The model goes along recordings: none of a sound card's answers breaks a rule."""

from __future__ import annotations

import pytest

from tests.conformance.cases.test_card import CARDS, run_of
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Lane, Psam, Walked, walk
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.trace.readers.base import BROKEN

_FORM = forms.load("dual").values
_SELECT = "00A4040008A000000632010105"
_FCI = (
    "6F318408A000000632010105A5259F0801029F0C1E02205810FFFFFFFF0201031048703000000000172024071520"
    "40121500009000"
)


def _said(command: str, answer: str) -> Exchange:
    return Exchange(t=0, channel="card", command=bytes.fromhex(command),
                    response=bytes.fromhex(answer), duration_ms=0)  # fmt: skip


def _walk(*events: Event) -> Walked:
    return walk(events, _FORM, KeyRing(test_keys=False), test_keys=False)


_RESET = Reset(t=0, channel="card", atr=b"\x3b\x00")


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("name", CARDS)
def test_no_case_of_a_sound_card_breaks_a_rule(name: str, *, kept: bool) -> None:
    form = forms.load(name)
    for result in run_of(name, kept=kept).results:
        events = result.trace.events if result.trace is not None else ()
        for new, keys in ((not kept, True), (False, True), (False, False)):
            ring = KeyRing(test_keys=keys)
            walked = walk(events, form.values, ring, new=new, test_keys=keys)
            assert not walked.divergences, (result.id, str(walked.divergences[0]))
            assert walked.judged + walked.not_stated <= len(events)


def test_a_recording_that_begins_in_the_middle_is_believed_from_the_first_select_on() -> None:
    read = "805C000204"
    walked = _walk(_said(read, "0000000A9000"), _said(_SELECT, _FCI),
                   _said(read, "0000000A9000"), _said(read, "0000000B9000"))  # fmt: skip
    assert (walked.not_stated, walked.judged) == (1, 3)
    assert [(one.event, one.rule.id) for one in walked.divergences] == [(3, "R-BAL")]


def test_behind_a_place_that_was_not_read_all_is_learnt_anew() -> None:
    broken = Note(t=0, text=BROKEN, data={"offset": 0, "why": "cut"})
    walked = _walk(_RESET, _said(_SELECT, _FCI), _said("805C000204", "0000000A9000"), broken,
                   _said("805C000204", "0000000B9000"))  # fmt: skip
    assert walked.divergences == ()


def test_an_answer_that_is_fetched_is_one_answer() -> None:
    walked = _walk(_RESET, _said(_SELECT, "6133"), _said("00C0000033", _FCI),
                   _said("805C000204", "0000000A9000"))  # fmt: skip
    assert walked.divergences == ()
    assert (walked.judged, walked.not_stated) == (2, 0)


def test_an_answer_that_is_left_at_the_card_was_given_all_the_same() -> None:
    read = _said("805C000204", "0000000A9000")
    for between in ((), (Note(t=0, text="a remark"),)):
        walked = _walk(_RESET, _said(_SELECT, "6133"), *between, read)
        assert walked.divergences == ()


def test_an_answer_without_a_status_word_is_a_gap() -> None:
    walked = _walk(_RESET, _said(_SELECT, _FCI), _said("805C000204", "0000000A9000"),
                   _said("805C000204", "00"), _said("805C000204", "0000000B9000"))  # fmt: skip
    assert walked.divergences == ()
    assert (walked.judged, walked.not_stated) == (2, 1)


_BUS = forms.load("bus-upgraded").values


def _sam(command: str, answer: str) -> Exchange:
    return Exchange(t=0, channel="sam", command=bytes.fromhex(command),
                    response=bytes.fromhex(answer), duration_ms=0)  # fmt: skip


def test_a_psam_is_judged_beside_the_card_and_what_it_announces_is_joined() -> None:
    events = (
        Reset(t=0, channel="sam", atr=b"\x3b\x00"),
        _sam("00A4000002801100", "6102"), _sam("00C0000002", "6F009000"),
        _sam("00B0960000", "6C06"), _sam("00B0960006", "4131581001029000"),
        _sam("00B0960006", "4131581001039000"),
    )  # fmt: skip
    lane = Lane(Psam(_BUS, KeyRing(test_keys=False)))
    found = [[one.rule.id for one in lane.take(event)] for event in events]
    assert found == [[], [], [], [], [], ["R-SAM-TERMINAL"]]
    assert (lane.judged, lane.not_stated) == (4, 0)
    walked = walk((*events[:3], events[-1], events[-2]), _FORM, KeyRing(test_keys=False))
    assert [(one.rule.id, one.event) for one in walked.divergences] == [("R-SAM-TERMINAL", 4)]


def test_a_recording_that_begins_behind_a_purchase_of_the_psam_says_nothing_of_its_mac2() -> None:
    events = (_sam("807200000401020304", "9000"), _sam("807200000401020304", "9000"))
    walked = walk(events, _FORM, KeyRing(test_keys=False))
    assert [(one.rule.id, one.event) for one in walked.divergences] == [("R-SAM-ORDER", 1)]
