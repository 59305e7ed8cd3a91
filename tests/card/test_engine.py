"""Power, challenge, blocking, and images in and out of a running card."""

from __future__ import annotations

import msgspec
import pytest

from tests.card.reference import TERMINAL, TUNION_KEYS, Wallet, line
from tests.card.support import (
    APPY,
    EP,
    TICL,
    Talk,
    changed,
    counting,
    create_purse_application,
    made,
    new_card,
    powered,
)
from ykt_sim.card import Card
from ykt_sim.card.context import CardContext
from ykt_sim.card.memory import CutPlan, Memory
from ykt_sim.card.model import MF, Cells, Df, Key, Money
from ykt_sim.card.powered import Structure
from ykt_sim.card.states import State
from ykt_sim.card.tables import Row
from ykt_sim.codes import KeyType
from ykt_sim.errors import PowerCutError, WireError
from ykt_sim.wire.apdu import Command

KEY = "00112233445566778899AABBCCDDEEFF"


def tunion() -> Talk:
    talk = new_card("tunion", balance=1000)
    talk.ok(EP)
    return talk


def issuing() -> Talk:
    """Inside an open application of a blank card, with every kind of key."""
    talk = new_card("blank")
    types = ("34/00/01", "36/00/FF/33", "37/00/FF/33", "38/00/FF/33", "30/00", "31/00", "32/00")
    create_purse_application(talk, dict.fromkeys(types, KEY), pin="1234")
    return talk


# -- power ---------------------------------------------------------------------------------


def test_card_without_power_says_6f00_and_reset_gives_the_atr() -> None:
    image = made("tunion")
    card = Card(image, counting())
    assert card.process(bytes.fromhex(EP)) == b"\x6f\x00"
    atr = card.power_on()
    assert atr.hex().upper() == "3B8880014D54594B542D54557A"
    card.power_off()
    assert card.process(bytes.fromhex(EP)) == b"\x6f\x00"


def test_volatile_state_dies_with_power() -> None:
    talk = issuing()
    talk.ok("00200000021234")
    talk.ok("0084000008")
    talk.card.power_on()
    assert talk.sw("805C000104") == "6A82", "the MF is selected"
    talk.ok("00A40000023F01")
    assert talk.sw("805C000104") == "6982", "the PIN is forgotten"
    assert talk.sw("0082000008" + "00" * 8) == "6A88"
    talk.card.power_on()
    assert talk.sw("0082000008" + "00" * 8) == "6984", "the challenge is forgotten"


def test_card_does_not_change_the_image_it_was_made_from() -> None:
    image = made("tunion", balance=1000)
    text = image.to_json()
    talk = Talk(Card(image, counting()))
    talk.ok(EP)
    Wallet(talk, TUNION_KEYS).do("purchase", 400)
    assert image.to_json() == text
    assert talk.card.snapshot().to_json() != text


def test_what_was_staged_before_data_proved_unreadable_is_dropped() -> None:
    def handler(context: CardContext, command: Command) -> tuple[bytes, State]:
        context.put(("money", "tunion"), Money(1))
        raise WireError("too short")

    row = Row(classes=frozenset((0x80,)), handlers=dict.fromkeys(State, handler))
    image = made("tunion", balance=1000)
    card = Card(image, counting(), tables={"": {0x5C: row}})
    card.power_on()
    assert card.process(bytes.fromhex("805C000204")) == b"\x67\x00"
    assert card.snapshot() == image


def test_restore_goes_back_and_takes_the_power_away() -> None:
    talk = tunion()
    before = talk.card.snapshot()
    wallet = Wallet(talk, TUNION_KEYS)
    wallet.do("purchase", 400)
    talk.card.restore(before)
    assert talk("805C000204") == "6F00"
    talk.card.power_on()
    talk.ok(EP)
    assert wallet.balance() == 1000
    assert talk.card.snapshot() == before


