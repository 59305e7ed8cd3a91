"""One door for traces of any format: by content, by name, by session; gzip and stdin."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.corpus import FOLDER
from ykt_sim.cli.kit import progress
from ykt_sim.cli.trace import sources as tracefiles
from ykt_sim.cli.trace.sources import (
    Choice,
    open_source,
    open_trace,
    printable,
    whole_sessions,
    whole_trace,
)
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.jsonl import read_trace

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
    found = whole_sessions(TWO)
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


def test_a_session_of_broken_places_alone_is_no_rival(run, tmp_path) -> None:
    spy = (FORMATS / "pcsc-spy.txt").read_bytes()
    path = tmp_path / "cut.log"
    path.write_bytes(spy[: spy.index(b"SCardDisconnect") + 5])
    names = [one.name for one in _sessions(path)]
    assert names[0] == "Virtual PCD 00 00"
    assert len(names) == 2
    result = run("trace", "convert", str(path), "--to", "native")
    assert result.exit_code == 0
    assert result.stderr == (
        f"{path}: left out, nothing but broken places: 2 'thread 7FA679E03740'\n"
    )
    alone = whole_trace(path, Choice(session="2"))
    assert [event.text for event in alone.events] == ["broken"] * len(alone.events)


def _sessions(path):
    with open_trace(path) as opened:
        list(opened)
        return list(opened.sessions.values())


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
    monkeypatch.setattr(tracefiles, "LIMIT", 3)
    with pytest.raises(TraceError, match="more than 3 events; 'ykt trace show' reads any number"):
        whole_trace(LOG)


# -- bytes ---------------------------------------------------------------------------------


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
    with pytest.raises(TraceError, match=rf"^{packed}: gzip: .*{why}|no known format"):
        whole_trace(packed)


def test_what_stands_before_the_damage_is_shown(run, packed) -> None:
    packed.write_bytes(packed.read_bytes()[:-40])
    result = run("trace", "show", str(packed))
    assert result.exit_code == 2
    assert "READ BINARY" in result.stdout
    assert result.stderr == (
        f"ykt: error: {packed}: gzip: Compressed file ended before the end-of-stream marker was"
        " reached\n"
    )


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


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(run, pack) -> None:
    data = pack(LOG.read_bytes())
    shown = run("trace", "show", "-", stdin=data)
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1:] == run("trace", "show", str(LOG)).stdout.splitlines()[1:]
    listed = json.loads(run("trace", "sessions", "-", "--json", stdin=data).stdout)
    assert listed["sessions"][0]["exchanges"] == 8
    assert run("trace", "diff", "-", str(LOG), stdin=data).exit_code == 0
    judged = run("conform", "trace", "-", "--test-keys", "--case", "C-0106", stdin=data)
    assert judged.exit_code == 0
    assert run("conform", "ics", "draft", "-", stdin=data).exit_code == 0
    assert run("trace", "convert", "-", "--to", "text", stdin=data).exit_code == 0


def test_standard_input_sanitised(run, tmp_path) -> None:
    words = ("trace", "sanitise", "-", "--out", str(tmp_path / "out"))
    assert run(*words, stdin=LOG.read_bytes()).exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["stdin.jsonl"]


def test_standard_input_that_is_no_trace(run) -> None:
    result = run("trace", "show", "-", stdin=b"nothing of the kind\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("ykt: error: standard input: no known format; known are ")


# -- progress ------------------------------------------------------------------------------


def test_progress_in_bytes_after_two_seconds(monkeypatch, capsys, tmp_path) -> None:
    clock = SimpleNamespace(now=0.0)

    def monotonic() -> float:
        clock.now += 1.25
        return clock.now

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=monotonic))
    path = tmp_path / "x"
    path.write_bytes(bytes(3_000_000))
    with open_source(path) as source:
        while source.read(1 << 18):
            pass
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"{path}: 327.7 KB of 3.0 MB, 2 s" or told[0].endswith(" of 3.0 MB, 2 s")
    assert 2 <= len(told) <= 5


def test_sizes_in_words() -> None:
    sizes = [0, 999, 1500, 2_500_000, 3_000_000_000, 10**18]
    words = ["0 B", "999 B", "1.5 KB", "2.5 MB", "3.0 GB", "1000000.0 TB"]
    assert [progress.size(count) for count in sizes] == words


def test_a_watched_line_is_written_over_and_ended(monkeypatch, capsys) -> None:
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    watch = progress.Watch()
    count = progress.of_bytes(watch, "x", None)
    count(1)
    clock.now = 3.0
    count(2)
    clock.now = 3.1
    count(3)
    watch.end()
    watch.end()
    assert capsys.readouterr().err == f"\r{'x: 2 B, 3 s':60}\r{'x: 3 B, 3 s':60}\n"


def test_text_of_a_file_moves_no_cursor(run, tmp_path) -> None:
    assert printable("岭南\x1b[2J\r") == "岭南?[2J?"
    path = tmp_path / "evil.log"
    name = "Reader\x1b]0;x\x07"
    lines = []
    for thread, reader in ((1, name), (2, "Other")):
        front = f"00000001 [{thread}] "
        lines += [
            f"{front}w.c:1:SCardConnect() Attempting Connect to {reader} using protocol",
            f"{front}APDU: 00 84 00 00 04 ",
            f"{front}SW: 6D 0\x1b]0;y\x07",
        ]
    path.write_text("\n".join(lines) + "\n")
    for words in (("show",), ("sessions",), ("convert", "--to", "text")):
        result = run("trace", words[0], str(path), *words[1:])
        assert "\x1b" not in result.output
        assert "\x07" not in result.output


def test_a_file_that_cannot_be_peeked_at_twice_is_read_once() -> None:
    stream = io.BytesIO(b"abcdef")
    head = tracefiles._Head(stream.read(2), stream)
    assert [head.read(1), head.read(0), head.read(5), head.read(9), head.read(9)] == [
        b"a", b"", b"b", b"cdef", b"",
    ]  # fmt: skip
    assert tracefiles._Head(b"ab", io.BytesIO()).read() == b"ab"


def test_every_verb_takes_every_format(run, tmp_path) -> None:
    for path in sorted(FORMATS.glob("*.*")):
        if path.name in {"README.md", "expected.json"}:
            continue
        assert run("trace", "show", str(path)).exit_code == 0, path
        assert run("trace", "diff", str(path), str(path)).exit_code == 0, path
        assert run("conform", "ics", "draft", str(path)).exit_code == 0, path
        judged = run("conform", "trace", str(path), "--test-keys", "--case", "C-0108")
        assert judged.exit_code == 0, path
    out = tmp_path / "shared"
    result = run("trace", "sanitise", str(LOG), str(NATIVE), "--out", str(out))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["native.jsonl", "pcscd.txt.jsonl"]
    assert run("trace", "show", str(out / "pcscd.txt.jsonl")).exit_code == 0


def test_paths_are_not_resolved_for_stdin() -> None:
    assert str(Path("-")) == tracefiles.STDIN
