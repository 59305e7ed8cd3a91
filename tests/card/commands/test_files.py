"""Selection and transparent files."""

from __future__ import annotations

import pytest

from tests.card.reference import enciphered, line, mac
from tests.card.support import EC, EP, PPSE, TICL, Talk, key, new_card

KEY = "00112233445566778899AABBCCDDEEFF"
LONG_1 = "A000000632010105" + "5800022058100000"
LONG_2 = "A000000632010105" + "1000915600001401"
SHORT = "A000000632010105"


def phone(*names: str) -> Talk:
    """A blank card with one ADF per name, as a phone holds several long AIDs."""
    talk = new_card("blank")
    for number, name in enumerate(names):
        body = f"380100F0F095FFFF{name}"
        talk.ok(f"80E03F{number + 1:02X}{len(body) // 2:02X}{body}")
    talk.card.power_on()
    return talk


def chosen(talk: Talk, name: str, p2: str = "00") -> str:
    """DF name in the FCI that SELECT by name answers, or the status word."""
    answer = talk(f"00A404{p2}{len(name) // 2:02X}{name}")
    if not answer.endswith("9000"):
        return answer
    length = int(answer[6:8], 16)
    return answer[8 : 8 + 2 * length]


def test_long_phone_aid_is_selected_by_its_eight_byte_start() -> None:
    talk = phone(LONG_1)
    assert chosen(talk, SHORT) == LONG_1
    assert chosen(talk, LONG_1) == LONG_1
    assert chosen(talk, LONG_2) == "6A82"
    assert chosen(talk, LONG_1 + "00") == "6700", "17 bytes"


@pytest.mark.parametrize(
    "names",
    [(SHORT, LONG_1, LONG_2), (LONG_1, SHORT, LONG_2), (LONG_1, LONG_2, SHORT)],
    ids=["first", "middle", "last"],
)
def test_select_next_meets_every_application_once(names: tuple[str, ...]) -> None:
    """The whole name comes first wherever it was created; then the others in order."""
    talk = phone(*names)
    met = [chosen(talk, SHORT)]
    while (name := chosen(talk, SHORT, "02")) != "6A82":
        met.append(name)
        assert len(met) <= 3
    assert met == [SHORT] + [name for name in names if name != SHORT]


def test_select_next_needs_a_first_match() -> None:
    talk = phone(LONG_1)
    assert chosen(talk, SHORT, "02") == "6A82", "the MF is current"
    assert chosen(talk, SHORT) == LONG_1
    assert chosen(talk, SHORT, "02") == "6A82"


@pytest.mark.parametrize("length", [0, 1, 4, 17])
def test_names_are_five_to_sixteen_bytes(length: int) -> None:
    talk = new_card("tunion")
    name = (SHORT * 3)[: 2 * length]
    assert talk(f"00A40400{length:02X}{name}") == "6700"


def test_select_by_fid_reaches_parent_children_and_siblings() -> None:
    talk = new_card("lnt")
    assert talk.sw("00A4000002", "ADF3") == "6A82", "two levels down"
    talk.ok("00A4000002", "DDF1")
    talk.ok("00A4000002", "ADF3")
    talk.ok("00A4000002", "DDF1")
    talk.ok("00A4000002", "ADF3")
    assert talk.sw("00A4000002", "ADF1") == "6A81"
    talk.ok("00A4000002", "ADF3")
    talk.ok("00A4000002", "3F00")
    assert talk.sw("00A4000002", "FFFF") == "6A82"


@pytest.mark.parametrize(
    "command", ["00A4000000", "00A40000", "00A40000023F00", "00A40000023F0000"]
)
def test_master_file(command: str) -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    expected = "6F15840E315041592E5359532E4444463031A503880101"
    assert talk.ok(command) == expected


def test_refused_select_keeps_the_selection() -> None:
    talk = new_card("tunion", balance=5)
    talk.ok(EP)
    assert talk.sw(TICL) == "6A82"
    assert talk.ok("805C000204") == "00000005"


def test_selected_file_is_read_without_short_identifier() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    assert talk("00B0000000") == "6986"
    assert talk.ok("00A4000002", "0015") == ""
    assert talk.ok("00B0000008") == "01011000FFFFFFFF"
    assert talk.ok("00B000080A") == "0201" + "0310517000000000"
    assert talk("00B0001E01") == "6B00"
    talk.ok(EP)
    assert talk("00B0000000") == "6986", "SELECT of a DF leaves no current file"


def test_reading_by_short_identifier_makes_the_file_current() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    talk.ok("00B0950000")
    assert talk.ok("00B0000004") == "01011000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B0951C00", "00009000"),
        ("00B0951C02", "00009000"),
        ("00B0951C03", "6C02"),
        ("00B095001F", "6C1E"),
        ("00B0951D01", "009000"),
        ("00B0951E00", "6B00"),
        ("00B095FF01", "6B00"),
        ("00B09500", "6700"),
        ("00B09800", "6981"),
        ("00B0980017", "6981"),
    ],
)
def test_read_binary_at_the_edges(command: str, answer: str) -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    assert talk(command) == answer