def test_restore_forgets_a_commit_that_a_power_cut_left_half_done() -> None:
    talk = tunion()
    before = talk.card.snapshot()
    wallet = Wallet(talk, TUNION_KEYS)
    pending_debit = wallet.begin("purchase", 400)
    talk.card.cut_plan(CutPlan(6))
    with pytest.raises(PowerCutError):
        talk(pending_debit.commit)
    talk.card.restore(before)
    talk.card.power_on()
    talk.ok(EP)
    assert talk.card.snapshot() == before
    assert wallet.balance() == 1000


def test_restored_image_may_be_of_another_card() -> None:
    talk = tunion()
    talk.card.restore(made("lnt", balance=7))
    assert talk.card.power_on().hex().upper() == "3B878001594B542D4C4E543B"
    assert talk.sw(EP) == "6A82"
    talk.ok(TICL)
    assert talk.ok("805C000204") == "00000007"
    assert talk.ok(APPY).startswith("6F0A")


# -- challenge ---------------------------------------------------------------------------


def test_challenge_is_good_for_the_next_command_only() -> None:
    talk = issuing()
    challenge = talk.ok("0084000004")
    good = line(KEY, "841E0000", "", challenge)
    talk.ok("805C000204")
    assert talk(good) == "6984"


@pytest.mark.parametrize("between", ["FFFF000000", "00", "0084000005"])
def test_a_refused_command_uses_the_challenge_up_too(between: str) -> None:
    talk = issuing()
    good = line(KEY, "841E0000", "", talk.ok("0084000004"))
    talk(between)
    assert talk(good) == "6984"


def test_a_challenge_that_repeats_is_as_good_as_any() -> None:
    """A card with a stuck random source still keeps each challenge for the next command."""
    stuck = b"\x5a\x5a\x5a\x5a"
    talk = issuing()
    talk = Talk(Card(talk.card.snapshot(), lambda _: stuck))
    talk.ok("00A40000023F01")
    talk.ok("0084000004")
    talk.ok("0084000004")
    assert talk(line(KEY, "841E0000", "", "5A5A5A5A")) == "9000"


# -- blocked card and application -----------------------------------------------------------


def test_blocked_card_answers_6a81_to_everything_for_ever() -> None:
    talk = issuing()
    command = line(KEY, "84160000", "", talk.ok("0084000004"))
    talk.ok(command)
    for again in range(2):
        for raw in ("00A4000002", "3F00"), ("0084000004",), ("805C000204",), (command,), ("FF",):
            assert talk(*raw) == ("6700" if raw == ("FF",) else "6A81"), again
        assert talk.card.power_on()


@pytest.mark.parametrize("how", [1, 2])
def test_blocked_application_keeps_the_card_alive(how: int) -> None:
    def block(df: Df) -> Df:
        return msgspec.structs.replace(df, blocked=how)

    talk = powered(changed(made("dual", balance=500), {("df", 0xDF05): block}))
    answer = talk(EP)
    assert answer[-4:] == ("6283" if how == 1 else "9303")
    assert answer.startswith("6F31") == (how == 1)
    for command in ("00B0950000", "805C000204", "00B201C400", f"805001020B0100000000{TERMINAL}"):
        assert talk(command) == "6A81"
    assert talk("00200000021234") == ("6A81" if how == 1 else "9303")
    talk.ok(TICL)
    assert talk.ok("805C000204") == "000001F4", "the shared money is reached by the other one"


def test_cards_built_alike_share_one_structure_until_one_of_them_changes() -> None:
    one, other, third = (
        CardContext(Memory(dict(made("blank").cells)), counting()) for _ in range(3)
    )
    shared = one.structure
    assert other.structure is shared
    other.put(("key", MF, KeyType.TAC, 7), Key(value=bytes(16)))
    other.memory.commit()
    assert list(other.key_ids(KeyType.TAC)) == [7]
    assert one.structure is third.structure is shared
    assert not one.key_ids(KeyType.TAC)


def test_structure_tells_names_and_parents_apart() -> None:
    cells = made("dual").cells
    renamed: Cells = {
        key: msgspec.structs.replace(value, name=b"RENAMED") if isinstance(value, Df) else value
        for key, value in cells.items()
    }
    assert Structure.of(renamed) is not Structure.of(cells)
    assert {name for _, name in Structure.of(renamed).directories} == {b"RENAMED"}
