"""CREATE FILE, WRITE KEY, ERASE DF: a blank card becomes a wallet, an issued one stays shut."""

from __future__ import annotations

import pytest

from tests.card.reference import Wallet, ecb, enciphered, line, mac
from tests.card.support import (
    APPY,
    EC,
    EP,
    MF1X,
    PPSE,
    TICL,
    Talk,
    create_purse_application,
    key,
    made,
    new_card,
)

KEY = "00112233445566778899AABBCCDDEEFF"
OTHER = "FFEEDDCCBBAA99887766554433221100"
ADF = "80E03F010B" + "381500F0F095FFFF" + "504159"
ENTER = "00A40000023F01"
KEY_FILE = "80E0000007" + "3F020095F0FFFF"


def folder(*commands: str) -> Talk:
    talk = new_card("blank")
    for command in (ADF, ENTER, *commands):
        talk.ok(command)
    return talk


def secured(talk: Talk, header: str, body: str, with_key: str) -> str:
    return talk(line(with_key, header, body, talk.ok("0084000004")))


# -- CREATE FILE ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80E0000507 280010F0F0FFFF", "9000"),
        ("80E0000506 280010F0F0FF", "6700"),
        ("80E0000508 280010F0F0FFFF00", "6700"),
        ("80E0000507 280000F0F0FFFF", "6A80"),  # no size
        ("80E0000507 2A0010F0F0FFFF", "6A80"),  # no records
        ("80E0000507 2E0500F0F0FFFF", "6A80"),  # no length
        ("80E0000507 290010F0F0FFFF", "6A80"),  # no such type
        ("80E0000507 28FFFFF0F0FFFF", "6A84"),
        ("80E0000107 2F0207F000FF18", "6A80"),
        ("80E0000307 2F0208F000FF18", "6A86"),  # neither ED nor EP
        ("80E03F0007 280010F0F0FFFF", "6A86"),  # the MF's
        ("80E03F0107 280010F0F0FFFF", "6A86"),  # the directory's own
        ("80E03F0207 380010F0F095FF", "6700"),
        ("80E03F021938 0010F0F095FFFF" + "41" * 17, "6700"),  # a name of 17 bytes
        ("80E03F020B 380010F0F095FFFF 504159", "6A86"),  # the name is taken
        ("80E03F0008 380010F0F095FFFF", "6A86"),
    ],
)
def test_create_file(command: str, sw: str) -> None:
    assert folder()(command) == sw


@pytest.mark.parametrize(
    "command", ["80E0000507280010F0F0FFFF", KEY_FILE, "80E00002072F0208F000FF18"]
)
def test_file_that_exists_is_6a86(command: str) -> None:
    talk = folder()
    talk.ok(command)
    assert talk(command) == "6A86"


def test_one_key_file_per_directory() -> None:
    assert folder(KEY_FILE)("80E0000107", "3F020095F0FFFF") == "6A86"


def test_file_never_hides_a_directory() -> None:
    """SELECT by FID means a file first: a file may not take a directory's FID."""
    talk = folder()
    talk.ok("80E03F020B", "380010F0F095FFFF", "414243")
    assert talk("80E03F0207280010F0F0FFFF") == "6A86"
    talk.ok("00A4000002", "3F02")
    assert talk("80E03F0107280008F0F0FFFF") == "6A86", "the parent's"


def test_directory_space_is_counted_to_the_byte() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "380040F0F095FFFF", "504159")
    talk.ok(ENTER)
    assert talk("80E0000507280039F0F0FFFF") == "6A84"
    talk.ok("80E0000507", "280020F0F0FFFF")
    assert talk("80E0000607", "2E0104F0F0FFFF") == "9000"
    assert talk("80E0000707", "280004F0F0FFFF") == "6A84", "64 = 40 + 13 + 11"
    assert talk("80E0000707", "280003F0F0FFFF") == "9000"


def test_card_space_is_limited() -> None:
    talk = new_card("blank")
    assert talk("80E03F010B", "38FFFFF0F095FFFF", "504159") == "6A84"


def test_create_asks_the_access_byte_once_there_is_a_key_file() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500EFF095FFFF", "504159")  # creation never allowed ..
    talk.ok(ENTER)
    talk.ok("80E0000507", "280010F0F0FFFF")  # .. but no key file yet
    talk.ok(KEY_FILE)
    talk.ok("80E0000607", "280010F0F0FFFF")
    talk.ok(ENTER)
    assert talk("80E0000707", "280010F0F0FFFF") == "6982"


