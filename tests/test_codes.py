"""Error codes of terminals in words."""

from __future__ import annotations

import pytest

from ykt_sim.codes import CODE_TEXT, Code, code_text


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_words_in_both_languages(code: Code) -> None:
    english, chinese = CODE_TEXT[code]
    assert english.isascii()
    assert not chinese.isascii()


def test_field_codes_are_the_fields() -> None:
    assert code_text("2449") == "issuer is not in the white list"
    assert code_text("5469", chinese=True).startswith("发卡机构")
    assert code_text("2731") == "balance is zero"


def test_our_own_codes_are_marked_as_ours() -> None:
    field = {"", "2449", "5469", "2731"}
    assert all(code.startswith("YKT-") for code in set(Code) - field)
