"""`ykt trace convert` and `dissector`: what is written, what is said to be lost, refusals."""

from __future__ import annotations

import json
import struct
from importlib import resources

import pytest

from tests.corpus import FOLDER
from tests.trace.corpus import load
from ykt_sim.cli.trace.writers import WRITERS
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.trace.opening import whole_trace

SOURCE = FOLDER / "synthetic" / "tunion-bus-tunion.jsonl"
LOG = FOLDER / "synthetic" / "formats" / "pcscd.txt"
TWO = FOLDER / "broken" / "two-readers.pcscd.txt"
every = pytest.mark.parametrize("form", sorted(WRITERS))


@every
def test_to_a_file_and_to_standard_output(run, tmp_path, form) -> None:
    out = tmp_path / "out"
    first = run("trace", "convert", str(SOURCE), "--to", form, "--out", str(out))
    assert first.exit_code == 0
    assert first.stdout == ""
    assert first.stderr.endswith(f"{out}: written\n")
    second = run("trace", "convert", str(SOURCE), "--to", form)
    assert second.stdout_bytes == out.read_bytes()
    again = run("trace", "convert", str(SOURCE), "--to", form, "--out", str(out))
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    forced = run("trace", "convert", str(LOG), "--to", form, "--out", str(out), "--force")
    assert forced.exit_code == 0
    assert out.read_bytes() != second.stdout_bytes


def test_what_each_writes(run) -> None:
    made = {
        form: run("trace", "convert", str(SOURCE), "--to", form).stdout_bytes for form in WRITERS
    }
    assert made["native"] == SOURCE.read_bytes()
    shown = run("trace", "show", "--unmask", str(SOURCE)).stdout
    assert made["text"].decode() == shown.partition("\n")[2]
    assert made["pcapng"][:4] == struct.pack("<I", 0x0A0D0D0A)
    assert b"ISO14443A" in made["proxmark-list"]
    assert len(made["proxmark-trace"]) < len(made["proxmark-list"])
    assert made["html"].startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("native", []),
        ("text", ["10 durations of exchanges"]),
        ("html", ["digits of card numbers, keys and personal data, which are hidden"]),
        (
            "pcapng",
            [
                "2 events of the SAM, which is not on the air",
                "2 notes",
                "of the header: source, card, terminal, provenance",
            ],
        ),
        (
            "proxmark-list",
            [
                "2 events of the SAM, which is not on the air",
                "2 notes",
                "of the header: source, card, terminal, provenance",
                "the time of day",
            ],
        ),
    ],
)
def test_what_is_lost_is_said(run, form, lines) -> None:
    told = run("trace", "convert", str(SOURCE), "--to", form).stderr.splitlines()
    assert told == [f"not in {form}: {line}" for line in lines]


def test_what_a_log_without_times_loses() -> None:
    events = (
        Reset(t=0.0, channel="card", atr=bytes.fromhex("3B6500002063CB6800")),
        Exchange(t=1.0, channel="card", command=bytes(5), response=b"\x90\x00"),
        Exchange(t=1.0, channel="card", command=bytes(5), response=b""),
        Removed(t=400.0, channel="card"),
        Note(t=400.0, text="x"),
    )
    trace = Trace(header=Header(), events=events)
    assert list(WRITERS["pcapng"].lost(trace)) == [
        "1 note",
        "that 1 duration are not known: they come out as 0 ms",
        "1 ATR that no contactless card has: of each the historical bytes are kept where there"
        " are any",
    ]
    more = list(WRITERS["proxmark-trace"].lost(trace))[3:]
    assert more == [
        "1 removal: the format does not say that the field went off",
        "times: they start anew after 317 s, and the trace has 400 s",
    ]
    assert list(WRITERS["text"].lost(trace)) == []


def test_one_of_several_sessions(run, tmp_path) -> None:
    asked = run("trace", "convert", str(TWO), "--to", "native")
    assert asked.exit_code == 2
    assert (
        "2 sessions, choose one with --session: 1 'Virtual PCD 00 00' (8 exchanges)" in asked.stderr
    )
    chosen = run("trace", "convert", str(TWO), "--to", "native", "--session", "1")
    assert read_trace(chosen.stdout).header.source.endswith("Virtual PCD 00 00")


