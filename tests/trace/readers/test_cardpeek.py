"""Card logs of Cardpeek."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.samples import ATR, DIALOGUE, cardpeek, events, found, pairs, whys
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers import detect
from ykt_sim.trace.readers.base import Source

HEAD = "# cardpeek trace file\n# version 0\n"


def test_a_file() -> None:
    assert events(cardpeek(), "cardpeek")[0] == Reset(t=0.0, channel="card", atr=ATR)
    assert pairs(found(cardpeek(), "cardpeek")) == list(DIALOGUE)


def test_the_first_line_of_old_versions_and_lines_longer_than_cardpeek_reads() -> None:
    pair = (b"\x00\xb0\x95\x00\x00", bytes(1000) + b"\x90\x00")
    log = cardpeek([pair]).replace("trace file", "emulator")
    assert detect(Source(io.BytesIO(log.encode()))).name == "cardpeek"
    assert pairs(found(log, "cardpeek")) == [pair]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("C:805C000204:9000", "expected C:command:SW:data"),
        ("C:805C00020:9000:", "command: expected pairs of hex digits"),
        ("C::9000:", "command: expected bytes"),
        ("C:805C000204:900:", "SW: expected four hex digits"),
        ("C:805C000204:9000:0", "data: expected pairs of hex digits"),
        ("R:3X", "ATR: expected hex digits"),
        ("X", "expected a line that begins with C:, R: or #"),
    ],
)
def test_damage_is_named(line: str, why: str) -> None:
    (only,) = whys(found(f"{HEAD}{line}\n# end\n", "cardpeek"))
    assert only.startswith(why)


@pytest.mark.parametrize("last", ["C:805C000204:9000:00", "R:3B00"])
def test_a_file_that_ends_early(last: str) -> None:
    items = found(HEAD + last, "cardpeek")
    assert [answer for _, answer in pairs(items)] in ([], [b""])
    assert "the file ends inside it" in whys(items)[0]
    assert whys(items)[1] == "expected # end as the last line"
    assert whys(found(HEAD, "cardpeek")) == ["expected # end as the last line"]


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(TraceError, match="line 2: version 1 is newer"):
        found(cardpeek().replace("version 0", "version 1"), "cardpeek")
