"""Shortening a list of steps."""

from __future__ import annotations

from collections.abc import Sequence

from ykt_conformance.explore.shrink import shrink


def _always() -> bool:
    return True


def test_what_is_not_needed_is_left_out() -> None:
    def fails(steps: Sequence[str]) -> bool:
        return "a" in steps and "b" in steps and steps.index("a") < steps.index("b")

    steps = [*"xxxaxxxxxxxbxx", "b", "a"]
    assert shrink(steps, fails, _always) == ("a", "b")


def test_what_was_added_to_a_step_is_left_out_too() -> None:
    assert shrink(["tear:3 commit 1 le=05"], bool, _always) == ("commit 1",)

    def fails(steps: Sequence[str]) -> bool:
        return any("commit" in step and "le=05" in step for step in steps)

    assert shrink(["tear:3 commit 1 le=05 p1=07"], fails, _always) == ("commit 1 le=05",)


def test_the_first_record_serves_where_it_shows_it_too() -> None:
    def fails(steps: Sequence[str]) -> bool:
        return any(step.startswith("send 00B2") for step in steps)

    assert shrink(["x", "send 00B20DC400"], fails, _always) == ("send 00B201C400",)


def test_without_time_the_steps_stay() -> None:
    assert shrink(["a", "b"], bool, lambda: False) == ("a", "b")
