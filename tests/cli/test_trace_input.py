"""Which conversation of a file is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trace.corpus import FOLDER, load, talk
from ykt_sim.cli import trace_input
from ykt_sim.cli.trace_input import damaged, load_session
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.base import Found

TOOLS = FOLDER / "recorded" / "tools"


def test_our_own_file_keeps_its_header() -> None:
    path = FOLDER / "synthetic" / "dual-bus-tunion.jsonl"
    assert load_session(path) == load("dual-bus-tunion")
    assert load_session(path, "trace") == load("dual-bus-tunion")


@pytest.mark.parametrize("path", sorted(TOOLS.glob("*.[lt][ox][gt]")), ids=lambda p: p.name)
def test_other_programs_logs(path: Path) -> None:
    trace = load_session(path)
    assert any(isinstance(event, Exchange) for event in trace.events)
    assert trace.header.source


def test_several_conversations_want_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event = talk("0084000004 > 9000").events[0]
    found = [Found("Reader A 00", event), Found("Reader B 00", event), Found("Reader B 00", event)]
    monkeypatch.setattr(trace_input, "read", lambda _source: iter(found))
    path = tmp_path / "any.log"
    path.write_text("x")
    with pytest.raises(UsageError, match="'Reader A 00', 'Reader B 00'"):
        load_session(path)
    with pytest.raises(UsageError, match="several conversations fit"):
        load_session(path, "Reader")
    with pytest.raises(UsageError, match="no conversation 'C'"):
        load_session(path, "C")
    assert len(load_session(path, "A").events) == 1
    assert len(load_session(path, "Reader B 00").events) == 2


def test_a_file_without_a_card(tmp_path: Path) -> None:
    path = tmp_path / "sam.jsonl"
    path.write_text(write_trace(talk("0084000004 > 9000", channel="sam")))
    with pytest.raises(UsageError, match="no exchange with a card"):
        load_session(path)


def test_damaged_places_are_counted(tmp_path: Path) -> None:
    text = (TOOLS / "pcscd_-f_-d_-a.log").read_text()
    at = text.index("SW: ")
    path = tmp_path / "cut.log"
    path.write_text(text[:at] + "SW: 9Z 00" + text[at + 9 :])
    assert damaged(load_session(path)) == 1
    assert damaged(load("dual-bus-tunion")) == 0


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    for text in ("", "\x00\x01", '{"format":"ykt-trace","version":99}\n'):
        path.write_text(text)
        with pytest.raises(TraceError, match="broken"):
            load_session(path)
