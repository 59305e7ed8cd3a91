"""`ykt trace show` with keys: verdicts in the ladder, classes and codes in JSON."""

from __future__ import annotations

import json

import pytest

from tests.trace.corpus import FOLDER, flipped, load
from ykt_sim.cli.kit.colour import Tone, paint
from ykt_sim.cli.kit.show import width
from ykt_sim.cli.trace import show
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.ahead import Ahead
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.opening import Named

LOAD = FOLDER / "synthetic" / "dual-load-point.jsonl"


@pytest.fixture
def spoilt(tmp_path):
    path = tmp_path / "spoilt.jsonl"
    path.write_text(write_trace(flipped(load("dual-load-point"), 6, "response", 14)))
    return str(path)


def test_a_verdict_for_every_code(run):
    text = run("trace", "show", "--keys", "testkeys", str(LOAD)).stdout
    assert "= MAC1 of load: valid" in text
    assert "= MAC2 of load: valid" in text
    assert text.endswith("codes: 3 valid, 0 wrong, 0 not checkable\n")


def test_without_keys_nothing_is_said_of_codes(run):
    text = run("trace", "show", str(LOAD)).stdout
    assert "MAC1 of load" not in text
    assert "codes:" not in text


def test_a_wrong_code_and_its_right_value(run, spoilt):
    text = run("trace", "show", "--keys", "testkeys", spoilt).stdout
    assert "= MAC1 of load: wrong, expected BD33FF66" in text
    assert "codes: 2 valid, 1 wrong, 0 not checkable" in text


@pytest.fixture
def key_file(run, tmp_path):
    """The keys of a test card as it prints them."""
    card = tmp_path / "card.json"
    assert run("card", "new", "--profile", "dual", "--out", str(card)).exit_code == 0
    return json.loads(run("card", "keys", "--json", str(card)).stdout)


def test_an_owners_values_and_keys_are_not_told(run, spoilt, tmp_path, key_file):
    for entry in key_file["keys"]:
        entry["value"] = bytes.fromhex(entry["value"])[::-1].hex().upper()
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(key_file))
    values = [entry["value"] for entry in key_file["keys"]]
    trace = flipped(load("dual-load-point"), 6, "response", 14)
    owners = [
        verdict.expected.hex().upper()
        for item in check(trace, KeyRing.from_file(str(keys)), published=True)
        for verdict in item.verdicts
        if verdict.expected
    ]
    assert len(owners) == 3
    for words in (("trace", "show"), ("trace", "show", "--json"), ("explain",)):
        text = run(*words, "--keys", str(keys), spoilt).stdout
        assert "wrong" in text
        assert not [value for value in (*owners, *values) if len(value) >= 8 and value in text]


def test_a_file_of_the_published_keys_tells_values_but_no_keys(run, spoilt, tmp_path, key_file):
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(key_file))
    values = [entry["value"] for entry in key_file["keys"]]
    masters = load_test_keys().standards["lnt"].values()
    for given in ("testkeys", str(keys)):
        for words in (("trace", "show"), ("trace", "show", "--json"), ("explain",)):
            text = run(*words, "--keys", given, spoilt).stdout
            assert "BD33FF66" in text
            assert not [
                value for value in [*values, *masters] if len(value) >= 16 and value in text
            ]


def test_json_has_a_class_for_every_byte(run):
    lines = run("trace", "show", "--json", "--keys", "testkeys", str(LOAD)).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        for side in ("command", "response"):
            if event["event"] == "exchange":
                pieces = event[side + "_pieces"]
                assert "".join(piece["raw"] for piece in pieces) == event[side]
                assert all(piece["class"] and piece["name"] for piece in pieces)
    initialize = events[6]
    assert initialize["transaction"] == {"operation": "load", "phase": "initialised"}
    assert initialize["codes"] == [
        {"side": "response", "offset": 12, "size": 4, "name": "MAC1 of load", "status": "valid",
         "why": "", "expected": None}
    ]  # fmt: skip
    amount = next(p for p in initialize["command_pieces"] if p["name"] == "amount")
    assert (amount["class"], amount["value"], amount["zh"]) == ("amount", 5000, "交易金额")
    assert [p["name"] for p in events[0]["response_pieces"]] == ["interface", "historical", "check"]


def test_keys_that_are_none(run, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    for word, said in (
        ("nothing", "is neither 'testkeys' nor a file"),
        (str(bad), "a list of keys"),
    ):
        result = run("trace", "show", "--keys", word, str(LOAD))
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_mismatches_are_shown(run, tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text(write_trace(flipped(load("tunion-bus-tunion"), 7, "command", 5)))
    text = run("trace", "show", "--keys", "testkeys", str(path)).stdout
    assert "! random: not what the card said" in text


TAP = FOLDER / "synthetic" / "tunion-bus-tunion.jsonl"
NUMBER = "3105170000000000001"


def test_the_story_comes_first(run):
    lines = run("trace", "show", str(TAP)).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["card", "terminal", "done", "outcome"]
    whole = run("trace", "show", "--story", str(TAP)).stdout
    assert "复合消费 1.60 元" in whole
    told = json.loads(run("trace", "show", "--story", "--json", str(TAP)).stdout)["story"]
    assert told["result"] == "done"
    assert told["cards"] == [{"number": NUMBER, "taps": 1}]


@pytest.mark.parametrize("words", [("show",), ("show", "--fields"), ("show", "--story")])
def test_card_numbers_are_masked_unless_asked_for(run, words):
    assert NUMBER not in run("trace", *words, str(TAP)).stdout
    assert NUMBER[-16:] not in run("trace", *words, str(TAP)).stdout
    assert NUMBER in run("trace", *words, "--unmask", str(TAP)).stdout


def test_json_keeps_numbers_whole(run):
    assert NUMBER in run("trace", "show", "--json", str(TAP)).stdout


def test_colour_is_for_terminals_that_want_it(run, monkeypatch):
    assert "\x1b[" not in run("trace", "show", str(TAP)).stdout
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint()("x", Tone.BAD) != "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint()("x", Tone.BAD) == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert paint()("x", Tone.BAD) == "x"


def test_a_long_file_is_told_so_far_and_to_its_end():
    trace = load("tunion-bus-tunion")
    named = Named(1, "trace", trace.header)
    masker = Masker()
    ahead = Ahead([(named, None), *((named, item) for item in check(trace))], masker, window=5)
    first = next(iter(ahead))
    assert first == (named, None)
    assert not ahead.whole
    assert ahead.tales["trace"].events == 5


@pytest.mark.parametrize("unit", ["岭", "a", "a ; ", "岭；"])
def test_a_line_that_is_cut_looks_at_each_character_a_few_times(unit, monkeypatch):
    looked = 0

    def counted(text):
        nonlocal looked
        looked += len(text)
        return width(text)

    monkeypatch.setattr(show, "width", counted)
    text = unit * 5_000
    assert width(show._cut(text, 60)) <= 60
    assert looked <= 2 * len(text)
