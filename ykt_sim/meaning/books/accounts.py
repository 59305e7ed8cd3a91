"""What journals claim and displays say, held against what the cards did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ykt_sim.crypto import des
from ykt_sim.errors import WireError
from ykt_sim.meaning.books.finding import Broken, broken
from ykt_sim.meaning.books.journal import Reading, Record
from ykt_sim.meaning.books.ledger import Ledger
from ykt_sim.meaning.books.told import Move, Told
from ykt_sim.meaning.duty.due import Due
from ykt_sim.wire import macs

# -- the journal ---------------------------------------------------------------------------


def recorded(ledger: Ledger, terminal: str, serial: int, reading: Reading) -> Iterator[Broken]:
    """Claims and numbers of one journal, and whether it knows of all that was committed."""
    yield from _claims(ledger, terminal, reading)
    yield from _numbers(ledger, serial, reading)
    known = [*reading.pending, *reading.claims, *reading.disputes.values()]
    for move in ledger.moves:
        if move.terminal == terminal and not any(ledger.is_of(one, move) for one in known):
            yield broken(
                "RECORD", ledger.tap,
                f"{move.amount} fen of tap {move.tap} are nowhere in the journal",
            )  # fmt: skip
    for record in reading.disputes.values():
        if ledger.card_of(record) not in ledger.mute:
            yield broken("DISPUTE", ledger.tap, f"{record['amount']} fen are disputed")


def _claims(ledger: Ledger, terminal: str, reading: Reading) -> Iterator[Broken]:
    seen: set[tuple[object, ...]] = set()
    for claim in reading.claims:
        key = claim["standard"], claim["kind"], claim["card"], claim["counter"]
        if key in seen:
            yield broken("ONCE", ledger.tap, f"counter {claim['counter']} of {key[0]} twice")
        seen.add(key)
        move = next((one for one in ledger.moves if ledger.is_of(claim, one)), None)
        if move is None:
            yield broken("CLAIM", ledger.tap, f"{claim['amount']} fen claimed and never paid")
            continue
        left, when = claim["balance_after"], claim["datetime"].upper()
        # A Lingnan Tong TAC covers neither year nor second: the time of the record tells them.
        said = claim["amount"], when, claim["time"]
        same = said == (move.amount, move.when, move.clock) and left in move.balances
        if move.terminal != terminal or not same:
            yield broken(
                "CLAIM",
                ledger.tap,
                f"claimed {claim['amount']} fen of {when}, at {claim['time']}, leaving {left} at"
                f" {terminal}; paid {move.amount} of {move.when}, at {move.clock}, leaving"
                f" {move.balances[0]} at {move.terminal}",
            )
        if not _genuine(ledger, move, claim):
            yield broken("TAC", ledger.tap, f"TAC {claim['tac']} is of no such transaction")


def _genuine(ledger: Ledger, move: Move, claim: Record) -> bool:
    """The TAC is right, or lacks where the log alone speaks: the card cannot prove it any more."""
    if not claim["tac"]:
        later = any(
            (one.card, one.standard) == (move.card, move.standard) and one.tap > move.tap
            for one in ledger.moves
        )
        return claim["evidence"] == "log" and (later or move.card in ledger.mute)
    key = ledger.tac_key(move.card, move.standard)
    if key is None:
        return True
    under: dict[str, Any] = {
        "amount": claim["amount"], "type": claim["type"], "terminal": claim["terminal"],
        "datetime": claim["datetime"],
    }  # fmt: skip
    try:
        if move.load:
            more = {"balance": claim["balance_after"], "counter": claim["counter"]}
            text = macs.LoadTacInput.pack(**under, **more)
        else:
            serial = bytes.fromhex(claim["terminal_serial"])
            text = macs.PurchaseTacInput.pack(**under, terminal_serial=serial)
    except WireError:
        return False
    return bool(des.mac(key, text).hex().upper() == claim["tac"])


def _numbers(ledger: Ledger, serial: int, reading: Reading) -> Iterator[Broken]:
    """Numbers of terminal and PSAM, each for one transaction."""
    users: dict[tuple[str, int], tuple[object, ...]] = {}
    for record in (*reading.pending, *reading.claims, *reading.disputes.values()):
        own = record["card"], record["standard"], record["kind"], record["counter"]
        names = [("number", int(record["sequence"]))]
        if record["kind"] != "load":
            number = int(record["terminal_serial"], 16)
            names.append(("PSAM number", number))
            # What a PSAM has given away it does not give again.
            if number >= serial:
                yield broken("NUMBER", ledger.tap, f"PSAM number {number} was used, next {serial}")
        for name in names:
            # A card that never did it begins the same transaction again, under a new number.
            user = (*own, record["sequence"])
            if users.setdefault(name, user) != user:
                yield broken("NUMBER", ledger.tap, f"{name[0]} {name[1]} is used twice")


# -- the display ---------------------------------------------------------------------------


def displayed(
    ledger: Ledger, told: Told, reading: Reading, what: Callable[[], Due]
) -> Iterator[Broken]:
    """What the display said, against card, journal and what was due; ``what`` tells that."""
    shown = told.shown
    if shown is None:
        return
    if not reading.ends or reading.ends[-1]["decision"] != shown:
        yield broken("KEPT", ledger.tap, f"{shown['outcome']} is shown, and no line says so")
    if shown["outcome"] == "accepted":
        yield from _accepted(ledger, told, reading)
    elif shown["outcome"] == "refused":
        yield from _refused(ledger, told, what)
    elif not told.cut and told.card not in ledger.mute:
        yield broken("REASON", ledger.tap, f"tap again, without end: {shown['reason']}")


def _accepted(ledger: Ledger, told: Told, reading: Reading) -> Iterator[Broken]:
    shown = told.shown or {}
    load = ledger.terms[told.terminal].load
    key = shown["application"], load, shown["counter"]
    move = next((one for one in ledger.of(told.card, told.terminal) if one.key == key), None)
    if move is None:
        yield broken("FREE", ledger.tap, f"let through, and counter {key[2]} was never used here")
        return
    move.shown += 1
    if move.shown > 1 + move.unnoted:
        yield broken("FREE", ledger.tap, f"let through twice for the {move.amount} fen of one ride")
    noted = any(ledger.is_of(one, move) and one["sequence"] in reading.shown
                for one in (*reading.pending, *reading.claims))  # fmt: skip
    move.unnoted += not noted
    if not noted and not told.cut:
        yield broken("KEPT", ledger.tap, "let through, and no line notes that it was shown")
    if move.amount and not ledger.claimed(move):
        yield broken("KEPT", ledger.tap, f"let through, and {move.amount} fen are not claimed")
    now, before = move.tap == ledger.tap, shown["already"] or shown["recovered"]
    if now == before:
        yield broken("TRUTH", ledger.tap, "paid now or before: the display says the other")
    due = 0 if shown["already"] else move.amount
    if shown["amount"] != due:
        yield broken("TRUTH", ledger.tap, f"{shown['amount']} fen shown, {due} moved")
    if not shown["already"] and shown["balance_after"] not in move.balances:
        yield broken(
            "TRUTH", ledger.tap, f"{shown['balance_after']} fen left shown, {move.balances[0]} are"
        )


def _refused(ledger: Ledger, told: Told, what: Callable[[], Due]) -> Iterator[Broken]:
    shown = told.shown or {}
    for move in ledger.of(told.card, told.terminal):
        open_ = not ledger.is_over(move) and not (told.cut and move.tap != ledger.tap)
        if open_ and told.card not in ledger.mute:
            yield broken("PAID", ledger.tap, f"refused, and {move.amount} fen have moved")
    if not told.cut and told.card not in ledger.mute and what().passes:
        yield broken("REASON", ledger.tap, f"refused: {shown['reason']}")


# -- the end -------------------------------------------------------------------------------


def settled(ledger: Ledger, terminal: str, reading: Reading) -> Iterator[Broken]:
    """At the end everything is claimed or disputed, and was shown."""
    moved = 0
    for move in ledger.moves:
        if move.terminal != terminal or ledger.disputed(move):
            continue
        moved += move.amount
        if not move.shown and not move.lapsed:
            yield broken("SUM", ledger.tap, f"{move.amount} fen of tap {move.tap} never shown")
    claimed = sum(one["amount"] for one in reading.claims)
    if moved != claimed:
        yield broken("SUM", ledger.tap, f"{terminal}: {moved} fen moved, {claimed} are claimed")
    for record in reading.open:
        yield broken("SUM", ledger.tap, f"{terminal}: {record['amount']} fen are still open")
