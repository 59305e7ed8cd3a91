"""A trace as Proxmark3's listing and trace file: byte for byte, and read back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.trace.readers.air import found, without_notes
from tests.trace.writers.sample import FILES, SMALL, on_air, synthetic, told, trace, traces
from ykt_sim.trace.model import Exchange, Removed, Trace
from ykt_sim.trace.readers import proxmark_list, proxmark_trace
from ykt_sim.trace.writers.proxmark import duration, write, write_binary
from ykt_sim.trace.writers.radio import Sent

moderate = settings(max_examples=60, deadline=None)


def listed(what: Trace) -> str:
    out = io.StringIO()
    write(what, out)
    return out.getvalue()


def stored(what: Trace) -> bytes:
    out = io.BytesIO()
    write_binary(what, out)
    return out.getvalue()


LISTING = """\
[+] Recorded activity (trace len = 163 bytes)
[=] start = start of start frame end = end of frame. src = source of transfer
[=] ISO14443A - all times are in carrier periods (1/13.56MHz)

      Start |        End | Src | Data (! denotes parity error)                                           | CRC | Annotation
------------+------------+-----+-------------------------------------------------------------------------+-----+--------------------
          0 |       1056 | Rdr |26(7)                                                                    |     | REQA
       6780 |       9148 | Tag |04  00                                                                   |     | 
      13560 |      16024 | Rdr |93  20                                                                   |     | ANTICOLL
      20340 |      26164 | Tag |08  59  4b  54  4e                                                       |     | 
      27120 |      37584 | Rdr |93  70  08  59  4b  54  4e  f4  9f                                       |  ok | SELECT_UID
      33900 |      37484 | Tag |20  fc  70                                                               |  ok | 
      40680 |      45448 | Rdr |e0  80  31  73                                                           |  ok | RATS - FSDI=8, CID=0
      47460 |      59108 | Tag |08  78  80  80  00  59  4b  54  43  91                                   |  ok | 
     135600 |     144976 | Rdr |02  00  84  00  00  04  43  26                                           |  ok | 
     169500 |     179996 | Tag |02  01  02  03  04  90  00  ce  fd                                       |  ok | 
     271200 |     280576 | Rdr |03  80  5c  00  02  04  2d  86                                           |  ok | 
"""  # noqa: E501, W291


def test_every_character_of_a_listing() -> None:
    assert listed(SMALL) == LISTING
    assert len(stored(SMALL)) == 163


@pytest.mark.parametrize(
    ("side", "frame", "bits", "periods"),
    [
        # From published listings of real cards.
        ("reader", "52", 7, 992),
        ("reader", "9320", 8, 2464),
        ("reader", "500057CD", 8, 4768),
        ("reader", "937046B877B138C235", 8, 10464),
        ("card", "0400", 8, 2368),
        ("card", "0102030404", 8, 5888),
        ("card", "08B6DD", 8, 3520),
        ("card", "2636E558AD", 8, 5888),
    ],
)
def test_durations_of_real_frames(side: str, frame: str, bits: int, periods: int) -> None:
    sent = Sent(0.0, "card" if side == "card" else "reader", bytes.fromhex(frame), bits)
    assert duration(sent) == periods


def test_every_byte_of_a_stored_frame() -> None:
    ask = Exchange(t=1.0, channel="card", command=bytes.fromhex("0084000004"), response=b"")
    # 13,560,000 periods; 9376 long; 8 bytes; parities 0 1 1 1 1 0 0 0.
    assert stored(trace(ask)) == bytes.fromhex("C0E8CE00 A024 0800 0200840000044326 78")


def test_an_answer_that_looks_like_a_uid_is_not_checked() -> None:
    ask = Exchange(t=0.0, channel="card", command=bytes(5), response=b"\x90\x00")
    rows = listed(trace(ask)).splitlines()[-2:]
    assert [row.split("|")[4] for row in rows] == ["  ok ", "     "]


def test_long_frames_go_on_in_further_rows() -> None:
    ask = Exchange(t=0.0, channel="card", command=bytes(40), response=b"\x90\x00")
    rows = listed(trace(ask)).splitlines()[6:9]
    assert [len(row.split("|")[3].split()) for row in rows] == [18, 18, 7]
    assert rows[1].startswith("            |            |     |00  ")
    assert [row.split("|")[4] for row in rows] == ["     ", "     ", "  ok "]


def compared(what: Trace) -> None:
    """Read both back: the same events but for the removals, which neither shows."""
    wanted = [event for event in on_air(what.events) if not isinstance(event, Removed)]
    for reader, data in (
        (proxmark_list.read, listed(what).encode()),
        (proxmark_trace.read, stored(what)),
    ):
        got = without_notes(item.event for item in found(reader, data))
        assert [told(event) for event in got] == [told(event) for event in wanted]
        start = wanted[0].t if wanted else 0.0
        for event, true in zip(got, wanted, strict=True):
            assert event.t == pytest.approx(true.t - start, abs=1e-7)
            if isinstance(event, Exchange) and isinstance(true, Exchange) and true.response:
                assert event.duration_ms == pytest.approx(true.duration_ms or 0.0, abs=2e-4)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_synthetic_dialogues_there_and_back(path: Path) -> None:
    what = synthetic(path)
    compared(what)
    assert proxmark_trace.sniff(stored(what)) == 80
    assert proxmark_list.sniff(listed(what).encode()) == 100


@given(traces())
@moderate
def test_any_dialogue_there_and_back(what: Trace) -> None:
    compared(what)


def test_times_turn_over_after_316_seconds() -> None:
    ask = Exchange(t=0.0, channel="card", command=bytes(5), response=b"\x90\x00", duration_ms=1.0)
    late = Exchange(t=400.0, channel="card", command=bytes(6), response=b"\x90\x00", duration_ms=1)
    middle = Exchange(t=200.0, channel="card", command=bytes(7), response=b"\x90\x00")
    compared(trace(ask, middle, late))
