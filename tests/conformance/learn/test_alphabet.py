"""What there is to learn follows from the form, and is less of a card that is never fresh again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ykt_conformance.drive.limits import RESET, TEAR
from ykt_conformance.explore.steps import GRAMMAR
from ykt_conformance.ics import form as forms
from ykt_conformance.learn.alphabet import Subject, every, wanted
from ykt_sim.errors import UsageError

_CAN = frozenset({RESET, TEAR})
#: Verbs that leave something behind when the power is gone.
_LASTING = {"commit", "again", "change", "reload", "unlock", "line", "record", "block", "unblock",
            "cardblock"}  # fmt: skip


def _subjects(
    form: Mapping[str, Any], can: frozenset[str] = _CAN, *, gentle: bool = False,
    only: tuple[str, ...] = (),
) -> tuple[Subject, ...]:  # fmt: skip
    return wanted(every(form, can, gentle=gentle), only, gentle=gentle)


@pytest.mark.parametrize("name", ["dual", "lnt", "tunion"])
def test_every_letter_is_a_step_and_stands_once(name: str) -> None:
    found = _subjects(forms.load(name).values)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert len(set(one.letters)) == len(one.letters)
        for letter in (*one.before, *one.letters):
            GRAMMAR.read(letter)


@pytest.mark.parametrize("name", ["dual", "lnt", "tunion"])
def test_of_a_card_that_is_never_fresh_again_nothing_is_tried_that_lasts(name: str) -> None:
    for one in _subjects(forms.load(name).values, gentle=True):
        steps = [GRAMMAR.read(letter) for letter in (*one.before, *one.letters)]
        assert not _LASTING & {step.verb for step in steps}
        assert all("mac" not in step.options and not step.tear for step in steps)
        assert all(step.words[1] == "0" for step in steps if step.verb == "init")


def test_a_subject_is_named_whole_or_for_every_application() -> None:
    form = forms.load("dual").values

    def names(*only: str) -> list[str]:
        return [one.name for one in _subjects(form, only=only)]

    assert names("purse") == ["tunion-purse", "lnt-purse"]
    assert names("lnt-money", "files") == ["tunion-files", "lnt-money"]
    with pytest.raises(UsageError, match=r"no subject 'fly'.*tunion-purse"):
        names("fly")


def test_power_is_cut_only_where_the_target_can() -> None:
    form = forms.load("tunion").values
    for can, tears in ((frozenset({RESET}), 0), (_CAN, 2)):
        (one,) = _subjects(form, can, only=("tears",))
        assert sum(letter.startswith("tear:") for letter in one.letters) == tears
