"""Other people's programs, as Debian ships them, on our card in the system's PC/SC reader."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pcscd
from tests.pcscd import NO_SKIP, READER, SECOND, World, world

__all__ = ["world"]
pcscd.require()

ATR = "3B 8A 80 01 4D 54 59 4B 54 2D 44 55 41 4C 65"
SELECT = "00A4040008A000000632010105"
#: The FCI of the T-Union purse of our dual card: number, issuer and dates of its profile.
FCI = (
    "6F 31 84 08 A0 00 00 06 32 01 01 05 A5 25 9F 08 01 02 9F 0C 1E 02 20 58 10 FF FF FF FF"
    " 02 01 03 10 48 70 30 00 00 00 00 17 20 17 07 15 20 40 12 15 00 00"
)


def program(name: str) -> str:
    """Its path; skips where it is missing, but not in CI."""
    found = shutil.which(name)
    if found is None and not NO_SKIP:
        pytest.skip(f"needs {name}")
    assert found is not None, f"{name} is missing: see SYSTEM_PACKAGES in the Makefile"
    return found


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A dual card with 88 yuan in the first slot, a PSAM in the second."""
    cwd = tmp_path_factory.mktemp("served")
    made = world.ykt("card", "new", "--profile", "dual", "--balance", "88", "--out", "card.json",
                     cwd=cwd)  # fmt: skip
    assert made.returncode == 0, made.stderr
    with world.serving("card.json", "sam:bus-upgraded", cwd=cwd):
        yield cwd


def test_opensc_tool(world: World, folder: Path) -> None:
    tool = program("opensc-tool")
    listed = world.run(tool, "--list-readers")
    assert re.search(rf"^0 +Yes +{READER}", listed.stdout, re.MULTILINE)
    assert re.search(rf"^1 +Yes +{SECOND}", listed.stdout, re.MULTILINE)
    assert world.run(tool, "-r", "0", "--atr").stdout.strip().upper() == ATR.replace(" ", ":")
    sent = world.run(tool, "-r", "0", "-s", SELECT, "-s", "805C000204", "-s", "00B0970000")
    assert sent.returncode == 0, sent.stderr
    assert "Received (SW1=0x90, SW2=0x00):" in sent.stdout
    assert "00 00 22 60" in sent.stdout  # 8800 fen
    assert "Received (SW1=0x6A, SW2=0x82)" in sent.stdout  # a dual card has no EF 17


def test_scriptor(world: World, folder: Path) -> None:
    script = f"reset\n{SELECT}\n805C000204\n"
    done = world.run(program("scriptor"), "-r", READER, feed=script)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert f"< OK: {ATR}" in said
    assert f"{FCI} 90 00 : Normal processing." in said
    assert "< 00 00 22 60 90 00 : Normal processing." in said


def test_pcsc_scan(world: World, folder: Path) -> None:
    done = world.run("timeout", "3", program("pcsc_scan"), "-n")
    said = done.stdout
    for reader, atr in ((READER, ATR), (SECOND, "3B 68 00 00 59 4B 54 2D 50 53 41 4D")):
        found = said.partition(f"{reader}\n  Event number")[2].partition("Reader ")[0]
        assert "Card inserted" in found, said
        assert atr in found


PYSCARD = """
from smartcard.CardConnectionObserver import ConsoleCardConnectionObserver
from smartcard.CardRequest import CardRequest
from smartcard.CardType import ATRCardType
from smartcard.util import toBytes, toHexString

wanted = ATRCardType(toBytes("{atr}"))
service = CardRequest(timeout=10, cardType=wanted).waitforcard()
service.connection.addObserver(ConsoleCardConnectionObserver())
service.connection.connect()
data, sw1, sw2 = service.connection.transmit(toBytes("{select}"))
print("FCI", toHexString(data), "%02X%02X" % (sw1, sw2))
data, sw1, sw2 = service.connection.transmit(toBytes("805C000204"))
print("BALANCE", int.from_bytes(bytes(data), "big"), "%02X%02X" % (sw1, sw2))
service.connection.disconnect()
"""


def test_a_pyscard_script(world: World, folder: Path) -> None:
    script = PYSCARD.format(atr=ATR, select=SELECT)
    done = world.run(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    assert f"FCI {FCI} 9000" in done.stdout
    assert "BALANCE 8800 9000" in done.stdout
    assert f"connecting to {READER}" in done.stdout


def test_nothing_of_this_changed_the_card(world: World, folder: Path) -> None:
    shown = world.ykt("card", "show", "card.json", cwd=folder)
    assert "88.00 yuan" in shown.stdout