# -- WRITE KEY --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (key("3F", "01", KEY), "9000"),
        (key("3F", "01", KEY[:16]), "9000"),
        (key("3F", "01", KEY[:14]), "6700"),
        (key("3F", "01", KEY + "00"), "6700"),
        (key("33", "01", KEY), "6A80"),
        (key("3A", "00", "12"), "6700"),
        (key("3A", "00", "12" * 9), "6700"),
        (key("3A", "00", "1234FFFF"), "9000"),
        ("80D40101063FF0F00000", "6700"),
        ("80D4020115" + "3FF0F00000" + KEY, "6A86"),
        ("80D43F0115" + "3FF0F00000" + KEY, "6A88"),
    ],
)
def test_add_key(command: str, sw: str) -> None:
    assert folder(KEY_FILE)(command) == sw


def test_key_needs_a_key_file_and_is_added_once() -> None:
    talk = folder()
    assert talk(key("3F", "01", KEY)) == "6A82"
    talk.ok(KEY_FILE)
    talk.ok(key("3F", "01", KEY))
    assert talk(key("3F", "01", KEY)) == "6A80"


def test_key_file_fills() -> None:
    talk = folder("80E0000007" + "3F003095F0FFFF")
    talk.ok(key("3F", "01", KEY))
    talk.ok(key("3F", "02", KEY))
    assert talk(key("3F", "03", KEY)) == "6A84"


def test_keys_are_shut_after_the_directory_is_entered_again() -> None:
    talk = folder("80E0000007" + "3F020095EFFFFF")
    talk.ok("80D4010115", "3FF0EF0000", KEY)
    talk.ok("80D43F0110", OTHER)
    talk.ok(ENTER)
    assert talk(key("3E", "01", KEY)) == "6982"
    assert talk("80D43F0110", OTHER) == "6982"


@pytest.mark.parametrize("form", ["bare", "full"])
def test_changed_key_counts(form: str) -> None:
    talk = new_card("blank")
    create_purse_application(talk, {"3F/01/01": KEY, "34/00/01": KEY})
    data = OTHER if form == "bare" else "3FF0F00700" + OTHER
    talk.ok(f"80D43F01{len(data) // 2:02X}{data}")
    wallet = Wallet(talk, {"load": OTHER, "tac": KEY})
    assert wallet.do("load", 5).number == 1
    version = talk.ok("80500002 0B 01 00000000 413101738008 10")[12:14]
    assert version == ("01" if form == "bare" else "07")


def test_changed_pin_and_its_counter() -> None:
    talk = folder(KEY_FILE, key("3A", "00", "1234", "01", "33"))
    for _ in range(3):
        talk("00200000029999")
    talk.ok("80D43A0002", "5678")
    assert talk("00200000025678") == "9000"


def test_type_that_disagrees_with_p1_is_taken_as_a_bare_value_or_refused() -> None:
    talk = folder(KEY_FILE, key("3F", "01", KEY))
    assert talk("80D43F0115", "3EF0F00000", KEY) == "6700"


@pytest.mark.parametrize("owner", ["own", "parent"])
@pytest.mark.parametrize("cipher", [True, False], ids=["enc+mac", "mac"])
def test_write_key_under_the_master_key(owner: str, *, cipher: bool) -> None:
    talk = folder(KEY_FILE)
    master = "FF" * 8
    if owner == "own":
        master = OTHER
        talk.ok(key("39", "00", OTHER, "0A", "33"))
    plain = "3FF0F00100" + KEY
    body = enciphered(master, plain) if cipher else plain
    assert secured(talk, "84D40101", body, master) == "9000"
    talk.ok(key("34", "00", KEY))
    talk.ok("80E0000207", "2F0208F000FF18")
    Wallet(talk, {"load": KEY, "tac": KEY}).do("load", 1)


def test_write_key_with_a_wrong_mac_is_9302_and_counts() -> None:
    talk = folder(KEY_FILE, key("39", "00", OTHER, "0A", "33"))
    body = enciphered(OTHER, "3FF0F00100" + KEY)
    assert talk(f"84D401011C{body}00000000") == "6984"
    for _ in range(3):
        talk.ok("0084000004")
        assert talk(f"84D401011C{body}00000000") == "9302"
    assert secured(talk, "84D40101", body, OTHER) == "6983"
    assert talk("80500002 0B 01 00000000 413101738008 10") == "6A82"


def test_protected_key_is_changed_under_protection_only() -> None:
    talk = folder(KEY_FILE, key("39", "00", OTHER, "0A", "33"))
    talk.ok("80D4010115", "FFF0F00100", KEY)
    assert talk("80D43F0110", OTHER) == "6987"
    assert talk("80D4FF0110", OTHER) == "6987"
    assert secured(talk, "84D4FF01", enciphered(OTHER, OTHER), OTHER) == "9000"


