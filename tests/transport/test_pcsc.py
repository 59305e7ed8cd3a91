"""The PC/SC link against a PC/SC of our own making: every error, silence, T=0."""
# ruff: noqa: N802, FBT001 - names as PC/SC has them

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ykt_sim.errors import CardRemovedError, LinkError, SilentError, UsageError
from ykt_sim.transport import pcsc_service as service
from ykt_sim.transport.pcsc import PcscLink, ReaderLink
from ykt_sim.transport.pcsc_readers import atr_fits, choose, list_readers, read_pattern

scard = pytest.importorskip("smartcard.scard")

ATR = bytes.fromhex("3B8A80014D54594B542D4455414C65")
NAMES = ["ACS ACR122U 00 00", "Alcor Micro AU9540 00 00"]


class FakeScard:
    """PC/SC with one card; constants and messages are pyscard's own."""

    def __init__(self) -> None:
        self.readers = list(NAMES)
        self.protocol = scard.SCARD_PROTOCOL_T1
        self.connect: list[int] = []
        self.transmit: list[int] = []
        self.reconnect: list[int] = []
        self.service = scard.SCARD_S_SUCCESS
        self.card: Callable[[bytes], bytes] = lambda _apdu: b"\x90\x00"
        self.sent: list[bytes] = []
        self.said: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("SCARD_") or name == "SCardGetErrorMessage":
            return getattr(scard, name)
        raise AttributeError(name)

    def SCardEstablishContext(self, scope: int) -> list[int]:
        return [self.service, 7]

    def SCardReleaseContext(self, context: int) -> int:
        self.said.append(("release", (context,)))
        return scard.SCARD_S_SUCCESS

    def SCardListReaders(self, context: int, groups: list[str]) -> list[Any]:
        if not self.readers:
            return [scard.SCARD_E_NO_READERS_AVAILABLE, []]
        return [scard.SCARD_S_SUCCESS, list(self.readers)]

    def SCardConnect(self, *arguments: Any) -> list[int]:
        self.said.append(("connect", arguments))
        code = self.connect.pop(0) if self.connect else scard.SCARD_S_SUCCESS
        return [code, 11, self.protocol]

    def SCardReconnect(self, *arguments: Any) -> list[int]:
        self.said.append(("reconnect", arguments))
        code = self.reconnect.pop(0) if self.reconnect else scard.SCARD_S_SUCCESS
        return [code, self.protocol]

    def SCardStatus(self, card: int) -> list[Any]:
        return [scard.SCARD_S_SUCCESS, NAMES[0], 0, self.protocol, list(ATR)]

    def SCardTransmit(self, card: int, pci: Any, apdu: list[int]) -> list[Any]:
        code = self.transmit.pop(0) if self.transmit else scard.SCARD_S_SUCCESS
        self.sent.append(bytes(apdu))
        return [code, list(self.card(bytes(apdu))) if code == scard.SCARD_S_SUCCESS else []]

    def SCardDisconnect(self, card: int, what: int) -> int:
        self.said.append(("disconnect", (card, what)))
        return scard.SCARD_S_SUCCESS

    def SCardGetAttrib(self, card: int, number: int) -> list[Any]:
        if number == scard.SCARD_ATTR_VENDOR_NAME:
            return [scard.SCARD_S_SUCCESS, list(b"ACS\0")]
        if number == scard.SCARD_ATTR_VENDOR_IFD_VERSION:
            return [scard.SCARD_S_SUCCESS, list((0x01050002).to_bytes(4, "little"))]
        return [scard.SCARD_E_UNSUPPORTED_FEATURE, list(b"what was in the buffer")]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeScard]:
    found = FakeScard()
    monkeypatch.setattr(service, "load_scard", lambda: found)
    return found


# -- names and patterns --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"), [("0", 0), ("1", 1), ("acr122", 0), ("AU9540", 1), (NAMES[1], 1)]
)
def test_a_reader_is_chosen_by_number_name_or_part(wanted: str, found: int) -> None:
    assert choose(NAMES, wanted) == NAMES[found]


def test_what_names_no_reader_or_several_is_said() -> None:
    with pytest.raises(LinkError, match="no reader 2, there are 0: ACS"):
        choose(NAMES, "2")
    with pytest.raises(LinkError, match="no reader has 'omnikey' in its name"):
        choose(NAMES, "omnikey")
    with pytest.raises(UsageError, match="fits 2 readers, say which"):
        choose(NAMES, "00 00")
    with pytest.raises(LinkError, match=r"knows no reader.*libccid"):
        choose([], "0")


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("", True),
        (ATR.hex(), True),
        ("3b 8a 80 01*", True),
        ("3B..80*", True),
        ("3B..80", False),
        ("3B8F*", False),
        (ATR.hex() + "00", False),
        (ATR.hex() + "*", True),
    ],
)
def test_atr_patterns(pattern: str, fits: bool) -> None:
    assert atr_fits(ATR, read_pattern(pattern)) is fits


