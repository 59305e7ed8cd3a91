"""Files that are refused by name."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.samples import SAMPLES
from ykt_sim.errors import TraceError
from ykt_sim.textfile import decode
from ykt_sim.trace.readers import choose
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.unread import refusal

FRAMES = (
    "0000  00 fe 00 08 03 80 5c 03 02 04 49 69               ......\\...Ii\n\n"
    "0000  00 ff 00 09 03 00 00 1a 2c 90 00 83 8f            ........,....\n\n"
)


@pytest.mark.parametrize(
    ("text", "what", "instead"),
    [
        (
            "No.     Time           Source                Destination           Protocol\n"
            "      1 0.000000       PCD                   PICC                  ISO 14443-4\n\n"
            + FRAMES,
            "Wireshark",
            "pcapng",
        ),
        ("Frame 1: 12 bytes on wire (96 bits), 12 bytes captured\n" + FRAMES, "tshark", "pcapng"),
        (FRAMES, "tshark", "pcapng"),
        (
            "DLGLOBAL INFO => DATA: flags=0x01 (HDR ), 80 5c 00 02 04\n"
            " DLINP DEBUG [0] <= osmo_st2_cardem_request_pb_and_tx(pb=5c, tx=00 00 1a 2c, len=4)\n"
            " DLINP DEBUG [0] <= osmo_st2_cardem_request_sw_tx(sw=9000)\n",
            "SIMtrace",
            "4729",
        ),
        (
            "ffff888104f3c0c0 3575914555 S Bo:1:002:2 -115 15 = 6f050000 00001200 0000805c 030204\n"
            "ffff888104f3c180 3576936695 C Bi:1:002:2 0 16 = 80060000 00001200 00000000 1a2c9000\n",
            "usbmon",
            "pcapng",
        ),
        (
            "Time [s],Value,Parity Error,Framing Error\n0.022500000000000,0x3B,,\n"
            "0.022604000000000,0x6A,,\n",
            "logic analyser",
            "joined",
        ),
    ],
    ids=range(6),
)
def test_a_known_file_is_refused_by_name(text: str, what: str, instead: str) -> None:
    with pytest.raises(TraceError, match=f"{what}.*{instead}"):
        choose(Source(io.BytesIO(text.encode()), "a.txt"))


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"native"}))
def test_no_format_that_is_read_is_refused(name: str) -> None:
    assert refusal(decode(SAMPLES[name])) == ""
