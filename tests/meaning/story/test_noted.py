"""Notes are words: names, values, yuan and fields of records; never JSON."""

from __future__ import annotations

from ykt_sim.meaning.story.noted import noted
from ykt_sim.trace.model import Note
from ykt_sim.wire.files import TransactionRecord


def words(text: str, **data: object) -> str:
    return str(noted(Note(t=0.0, text=text, data=data)))


def test_a_decision_in_words() -> None:
    said = words(
        "decision", outcome="refused", amount=1060, code="", recovered=False, disputed=True
    )
    assert said == "decision: outcome refused, amount 10.60 yuan, disputed"


def test_nested_data_and_lists_have_no_brackets() -> None:
    said = words("card", tunion={"balance": -50, "tries": 3}, factors={"lnt": ["AA", "BB"]})
    assert said == "card: tunion balance -0.50 yuan, tunion tries 3, factors lnt AA and BB"
    assert words("x", rows=[{"a": 1}, {"a": 2}]) == "x: rows 1 a 1, rows 2 a 2"


def test_a_record_is_told_by_its_fields() -> None:
    said = words("card", tunion={"log": TransactionRecord.EXAMPLE})
    assert "tunion log (counter 1, " in said
    assert "amount 1.00 yuan" in said
    assert words("card", tunion={"log": "00" * TransactionRecord.SIZE}) == "card: tunion log empty"
    assert words("card", tunion={"log": "zz"}) == "card: tunion log zz"


def test_titles_and_names_in_chinese() -> None:
    found = noted(Note(t=0.0, text="decision", data={"outcome": "accepted"}))
    assert (found.zh, found.parts[0].zh) == ("终端判定", "结果")
    row = noted(Note(t=0.0, text="row left", data={"row": "in=lnt", "why": "no PIN"}))
    assert (row.zh, [part.zh for part in row.parts]) == ("未执行的行", ["行", "原因"])
    other = noted(Note(t=0.0, text="anything", data={"strange": 1}))
    assert (other.zh, other.parts[0].zh) == ("anything", "strange")
    assert str(noted(Note(t=0.0, text="pull"))) == "pull"
