"""Cuts as words, the steps they are counted by, and what becomes of a command that is cut."""

from __future__ import annotations

from random import Random  # noqa: TID251 - seeded

import pytest

from tests.terminal import world
from ykt_sim.bench.make import make_sam
from ykt_sim.bench.sweep.cuts import HOWS, WRITES, Cut, CutLink, DiedError, Knife, Step, named
from ykt_sim.errors import CardRemovedError, LinkError, UsageError

SELECT = bytes.fromhex("00A404000E325041592E5359532E4444463031")
BASIC = bytes.fromhex("00A40400085041592E41505059")


@pytest.mark.parametrize("text", ["14:leave-after", "3:tear:7", "9:stop-die:12", "0:absent"])
def test_a_cut_is_read_as_it_is_written(text: str) -> None:
    assert str(Cut.of(text)) == text


@pytest.mark.parametrize(
    "text", ["", "14", "leave-after", "1:nothing", "1:tear:x", "1:tear:7:8", "٣:lie"]
)
def test_other_words_are_no_cut(text: str) -> None:
    with pytest.raises(UsageError, match="a cut is STEP:HOW"):
        Cut.of(text)


def test_a_step_knows_all_that_can_happen_at_it() -> None:
    assert len(list(Step("card", "DEBIT", writes=3).cuts(4))) == len(HOWS["card"]) + 3 * len(WRITES)
    lines = [str(cut) for cut in Step("line", "journal line").cuts(2)]
    assert lines == ["2:die-before", "2:tear:1", "2:tear:50", "2:tear:99", "2:zeros", "2:die-after"]


def link(cut: Cut | None = None, kind: str = "dual") -> tuple[CutLink, Knife]:
    knife = Knife(cut)
    found = CutLink(world.card(kind), "card", knife)
    found.power_on()
    return found, knife


def test_steps_are_counted_with_their_writes() -> None:
    card, knife = link()
    card.transmit(SELECT)
    card.power_on()
    assert [(step.kind, step.name) for step in knife.steps] == [
        ("card", "SELECT PPSE 2PAY.SYS.DDF01"),
        ("reset", "reset"),
    ]
    assert knife.steps[0].writes == 0


@pytest.mark.parametrize(
    ("how", "heard", "later"),
    [
        ("leave-before", CardRemovedError, CardRemovedError),
        ("leave-after", CardRemovedError, CardRemovedError),
        ("silent-before", LinkError, b"\x90\x00"),
        ("die-after", DiedError, None),
        ("leave-heard", b"\x90\x00", CardRemovedError),
        ("refuse", b"\x69\x85", b"\x90\x00"),
        ("lie", b"\x69\x85", b"\x90\x00"),
        ("garble", b"\x90\x00", b"\x90\x00"),
    ],
)
def test_what_is_heard_of_a_command_that_is_cut(how: str, heard: object, later: object) -> None:
    card, knife = link(Cut(1, how))
    for what in (heard, later):
        if isinstance(what, bytes):
            answer = card.transmit(SELECT)
            assert answer.endswith(what)
        elif isinstance(what, type):
            with pytest.raises(what) as error:
                card.transmit(SELECT)
            assert error.type is what
    assert knife.done == (Cut(1, how), named(SELECT))


def test_a_garbled_answer_is_one_byte_and_its_status() -> None:
    card, _ = link(Cut(1, "garble"))
    assert card.transmit(SELECT) == b"\x6f\x90\x00"


def test_an_application_is_absent_wherever_it_is_selected() -> None:
    card, _ = link(Cut(0, "absent"))
    assert card.transmit(SELECT).endswith(b"\x90\x00")
    card.power_on()
    assert card.transmit(BASIC) == b"\x6a\x82"
    assert card.transmit(BASIC).endswith(b"\x90\x00")


def test_a_psam_that_loses_its_power_in_a_write_is_silent() -> None:
    sam = make_sam("bus-upgraded", world.counting())
    sam.power_on()
    knife = Knife(Cut(1, "tear", 1))
    psam = CutLink(sam, "psam", knife)
    with pytest.raises(LinkError) as error:
        psam.transmit(bytes.fromhex("00A4000000"))
    assert error.type is LinkError
    with pytest.raises(LinkError):
        psam.transmit(bytes.fromhex("00A4000000"))


@pytest.mark.parametrize("kind", ["card", "psam", "line", "host", "display"])
def test_chance_chooses_what_can_happen_there(kind: str) -> None:
    seen = set()
    for seed in range(60):
        knife = Knife(Cut(1), Random(seed))  # noqa: S311 - repeatable
        cut = knife.step(kind, "x")  # type: ignore[arg-type]
        assert cut is not None
        assert str(Cut.of(str(cut))) == str(cut)
        seen.add(cut.how)
    more = WRITES if kind in ("card", "psam") else ()
    assert seen == {*HOWS[kind], *more}  # type: ignore[index]
