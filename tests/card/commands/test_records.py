"""Record files: fixed, variable, cyclic, by number and by identifier."""

from __future__ import annotations

import pytest

from tests.card.support import EP, Talk, new_card


def card() -> Talk:
    """Fixed 04 (3 x 4 bytes), variable 05 (40 bytes), cyclic 06 (3 x 4 bytes)."""
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000407", "2A0304F0F0FFFF")
    talk.ok("80E0000507", "2C0028F0F0FFFF")
    talk.ok("80E0000607", "2E0304F0F0FFFF")
    return talk


def records(talk: Talk, sfi: int) -> list[str]:
    found = []
    for number in range(1, 20):
        answer = talk(f"00B2{number:02X}{sfi << 3 | 4:02X}00")
        if answer == "6A83":
            break
        found.append(answer[:-4])
    return found


def test_fresh_files_hold_no_record() -> None:
    talk = card()
    assert [records(talk, sfi) for sfi in (4, 5, 6)] == [[], [], []]
    assert talk("00B2002400") == "6A83"


def test_fixed_file_appends_updates_and_fills() -> None:
    talk = card()
    for value in ("01010101", "02020202"):
        talk.ok("00E2002004", value)
    talk.ok("00DC032404", "03030303")  # number n+1 appends
    assert talk("00E2002004", "04040404") == "6A84"
    assert talk("00DC042404", "04040404") == "6A84"
    talk.ok("00DC022404", "EEEEEEEE")
    assert records(talk, 4) == ["01010101", "EEEEEEEE", "03030303"]
    assert talk("00DC022403", "EEEEEE") == "6700"
    assert talk("00DC052404", "EEEEEEEE") == "6A83"
    assert talk("00B2012000") == "6A81", "no identifiers in a fixed file"


@pytest.mark.parametrize("header", ["00E20030", "00DC0034", "00DC0030", "00DC0033", "00DC0132"])
def test_cyclic_file_appends_newest_first(header: str) -> None:
    talk = card()
    for number in range(5):
        talk.ok(header, f"04{number:02X}000000")
    assert records(talk, 6) == ["04000000", "03000000", "02000000"]


def test_cyclic_file_is_updated_in_place_by_number() -> None:
    talk = card()
    for number in range(3):
        talk.ok("00E2003004", f"{number:02X}000000")
    talk.ok("00DC033404", "FFFFFFFF")
    assert records(talk, 6) == ["02000000", "01000000", "FFFFFFFF"]
    assert talk("00DC043404", "FFFFFFFF") == "6A83"


def test_variable_file_by_number_and_identifier() -> None:
    talk = card()
    talk.ok("00E2002805", "0103AAAAAA")
    talk.ok("00E2002804", "0702BBBB")
    talk.ok("00E2002805", "0103CCCCCC")
    assert talk.ok("00B2022C00") == "0702BBBB"
    assert talk.ok("00B2072800") == "0702BBBB"
    assert talk.ok("00B2012800") == "0103AAAAAA"
    assert talk.ok("00B2012900") == "0103CCCCCC", "last"
    assert talk("00B2092800") == "6A83"
    assert talk("00B2072803") == "6C04"
    talk.ok("00DC072804", "0702DDDD")
    assert talk.ok("00B2022C04") == "0702DDDD"


def test_next_and_previous_walk_from_the_record_pointer() -> None:
    talk = card()
    for value in ("AA", "BB", "CC"):
        talk.ok("00E2002803", f"0101{value}")
    walk = ["00B2012800", "00B2012A00", "00B2012A00"]
    assert [talk.ok(step)[4:] for step in walk] == ["AA", "BB", "CC"]
    assert talk("00B2012A00") == "6A83"
    assert [talk.ok("00B2012B00")[4:] for _ in range(2)] == ["BB", "AA"]
    assert talk("00B2012B00") == "6A83"
    assert talk.ok("00B2000400") == "0101AA", "number 0 is the current record"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00E2002805 0104AAAAAA", "6A80"),  # the length byte lies
        ("00E2002801 01", "6700"),
        ("00DC012804 0102AAAA", "6700"),  # total length must equal the old one
        ("00DC012C05 0104AAAAAA", "6A80"),
        ("00DC092805 0903AAAAAA", "6A83"),
        ("00E2002820 011E" + "00" * 30, "9000"),
        ("00E2002824 0122" + "00" * 34, "6A84"),  # 5 + 36 bytes do not fit into 40
    ],
)
def test_variable_file_refuses_misshapen_records(command: str, sw: str) -> None:
    talk = card()
    talk.ok("00E2002805", "0103AAAAAA")
    assert talk(command) == sw


def test_variable_file_fills_to_the_last_byte() -> None:
    talk = card()
    talk.ok("00E2002828", "0126" + "00" * 38)
    assert talk("00E2002802", "0100") == "6A84"


def test_record_commands_on_a_transparent_file_are_6981() -> None:
    talk = card()
    talk.ok("80E0000707", "280008F0F0FFFF")
    for command in ("00B2013C00", "00DC013C04AABBCCDD", "00E2003804AABBCCDD"):
        assert talk(command) == "6981"


def test_access_bytes_guard_records() -> None:
    talk = card()
    talk.ok("80E0000807", "2E0304EFF0FFFF")
    talk.ok("80E0000907", "2E0304F0EFFFFF")
    talk.ok("00E2004004", "11111111")
    assert talk("00B2014400") == "6982"
    assert talk("00E2004804", "11111111") == "6982"
    assert talk("00DC014C04", "11111111") == "6982"


@pytest.mark.parametrize(("sfi", "size", "count"), [("C4", 23, 10), ("F4", 48, 30)])
def test_empty_records_of_an_issued_card_are_zeros_and_all_there(
    sfi: str, size: int, count: int
) -> None:
    """A fresh card: all-zero records with 9000, and 6A83 only behind the last."""
    talk = new_card("tunion")
    talk.ok(EP)
    for number in range(1, count + 1):
        assert talk.ok(f"00B2{number:02X}{sfi}{size:02X}") == "00" * size
    assert talk(f"00B2{count + 1:02X}{sfi}00") == "6A83"


def test_industry_records_by_number_identifier_and_read_ext_data() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    for number in range(1, 19):
        expected = f"27{number:02X}7D" + "00" * 125
        assert talk.ok(f"00B2{number:02X}D400") == expected
        assert talk.ok(f"00B2{number:02X}D000") == expected
        assert talk.ok(f"80B400D00227{number:02X}00") == expected
        assert talk.ok(f"80B400D00227{number:02X}") == expected, "as sources write it, without Le"
    assert talk("00B213D400") == "6A83"
    assert talk("00B213D000") == "6A83"
    assert talk("80B400D0022713") == "6A83"
    assert talk("80B400D0021701") == "6A83"
    assert talk("80B400D00127") == "6700"


def test_private_record_of_file_19() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    assert talk.ok("00B201CC00") == talk.ok("00B201C800") == "012E" + "00" * 46


def test_current_file_serves_record_commands_without_identifier() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    talk.ok("00A4000002", "001E")
    assert talk.ok("00B2010400") == "00" * 48
    assert talk("00B2010000") == "6A81"
