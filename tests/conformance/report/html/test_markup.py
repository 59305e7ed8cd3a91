from __future__ import annotations

import pytest

from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, table, tag, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        (5, "5"),
        ("a\u202eb\x00c\u200bd\ufeff", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("卡\t\n", "卡\t\n"),
    ],
)
def test_text_is_escaped_and_what_nobody_sees_is_shown(value: object, shown: str) -> None:
    assert text(value) == shown


def test_attributes_are_escaped_and_none_is_left_out() -> None:
    assert tag("a", text("<"), cls='x"y', href='"', data_v="1", for_="z", id=None) == (
        '<a class="x&quot;y" href="&quot;" data-v="1" for="z">&lt;</a>'
    )
    assert tag("p") == "<p></p>"


def test_both_languages_or_one() -> None:
    assert both("card", "卡") == "<b>card</b><b lang=zh>卡</b>"
    assert both("PSAM", "PSAM") == both("PSAM", "") == "PSAM"
    assert both("<", "卡") == "<b>&lt;</b><b lang=zh>卡</b>"


def test_a_table_names_its_rows_and_in_a_list_its_cells() -> None:
    rows = [[text("a"), text("1")]]
    plain = table([text("x"), text("y")], rows)
    assert '<th scope="col">y</th>' in plain
    assert '<th scope="row">a</th><td>1</td>' in plain
    listed = table([text("x"), text("y")], rows, "list")
    assert '<td><span class="lab" aria-hidden="true">y </span>1</td>' in listed
    with pytest.raises(ValueError, match="argument"):
        table([text("x")], rows)


def test_joining() -> None:
    assert join((Safe("a"), Safe("b")), "<br>") == "a<br>b"
    assert join(()) == NOTHING == ""
