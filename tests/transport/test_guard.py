"""Nothing that may change a card passes without permission, and then only for named cards."""

from __future__ import annotations

import pytest

from tests.transport.support import ScriptLink
from ykt_sim.bench.make import make_card
from ykt_sim.codes import AID_LNT_BASIC, AID_PPSE, AID_TUNION_EP, INS
from ykt_sim.errors import CardRemovedError, LinkError, UsageError, WriteRefusedError
from ykt_sim.transport import EngineLink
from ykt_sim.transport.guard import HARMLESS, WriteGuard, harmless

PAN = "3104870300000000017"
LNT = "5100000000000001"
WRITE = bytes.fromhex("805001020B0100000001112233445566")


class Spy:
    """Counts what goes to a card; the card can be swapped or taken away."""

    def __init__(self, kind: str = "dual") -> None:
        self.inner = EngineLink(make_card(kind))
        self.log: list[str] = []
        self.gone = False

    def power_on(self) -> bytes:
        self.log.append("reset")
        self.gone = False
        return self.inner.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        if self.gone:
            raise CardRemovedError("out")
        self.log.append(apdu.hex().upper())
        return self.inner.transmit(apdu)

    def close(self) -> None:
        self.log.append("close")
        self.inner.close()

    def swap(self, kind: str) -> None:
        self.inner = EngineLink(make_card(kind))
        self.gone = True


def guarded(*numbers: str, kind: str = "dual", virtual: bool = False) -> tuple[Spy, WriteGuard]:
    spy = Spy(kind)
    return spy, WriteGuard(spy, numbers=numbers, allow=True, virtual=lambda: virtual)


# -- without permission ----------------------------------------------------------------


@pytest.mark.parametrize(
    "apdu",
    [
        "00A4040008A000000632010105", "00B0950000", "00B201C400", "805C000204", "0084000004",
        "00C0000008", "80CA9F7900", "00CA9F7900", "80B400D002270100", "805A000902000108",
        "00880000081122334455667788",
    ],
)  # fmt: skip
def test_reading_passes(apdu: str) -> None:
    link = ScriptLink("9000")
    assert WriteGuard(link).transmit(bytes.fromhex(apdu)) == b"\x90\x00"
    assert link.sent == [apdu]


def test_everything_else_is_held_back() -> None:
    link = ScriptLink()
    guard = WriteGuard(link)
    guard.power_on()
    for cla in range(256):
        for ins in range(256):
            if (cla, ins) not in HARMLESS:
                with pytest.raises(WriteRefusedError, match="--allow-writes and --number"):
                    guard.transmit(bytes((cla, ins, 0, 0)))
    assert link.sent == []
    assert len(HARMLESS) == 11
    assert not any(cla & 0x04 for cla, _ in HARMLESS)


@pytest.mark.parametrize("ins", [INS.INITIALIZE, INS.DEBIT, INS.VERIFY, INS.UPDATE_BINARY,
                                 INS.UPDATE_RECORD, INS.EXTERNAL_AUTHENTICATE, INS.APP_BLOCK,
                                 INS.CREDIT_FOR_LOAD, INS.WRITE_KEY, INS.CHANGE_PIN])  # fmt: skip
def test_what_changes_a_card_is_harmless_under_no_class(ins: INS) -> None:
    assert not any(harmless(bytes((cla, ins, 0, 0))) for cla in range(256))


def test_what_is_no_command_is_held_back_and_no_data_is_told() -> None:
    guard = WriteGuard(ScriptLink())
    for apdu in (b"", b"\x00", bytes.fromhex("00B095")):
        with pytest.raises(WriteRefusedError, match=f"a command of {len(apdu)} byte"):
            guard.transmit(apdu)
    with pytest.raises(WriteRefusedError) as refused:
        guard.transmit(bytes.fromhex("0020000003123456"))
    assert "0020 VERIFY" in str(refused.value)
    assert "123456" not in str(refused.value)


def test_without_permission_a_number_gives_none_and_nothing_is_read() -> None:
    spy = Spy()
    guard = WriteGuard(spy, numbers=[PAN], virtual=lambda: True)
    guard.power_on()
    assert spy.log == ["reset"]
    with pytest.raises(WriteRefusedError):
        guard.transmit(WRITE)


# -- with permission -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number"),
    [("dual", PAN), ("dual", LNT), ("tunion", "3105170000000000001"), ("lnt", "5100000000000002")],
)
def test_a_named_card_may_be_written_to(kind: str, number: str) -> None:
    spy, guard = guarded(number, kind=kind)
    assert guard.power_on() == EngineLink(make_card(kind)).power_on()
    assert spy.log[-1] == "reset"
    guard.transmit(WRITE)
    assert spy.log[-1] == WRITE.hex().upper()


def test_another_card_may_not_and_its_number_is_masked() -> None:
    spy, guard = guarded("3104870300000000018", "5100000000000002")
    with pytest.raises(WriteRefusedError) as refused:
        guard.power_on()
    assert "310487*********0017 and 510000******0001" in str(refused.value)
    assert PAN not in str(refused.value)
    assert LNT not in str(refused.value)
    with pytest.raises(WriteRefusedError, match="power_on first"):
        guard.transmit(WRITE)
    assert not any(word[:4] in ("8050", "0020") for word in spy.log)


