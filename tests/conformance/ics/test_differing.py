from __future__ import annotations

import pytest

from tests.conformance.ics.test_observe import PURSE, TICL, seen

WALLET = ("reset", TICL)


@pytest.mark.parametrize(
    ("exchanges", "filling"),
    [
        ([("0020000003123456", "9000")], None),
        ([("0020000008123456FFFFFFFFFF", "9000")], "8"),
        ([("0020000006123456FFFFFF", "9000")], "6"),
        ([("0020000003123456", "9000"), ("0020000008123456FFFFFFFFFF", "9000")], "any"),
        ([("0020000003123456", "9000"), ("0020000008123456FFFFFFFFFF", "6700")], "none"),
        ([("0020000003123456", "63C2"), ("0020000008123456FFFFFFFFFF", "6700")], None),
    ],
)
def test_how_a_pin_is_filled(exchanges: list[tuple[str, str]], filling: str | None) -> None:
    assert seen(*WALLET, *exchanges).get("lnt.pin_filling") == filling


INIT = "0B0100000000010099990001"
UNLOAD = ("805005020B0100000000010099990001" + "10", "000000000000" + "01" * 10 + "9000")


@pytest.mark.parametrize(
    ("exchanges", "path", "value"),
    [
        ([UNLOAD], "pin_for_unload", "no"),
        ([(UNLOAD[0], "6982")], "pin_for_unload", "yes"),
        ([(UNLOAD[0], "6A81")], "pin_for_unload", None),
        ([("0020000003123456", "9000"), UNLOAD], "pin_for_unload", None),
        ([("0020000003123456", "9000"), TICL, (UNLOAD[0], "6982")], "pin_for_unload", "yes"),
        ([("80500002" + INIT + "10", "6982")], "pin_for_load", True),
        ([("80500401070101009999000113", "6982")], "pin_for_overdraft", "yes"),
    ],
)
def test_what_asks_for_a_pin(exchanges: list[tuple[str, str]], path: str, value: object) -> None:
    assert seen(*WALLET, *exchanges).get(f"lnt.{path}") == value


def test_ceilings_of_a_wallet() -> None:
    both = ("805C050210", "000027100007A120" + "00" * 8 + "9000")
    found = seen(*WALLET, both)
    assert found["lnt.p1_05"] == 500_000
    assert found["lnt.ceiling_9f0c"] == 100_000


AUTH = ("0082000008" + "00" * 8, "9000")
WRITE = "00DC03D480" + "00" * 128


@pytest.mark.parametrize(
    ("exchanges", "opens"),
    [
        ([AUTH, (WRITE, "9000")], "records"),
        ([AUTH, (WRITE, "6982")], "nothing"),
        ([AUTH, (WRITE, "6A83")], None),
        ([(WRITE, "6982")], None),
        ([AUTH, PURSE, (WRITE, "6982")], None),
    ],
)
def test_what_authentication_opens(exchanges: list[tuple[str, str]], opens: str | None) -> None:
    assert seen("reset", PURSE, *exchanges).get("tunion.auth_opens") == opens


def test_who_writes_files() -> None:
    update = ("04D6961A05" + "00" * 5, "9000")
    found = seen("reset", PURSE, update)
    assert found["tunion.ef16_update"] == "line"
    assert "tunion.ef15_update" not in found


BEGUN = ("80500401070141319999000113", "00002710" + "0000" + "0003E8" + "0100" + "01" * 8 + "9000")
SET = ("805800000E" + "0007D0" + "20240615101112" + "00" * 4 + "04", "000000009000")


@pytest.mark.parametrize(
    ("amount", "value"),
    [("00000000", "zero"), ("000007D0", "limit"), ("000003E8", "difference"), ("00000001", None)],
)
def test_the_log_of_an_overdraft_update(amount: str, value: str | None) -> None:
    line = "0001" + "0007D0" + amount + "07" + "413199990001" + "20240615101112" + "9000"
    found = seen("reset", PURSE, BEGUN, SET, ("00B201C400", line))
    assert found.get("tunion.overdraft_log") == value


def test_an_overdraft_update_that_is_not_logged() -> None:
    line = "0007" + "000000" + "00000001" + "06" + "413199990001" + "20240615101112" + "9000"
    found = seen("reset", PURSE, BEGUN, SET, ("00B201C400", line))
    assert found["tunion.overdraft_log"] == "none"
