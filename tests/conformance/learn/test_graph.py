"""A DOT file holds every move, with red ones for broken rules."""

from __future__ import annotations

from tests.conformance.learn.machines import turnstile
from ykt_conformance.learn.graph import dot


def test_every_move_stands_there() -> None:
    text = dot('a "gate"', turnstile(), ("closed",), {(2, "push"): "R-FREE"})
    lines = text.splitlines()
    assert lines[0] == 'digraph "a \\"gate\\"" {'
    assert '  0 [label="0: closed"];' in lines
    assert '  0 -> 1 [label="pay / paid 1"];' in lines
    assert '  0 -> 0 [label="push / 6901"];' in lines
    assert '  2 -> 0 [label="push / 9000 (R-FREE)", color=red, fontcolor=red];' in lines
    assert sum(" -> " in line for line in lines) == 7


def test_moves_to_one_state_share_an_arrow() -> None:
    machine = turnstile()
    moves = ({"pay": machine.moves[0]["push"], "push": machine.moves[0]["push"]},
             *machine.moves[1:])  # fmt: skip
    same = type(machine)(machine.letters, machine.access, moves)
    assert '  0 -> 0 [label="pay / 6901\\npush / 6901"];' in dot("gate", same, (), {})
