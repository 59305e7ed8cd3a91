"""A machine is walked as it was learnt."""

from __future__ import annotations

from tests.conformance.learn.machines import turnstile


def test_a_word_is_walked_and_ends_in_a_state() -> None:
    machine = turnstile()
    outputs = [move.output for move in machine.walk(("pay", "pay", "push", "push"))]
    assert outputs == ["paid 1", "paid 2", "9000", "6901"]
    assert [machine.after(word) for word in machine.access] == [0, 1, 2]
