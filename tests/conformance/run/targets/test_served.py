"""A card of ours behind PC/SC, with its server's socket beside it."""

from __future__ import annotations

from typing import Any

import pytest

from ykt_conformance.run.targets import served
from ykt_conformance.run.targets.names import open_target
from ykt_sim.bench import remote
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport import Factual, Tearable
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.null import ATR, NullLink
from ykt_sim.transport.pcsc_readers import Reader

NAME = "pcsc:1?control=dual.sock&slot=2&share=shared"


class InReader(NullLink):
    """The card as PC/SC shows it."""

    reader, protocol = "Virtual PCD 00 01", "T=1"

    def __init__(self, _link: object) -> None: ...


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []

    def ask(path: object, words: dict[str, object]) -> dict[str, Any]:
        found.append((str(path), words))
        return {"facts": {"profile": "dual"}}

    monkeypatch.setattr(served, "ask", ask)
    monkeypatch.setattr(remote, "ReaderLink", InReader)
    return found


def test_what_it_can_do_goes_over_the_socket(said: list[tuple[str, dict[str, object]]]) -> None:
    target = open_target(NAME)
    assert target.capabilities == {"reset", "fresh", "tear"}
    assert target.far
    card = target.open(7)
    assert isinstance(card, Tearable)
    assert isinstance(card, Factual)
    card.tear(3)
    assert card.facts() == {"profile": "dual"}
    assert said == [
        ("dual.sock", {"do": "facts", "slot": 2}),
        ("dual.sock", {"do": "fresh", "slot": 2, "seed": 7}),
        ("dual.sock", {"do": "tear", "slot": 2, "write": 3}),
        ("dual.sock", {"do": "facts", "slot": 2}),
    ]


def test_what_it_answers_comes_through_the_reader_unguarded(said: object) -> None:
    card = open_target(NAME).open(1)
    assert card.power_on() == ATR
    assert card.transmit(bytes.fromhex("805001020B01000000A041313010013700")) == b"\x90\x00"
    card.close()


def test_without_a_socket_it_is_any_card(said: list[object]) -> None:
    target = open_target("pcsc:1")
    assert target.capabilities == {"reset"}
    assert target.far
    assert isinstance(target.open(1), WriteGuard)
    assert open_target("pcsc:1", fresh=True).fresh
    assert not said


def test_no_server_is_found_out_at_once(tmp_path) -> None:
    with pytest.raises(LinkError, match="no ykt card serve answers"):
        open_target(f"pcsc:0?control={tmp_path / 'none'}")
    with pytest.raises(UsageError, match="is no number"):
        open_target("pcsc:0?control=x&slot=one")


def test_a_reader_is_named_by_number_or_part(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = tuple(Reader(n, name, (), b"") for n, name in enumerate(("ACS 00", "Virtual PCD 00")))
    monkeypatch.setattr(served, "list_readers", lambda: readers)
    assert served.reader_of("pcsc:Virtual?wait=1") == "Virtual PCD 00"
    assert served.reader_of("pcsc:0") == "ACS 00"