def test_no_master_key_anywhere_is_6a88() -> None:
    talk = new_card("blank")
    talk.ok("800E000000")
    talk.ok(KEY_FILE)
    talk.ok("0084000004")
    assert talk("84D401011C" + "00" * 28) == "6A88"


# -- ERASE DF --------------------------------------------------------------------------------


def test_erase_takes_everything_inside_and_leaves_the_directory() -> None:
    talk = new_card("blank")
    create_purse_application(talk, {"3F/01/01": KEY, "34/00/01": KEY})
    talk.ok("80E03F020B", "380010F0F095FFFF", "414243")
    talk.ok("00A40000023F02")
    talk.ok("80E0000507", "280004F0F0FFFF")
    talk.ok(ENTER)
    Wallet(talk, {"load": KEY, "tac": KEY}).do("load", 5)
    talk.ok("800E000000")
    assert talk("805C000204") == "6A82"
    assert talk("00B2014400") == "6A82"
    assert talk("00A4000002", "3F02") == "6A82"
    talk.card.snapshot().check()
    assert talk.ok(ENTER).endswith("504159")
    cells = talk.card.snapshot().cells
    assert sorted({kind for kind, *_ in cells}) == ["card", "df", "ef", "key"]
    create = [KEY_FILE, key("3F", "01", OTHER), key("34", "00", KEY), "80E00002072F0208F000FF18"]
    for command in create:
        talk.ok(command)
    Wallet(talk, {"load": OTHER, "tac": KEY}).do("load", 7)
    assert talk.ok("805C000204") == "00000007", "the old money did not come back"


def test_erase_of_the_master_file_empties_the_card() -> None:
    talk = new_card("blank")
    create_purse_application(talk, {"3F/01/01": KEY})
    talk.ok("00A4000000")
    talk.ok("800E000000")
    assert {kind for kind, *_ in talk.card.snapshot().cells} == {"card", "df"}
    assert talk(ENTER) == "6A82"
    talk.ok(ADF)


def test_erase_asks_the_access_byte() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0EF95FFFF", "504159")
    talk.ok(ENTER)
    assert talk("800E000000") == "6982"


def test_external_authentication_opens_what_the_access_bytes_ask() -> None:
    """The transport key sets state 0A of the MF; 0A then allows creation under the MF."""
    talk = new_card("blank")
    talk.ok("80E03F010B", "3815000AF095FFFF", "504159")
    talk.ok(ENTER)
    talk.ok("80E0000007", "3F0200950AFFFF")
    talk.ok(ENTER)
    assert talk("80E0000507280004F0F0FFFF") == "6982"
    assert talk(key("3F", "01", KEY)) == "6982"
    talk.ok("00A4000000")
    challenge = talk.ok("0084000008")
    talk.ok("0082000008", ecb("FF" * 8, challenge))
    talk.ok(ENTER)
    talk.ok("80E0000507280004F0F0FFFF")
    talk.ok(key("3F", "01", KEY))


# -- an issued card ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual"])
def test_issued_card_takes_no_new_file_no_key_and_no_erasure(name: str) -> None:
    """In no directory, the MF and the PPSE included, whatever its access bytes."""
    talk = new_card(name, balance=500)
    before = talk.card.snapshot()
    entries = ("00A4000000", PPSE, EP, EC, APPY, TICL, MF1X)
    for select in entries:
        talk.card.power_on()
        if talk.sw(select) not in ("9000", "6A81"):
            continue
        for command in (
            "800E000000",
            "80E0000907280010F0F0FFFF",
            "80E03F010B381500F0F095FFFF504159",
            KEY_FILE,
            key("39", "05", "11" * 8),
            "80D43F0110" + KEY,
            "80D4340010" + KEY,
        ):
            assert talk(command) in ("6982", "6A86", "6A88", "6A82"), (select, command)
    assert talk.card.snapshot() == before


def test_blank_card_is_open_and_keeps_its_transport_key() -> None:
    image = made("blank")
    assert image.cells[("key", 0x3F00, 0x39, 0)].value == b"\xff" * 8  # type: ignore[union-attr]
    talk = new_card("blank")
    assert talk.ok("00A4000000").startswith("6F15840E")
    talk.ok(ADF)


def test_mac_reference_of_write_key() -> None:
    body = enciphered("FF" * 8, "3FF0F00100" + KEY)
    assert len(body) == 48, "length byte and 21 bytes, padded to three blocks"
    command = line("FF" * 8, "84D40101", body, "01020304")
    assert command[:10] == "84D401011C"
    assert command[-8:] == mac("FF" * 8, command[:-8], "01020304")
