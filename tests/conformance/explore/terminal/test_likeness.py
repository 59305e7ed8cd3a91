"""Numbers like listed ones share what a lazy terminal compares, and no number comes twice."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.limits import seeded
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.explore.terminal.likeness import Numbers, identity
from ykt_conformance.zoo.explored import scene_plan

PLAN = scene_plan("sim:bus-upgraded", lambda: 0.0, seed=1, seconds=1)
LISTED = {tuple(pair) for pair in PLAN.form["white_list"]["pairs"]}
PAN, LNT = "3105170066600000017", "5100006660000002"


def bench() -> TerminalBench:
    return TerminalBench(PLAN.form, PLAN.target.open("likeness"), seeded(1, "x"), PLAN.limits)


@pytest.mark.parametrize(
    ("word", "front", "end"), [("next", 18, 0), ("ending", 0, 11), ("inner", 17, 1)]
)
def test_a_number_like_a_listed_one_shares_its_end_or_its_beginning(
    word: str, front: int, end: int
) -> None:
    found = identity(bench(), "tunion", "", word, Numbers())
    pan = found["pan"]
    assert pan != PAN
    assert (pan[:front], pan[19 - end :]) == (PAN[:front], PAN[19 - end :])
    assert (found["issuer"], found["iin"]) in LISTED
    assert pan.startswith(found["iin"])


def test_no_number_is_given_twice() -> None:
    numbers, made = Numbers(), bench()
    found = {identity(made, "lnt", "", "next", numbers)["number"] for _ in range(90)}
    assert len(found) == 90
    with pytest.raises(Impossible, match="every number like it was given to another card"):
        identity(made, "lnt", "", "next", numbers)
    assert LNT[-10:] not in found
    lasting = Numbers(8_999_999)
    tens = [identity(bench(), "tunion", "", "", lasting)["number"] for _ in range(3)]
    assert tens == ["0950000000", "0950000001", "0950000002"]
    assert "number" not in identity(bench(), "tunion", "", "", Numbers())
    assert "number" not in identity(bench(), "blank", "", "", lasting)


@pytest.mark.parametrize(
    ("word", "issuer_differs", "iin_differs"),
    [("front", 0, 1), ("beside", 0, 1), ("near", 1, 0), ("nearown", 1, 0)],
)
def test_an_issuer_like_a_listed_one_is_one_digit_off(
    word: str, issuer_differs: int, iin_differs: int
) -> None:
    made = bench()
    found = identity(made, "tunion", word, "", Numbers())
    issuer, iin = made.pair(own=word == "nearown")
    off = [sum(a != b for a, b in zip(*two, strict=True))
           for two in ((found["issuer"], issuer), (found["iin"], iin))]  # fmt: skip
    assert off == [issuer_differs, iin_differs]
    assert (found["issuer"], found["iin"]) not in LISTED
