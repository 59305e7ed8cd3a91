from __future__ import annotations

from tests.conformance import support as s
from ykt_conformance.drive.limits import seeded


def test_randoms_are_repeatable_and_go_on() -> None:
    one, two = seeded(1, "C-0101"), seeded(1, "C-0101")
    first = [one(4), one(40)]
    assert first == [two(4), two(40)]
    assert [len(part) for part in first] == [4, 40]
    assert first[0] != first[1][:4]
    assert seeded(2, "C-0101")(4) != first[0] != seeded(1, "C-0102")(4)


def test_every_case_gets_a_ring_of_its_own() -> None:
    plan = s.plan_of()
    assert plan.ring() is not plan.ring()
