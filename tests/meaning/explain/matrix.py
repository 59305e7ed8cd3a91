"""Each code with each mistake over random transactions: what is named, and the figures of it.

``python -m tests.meaning.explain.matrix [TRANSACTIONS [PAIRED]]`` goes through all of it and prints
a line for each code; it ends with an `AssertionError` where the engine names something else than
the sheets. The tests go through a part of it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.meaning.explain.transactions import OPERATIONS, ROLES, Draw, Maker, Tapped, short
from tests.meaning.explain.wrong import Plan, made, names_for, wrong
from ykt_sim.meaning.explain.search import Search, explain

#: Every so many-th transaction a mistake is looked up by its code as well.
LOOKED_UP = 10
#: Random codes for one transaction.
STRANGERS = 100
Names = tuple[str, ...]


@dataclass
class Row:
    """One code over many transactions.

    Attributes:
        transactions: how many.
        named: mistake -> how often it gave another code and was named for it.
        inert: mistake -> how often it gave the right code, so that it was left out.
        alike: codes that several mistakes give; all of them are named.
    """

    transactions: int = 0
    named: Counter[str] = field(default_factory=Counter)
    inert: Counter[str] = field(default_factory=Counter)
    alike: int = 0


def table(search: Search, *, pairs: bool = False) -> dict[Names, bytes]:
    """What every try of the engine gives."""
    found = {tuple(one.name for one in t.mistakes): t.code for t in search.single()}
    if pairs:
        found = {tuple(one.name for one in t.mistakes): t.code for t in search.double()}
    return found


def kind(name: str) -> str:
    """A mistake without the bytes in its name."""
    return re.sub(r"-[0-9A-F]{8,}$", "", name)


def due_by_the_sheets(tapped: Tapped, plan: Plan, name: str) -> tuple[dict[str, bytes], list[str]]:
    """What each mistake gives; and those that change nothing."""
    right = made(plan)
    codes = {one: wrong(plan, one) for one in names_for(plan, tapped.around, ROLES)}
    codes |= {f"code-{one}": c for one, c in tapped.codes.items() if one != short(name)}
    codes |= {f"code-before-{one}": code for one, code in tapped.before.items()}
    there = {one: code for one, code in codes.items() if code is not None}
    given = {one: code for one, code in there.items() if code != right}
    return given, [one for one in there if one not in given]


def singles(operation: str, transactions: int) -> dict[str, Row]:
    """Each mistake alone: the engine gives what the sheets give and names it; by code."""
    rows: dict[str, Row] = defaultdict(Row)
    for seed in range(transactions):
        tapped = Maker(seed).make(operation)
        left = set(tapped.plans)
        for due, follower, plan in tapped.dues():
            left.discard(due.name)
            search = follower.search(due)
            assert search is not None
            assert search.right == due.value == made(plan)
            given, inert = due_by_the_sheets(tapped, plan, due.name)
            assert table(search) == {(one,): code for one, code in given.items()}
            assert search.inert == len(inert)
            alike: dict[bytes, set[Names]] = defaultdict(set)
            for one, code in given.items():
                alike[code].add((one,))
            row = rows[due.name]
            row.transactions += 1
            row.named.update(map(kind, given))
            row.inert.update(map(kind, inert))
            row.alike += sum(len(names) > 1 for names in alike.values())
            if seed % LOOKED_UP == 0:
                chosen = Draw(seed).choice(sorted(given))
                found = explain(search, given[chosen], pairs=False)
                fits = {tuple(one.name for one in fit) for fit in found.fits}
                assert (chosen,) in fits == alike[given[chosen]]
        assert not left
    return rows


def doubles(operation: str, transactions: int) -> Counter[str]:
    """Any two mistakes of different groups: the engine gives what the sheets give; by code."""
    counts: Counter[str] = Counter()
    for seed in range(transactions):
        tapped = Maker(seed).make(operation)
        for due, follower, plan in tapped.dues():
            search = follower.search(due)
            assert search is not None
            right, tries = made(plan), table(search, pairs=True)
            for names, code in tries.items():
                assert wrong(plan, *names) == code != right, names
            counts[due.name] += len(tries)
    return counts


def strangers(transactions: int) -> tuple[int, int]:
    """Random codes: how many were tried, and how many of them a mistake or a pair gives."""
    draw, tried, explained = Draw("codes"), 0, 0
    for number in range(transactions):
        tapped = Maker(1000 + number).make(OPERATIONS[number % len(OPERATIONS)])
        due, follower, plan = next(tapped.dues())
        search = follower.search(due)
        assert search is not None
        known = {*table(search).values(), *table(search, pairs=True).values(), made(plan)}
        codes = [draw.raw(len(made(plan))) for _ in range(STRANGERS)]
        tried += len(codes)
        explained += sum(code in known for code in codes)
    return tried, explained


def lines(transactions: int, paired: int) -> Iterator[str]:
    """A line for each code, then the sums and what random codes gave."""
    yield f"{'code':36} transactions mistakes   named  inert  alike   pairs"
    whole: Counter[str] = Counter()
    for operation in OPERATIONS:
        pairs = doubles(operation, paired)
        for code, row in singles(operation, transactions).items():
            named, inert = row.named.total(), row.inert.total()
            yield (
                f"{operation + ': ' + code:36} {row.transactions:12} {len(row.named):8} "
                f"{named:7} {inert:6} {row.alike:6} {pairs[code]:7}"
            )
            whole += Counter(codes=1, named=named, inert=inert, alike=row.alike, pairs=pairs[code])
    yield ", ".join(f"{count:,} {what}" for what, count in whole.items())
    tried, explained = strangers(100)
    yield f"random codes: {tried:,}, explained {explained}"


if __name__ == "__main__":
    for line in lines(*map(int, (sys.argv[1:] + ["100", "10"][len(sys.argv) - 1 :]))):
        sys.stdout.write(f"{line}\n")
