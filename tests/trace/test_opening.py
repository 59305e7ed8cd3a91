"""One door for traces of any format: by content, by name, by session; gzip and stdin."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from tests.corpus import FOLDER
from tests.trace.turns import turns
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace import opening
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Removed
from ykt_sim.trace.opening import (
    Choice,
    Telling,
    card_conversations,
    conversations,
    kept_trace,
    open_source,
    open_trace,
    printable,
    whole_trace,
)
from ykt_sim.trace.spool import Spool

FORMATS = FOLDER / "synthetic" / "formats"
LOG = FORMATS / "pcscd.txt"
TWO = FOLDER / "broken" / "two-readers.pcscd.txt"
NATIVE = FORMATS / "native.jsonl"
PATTERN = r"re:(?P<dir>[><]) (?P<hex>[0-9A-F ]+)"
OWN = "a > 00 84 00 00 04\nb < 01 02 03 04 90 00\n"


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(LOG.read_bytes()))
    return path


def test_the_format_is_chosen_by_content_or_by_name(tmp_path) -> None:
    with open_trace(LOG) as opened:
        assert opened.known.name == "pcscd"
    own = tmp_path / "own.log"
    own.write_text(OWN)
    assert len(whole_trace(own, Choice(PATTERN)).exchanges) == 1
    with pytest.raises(UsageError, match=f"{own}: no format 'nonsense'"):
        whole_trace(own, Choice("nonsense"))


def test_a_trace_of_our_own_is_as_the_strict_reader_has_it() -> None:
    assert whole_trace(NATIVE) == read_trace(NATIVE.read_text(encoding="utf-8"))


def test_several_sessions() -> None:
    found = conversations(TWO)
    assert [one.named.label for one in found] == ["1 'Virtual PCD 00 00'", "2 'Other Reader 01 00'"]
    for word in ("2", "Other Reader 01 00"):
        assert whole_trace(TWO, Choice(session=word)) == found[1].trace
    with pytest.raises(UsageError, match=r"2 sessions, choose one with --session: 1 'Virtual"):
        whole_trace(TWO)
    with pytest.raises(UsageError, match="no session '3'; there are 1 'Virtual PCD 00 00', 2 "):
        whole_trace(TWO, Choice(session="3"))


def test_a_file_with_many_sessions_gives_a_short_error(tmp_path) -> None:
    path = tmp_path / "many.log"
    lines = []
    for number in range(60):
        lines += [f"00000001 [{number}] APDU: 00 84 00 00 04 ", f"00000001 [{number}] SW: 6D 00 "]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UsageError) as raised:
        whole_trace(path)
    assert "60 sessions" in str(raised.value)
    assert str(raised.value).endswith("and 40 more")


def test_errors_name_the_file_once(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x00\x01")
    with pytest.raises(TraceError) as raised:
        whole_trace(path)
    assert str(raised.value).count(str(path)) == 1
    path.write_text('{"format":"ykt-trace","version":1}\n{"t":0}\n')
    with pytest.raises(TraceError, match=f"^{path}: line 2: "):
        whole_trace(path)
    with pytest.raises(FileNotFoundError):
        whole_trace(tmp_path / "none")


def test_more_events_than_memory_should_hold(monkeypatch) -> None:
    monkeypatch.setattr(opening, "LIMIT", 3)
    with pytest.raises(TraceError, match="more than 3 events; 'ykt trace show' reads any number"):
        whole_trace(LOG)


def test_gzip_is_taken_off(packed) -> None:
    assert whole_trace(packed) == whole_trace(LOG)
    packed.write_bytes(packed.read_bytes() + gzip.compress(b"00000000 more\n"))
    assert whole_trace(packed) == whole_trace(LOG)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda data: data[:-40], "ended before"),
        (lambda data: data[:-8] + b"\0\0\0\0" + data[-4:], "CRC check failed"),
        (lambda data: data[:3] + b"\xff" + data[4:12] + b"\xff\xff\xff" + data[15:], ""),
        (lambda data: data[:5], "ended before"),
        (lambda data: data[:2], "ended before"),
    ],
    ids=["tail", "checksum", "flags", "header", "magic"],
)
def test_damaged_gzip(packed, damage, why) -> None:
    packed.write_bytes(damage(packed.read_bytes()))
    with pytest.raises(TraceError, match=rf"^{packed}: gzip: .*{why}"):
        whole_trace(packed)


def test_gzip_that_grows_too_large(tmp_path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(1 << 22)))
    opened = open_source(path, limit=1 << 20)
    source = opened.__enter__()
    while source.read(1 << 16):
        pass
    with pytest.raises(TraceError, match="grows beyond"):
        opened.__exit__(None, None, None)
    assert source.offset <= (1 << 20) + (1 << 18)


def test_a_file_that_cannot_be_peeked_at_twice_is_read_once() -> None:
    stream = io.BytesIO(b"abcdef")
    head = opening._Head(stream.read(2), stream)
    assert [head.read(1), head.read(0), head.read(5), head.read(9), head.read(9)] == [
        b"a", b"", b"b", b"cdef", b"",
    ]  # fmt: skip
    assert opening._Head(b"ab", io.BytesIO()).read() == b"ab"


def test_paths_are_not_resolved_for_stdin() -> None:
    assert str(Path("-")) == opening.STDIN


def test_text_of_a_file_moves_no_cursor() -> None:
    assert printable("岭南\x1b[2J\r") == "岭南?[2J?"


def test_what_is_left_out_is_said(tmp_path) -> None:
    spy = (FORMATS / "pcsc-spy.txt").read_bytes()
    path = tmp_path / "cut.log"
    path.write_bytes(spy[: spy.index(b"SCardDisconnect") + 5])
    said: list[str] = []
    assert len(conversations(path, telling=Telling(say=said.append))) == 1
    assert said == [f"{path}: left out, nothing but broken places: 2 'thread 7FA679E03740'"]


def test_a_card_of_several_at_one_reader_is_chosen_by_name(tmp_path) -> None:
    path = tmp_path / "three.jsonl"
    path.write_text(write_trace(turns(3)))
    found = card_conversations(path, Choice())
    assert [one.named.name for one in found] == [
        "trace",
        "trace, by number 2",
        "trace, by number 3",
    ]
    assert card_conversations(path, Choice(session="1")) == found
    assert card_conversations(path, Choice(session="trace, by number 2")) == found[1:2]
    with pytest.raises(UsageError, match=r"three.jsonl: no session 'trace, by number 4'; "):
        card_conversations(path, Choice(session="trace, by number 4"))
    with pytest.raises(UsageError, match="no session 'other'"):
        card_conversations(path, Choice(session="other, by number 2"))
    assert whole_trace(path) == turns(3), "whole where no card is judged"


@pytest.mark.parametrize("choice", [Choice(), Choice(session="2"), Choice(session="3")])
@pytest.mark.parametrize("path", [NATIVE, LOG, TWO])
def test_a_trace_in_a_spool_is_the_whole_one_or_the_same_error(path, choice) -> None:
    said: tuple[list[str], list[str]] = ([], [])

    def outcome(read) -> object:
        try:
            return read()
        except UsageError as error:
            return str(error)

    with Spool() as spool:
        spool.add(Removed(t=0.0, channel="card"), 1)  # of another recording
        kept = outcome(lambda: kept_trace(path, spool, choice, Telling(say=said[0].append)).whole())
    whole = outcome(lambda: whole_trace(path, choice, Telling(say=said[1].append)))
    assert kept == whole
    assert said[0] == said[1]


def test_a_spool_takes_more_events_than_memory_should_hold(monkeypatch) -> None:
    monkeypatch.setattr(opening, "LIMIT", 3)
    with pytest.raises(TraceError, match="more than 3 events"):
        whole_trace(NATIVE)
    with Spool() as spool:
        found = kept_trace(NATIVE, spool).whole()
    monkeypatch.undo()
    assert len(found.events) > 3
    assert found == whole_trace(NATIVE)
