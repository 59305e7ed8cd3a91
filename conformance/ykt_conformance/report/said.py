"""Reasons in Chinese: the one table of messages, and how a text finds its template in it.

Cases and judges say what they have to say in English, where it is read beside the code. The
table (``messages.toml``) holds every such sentence as a template with its fields numbered, and
the same in Chinese. A text is taken apart by the template with the most words that fits it, and
its fields likewise; what is a name, a number or bytes stays. So a stored run is told in Chinese
as well as a new one, and a sentence without an entry is found by a test, not by a reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from ykt_conformance.judge.causes import BESIDE
from ykt_conformance.judge.deviation import cited
from ykt_conformance.model import RULES
from ykt_sim.codes import SW_TEXT
from ykt_sim.meaning.duty import DUTIES

TABLE: Final = "messages.toml"
_FIELD: Final = re.compile(r"\{(\d+)\}")
#: What a field may hold: no end of a sentence and no verdict, which are of who said the whole.
_STRICT: Final = r"(?:\([^()]*\)|(?!: |; |, expected | was (?:answered|accepted))[^()])+?"
#: The last field, where a sentence stands in it.
_LOOSE: Final = ".+"
#: A field between brackets.
_INSIDE: Final = r"[^()]*(?:\([^()]*\)[^()]*)*"
#: A condition over the form, with the values of its names.
_CONDITION: Final = re.compile(r"(?P<what>.+?) with (?P<values>[a-z_][\w.]*=.+)")
#: A sentence with the row of a table in which it was seen: no part of the sentence's last field.
_IN_ROW: Final = re.compile(r"(.+) \((row .+)\)", re.DOTALL)
#: Operators of a condition; what stands in quotes is a value.
_OPERATOR: Final = re.compile(r"('[^']*'|\"[^\"]*\")|\b(and|or|not in|not|in)\b")
_OPERATORS: Final = {"and": "且", "or": "或", "not in": "不属于", "not": "非", "in": "属于"}
_YES_NO: Final = re.compile(r"=(yes|no)\b")
#: Fields with nothing but a blank between them are one: where one ends, nobody could say.
_FIELDS: Final = re.compile(r"\{(\d+)\}(?: ?\{\d+\})*")
_CHINESE: Final = re.compile("[\u4e00-\u9fff]")
#: Where a blank stands between Chinese and other letters, and where it does not.
_TOUCH: Final = re.compile(
    r"(?<=[A-Za-z0-9.*])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])"
)
_APART: Final = re.compile(
    r"(?<=[\u4e00-\u9fff，。：；（）]) (?=[\u4e00-\u9fff])|(?<=[，。：；（]) | (?=[，。：；）])"
)
_WORD: Final = re.compile(r"(?<![\w.'\"])[a-z]{2,}(?![\w.]*[\w.=])")
_ARTICLE: Final = re.compile(r"(?:an?|the) (?=.)")
#: What goes on with the sentence before it rather than begin one.
_GOES_ON: Final = re.compile(r"or |and \d+ more")
_BETWEEN: Final = tuple(
    (re.compile(rf"{sign}(?![^()]*\))"), chinese)
    for sign, chinese in (("; ", "；"), (": ", "："), (", ", "，"), (" and ", "和"), (" or ", "或"))
)
#: A text is taken apart so often at most; what is deeper is left as it is.
_DEPTH: Final = 8
#: What words at the beginning are worth, in characters.
_BEGINS: Final = 8
#: Keeps the place of what is not to be told again.
_HOLE: Final = "0"


class _Template(NamedTuple):
    """A sentence of the table: what it matches, its longest words, and its Chinese.

    Patterns are compiled when their words are met: few of them are in one run.
    """

    pattern: str
    words: str
    chinese: str

    def match(self, text: str) -> re.Match[str] | None:
        """The fields of a text that is such a sentence."""
        return _compiled(self.pattern).fullmatch(text) if self.words in text else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


class Messages:
    """The table, ready to be asked.

    Args:
        table: English template -> Chinese template.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._plain = {text: said for text, said in table.items() if not _FIELD.search(text)}
        found = [(key, said) for key, said in table.items() if _FIELD.search(key)]
        found.sort(key=lambda one: -_weight(one[0]))
        self._templates = [_template(key, said) for key, said in found]
        self._known: dict[str, str] = {}
        self._whole: dict[str, str] = {}

    def chinese(self, text: str) -> str:
        """The text in Chinese; what no entry of the table fits stays as it is."""
        known = self._whole.get(text)
        if known is None:
            known = self._whole[text] = self._of_sentences(_sentences(text))
        return known

    def _of_sentences(self, parts: Iterable[str]) -> str:
        told = "；".join(
            part.partition(BESIDE)[2] if _is_beside(part) else self._told(part, 0) for part in parts
        )
        return _TOUCH.sub(" ", _APART.sub("", told))

    def _told(self, text: str, depth: int) -> str:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._tell(text, depth)
        return known

    def _tell(self, text: str, depth: int) -> str:
        if depth > _DEPTH or not re.search("[a-z]", text):
            return text
        condition = _CONDITION.fullmatch(text)
        if condition is not None and not depth:
            return self._condition(condition["what"], condition["values"])
        in_row = _IN_ROW.fullmatch(text)
        if in_row is not None and in_row[1] != _HOLE:
            told = self._told(f"{_HOLE} ({in_row[2]})", depth)
            return told.replace(_HOLE, self._told(in_row[1], depth), 1)
        found = self._looked_up(text, depth)
        if found is not None and not _left(found):
            return found
        best = text if found is None else found
        for between, chinese in _BETWEEN:
            parts = between.split(text)
            if len(parts) > 1:
                told = chinese.join(self._told(part, depth + 1) for part in parts)
                return told if _left(told) < _left(best) or found is None else best
        return best

    def _looked_up(self, text: str, depth: int) -> str | None:
        bare = _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
        for one in dict.fromkeys((text, text.strip(), bare, f"a {bare}", f"an {bare}")):
            if one in self._plain:
                return self._plain[one]
        best: str | None = None
        for one in dict.fromkeys((text, bare)):
            for template in self._templates:
                found = template.match(one)
                if found is not None:
                    told = self._filled(template, found.groupdict(), depth)
                    if not _left(told):
                        return told
                    best = told if best is None or _left(told) < _left(best) else best
        return best

    def _condition(self, what: str, values: str) -> str:
        """Names and values of a condition stay as they are written; the rest is told."""
        head, _, rest = what.rpartition(": ")
        shown = _YES_NO.sub(lambda found: "=是" if found[1] == "yes" else "=否", values)
        asked = _OPERATOR.sub(lambda found: found[1] or _OPERATORS[found[2]], rest)
        told = f"{asked}（{shown.replace(', ', '，')}）"
        return self._told(f"{head}: {_HOLE}", 1).replace(_HOLE, told) if head else told

    def _filled(self, template: _Template, fields: Mapping[str, str], depth: int) -> str:
        told = {name: self._told(value, depth + 1) for name, value in fields.items()}
        return _FIELD.sub(lambda field: told[f"f{field[1]}"], template.chinese)


