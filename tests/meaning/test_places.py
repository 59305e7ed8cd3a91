"""Places of cards and the layouts known there."""

from __future__ import annotations

import pytest

from ykt_sim.codes import AID_LNT_WALLET, AID_SHENZHEN, AID_TUNION_EP
from ykt_sim.meaning.layouts import read_place
from ykt_sim.meaning.places import ASSUMED, FILES, PLACES, SAM_FILES, issuer_data_place


@pytest.mark.parametrize("place", [one for one in PLACES if one.layouts], ids=lambda one: one.key)
def test_an_example_of_the_usual_layout_is_read_by_it(place) -> None:
    layout = place.layouts[0]
    found = read_place(place, bytes.fromhex(layout.EXAMPLE))
    assert found.record == layout.__name__
    assert not found.misfits


def test_keys_are_of_one_place_each() -> None:
    assert len({place.key for place in PLACES}) == len(PLACES)
    placed = [
        one for files in (*FILES.values(), SAM_FILES, ASSUMED) for sfi in files.values()
        for one in sfi
    ]  # fmt: skip
    assert {one.key for one in placed} <= {one.key for one in PLACES}


@pytest.mark.parametrize(
    ("df_name", "key"),
    [
        (AID_TUNION_EP, "tunion:9F0C"),
        (AID_TUNION_EP + bytes(8), "tunion:9F0C"),
        (AID_LNT_WALLET, "lnt:fci-9f0c"),
        (AID_SHENZHEN, "szt:9F0C"),
        (bytes.fromhex("A00000000386980701"), None),
        (b"", None),
    ],
)
def test_9f0c_goes_by_the_df_name(df_name: bytes, key: str | None) -> None:
    place = issuer_data_place(df_name)
    assert (place.key if place else None) == key
