"""Images of cards and PSAMs in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.bench.images import load_card, load_sam, save_card
from ykt_sim.bench.make import make_card, make_sam
from ykt_sim.errors import ImageError, UsageError


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    card = make_card("dual", balance=7).snapshot()
    save_card(path, card)
    assert load_card(path) == card
    sam = make_sam("bus-legacy").snapshot()
    path.write_text(sam.to_json())
    assert load_sam(path, bytes).snapshot() == sam


@pytest.mark.parametrize("load", [load_card, lambda path: load_sam(path, bytes)])
def test_a_damaged_file_is_named(tmp_path: Path, load) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    with pytest.raises(ImageError, match=f"^{path}: "):
        load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match=f"^{path}: not UTF-8"):
        load(path)
