"""Small machines to learn and to draw."""

from __future__ import annotations

from collections.abc import Sequence

from ykt_conformance.learn.machine import Machine, Move


class Turnstile:
    """A card that must be paid twice before it lets one through."""

    letters = ("pay", "push")

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.num_queries = self.num_steps = self.num_cached_queries = 0

    def query(self, word: Sequence[str]) -> list[str]:
        self.asked.append(tuple(word))
        paid, found = 0, []
        for letter in word:
            if letter == "pay":
                paid, answer = min(paid + 1, 2), f"paid {min(paid + 1, 2)}"
            else:
                paid, answer = 0, "9000" if paid == 2 else "6901"
            found.append(answer)
        return found


def turnstile() -> Machine:
    """The machine of the turnstile."""
    pushed = Move("6901", 0)
    return Machine(
        letters=("pay", "push"),
        access=((), ("pay",), ("pay", "pay")),
        moves=(
            {"pay": Move("paid 1", 1), "push": pushed},
            {"pay": Move("paid 2", 2), "push": pushed},
            {"pay": Move("paid 2", 2), "push": Move("9000", 0)},
        ),
        separating=(("pay",), ("push",)),
    )
