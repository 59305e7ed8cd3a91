"""The steps that come first: every input of every code, every secret, right and thing that is kept.

What is drawn afterwards goes further; what is here is met in every exploration of a card that is
not cut short. Each list begins with a reset, and leaves the card so that the next one can be
played on it. The seed only says in which order.
"""

from __future__ import annotations

from collections.abc import Iterator

from ykt_conformance.drive import commands as c
from ykt_conformance.explore import lists as k
from ykt_conformance.explore import series, wrong
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.subject import Steps
from ykt_conformance.model.world import BASIC, ECASH, MIFARE, PPSE
from ykt_sim.codes import LNT, TUNION, Operation


def first(form: k.Form, chance: Chance) -> tuple[Steps, ...]:
    """The lists of a card with this form.

    Args:
        form: the ICS as nested mappings.
        chance: for their order.
    """
    lists: list[Steps] = [*_names(form), *_filled(form)]
    for purse in k.purses(form):
        lists += [*wrong.commits(form, purse), *wrong.secrets(form, purse), *_twice(form, purse),
                  *_limits(form, purse), *_unused(form, purse), *_kept(form, purse),
                  *_blocked(form, purse), *_torn(form, purse),
                  *series.of_purse(form, purse)]  # fmt: skip
    for home in k.homes(form):
        lists += [*wrong.under_key(form, home), *_rights(form, home), *series.of_home(form, home)]
    order = sorted((chance.below(1 << 30), at) for at in range(len(lists)))
    return tuple(lists[at] for _, at in order)


def prologue(form: k.Form) -> Steps:
    """What tells the keys of a card and the places of its records."""
    steps: Steps = ()
    if form[LNT]["claimed"]:
        steps += (f"select {BASIC}", "send 00B0950000")
    if form[TUNION]["claimed"]:
        steps += (f"select {TUNION}", "send 00B0950000", "send 00B0960000", "send 00B201D400",
                  "send 00B202D400")  # fmt: skip
    return steps


# -- rights ----------------------------------------------------------------------------------------


def _routes(form: k.Form, home: str, target: str) -> Iterator[Steps]:
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
    for other in k.homes(form):
        if home == target != other:
            yield (f"select {other}", there)


def _rights(form: k.Form, home: str) -> Iterator[Steps]:
    """What is opened in one application, and what needs it there and in every other one."""
    for target in k.homes(form):
        uses = tuple(_uses(form, target))
        for at, route in enumerate(_routes(form, home, target)):
            for opens in tuple(_opens(form, home))[:2]:
                yield (*k.enter(home), *opens, *route, *k.needs(form, target))
            for number, use in enumerate(uses):
                size = 8 if (at + number) % 2 else 4
                yield (*k.enter(home), f"challenge {size}", *route, use, "challenge 4", use,
                       *(("challenge 4", "unblock") if use == "block 0" else ()))  # fmt: skip


def _opens(form: k.Form, home: str) -> Iterator[Steps]:
    yield ("challenge 4", "auth")
    if home in k.PINS and form[home]["pin"]:
        yield ("verify",)
        yield ("challenge 8", "auth", "verify")
        yield (f"change {k.PINS[home][0]}",)


def _uses(form: k.Form, target: str) -> Iterator[str]:
    yield "auth"
    yield from k.LINES[target][:1]
    yield "block 0"
    if target in k.PINS and form[target]["pin"]:
        yield f"unlock {k.PINS[target][1]}"


def _blocked(form: k.Form, purse: str) -> Iterator[Steps]:
    """A block between what is opened and what needs it, and what other applications say of it."""
    block, free = ("challenge 4", "block 0"), ("challenge 4", "unblock")
    reads = (*k.look(purse), "send 00B0950000", "send 80B400D002270100", "send 00B201D000")
    asks = ("init purchase 0", "init load 0", "init composite 0", "cache 1A 01 3",
            "prove last last", "commit 1", "record 1 01 5", "verify", "challenge 4",
            "auth")  # fmt: skip
    for opens in ((), *_opens(form, purse)):
        yield (*k.enter(purse), *opens, *block, *reads, *asks, *free, *k.needs(form, purse))
        yield (*k.enter(purse), *block, *opens, "reset", f"select {purse}", *free,
               *k.needs(form, purse))  # fmt: skip
    for other in k.homes(form):
        if other != purse:
            yield (*k.enter(purse), *block, f"select {other}", k.BALANCE, *k.needs(form, other),
                   f"select {purse}", *reads, *free, k.BALANCE)  # fmt: skip
    # Wrong ones are counted in a row: a right one between them begins anew.
    wrong = ("challenge 4", "unblock mac=flip1")
    yield (*k.enter(purse), *block, *wrong, *wrong, *free, *block, *wrong, *wrong, *free, k.BALANCE)


