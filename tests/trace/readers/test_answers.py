"""A status word is believed only where nothing contradicts it."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import events, pairs, whys

SELECT = "00A4040008A000000632010105"
FCI = "6F108408A000000632010105A5049F080102"


def _answers(log: str) -> list[str]:
    return [answer.hex().upper() for _, answer in pairs(events(log, "plain"))]


@pytest.mark.parametrize(
    "rows",
    [
        [f"< {FCI[:4]} // FCI", f"{FCI[4:24]} // DF name", f"{FCI[24:]} // own data", "< 90 00"],
        [f"< {FCI[:4]}", f"< {FCI[4:24]}", f"< {FCI[24:]}", "< 9000"],
        [f"< {FCI[:4]}", f"data: {FCI[4:]}", "< 9000"],
        [f"< {FCI[:4]}", FCI[4:24], FCI[24:], "9000"],
    ],
)
def test_a_template_whose_rows_follow_is_no_status_word(rows: list[str]) -> None:
    log = "\n".join([f"> {SELECT}", *rows, "> 805C030204", "< 00001A2C9000", ""])
    assert _answers(log) == [FCI + "9000", "00001A2C9000"]
    assert whys(events(log, "plain")) == []


def test_a_template_as_long_as_the_command_asks_is_no_status_word() -> None:
    log = "> 00C0000012\n< 6F10\n> 805C030204\n< 00001A2C9000\n"
    assert _answers(log) == ["", "00001A2C9000"]
    assert len(whys(events(log, "plain"))) == 1


def test_a_template_whose_rows_are_not_understood_is_doubted() -> None:
    log = f"> {SELECT}\n< 6F10\nx={FCI[4:]}\n> 805C030204\n< 00001A2C9000\n"
    assert _answers(log) == ["", "00001A2C9000"]
    assert len(whys(events(log, "plain"))) == 1


def test_a_status_word_with_the_tag_of_a_template_is_one() -> None:
    log = f"> {SELECT}\n< 6F12\n> 00A40000023F00\n< 6F00\n> 805C030204\n< 00001A2C9000\n"
    assert _answers(log) == ["6F12", "6F00", "00001A2C9000"]


def test_data_as_long_as_the_command_asks_hold_no_status_word() -> None:
    log = f"> {SELECT}\n< {FCI}9000\n> 805C000204\n< 00009000\n> 0084000004\n< 112233449000\n"
    assert _answers(log) == [FCI + "9000", "", "112233449000"]
    assert "4 bytes" in whys(events(log, "plain"))[0]


def test_a_log_without_status_words_has_none_at_the_end_of_data() -> None:
    log = f"> {SELECT}\n< {FCI}\n> 00B201C400\n< 00050000000000019000\n> 00B20BC400\n< 6A83\n"
    assert _answers(log) == ["", "", "6A83"]
    assert len(whys(events(log, "plain"))) == 2


def test_a_log_whose_long_lines_are_cut_keeps_its_short_answers() -> None:
    log = f"> {SELECT}\n< {FCI[:-6]}\n> 00B0950000\n< {'11' * 15}\n> 00B201C400\n< 0005009000\n"
    assert _answers(log) == ["", "", "0005009000"]


@pytest.mark.parametrize(
    "code",
    [
        "SCardTransmit result:0x0#",
        "ret = 0x00",
        "Returned 0x00000000",
        "返回值: 0x00",
        "Result 00h",
        "rv=0000",
    ],
)
def test_a_return_code_is_no_answer(code: str) -> None:
    turns = [(SELECT, FCI + "9000"), ("805C030204", "00001A2C9000"), ("00B20BC400", "6A83")]
    log = "".join(f"send: {sent}\n{code}\nrecv: {came}\n" for sent, came in turns)
    assert _answers(log) == [came for _, came in turns]
    assert whys(events(log, "plain")) == []


def test_what_looks_like_a_return_code_and_is_as_long_as_the_data_is_doubted() -> None:
    turns = [("00B201C404", "0x00000000"), ("805C030204", "0x00001A2C")]
    log = "".join(f"cmd: {sent}\nresult: {came}\nsw: 9000\n" for sent, came in turns)
    assert _answers(log) == ["", "00001A2C9000"]
    assert "4 bytes" in whys(events(log, "plain"))[0]


@pytest.mark.parametrize(
    "front",
    [
        'NAME = "Balance - RESULT=00", ',
        'step "AMOUNT=0200" ',
        'name="Read 00B0950004" ',
        "Card@7c9c490b ",
    ],
)
def test_a_name_holds_no_bytes(front: str) -> None:
    turns = [(SELECT, FCI + "9000"), ("805C030204", "00001A2C9000"), ("00B20BC400", "6A83")]
    log = "".join(f"{front}cmd={sent}\n{front}rsp={came}\n" for sent, came in turns)
    assert _answers(log) == [came for _, came in turns]
    assert whys(events(log, "plain")) == []


def test_a_message_in_quotes_holds_its_bytes() -> None:
    log = f'n=5 msg="send {SELECT}"\nn=6 msg="recv {FCI}9000"\nn=7 msg="send 805C030204"\n'
    assert _answers(log + 'n=8 msg="recv 00001A2C9000"\n') == [FCI + "9000", "00001A2C9000"]


def test_status_words_in_front_of_data_byte_by_byte() -> None:
    """A refusal without data is no answer that ends in its status word."""
    log = (
        "Sending APDU 80 5C 03 02 04\nGot response 90 00 00 00 1A 2C\n"
        "Sending APDU 00 B0 95 00 04\nGot response 90 00 11 22 33 44\n"
        "Sending APDU 00 B2 01 84 00\nGot response 6A 83\n"
        "Sending APDU 00 84 00 00 04\nGot response 90 00 0A 0B 0C 0D\n"
    )
    assert _answers(log) == ["00001A2C9000", "112233449000", "6A83", "0A0B0C0D9000"]
