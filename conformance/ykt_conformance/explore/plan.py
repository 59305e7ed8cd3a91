"""The steps that come first: every input of every code, every secret, right and thing that is kept.

What is drawn afterwards goes further; what is here is met in every exploration of a card that is
not cut short. Each list begins with a reset, and leaves the card so that the next one can be
played on it. The seed only says in which order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import inputs, pins
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.subject import Steps
from ykt_conformance.model.world import BASIC, ECASH, MIFARE, PPSE
from ykt_sim.codes import LNT, TUNION, Operation

Form = Mapping[str, Any]
T = TypeVar("T")

#: How the form calls operations.
CLAIMS: Final = {Operation.LOAD: "load", Operation.PURCHASE: "simple",
                 Operation.COMPOSITE: "composite", Operation.UNLOAD: "unload",
                 Operation.OVERDRAFT: "overdraft"}  # fmt: skip
_HOST: Final = (Operation.LOAD, Operation.UNLOAD, Operation.OVERDRAFT)
_BALANCE: Final = "send 805C000204"
_GLANCE: Final = (_BALANCE, "send 00B201C400")
_BALANCES: Final = tuple(f"send 805C{p1:02X}0204" for p1 in range(4))
#: New PINs of each purse, one for each time that it is set.
_PINS: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: ("313131313131", "31323334", "3938", "343332313039"), LNT: ("654321", "1111", "135790"),
}  # fmt: skip
#: What is written under the line MAC: in the middle of a file, so that other offsets are others.
_LINES: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: ("line 15 28 0114", "line 16 52 0102"), BASIC: ("line 15 36 0102",), LNT: (),
}  # fmt: skip
_TYPES: Final = ("02", "03", "06", "07", "09")
#: Mistakes in one list, and lists between which a card is not changed.
_TOGETHER: Final = 8
#: Hours and days that say no more than a date and a time with another first and last byte.
_CLOCK: Final = ("year-", "day-", "hour-", "minute-", "second-", "utc", "eight-")
#: Mistakes in how a code is made, not in what it is made over: a card has one way for all its
#: applications, so they are played in one.
_MAKING: Final = ("single-", "right-", "halves-", "without-", "type-before", "terminal-before",
                  "date-before", "time-before", "data-before", "length-before", "counter-first",
                  "amount-yuan", "amount-jiao", "amount-hundredfold", "amount-bcd", "no-",
                  "zero-padding", "padded-", "mac-", "triple-", "not-made", "algorithm-",
                  "amount-little", "terminal-rev", "counter-little", "random-rev", "serial-rev",
                  "challenge-rev", "challenge-right", "challenge-twice", "challenge-padded",
                  "length-", "role-mac", "role-encipher", "role-decipher")  # fmt: skip


def first(form: Form, chance: Chance) -> tuple[Steps, ...]:
    """The lists of a card with this form.

    Args:
        form: the ICS as nested mappings.
        chance: for their order.
    """
    lists: list[Steps] = [*_names(form), *_filled(form)]
    for purse in _purses(form):
        lists += [*_commits(form, purse), *_secrets(form, purse), *_twice(form, purse),
                  *_limits(form, purse), *_unused(form, purse), *_kept(form, purse),
                  *_blocked(form, purse)]  # fmt: skip
    for home in _homes(form):
        lists += [*_under_key(form, home), *_rights(form, home)]
    order = sorted((chance.below(1 << 30), at) for at in range(len(lists)))
    return tuple(lists[at] for _, at in order)


def prologue(form: Form) -> Steps:
    """What tells the keys of a card and the places of its records."""
    steps: Steps = ()
    if form[LNT]["claimed"]:
        steps += (f"select {BASIC}", "send 00B0950000")
    if form[TUNION]["claimed"]:
        steps += (f"select {TUNION}", "send 00B0950000", "send 00B0960000", "send 00B201D400",
                  "send 00B202D400")  # fmt: skip
    return steps


def _purses(form: Form) -> tuple[str, ...]:
    return tuple(str(one) for one in (TUNION, LNT) if form[one]["claimed"])


def _homes(form: Form) -> tuple[str, ...]:
    return tuple(one for name in _purses(form)
                 for one in ((BASIC, name) if name == LNT else (name,)))  # fmt: skip


def _parts(things: Sequence[T], size: int = _TOGETHER) -> Iterator[Sequence[T]]:
    return (things[at : at + size] for at in range(0, len(things), size))


def _enter(name: str) -> Steps:
    return ("reset", f"select {name}")


def _operations(form: Form, purse: str) -> tuple[Operation, ...]:
    return tuple(one for one, word in CLAIMS.items() if form[purse][word])


def _shown(form: Form, purse: str, operation: str) -> Steps:
    """The PIN where an operation may ask for it."""
    return ("verify",) if form[purse]["pin"] and operation in _HOST else ()


def _begin(operation: str, amount: object) -> str:
    return f"init {operation}" + ("" if operation == Operation.OVERDRAFT else f" {amount}")


def _end(operation: str, mark: int, limit: int) -> str:
    return f"commit {mark}" + (f" {limit}" if operation == Operation.OVERDRAFT else "")


def _money(form: Form, purse: str, fen: int) -> Steps:
    if not form[purse]["load"]:
        return ()
    return (*_shown(form, purse, Operation.LOAD), f"init load {fen}", "commit 1")


def _look(purse: str) -> Steps:
    steps = (*_BALANCES, "send 00B201C400", "send 00B202C400")
    return (*steps, "send 00B201F400", "send 00B202F400") if purse == TUNION else steps


# -- right codes over a wrong input ----------------------------------------------------------------


def _mistakes(form: Form, kind: str, home: str) -> tuple[str, ...]:
    owner = LNT if home == BASIC else home
    left = _CLOCK if home == _purses(form)[0] else (*_CLOCK, *_MAKING)
    return tuple(one for one in inputs.names(kind, owner) if not one.startswith(left))


def _commits(form: Form, purse: str) -> Iterator[Steps]:
    """Each operation, with a MAC that is right over a wrong input."""
    for operation in _operations(form, purse):
        right = (_begin(operation, 300), _end(operation, 1, 500))
        for some in _parts(_mistakes(form, operation, purse)):
            steps = [*_enter(purse), *_money(form, purse, 600),
                     *_shown(form, purse, operation), *right]  # fmt: skip
            for mistake in some:
                steps += (_begin(operation, 258), f"{_end(operation, 2, 258)} mac={mistake}")
            yield (*steps, _begin(operation, 258), _end(operation, 2, 258), *_GLANCE)


def _under_key(form: Form, home: str) -> Iterator[Steps]:
    """Each command that takes a code of its own; no more than two wrong ones in a row."""
    for at, line in enumerate(_LINES[home]):
        yield from _wrong(form, "line", home, f"challenge {8 if at else 4}", line)
    yield from _wrong(form, "auth", home, "challenge 8", "auth")
    yield from _wrong(form, "auth", home, "challenge 4", "auth", ("challenge-",))
    yield from _wrong(
        form, "block", home, "challenge 4", "block 0", then=("challenge 4", "unblock")
    )
    yield from _wrong(
        form, "unblock", home, "challenge 4", "unblock", before=("challenge 4", "block 0")
    )
    ends: Steps = ("challenge 4", "block 0", _BALANCE, "challenge 8", "unblock")
    for some in _parts(_mistakes(form, "cardblock", home), 2):
        wrong = (step for one in some for step in ("challenge 4", f"cardblock mac={one}"))
        yield (*_enter(home), *wrong, _BALANCE, *ends)
    if home in _PINS and form[home]["pin"]:
        new = _PINS[home][0]
        yield from _wrong(form, "reload", home, "challenge 4", f"reload {new}", then=("verify",))
        yield from _wrong(form, "unlock", home, "challenge 4", f"unlock {new}", then=("verify",))


def _wrong(
    form: Form,
    kind: str,
    home: str,
    challenge: str,
    step: str,
    only: tuple[str, ...] = ("",),
    *,
    before: Steps = (),
    then: Steps = (),
) -> Iterator[Steps]:
    chosen = [one for one in _mistakes(form, kind, home) if one.startswith(only)]
    for some in _parts(chosen):
        steps: list[str] = [*_enter(home), *(() if before else (challenge, step, *then))]
        for two in _parts(some, 2):
            steps += before
            for mistake in two:
                steps += (challenge, f"{step} mac={mistake}")
            steps += (challenge, step, *then)
        yield tuple(steps)


# -- secrets that are nearly right -----------------------------------------------------------------


def _secrets(form: Form, purse: str) -> Iterator[Steps]:
    """Each PIN that is nearly right, shown and changed from, and the one before a change."""
    if not form[purse]["pin"]:
        return
    news = _PINS[purse]
    for step in ("verify", f"change {news[0]}"):
        for some in _parts(pins.NEARLY, 6):
            yield (*_enter(purse), f"change {news[-1]}", f"change {news[1]}", *(
                each for word in some for each in (f"{step} pin={word}", "verify")))  # fmt: skip
    sets: tuple[Steps, ...] = ((f"change {news[0]}",), (f"reload {news[1]}",),
                               ("challenge 4", f"unlock {news[2]}"))  # fmt: skip
    for at, one in enumerate(sets):
        for other in (sets[at - 1], sets[at - 2]):
            yield (*_enter(purse), *other, *one, "verify pin=before", "verify",
                   "init load 0", "reset", f"select {purse}", "verify pin=before",
                   "verify")  # fmt: skip


# -- rights ----------------------------------------------------------------------------------------


def _routes(form: Form, home: str, target: str) -> Iterator[Steps]:
    """Ways from an application to another one, or back to itself."""
    there = f"select {target}"
    yield (there,)
    yield ("reset", there)
    if form[PPSE]["claimed"]:
        yield (f"select {PPSE}", there)
    if home == target:
        yield ()
        yield (f"select {c.FOREIGN.hex().upper()}",)
        yield ("send 805C0F0204",)
    for other in _homes(form):
        if home == target != other:
            yield (f"select {other}", there)


def _rights(form: Form, home: str) -> Iterator[Steps]:
    """What is opened in one application, and what needs it there and in every other one."""
    for target in _homes(form):
        uses = tuple(_uses(form, target))
        for at, route in enumerate(_routes(form, home, target)):
            for opens in tuple(_opens(form, home))[:2]:
                yield (*_enter(home), *opens, *route, *_needs(form, target))
            for number, use in enumerate(uses):
                size = 8 if (at + number) % 2 else 4
                yield (*_enter(home), f"challenge {size}", *route, use, "challenge 4", use,
                       *(("challenge 4", "unblock") if use == "block 0" else ()))  # fmt: skip


def _opens(form: Form, home: str) -> Iterator[Steps]:
    yield ("challenge 4", "auth")
    if home in _PINS and form[home]["pin"]:
        yield ("verify",)
        yield ("challenge 8", "auth", "verify")
        yield (f"change {_PINS[home][0]}",)


def _needs(form: Form, target: str) -> Steps:
    steps: Steps = ()
    if target == TUNION:
        steps = ("record 1 01 5", "send 00B201D400", "send 00DC01C417" + "11" * 23)
    if target in _PINS:
        steps += tuple(_begin(one, 0) for one in _operations(form, target))
    return (*steps, "auth")


def _uses(form: Form, target: str) -> Iterator[str]:
    yield "auth"
    yield from _LINES[target][:1]
    yield "block 0"
    if target in _PINS and form[target]["pin"]:
        yield f"unlock {_PINS[target][1]}"


def _blocked(form: Form, purse: str) -> Iterator[Steps]:
    """A block between what is opened and what needs it, and what other applications say of it."""
    block, free = ("challenge 4", "block 0"), ("challenge 4", "unblock")
    reads = (*_look(purse), "send 00B0950000", "send 80B400D002270100", "send 00B201D000")
    asks = ("init purchase 0", "init load 0", "init composite 0", "cache 1A 01 3",
            "prove last last", "commit 1", "record 1 01 5", "verify", "challenge 4",
            "auth")  # fmt: skip
    for opens in ((), *_opens(form, purse)):
        yield (*_enter(purse), *opens, *block, *reads, *asks, *free, *_needs(form, purse))
        yield (*_enter(purse), *block, *opens, "reset", f"select {purse}", *free,
               *_needs(form, purse))  # fmt: skip
    for other in _homes(form):
        if other != purse:
            yield (*_enter(purse), *block, f"select {other}", _BALANCE, *_needs(form, other),
                   f"select {purse}", *reads, *free, _BALANCE)  # fmt: skip
    # Wrong ones are counted in a row: a right one between them begins anew.
    wrong = ("challenge 4", "unblock mac=flip1")
    yield (*_enter(purse), *block, *wrong, *wrong, *free, *block, *wrong, *wrong, *free, _BALANCE)


# -- what is kept for a command that does not use it -----------------------------------------------


def _unused(form: Form, purse: str) -> Iterator[Steps]:
    """GET CHALLENGE before every command that is made without one."""
    for size in (4, 8):
        challenge = f"challenge {size}"
        for operation in _operations(form, purse):
            begin, end = _begin(operation, 1), _end(operation, 1, 0)
            shown = _shown(form, purse, operation)
            yield (*_enter(purse), *_money(form, purse, 9), *shown, challenge, begin, end,
                   begin, challenge, end, begin, end, *_GLANCE)  # fmt: skip
            yield (*_enter(purse), *shown, challenge, begin, f"{end} mac=iv-challenge",
                   begin, challenge, f"{end} mac=iv-challenge", begin, end)  # fmt: skip
        if form[purse]["pin"]:
            new = _PINS[purse][0]
            yield (*_enter(purse), challenge, f"reload {new}", "verify", challenge,
                   f"reload {new} mac=iv-challenge", f"reload {new}", challenge, "verify",
                   "auth", challenge, f"change {new}", "challenge 4", "auth")  # fmt: skip
        for reads in ("prove last last", _BALANCE, "send 00B201C400"):
            yield (*_enter(purse), challenge, reads, "auth", "challenge 4", "auth")


# -- twice in a row --------------------------------------------------------------------------------


def _twice(form: Form, purse: str) -> Iterator[Steps]:
    """Each operation three times with the same values, and all that tells of it after each."""
    for operation in _operations(form, purse):
        amounts = (0, 500) if operation == Operation.OVERDRAFT else (0, 1, "all", "room")
        for amount in amounts:
            if amount == "room" and operation != Operation.LOAD:
                continue
            if amount == "all" and operation == Operation.LOAD:
                continue
            limit = amount if isinstance(amount, int) else 0
            for updates in _updates(form, purse, operation):
                one = (_begin(operation, amount), *updates, _end(operation, 1, limit))
                money = () if operation == Operation.LOAD else _money(form, purse, 5)
                yield (*_enter(purse), *money, *_shown(form, purse, operation),
                       *one, *_GLANCE, "prove last last", *one, *_look(purse), *one, *_GLANCE,
                       *(f"prove {kind} last" for kind in _TYPES), "prove last last-1",
                       "reset", f"select {purse}", "prove last last", *_after(operation),
                       )  # fmt: skip


def _limits(form: Form, purse: str) -> Iterator[Steps]:
    """New limits on both sides of what is drawn, each with all the money gone."""
    if not (form[purse]["overdraft"] and form[purse]["simple"]):
        return
    shown = _shown(form, purse, Operation.OVERDRAFT)
    drawn = (*_enter(purse), *shown, "init overdraft", "commit 1 500", "init purchase actual",
             "commit 2", "init purchase 300", "commit 3")  # fmt: skip
    for limit in ("drawn-1", "drawn", "drawn+1", "0"):
        yield (*drawn, *shown, "init overdraft", f"commit 4 {limit}", *_BALANCES,
               *_money(form, purse, 1000), *_BALANCES)  # fmt: skip


def _after(operation: Operation) -> Steps:
    """All the money is not left in the purse."""
    full = operation == Operation.LOAD
    return ("init purchase actual", "commit 9", *_GLANCE) if full else _GLANCE


def _updates(form: Form, purse: str, operation: str) -> Iterator[Steps]:
    """What waits in the cache when a composite purchase is made."""
    yield ()
    if purse == TUNION and operation == Operation.COMPOSITE and form[TUNION]["ef1a"]:
        yield ("cache 1E 00 1",)
        yield ("cache 1A 01 1", "cache 1E 00 1")
        yield ("cache 1A 02 2", "cache 1A 01 1", "cache 1E 00 1")


# -- what is kept and what is lost -----------------------------------------------------------------


def _kept(form: Form, purse: str) -> Iterator[Steps]:
    """One thing prepared, one thing that happens, and what shows whether it is still there."""
    for happens in _happenings(form, purse):
        for prepared, asks in _prepared(form, purse):
            yield (*_enter(purse), *prepared, *happens, *asks)


def _prepared(form: Form, purse: str) -> Iterator[tuple[Steps, Steps]]:
    for operation in _operations(form, purse):
        begin, end = _begin(operation, 1), _end(operation, 4, 100)
        shown = (*_money(form, purse, 3), *_shown(form, purse, operation))
        yield (*shown, begin), (end, *_GLANCE)
        yield (*shown, begin, end), ("prove last last", "prove 06 last")
    yield ("challenge 4",), ("auth",)
    yield ("challenge 4", "auth"), _needs(form, purse)
    if form[purse]["pin"]:
        yield ("verify",), _needs(form, purse)
        yield ("verify", "verify mac=flip0"), ("verify mac=flip0", "verify")
    yield ("send 00B201C400",), ("send 00B2010400", "send 00B2020400")
    if purse == TUNION:
        yield ("send 00B0950000",), ("send 00B0000000", "send 00B2010400")
        caches = ("init composite 1", "cache 1A 01 7", "cache 1E 00 7")
        yield caches, ("commit 5", *_GLANCE, "send 00B201F400", "send 00B201D000")
        yield caches, ("init composite 0", "commit 5", "send 00B201F400", "send 00B201D000")


def _happenings(form: Form, purse: str) -> Iterator[Steps]:
    back = f"select {purse}"
    yield ("reset", back)
    yield (back,)
    yield (f"select {c.FOREIGN.hex().upper()}",)
    yield ("send 805C0F0204",)
    yield ("init purchase 0 key=0E",)
    yield ("init purchase 0", "commit 6 mac=zero")
    if form[PPSE]["claimed"]:
        yield (f"select {PPSE}", back)
    for other in _purses(form):
        if other != purse:
            yield (f"select {other}", back)
            yield (f"select {other}", "init purchase 0", "commit 8", "send 00B201C400",
                   "prove last last", back)  # fmt: skip
    yield from _works(form, purse)


def _works(form: Form, home: str) -> Iterator[Steps]:
    """What is done and is no transaction."""
    yield ("challenge 8", "auth")
    yield ("challenge 4", "auth mac=flip0")
    for line in _LINES[home][:1]:
        yield ("challenge 4", line)
        yield ("challenge 4", f"{line} mac=flip0")
    yield ("challenge 4", "block 0", "challenge 4", "unblock")
    if home in _PINS and form[home]["pin"]:
        yield (f"change {_PINS[home][0]}",)
        yield (f"reload {_PINS[home][1]}",)
        yield ("challenge 4", f"unlock {_PINS[home][2]}")
        yield ("verify mac=flip0",)


# -- names, and files that are full ----------------------------------------------------------------


def _names(form: Form) -> Iterator[Steps]:
    """Each application selected again and again, from each, and what hides some of them."""
    homes = _homes(form)
    others = [one for one in (PPSE, ECASH) if form[one]["claimed"]]
    if form[LNT]["claimed"]:
        others += [MIFARE, *(("DDF1", "ADF3") if form[LNT]["fid_select"] else ())]
    every = (*homes, *others)
    for name in every:
        before = (f"select {BASIC}",) if name in ("DDF1", "ADF3") else ()
        once = (*before, f"select {name}")
        yield ("reset", *once * 3, *(step for one in every for step in (f"select {one}", *once)))
    if PPSE in others:
        seen = tuple(f"select {one}" for one in every)
        for home in homes:
            hidden = (f"select {PPSE}", f"select {home}")
            purse = home in _PINS
            done = ("init purchase 0", "commit 1", "init composite 0", "commit 2") if purse else ()
            shown = ("verify", "init load 0", "commit 3") if purse else ()
            for work in (done, shown, *_works(form, home)):
                yield ("reset", *hidden, *work, *seen, "reset", *seen[:3])


def _filled(form: Form) -> Iterator[Steps]:
    """More transactions than a file has records, and all of it."""
    for purse in _purses(form):
        claimed = form[purse]
        count = claimed["log_records"]
        one: Steps = ("init purchase 0", "commit")
        yield (*_enter(purse), *_numbered(one, count + 1), *_every(c.LOG, count))
        if purse == TUNION and claimed["composite"]:
            count = claimed["trip_records"]
            one = ("init composite 0", "cache 1E 00", "commit")
            yield (*_enter(purse), *_numbered(one, count + 1), *_every(c.TRIPS, count))


def _numbered(steps: Steps, count: int) -> Steps:
    marked = ("commit", "cache 1E 00")
    return tuple(
        f"{step} {at}" if step in marked else step for at in range(count) for step in steps
    )


def _every(sfi: int, count: int) -> Steps:
    return tuple(f"send 00B2{at:02X}{sfi << 3 | 4:02X}00" for at in range(1, count + 2))
