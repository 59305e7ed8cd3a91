"""What `ykt card show` tells of a card: decoded files, money, counters, logs.

Personal fields and keys are never shown. Card numbers are masked unless asked for, and
then the raw bytes that hold them are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_sim.cli.kit.render import yuan
from ykt_sim.cli.kit.show import columns, fill, meaning, money, span_lines, wrap
from ykt_sim.codes import aid_name, sw_text
from ykt_sim.meaning.cardview import NUMBERS, PERSONAL, View, masked, readable
from ykt_sim.meaning.decode import KINDS
from ykt_sim.meaning.said import says
from ykt_sim.meaning.spans import Decoded, Span
from ykt_sim.wire.decision import mask
from ykt_sim.wire.fields import FieldKind

#: Logs: the fields worth a line, most telling first.
_LOG_FIELDS: Final = {
    "tunion:18": ("counter", "type", "amount", "terminal", "time"),
    "lnt:18": ("counter", "type", "amount", "fare", "terminal", "month_day", "hour_minute"),
    "tunion:1E": ("type", "amount", "balance_after", "city", "terminal", "datetime"),
}


def view_lines(card: View, *, unmasked: bool) -> Iterator[str]:
    """Give a description as text, file by file."""
    blocked = ", BLOCKED" if card["blocked"] else ""
    lockout = ", PPSE locks out what it does not list" if card["ppse_lockout"] else ""
    profile = f"profile {card['profile']}, " if card["profile"] else ""
    yield f"{profile}ATR {card['atr']}{lockout}{blocked}"
    if not card["directories"]:
        yield "no application of Lingnan Tong or T-Union answers 无岭南通、交通联合应用"
    for directory in card["directories"]:
        name = bytes.fromhex(directory["name"]).decode("latin-1")
        shown = name if name.isascii() and name.isprintable() else directory["name"]
        state = "" if directory["blocked"] == "no" else f"  BLOCKED {directory['blocked']}"
        if not state and directory.get("sw", "9000") != "9000":
            state = f"  answers {directory['sw']} {sw_text(int(directory['sw'], 16))}"
        yield ""
        known = shown if directory["title"] == aid_name(b"") else directory["title"] or shown
        title = "MF 主文件" if directory["fid"] == "3F00" else known
        yield f"{directory['fid']}  {title}{state}".lstrip()
        yield from (_purse_line(purse) for purse in directory["purses"])
        for file in directory["files"]:
            yield from _file_lines(file, unmasked=unmasked)
        if directory["keys"]:
            yield f"  keys 密钥: {len(directory['keys'])} (see 'ykt card keys')"


def _purse_line(purse: Mapping[str, Any]) -> str:
    parts = [f"  {purse['purse']} balance 余额 {money(purse['balance'])} yuan"]
    if purse.get("overdraft_limit"):
        limit, drawn = yuan(purse["overdraft_limit"]), yuan(purse["overdrawn"])
        parts.append(f"overdraft 透支 {drawn} of {limit}")
        parts.append(f"net 净余额 {yuan(purse['actual'] - purse['overdrawn'])}")
    for kind in ("online", "offline"):
        if f"{kind}_counter" in purse:
            parts.append(f"{kind} counter {purse[f'{kind}_counter']}")
    return ", ".join(parts)


def _file_lines(file: Mapping[str, Any], *, unmasked: bool) -> Iterator[str]:
    kind = file["kind"] if file["kind"] in KINDS else ""
    content = [bytes.fromhex(item) for item in file["content"] if item]
    size = sum(map(len, content))
    what = KINDS[kind].title.partition(f"EF {file['sfi']} ")[2] if kind else file["type"]
    title = f"  EF {file['sfi']}  {what}"
    title += f" {KINDS[kind].zh}" if kind else ""
    if kind in PERSONAL:
        yield f"{title}: {size} bytes, personal, not shown"
        return
    decoded = [readable(kind, item) for item in content]
    used = [(number, one) for number, one in enumerate(decoded, 1) if one and not one.empty]
    if not kind or None in decoded:
        raw = " " + ", ".join(item.hex().upper() for item in content) if unmasked else ""
        yield f"{title}: {size} bytes{raw}"
    elif file["type"] == "transparent":
        yield title
        for _, one in used:
            fields = one.fields if unmasked else masked(one.fields)
            yield from span_lines(_shown(one.spans, unmasked=unmasked), fields, "    ")
    else:
        yield f"{title}: {len(used)} of {len(content)} used"
        for number, one in used:
            first, *rest = wrap(_record_line(kind, one), columns() - 8) or [""]
            yield f"    {number:>2}  {first}"
            yield from (f"        {line}" for line in rest)


def _shown(spans: tuple[Span, ...], *, unmasked: bool) -> tuple[Span, ...]:
    shown = []
    for span in spans:
        if span.kind in {FieldKind.PERSONAL, FieldKind.RESERVED}:
            continue
        if span.name.startswith("unknown_") and not unmasked:
            continue
        if span.name in NUMBERS and not unmasked:
            hidden = mask(str(span.value))
            shown.append(Span(span.offset, span.size, span.name, FieldKind.DATA, hidden, span.zh))
        else:
            shown.append(span)
    return tuple(shown)


def _record_line(kind: str, one: Decoded) -> str:
    names = _LOG_FIELDS.get(kind)
    by_name = {span.name: span for span in one.spans}
    if names is None:
        spans = [s for s in one.spans if not s.name.startswith("unknown_") and says(s)]
    else:
        spans = [by_name[name] for name in names if name in by_name]
    texts = [meaning(span, one.fields) or span.text for span in spans]
    return (
        "  ".join(texts)
        if names
        else ", ".join(f"{span.name} {text}" for span, text in zip(spans, texts, strict=True))
    )


def key_table(keys: list[dict[str, object]]) -> Iterator[str]:
    """Lines of the card's test keys, by directory."""
    last = None
    for key in keys:
        if key["fid"] != last:
            last = key["fid"]
            yield f"{key['fid']}  {key['aid'] or '-'}  {key['standard']}".rstrip()
        yield (
            f"  {key['type']}  id {key['id']:02X}  ver {key['version']:02X}  "
            f"alg {key['algorithm']:02X}  {fill(str(key['name']), 16)}  {key['value']}"
        )
