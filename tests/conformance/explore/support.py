"""Plays steps of an exploration on a simulated target, for tests of what steps build."""

from __future__ import annotations

from collections.abc import Iterable

from ykt_conformance.explore.subject import AnyModel, Memory
from ykt_conformance.explore.words import Grammar
from ykt_sim.transport import Link


def built(
    grammar: Grammar, link: Link, model: AnyModel, memory: Memory, steps: Iterable[str]
) -> str:
    """The command of the last step in hex, after the others were played."""
    model.reset(link.power_on())
    command = b""
    for text in steps:
        made = grammar.build(grammar.read(text), model.world, memory)
        assert made is not None, text
        command, answer = made, link.transmit(made)
        assert model.observe(made, answer) == []
        memory.heard(made, answer, model.world)
    return command.hex().upper()