@pytest.mark.parametrize("pattern", ["3", "3B.", "zz", "*3B", "3B*00"])
def test_wrong_atr_patterns_are_named(pattern: str) -> None:
    with pytest.raises(UsageError, match="expected hex"):
        read_pattern(pattern)


# -- a link --------------------------------------------------------------------------------


def test_a_session(fake: FakeScard) -> None:
    link = PcscLink("acr122")
    assert link.power_on() == ATR
    assert (link.reader, link.protocol) == (NAMES[0], "T=1")
    assert link.transmit(bytes.fromhex("00A40000")) == b"\x90\x00"
    assert link.power_on() == ATR
    assert link.facts_of_reader() == {"vendor": "ACS", "driver_version": "1.5.2"}
    link.close()
    link.close()
    names = [name for name, _ in fake.said]
    assert names == ["connect", "reconnect", "disconnect", "release"]
    assert fake.said[0][1][2:] == (scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_ANY)
    assert fake.said[1][1][3] == fake.said[2][1][1] == scard.SCARD_UNPOWER_CARD
    with pytest.raises(CardRemovedError, match="power_on first"):
        link.transmit(bytes.fromhex("00A40000"))


def test_options_reach_pcsc(fake: FakeScard) -> None:
    link = ReaderLink(PcscLink("1", share="shared", protocol="t0", pattern="3B*", wait_s=0))
    assert (link.reader, link.protocol) == ("", "")
    link.power_on()
    assert fake.said[0][1][1:] == (
        NAMES[1], scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0,
    )  # fmt: skip
    assert (link.reader, link.protocol) == (NAMES[1], "T=1")
    link.close()
    for wrong in ({"share": "mine"}, {"protocol": "t2"}, {"pattern": "x"}):
        with pytest.raises(UsageError):
            PcscLink("0", **wrong)


def test_with_t0_le_stays_behind_and_the_answer_is_fetched(fake: FakeScard) -> None:
    fake.protocol = scard.SCARD_PROTOCOL_T0
    said = {"00A4040002AABB": "6103", "00C0000003": "0102039000", "00B0950000": "6C02",
            "00B0950002": "AABB9000"}  # fmt: skip
    fake.card = lambda apdu: bytes.fromhex(said[apdu.hex().upper()])
    link = ReaderLink(PcscLink("0"))
    link.power_on()
    assert link.transmit(bytes.fromhex("00A4040002AABB00")) == bytes.fromhex("0102039000")
    assert link.transmit(bytes.fromhex("00B0950000")) == bytes.fromhex("AABB9000")
    assert [apdu.hex().upper() for apdu in fake.sent] == list(said)
    link.close()


def test_with_t1_everything_passes_as_it_is(fake: FakeScard) -> None:
    fake.card = lambda _apdu: bytes.fromhex("6103")
    link = ReaderLink(PcscLink("0"))
    link.power_on()
    assert link.transmit(bytes.fromhex("00A4040002AABB00")) == bytes.fromhex("6103")
    assert fake.sent == [bytes.fromhex("00A4040002AABB00")]
    link.close()


@pytest.mark.parametrize("name", sorted(service.PROBLEMS))
def test_every_known_error_says_what_to_do(fake: FakeScard, name: str) -> None:
    kind, text = service.PROBLEMS[name]
    fake.connect = [getattr(scard, name)]
    link = PcscLink("0")
    with pytest.raises(LinkError) as caught:
        link.power_on()
    assert type(caught.value) is kind
    assert str(caught.value) == text.format(reader=NAMES[0])
    assert "{" not in str(caught.value)
    link.close()


def test_an_unknown_error_is_quoted_with_its_number(fake: FakeScard) -> None:
    fake.connect = [scard.SCARD_F_INTERNAL_ERROR]
    with pytest.raises(LinkError, match=r"could not connect to the card in ACS.*0x80100001"):
        PcscLink("0").power_on()


def test_a_service_that_does_not_run(fake: FakeScard) -> None:
    fake.service = scard.SCARD_E_NO_SERVICE
    for call in (PcscLink("0").power_on, list_readers):
        with pytest.raises(LinkError, match="does not run: start it"):
            call()


