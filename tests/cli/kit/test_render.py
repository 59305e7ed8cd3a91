"""Lines for standard output."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest

from ykt_sim.cli.kit import render
from ykt_sim.cli.kit.render import print_lines
from ykt_sim.errors import TraceError


def test_lines_come_out_as_they_are_and_in_few_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(click, "echo", written.append)
    print_lines(str(number) for number in range(1201))
    assert "\n".join(written) == "\n".join(map(str, range(1201)))
    assert len(written) < 10


def test_what_came_before_an_error_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "first"
        raise TraceError("line 2: damaged")

    with pytest.raises(TraceError):
        print_lines(lines())
    assert capsys.readouterr().out == "first\n"


def test_nothing_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("indent", [None, 1])
def test_json_is_printed_piece_by_piece_as_if_in_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    monkeypatch.setattr(render, "_PIECES", 3)
    value = {"a": [1, 2.5, None, {"zh": "卡"}], "b": {}, "c": [], "d": ""}
    for one in (value, [], "", 7):
        render.print_json(one, indent=indent)
        printed = capsys.readouterr().out
        assert printed in {
            json.dumps(one, ensure_ascii=ascii_too, indent=indent) + "\n"
            for ascii_too in (True, False)
        }
