"""`ykt trace show`: ladder and JSON, on recordings and on damaged files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_sim.cli.kit import show
from ykt_sim.cli.kit.show import width, wrap

ROOT = Path(__file__).resolve().parents[3]
RECORDED = sorted((ROOT / "apdu_traces" / "recorded").glob("*.jsonl"))
DUAL = ROOT / "apdu_traces" / "recorded" / "dual-guangzhou-2024.jsonl"

HEADER = '{"format":"ykt-trace","version":1,"source":"test"}'
SELECT = '{"t":0.5,"ch":"card","c":"00A40400085041592E5449434C","r":"6F0A84085041592E5449434C9000"}'
READ = (
    '{"t":0.6,"ch":"card","c":"00B201C417",'
    '"r":"000B0000000000006406010030068687006410272113089000"}'
)
SAM = '{"t":0.7,"ch":"sam","c":"8072000004D45737C5","r":"9000"}'


def written(tmp_path, *lines):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_there_are_recordings():
    assert len(RECORDED) >= 8


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_recording_can_be_read_by_an_engineer(run, path):
    result = run("trace", "show", str(path))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == str(path)
    assert max(width(line) for line in lines[1:]) <= 80
    events = len(path.read_text(encoding="utf-8").splitlines()) - 1
    assert sum("--->|" in line or "->|" in line for line in lines) >= events > 0
    assert "\x1b" not in result.stdout


def test_the_ladder_follows_the_selection(run):
    text = run("trace", "show", str(DUAL)).stdout
    assert "SELECT 选择文件 Lingnan Tong PAY.TICL" in text
    assert "hour_minute 21:13" in text
    assert "2024-10-27T21:25:55" in text


def test_lanes(run, tmp_path):
    removed = '{"t":0.8,"ch":"card","ev":"removed"}'
    note = '{"t":0.9,"ev":"note","text":"refused","data":{"code":"2449"}}'
    reset = '{"t":0.1,"ch":"card","ev":"reset","atr":"3B00"}'
    text = run("trace", "show", written(tmp_path, reset, SELECT, SAM, removed, note)).stdout
    assert " 0.100  |------->|        |  reset 复位, ATR 3B00\n" in text
    assert " 0.700  |---------------->|" in text
    assert "        |<----------------|  9000 success" in text
    assert " 0.800  |        X        |  removed" in text
    assert "* refused: code 2449" in text


def test_fields(run, tmp_path):
    text = run("trace", "show", "--fields", written(tmp_path, SELECT, READ)).stdout
    amount = next(line for line in text.splitlines() if "amount" in line)
    assert amount.split() == ["5", "amount", "交易金额", "00000064", "1.00", "yuan"]


def test_json(run, tmp_path):
    path = written(tmp_path, SELECT, READ, SAM)
    items = [json.loads(line) for line in run("trace", "show", "--json", path).stdout.splitlines()]
    assert [item["channel"] for item in items] == ["card", "card", "sam"]
    assert items[1]["received"][0]["amount"] == 100
    assert items[1]["sw"] == "9000"
    assert items[0]["file"] == path


def test_standard_input_and_several_files(run, tmp_path):
    path = written(tmp_path, SELECT)
    text = (tmp_path / "t.jsonl").read_text(encoding="utf-8")
    assert "SELECT" in run("trace", "show", "-", stdin=text).stdout
    assert run("trace", "show", path, path).stdout.count(path) == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["nonsense"], "line 2: expected one JSON object"),
        (['{"t":0,"ch":"card","c":"0","r":"9000"}'], "line 2"),
        ([SELECT, '{"t":1,"ch":"moon","c":"00","r":"9000"}'], 'line 3: expected "card" or "sam"'),
    ],
)
def test_a_damaged_trace_is_one_line(run, tmp_path, lines, said):
    path = written(tmp_path, *lines)
    result = run("trace", "show", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"ykt: error: {path}: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_is_no_trace(run, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("empty", "binary", "missing"):
        result = run("trace", "show", str(tmp_path / name))
        assert result.exit_code == 2
        assert name in result.stderr
        assert result.stderr.count("\n") == 1
    assert run("trace", "show", str(tmp_path)).exit_code == 2
    assert run("trace", "show").exit_code == 2


def test_wrap():
    assert wrap("ab cd ef", 5) == ["ab cd", "ef"]
    assert wrap("0011223344", 5) == ["0011", "2233", "44"]
    assert wrap("岭南通钱包", 5) == ["岭南", "通钱", "包"]
    assert wrap("", 5) == []


def test_wrap_ends_however_little_room_there_is():
    for room in (-3, 0, 1):
        assert "".join(wrap("ab 岭c", room)) == "ab岭c"


@pytest.mark.parametrize("unit", ["A", "岭", "é", "岭 ", "A 岭"])
def test_wrapping_looks_at_each_character_a_few_times(unit, monkeypatch):
    """A header of half a megabyte is wrapped in steps that grow with it, not with its square."""
    looked = 0

    def counted(text):
        nonlocal looked
        looked += len(text)
        return width(text)

    monkeypatch.setattr(show, "width", counted)
    text = unit * 5_000
    assert "".join(wrap(text, 76)) == text.replace(" ", "") or " " in unit
    assert looked < 8 * len(text)


def test_a_long_header_is_shown(child, tmp_path):
    path = tmp_path / "long.jsonl"
    long = "岭" * 300_000
    path.write_text(f'{{"format":"ykt-trace","version":1,"source":"{long}"}}\n', encoding="utf-8")
    done = child("trace", "show", str(path))
    assert done.stdout.decode().replace("\n", "").replace(" ", "").count("岭") == 300_000
