"""Output of scriptor."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import DIALOGUE, Pair, events, found, pairs, spaced, whys
from ykt_sim.trace.model import Reset

HEAD = "No reader given: using R 1\nUsing T=1 protocol\n"


def output(pair: Pair) -> str:
    """The program breaks after every sixteenth blank, wherever that is."""
    groups = spaced(pair[1]).split(" ")
    rows = [groups[at : at + 16] for at in range(0, len(groups), 16)]
    text = " \n".join(" ".join(row) for row in rows)
    return f"{spaced(pair[0])}\n> {spaced(pair[0])}\n< {text} : Normal processing.\n"


def test_answers_of_any_length() -> None:
    dialogue = [(b"\x00\xb0\x95\x00\x00", bytes(size) + b"\x90\x00") for size in range(50)]
    log = HEAD + "".join(output(pair) for pair in dialogue)
    items = found(log, "scriptor")
    assert pairs(items) == dialogue
    assert {item.session for item in items} == {"R 1"}


def test_resets_that_work_and_do_not() -> None:
    log = "> RESET\n< OK: 3B 00 \nreset\n> RESET\n< KO: No card\n" + output(DIALOGUE[2])
    reset, exchange = events(log, "scriptor")
    assert reset == Reset(t=0.0, channel="card", atr=b"\x3b\x00")
    assert pairs([exchange]) == [DIALOGUE[2]]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("< 00 00 27 10\n", "expected a row of 16 bytes or the meaning of the status word"),
        (f"< {'00 ' * 16}\n> 00 84 00 00 04\n", "expected the rest of the answer"),
        (f"< {'00 ' * 16}\n", "expected the rest of the answer"),
        ("< 00 0x 90 00 : Normal processing.\n", "expected hex digits, found 'x' at character 5"),
    ],
)
def test_damage_is_named(rows: str, why: str) -> None:
    items = found("> 80 5C 00 02 04\n" + rows, "scriptor")
    assert pairs(items)[0] == (bytes.fromhex("805C000204"), b"")
    assert whys(items)[0].startswith(f"answer: {why}")
