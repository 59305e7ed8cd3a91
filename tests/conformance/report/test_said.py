"""Reasons in Chinese: the table is whole, and texts of real runs leave no English word."""

from __future__ import annotations

import re
import time

import pytest

from tests.conformance.report.spoken import no_messages, spoken
from ykt_conformance.cases.registry import all_cases, card_cases
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.deviation import cited
from ykt_conformance.model import RULES
from ykt_conformance.report.html.words import GROUPS
from ykt_conformance.report.said import (
    _FIELD,
    _FIELDS,
    Messages,
    english,
    messages,
    read_table,
    unknown_rules,
)
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import open_target
from ykt_conformance.zoo.run import declared, run_zoo
from ykt_sim.meaning.duty import DUTIES

TABLE = read_table()
#: Words that stand in Chinese as they are: names of entries of the form, of files and programs,
#: and of sources.
KEPT = re.compile(
    r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"|\S*[_./=]\S*|ykt|reader|calibrate|sim:\S+|keys:\S+|tear|fresh|reset|report"
)


def test_every_message_has_its_chinese() -> None:
    missing = {text: where for text, where in spoken().items() if not _known(text)}
    lines = [f'"{text}" = ""  # {where}' for text, where in missing.items()]
    assert not lines, "\n".join(
        ["add to conformance/ykt_conformance/report/messages.toml:", *lines]
    )


def _known(text: str) -> bool:
    """An entry for it, word by word, but for an article."""
    bare = re.sub(r"^(?:an?|the) ", "", text.strip())
    return any(
        one in TABLE for one in (text, text.strip(), bare, f"a {bare}", f"an {bare}", f"the {bare}")
    )


def test_every_rule_of_the_model_and_every_group_has_its_chinese() -> None:
    assert unknown_rules() == []
    reason = "R-X: 00B0 was answered otherwise than any rule allows, it is so"
    for rule in RULES.values():
        told = messages().chinese(f"{reason}; {rule.text} {rule.source}")
        assert TABLE[rule.text] in told, rule.id
    for rule in DUTIES.values():
        first = TABLE[rule.text].partition("；")[0]
        told = messages().chinese(f"{rule.id}: tap 3: it is so; {rule.text} {cited(rule.source)}")
        assert first in told, rule.id
    assert {case.group for case in all_cases()} - GROUPS.keys() == set()


def test_entries_are_sound() -> None:
    for key, said in TABLE.items():
        assert re.search("[\u4e00-\u9fff]|ATR|PIN|\\{", said), key
        fields = {field[1] for field in _FIELDS.finditer(key)}
        assert set(_FIELD.findall(said)) == fields, f"{key}: fields of the Chinese"


def test_no_messages_are_none() -> None:
    assert no_messages() & TABLE.keys() == set()


