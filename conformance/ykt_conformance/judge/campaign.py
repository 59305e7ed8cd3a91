"""What a laboratory states of a run: who, where, on what, with what, and what it leaves out.

The file is TOML. `SECTIONS` is the one table of its entries: the reader, the empty file and the
head of a report are made from it. Every entry may stay empty; a report shows those that do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ykt_sim.errors import ProfileError, UsageError
from ykt_sim.textfile import NoTextError, NoTomlError, text_of, toml_of

VERSION: Final = 1
KIND: Final = "campaign"
#: Longest entry in characters: the head of a report is one page.
MAX_ENTRY: Final = 200
#: Largest file in bytes.
MAX_FILE: Final = 1 << 16
_LISTS: Final = {"method": ("deviations",)}


class Entry(NamedTuple):
    """One entry: its name in a report in English and Chinese, and what belongs there."""

    en: str
    zh: str
    hint: str = ""


SECTIONS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "laboratory": {
        "name": Entry("laboratory", "检测机构"),
        "place": Entry("place of test", "检测地点"),
        "operator": Entry("operator", "检测人员"),
        "zone": Entry("time zone", "时区", "e.g. Asia/Shanghai; empty: the machine's own"),
    },
    "report": {
        "number": Entry("report number", "报告编号"),
        "order": Entry("order number", "委托单号"),
        "client": Entry("client", "委托单位"),
        "retest_of": Entry("retest of report", "复测的原报告", "number of the earlier report"),
    },
    "product": {
        "vendor": Entry("vendor", "生产单位"),
        "model": Entry("model", "型号"),
        "firmware": Entry("firmware or COS version", "固件或 COS 版本"),
        "sample": Entry("sample number", "样品编号"),
        "serial": Entry("serial number", "序列号"),
        "sam": Entry("SAM number", "SAM 卡号"),
    },
    "reader": {
        "name": Entry("reader", "读写器"),
        "serial": Entry("serial number of the reader", "读写器序列号"),
        "calibration": Entry("calibration of the reader", "读写器校准", "certificate and date"),
    },
    "conditions": {
        "temperature": Entry("temperature", "温度"),
        "humidity": Entry("humidity", "湿度"),
        "remarks": Entry("other conditions", "其他条件"),
    },
    "method": {
        "deviations": Entry("deviations from the method", "对检测方法的偏离", "one text each"),
    },
}


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign file that was read.

    Attributes:
        entries: section -> entry -> text, as in `SECTIONS`; what is empty is not there.
        deviations: from the method, one text each.
        exclusions: id of a case, or what cases need of a target -> why they are left out.
        name, text, sha256: the file's name, its text, and the SHA-256 of that.
    """

    entries: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    deviations: tuple[str, ...] = ()
    exclusions: Mapping[str, str] = msgspec.field(default_factory=dict)
    name: str = ""
    text: str = ""
    sha256: str = ""

    def entry(self, section: str, name: str) -> str:
        """Text of an entry, empty where nothing was stated."""
        return self.entries.get(section, {}).get(name, "")

    @property
    def product(self) -> str:
        """The product in a line: vendor, model and firmware; empty where none is named."""
        parts = (self.entry("product", part) for part in ("vendor", "model", "firmware"))
        return " ".join(part for part in parts if part)

    def zone(self) -> ZoneInfo | None:
        """Time zone of the laboratory; None for that of the machine."""
        name = self.entry("laboratory", "zone")
        return ZoneInfo(name) if name else None


def load(path: Path) -> Campaign:
    """Read a campaign file.

    Raises:
        UsageError: it cannot be read or is far too large.
        ProfileError: names the file, the entry, and what was expected.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if len(raw) > MAX_FILE:
        raise UsageError(f"{path}: more than {MAX_FILE} bytes, no campaign file is as large")
    try:
        text = text_of(raw)
    except NoTextError as error:
        raise ProfileError(f"{path}: {error}") from None
    if not text.strip():
        raise ProfileError(f"{path}: it is empty")
    return read(text, path.name)


def read(text: str, name: str) -> Campaign:
    """A campaign from the text of its file; raises ProfileError as `load` does."""
    try:
        found = toml_of(text.replace("\r\n", "\n"))
    except NoTomlError as error:
        raise ProfileError(f"{name}: {error}") from None
    if found.pop("kind", None) != KIND:
        raise ProfileError(f'{name}: $.kind: expected "{KIND}"')
    version = found.pop("version", None)
    if version != VERSION or isinstance(version, bool):
        raise ProfileError(f"{name}: $.version: expected {VERSION}")
    exclusions = _texts(found.pop("exclusions", {}), f"{name}: $.exclusions")
    deviations: tuple[str, ...] = ()
    entries: dict[str, Mapping[str, str]] = {}
    for section, values in found.items():
        where = f"{name}: $.{section}"
        if section not in SECTIONS:
            known = ", ".join((*SECTIONS, "exclusions"))
            raise ProfileError(f"{where}: there is no such section; there are {known}")
        values = dict(_table(values, where))  # noqa: PLW2901 - a copy of its own
        for key in values:
            if key not in SECTIONS[section]:
                known = ", ".join(SECTIONS[section])
                raise ProfileError(f"{where}.{key}: there is no such entry; there are {known}")
        for key in _LISTS.get(section, ()):
            deviations = _lines(values.pop(key, []), f"{where}.{key}")
        entries[section] = {key: said for key, said in _texts(values, where).items() if said}
    _check_zone(entries, name)
    for what, why in exclusions.items():
        if not why:
            raise ProfileError(f"{name}: $.exclusions.{what}: an exclusion needs a reason")
    return Campaign(
        entries=MappingProxyType(entries), deviations=deviations, exclusions=exclusions,
        name=name, text=text, sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def _check_zone(entries: Mapping[str, Mapping[str, str]], name: str) -> None:
    zone = entries.get("laboratory", {}).get("zone", "")
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ProfileError(
            f"{name}: $.laboratory.zone: no time zone {zone!r} here; expected one as Asia/Shanghai"
        ) from None


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ProfileError(f"{where}: expected a table, got {type(value).__name__}")
    return value


def _texts(value: Any, where: str) -> dict[str, str]:
    return {key: _text(said, f"{where}.{key}") for key, said in _table(value, where).items()}


def _lines(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ProfileError(f"{where}: expected a list of texts, got {type(value).__name__}")
    found = (_text(said, f"{where}[{number}]") for number, said in enumerate(value))
    return tuple(said for said in found if said)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ProfileError(f"{where}: expected a text, got {type(value).__name__}")
    said = " ".join(value.split())
    if len(said) > MAX_ENTRY:
        raise ProfileError(f"{where}: {len(said)} characters, at most {MAX_ENTRY} fit a report")
    return said


def new() -> str:
    """An empty campaign file with a comment at every entry."""
    return "\n".join(_new()) + "\n"


def _new() -> Iterator[str]:
    yield "# A campaign: what stands at the head of the report. Every entry may stay empty."
    yield f"version = {VERSION}"
    yield f'kind = "{KIND}"'
    for section, entries in SECTIONS.items():
        yield ""
        yield f"[{section}]"
        for key, entry in entries.items():
            hint = f"; {entry.hint}" if entry.hint else ""
            yield f"# {entry.en} {entry.zh}{hint}"
            yield f"{key} = []" if key in _LISTS.get(section, ()) else f'{key} = ""'
    yield ""
    yield "# What is left out, and why: the id of a case, or what cases need of a target."
    yield "# These cases are not run, and the report lists them."
    yield "[exclusions]"
    yield '# "C-0101" = "not in the order"'
    yield '# tear = "the sample must not be torn"'