def folder() -> Talk:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    return talk


@pytest.mark.parametrize(
    ("command", "sw", "content"),
    [
        ("00D6850001AA", "9000", "AA00000000000000"),
        ("00D6850701AA", "9000", "00000000000000AA"),
        ("00D68508 01 AA", "6B00", "0000000000000000"),
        ("00D68507 02 AABB", "6700", "0000000000000000"),
        ("00D68500 08 1122334455667788", "9000", "1122334455667788"),
        ("00D68500 09 112233445566778899", "6700", "0000000000000000"),
        ("00D08500 01 AA", "9000", "AA00000000000000"),
        ("00D6850000", "6700", "0000000000000000"),
    ],
)
def test_update_binary_at_the_edges(command: str, sw: str, content: str) -> None:
    talk = folder()
    talk.ok("80E0000507", "280008F0F0FFFF")
    assert talk.sw(command) == sw
    assert talk.ok("00B0850000") == content


def test_file_of_more_than_256_bytes_is_read_in_parts() -> None:
    talk = folder()
    talk.ok("80E0000507", "280200F0F0FFFF")
    talk.ok("00A4000002", "0005")
    talk.ok("00D60100 02 BEEF")
    assert len(talk.ok("00B0000000")) == 512, "Le 00 is 256 at most"
    assert talk.ok("00B0010002") == "BEEF"
    assert len(talk.ok("00B001FF00")) == 2


def test_fci_of_an_issued_application_carries_file_15() -> None:
    talk = folder()
    assert talk.ok("00A40000023F01") == "6F058403504159"
    talk.ok("80E0001507", "280004F0F0FFFF")
    talk.ok("00D6950004", "CAFEBABE")
    assert talk.ok("00A40000023F01") == "6F0E8403504159A5079F0C04CAFEBABE"
    talk.ok("00D6950001", "00")
    assert talk("00A4040003", "504159") == "6700", "five bytes at least"
    assert talk.ok("00A40000023F01").endswith("00FEBABE"), "the FCI follows the file"


@pytest.mark.parametrize(("size", "shown"), [(200, True), (201, False), (4000, False)])
def test_fci_stays_a_short_answer_whatever_file_15_is(size: int, *, shown: bool) -> None:
    talk = folder()
    talk.ok(f"80E000150728{size:04X}F0F0FFFF")
    fci = talk.ok("00A40000023F01")
    assert len(fci) // 2 <= 256
    assert ("9F0C" in fci) == shown


def test_directory_answers_its_short_identifier_and_nameless_one_its_fid() -> None:
    talk = new_card("blank")
    talk.ok("80E0DF0108", "380100F0F005FFFF")
    assert talk.ok("00A4000002DF01") == "6F098402DF01A503880105"


def test_access_bytes_guard_reading_and_writing() -> None:
    talk = folder()
    talk.ok("80E0000507", "280008EFF0FFFF")
    talk.ok("80E0000607", "280008F0EFFFFF")
    assert talk("00B0850000") == "6982"
    assert talk("00D6850001AA") == "9000"
    assert talk("00D6860001AA") == "6982"
    assert talk("00B0860008") == "00" * 8 + "9000"


@pytest.mark.parametrize("size", [256, 300, 1000])
@pytest.mark.parametrize("protection", ["A8", "E8"], ids=["mac", "enc"])
def test_protected_read_of_a_long_file_stays_a_short_answer(protection: str, size: int) -> None:
    """Le 00 of a protected READ gives what still fits with cipher padding and MAC."""
    talk = folder()
    talk.ok("80E0000007", "3F020095F0FFFF")
    talk.ok(key("36", "00", KEY, "FF", "33"))
    talk.ok(f"80E0000507{protection}{size:04X}F0F0FF7F")
    talk.ok("00A4000002", "0005")
    challenge = talk.ok("0084000004")
    answer = talk.ok(line(KEY, "04B00000", "", challenge) + "00")
    assert len(answer) // 2 <= 256
    body = "00" * 0xEF
    expected = enciphered(KEY, body) if protection == "E8" else body
    assert answer == expected + mac(KEY, expected, challenge)
    challenge = talk.ok("0084000004")
    assert talk(line(KEY, "04B00000", "", challenge) + "F0") == "6700"


def test_purse_and_key_files_are_not_read() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    talk.ok("00A4000002", "0002")
    assert talk("00B0000004") == "6981"
    assert talk("00B2010C00") == "6A82"
    talk.ok("00A4000002", "0000")
    assert talk("00B0000004") == "6981"


def test_get_data_and_gpo_exist_under_the_e_cash_only() -> None:
    talk = new_card("dual")
    assert talk("80CA9F7900") == "6D00"
    assert talk("80A8000002830000") == "6D00"
    talk.ok(PPSE)
    assert talk("80CA9F7900") == "6D00"
    talk.ok(EC)
    assert talk.ok("80CA9F7900") == "9F7906000000000000"
    assert talk("80CA007900") == "6A88", "both bytes of the tag count"
