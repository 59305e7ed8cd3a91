"""Steps of a scene: what can be read, and what a terminal makes of it."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.explore.terminal import read_scene
from ykt_conformance.explore.terminal import scene as scenes
from ykt_conformance.zoo.explored import scene_plan
from ykt_sim.errors import UsageError

WHOLE = """
clock 20240229000010   # a leap day
card A tunion balance=need-1 overdraft=1000 start=-1 expiry=none flag=0000 issuer=2
card B dual shared=no ride=inside trip=5820 fci=padded blocked=lnt locked=yes black=next; tap A
tap B amount=most+1 tear=debit! hear=mac2
tap A tear=3 hear=init:6985; elsewhere A tunion
"""


def test_a_scene_is_read_line_by_line() -> None:
    steps = read_scene(WHOLE)
    assert steps[:2] == ("clock 20240229000010", steps[1])
    assert (len(steps), scenes.clock_of(steps), scenes.clock_of(steps[1:])) == (
        7, "20240229000010", "",
    )  # fmt: skip
    torn = scenes.removal(scenes.read_step(steps[4]))
    assert torn is not None
    assert (torn.ins, torn.executed) == (0x54, True)
    third = scenes.removal(scenes.read_step(steps[5]))
    assert third is not None
    assert (third.at, third.ins, third.executed) == (3, None, False)
    plan = scene_plan("sim:load-point", lambda: 0.0, seed=1, seconds=1)
    bench = TerminalBench(plan.form, plan.target.open("x"), bytes, plan.limits)
    assert scenes.mutation(bench, scenes.read_step("tap A")) is None
    with pytest.raises(Impossible, match="MAC1 of a load"):
        scenes.mutation(bench, scenes.read_step("tap A hear=top-bit"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no step"),
        ("fly A", "expected clock with words behind it: 1"),
        ("tap", "expected clock"),
        ("card A paper", "a card is one of tunion, lnt, dual, blank"),
        ("card A lnt colour=red", "no option colour here"),
        ("tap A balance=3", "there are amount, hear, tear"),
        ("card A lnt balance=need*2", "expected fen"),
        ("card A lnt balance=needs", "expected fen"),
        ("card A lnt start=soon", "expected days"),
        ("card A lnt flag=1", "expected 4 digits"),
        ("card A lnt city=far", "expected 4 digits, or near"),
        ("card A lnt counter=100", "expected 4 hex digits"),
        ("card A lnt start=20230229", "expected days from today, at most 9999, a date"),
        ("card A lnt month=much", "expected fen"),
        ("card A lnt issuer=me", "beside, front, near, nearown or a number"),
        ("card A lnt issuer=" + "9" * 5000, "nearown or a number"),
        ("card A lnt black=maybe", "expected yes, next, ending, inner or a number"),
        ("card A lnt ppse=maybe", "expected yes, no"),
        ("card A lnt ride=twice", "expected inside, elsewhere, left, left-31, other, none"),
        ("tap A tear=late", "expected a number"),
        ("tap A tear=-1", "expected a number"),
        ("tap A hear=init:69", "another status word"),
        ("tap A hear=read:6A82!", "prove .GET TRANSACTION PROVE"),
        ("tap A hear=debit:least", ":less, :more, :twice"),
        ("tap A tear=proof", "prove .GET TRANSACTION PROVE"),
        ("tap A hear=init:69ZZ", "COMMAND:SW"),
        ("elsewhere A purse", "a purse is one of tunion, lnt"),
        ("clock 2024", "14 digits"),
        ("clock 20240230000000", "14 digits"),
        ("clock 99990101000000", "from 2000 to 2090"),
        ("card A lnt lnt_start=10000", "at most 9999"),
        ("tap A; clock 20240229000010", "a clock stands first"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("*", r"\*")):
        read_scene(text)
