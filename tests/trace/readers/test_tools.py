"""The logs of real tools, which all show one dialogue with one synthetic card."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import READER, TOOLS, pairs, plain
from ykt_sim.trace.model import Exchange, Reset, Trace
from ykt_sim.trace.readers import detect, read_sessions
from ykt_sim.trace.readers.base import Source

FILES = {
    "opensc-debug9.log": "opensc",
    "opensc-tool_send.txt": "opensc-tool",
    "pcsc-spy_pretty.txt": "pcsc-spy-pretty",
    "pcsc-spy_raw.log": "pcsc-spy",
    "pcscd_-f_-d_-a.log": "pcscd",
    "pyscard_consoleobserver.txt": "pyscard",
    "scriptor_out.txt": "scriptor",
}
COMMANDS = [
    "00A4040008A00000063201010500",
    "00B0950000",
    "805C000204",
    "805003020B0100000064010203040506",
    "805401000F000000012024112207001211223344" + "08",
]
ATR = bytes.fromhex("3B8F80018031B86404B0ECC1739401808290000E")


def trace(name: str) -> Trace:
    with (TOOLS / name).open("rb") as stream:
        (only,) = read_sessions(Source(stream, name))
    return only


def test_every_file_is_tested() -> None:
    assert {path.name for path in TOOLS.iterdir()} == {*FILES, "README.md", "expected.json"}


@pytest.mark.parametrize("name", FILES)
def test_recognised(name: str) -> None:
    with (TOOLS / name).open("rb") as stream:
        assert detect(Source(stream, name)).name == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_the_dialogue(name: str) -> None:
    found = trace(name)
    exchanges = pairs(found.events)
    assert len(exchanges) == (52 if name == "opensc-debug9.log" else 5)
    last = exchanges[-5:]
    assert [plain(command) for command, _ in last] == COMMANDS
    # Data that does not change from run to run, and the lengths of that which does.
    assert plain(last[0][1]).startswith("6F318408A000000632010105A525500A4D4F545F545F43415348")
    assert plain(last[0][1]).endswith("45" + "9000")
    assert (len(last[1][1]), len(last[3][1]), len(last[4][1])) == (63, 17, 10)
    assert plain(last[2][1]) == "000027109000"
    assert plain(last[3][1])[:8] == "00002710"
    assert {plain(answer)[-4:] for _, answer in last} == {"9000"}
    assert found.header.source.endswith(f": {READER}")
    assert len(found.events) - len(exchanges) in {0, 1, 2, 3}


def test_three_logs_of_one_run_agree() -> None:
    names = [name for name in FILES if name.startswith("pcsc")]
    assert len(names) == 3
    first, *others = [pairs(trace(name).events) for name in names]
    assert others == [first, first]


def test_times() -> None:
    spy = trace("pcsc-spy_raw.log").exchanges
    assert [round(event.t, 6) for event in spy[:2]] == [0.002209, 0.003599]
    assert spy[0].duration_ms == 1.366
    pretty = trace("pcsc-spy_pretty.txt").exchanges
    assert [event.duration_ms for event in pretty] == [event.duration_ms for event in spy]
    daemon = trace("pcscd_-f_-d_-a.log").exchanges
    # Microseconds since the line before add up; these were counted by hand from the file.
    assert daemon[0].t == 5.024125
    assert daemon[0].duration_ms == 1.145
    assert daemon[1].t - daemon[0].t == pytest.approx(0.001560)
    opensc = trace("opensc-debug9.log").exchanges
    assert opensc[0].t == 0.012
    assert opensc[0].duration_ms == 44.0


def test_what_is_known_of_the_card() -> None:
    def resets(name: str) -> list[bytes]:
        return [event.atr for event in trace(name).events if isinstance(event, Reset)]

    assert resets("pcscd_-f_-d_-a.log") == [ATR, ATR]
    assert resets("opensc-debug9.log") == [ATR]
    assert resets("scriptor_out.txt") == [ATR]
    assert resets("pcsc-spy_raw.log") == [b""]
    assert resets("pyscard_consoleobserver.txt") == [b""]
    assert resets("opensc-tool_send.txt") == []
    assert trace("pcsc-spy_raw.log").header.created == "2026-11-22T07:12:07+00:00"


def test_the_first_exchange_comes_after_the_reset() -> None:
    for name in FILES:
        kinds = [type(event) for event in trace(name).events]
        if Reset in kinds:
            assert kinds.index(Reset) < kinds.index(Exchange)
