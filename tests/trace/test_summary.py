"""What is in a file, counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import FOLDER
from tests.trace.turns import turns
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace import summary
from ykt_sim.trace.jsonl import event_line, header_line
from ykt_sim.trace.model import Exchange, Header, Note, Reset
from ykt_sim.trace.opening import Choice, Named, conversations, open_trace
from ykt_sim.trace.readers.base import BROKEN
from ykt_sim.trace.summary import Summary, summaries

TWO = FOLDER / "broken" / "two-readers.pcscd.txt"


def of(path: Path, choice: Choice | None = None) -> list[Summary]:
    with open_trace(path, choice) as opened:
        return summaries(opened)


def test_conversations_in_order() -> None:
    found = of(TWO)
    assert [one.named.name for one in found] == ["Virtual PCD 00 00", "Other Reader 01 00"]
    assert all(one.exchanges for one in found)
    assert [one.named.number for one in of(TWO, Choice(session="2"))] == [2]


def test_what_is_counted() -> None:
    one = Summary(Named(1, "x", Header()))
    one.add(Exchange(t=5.0, channel="sam", command=b"1234", response=b""))
    one.add(Reset(t=2.0, channel="sam", atr=b"\x3b\x01"))
    one.add(Reset(t=3.0, channel="card", atr=b"\x3b\x00"))
    one.add(Reset(t=4.0, channel="card", atr=b"\x3b\x02"))
    one.add(Note(t=4.0, text="remark", data={}))
    for number in range(25):
        one.add(Note(t=1.0, text=BROKEN, data={"offset": number}))
    assert one.to_json() == {
        "number": 1, "name": "x", "exchanges": 1, "sam_exchanges": 1, "unanswered": 1,
        "resets": 3, "notes": 1, "atr": "3B00", "first_s": 1.0, "last_s": 5.0, "broken": 25,
        "places": [{"offset": number} for number in range(20)], "unused_lines": [],
    }  # fmt: skip


def test_more_than_a_log_of_cards_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST", 1)
    with pytest.raises(TraceError, match="more than 1 sessions"):
        of(TWO)


def test_cards_that_came_in_turn_are_sessions_of_their_own(tmp_path: Path) -> None:
    trace = turns(10, 2)
    path = tmp_path / "ten.jsonl"
    lines = [header_line(trace.header), *map(event_line, trace.events)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = of(path)
    assert [one.word for one in found] == [f"1.{card}" for card in range(1, 11)]
    assert sum(one.exchanges for one in found) == len(trace.exchanges)
    assert found[2].to_json()["session"] == "1.3"
    for word in ("1.3", f"{found[0].named.name}, by number 3"):
        (third,) = conversations(path, Choice(session=word))
        assert len(third.trace.exchanges) == found[2].exchanges
    (alone,) = of(path, Choice(session="1.3"))
    assert (alone.word, alone.exchanges) == ("1", found[2].exchanges)
    with pytest.raises(UsageError, match=r"no session '1\.11'; the last card there has number 10"):
        of(path, Choice(session="1.11"))