def test_a_message_without_an_entry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TABLE, "the trace has no times")
    with pytest.raises(AssertionError, match="the trace has no times"):
        test_every_message_has_its_chinese()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tap 1 (control): city in EF 1E is 5810, expected 9999",
         "第 1 次刷卡（对照）：1E 文件中的城市代码为 5810，应为 9999"),
        ("the trace has no SELECT by DDF1 or ADF3", "报文记录中没有按 DDF1 或 ADF3 的 SELECT"),
        ("does not apply: lnt and lnt.simple with lnt=no, lnt.simple=yes",
         "不适用：lnt and lnt.simple（lnt=否，lnt.simple=是）"),
        ("held by 3 exchange(s), 0 transaction(s), 1 reset(s)",
         "依据 3 次交互、0 笔交易、1 次复位成立"),
        ("X was answered 9401 (insufficient balance), expected 9000; it is so | 余额不足",
         "X 应答 9401（余额不足），应为 9000；余额不足"),
        ("READ RECORD of record 10 of EF 18 was answered 6A83 (record not found), expected 9000",
         "对 18 文件第 10 条记录的 READ RECORD 应答 6A83（未找到记录），应为 9000"),
        ("proof of type 09 number 0002, not the last transaction, was answered 9000 (success), "
         "expected 9406",
         "类型 09 序号 0002（不是最后一笔交易）的交易认证应答 9000（成功），应为 9406"),
        ("R-PIN-WRONG: 00200000 was answered otherwise than any rule allows, status word 63C1 (row "
         "state=not shown, command=VERIFY wrong); a wrong PIN is 63Cx and costs one try [GM 7.10]",
         "R-PIN-WRONG：00200000 的应答不符合任何规则，状态字 63C1（行：状态=未校验，命令=错误的 "
         "VERIFY）；错误的 PIN 应答 63Cx 并减少一次尝试 [GM 7.10]"),
        ("150 rows, 594 exchanges; 8 rows left, the first (in=lnt, change=P1 with bit 01): the PIN "
         "is not known",
         "150 行、594 次交互；8 行未执行，第一行（位置=岭南通，改动=P1 的位 01 取反）：PIN 未知"),
        ("D-PRICE: tap 2: INITIALIZE asks for 201 fen (row state=torn, command=1); INITIALIZE asks "
         "for what is due [GM 8.8.1][LAB catalogue 7, TJJY_001]",
         "D-PRICE：第 2 次刷卡：INITIALIZE 请求 201 分（行：状态=撕卡，命令=1）；INITIALIZE 请求"
         "应付金额 [GM 8.8.1][LAB catalogue 7, TJJY_001]"),
        ("the control was refused with 9302", "对照：以 9302 拒绝"),
        ("the actual balance after the load is 300, expected 0", "圈存后的实际余额为 300，应为 0"),
        ("nobody translated this", "nobody translated this"),
        ("3105 **** 22", "3105 **** 22"),
        ("", ""),
    ],
)  # fmt: skip
def test_texts(text: str, said: str) -> None:
    assert messages().chinese(text) == said


def test_the_chinese_beside_a_sentence_is_not_in_the_english() -> None:
    text = "MAC1 is wrong; this fits: a; or b (2 of 9 tries) | 符合：甲；或乙; c; d | 丁"
    assert english(text) == "MAC1 is wrong; this fits: a; or b (2 of 9 tries); c; d"
    assert english("a | b; c") == "a | b; c"


def test_a_text_of_any_depth_ends() -> None:
    deep = Messages({"a {1}": "甲{1}", "{1}: {2}": "{1}：{2}"})
    assert deep.chinese("a " * 4000 + "end").startswith("甲")
    assert deep.chinese("x: " * 4000)
    assert messages().chinese("(" * 5000 + "a: b; c, d and e" + ")" * 5000)


def left_over(text: str) -> list[str]:
    """Words of the English that are still in the Chinese."""
    own = "; ".join(part for part in text.split("; ") if "|" not in part)
    told = messages().chinese(own)
    return [word for word in re.findall(r"[A-Za-z][\w.-]*", KEPT.sub("", told))
            if re.search("[a-z]{2}", word)]  # fmt: skip


def test_a_sound_card_is_told_in_chinese() -> None:
    plan = RunPlan(cases=card_cases()[::4], ics=forms.load("tunion"), clock=time.monotonic,
                   now=lambda: "", seed=1, stories=False)  # fmt: skip
    run = run_card(open_target("sim:tunion"), plan)
    texts = {result.reason for result in run.results if " with " not in result.reason}
    assert {text: left for text in texts if (left := left_over(text))} == {}
    assert left_over(run.keys) == []


def test_what_the_zoo_finds_is_told_in_chinese() -> None:
    names = tuple(mutant.name for mutant in (*declared("card"), *declared("terminal")))[::12]
    table = run_zoo(only=names, clock=time.monotonic, now=lambda: "").table
    texts = {reason for mutant in table.mutants for reason in mutant.reasons.values()}
    assert len(texts) > 20
    left = {text: (left, messages().chinese(text)) for text in texts if (left := left_over(text))}
    assert left == {}
