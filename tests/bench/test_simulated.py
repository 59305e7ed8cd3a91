"""Targets that are engines of ours."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench.images import save_card
from ykt_sim.bench.make import make_card, make_sam
from ykt_sim.bench.simulated import card_in_file, sam_in_file
from ykt_sim.bench.targets import Opening, read_target

CHALLENGE = bytes.fromhex("0084000004")


def test_each_opening_of_a_profile_is_a_new_card() -> None:
    target = read_target("sim:dual")
    links = [target.open(Opening(seed=1)), target.open(Opening(seed=1)), target.open()]
    for link in links:
        link.power_on()
    first, second, third = (link.transmit(CHALLENGE) for link in links)
    assert first == second != third


def test_seeds_reach_cards_and_psams_in_files(tmp_path: Path) -> None:
    card, sam = tmp_path / "card.json", tmp_path / "sam.json"
    save_card(card, make_card("tunion").snapshot())
    sam.write_text(make_sam("bus-legacy").snapshot().to_json())
    for path, opened in ((card, card_in_file), (sam, sam_in_file)):
        said = []
        for seed in (1, 1, 2):
            link = opened(path, seed=seed)
            link.power_on()
            said.append(link.transmit(CHALLENGE))
        assert said[0] == said[1] != said[2]


def test_a_file_is_read_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    target = read_target(str(path))
    save_card(path, make_card("tunion", balance=5).snapshot())
    link = target.open()
    assert link.power_on() == make_card("tunion").power_on()
