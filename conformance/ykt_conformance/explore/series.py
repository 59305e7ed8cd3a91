"""Lists of the plan in which things follow each other: orders, repeats, every way to a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.explore import lists as k
from ykt_conformance.explore.subject import Steps
from ykt_conformance.model.world import BASIC, HIDDEN, PPSE
from ykt_sim.codes import LNT, TUNION, Operation

#: Everything that a composite purchase writes besides the purse, by each way to read it.
_RECORDS: Final = ("send 00B201F400", "send 00B202F400", "send 00B203F400", "send 00B201CC00",
                   "send 00B201D400", "send 00B202D400", "send 00B201D000", "send 80B400D002270100",
                   "send 80B400D002270200", "send 00B2010400")  # fmt: skip
_UPDATES: Final = ("cache 1E 00 1", "cache 1E 00 2", "cache 1A 01 3", "cache 1A 02 4",
                   "cache 19 01 5")  # fmt: skip
#: A PIN of each length, none the beginning of another one.
_PINS: Final = ("2143", "315263", "41526374", "5162738495", "617283940516")
_FREE: Final = ("challenge 4", "unblock")
_BYTE: Final = 256
#: Wrong tries one behind another until a secret is locked; most cards give three.
_MOST_TRIES: Final = 5


def of_purse(form: k.Form, purse: str) -> Iterator[Steps]:
    """What a purse does one behind another."""
    yield from _begun(form, purse)
    yield from _proofs(form, purse)
    if form[purse]["pin"]:
        yield from _lengths(purse)
    if purse == TUNION and form[TUNION]["composite"]:
        yield from _waiting(form)


def of_home(form: k.Form, home: str) -> Iterator[Steps]:
    """What an application with keys does one behind another."""
    yield from _repeated(form, home)
    yield from _read(form, home)
    yield from _tries(form, home)
    yield from _spent(form, home)
    yield from _sizes(form, home)
    yield from _blocks(home)
    yield from _entered(form, home)


# -- purses ----------------------------------------------------------------------------------------


def _waiting(form: k.Form) -> Iterator[Steps]:
    """Updates of one composite purchase in each order, read before and after it, or abandoned."""
    has = {"1E": True, "1A": form[TUNION]["ef1a"], "19": form[TUNION]["ef19"]}
    some = [one for one in _UPDATES if has[one.split()[1]]]
    for count in (2, 3):
        for updates in permutations(some, count):
            begun = ("init composite 0", *updates)
            left: Steps = () if count > 2 else (*begun, *k.enter(TUNION), *_RECORDS)
            yield (*k.enter(TUNION), *_RECORDS, *left, *begun, *_RECORDS[:6], "commit 6",
                   *_RECORDS)  # fmt: skip


def _begun(form: k.Form, purse: str) -> Iterator[Steps]:
    """INITIALIZE behind another one that has one input of it otherwise: terminal, amount, key."""
    can = k.operations(form, purse)
    for first, then in product(can, can):
        shown = k.shown(form, purse, Operation.LOAD)
        steps = [*k.enter(purse), *k.money(form, purse, 900), *shown]
        for at, other in enumerate(("spoil=-1", "spoil=-6", "spoil=-7", "")):
            for one, two in ((other, ""), ("", other)):
                steps += (f"{k.begin(first, 3)} {one}".strip(),
                          f"{k.begin(then, 2)} {two}".strip(), k.end(then, at, 300))  # fmt: skip
            steps += k.GLANCE
        yield (*steps, f"{k.begin(first, 1)} key=02", k.begin(then, 1), k.end(then, 9, 300),
               *k.GLANCE)  # fmt: skip


def _proofs(form: k.Form, purse: str) -> Iterator[Steps]:
    """A proof asked for by numbers and types that are nearly right, after each commit."""
    far = (1, -1, 16, _BYTE, -_BYTE, 128 * _BYTE)
    for operation in k.operations(form, purse):
        for kind in ("last", *k.TYPES):
            asked = tuple(f"prove {kind} last{more:+d}" for more in far)
            yield (*k.enter(purse), *k.money(form, purse, 5), *k.shown(form, purse, operation),
                   k.begin(operation, 1), k.end(operation, 1, 500), *asked,
                   "prove last last")  # fmt: skip


def _lengths(purse: str) -> Iterator[Steps]:
    """A PIN of each length behind one of each other length, and what is left of that one."""
    ways: tuple[tuple[str, ...], ...] = (("change",), ("reload",), ("challenge 4", "unlock"))
    nearly = ("before", "and-before", "cut", "more-00", "before-and")
    for old, new in permutations(_PINS, 2):
        for *first, way in ways:
            shown = (step for word in nearly for step in (f"verify pin={word}", "verify"))
            yield (*k.enter(purse), f"reload {old}", *first, f"{way} {new}", *shown)


# -- applications with keys ------------------------------------------------------------------------


def _opens(form: k.Form, home: str) -> Iterator[Steps]:
    """All that is right and opens something."""
    yield ("challenge 4", "auth")
    if home in k.PINS and form[home]["pin"]:
        new = k.PINS[home][0]
        yield ("verify",)
        yield ("challenge 4", f"unlock {new}")
        yield (f"change {new}",)
        yield (f"reload {new}",)


def _repeated(form: k.Form, home: str) -> Iterator[Steps]:
    """What opens something twice, three times, and behind another that does."""
    opens = tuple(_opens(form, home))
    for one, other in product(opens, opens):
        yield (*k.enter(home), *one, *other, *k.needs(form, home))
        if one == other:
            yield (*k.enter(home), *one * 3, *k.needs(form, home))


def _read(form: k.Form, home: str) -> Iterator[Steps]:
    """Each way to read a thing before and after each way to change it, and after a reset."""
    back = f"select {home}"
    changes: list[Steps] = []
    reads: Steps = ("send 00B0950000", "send 00B0950404", "send 00B0000000", "send 00B0960000",
                    "send 00B0000000")  # fmt: skip
    changes += [("challenge 4", line) for line in k.LINES[home]]
    if home == TUNION:
        reads = (*reads, *_RECORDS, *k.BALANCES)
        right = ("challenge 4", "auth")
        if form[TUNION]["ef1a"]:
            changes += [(*right, f"record {at} {at:02X} 8", f"record {at} {at:02X} 9")
                        for at in (1, 2)]  # fmt: skip
        if form[TUNION]["composite"]:
            changes += [("init composite 0", update, "commit 7") for update in _UPDATES[:4]
                        if form[TUNION]["ef1a"] or "1E" in update]  # fmt: skip
    for first, then in product(changes, changes):
        yield (*k.enter(home), *reads, *first, *reads, *then, *reads, back, *reads[:5],
               *k.enter(home), *reads)  # fmt: skip


def _tries(form: k.Form, home: str) -> Iterator[Steps]:
    """Wrong tries of one kind and of another: whether they are counted together."""
    new = k.PINS[home][0] if home in k.PINS else ""
    tries: list[Steps] = [("challenge 8", "auth"), ("challenge 4", "block 0")]
    tries += [("challenge 4", line) for line in k.LINES[home]]
    if home in k.PINS and form[home]["pin"]:
        tries += [("verify",), (f"change {new}",), (f"reload {new}",),
                  ("challenge 4", f"unlock {new}")]  # fmt: skip
    for one, other in permutations(tries, 2):
        wrong, also = ((*some[:-1], f"{some[-1]} mac=flip1") for some in (one, other))
        for order in ((wrong, wrong, also), (wrong, also, wrong)):
            spread = (step for some in order for step in (*some, "reset", f"select {home}"))
            yield (*k.enter(home), *spread, *one, *other, *_FREE, k.BALANCE)


def _spent(form: k.Form, home: str) -> Iterator[Steps]:
    """All tries gone: nothing gives them back but what is there for it."""
    tries: list[Steps] = [("challenge 8", "auth")]
    if home in k.PINS and form[home]["pin"]:
        tries.append(("verify",))
    for one in tries:
        gone = (*one[:-1], f"{one[-1]} mac=flip1") * _MOST_TRIES
        for other in k.homes(form):
            for work in k.works(form, other):
                back = (f"select {home}",) if other != home else ()
                there = (f"select {other}",) if other != home else ()
                yield (*k.enter(home), *gone, *there, *work, *back, *one)


def _sizes(form: k.Form, home: str) -> Iterator[Steps]:
    """Data of each length under a MAC: below, at and over whole blocks."""
    name, at = ("16", 16) if home == TUNION else ("15", 36)
    if k.LINES[home] and (home != TUNION or form[TUNION]["ef16"]):
        for sizes in k.parts(range(1, 20)):
            yield (*k.enter(home), *(step for size in sizes for step in
                   ("challenge 4", f"line {name} {at} {bytes(range(size)).hex().upper()}")),
                   f"send 00B0{0x80 | int(name, 16):02X}0000")  # fmt: skip


def _blocks(home: str) -> Iterator[Steps]:
    """Each block behind each other one, and whether it can be taken away."""
    blocks: tuple[Steps, ...] = (("challenge 4", "block 0"), ("challenge 4", "block 1"), _FREE)
    for count in (2, 3):
        for order in product(blocks, repeat=count):
            if blocks[1] in order[:-1] or count < 3:
                done = (step for one in order for step in one)
                yield (*k.enter(home), *done, *_FREE, k.BALANCE, *k.enter(home), *_FREE,
                       k.BALANCE)  # fmt: skip


def _short(target: str) -> Iterator[Steps]:
    """Short names of an application, of every length."""
    name = c.AID[target].hex().upper()
    for size in range(1, len(name) // 2):
        yield (f"send 00A40400{size:02X}{name[: 2 * size]}00",)


def _names(form: k.Form, target: str) -> Iterator[Steps]:
    """Every other way to an application: its name, the next of a name, and identifiers."""
    name = c.AID[target].hex().upper()
    yield (f"select {target}",)
    yield (f"send 00A40402{len(name) // 2:02X}{name}00",)
    yield (f"send 00A4040205{name[:10]}00",)
    if form[LNT]["claimed"] and target in {BASIC, LNT}:
        deep = ("select DDF1",) if target == BASIC else ("select DDF1", "select ADF3")
        yield deep
        yield ("select 3F00", *deep)
        yield (f"select {BASIC}", *deep)
        yield deep[-1:]


def _entered(form: k.Form, home: str) -> Iterator[Steps]:
    """What is left of a right, and of PPSE, by every way to enter."""
    opens = tuple(_opens(form, home))[:2]
    names, short = tuple(_names(form, home)), tuple(_short(home))
    # Which application the beginning of a name means is told of no other ones.
    for way in (*names, *(() if home in HIDDEN else short)):
        for one in opens:
            for before in ((), ("reset",), ("select 3F00",)):
                yield (*k.enter(home), *one, *before, *way, *k.needs(form, home))
    if form[PPSE]["claimed"]:
        between = ((), ("challenge 4",), (k.BALANCE,), ("select 3F00",),
                   (f"select {home}",), (f"select {PPSE}",))  # fmt: skip
        for way, then in product((*names, *short), between):
            yield ("reset", f"select {PPSE}", *then, *way, k.BALANCE)