def test_a_part_of_a_number_does_not_fit() -> None:
    for part in (PAN[:-1], PAN[1:], "0" + PAN, LNT[6:]):
        with pytest.raises(WriteRefusedError):
            guarded(part)[1].power_on()


def test_a_card_without_a_number_may_not() -> None:
    with pytest.raises(WriteRefusedError, match="its number cannot be read"):
        guarded(PAN, kind="blank")[1].power_on()


def test_neither_application_can_lock_the_other_out() -> None:
    """PPSE is never selected, and there is a reset before either application."""
    spy, guard = guarded(LNT)
    guard.power_on()
    assert AID_PPSE.hex().upper() not in "".join(spy.log)
    for aid in (AID_TUNION_EP, AID_LNT_BASIC):
        (place,) = [n for n, word in enumerate(spy.log) if aid.hex().upper() in word]
        assert spy.log[place - 1] == "reset"


def test_a_card_that_never_left_is_looked_at_once() -> None:
    spy, guard = guarded(PAN)
    guard.power_on()
    before = len(spy.log)
    guard.power_on()
    assert spy.log[before:] == ["0084000004", "reset"]


def test_a_card_changed_behind_our_back_is_looked_at() -> None:
    spy, guard = guarded(PAN)
    guard.power_on()
    spy.swap("lnt")
    with pytest.raises(WriteRefusedError, match="510000"):
        guard.power_on()


def test_after_an_error_of_the_link_nothing_is_written_before_a_reset() -> None:
    spy, guard = guarded(PAN)
    guard.power_on()
    spy.gone = True
    with pytest.raises(CardRemovedError):
        guard.transmit(WRITE)
    spy.gone = False
    with pytest.raises(WriteRefusedError, match="power_on first"):
        guard.transmit(WRITE)
    guard.power_on()
    guard.transmit(WRITE)
    assert sum("A4040008A0000006" in word for word in spy.log) == 2


def test_after_close_the_card_is_looked_at_again() -> None:
    spy, guard = guarded(PAN)
    guard.power_on()
    guard.close()
    guard.power_on()
    assert sum("A4040008A0000006" in word for word in spy.log) == 2


def test_a_link_that_fails_in_the_middle_leaves_no_permission() -> None:
    link = ScriptLink(CardRemovedError("out"))
    guard = WriteGuard(link, numbers=[PAN], allow=True)
    with pytest.raises(CardRemovedError):
        guard.power_on()
    with pytest.raises(WriteRefusedError):
        guard.transmit(WRITE)


def test_a_card_that_wants_another_length_is_read_all_the_same() -> None:
    file = "02205810FFFFFFFF0201" + PAN.rjust(20, "0") + "20240715204012150000"
    link = ScriptLink("9000", "6C1E", file + "9000")
    guard = WriteGuard(link, numbers=[PAN], allow=True)
    guard.power_on()
    assert link.sent[1:] == ["00B0950000", "00B095001E"]


def test_an_answer_without_a_status_word_is_an_error_of_the_link() -> None:
    guard = WriteGuard(ScriptLink("90"), numbers=[PAN], allow=True)
    with pytest.raises(LinkError, match="number cannot be read"):
        guard.power_on()


# -- virtual readers -------------------------------------------------------------------


def test_any_card_in_a_virtual_reader() -> None:
    spy, guard = guarded("virtual", kind="blank", virtual=True)
    guard.power_on()
    assert spy.log == ["reset"]
    guard.transmit(WRITE)


def test_virtual_allows_nothing_in_a_real_reader() -> None:
    _, guard = guarded("virtual")
    with pytest.raises(WriteRefusedError, match="virtual reader only"):
        guard.power_on()
    with pytest.raises(WriteRefusedError):
        guard.transmit(WRITE)


def test_a_number_beside_virtual_still_counts_in_a_real_reader() -> None:
    _, guard = guarded("virtual", PAN)
    guard.power_on()
    guard.transmit(WRITE)
    with pytest.raises(WriteRefusedError, match="310487"):
        guarded("virtual", "3104870300000000018")[1].power_on()


# -- words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["", "5100 0000 0000 0001", "510000******0001", "12345678", "virtuell", "\uff15" * 16]
)
def test_a_number_that_is_none(number: str) -> None:
    with pytest.raises(UsageError, match="whole card number"):
        WriteGuard(ScriptLink(), numbers=[number], allow=True)


def test_permission_needs_a_number() -> None:
    with pytest.raises(UsageError, match="--number"):
        WriteGuard(ScriptLink(), allow=True)


def test_after_a_reset_that_failed_the_card_is_looked_at_again() -> None:
    """The card answered, the reset did not: whoever lies there now need not be the same."""
    spy, guard = guarded(PAN)
    guard.power_on()
    reset, spy.power_on = spy.power_on, _fail  # type: ignore[method-assign]
    with pytest.raises(LinkError, match="no reset"):
        guard.power_on()
    with pytest.raises(WriteRefusedError, match="power_on first"):
        guard.transmit(WRITE)
    spy.power_on = reset  # type: ignore[method-assign]
    spy.inner = EngineLink(make_card("lnt"))
    with pytest.raises(WriteRefusedError, match="510000"):
        guard.power_on()
    with pytest.raises(WriteRefusedError, match="power_on first"):
        guard.transmit(WRITE)
    assert WRITE.hex().upper() not in spy.log


def _fail() -> bytes:
    raise LinkError("no reset")
