"""Every log of `shapes` is read as the right reading beside it says, without a mark."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.trace.readers.samples import pairs, whys
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Source

SHAPES = Path(__file__).parent / "shapes"
LOGS = sorted(path for path in SHAPES.iterdir() if path.suffix in {".log", ".txt"})


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_shape(path: Path) -> None:
    right = json.loads(path.with_suffix(".json").read_text("utf-8"))
    source = Source(io.BytesIO(path.read_bytes()), path.name)
    found = list(read_as(source, choose(source)))
    assert pairs(found) == [tuple(map(bytes.fromhex, pair)) for pair in right["exchanges"]]
    assert whys(found) == []
    events = [item.event for item in found if isinstance(item.event, Exchange)]
    if "lanes" in right:
        assert [event.channel for event in events] == right["lanes"]
    if "ms" in right:
        assert [event.duration_ms for event in events] == right["ms"]


def test_all_are_listed() -> None:
    listed = (SHAPES / "INDEX.md").read_text("utf-8")
    assert [path.name for path in LOGS if path.name not in listed] == []
    assert len(LOGS) == 118
