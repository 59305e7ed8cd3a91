"""What in a trace brings a status word about."""

from __future__ import annotations

import pytest

from ykt_sim.meaning.cryptograms import check
from ykt_sim.trace.model import Event, Exchange, Reset

TUNION = ("00A4040008A000000632010105", "6F0A8408A000000632010105" + "9000")
PPSE = ("00A404000E325041592E5359532E4444463031", "6F10840E325041592E5359532E44444630319000")
LISTED = (
    "00A404000E325041592E5359532E4444463031",
    "6F39840E325041592E5359532E4444463031A527BF0C246122"
    "4F08A0000006320101055008"
    + b"MOT_T_EP".hex()
    + "870101"
    + "9F1208"
    + b"MOT_T_EP".hex()
    + "9000",
)
APPY = "00A40400085041592E41505059"
TERMINAL = "112233445566"
INIT_LOAD = f"805000020B0100000064{TERMINAL}"
LOAD_ANSWER = "000003E8 0007 01 00 AABBCCDD 00000000 9000"
CREDIT = "805200000B2024110108000000000000"
INIT_BUY = f"805003020B0100000064{TERMINAL}"
BUY_ANSWER = "000003E8 0007 000000 01 00 AABBCCDD 9000"
DEBIT = "805401000F000000012024110108000000000000"
DEBITED = "0102030405060708 9000"
RESET = ("", "")
ECASH = ("00A4040008A000000632010106", "6F0A8408A000000632010106 9000")
EXT_UPDATE = "84DE00D008 2702 0102 AABBCCDD"
EXT_READ = ("80B400D002 2702", "2702 7D 00 9000")
GPO = ("80A8000002 8300", "77069F3602001194 00 9000")


def causes(*exchanges: tuple[str, str]) -> list[str]:
    """What is said of the last exchange, in English."""
    events: list[Event] = [
        Exchange(t=0.0, channel="card", command=bytes.fromhex(sent), response=bytes.fromhex(answer))
        if sent
        else Reset(t=0.0, channel="card", atr=b"")
        for sent, answer in exchanges
    ]
    *_, last = check(events, explained=True)
    return [cause.en for cause in last.causes]


