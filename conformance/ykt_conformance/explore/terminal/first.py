"""The scenes that come first: every dimension in turn, and every two values together.

What is drawn afterwards goes further; what is here is met in every exploration that is not cut
short. The seed only says in which order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

from ykt_conformance.cases.scenes.days import ENDS
from ykt_conformance.cases.words.sweep import Values, pairwise
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.terminal import wishes
from ykt_conformance.explore.terminal.inputs import inputs
from ykt_sim.codes import LNT, LOAD, TUNION
from ykt_sim.meaning.duty.month import STEPS

Scene = tuple[str, ...]

#: How a tap is cut short, and what befalls the card before it comes back.
_TORN: Final = (
    "", "init", "cache", "debit", "debit!", "debit pays", "debit! pays", "debit! loads",
    "debit! loads pays pays", "debit! pays pays pays pays pays pays pays pays pays",
)  # fmt: skip
_LOAD_TORN: Final = ("", "init", "credit", "credit!", "credit! pays", "credit! loads")
#: How it is lost again when it is back.
_AGAIN: Final = ("", "tear=init!", "tear=prove", "hear=init:6985")
_BETWEEN: Final = ("", "good", "torn", "refused")
#: First and last days that a calendar with mistakes may not know.
_DAYS: Final = (
    "", "start=0", "expiry=0", "start=20240229", "start=20000229", "expiry=20440229",
    "expiry=20791231", "expiry=20800101", "start=19991231", "expiry=20991231", "expiry=21000101",
)  # fmt: skip
#: The terminal's clock, where it can be set.
_CLOCKS: Final = (
    "", "20240229000010", "20250228235930", "20251231235830", "20791231235900", "20800101000000",
)  # fmt: skip
_MONEY: Final = ("", "balance=need", "balance=need+1", "balance=need+65535", "balance=most")
_LOADED: Final = ("", "balance=0", "balance=room", "balance=65535")
_MIDDLE: Final = "clock 20250615120000"
#: So many numbers of a black list are tried.
_LISTED: Final = 8
#: So many cards that differ from a plain one come in one scene.
_TOGETHER: Final = 6
#: So many cards are torn before the first comes back.
_OPEN: Final = (3, 5, 9)


def first(ics: Mapping[str, Any], chance: Chance, *, clock: bool) -> tuple[Scene, ...]:
    """The scenes of a terminal with this statement.

    Args:
        ics: the terminal's statement.
        chance: for their order.
        clock: the target's clock can be set.
    """
    scenes = [
        *_pairs(ics, clock=clock), *_alone(ics, clock=clock), *_misheard(ics), *_open(ics),
        *_refused_again(ics), *_back(ics), *_ends(ics),
    ]  # fmt: skip
    if ics["device"]["kind"] != LOAD:
        scenes += [*_months(ics), *inputs(ics)]
    order = sorted((chance.below(1 << 30), at) for at in range(len(scenes)))
    return tuple(scenes[at] for _, at in order)


def _kinds(ics: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(ics["applications"]["priority"])


# -- every two together ------------------------------------------------------------------------


def _factors(
    ics: Mapping[str, Any], kinds: tuple[str, ...], *, clock: bool
) -> dict[str, tuple[Any, ...]]:
    load, tunion = ics["device"]["kind"] == LOAD, LNT not in kinds
    found: dict[str, tuple[Any, ...]] = {
        "clock": _CLOCKS if clock else ("",),
        "kind": kinds,
        "counter": tuple(f"counter={at}" for at in wishes.COUNTERS),
        "days": _DAYS,
        "torn": _LOAD_TORN if load else _TORN,
        "money": _LOADED if load else _MONEY,
        "told": ("", "topbit=yes", "overdraft=1000", *(() if load else ("top-bit",))),
        "who": ("", *(one for one in wishes.ALIKE if tunion or one.startswith("black"))),
        "between": _BETWEEN,
        "again": _AGAIN,
    }
    if tunion:
        found["fci"] = ("", *(f"fci={shape}" for shape in wishes.FCI))
        found["month"] = ("",) if load else ("", "month=9000", "month=30000")
    if ics["device"]["record"]:
        rides = tuple(one for one in wishes.RIDES if tunion or " " not in one)
        found["ride"] = rides + wishes.from_stations(ics)
    return found


def _pairs(ics: Mapping[str, Any], *, clock: bool) -> Iterator[Scene]:
    """Cards that differ from a plain one in many things at once, each kind in its own table."""
    both = len(_kinds(ics)) > 1
    for kind in _kinds(ics):
        kinds = (kind, "dual") if both and kind != LNT else (kind,)
        for row in pairwise(_factors(ics, kinds, clock=clock), lambda _row: True):
            yield tuple(_scene(row))


def _scene(row: Values) -> Iterator[str]:
    kind = row["kind"]
    words = [row["days"], f"lnt_{row['days']}" if row["days"] and kind != TUNION else "",
             row["counter"], row["money"], row["who"], row.get("fci", ""),
             row.get("month", ""), row.get("ride", "")]  # fmt: skip
    hear = " hear=top-bit" if row["told"] == "top-bit" else ""
    words += [row["told"]] if not hear else []
    if row["clock"]:
        yield f"clock {row['clock']}"
    yield wishes.card("A", kind, words)
    torn, _, away = row["torn"].partition(" ")
    yield f"tap A tear={torn}" if torn else f"tap A{hear}"
    if row["between"]:
        yield wishes.card("B", kind, ["balance=0"] if row["between"] == "refused" else [])
        yield "tap B tear=debit" if row["between"] == "torn" else "tap B"
    yield from _away(kind, away)
    yield f"tap A {row['again']}" if row["again"] and torn else f"tap A{hear}"
    yield f"tap A{hear}"


def _away(kind: str, words: str) -> Iterator[str]:
    """What befalls card A at other terminals, in words of `wishes.AWAY`."""
    purse, second = (LNT, TUNION) if kind == LNT else (TUNION, LNT)
    for word in words.split():
        other, _, what = word.partition("-") if word.startswith("other") else ("", "", word)
        yield f"elsewhere A {second if other else purse} does={what or 'pays'}"


# -- one after the other -----------------------------------------------------------------------


def _alone(ics: Mapping[str, Any], *, clock: bool) -> Iterator[Scene]:
    """Each thing that a card may have, between two cards that have nothing."""
    # In the middle of a month and a year, days before and after have the same month, or year.
    begun = (_MIDDLE,) if clock else ()
    listed = range(min(len(ics["black_list"]["numbers"]), _LISTED))
    plain = f"card A {_kinds(ics)[0]}"
    yield (*begun, plain, "tap A", "card B blank", "tap B", "card C blank", "tap C", "tap A")
    for kind in (*_kinds(ics), "dual"):
        found = (*wishes.of_card(ics, kind), *(f"black={at}" for at in listed))
        for at in range(0, len(found), _TOGETHER):
            yield (*begun, *_with_plain(kind, found[at : at + _TOGETHER]))


def _with_plain(kind: str, found: Sequence[str]) -> Iterator[str]:
    """Cards that have one thing each, with a plain one before and behind every one of them."""
    names = iter(ascii_uppercase)
    for wish in ("", *(word for one in found for word in (one, ""))):
        name = next(names)
        yield wishes.card(name, kind, wish.split())
        yield f"tap {name}"


def _misheard(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """Each amount of a load, each thing that may be heard, each place where a card may be lost."""
    load = ics["device"]["kind"] == LOAD
    for kind in _kinds(ics):
        for _, amount in wishes.AMOUNTS if load else ():
            yield (f"card A {kind}", f"tap A {amount}".strip(), "tap A")
        for heard in (one for _, one in wishes.hears(load=load)):
            yield (
                f"card A {kind}", "tap A", f"card B {kind}", f"tap B hear={heard}", "tap B",
                f"card C {kind}", "tap C",
            )  # fmt: skip
        for command in ("select", "basic"):
            for one in dict.fromkeys((kind, "dual")):
                yield tuple(
                    step
                    for name, word in zip("ABC", wishes.BLOCKED, strict=True)
                    for step in (f"card {name} {one}", f"tap {name} hear={command}:{word}")
                )
        for at in range(1, wishes.LONGEST):
            yield (f"card A {kind}", f"tap A tear={at}!", "tap A", "tap A")


def _open(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """Many cards are torn, then all come back; those torn last come first, or last."""
    torn = "credit!" if ics["device"]["kind"] == LOAD else "debit!"
    kinds = _kinds(ics)
    for count in _OPEN:
        names = "ABCDEFGHI"[:count]
        made = [f"card {name} {kinds[at % len(kinds)]}" for at, name in enumerate(names)]
        for back in (names, names[::-1]):
            yield (
                *made, *(f"tap {name} tear={torn}" for name in names),
                *(f"tap {name}" for name in back),
            )  # fmt: skip


# -- once more ---------------------------------------------------------------------------------


def _refused_again(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """Cards that are let through or refused, each for its reason, come again and again."""
    rides = wishes.RIDES if ics["device"]["record"] else ()
    for kind in _kinds(ics):
        for wish in ("", *wishes.AGAINST[kind], *(one for one in rides if " " not in one)):
            yield (
                wishes.card("A", kind, wish.split()), "tap A", "tap A",
                f"card B {kind}", "tap B", "tap A",
            )  # fmt: skip


def _back(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """A card is torn, is used elsewhere, and is lost once more when it is back."""
    done = "credit!" if ics["device"]["kind"] == LOAD else "debit!"
    both = len(_kinds(ics)) > 1
    for kind in _kinds(ics):
        for away in wishes.AWAY:
            made = "dual" if "other" in away else kind
            if both or made == kind:
                yield (
                    f"card A {made}", f"tap A tear={done}", *_away(kind, away), "tap A", "tap A",
                )  # fmt: skip
        for again in wishes.BACK:
            yield (
                f"card A {kind}", f"tap A tear={done}", f"tap A {again}", "tap A", "tap A",
            )  # fmt: skip


def _ends(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """Cards whose first and last day are ends of months."""
    for kind in _kinds(ics):
        front = "lnt_" if kind == LNT else ""
        found = [f"{front}start={start} {front}expiry={end}" for start, end in ENDS.values()]
        yield tuple(
            step
            for name, wish in zip(ascii_uppercase, found, strict=False)
            for step in (f"card {name} {kind} {wish}", f"tap {name}")
        )


def _months(ics: Mapping[str, Any]) -> Iterator[Scene]:
    """A monthly sum just below a step, at it and above."""
    for kind in _kinds(ics):
        declared = (int(over) for over, _ in ics["tariff"]["monthly"])
        for step in sorted({*STEPS, *declared}) if kind != LNT else ():
            fens = (step - 1, step, step + 1)
            yield tuple(
                line
                for name, fen in zip("ABC", fens, strict=True)
                for line in (f"card {name} {kind} month={fen}", f"tap {name}")
            )
