from __future__ import annotations

from ykt_conformance.drive.limits import seeded


def test_randoms_are_the_same_for_a_seed_and_a_purpose_however_they_are_drawn() -> None:
    whole = seeded(1, "C-0101")(100)
    assert len(whole) == 100
    assert seeded(1, "C-0101")(100) == whole
    assert seeded(1, "C-0101")(3) == whole[:3]
    assert seeded(2, "C-0101")(100) != whole
    assert seeded(1, "C-0102")(100) != whole


def test_what_was_drawn_does_not_come_again() -> None:
    draw = seeded(1, "x")
    assert len({draw(4) for _ in range(200)}) == 200
    assert draw(0) == b""
