"""Traces as the verbs read them: notes and progress on stderr, standard input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.corpus import FOLDER
from ykt_sim.cli.kit import progress
from ykt_sim.cli.trace import sources
from ykt_sim.trace.opening import Choice, open_source, open_trace, whole_trace

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


def test_what_stands_before_the_damage_is_shown(run, packed) -> None:
    packed.write_bytes(packed.read_bytes()[:-40])
    result = run("trace", "show", str(packed))
    assert result.exit_code == 2
    assert "READ BINARY" in result.stdout
    assert result.stderr == (
        f"ykt: error: {packed}: gzip: Compressed file ended before the end-of-stream marker was"
        " reached\n"
    )


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


def test_progress_in_bytes_after_two_seconds(monkeypatch, capsys, tmp_path) -> None:
    clock = SimpleNamespace(now=0.0)

    def monotonic() -> float:
        clock.now += 1.25
        return clock.now

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=monotonic))
    path = tmp_path / "x"
    path.write_bytes(bytes(3_000_000))
    with sources._telling(path) as telling, open_source(path, telling=telling) as source:
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
    with sources._telling(Path("x")) as telling:
        telling.progress(1, None)
        clock.now = 3.0
        telling.progress(2, None)
        clock.now = 3.1
        telling.progress(3, None)
    assert capsys.readouterr().err == f"\r{'x: 2 B, 3 s':60}\r{'x: 3 B, 3 s':60}\n"


def test_text_of_a_file_moves_no_cursor(run, tmp_path) -> None:
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
