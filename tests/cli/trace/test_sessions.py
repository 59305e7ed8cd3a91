"""`ykt trace sessions` and `ykt trace formats`; sessions in the ladder."""

from __future__ import annotations

import json

import pytest

from tests.corpus import FOLDER
from ykt_sim.cli.trace.writers import WRITERS
from ykt_sim.meaning import conversations
from ykt_sim.trace.readers import FORMATS

BROKEN = FOLDER / "broken"
TWO = BROKEN / "two-readers.pcscd.txt"
CARDS = BROKEN / "two-cards.proxmark-list.txt"


def test_sessions_for_people(run) -> None:
    lines = run("trace", "sessions", str(TWO)).stdout.splitlines()
    assert lines[0] == f"{TWO}: pcscd, log of pcscd --apdu (pcsc-lite)"
    assert lines[1].split() == ["session", "name", "exchanges", "first", "last", "broken", "ATR"]
    assert lines[2].split() == [
        "1", "Virtual", "PCD", "00", "00", "8", "0.001", "0.023", "0", "3B8880014D54594B542D54557A",
    ]  # fmt: skip
    assert lines[3].startswith("2        Other Reader 01 00")
    assert lines[4] == (
        "broken in session 2: byte 4686, line 54: answer: expected pairs of hex digits, "
        "found an odd number of them"
    )


def test_sessions_for_programs(run) -> None:
    found = json.loads(run("trace", "sessions", "--json", str(CARDS)).stdout)
    assert found["format"] == "proxmark-list"
    first, second = found["sessions"]
    assert (first["number"], first["name"], first["exchanges"]) == (1, "card 1", 8)
    assert (second["unanswered"], second["broken"], second["resets"]) == (1, 1, 1)
    assert second["places"] == [
        {"why": "the capture ends before the answer", "offset": 9534, "line": 86}
    ]
    assert second["first_s"] > first["first_s"]
    own = str(FOLDER / "synthetic" / "tunion-bus-tunion.jsonl")
    (only,) = json.loads(run("trace", "sessions", "--json", own).stdout)["sessions"]
    assert (only["exchanges"], only["sam_exchanges"], only["notes"]) == (10, 2, 2)


def test_many_broken_places_are_counted(run, tmp_path) -> None:
    path = tmp_path / "x.log"
    path.write_text("00000001 APDU: 00 84 00 00 04 \n" + "00000001 SW: 6 \n" * 100)
    text = run("trace", "sessions", "--from", "pcscd", str(path)).stdout
    assert text.count("broken in session 1: byte ") == 20
    assert text.endswith("and 80 more in session 1\n")


def test_a_file_of_nothing(run) -> None:
    result = run("trace", "sessions", str(BROKEN / "no-exchange.pcscd.txt"))
    assert result.exit_code == 2
    assert result.stderr.endswith("no exchange in it, read as pcscd\n")


def test_formats(run) -> None:
    found = json.loads(run("trace", "formats", "--json").stdout)
    assert [row["name"] for row in found if row["read"]] == list(FORMATS)
    assert {row["write"] for row in found} - {None} == set(WRITERS)
    assert next(row for row in found if row["name"] == "pcap14443")["write"] == "pcapng"
    lines = run("trace", "formats").stdout.splitlines()
    assert all(any(line.startswith(f"{name} ") for line in lines) for name in FORMATS)
    assert any(line.startswith("re:PATTERN") for line in lines)


# -- the ladder of several sessions ------------------------------------------------------


def test_every_event_stands_under_its_session(run) -> None:
    lines = run("trace", "show", str(CARDS)).stdout.splitlines()
    at = lines.index("session 2 'card 2'")
    assert "activated: uid 08594B54" in "\n".join(lines[:at])
    assert "activated: uid 08223344" in "\n".join(lines[at:])
    one = run("trace", "show", str(CARDS), "--session", "1").stdout.splitlines()
    assert one == lines[:at]
    two = run("trace", "show", str(CARDS), "--session", "card 2").stdout.splitlines()
    assert two[-10:] == lines[-10:]
    assert not [line for line in [*one, *two] if line.startswith("session ")]


def test_interleaved_sessions_are_decoded_apart(run) -> None:
    text = run("trace", "show", str(TWO)).stdout
    assert text.count("session 1 'Virtual") == 8
    assert text.count("session 2 'Other") == 9
    rows = [
        json.loads(line) for line in run("trace", "show", "--json", str(TWO)).stdout.splitlines()
    ]
    for name in ("Virtual PCD 00 00", "Other Reader 01 00"):
        own = [row for row in rows if row["session"] == name and row["event"] == "exchange"]
        assert [row["application"] for row in own[2:]] == ["tunion_ep"] * 6
        alone = run("trace", "show", "--json", str(TWO), "--session", name).stdout.splitlines()
        assert [json.loads(line) for line in alone] == [r for r in rows if r["session"] == name]


def test_an_unknown_session_is_named_with_those_there_are(run) -> None:
    result = run("trace", "show", str(TWO), "--session", "7")
    assert result.exit_code == 2
    assert (
        "no session '7'; there are 1 'Virtual PCD 00 00', 2 'Other Reader 01 00'" in result.stderr
    )


@pytest.mark.parametrize("kept", [1, 2])
def test_what_is_known_of_a_session_is_kept_within_bounds(run, monkeypatch, kept) -> None:
    monkeypatch.setattr(conversations, "MAX_FOLLOWED", kept)
    rows = [
        json.loads(line) for line in run("trace", "show", "--json", str(TWO)).stdout.splitlines()
    ]
    known = [row for row in rows if row.get("application") == "tunion_ep"]
    assert len(known) == (2 if kept == 1 else 14)


def test_conform_judges_each_session(run, tmp_path) -> None:
    out = tmp_path / "out"
    result = run("conform", "trace", str(TWO), "--test-keys", "--case", "C-0602", "--json",
                 "--out", str(out))  # fmt: skip
    first, second = json.loads(result.stdout)["traces"]
    assert first["cases"][0]["verdict"] == "PASS"
    assert second["cases"][0]["verdict"] == "INCONCLUSIVE"
    assert result.exit_code == 2
    assert {"MANIFEST", "results.json", "trace.jsonl"} <= {path.name for path in out.iterdir()}
    alone = run("conform", "trace", str(TWO), "--test-keys", "--case", "C-0602", "--session", "1")
    assert alone.exit_code == 0
    assert run("conform", "trace", str(TWO), "--session", "9").exit_code == 3
    assert run("conform", "ics", "draft", str(TWO)).exit_code == 3
    assert run("conform", "ics", "draft", str(TWO), "--session", "2").exit_code == 0


def test_diff_of_two_sessions_of_one_file(run) -> None:
    words = ("trace", "diff", str(TWO), str(TWO))
    assert run(*words).exit_code == 2
    assert run(*words, "--session", "1").exit_code == 0
    apart = run(*words, "--session", "1", "--session-b", "2")
    assert apart.exit_code == 1
    other = str(FOLDER / "synthetic" / "formats" / "opensc.txt")
    mixed = ("trace", "diff", str(TWO), other, "--session", "1")
    assert run(*mixed).exit_code == 1  # the log of OpenSC has no reset
    assert run(*mixed, "--from-b", "native").exit_code == 2