@pytest.mark.parametrize(
    ("exchanges", "said"),
    [
        # 6A82
        ([PPSE, (APPY, "6A82")], "the card may hide PAY.APPY until it is reset, or has none"),
        ([(APPY, "9000"), RESET, PPSE, (APPY, "6A82")], "the card hides PAY.APPY until"),
        ([(APPY, "9000"), PPSE, (APPY, "6A82")], "without PPSE it was there"),
        ([LISTED, ("00A4040008A000000632010106", "6A82")], "is not among what PPSE lists"),
        ([TUNION, ("00B097003C", "6A82")], "EF 17 is absent on dual-standard cards"),
        ([("805C000204", "6A82")], "GET BALANCE: no application is selected since the last reset"),
        ([TUNION, RESET, ("805C000204", "6A82")], "no application is selected"),
        # e-cash
        ([ECASH, (EXT_UPDATE, "6985")], "has to come right after GET PROCESSING OPTIONS"),
        ([ECASH, EXT_READ, GPO, ("00B2010C00", "6974")], "EF 1A record 2702 was read with"),
        # 6901
        ([TUNION, (CREDIT, "6901")], "CREDIT FOR LOAD without INITIALIZE before it"),
        ([TUNION, (INIT_LOAD, "9403"), (CREDIT, "6901")], "INITIALIZE answered 9403 came before"),
        ([TUNION, (INIT_LOAD, LOAD_ANSWER), TUNION, (CREDIT, "6901")], "SELECT came before it"),
        ([TUNION, (INIT_LOAD, LOAD_ANSWER), RESET, (CREDIT, "6901")], "a reset came before it"),
        ([TUNION, (INIT_LOAD, LOAD_ANSWER), (DEBIT, "6901")], "INITIALIZE began a load"),
        ([TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, DEBITED), (DEBIT, "6901")], "that DEBIT"),
        ([TUNION, ("80DC00F003112233", "6901")], "outside a composite purchase"),
        # 6982
        ([TUNION, (INIT_LOAD, "6982")], "no PIN was presented before it in this trace"),
        ([TUNION, ("0020000002FFFF", "63C2"), (INIT_LOAD, "6982")], "presented is wrong"),
        ([TUNION, ("0020000002FFFF", "9000"), TUNION, (INIT_LOAD, "6982")], "forgets it"),
        ([TUNION, ("0020000002FFFF", "9000"), RESET, TUNION, (INIT_LOAD, "6982")], "forgets it"),
        ([TUNION, ("00D6950001FF", "6982")], "no EXTERNAL AUTHENTICATE since"),
        # 9403
        ([TUNION, (INIT_LOAD, "9403")], "no load key with index 01, or no TAC key"),
        (
            [TUNION, (INIT_LOAD.replace("0B01", "0B02"), LOAD_ANSWER), (INIT_LOAD, "9403")],
            "no load key with index 01; index 02 was taken in this trace",
        ),
        (
            [TUNION, ("80D401010C3FF0F00100" + "11" * 7, "9000"), (INIT_LOAD, "9403")],
            "no TAC key (type 34) was written in this directory",
        ),
        # 6985
        (
            [TUNION, ("80D401010C3EF0F00100" + "11" * 7, "9000"), (INIT_BUY, BUY_ANSWER),
             (DEBIT, "6985")],
            "no TAC key (type 34) was written",
        ),
        (
            [TUNION, ("805C050210", "00000384 000003E8 0000000000000000 9000"),
             (INIT_LOAD.replace("00000064", "00000065"), "6985")],
            "balance 9.00 and load 1.01 are over the ceiling of 10.00 yuan",
        ),
        ([TUNION, (INIT_LOAD, "6985")], "not initialised: the directory may have no EP"),
        # the rest
        ([TUNION, ("805009020B0100000064112233445566", "6A86")], "with P1 P2 09 02"),
        ([TUNION, ("805000020A01000000641122334455", "6700")], "with 0A bytes of data, it takes"),
        ([TUNION, (INIT_LOAD + "04", "6700")], "with Le 04, its answer has 10"),
        ([TUNION, ("005C000204", "6E00")], "GET BALANCE with class 00, it takes 80"),
        ([PPSE, ("805C000204", "6D00")], "PPSE is selected, which has no purse"),
        ([TUNION, ("00820007081122334455667788", "6A88")], "has no key number 07"),
        ([TUNION, ("841E000004AABBCCDD", "9000"), TUNION, (INIT_BUY, "6283")], "APPLICATION BLOCK"),
        ([TUNION, ("8416000004AABBCCDD", "9000"), (INIT_BUY, "6A81")], "CARD BLOCK came before"),
        ([("00A40400085041592E4D463158", "6A81")], "MIFARE part is retired"),
        (
            [TUNION, ("04D6950005FFAABBCCDD", "6988"), ("04D6950005FFAABBCCDD", "6988"),
             ("04D6950005FFAABBCCDD", "9303")],
            "2 MACs were wrong before it",
        ),
        (
            [TUNION, ("805C000204", "00000063 9000"), (INIT_BUY, "9401")],
            "amount 1.00 is more than the balance of 0.99 yuan",
        ),
        (  # P1=01 is the overdraft limit, no balance; the top bit is no part of it
            [TUNION, ("805C000204", "80000063 9000"), ("805C010204", "00000320 9000"),
             (INIT_BUY, "9401")],
            "amount 1.00 is more than the balance of 0.99 yuan",
        ),
        (
            [TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, DEBITED), ("805A0009020007", "9406")],
            "asked for number 0007, the last commit of type 09 has 0008",
        ),
        (
            [TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, DEBITED), ("805A0006020008", "9406")],
            "no commit of type 06 in this trace, only of 09",
        ),
        ([TUNION, ("04D6950005FFAABBCCDD", "6984")], "no GET CHALLENGE right before it"),
        ([TUNION, ("0020000002FFFF", "63C2")], "VERIFY PIN was wrong, 2 tries are left"),
        ([TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, "9302")], "is not what the card works out"),
        ([TUNION, ("805C000204", "6A82")], "not initialised: the directory may have no EP"),
        ([RESET, TUNION, (DEBIT, "6901")], "DEBIT FOR PURCHASE / CASH / CAPP without INITIALIZE"),
        ([TUNION, ("0020000402FFFF", "9403")], "VERIFY PIN: the directory has no key number 04"),
        ([TUNION, ("84240500080102030405060708", "9403")], "has no key number 05"),
        ([TUNION, ("0082000008" + "11" * 8, "6A82")], "may have no key file"),
        (
            [TUNION, ("0020000002FFFF", "63C0"), ("0020000002FFFF", "6983")],
            "VERIFY PIN: the last wrong try before it left none",
        ),
        (
            [TUNION, (INIT_BUY, BUY_ANSWER.replace("0007", "FFFE")), (DEBIT, DEBITED),
             (INIT_BUY, "9402")],
            "the transaction counter stands at FFFF",
        ),
        (
            [TUNION, ("00B201C400", "11" * 23 + "9000"), ("00B0980000", "6981")],
            "READ BINARY: the file answered READ RECORD before",
        ),
        (
            [TUNION, ("00B0950000", "11" * 30 + "9000"), ("00B201AC00", "6981")],
            "READ RECORD: the file answered READ BINARY before",
        ),
        (
            [TUNION, ("00B201C400", "11" * 23 + "9000"), ("00B202C400", "6A83")],
            "EF 18 record 2: record 1 was the highest that was read",
        ),
        (
            [TUNION, ("00B0950000", "11" * 30 + "9000"), ("00B0951E00", "6B00")],
            "offset 1E is behind the end: the whole file had 1E bytes",
        ),
        (
            [TUNION, ("00B201C400", "11" * 23 + "9000"), ("00DC01C402AABB", "6A84")],
            "02 bytes are written where the record had 17",
        ),
        ([TUNION, ("00D6950001FF", "6987")], "UPDATE BINARY has no MAC: with one its class is 04"),
        ([TUNION, ("805A0009020007", "9406")], "no transaction was finished before it"),
    ],
)  # fmt: skip
def test_the_cause_is_named(exchanges: list[tuple[str, str]], said: str) -> None:
    found = causes(*exchanges)
    assert [text for text in found if said in text], found