# -- what is kept for a command that does not use it -----------------------------------------------


def _unused(form: k.Form, purse: str) -> Iterator[Steps]:
    """GET CHALLENGE before every command that is made without one."""
    for size in (4, 8):
        challenge = f"challenge {size}"
        for operation in k.operations(form, purse):
            begin, end = k.begin(operation, 1), k.end(operation, 1, 0)
            shown = k.shown(form, purse, operation)
            yield (*k.enter(purse), *k.money(form, purse, 9), *shown, challenge, begin, end,
                   begin, challenge, end, begin, end, *k.GLANCE)  # fmt: skip
            yield (*k.enter(purse), *shown, challenge, begin, f"{end} mac=iv-challenge",
                   begin, challenge, f"{end} mac=iv-challenge", begin, end)  # fmt: skip
        if form[purse]["pin"]:
            new = k.PINS[purse][0]
            yield (*k.enter(purse), challenge, f"reload {new}", "verify", challenge,
                   f"reload {new} mac=iv-challenge", f"reload {new}", challenge, "verify",
                   "auth", challenge, f"change {new}", "challenge 4", "auth")  # fmt: skip
        for reads in ("prove last last", k.BALANCE, "send 00B201C400"):
            yield (*k.enter(purse), challenge, reads, "auth", "challenge 4", "auth")


# -- twice in a row --------------------------------------------------------------------------------


def _twice(form: k.Form, purse: str) -> Iterator[Steps]:
    """Each operation three times with the same values, and all that tells of it after each."""
    for operation in k.operations(form, purse):
        amounts = (0, 500) if operation == Operation.OVERDRAFT else (0, 1, "all", "room")
        for amount in amounts:
            if amount == "room" and operation != Operation.LOAD:
                continue
            if amount == "all" and operation == Operation.LOAD:
                continue
            limit = amount if isinstance(amount, int) else 0
            for updates in _updates(form, purse, operation):
                one = (k.begin(operation, amount), *updates, k.end(operation, 1, limit))
                money = () if operation == Operation.LOAD else k.money(form, purse, 5)
                yield (*k.enter(purse), *money, *k.shown(form, purse, operation),
                       *one, *k.GLANCE, "prove last last", *one, *k.look(purse), *one, *k.GLANCE,
                       *(f"prove {kind} last" for kind in k.TYPES), "prove last last-1",
                       "reset", f"select {purse}", "prove last last", *_after(operation),
                       )  # fmt: skip


def _limits(form: k.Form, purse: str) -> Iterator[Steps]:
    """New limits on both sides of what is drawn, each with all the money gone."""
    if not (form[purse]["overdraft"] and form[purse]["simple"]):
        return
    shown = k.shown(form, purse, Operation.OVERDRAFT)
    drawn = (*k.enter(purse), *shown, "init overdraft", "commit 1 500", "init purchase actual",
             "commit 2", "init purchase 300", "commit 3")  # fmt: skip
    for limit in ("drawn-1", "drawn", "drawn+1", "0"):
        yield (*drawn, *shown, "init overdraft", f"commit 4 {limit}", *k.BALANCES,
               *k.money(form, purse, 1000), *k.BALANCES)  # fmt: skip


def _after(operation: Operation) -> Steps:
    """All the money is not left in the purse."""
    full = operation == Operation.LOAD
    return ("init purchase actual", "commit 9", *k.GLANCE) if full else k.GLANCE


def _updates(form: k.Form, purse: str, operation: str) -> Iterator[Steps]:
    """What waits in the cache when a composite purchase is made."""
    yield ()
    if purse == TUNION and operation == Operation.COMPOSITE and form[TUNION]["ef1a"]:
        yield ("cache 1E 00 1",)
        yield ("cache 1A 01 1", "cache 1E 00 1")
        yield ("cache 1A 02 2", "cache 1A 01 1", "cache 1E 00 1")


# -- what is kept and what is lost -----------------------------------------------------------------


def _kept(form: k.Form, purse: str) -> Iterator[Steps]:
    """One thing prepared, one thing that happens, and what shows whether it is still there."""
    for happens in _happenings(form, purse):
        for prepared, asks in _prepared(form, purse):
            yield (*k.enter(purse), *prepared, *happens, *asks)


