"""Scenes of what a terminal reads: each field another, each file untold, many cards alike.

As the tables T-2217 to T-2220 do it, with fewer values: of every field the first, the middle and
the last change that its type has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, permutations
from string import ascii_uppercase
from typing import Any, Final

from ykt_conformance.drive.altered import changes_of, file_of
from ykt_conformance.drive.behind import NEWEST
from ykt_conformance.explore.terminal import wishes
from ykt_sim.codes import LNT

Scene = tuple[str, ...]

#: So many cards come in one scene.
_TOGETHER: Final = 8
#: What is read of a card, in words of `scene`, by its kind; how it is told instead.
_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "tunion": ("ef15", "ef17", "ef1a", "ef19", "ef1e", "balance"),
    "lnt": ("ef15", "ef08", "ef18", "balance"),
}
_TOLD: Final = ("none", "some", "zero", "6A83")
_ALIKE: Final = 6


def inputs(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """The scenes of a terminal that takes money, with this statement."""
    kinds = tuple(ics["applications"]["priority"])
    if kinds != (LNT,):
        yield from _fields(ics)
    if LNT in kinds and ics["device"]["record"]:
        gates = zip(ascii_uppercase, _some("18"), strict=False)
        yield tuple(
            step
            for name, change in gates
            for step in (f"card {name} lnt ride=inside alter={change}", f"tap {name}")
        )
        yield from _newest()
    for kind in kinds:
        yield from _untold(ics, kind)
        yield from _behind(ics, kind)
        yield from _owed(ics, kind)
    both = (*kinds, "dual") if len(kinds) > 1 else (*kinds, "blank")
    for many, one in permutations(both, 2):
        order = [many] * _ALIKE + [one, many]
        yield tuple(
            step
            for name, kind in zip(ascii_uppercase, order, strict=False)
            for step in (f"card {name} {kind}", f"tap {name}")
        )


def _newest() -> Iterator[Scene]:
    """Every line that may stand newest in a Lingnan Tong log, before an entry and before none."""
    for ride in ("inside", "none"):
        for at in range(0, len(NEWEST), _TOGETHER):
            yield tuple(
                step
                for name, line in zip(ascii_uppercase, NEWEST[at : at + _TOGETHER], strict=False)
                for step in (f"card {name} lnt ride={ride} newest={line}", f"tap {name}")
            )


def _fields(ics: Mapping[str, Any]) -> Iterator[Scene]:
    record = ics["device"]["record"]
    files = (*((record,) if record else ()), "19", "1E", "15", "17")
    found = [f"{_base(ics, file)} alter={change}" for file in files for change in _some(file)]
    for at in range(0, len(found), _TOGETHER):
        yield tuple(
            step
            for name, wish in zip(ascii_uppercase, found[at : at + _TOGETHER], strict=False)
            for step in (wishes.card(name, "tunion", wish.split()), f"tap {name}")
        )


def _some(file: str) -> Iterator[str]:
    """Of every field the first, the middle and the last change."""
    for _, group in groupby(changes_of(file), lambda change: change.partition(":")[0]):
        each = list(group)
        yield from dict.fromkeys((each[0], each[len(each) // 2], each[-1]))


def _base(ics: Mapping[str, Any], file: str) -> str:
    """What a card has so that a record says something."""
    if file == "19":
        return f"month={_top(ics) + 1}"
    if file == "1E":
        return f"before={max(int(ics['tariff']['transfer_minutes']) // 2, 1)}"
    return "ride=inside balance=300000" if file_of(file) == ics["device"]["record"] else ""


def _top(ics: Mapping[str, Any]) -> int:
    return max((int(step[0]) for step in ics["tariff"]["monthly"]), default=8000)


def _untold(ics: Mapping[str, Any], kind: str) -> Iterator[Scene]:
    """A card that has all that a terminal may keep, then one that does not tell what it has."""
    full = [_base(ics, "1E" if ics["device"]["direction"] == "single" else "19")]
    if ics["device"]["record"]:
        full.append((*wishes.from_stations(ics), "ride=inside")[0])
    for file in _FILES[kind]:
        bare = ["expiry=-1", "lnt_expiry=-1"] if file == "ef15" else []
        bare += ["flag=0000"] if file == "ef17" else []
        bare += ["balance=0", "overdraft=need"] if file == "balance" else []
        for told in _TOLD:
            yield (
                wishes.card("A", kind, full), "tap A",
                wishes.card("B", kind, bare), f"tap B hear={file}:{told}",
            )  # fmt: skip


def _behind(ics: Mapping[str, Any], kind: str) -> Iterator[Scene]:
    """A ride whose entry is not the newest record; a transfer that a torn tap comes to be, or was.

    As in the tables T-2232 and T-2233.
    """
    if kind == LNT and ics["device"]["record"]:
        for does in ("loads", "buys", "rides"):
            for ride in ("inside", "left"):
                yield (f"card A lnt ride={ride}", f"elsewhere A lnt does={does}", "tap A")
    minutes = int(ics["tariff"]["transfer_minutes"])
    if kind != LNT and minutes:
        for tear in ("init", "debit", "debit!"):
            yield (
                f"card A {kind} before={10 * minutes}", f"tap A tear={tear}",
                "elsewhere A tunion does=changes", "tap A",
            )  # fmt: skip


def _owed(ics: Mapping[str, Any], kind: str) -> Iterator[Scene]:
    """Balances on both sides of what is owed after each discount, transfer and ride."""
    found = list(wishes.from_stations(ics)) if ics["device"]["record"] else []
    if kind != LNT:
        found += [f"month={step[0] + 1}" for step in ics["tariff"]["monthly"]]
        found += [_base(ics, "1E")] if ics["tariff"]["transfer_minutes"] else []
    for wish in found:
        yield tuple(
            step
            for name, balance in zip("AB", ("owed-1", "owed"), strict=True)
            for step in (
                wishes.card(name, kind, [*wish.split(), f"balance={balance}"]), f"tap {name}",
            )
        )  # fmt: skip