def _weight(key: str) -> int:
    """How much a template says; words at the beginning are of whoever said the whole."""
    return len(_FIELD.sub("", key)) + (0 if key.startswith("{") else _BEGINS)


def _template(key: str, said: str) -> _Template:
    literals: list[str] = []
    pattern = ""
    end = 0
    for field in _FIELDS.finditer(key):
        literals.append(key[end : field.start()])
        end = field.end()
        kind = _STRICT
        if end == len(key) and literals[-1].endswith((": ", "; ")):
            kind = _LOOSE
        elif literals[-1].endswith("(") and key[end:].startswith(")"):
            kind = _INSIDE
        pattern += f"{re.escape(literals[-1])}(?P<f{field[1]}>{kind})"
    literals.append(key[end:])
    return _Template(pattern + re.escape(literals[-1]), max(literals, key=len), said)


def _left(told: str) -> int:
    """How many words were left in English."""
    return len(_WORD.findall(told))


def _sentences(text: str) -> list[str]:
    """The text at its semicolons; what goes on with a sentence stays with it."""
    found: list[str] = []
    for part in text.split("; "):
        if found and _GOES_ON.match(part):
            found[-1] += f"; {part}"
        else:
            found.append(part)
    return found


def _is_beside(sentence: str) -> bool:
    return bool(_CHINESE.search(sentence.partition(BESIDE)[2]))


def english(text: str) -> str:
    """The text without the Chinese that stands beside some of its sentences."""
    if BESIDE not in text:
        return text
    parts = _sentences(text)
    return "; ".join(part.partition(BESIDE)[0] if _is_beside(part) else part for part in parts)


def read_table() -> dict[str, str]:
    """The table as it is written: English template -> Chinese template."""
    text = (resources.files("ykt_conformance.report") / TABLE).read_text("utf-8")
    sections: Iterable[Mapping[str, str]] = tomllib.loads(text).values()
    return {key: said for section in sections for key, said in section.items()}


@cache
def messages() -> Messages:
    """The table, with the status words, which have their Chinese in `ykt_sim.codes`.

    Rules of the models are there with their sources too, up to where a reason is taken apart.
    """
    status = {said[0]: said[1] for said in SW_TEXT.values()}
    table = read_table()
    pairs = [(rule.text, rule.source) for rule in RULES.values()]
    pairs += [(rule.text, cited(rule.source)) for rule in DUTIES.values()]
    rules = {
        _sentences(f"{text} {source}")[0]: _sentences(f"{said} {source}")[0]
        for text, source in pairs
        if (said := table.get(text))
    }
    return Messages({**status, **table, **rules})


def unknown_rules() -> list[str]:
    """Texts of rules of the models of cards and taps for which the table has no entry."""
    table = read_table()
    rules = (*RULES.values(), *DUTIES.values())
    return [rule.text for rule in rules if rule.text not in table]
