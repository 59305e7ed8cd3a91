"""Formats of the user's own: named in their file, and tables whose columns they name."""

from __future__ import annotations

import json

import pytest

from ykt_sim.cli.trace.own_formats import VARIABLE

TABLE = """\
made by gate 7
Nr;Zeit;Befehl;Antwort;Status;Bemerkung
1;0,100;805C000204;000016C8;9000;AABBCCDDEE
2;0,200;00A40000023F00;;6A82;x
"""
OBJECTS = """\
{"wann": "10:00:00.100", "hin": "805C000204", "her": "000016C89000"}
{"wann": "10:00:00.300", "hin": "00A40000023F00", "her": "6A82"}
"""
COLUMNS = "columns:command=befehl,answer=Antwort,sw=Status,time=Zeit"
PAIRS = [("805C000204", "000016C89000"), ("00A40000023F00", "6A82")]


def _read(run, tmp_path, text: str, form: str):
    path = tmp_path / "own.log"
    path.write_text(text, encoding="utf-8")
    return run("trace", "convert", str(path), "--to", "native", "--from", form)


def _pairs(result) -> list[tuple[str, str]]:
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return [(row["c"], row["r"]) for row in rows if "c" in row]


def test_columns_that_the_user_names(run, tmp_path) -> None:
    result = _read(run, tmp_path, TABLE, COLUMNS)
    assert _pairs(result) == PAIRS
    assert "not used: lines 3\n" in result.stderr
    result = _read(run, tmp_path, OBJECTS, "columns:time=wann,command=hin,answer=her")
    assert _pairs(result) == PAIRS
    assert json.loads(result.stdout.splitlines()[2])["t"] == 0.2


def test_one_column_for_both_ways_with_words_of_any_language(run, tmp_path) -> None:
    rows = ["vía;octetos", *(f"ida;{c}\nvuelta;{r}" for c, r in PAIRS)]
    result = _read(run, tmp_path, "\n".join(rows) + "\n", "columns:dir=vía,data=octetos")
    assert _pairs(result) == PAIRS


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("columns:command=Befehl", "missing: answer"),
        ("columns:dir=Zeit,sw=Status", "missing: data"),
        ("columns:befehl", "expected MEANING=NAME, found 'befehl'"),
        ("columns:colour=Befehl", "known are time, took, lane, dir, command"),
        ("columns:command=Befehl,command=Antwort", "says again"),
        ("columns:command=Befehl,answer=Reply", "a table with 'befehl', 'reply'"),
    ],
)
def test_columns_that_cannot_be_used(run, tmp_path, form: str, why: str) -> None:
    result = _read(run, tmp_path, TABLE, form)
    assert result.exit_code == 2
    assert why in result.output


@pytest.fixture
def own(tmp_path, monkeypatch):
    path = tmp_path / "formats.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_name_of_the_users_file(run, tmp_path, own) -> None:
    own.write_text(f"gate = '{COLUMNS}'\n\"验票机\" = 're:^(?P<dir>..) (?P<hex>\\S+)$'\n", "utf-8")
    assert _pairs(_read(run, tmp_path, TABLE, "gate")) == PAIRS
    log = "".join(f"发送 {c}\n接收 {r}\n" for c, r in PAIRS)
    assert _pairs(_read(run, tmp_path, log, "验票机")) == PAIRS
    listed = json.loads(run("trace", "formats", "--json").stdout)
    assert {row["name"]: row["title"] for row in listed}["gate"] == COLUMNS
    unknown = _read(run, tmp_path, log, "turnstile")
    assert unknown.exit_code == 2
    assert "no format 'turnstile'" in unknown.output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gate = 'pcscd'", "gate: expected a text re:... or columns:..."),
        ("gate = 7", "gate: expected a text"),
        ("plain = 're:(?P<dir>.)(?P<hex>.)'", "plain: there is a format of this name already"),
        ("gate = 're:('", "gate: not a regular expression"),
        ("gate = ", "not TOML"),
        (None, "formats.toml: No such file"),
    ],
)
def test_a_users_file_that_cannot_be_used(run, tmp_path, own, text, why: str) -> None:
    if text is not None:
        own.write_text(text + "\n", "utf-8")
    result = _read(run, tmp_path, TABLE, "gate")
    assert result.exit_code == 2
    assert why in result.output


def test_no_users_file(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert "no format 'gate'" in _read(run, tmp_path, TABLE, "gate").output
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr("click.get_app_dir", lambda name: str(tmp_path / name))
    (tmp_path / "ykt").mkdir()
    assert "no format 'gate'" in _read(run, tmp_path, TABLE, "gate").output
    (tmp_path / "ykt" / "formats.toml").write_text(f"gate = '{COLUMNS}'\n", "utf-8")
    assert _pairs(_read(run, tmp_path, TABLE, "gate")) == PAIRS
