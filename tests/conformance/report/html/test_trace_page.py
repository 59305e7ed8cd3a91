"""The page of one trace: whole, closed, escaped, masked, in both languages, bounded."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.conformance.report.html.test_run_page import EVIL, Outline
from tests.trace.corpus import SYNTHETIC, load
from ykt_conformance.report.html import trace_page
from ykt_conformance.report.html.trace_page import render_trace, shown
from ykt_sim.trace.model import Exchange, Header, Note, Trace

DEMO = load("dual-metro-exit")


def events_of(page: str) -> list[str]:
    return re.findall(r'<li id="t(e\d+)"', page)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_every_event_is_there_and_every_element_is_closed(name: str) -> None:
    trace = load(name)
    page = render_trace(trace, f"{name}.jsonl")
    Outline(page)
    assert events_of(page) == [f"e{number}" for number in range(len(trace.events))]
    assert f"{len(trace.exchanges)} exchanges." in page


def test_nothing_is_loaded_from_anywhere() -> None:
    page = render_trace(DEMO, "x")
    found = Outline(page)
    assert not [attrs for _, attrs in found.tags if "src" in attrs]
    links = [attrs["href"] for tag, attrs in found.tags if tag == "a"]
    assert all(str(link).startswith("#") for link in links)
    assert "default-src 'none'" in page


def test_both_languages() -> None:
    page = render_trace(DEMO, "x")
    for words in ("APDU trace", "APDU 报文记录", "What was said", "报文", "terminal", "终端"):
        assert words in page


def test_card_numbers_are_masked() -> None:
    page = render_trace(DEMO, "x")
    assert "3104870300000000017" not in page
    assert "310487*********0017" in page


def test_card_numbers_are_whole_where_they_were_asked_for() -> None:
    page = render_trace(DEMO, "x", unmasked=True)
    assert "3104870300000000017" in page
    assert "Card numbers are whole, personal data and keys are hidden." in page


def test_text_of_a_file_is_text() -> None:
    header = Header(source=EVIL, card=EVIL, provenance=EVIL)
    trace = Trace(header=header, events=(Note(t=0, text=EVIL, data={EVIL: EVIL}),))
    page = render_trace(trace, EVIL)
    Outline(page)
    assert "<script>alert" not in page
    assert "<img" not in page


def test_broken_places_are_counted_and_shown() -> None:
    hole = Note(t=0, text="broken", data={"why": "the CRC is wrong", "offset": 77})
    page = render_trace(msgspec.structs.replace(DEMO, events=(hole, *DEMO.events)), "x")
    assert "14 exchanges, 1 broken places." in page
    assert "the CRC is wrong" in page


def test_times_only_where_they_were_measured() -> None:
    assert 'id="times"' in render_trace(DEMO, "x")
    bare = tuple(
        msgspec.structs.replace(event, duration_ms=None) if isinstance(event, Exchange) else event
        for event in DEMO.events
    )
    assert 'id="times"' not in render_trace(msgspec.structs.replace(DEMO, events=bare), "x")


def test_of_a_long_trace_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_page, "MAX_EVENTS", 6)
    page = render_trace(DEMO, "x")
    count = len(DEMO.events)
    ends = [0, 1, 2, count - 3, count - 2, count - 1]
    assert events_of(page) == [f"e{number}" for number in ends]
    assert f"… {count - 6} events are not on this page" in page
    assert (shown(5), shown(6), shown(count)) == (5, 6, 6)


def test_nothing_at_all() -> None:
    page = render_trace(Trace(header=Header()), "x")
    Outline(page)
    assert "0 exchanges." in page


def test_all_of_it_goes_to_paper() -> None:
    assert '<html lang="en" data-print="full">' in render_trace(DEMO, "x")
