"""One visit after the other: what cards owe, what they have paid, which numbers are spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import msgspec

from ykt_sim.codes import LNT, TUNION, Operation
from ykt_sim.meaning.duty.alike import Kind, Seen, kind_of, same
from ykt_sim.meaning.duty.cleared import (
    cleared,
    disputed,
    kept,
    nothing,
    told,
    untouched,
)
from ykt_sim.meaning.duty.due import DEBIT, INIT, Due, Ground, History, due
from ykt_sim.meaning.duty.entry import blocked_word, entered, unstated
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.genuine import forged, refused_steps, ring_of, wrong_codes
from ykt_sim.meaning.duty.heard import told_wrong
from ykt_sim.meaning.duty.outputs.telling import Sent
from ykt_sim.meaning.duty.paid import (
    card_agrees,
    counted,
    due_is_done,
    heard,
    met,
    once,
    refused,
    said,
    taken,
)
from ykt_sim.meaning.duty.record import counts_rides, full_fare, recorded
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.meaning.keyring import KeyRing

#: Records that a card's log keeps, EF 18 [LAB carddata1] cards facts 3.3, and so many at least in
#: a Lingnan Tong wallet [DUMP] 6.4: after so many others nobody can read what became of one.
_LOGGED: Final[Mapping[str, int]] = {TUNION: 10, LNT: 12}


class _Torn(msgspec.Struct):
    """A commit whose answer was not heard, or not believed.

    Attributes:
        sent: the transaction, as it was sent.
        done: the card has done it.
        disputed: its answer came whole with a wrong code, so that no source says whether the card
            is asked when it is back, or the terminal does not say what it made of the tap.
        elsewhere: how often the card was used at other terminals since.
    """

    sent: Sent
    done: bool
    disputed: bool = False
    elsewhere: int = 0

    @property
    def tx(self) -> Transaction:
        """The transaction."""
        return self.sent.tx


class Duty:
    """What a terminal owes its cards, and they it, over all visits that it is told of.

    Attributes:
        terms: what the terminal has declared.
        unsure: why visits were not held to one way, with how often.
        meant: what was due in the visit judged last, in words.
    """

    def __init__(self, terms: Terms, keys: KeyRing | None = None) -> None:
        self.terms = terms
        self.unsure: Counter[str] = Counter()
        self.meant = ""
        self._keys = keys or KeyRing()
        self._torn: dict[str, _Torn] = {}
        self._untold: dict[str, Transaction] = {}
        self._sent: dict[str, list[Sent]] = {}
        self._month: dict[str, str] = {}
        self._paid: Counter[str] = Counter()
        self._used_before: set[str] = set()
        self._fares: dict[Kind, Seen] = {}
        self._blocked: dict[tuple[tuple[str, ...], str], tuple[bool, int]] = {}
        self._passed = ""
        self._serial = -1
        self._sequences: set[int] = set()

    def judge(self, visit: Visit) -> tuple[Finding, ...]:
        """What is against the terminal in its next visit.

        Raises:
            ReadError: a fact of the card does not have its layout.
        """
        self._used(visit)
        keys = ring_of(self._keys, visit)
        what = self._due(visit)
        sent = self._sent.setdefault(visit.card, [])
        sent += [
            Sent(tx, full_fare(self.terms, what, tx))
            for tx in visit.transactions
            if tx.commit is not None and tx.data is not None
        ]
        found = chain(
            entered(self.terms, visit),
            refused_steps(visit),
            forged(visit, keys),
            self._money(visit, what, keys),
            kept(visit),
            recorded(self.terms, visit, what),
            self._months(visit),
            disputed(self.terms, visit, sent),
            card_agrees(visit),
            self._numbers(visit),
        )
        judged = tuple(found)
        self._remember(visit, keys)
        return judged

    def _used(self, visit: Visit) -> None:
        for card, _standard in visit.elsewhere:
            if card in self._torn:
                self._torn[card].elsewhere += 1
            self._used_before.add(card)

    # -- money ---------------------------------------------------------------------------

    def _money(self, visit: Visit, what: Due, keys: KeyRing) -> Iterator[Finding]:
        torn = self._torn.get(visit.card)
        self.meant = _words(visit, what, torn)
        if not visit.calls and visit.decision is None:
            self.unsure["the terminal never met the card"] += 1
        elif visit.spoilt:
            yield from self._spoilt(visit, torn)
            sent = self._spoken_of(visit, torn)
            if sent is not None:
                yield from heard(visit, sent.tx.amount)
                yield from self._said(visit, sent, keys, proof=False)
            yield from self._blocked_alike(visit, what)
        elif visit.gone and not visit.done:
            yield from self._cut(visit, what, torn)
        elif torn is None and visit.already and visit.card in self._untold and not visit.commits:
            yield from heard(visit, 0)
            yield from nothing(visit)
        elif torn is None:
            self.unsure += Counter((what.unsure,) if what.unsure else ())
            yield from met(self.terms, visit, what)
            yield from self._alike(visit)
        elif torn.done:
            yield from self._settled(visit, what, torn, keys)
        else:
            yield from self._begun_again(visit, what, torn)
        yield from once(visit)
        if not visit.passed:
            yield from nothing(visit)
            yield from untouched(self.terms, visit, self._sent[visit.card])
        elif visit.spoilt:
            pass  # said above, whatever was heard of the commit
        elif len(visit.done) == 1 and len(visit.commits) == 1 and visit.done[0].data is not None:
            yield from self._said(visit, self._sent[visit.card][-1], keys)

    def _spoken_of(self, visit: Visit, torn: _Torn | None) -> Sent | None:
        """The transaction for which a card is let through of which something else was heard."""
        if not visit.passed or visit.decision is None or len(visit.commits) > 1:
            return None
        if visit.commits:
            last = self._sent[visit.card][-1:]
            return last[0] if last and last[0].tx in visit.transactions else None
        return None if torn is None else torn.sent

    def _said(
        self, visit: Visit, sent: Sent, keys: KeyRing, *, proof: bool = True
    ) -> Iterator[Finding]:
        """What the terminal says of the transaction for which it lets a card through."""
        yield from cleared(self.terms, visit, sent, keys, proof=proof)
        yield from told(self.terms, visit, sent)

    def _alike(self, visit: Visit) -> Iterator[Finding]:
        """The first ride of a card costs what it cost other cards; later ones may be transfers."""
        if not visit.passed or len(visit.done) != 1 or self.terms.load:
            return
        if not visit.card or visit.card in self._used_before:
            return
        tx = visit.done[0]
        kind = kind_of(self.terms, visit, tx)
        if kind is not None:
            yield from same(self._fares, kind, visit, tx)
            self._fares.setdefault(kind, Seen(tx.amount, visit.number))

    def _due(self, visit: Visit) -> Due:
        what = due(self.terms, visit, History(self._paid[visit.card]))
        again = self.terms.again == "refuse" and self.terms.direction == "single"
        if again and visit.card == self._passed and what.passes:
            ground = Ground("AGAIN", INIT, "was let through a moment ago")
            return Due(what.price, None, (ground,))
        return what

    def _spoilt(self, visit: Visit, torn: _Torn | None) -> Iterator[Finding]:
        """The terminal heard something else: it may not let through what it did not hear.

        A card that said it refused may be asked for the proof that it did not. What the card has
        done shows on the card: an answer of another length hides it on the wire. Whatever was
        heard, a card pays once: what it has done counts.
        """
        count = counted(visit)
        if torn is not None and torn.done and count and self._recovers(torn, here=True):
            yield self._twice(visit, torn)
        self.unsure += Counter(unstated(visit) if visit.passed else ())
        if torn is None and not visit.gone:
            yield from told_wrong(self.terms, visit, History(self._paid[visit.card]))
        hidden = all(call.ok for call in visit.commits) and count
        paid = bool(visit.done) or visit.proved or hidden
        if visit.passed and not paid and torn is None:
            yield breaks(
                "FREE", visit.number, "let through without an answer that says so", "refused",
                "accepted", visit.last,
            )  # fmt: skip

    def _blocked_alike(self, visit: Visit, what: Due) -> Iterator[Finding]:
        """One way for all words that say blocked, whichever way is the terminal's."""
        word = blocked_word(visit)
        if word is None or visit.who is None or not what.passes or visit.gone:
            return
        if visit.card in self._torn:
            return
        name, sw = word
        before = self._blocked.setdefault((visit.who.standards, name), (visit.passed, sw))
        if before[0] != visit.passed:
            yield breaks(
                "BLOCKED-ALIKE", visit.number,
                f"after {sw:04X} to SELECT the card is {_way(passed=visit.passed)}, after"
                f" {before[1]:04X} it was {_way(passed=before[0])}",
                _way(passed=before[0]), _way(passed=visit.passed), visit.last,
            )  # fmt: skip

    def _cut(self, visit: Visit, what: Due, torn: _Torn | None) -> Iterator[Finding]:
        """The card left before a commit was answered."""
        if visit.passed:
            yield breaks(
                "TORN-NOW", visit.number, "the card was gone, and it is let through", "retry",
                "accepted", visit.last,
            )  # fmt: skip
        if visit.moved and not visit.commits:
            yield taken(visit)
        if torn is not None:
            if torn.done and visit.commits and self._recovers(torn):
                yield self._twice(visit, torn)
            return
        if what.refused:
            yield from refused(self.terms, visit, what)
        for tx in visit.transactions:
            if tx.commit is not None:
                yield from due_is_done(visit, what, tx)

    def _recovers(self, torn: _Torn, *, here: bool = False) -> bool:
        """The transaction is to be found out; ``here``: and the card has been nowhere since."""
        logged = torn.elsewhere < _LOGGED[torn.tx.standard]
        told = self.terms.recovery and not torn.disputed and logged
        return told and not (here and torn.elsewhere)

    def _twice(self, visit: Visit, torn: _Torn) -> Finding:
        verb = "loaded" if torn.tx.operation == Operation.LOAD else "debited"
        return breaks(
            "TORN-TWICE", visit.number, f"{verb} again, {torn.tx.amount} fen had moved unheard",
            "no commit", f"{len(visit.commits)}", visit.commits[0].index,
        )  # fmt: skip

    def _settled(self, visit: Visit, what: Due, torn: _Torn, keys: KeyRing) -> Iterator[Finding]:
        """The card is back, and its torn transaction was done."""
        # An amount that a load point never loads is refused before any card is looked at.
        unasked = any(one.rule == "LOAD-LIMIT" for one in what.grounds)
        if visit.commits:
            if self._recovers(torn):
                yield self._twice(visit, torn)
            elif visit.passed:
                yield from met(self.terms, visit, what)
        elif visit.passed:
            yield from heard(visit, torn.tx.amount)
            yield from self._said(visit, torn.sent, keys, proof=not torn.elsewhere)
        elif visit.decision is not None and not unasked and self._recovers(torn, here=True):
            yield breaks(
                "TORN-BACK", visit.number,
                f"its debit was done, and it is not let through: {said(visit)}",
                "accepted", said(visit), visit.last,
            )  # fmt: skip

    def _begun_again(self, visit: Visit, what: Due, torn: _Torn) -> Iterator[Finding]:
        """The card is back, and its torn transaction was never done."""
        # To learn what became of it, INITIALIZE is sent whatever is against the card.
        grounds = tuple(
            msgspec.structs.replace(one, before=DEBIT if one.before == INIT else one.before)
            for one in what.grounds
        )
        what = msgspec.structs.replace(what, grounds=grounds)
        if torn.elsewhere and not visit.passed:
            what = msgspec.structs.replace(what, unsure="used elsewhere after a torn tap")
        if visit.passed and not visit.done:
            yield breaks(
                "TORN-FREE", visit.number, "its debit was never done, and it passes without one",
                torn.tx.amount, 0, visit.last,
            )  # fmt: skip
            return
        yield from met(self.terms, visit, what)

    # -- numbers -------------------------------------------------------------------------

    def _months(self, visit: Visit) -> Iterator[Finding]:
        """EF 19 counts every paid ride of an issuer's cards alike, or none."""
        issuer = "" if visit.who is None else visit.who.issuer
        for tx in visit.transactions:
            counts = counts_rides(visit, tx)
            if counts and counts != self._month.setdefault(issuer, counts):
                why = "EF 19 counts one paid ride as another not"
                yield breaks("MONTH-KEPT", visit.number, why, self._month[issuer], counts,
                             tx.init.index)  # fmt: skip

    def _numbers(self, visit: Visit) -> Iterator[Finding]:
        for tx in visit.transactions:
            if tx.commit is None or tx.data is None or tx.operation == Operation.LOAD:
                continue
            number = int.from_bytes(tx.data.terminal_serial, "big")
            if number <= self._serial:
                yield breaks(
                    "SERIAL", visit.number, f"PSAM number {number} follows {self._serial}",
                    self._serial + 1, number, tx.commit.index,
                )  # fmt: skip
            self._serial = max(self._serial, number)
        own = (visit.clearing or {}).get("sequence")
        if isinstance(own, int):
            if own in self._sequences:
                yield breaks("SEQUENCE", visit.number, f"clearing record {own} was there before",
                             "a new number", own, visit.last)  # fmt: skip
            self._sequences.add(own)

    # -- what is kept --------------------------------------------------------------------

    def _remember(self, visit: Visit, keys: KeyRing) -> None:
        self._passed = visit.card if visit.passed else ""
        self._paid[visit.card] += sum(tx.amount for tx in visit.done)
        if not visit.card:
            return  # nobody knows when it comes back
        self._untold.pop(visit.card, None)
        if visit.decision is None and visit.done:
            self._untold[visit.card] = visit.done[-1]
        if visit.commits:
            self._used_before.add(visit.card)
        sent = [tx for tx in visit.transactions if tx.commit is not None and tx.data is not None]
        silent = visit.decision is None
        if visit.passed and not (silent and visit.spoilt):
            self._torn.pop(visit.card, None)
        elif sent and (visit.spoilt or not visit.done):
            done = _counted(visit, sent[-1])
            heard_of_it = sent[-1].commit is not None and sent[-1].commit.answered
            if done or not heard_of_it:
                whole = sent[-1].result is not None and bool(wrong_codes(sent[-1], keys))
                disputed = visit.spoilt and (silent or whole)
                last = self._sent[visit.card][-1]
                self._torn[visit.card] = _Torn(last, done, disputed=disputed)
            else:
                self._torn.pop(visit.card, None)
        elif silent and not visit.gone and visit.card in self._torn:
            self._torn[visit.card].disputed = True  # settled or not, nobody says


def _way(*, passed: bool) -> str:
    return "accepted" if passed else "refused"


def _counted(visit: Visit, tx: Transaction) -> bool:
    """The card's own counter says that it has done the transaction."""
    if visit.before is None or visit.after is None or tx.standard not in visit.before.purses:
        return False
    old, new = visit.before.purses[tx.standard], visit.after.purses[tx.standard]
    return (old.offline, old.online) != (new.offline, new.online)


def _words(visit: Visit, what: Due, torn: _Torn | None) -> str:
    """What is due, in a few words."""
    if visit.spoilt:
        return "heard something else"
    if visit.gone and not visit.done:
        return "left too early"
    if torn is not None:
        back = "back, its transaction was done" if torn.done else "back, its transaction was not"
        return f"{back}, used elsewhere" if torn.elsewhere else back
    if what.unsure:
        return "left open"
    if what.grounds:
        return f"refused by {' '.join(sorted({f'D-{one.rule}' for one in what.grounds}))}"
    return "let through"
