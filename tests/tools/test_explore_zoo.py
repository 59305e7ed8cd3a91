"""The page of what exploration finds names every fault with its exchanges, or why not."""

from __future__ import annotations

from tests.tools.explore_zoo import SUBJECTS, page
from ykt_conformance.zoo.explored import Found


def test_a_page_has_a_row_for_each_fault_and_says_why_one_is_not_found() -> None:
    found = {
        "balance": [Found("balance-three-bytes", "R-BAL-LENGTH", 60, 0.1)],
        "commit": [Found("slow-debit", "", 60_000, 30.0), Found("commit-twice", "", 9, 1.0),
                   Found("one-counter", "R-COMMIT", 40, 1.0)],
    }  # fmt: skip
    text = page(SUBJECTS["card"], found, "by seed 1")
    assert "2 of 4 are found" in text
    assert "the longest 60" in text
    assert "| `balance-three-bytes` | " in text
    assert "| 60 | R-BAL-LENGTH |" in text
    assert "not found: the model knows no time" in text
    assert "nobody knows why" in text
    assert text.index("## Balance") < text.index("## Commit")


def test_the_page_of_terminals_counts_taps() -> None:
    found = {"at bus-upgraded": [Found("reads-on-and-on (bus-upgraded)", "", 9, 0.1),
                                 Found("city-7835 (bus-upgraded)", "D-TRIP", 3, 0.1)]}  # fmt: skip
    text = page(SUBJECTS["terminal"], found, "by seed 1")
    assert "| fault | what is wrong | taps | rule |" in text
    assert "| 9 | not found: the model knows no time |" in text
    assert "| `city-7835` | " in text
