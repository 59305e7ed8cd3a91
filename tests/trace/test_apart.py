"""Events dealt to the cards that came to one reader in turn."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest

from tests.trace.turns import turns
from ykt_sim.codes import AID_LNT_BASIC, AID_TUNION_EP
from ykt_sim.trace import apart as module
from ykt_sim.trace.apart import HELD, apart
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset, Trace
from ykt_sim.trace.opening import Conversation, Named, by_card
from ykt_sim.trace.readers import read_sessions
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.writers import WRITERS
from ykt_sim.wire.apdu import build
from ykt_sim.wire.tlv import Tlv

ON = Reset(t=0.0, channel="card", atr=b"\x3b\x00")
GONE = Removed(t=0.0, channel="card")
CHALLENGE = Exchange(
    t=0.0, channel="card", command=build(0, 0x84, 0, 0, le=4), response=b"1234\x90\0"
)
SAM = Exchange(t=0.0, channel="sam", command=build(0, 0x84, 0, 0, le=4), response=b"1234\x90\0")
REMARK = Note(t=0.0, text="decision")


def ask(command: bytes, data: bytes, sw: str = "9000") -> Exchange:
    return Exchange(t=0.0, channel="card", command=command, response=data + bytes.fromhex(sw))


def select(name: bytes, issuer_data: bytes = b"") -> Exchange:
    inside = [Tlv.of(0x9F0C, issuer_data)] if issuer_data else []
    fci = Tlv.of(0x6F, [Tlv.of(0x84, name), Tlv.of(0xA5, inside)])
    return ask(build(0, 0xA4, 4, 0, name), fci.build())


def tunion(number: int) -> Exchange:
    return select(AID_TUNION_EP, bytes(10) + bytes.fromhex(f"{number:020d}") + bytes(10))


def file_15(number: int, *, ins: int = 0xB0) -> Exchange:
    """EF 15 as Lingnan Tong has it."""
    data = bytes(8) + bytes.fromhex(f"{number:016d}") + bytes(20)
    if ins == 0xD6:
        return ask(build(4, ins, 0x95, 0, data), b"")
    return ask(build(0, ins, 0x95, 0, le=0), data)


def uid(value: str) -> Exchange:
    return ask(bytes.fromhex("FFCA000000"), bytes.fromhex(value))


def cards(*events: Event) -> list[int]:
    dealt = list(apart(events))
    assert {id(event) for _, event in dealt} <= {id(event) for event in events}
    assert len(dealt) == len(events)
    return [card for card, _ in dealt]


def without_power(trace: Trace) -> tuple[Event, ...]:
    return tuple(e for e in trace.events if not isinstance(e, Reset | Removed))


def taps(events: Iterable[Event]) -> list[int]:
    """Purchases of each card."""
    found: dict[int, int] = {}
    for card, event in apart(events):
        found.setdefault(card, 0)
        if isinstance(event, Exchange) and event.channel == "card":
            found[card] += event.command[1] == 0x54
    return list(found.values())


@pytest.mark.parametrize("rounds", [1, 2])
def test_ten_cards_in_turn(rounds: int) -> None:
    trace = turns(10, rounds)
    assert taps(trace.events) == [rounds] * 10
    assert taps(without_power(trace)) == [rounds] * 10


def test_taps_of_one_card_are_of_one_card() -> None:
    assert taps(turns(1, 3).events) == [3]
    assert taps(without_power(turns(1, 3))) == [3]


@pytest.mark.parametrize("form", ["native", "text", "proxmark-list", "proxmark-trace", "pcapng"])
def test_in_files_of_several_formats(form: str) -> None:
    trace = turns(10)
    written = write_trace(trace).encode()
    if form == "text":
        written = "".join(
            f"> {one.command.hex(' ')}\n< {one.response.hex(' ')}\n"
            for one in trace.exchanges
            if one.channel == "card"
        ).encode()
    elif form != "native":
        made = WRITERS[form].make(trace, "ten")
        written = made if isinstance(made, bytes) else made.encode()
    most = max(
        (list(apart(one.events)) for one in read_sessions(Source(io.BytesIO(written)))), key=len
    )
    assert len({card for card, _ in most}) == 10


def test_psam_and_remarks_go_with_the_card_that_is_there() -> None:
    assert cards(ON, tunion(1), SAM, REMARK, GONE, ON, SAM, tunion(2), SAM, REMARK) == [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 2,
    ]  # fmt: skip


def test_a_number_that_comes_late_takes_what_was_held() -> None:
    other = select(AID_LNT_BASIC)
    first, second = (ON, other, CHALLENGE, file_15(1)), (ON, other, CHALLENGE, file_15(2))
    assert cards(*first, *second, *first) == [1] * 4 + [2] * 4 + [1] * 4


def test_a_select_after_power_begins_no_other_card() -> None:
    tap = select(b"1PAY.SYS.DDF01"), CHALLENGE
    assert cards(ON, *tap, tunion(1), ON, *tap, tunion(2)) == [1] * 4 + [2] * 4


def test_numbers_of_two_places_are_not_compared() -> None:
    dual = (tunion(1), CHALLENGE, select(AID_LNT_BASIC), file_15(7), CHALLENGE)
    assert set(cards(ON, *dual, ON, *dual)) == {1}
    assert cards(*dual, *dual[2:], tunion(2)) == [1] * 8 + [2]


def test_without_a_number_the_atr_tells() -> None:
    other = Reset(t=0.0, channel="card", atr=b"\x3b\x01")
    assert cards(ON, CHALLENGE, ON, CHALLENGE) == [1] * 4
    assert cards(ON, CHALLENGE, other, CHALLENGE, ON, CHALLENGE) == [1, 1, 2, 2, 1, 1]
    assert cards(ON, tunion(1), other, tunion(1)) == [1] * 4, "a number beats an ATR"


def test_a_uid_tells_unless_it_is_random() -> None:
    assert cards(uid("04AABBCC"), CHALLENGE, uid("04AABBCD"), CHALLENGE) == [1, 1, 2, 2]
    assert cards(uid("08AABBCC"), CHALLENGE, uid("08AABBCD"), CHALLENGE) == [1] * 4


@pytest.mark.parametrize("empty", ["00", "FF"])
def test_a_number_never_written_tells_nothing(empty: str) -> None:
    blank = select(AID_TUNION_EP, bytes.fromhex(empty) * 30)
    assert cards(ON, tunion(1), ON, blank, CHALLENGE) == [1] * 5


def test_a_card_that_is_given_another_number_is_the_same() -> None:
    here = select(AID_LNT_BASIC)
    assert set(cards(ON, here, file_15(1), file_15(2, ins=0xD6), ON, here, file_15(2))) == {1}


def test_answers_that_are_no_answers_tell_nothing() -> None:
    odd = ask(build(0, 0xA4, 4, 0, AID_TUNION_EP), b"\x6f\x05\x84")
    bare = Exchange(t=0.0, channel="card", command=b"\0", response=b"\x90\0")
    refused = ask(build(0, 0xA4, 4, 0, AID_TUNION_EP), b"", "6A82")
    assert set(cards(tunion(1), CHALLENGE, odd, bare, refused, CHALLENGE)) == {1}


def test_no_more_is_held_than_is_said() -> None:
    many = [CHALLENGE] * (HELD + 1)
    given = apart(iter([ON, tunion(1), ON, *many, tunion(2)]))
    found = [card for card, _ in given]
    assert found == [1] * (3 + len(many)) + [2]


def test_cards_are_forgotten_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    assert cards(*(tunion(n) for n in (1,)), CHALLENGE, tunion(2), CHALLENGE, tunion(3), CHALLENGE,
                 tunion(1)) == [1, 1, 2, 2, 3, 3, 4]  # fmt: skip


def test_conversations_of_cards_have_names_of_their_own() -> None:
    trace = turns(3)
    found = by_card([Conversation(Named(1, "trace", trace.header), trace)])
    assert [one.named.label for one in found] == [
        "1 'trace'", "1 'trace, by number 2'", "1 'trace, by number 3'",
    ]  # fmt: skip
    assert sum(len(one.trace.events) for one in found) == len(trace.events)
    nothing = Conversation(Named(1, "trace", trace.header), Trace(header=trace.header))
    assert by_card([nothing]) == (nothing,)
