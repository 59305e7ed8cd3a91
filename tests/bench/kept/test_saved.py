"""Cards in files: saved before an answer is out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ykt_sim.bench import images
from ykt_sim.bench.kept.saved import SavedCardLink
from ykt_sim.bench.make import SimCardLink, make_card
from ykt_sim.card import Card
from ykt_sim.errors import CardRemovedError

SELECT = bytes.fromhex("00A4040008A000000632010105")
#: A PIN that is wrong costs a try: the smallest thing that changes a card.
WRONG_PIN = bytes.fromhex("0020000003999999")


def saved(path: Path) -> tuple[SavedCardLink, Card]:
    card = make_card("tunion", balance=100)
    images.save_card(path, card.snapshot())
    return SavedCardLink(SimCardLink(card), card, path), card


def test_the_file_is_up_to_date_when_the_answer_is_out(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    link, card = saved(path)
    link.power_on()
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert link.transmit(SELECT)[-2:] == b"\x90\x00"
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before  # nothing to save
    link.transmit(WRONG_PIN)
    assert path.read_bytes() != before[1]
    assert images.load_card(path) == card.snapshot()
    link.close()


def test_a_torn_card_is_saved_as_it_comes_up_again(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    for write in range(1, 6):
        link, card = saved(path)
        link.power_on()
        link.transmit(SELECT)
        link.tear(write)
        with suppress(CardRemovedError):
            link.transmit(WRONG_PIN)
        assert images.load_card(path) == card.snapshot()
        link.close()


def test_what_a_simulated_card_can_do_besides_is_there(tmp_path: Path) -> None:
    link, _ = saved(tmp_path / "card.json")
    assert link.facts()["profile"] == "tunion"
    with pytest.raises(AttributeError):
        _ = link.nothing
