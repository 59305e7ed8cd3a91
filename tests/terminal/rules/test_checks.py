"""Checks: one method, one rule."""

from __future__ import annotations

import pytest

from ykt_sim.terminal.rules import RULES

PAIRS = frozenset({("02205810", "31048703"), ("01355850", "31048701"), ("01355850", "31048724")})
ISSUERS = frozenset(issuer for issuer, _ in PAIRS)


@pytest.mark.parametrize(
    ("today", "code"),
    [("20240714", "YKT-03"), ("20240715", None), ("20401215", None), ("20401216", "YKT-04")],
)
def test_dates_are_inclusive(today: str, code: str | None) -> None:
    refusal = RULES.begun(today, "20240715") or RULES.unexpired(today, "20401215")
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(("start", "expiry"), [("FFFFFFFF", "20401215"), ("20240715", "2040121A")])
def test_dates_that_are_no_dates(start: str, expiry: str) -> None:
    refusal = RULES.real_dates(start, expiry)
    assert refusal is not None
    assert refusal.code == "YKT-17"


@pytest.mark.parametrize(
    ("institution", "iin", "code"),
    [
        ("02205810", "31048703", None),
        ("01355850", "31048724", None),
        ("02205810", "31048724", "5469"),
        ("09999999", "31048703", "2449"),
    ],
)
def test_issuer(institution: str, iin: str, code: str | None) -> None:
    refusal = RULES.known_issuer(institution, ISSUERS) or RULES.issuer_has_iin(
        institution, iin, PAIRS
    )
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("flag", "institution", "passes"),
    [
        ("0001", "01355850", True),
        ("0000", "01355850", False),
        (None, "01355850", False),
        ("0000", "02205810", True),
        (None, "02205810", True),
    ],
)
def test_interoperable(flag: str | None, institution: str, passes: bool) -> None:  # noqa: FBT001
    assert (RULES.interoperable(flag, institution, ("02205810",)) is None) == passes


@pytest.mark.parametrize(
    ("available", "zero", "code"),
    [(200, False, None), (199, False, "YKT-07"), (199, True, "2731"), (0, True, "2731")],
)
def test_balance(available: int, zero: bool, code: str | None) -> None:  # noqa: FBT001
    refusal = RULES.enough(available, 200, zero=zero)
    assert (refusal.code if refusal else None) == code


def test_free_rides_need_no_money() -> None:
    assert RULES.enough(0, 0, zero=True) is None


@pytest.mark.parametrize(("sw", "code"), [(0x9303, "YKT-02"), (0x6A82, "YKT-09")])
def test_card_error(sw: int, code: str) -> None:
    refusal = RULES.card_error(sw, "READ")
    assert (refusal.code, refusal.sw) == (code, sw)
    assert f"{sw:04X}" in refusal.detail


@pytest.mark.parametrize("sw", [0x6283, 0x6284, 0x9303, 0x6A81])
def test_blocked(sw: int) -> None:
    refusal = RULES.blocked(sw, "READ")
    assert refusal is not None
    assert (refusal.code, refusal.sw) == ("YKT-02", sw)
    assert RULES.blocked(0x6A82, "READ") is None


def test_the_black_list_holds_whole_numbers() -> None:
    black = frozenset({"3104870395000000827"})
    refusal = RULES.unlisted("3104870395000000827", black)
    assert refusal is not None
    assert refusal.code == "YKT-06"
    assert RULES.unlisted("3104870395000000828", black) is None


def test_the_top_bit_of_a_balance_is_no_money() -> None:
    assert RULES.told(0x80000000 + 8800) == 8800
    assert RULES.told(0x7FFFFFFF) == 0x7FFFFFFF


DF11 = "02205810FFFFFFFF013104870395000000827F01010000015658005810000100"


def test_the_flag_in_df11_is_read_in_its_known_form_only() -> None:
    head = "{}8408A000000632010106A5{}BF0C{}DF610182DF11{}"
    known = head.format("6F36", "2A", "27", "20") + DF11
    longer = head.format("6F3D", "31", "2E", "27") + DF11 + "00" * 7
    assert RULES.flag_in_ecash(bytes.fromhex(known)) == "0001"
    assert RULES.flag_in_ecash(bytes.fromhex(longer)) is None
    assert RULES.flag_in_ecash(bytes.fromhex("6F0A8408A000000632010106")) is None
