"""Draws tables as people's tools and markups do: bars, grids, frames, columns in CSV, XML, HTML."""

from __future__ import annotations

import random  # noqa: TID251 - only its type
from collections.abc import Callable, Sequence

Row = Sequence[str]


def _widths(names: Row, rows: Sequence[Row]) -> list[int]:
    return [max(len(row[at]) for row in [names, *rows]) + 2 for at in range(len(names))]


def _line(row: Row, widths: list[int], bar: str = "|") -> str:
    cells = (f" {cell}".ljust(width) for cell, width in zip(row, widths, strict=True))
    return bar + bar.join(cells) + bar


def _rule(widths: list[int], sign: str = "-", ends: str = "+++") -> str:
    return ends[0] + ends[1].join(sign * width for width in widths) + ends[2]


def markdown(names: Row, rows: Sequence[Row]) -> list[str]:
    head = "| " + " | ".join(names) + " |"
    return [head, "|---" * len(names) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


def code(names: Row, rows: Sequence[Row]) -> list[str]:
    return markdown(names, [[f"`{cell}`" if cell else "" for cell in row] for row in rows])


def jira(names: Row, rows: Sequence[Row]) -> list[str]:
    head = "||" + "||".join(names) + "||"
    return [head, *("|" + "|".join(f"{{{{{cell or '-'}}}}}" for cell in row) + "|" for row in rows)]


def doubled(names: Row, rows: Sequence[Row]) -> list[str]:
    return ["||" + "||".join(cell or " " for cell in row) + "||" for row in [names, *rows]]


def org(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = _widths(names, rows)
    return [_line(names, widths), _rule(widths, ends="|+|"), *(_line(row, widths) for row in rows)]


def grid(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = _widths(names, rows)
    out = [_rule(widths), _line(names, widths), _rule(widths, "=")]
    for row in rows:
        out += [_line(row, widths), _rule(widths)]
    return out


def _wrapped(row: Row, size: int) -> list[list[str]]:
    parts = [[cell[at : at + size] for at in range(0, len(cell), size)] for cell in row]
    deep = max(map(len, parts))
    return [[part[at] if at < len(part) else "" for part in parts] for at in range(deep)]


def wrapped_grid(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = [24] * len(names)
    out = [_rule(widths), _line(names, widths), _rule(widths, "=")]
    for row in rows:
        out += [*(_line(part, widths) for part in _wrapped(row, 22)), _rule(widths)]
    return out


def box(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = _widths(names, rows)
    return [
        _rule(widths, "─", "┌┬┐"), _line(names, widths, "│"), _rule(widths, "─", "├┼┤"),
        *(_line(row, widths, "│") for row in rows), _rule(widths, "─", "└┴┘"),
    ]  # fmt: skip


def wrapped_box(names: Row, rows: Sequence[Row]) -> list[str]:
    return box(names, [part for row in rows for part in _wrapped(row, 22)])


def wiki(names: Row, rows: Sequence[Row]) -> list[str]:
    out = ['{| class="wikitable"', "! " + " !! ".join(names)]
    for row in rows:
        out += ["|-", "| " + " || ".join(row)]
    return [*out, "|}"]


def ascii_doc(names: Row, rows: Sequence[Row]) -> list[str]:
    return ["|===", *("|" + " |".join(row) for row in [names, *rows]), "|==="]


def simple(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = _widths(names, rows)
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [names, *rows]
    ]
    return [rule, lines[0], rule, *lines[1:], rule]


def psql(names: Row, rows: Sequence[Row]) -> list[str]:
    widths = _widths(names, rows)
    lines = [_line(row, widths)[1:-1] for row in [names, *rows]]
    return [lines[0], _rule(widths, ends="+++")[1:-1], *lines[1:], f"({len(rows)} rows)"]


def html(names: Row, rows: Sequence[Row]) -> list[str]:
    cells = [("th", names), *(("td", row) for row in rows)]
    out = ["<html><body><table class='log'>"]
    for tag, row in cells:
        inner = "".join(f"<{tag}>{cell}</{tag}>" for cell in row)
        out.append(f"<tr>{inner}</tr>")
    return [*out, "</table></body></html>"]


def long_html(names: Row, rows: Sequence[Row]) -> list[str]:
    out = ["<table>"]
    for row in [names, *rows]:
        out += ["<tr>", *(f'  <td class="c">{cell}</td>' for cell in row), "</tr>"]
    return [*out, "</table>"]


def csv(separator: str) -> Callable[[Row, Sequence[Row]], list[str]]:
    return lambda names, rows: [separator.join(row) for row in [names, *rows]]


MARKUPS: dict[str, Callable[[Row, Sequence[Row]], list[str]]] = {
    "markdown": markdown, "code": code, "jira": jira, "doubled": doubled, "org": org,
    "grid": grid, "wrapped grid": wrapped_grid, "box": box, "wrapped box": wrapped_box,
    "wiki": wiki, "asciidoc": ascii_doc, "simple": simple, "psql": psql, "html": html,
    "long html": long_html, "semicolons": csv(";"), "tabs": csv("\t"), "commas": csv(","),
}  # fmt: skip
#: Number, command, answer, status word, remark: in languages that the reader knows or not.
NAMES = [
    ("No.", "Command", "Response data", "SW", "Result"),
    ("Nr.", "Kommando", "Antwort", "Status", "Bemerkung"),
    ("N", "commande", "réponse", "état", "note"),
    ("№", "Команда", "Ответ", "Слово", "Итог"),
    ("Paso", "Enviado", "Recibido", "Estado", "Nota"),
    ("步骤", "命令", "返回数据", "状态字", "结果"),
    ("a", "b", "c", "d", "e"),
]
#: Number, side, bytes, their length, remark.
SIDED = [
    (("No", "Dir", "Data", "Len", "Remark"), ("TX", "RX")),
    (("序号", "方向", "数据", "长度", "备注"), ("终端→卡", "卡→终端")),
    (("Pos", "Richtung", "Oktette", "Anzahl", "Text"), ("hin", "her")),
    (("#", "Way", "Bytes", "Count", "Note"), ("->", "<-")),
]


def drawn(rng: random.Random, talk: Sequence[tuple[bytes, bytes]]) -> tuple[list[str], str]:
    """A dialogue as a table of a random kind, and the name of that kind."""
    markup = rng.choice(sorted(MARKUPS))
    if rng.random() < 0.6:
        names: Row = rng.choice(NAMES)
        rows = [
            (str(at), c.hex().upper(), r[:-2].hex().upper(), r[-2:].hex().upper(), "ok")
            for at, (c, r) in enumerate(talk, 1)
        ]
    else:
        names, ways = rng.choice(SIDED)
        messages = [(ways[side], data) for pair in talk for side, data in enumerate(pair)]
        rows = [
            (str(at), way, data.hex().upper(), str(len(data)), "")
            for at, (way, data) in enumerate(messages, 1)
        ]
    return MARKUPS[markup](names, rows), f"{markup} {names[1]}"
