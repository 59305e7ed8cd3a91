"""ICS forms: read, check, write. What the entries mean stands in `ics.schema`.

A form is TOML. Errors name the file and the path inside it. Judges and expressions see
the form as nested mappings (`values`), where every application is a section of its own
with ``claimed``, so that ``tunion and not tunion.ef17`` reads as it should.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import msgspec

from ykt_conformance.ics.schema import READS, VERSION, CardIcs, Ics, TerminalIcs
from ykt_conformance.ics.section import Section
from ykt_conformance.judge.verdict import Subject
from ykt_sim.codes import Standard
from ykt_sim.errors import ProfileError
from ykt_sim.textfile import NoTextError, NoTomlError, read_text, toml_of

MAX_BYTES: Final = 1 << 20
#: Folder of the forms shipped with the suite, ``NAME.toml`` each.
FORMS: Final = Path(__file__).parent / "forms"


class IcsFile(msgspec.Struct, frozen=True, dict=True):
    """A form as it was read.

    Attributes:
        name: shipped name or path.
        text: the file.
        ics: what it says.
    """

    name: str
    text: str
    ics: Ics

    @property
    def subject(self) -> Subject:
        """``card`` or ``terminal``."""
        return self.ics.kind

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The form as nested mappings, for judges and expressions."""
        return values(self.ics)


def values(ics: Ics) -> Mapping[str, Any]:
    """Nested mappings of a form; applications are sections with ``claimed``."""
    tree: dict[str, Any] = msgspec.to_builtins(ics)
    for name, claimed in tree["applications"].items():
        if isinstance(claimed, bool):
            tree.setdefault(name, {})
            tree[name] = {"claimed": claimed, **tree[name]}
    return MappingProxyType({
        name: MappingProxyType(item) if isinstance(item, dict) else item
        for name, item in tree.items()
    })  # fmt: skip


def form_names(subject: Subject | None = None) -> tuple[str, ...]:
    """Names of the forms shipped with the suite, of one subject or of all."""
    kind = f'kind = "{subject}"' if subject else ""
    known = (path.stem for path in FORMS.glob("*.toml") if kind in path.read_text("utf-8"))
    return tuple(sorted(known))


def load(name: str) -> IcsFile:
    """Read a shipped form by name, or a file; a shipped one hides a file of its name.

    Raises:
        ProfileError: not found, not readable or wrong; names file and path.
    """
    known = form_names()
    if name not in known:
        if name.endswith(".toml") or "/" in name or "\\" in name or Path(name).is_file():
            return read(_text(Path(name)), name)
        raise ProfileError(f"no ICS {name!r}; known: {', '.join(known)}, or give a .toml file")
    return read((FORMS / f"{name}.toml").read_text("utf-8"), name)


def read(text: str, name: str) -> IcsFile:
    """Read a form from text; raises ProfileError with file and path."""
    try:
        tree = toml_of(text)
    except NoTomlError as error:
        raise ProfileError(f"{name}: {error}") from None
    kind = tree.get("kind")
    if kind not in ("card", "terminal"):
        raise ProfileError(f'{name}: $.kind: expected "card" or "terminal", got {kind!r}')
    if tree.get("version") not in READS:
        known, found = " and ".join(map(str, READS)), tree.get("version")
        raise ProfileError(f"{name}: $.version: this program reads {known}, got {found!r}")
    try:
        ics: Ics = _convert(tree, kind)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{name}: {error}") from None
    return IcsFile(name, text, ics)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProfileError(f"{path}: larger than {MAX_BYTES} bytes, not an ICS")
        return read_text(path)
    except NoTextError as error:
        raise ProfileError(f"{path}: {error}") from None
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror or error}") from None


# -- what a form may not say --------------------------------------------------------------


def check(ics: Ics) -> list[str]:
    """What contradicts itself in a form, each with its path; empty when it is sound."""
    rules = _card_rules(ics) if isinstance(ics, CardIcs) else _terminal_rules(ics)
    return [f"$.{path}: {text}" for path, text, wrong in rules if wrong]


def _card_rules(ics: CardIcs) -> Iterator[tuple[str, str, bool]]:
    on, behaviour = ics.applications, ics.behaviour
    both = on.lnt and on.tunion
    yield "applications", "no application is claimed", not (on.lnt or on.tunion or on.ecash)
    yield "behaviour.balance", 'two purses are not "single"', both and behaviour.balance == "single"
    yield (
        "behaviour.balance",
        f'one purse is "single", not "{behaviour.balance}"',
        not both and behaviour.balance != "single",
    )
    lockout = behaviour.ppse_lockout and not (on.ppse and on.lnt)
    yield "behaviour.ppse_lockout", "needs PPSE and Lingnan Tong", lockout
    yield "ppse.listed", "no PPSE is claimed", bool(ics.ppse.listed) and not on.ppse
    yield "tunion.pin_for_load", "there is no PIN", ics.tunion.pin_for_load and not ics.tunion.pin
    yield "lnt.pin_for_load", "there is no PIN", ics.lnt.pin_for_load and not ics.lnt.pin
    for name, purse in (("tunion", ics.tunion), ("lnt", ics.lnt)):
        for entry in ("pin_for_unload", "pin_for_overdraft"):
            asked = getattr(purse, entry) == "yes" and not purse.pin
            yield f"{name}.{entry}", "there is no PIN", asked
    yield "ecash.df11", "no e-cash is claimed", ics.ecash.df11 and not on.ecash
    issuer = ics.tunion.issuer
    yield "tunion.issuer", "expected 8 digits", issuer != "" and not _digits(issuer, 8)
    for number, aid in enumerate(ics.ppse.listed):
        yield f"ppse.listed[{number}]", "expected 5 to 16 bytes in hex", not _aid(aid)
    sw = ics.tunion.blocked_select
    yield "tunion.blocked_select", "expected 4 hex digits", len(sw) != 4 or not _hex(sw)
    region = ics.lnt.region
    yield "lnt.region", "expected 2 hex digits", region != "" and not (_hex(region, 1))


