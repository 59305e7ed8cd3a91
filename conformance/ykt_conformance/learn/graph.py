"""A machine in the language of Graphviz: every move, those to one state on one arrow."""

from __future__ import annotations

import json

from ykt_conformance.learn.machine import Machine
from ykt_conformance.learn.rows import Marks


def dot(name: str, machine: Machine, labels: tuple[str, ...], marks: Marks) -> str:
    """The text of a DOT file.

    Args:
        name: of the graph.
        machine: what is drawn.
        labels: what the model makes of each state; may be shorter than there are states.
        marks: rules by state and letter that break them; those arrows are red.
    """
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=LR;", "  node [shape=box, style=rounded];",
             '  start [label="", shape=none];', "  start -> 0;"]  # fmt: skip
    for state, moves in enumerate(machine.moves):
        label = labels[state] if state < len(labels) else ""
        lines.append(f"  {state} [label={_quoted(f'{state}: {label}' if label else str(state))}];")
        arrows: dict[tuple[int, bool], list[str]] = {}
        for letter, move in moves.items():
            rule = marks.get((state, letter), "")
            text = f"{letter} / {move.output}" + (f" ({rule})" if rule else "")
            arrows.setdefault((move.target, bool(rule)), []).append(text)
        for (target, wrong), texts in arrows.items():
            colour = ", color=red, fontcolor=red" if wrong else ""
            lines.append(f"  {state} -> {target} [label={_quoted(chr(10).join(texts))}{colour}];")
    return "\n".join((*lines, "}", ""))


def _quoted(text: str) -> str:
    """A DOT string: as in JSON, which writes a line break as DOT does."""
    return json.dumps(text, ensure_ascii=False)