def test_binary_is_not_for_a_terminal(run, monkeypatch) -> None:
    monkeypatch.setattr("ykt_sim.cli.trace.convert.sys", _Terminal())
    result = run("trace", "convert", str(SOURCE), "--to", "pcapng")
    assert (result.exit_code, "give --out FILE" in result.stderr) == (2, True)


class _Terminal:
    class stdout:  # noqa: N801 - stands for sys.stdout
        @staticmethod
        def isatty() -> bool:
            return True


def test_unknown_words(run, tmp_path) -> None:
    assert run("trace", "convert", str(SOURCE), "--to", "pdf").exit_code == 2
    assert run("trace", "convert", str(SOURCE)).exit_code == 2
    missing = run("trace", "convert", str(tmp_path / "none"), "--to", "text")
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    nowhere = tmp_path / "no" / "folder"
    result = run("trace", "convert", str(SOURCE), "--to", "text", "--out", str(nowhere))
    assert (result.exit_code, str(nowhere) in result.stderr) == (2, True)


def test_a_trace_of_any_order_of_header_keys(tmp_path) -> None:
    path = tmp_path / "x"
    trace = load("tunion-bus-tunion")
    head, rest = write_trace(trace).split("\n", 1)
    fields = json.loads(head)
    path.write_text(json.dumps(dict(reversed(fields.items()))) + "\n" + rest)
    assert whole_trace(path) == trace


def test_the_dissector(run, tmp_path) -> None:
    kept = (resources.files("ykt_sim.trace.writers") / "dissector.lua").read_bytes()
    assert run("trace", "dissector").stdout_bytes == kept
    out = tmp_path / "ykt.lua"
    assert run("trace", "dissector", "--out", str(out)).exit_code == 0
    assert out.read_bytes() == kept
    assert run("trace", "dissector", "--out", str(out)).exit_code == 2
    assert run("trace", "dissector", "--out", str(out), "--force").exit_code == 0


def test_for_programs(run, tmp_path) -> None:
    out = tmp_path / "x.pcapng"
    words = ("trace", "convert", str(SOURCE), "--to", "pcapng", "--json")
    refused = run(*words)
    assert (refused.exit_code, "--json goes with --out" in refused.stderr) == (2, True)
    result = run(*words, "--out", str(out))
    assert result.stderr == ""
    told = json.loads(result.stdout)
    assert told == {
        "file": str(SOURCE), "to": "pcapng", "out": str(out), "bytes": out.stat().st_size,
        "lost": [
            "2 events of the SAM, which is not on the air", "2 notes",
            "of the header: source, card, terminal, provenance",
        ],
    }  # fmt: skip
    lua = tmp_path / "ykt.lua"
    assert run("trace", "dissector", "--json").exit_code == 2
    written = json.loads(run("trace", "dissector", "--json", "--out", str(lua)).stdout)
    assert written == {"out": str(lua), "bytes": lua.stat().st_size}


@every
def test_any_number_of_events_but_for_a_page(run, tmp_path, monkeypatch, form) -> None:
    before = run("trace", "convert", str(SOURCE), "--to", form)
    monkeypatch.setattr("ykt_sim.trace.opening.LIMIT", 5)
    monkeypatch.setattr("ykt_sim.cli.trace.writers.LIMIT", 5)
    out = tmp_path / "out"
    result = run("trace", "convert", str(SOURCE), "--to", form, "--out", str(out))
    if form == "html":
        assert (result.exit_code, out.exists()) == (2, False)
        assert "13 events, html takes at most 5; text, native" in result.stderr
    else:
        assert (result.exit_code, out.read_bytes()) == (0, before.stdout_bytes)
    assert [one.name for one in tmp_path.iterdir()] == ["out"] * (form != "html")


def test_a_pipe_is_as_good_as_a_file(run) -> None:
    for form in WRITERS:
        named = run("trace", "convert", str(LOG), "--to", form)
        piped = run("trace", "convert", "-", "--to", form, stdin=LOG.read_bytes())
        assert piped.exit_code == 0
        assert form == "html" or piped.stdout_bytes == named.stdout_bytes
