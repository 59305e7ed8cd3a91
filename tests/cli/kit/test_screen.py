"""The screen: no text of a file, a card or a name moves a terminal's cursor."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from ykt_sim.bench.make import make_card
from ykt_sim.cli.kit.colour import Tone, painted
from ykt_sim.cli.kit.screen import MARKS, Screen

#: What a terminal would obey: clear, title, hidden text, eight-bit controls, turned text.
EVIL = "\x1b[2J\x1b]0;owned\x07\x1b[8m\x9b31m\x90\u202egnp\u2066\x08\x7f\x00\u2028\ufdd1"
#: What may stand in an output: line feeds and tabs, and text.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef]")


class _Watched(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(text: str, stream: io.StringIO) -> str:
    Screen(stream).write(text)
    return stream.getvalue()


def test_text_goes_through_as_it_is() -> None:
    text = "岭南通\t88.00 é│─→\n\u3000🙂"
    assert written(text, io.StringIO()) == text


def test_what_a_terminal_would_obey_is_shown_as_its_code_point() -> None:
    assert written("a\x1b[2Jb\x9b\u202e\U000e0041", _Watched()) == (
        "a\\u001b[2Jb\\u009b\\u202e\\udb40\\udc41"
    )
    assert not FORBIDDEN.search(written(EVIL, io.StringIO()))


def test_in_json_it_means_the_same() -> None:
    text = "\x7f\x9b\u202e\U000e0041\u2028"
    shown = written(json.dumps(text, ensure_ascii=False), io.StringIO())
    assert json.loads(shown) == text
    assert not FORBIDDEN.search(shown)


def test_colours_are_ours_alone_and_for_terminals_alone() -> None:
    text = painted("no", Tone.BAD)
    assert written(text, _Watched()) == "\x1b[31mno\x1b[0m"
    assert written(text, io.StringIO()) == "no"
    assert {str(tone) for tone in Tone if tone} < set(MARKS)


def test_a_line_is_written_over_only_from_its_beginning() -> None:
    assert written("\r10 %\rx", io.StringIO()) == "\r10 %\\u000dx"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A card image, a terminal profile, traces and a log with `EVIL` wherever text may stand."""
    bad = json.dumps(EVIL).replace("\x7f", "\\u007f")
    image = json.loads(make_card("dual", bytes, balance=500).snapshot().to_json())
    image["cells"][0][1]["profile"] = EVIL
    for key, value in image["cells"]:
        if key[0] == "key":
            value["role"] = EVIL
    text = json.dumps(image["cells"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    image["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    profile = ROOT / "ykt_sim" / "profiles" / "terminals" / "bus-legacy.toml"
    evil = profile.read_text("utf-8").replace("Thank you", "x")
    evil = re.sub(r'(en|zh|name) = "[^"]*"', lambda m: f"{m[1]} = {bad}", evil)
    fields = ",".join(f'"{name}":{bad}' for name in ("card", "terminal", "source", "provenance"))
    made = {
        "card.json": json.dumps(image),
        "terminal.toml": evil,
        "trace.jsonl": f'{{"format":"ykt-trace","version":1,{fields}}}\n'
        f'{{"t":0,"ev":"note","text":{bad},"data":{{"x":{bad},"why":{bad}}}}}\n'
        '{"t":0.5,"ch":"card","c":"00A40400085041592E5449434C","r":"9000"}\n',
        "plain.log": f"{EVIL}\n> 00A4040000 {EVIL}\n< 9000 {EVIL}\nSW\x1b[2J\n",
        "pyscard.log": f"connecting to {EVIL}\n> 00 A4 04 00 00\n<  [] 90 0\n",
        "broken.json": '{"format":' + bad,
        "broken.toml": f"a = {EVIL}",
    }
    for name, content in made.items():
        (tmp_path / name).write_text(content, "utf-8")
    return {name: str(tmp_path / name) for name in made}


VERBS = (
    "card show card.json", "card show card.json --json", "card keys card.json",
    "card show broken.json", "terminal show terminal.toml", "terminal show broken.toml",
    "tap --card card.json --terminal terminal.toml", "tap --card card.json --terminal bus-board -v",
    "trace show trace.jsonl", "trace show trace.jsonl --json", "trace show -q trace.jsonl",
    "trace show plain.log", "trace sessions trace.jsonl plain.log pyscard.log",
    "trace show pyscard.log --session x", "trace show pyscard.log",
    "trace diff trace.jsonl plain.log",
    "trace explain trace.jsonl", "trace sanitise trace.jsonl", "conform trace trace.jsonl",
    f"decode {EVIL.replace(chr(0), '')}", f"card show {EVIL.replace(chr(0), '')}",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=[str(number) for number in range(len(VERBS))])
def test_no_verb_lets_a_control_character_through(run, files, verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*verb.split(" "))
    assert result.output
    assert not FORBIDDEN.search(result.output)


def test_on_a_terminal_no_sequence_but_our_colours(files: dict[str, str]) -> None:
    keeper, given = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "ykt_sim.cli.main", "trace", "show", files["trace.jsonl"]],
            stdout=given, stderr=given, stdin=subprocess.DEVNULL, check=True, timeout=120, cwd=ROOT,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": ""},
        )  # fmt: skip
        os.close(given)
        given = -1
        shown = b""
        while more := _read(keeper):
            shown += more
    finally:
        os.close(keeper)
        if given >= 0:
            os.close(given)
    text = shown.decode().replace("\r\n", "\n")
    for sequence in MARKS.values():
        text = text.replace(sequence, "")
    assert "\x1b[1m" in shown.decode()
    assert not FORBIDDEN.search(text)


def _read(end: int) -> bytes:
    try:
        return os.read(end, 1 << 16)
    except OSError:  # the other side is closed: Linux says so with EIO
        return b""