def _terminal_rules(ics: TerminalIcs) -> Iterator[tuple[str, str, bool]]:
    on = ics.applications
    claimed = {name for name in Standard if getattr(on, name)}
    yield "applications", "no application is claimed", not claimed
    yield (
        "applications.priority",
        f"expected each of {', '.join(sorted(claimed))} once",
        sorted(on.priority) != sorted(claimed),
    )
    rides = ics.device.direction in ("entry", "exit")
    yield (
        "device.record",
        "entry and exit of T-Union rides need a record, single taps have none",
        rides != bool(ics.device.record) and on.tunion,
    )
    load = ics.device.direction == "load"
    yield "device.direction", "load belongs to kind load", load != (ics.device.kind == "load")
    clock = ics.clock
    yield (
        "clock.value",
        "expected 14 digits when the clock is set",
        (clock.source == "set" or clock.value != "") and not _digits(clock.value, 14),
    )
    for number, pair in enumerate(ics.white_list.pairs):
        wrong = not all(_digits(code, 8) for code in pair)
        yield f"white_list.pairs[{number}]", "expected two times 8 digits", wrong
    for number, code in enumerate(ics.interoperability.own):
        yield f"interoperability.own[{number}]", "expected 8 digits", not _digits(code, 8)
    listed = bool(ics.white_list.pairs) and not ics.white_list.enabled
    yield "white_list.pairs", "the list is not enabled", listed
    listed = bool(ics.black_list.numbers) and not ics.black_list.enabled
    yield "black_list.numbers", "the list is not enabled", listed
    told = ics.reports.codes or ics.reports.clearing
    yield "reports.form", "codes and clearing need a report", told and ics.reports.form == "none"
    same = ics.psam.tunion.upper() == ics.psam.lnt.upper() != ""
    yield "psam.lnt", "is selected as psam.tunion is: each has a key of its own", same


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _hex(text: str, size: int = 0) -> bool:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return False
    return not size or len(data) == size


def _aid(text: str) -> bool:
    return _hex(text) and 5 <= len(text) // 2 <= 16


def _convert(tree: Mapping[str, Any], subject: Subject) -> Ics:
    if subject == "card":
        return msgspec.convert(tree, CardIcs)
    return msgspec.convert(tree, TerminalIcs)


def build(tree: Mapping[str, Any], subject: Subject) -> Ics:
    """A form from nested mappings, without version and kind; raises ProfileError."""
    try:
        return _convert({"version": VERSION, "kind": subject, "applications": {}, **tree}, subject)
    except msgspec.ValidationError as error:
        raise ProfileError(f"ICS: {error}") from None


def empty(subject: Subject) -> Ics:
    """A form with every entry neutral."""
    return build({}, subject)


# -- writing ------------------------------------------------------------------------------


def new(subject: Subject, clauses: Mapping[str, str] | None = None) -> str:
    """An empty form with a comment at every entry; for clauses see `render`."""
    return render(empty(subject), clauses=clauses)


def render(
    ics: Ics, why: Mapping[str, str] | None = None, clauses: Mapping[str, str] | None = None
) -> str:
    """A form as TOML with comments.

    Args:
        ics: what it says.
        why: path to what an entry rests on; replaces the question as comment.
        clauses: id -> text of the clauses that can be answered; written as comments. Without
            them only the answers are written, and nothing where there is none.
    """
    lines = [
        f"# Implementation conformance statement of a {ics.kind}. Amounts in fen.",
        f"version = {ics.version}",
        f'kind = "{ics.kind}"',
    ]
    for name in ics.__struct_fields__:
        section = getattr(ics, name)
        if isinstance(section, Section):
            title = (type(section).__doc__ or "").splitlines()[0]
            lines += ["", f"# {title}", f"[{name}]"]
            lines += list(_entries(name, section, why or {}))
    if ics.clauses or clauses:
        lines += ["", "# Clauses that are kept otherwise, with what is done instead", "[clauses]"]
    texts = clauses or {}
    lines += [f"{_toml(one)} = {_toml(said)}" for one, said in ics.clauses.items()]
    lines += [f'# "{one}" = ""  # {text}' for one, text in texts.items() if one not in ics.clauses]
    return "\n".join(lines) + "\n"


def _entries(name: str, section: Section, why: Mapping[str, str]) -> Iterator[str]:
    hints = get_type_hints(type(section), include_extras=True)
    for entry in section.__struct_fields__:
        value = getattr(section, entry)
        meta = next(iter(getattr(hints[entry], "__metadata__", ())), None)
        question = getattr(meta, "description", "") or ""
        if f"{name}.{entry}" in why:
            yield f"# {why[f'{name}.{entry}']}"
        text = f"# {entry} = 0" if value is None else f"{entry} = {_toml(value)}"
        yield f"{text}  # {question}" if question else text


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # JSON text, numbers and booleans are TOML ones, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