def _prepared(form: k.Form, purse: str) -> Iterator[tuple[Steps, Steps]]:
    for operation in k.operations(form, purse):
        begin, end = k.begin(operation, 1), k.end(operation, 4, 100)
        shown = (*k.money(form, purse, 3), *k.shown(form, purse, operation))
        yield (*shown, begin), (end, *k.GLANCE)
        yield (*shown, begin, end), ("prove last last", "prove 06 last")
    yield ("challenge 4",), ("auth",)
    yield ("challenge 4", "auth"), k.needs(form, purse)
    if form[purse]["pin"]:
        yield ("verify",), k.needs(form, purse)
        yield ("verify", "verify mac=flip0"), ("verify mac=flip0", "verify")
        wrong = f"change {k.PINS[purse][0]} mac=flip0"
        yield ("verify", wrong), (wrong, "verify")
    block, free = ("challenge 4", "block 0"), ("challenge 8", "unblock")
    yield block, (k.BALANCE, "init purchase 0", "send 00B201C400", *free, k.BALANCE)
    yield (*block, "challenge 4", "unblock mac=flip1"), (
        "challenge 4", "unblock mac=flip1", *free, k.BALANCE)  # fmt: skip
    for line in k.LINES[purse][:1]:
        wrong = f"{line} mac=flip2"
        yield ("challenge 4", wrong), ("challenge 4", wrong, "challenge 4", line)
    yield ("send 00B201C400",), ("send 00B2010400", "send 00B2020400")
    if purse == TUNION:
        yield ("send 00B0950000",), ("send 00B0000000", "send 00B2010400")
        caches = ("init composite 1", "cache 1A 01 7", "cache 1E 00 7")
        yield caches, ("commit 5", *k.GLANCE, "send 00B201F400", "send 00B201D000")
        yield caches, ("init composite 0", "commit 5", "send 00B201F400", "send 00B201D000")


def _happenings(form: k.Form, purse: str) -> Iterator[Steps]:
    back = f"select {purse}"
    yield ("reset", back)
    yield (back,)
    yield (f"select {c.FOREIGN.hex().upper()}",)
    yield ("send 805C0F0204",)
    yield ("init purchase 0 key=0E",)
    yield ("init purchase 0", "commit 6 mac=zero")
    if form[PPSE]["claimed"]:
        yield (f"select {PPSE}", back)
    for other in k.purses(form):
        if other != purse:
            yield (f"select {other}", back)
            yield (f"select {other}", "init purchase 0", "commit 8", "send 00B201C400",
                   "prove last last", back)  # fmt: skip
    yield from k.works(form, purse)
    for other in k.homes(form):
        if other != purse:
            done = tuple(step for work in k.works(form, other) for step in work)
            yield (f"select {other}", *done, back)


def _torn(form: k.Form, purse: str) -> Iterator[Steps]:
    """The power cut at each write of a commit, and of whatever else is written."""
    back = f"select {purse}"
    for operation in k.operations(form, purse):
        begin, end = k.begin(operation, 1), k.end(operation, 1, 100)
        shown = k.shown(form, purse, operation)
        for updates in tuple(_updates(form, purse, operation))[::2]:
            for cut in ("pull", *(f"tear:{at}" for at in range(1, 9))):
                yield (*k.enter(purse), *k.money(form, purse, 3), *shown, begin, *updates,
                       f"{cut} {end}", back, "prove last last", *k.GLANCE,
                       *(("send 00B201F400", "send 00B201D000") if updates else ()),
                       *shown, begin, k.end(operation, 2, 50), *k.GLANCE)  # fmt: skip
    for work in k.works(form, purse):
        for at in (1, 2, 3):
            yield (*k.enter(purse), *work[:-1], f"tear:{at} {work[-1]}", back, "send 00B0950000",
                   k.BALANCE, "verify", "challenge 4", "unblock", k.BALANCE)  # fmt: skip


# -- names, and files that are full ----------------------------------------------------------------


def _names(form: k.Form) -> Iterator[Steps]:
    """Each application selected again and again, from each, and what hides some of them."""
    homes = k.homes(form)
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
            purse = home in k.PINS
            done = ("init purchase 0", "commit 1", "init composite 0", "commit 2") if purse else ()
            shown = ("verify", "init load 0", "commit 3") if purse else ()
            for work in (done, shown, *k.works(form, home)):
                yield ("reset", *hidden, *work, *seen, "reset", *seen[:3])


def _filled(form: k.Form) -> Iterator[Steps]:
    """More transactions than a file has records, and all of it."""
    for purse in k.purses(form):
        claimed = form[purse]
        count = claimed["log_records"]
        one: Steps = ("init purchase 0", "commit")
        yield (*k.enter(purse), *_numbered(one, count + 1), *_every(c.LOG, count))
        if purse == TUNION and claimed["composite"]:
            count = claimed["trip_records"]
            one = ("init composite 0", "cache 1E 00", "commit")
            yield (*k.enter(purse), *_numbered(one, count + 1), *_every(c.TRIPS, count))


def _numbered(steps: Steps, count: int) -> Steps:
    marked = ("commit", "cache 1E 00")
    return tuple(
        f"{step} {at}" if step in marked else step for at in range(count) for step in steps
    )


def _every(sfi: int, count: int) -> Steps:
    return tuple(f"send 00B2{at:02X}{sfi << 3 | 4:02X}00" for at in range(1, count + 2))