def test_without_pyscard_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(service, "import_module", missing)
    with pytest.raises(LinkError, match=r"pip install 'ykt-sim\[pcsc\]'"):
        PcscLink("0").power_on()


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("SCARD_W_REMOVED_CARD", CardRemovedError, "taken out"),
        ("SCARD_E_NOT_TRANSACTED", CardRemovedError, "left the field"),
        ("SCARD_W_RESET_CARD", LinkError, "another program reset the card"),
        ("SCARD_E_READER_UNAVAILABLE", LinkError, "unplugged"),
        ("SCARD_E_INVALID_HANDLE", LinkError, "service was restarted"),
    ],
)
def test_errors_of_a_command(fake: FakeScard, code: str, kind: type[LinkError], text: str) -> None:
    link = PcscLink("0")
    link.power_on()
    fake.transmit = [getattr(scard, code)]
    with pytest.raises(kind, match=text):
        link.transmit(bytes.fromhex("00A40000"))
    assert link.transmit(bytes.fromhex("00A40000")) == b"\x90\x00"
    link.close()


@pytest.mark.parametrize("answer", [b"", b"\x90"])
def test_half_an_answer_is_a_card_that_left(fake: FakeScard, answer: bytes) -> None:
    fake.card = lambda _apdu: answer
    link = PcscLink("0")
    link.power_on()
    with pytest.raises(CardRemovedError, match=f"{len(answer)} byte.s. of an answer"):
        link.transmit(bytes.fromhex("00A40000"))
    link.close()


def test_what_is_no_command_is_not_sent(fake: FakeScard) -> None:
    link = PcscLink("0")
    link.power_on()
    with pytest.raises(LinkError, match=r"no command of 3 byte\(s\)"):
        link.transmit(b"\x00\xa4\x04")
    assert fake.sent == []
    link.close()


def test_a_lost_card_is_connected_again(fake: FakeScard) -> None:
    """The reconnect fails, then the card is missing twice, then it is back."""
    link = PcscLink("0", wait_s=5)
    link.power_on()
    fake.reconnect = [scard.SCARD_W_REMOVED_CARD]
    fake.connect = [scard.SCARD_E_NO_SMARTCARD, scard.SCARD_E_NO_SMARTCARD]
    assert link.power_on() == ATR
    names = [name for name, _ in fake.said if name in ("connect", "reconnect")]
    assert names == ["connect", "reconnect", "connect", "connect", "connect"]
    link.close()


def test_the_wait_for_a_card_ends(fake: FakeScard) -> None:
    ticks = itertools.count()
    fake.connect = [scard.SCARD_E_NO_SMARTCARD] * 100
    link = PcscLink("0", wait_s=3, clock=lambda: float(next(ticks)))
    with pytest.raises(CardRemovedError, match="no card in ACS ACR122U 00 00: insert one"):
        link.power_on()
    assert len(fake.connect) > 90


def test_another_atr_is_not_our_card(fake: FakeScard) -> None:
    with pytest.raises(CardRemovedError, match=r"has ATR 3B8A.*waited for 3B00"):
        PcscLink("0", pattern="3B00").power_on()


def test_a_command_without_an_answer_is_given_up(fake: FakeScard) -> None:
    """The link is of no use then, nor is a new one, until the answer has come after all."""
    never = threading.Event()

    def silent(_apdu: bytes) -> bytes:
        never.wait(30)
        return b"\x90\x00"

    fake.card = silent
    link = PcscLink("0", answer_s=0.05)
    link.power_on()
    with pytest.raises(SilentError, match=r"no answer within 0\.05 s"):
        link.transmit(bytes.fromhex("00A40000"))
    with pytest.raises(SilentError, match="still without an answer"):
        link.transmit(bytes.fromhex("00A40000"))
    with pytest.raises(SilentError, match="still waits for the answer"):
        PcscLink("0", wait_s=60).power_on()
    link.close()
    never.set()
    end = threading.Event()
    for _ in range(500):
        if NAMES[0] not in service.STUCK:
            break
        end.wait(0.01)
    fake.card = lambda _apdu: b"\x90\x00"
    again = PcscLink("0")
    assert again.power_on() == ATR
    again.close()


def test_a_fault_of_pyscard_is_a_link_error(fake: FakeScard) -> None:
    def wrong(_apdu: bytes) -> bytes:
        raise TypeError("expected a list")

    fake.card = wrong
    link = PcscLink("0")
    link.power_on()
    with pytest.raises(LinkError, match="pyscard: TypeError: expected a list"):
        link.transmit(bytes.fromhex("00A40000"))
    link.close()
