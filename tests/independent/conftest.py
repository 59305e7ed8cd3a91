"""Fixtures: a blank card behind a pipe, and the wallet that most scenarios start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.independent.pipe_card import PipeCard
from tests.independent.wallet import Wallet, erased, personalise, reopen


@pytest.fixture
def blank() -> Iterator[PipeCard]:
    """A new card with an empty MF and one external authentication key of eight FF."""
    card = PipeCard()
    try:
        yield card
    finally:
        card.close()


@pytest.fixture
def wallet(blank: PipeCard) -> Wallet:
    """The wallet of klks' example, freshly made, selected, PIN verified, purses empty."""
    client = erased(blank)
    personalise(client)
    reopen(blank, client)
    return Wallet(blank, client)
