"""Files that no verb can use: one line, the right exit code, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim import textfile

#: What a file may hold that was meant to be something else.
CONTENTS = {
    "empty": b"",
    "zeros": bytes(3000),
    "no text": b"\xff\xfe\xff\x81\x00" * 9,
    "a surrogate": b'{"format": "\\ud800", "version": 1}',
    "deep": b"[" * 100_000,
    "deep too": b'{"a":' * 100_000,
    "a number": b"1" * 5000,
    "a list": b"[]",
    "null": b"null",
    "too long": b" " * 70_000,
    "half": b'{"format": "ykt-card", "version": 1, "cells": [',
}
VERBS = {
    "card show {}": 2,
    "card keys {}": 2,
    "tap --card {} --terminal bus-legacy --state state --journal journal": 2,
    "terminal show {}": 2,
    "tap --card good.json --terminal {} --state state --journal journal": 2,
    "card new --profile {} --out new.json": 2,
    "trace show {}": 2,
    "trace sessions {}": 2,
    "trace diff {} {}": 2,
    "trace explain {}": 2,
    "trace sanitise {}": 2,
    "trace replay {} --card good.json": 2,
    "trace show --keys {} trace.jsonl": 2,
    "trace show --from {} trace.jsonl": 2,
    "conform trace {}": 3,
    "conform card --target {}": 3,
    "conform card --target sim:dual --case C-0101 --ics {}": 3,
    "conform card --target sim:dual --case C-0101 --keys {}": 3,
    "conform card --target sim:dual --case C-0101 --calibration {}": 3,
    "conform terminal --target sim:bus-legacy --ics {}": 3,
    "conform ics show {}": 3,
    "conform verify {}": 3,
    "conform diff {} {}": 3,
    "conform explore card --target sim:dual --replay {}": 3,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", CONTENTS)
def test_it_is_one_line_before_anything_is_written(run, verb, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(textfile, "MAX_BYTES", 60_000)
    assert run("card", "new", "--profile", "dual", "--out", "good.json").exit_code == 0
    Path("trace.jsonl").write_text('{"format":"ykt-trace","version":1}\n', "utf-8")
    good = Path("good.json").read_bytes()
    for name in ("bad.json", "bad.toml"):
        Path(name).write_bytes(CONTENTS[kind])
    word = "./bad.toml" if "ics" in verb or "terminal" in verb or "profile" in verb else "bad.json"
    result = run(*(one.format(word) if "{}" in one else one for one in verb.split(" ")))
    if kind == "a list" and "--keys" in verb:  # of no keys: said, and nothing is checked by it
        assert "no key in it" in result.stderr
    else:
        assert result.exit_code == VERBS[verb], result.output
    assert "internal fault" not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 2, result.stderr
    assert len(result.stderr) < 2000
    assert Path("good.json").read_bytes() == good
    for name in ("state", "journal"):
        path = Path(name)
        assert not path.exists() or path.is_dir() or not path.read_bytes()
