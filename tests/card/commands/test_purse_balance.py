"""GET BALANCE: every P1, the laboratory's six tuples, and what real cards disagree on."""

from __future__ import annotations

import pytest

from tests.card.reference import TERMINAL, TUNION_KEYS, Refused, Wallet
from tests.card.support import EP, TICL, Talk, made, new_card, powered, with_money, with_purse
from ykt_sim.card import CardImage
from ykt_sim.errors import ImageError

EP_DF, TICL_DF = 0xDF05, 0xADF3
#: (A, B, C, D): the six distinct tuples of the laboratory's 54 card characteristics.
LAB_TUPLES = [
    (0xFFFFFF, 0xFFFFFF, 0x000000, 0),
    (0xFFFFFF, 0x000000, 0x000000, 0),
    (0xFFFF88, 0xFFFF00, 0x000077, 0),
    (0x8FFFFF, 0x00FFFF, 0x700000, 0),
    (0xFFFF00, 0x07FF01, 0x0000FF, 0),
    (0xFFF8FF, 0x000FFF, 0x000700, 0),
]
#: Ours: with money drawn, which no laboratory tuple has.
DRAWN_TUPLES = [(1000, 0, 500, 200), (1000, 0, 500, 500), (0xFFFFFF, 7, 0, 0)]


def image(upper: int, actual: int, limit: int, drawn: int, **changes: object) -> CardImage:
    made_card = with_money(made("tunion"), "tunion", actual, limit, drawn)
    return with_purse(made_card, EP_DF, ceiling=upper, **changes)


def card(*amounts: int, **changes: object) -> Talk:
    talk = powered(image(*amounts, **changes))
    talk.ok(EP)
    return talk


@pytest.mark.parametrize("amounts", LAB_TUPLES + DRAWN_TUPLES)
def test_all_p1_of_a_tuple(amounts: tuple[int, int, int, int]) -> None:
    upper, actual, limit, drawn = amounts
    talk = card(*amounts)
    available = actual + limit - drawn
    expected = [available, limit, drawn, actual, upper]
    assert [int(talk.ok(f"805C0{p1}0204"), 16) for p1 in range(5)] == expected
    assert talk.ok("805C050210") == "".join(
        f"{amount:08X}" for amount in (available, upper, limit, drawn)
    )
    assert 0 <= drawn <= limit
    assert upper + limit <= 0xFFFFFF
    assert talk.ok(f"80500102 0B 01 00000000 {TERMINAL} 0F")[:8] == f"{available:08X}"
    assert talk.ok(f"80500102 0B 01 00000000 {TERMINAL} 0F")[12:18] == f"{limit:06X}"


@pytest.mark.parametrize("amounts", LAB_TUPLES)
def test_everything_available_can_be_spent_and_not_one_fen_more(
    amounts: tuple[int, int, int, int],
) -> None:
    upper, actual, limit, drawn = amounts
    wallet = Wallet(card(*amounts), TUNION_KEYS)
    available = actual + limit - drawn
    with pytest.raises(Refused, match="9401"):
        wallet.begin("purchase", available + 1)
    wallet.do("purchase", available)
    assert [wallet.balance(f"0{p1}") for p1 in range(5)] == [0, limit, limit, 0, upper]


@pytest.mark.parametrize(
    ("amounts", "message"),
    [
        ((1000, 1001, 0, 0), "balance 1001 fen not in 0..1000"),
        ((1000, 0, 10, 11), "overdrawn 11 over limit 10"),
        ((0xFFFFFF, 0, 1, 0), "above FFFFFF"),
        ((1000, -1, 0, 0), "balance -1 fen"),
        ((1000, 0, 0, -1), "overdrawn -1"),
    ],
)
def test_impossible_amounts_are_no_card(amounts: tuple[int, int, int, int], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        image(*amounts).check()


def test_p1_beyond_the_first_currency_is_6a86() -> None:
    talk = card(1000, 10, 0, 0)
    for p1 in range(0x06, 0x0C):
        assert talk.sw(f"805C{p1:02X}0204") == "6A86", "no second ticket currency on this card"
    assert talk.sw("805CFF0204") == "6A86"


def test_manual_card_answers_p1_00_only() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000207", "2F0208F000FF18")
    assert talk.ok("805C000204") == "00000000"
    assert talk.sw("805C030204") == "6A86"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("805C000204", "9000"),
        ("805C000200", "9000"),
        ("805C000210", "6700"),
        ("805C0002", "6700"),
        ("805C050204", "6700"),
        ("805C050200", "9000"),
        ("805C000304", "6A86"),
        ("805C000004", "6A86"),
        ("805C000104", "6A82"),
        ("805C0002010004", "6700"),
        ("005C000204", "6E00"),
    ],
)
def test_shape_of_the_command(command: str, sw: str) -> None:
    assert card(1000, 10, 0, 0).sw(command) == sw


def test_top_bit_switch_marks_balances_and_nothing_else() -> None:
    talk = card(1000, 500, 300, 0, top_bit=True)
    got = [talk.ok(f"805C0{p1}0204") for p1 in range(5)]
    assert got == ["80000320", "0000012C", "00000000", "800001F4", "000003E8"]


def test_p1_00_actual_switch_leaves_the_overdraft_out() -> None:
    """Shanghai: P1 00 and P1 01 are both the limit while the purse itself is empty."""
    shanghai = card(0xF0000, 0, 0x320, 0)
    assert shanghai.ok("805C000204") == shanghai.ok("805C010204") == "00000320"
    assert shanghai.ok("805C030204") == "00000000"
    assert card(0xF0000, 0, 0x320, 0, p1_00_actual=True).ok("805C000204") == "00000000"


@pytest.mark.parametrize("name", ["lnt", "tunion"])
def test_balance_of_a_fresh_card(name: str) -> None:
    talk = new_card(name, balance=8800)
    talk.ok(TICL if name == "lnt" else EP)
    assert talk.ok("805C000204") == "00002260"


def test_sixteen_bytes_of_the_wallet_have_the_shape_of_the_dump() -> None:
    talk = new_card("lnt", balance=100)
    talk.ok(TICL)
    assert talk.ok("805C050210") == "00000064" + "000186A0" + "00" * 8


def test_balance_may_be_asked_inside_a_transaction() -> None:
    wallet = Wallet(card(1000, 100, 0, 0), TUNION_KEYS)
    pending = wallet.begin("purchase", 30)
    assert wallet.balance() == 100
    wallet.finish(pending)
    assert wallet.balance() == 70