@pytest.mark.parametrize(
    "exchanges",
    [
        [(APPY, "6A82")],
        [PPSE, RESET, (APPY, "6A82")],
        [TUNION, ("0020000002FFFF", "9000"), (INIT_LOAD, "6982")],
        [TUNION, ("0084000004", "11223344 9000"), ("04D6950005FFAABBCCDD", "6988")],
        [TUNION, ("805C000204", "00000064 9000"), (INIT_BUY, "9401")],
        [TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, DEBITED), ("805A0009020008", "9406")],
        [TUNION, ("80D401010C34F0F00100" + "11" * 7, "9000"), (INIT_BUY, BUY_ANSWER),
         (DEBIT, "6985")],
        [TUNION, ("04D6950005FFAABBCCDD", "9303")],
        [TUNION, (INIT_LOAD, LOAD_ANSWER), (CREDIT, "01020304 9000")],
        [TUNION, ("805C000204", "00000064 9000"), (INIT_BUY, "6985")],
        [TUNION, (INIT_BUY, BUY_ANSWER), (DEBIT, DEBITED), TUNION, (INIT_BUY, "6985")],
        [TUNION, ("0020000002FFFF", "63C0"), ("0020000102FFFF", "6983")],
        [TUNION, ("0020000002FFFF", "63C0"), ("0020000002FFFF", "9000"),
         ("0020000002FFFF", "6983")],
        [TUNION, (INIT_BUY, BUY_ANSWER.replace("0007", "FFFE")), (DEBIT, DEBITED),
         ("0020000002FFFF", "9000"), (INIT_LOAD, "9402")],
        [TUNION, ("00B201C400", "11" * 23 + "9000"), ("00B203C400", "6A83")],
        [TUNION, ("00B201C400", "11" * 23 + "9000"), ("00B201CC00", "6981")],
        [TUNION, ("00B0950000", "11" * 30 + "9000"), ("00B0951D00", "6B00")],
        [TUNION, ("00B095000A", "11" * 10 + "9000"), ("00B0951E00", "6B00")],
        [TUNION, ("04D6950005FFAABBCCDD", "6987")],
        [TUNION, ("0020000002FFFF", "9000"), ("0082000008" + "11" * 8, "6A82")],
    ],
)  # fmt: skip
def test_nothing_is_said_that_the_trace_does_not_show(exchanges: list[tuple[str, str]]) -> None:
    assert causes(*exchanges) == []


def test_get_response_gives_the_answer_that_counts() -> None:
    found = causes(
        TUNION, (INIT_BUY, "610F"), ("00C000000F", BUY_ANSWER), (DEBIT, "6108"),
        ("00C0000008", DEBITED), ("805A0009020007", "9406"),
    )  # fmt: skip
    assert found == [
        "proof is asked for number 0007, the last commit of type 09 has 0008, the counter after "
        "the transaction"
    ]


def test_without_being_asked_nothing_is_explained() -> None:
    event = Exchange(t=0.0, channel="card", command=bytes.fromhex(CREDIT), response=b"\x69\x01")
    (found,) = check([event])
    assert found.causes == ()


def test_a_cache_update_of_ecash_in_its_place_has_no_such_reason() -> None:
    assert causes(ECASH, GPO, (EXT_UPDATE, "9000"), (EXT_UPDATE, "6985")) == []
    assert causes(ECASH, EXT_READ, GPO, (EXT_UPDATE, "9000"), ("00B2010C00", "6974")) == []
