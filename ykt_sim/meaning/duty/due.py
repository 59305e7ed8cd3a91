"""Who must pay, who must not: what is due from a card at a terminal before it is tapped.

Every ground against a card is named; where the facts or the statement leave it open, that is
said, and then nothing is held against either way of the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

import msgspec

from ykt_sim.codes import LNT, TUNION
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.fares import Open, discounted, price_of
from ykt_sim.meaning.duty.price import DEBIT, INIT, PASS, Ground, Price
from ykt_sim.meaning.duty.purse import Money
from ykt_sim.meaning.duty.seen import Purse, Visit, Who
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import BusRecord, LntTransactionRecord, RailRecord

__all__ = ["DEBIT", "INIT", "PASS", "Due", "Ground", "History", "Price", "due"]

INTEROPERABLE: Final = "0001"
ENABLED: Final = "01"
#: Answers to what becomes of a card that is not enabled.
_ANSWERED: Final = ("judged", "not judged")


class Due(msgspec.Struct, frozen=True):
    """What is due.

    Attributes:
        price: of a card that may pass; None where it may not.
        other: what it may pay as well, where that is left open.
        grounds: against it; all of them.
        unsure: why it is left open whether it passes; empty where it is not.
        doubt: what else may be held against a card that must not pass; empty where nothing may.
    """

    price: Price | None = None
    other: Price | None = None
    grounds: tuple[Ground, ...] = ()
    unsure: str = ""
    doubt: str = ""

    @property
    def passes(self) -> bool:
        """It must be let through."""
        return not self.grounds and not self.unsure and self.price is not None

    @property
    def refused(self) -> bool:
        """It must not be let through."""
        return bool(self.grounds) and not self.unsure

    def fits(self, standard: str, amount: int) -> bool:
        """A payment is one that may be."""
        prices = [price for price in (self.price, self.other) if price is not None]
        return not prices or any(
            price.standard == standard and price.is_(amount) for price in prices
        )


class History(msgspec.Struct, frozen=True):
    """What a card has behind it that its own files do not tell for sure.

    Attributes:
        paid: fen that it has paid here.
    """

    paid: int = 0


#: A counter at its maximum, at which INITIALIZE is answered 9402 [sw] purse facts.
_LAST: Final = 0xFFFF


def due(terms: Terms, visit: Visit, history: History | None = None) -> Due:
    """What is due from a card.

    Args:
        terms: of the terminal.
        visit: the card before it, its facts and the terminal's clock.
        history: of the card; None: it has none.
    """
    who, before = visit.who, visit.before
    if who is None or before is None or not visit.clock:
        return Due(unsure="nobody knows what the card is")
    if terms.load and not terms.least <= visit.amount <= terms.most:
        what = f"is to be loaded with {visit.amount} fen"
        return Due(grounds=(Ground("LOAD-LIMIT", INIT, what),))
    ways = [
        standard
        for standard in terms.priority
        if standard in who.standards and _reached(terms, who, standard)
    ]
    if not ways:
        what = "has no application for this terminal"
        return Due(grounds=(Ground("NO-APPLICATION", INIT, what),))
    past = history or History()
    found = [_application(terms, visit, who, standard, past) for standard in ways]
    return found[0] if len(found) == 1 else _of_two(terms, *found)


def _of_two(terms: Terms, first: Due, other: Due) -> Due:
    """What is due from a card with two applications; what is against the first may be the end."""
    if not (first.grounds or first.unsure):
        return first
    known = bool(first.grounds) and not first.unsure
    if known and terms.second == "not tried":
        return first
    if other.grounds:
        return Due(grounds=tuple(_together([first, other]))) if first.grounds else first
    if known and terms.second == "tried":
        return other
    # No source says whether a terminal goes on to the other application.
    why = first.unsure or "the other application is good"
    return Due(first.price, other.price, first.grounds, why)


def _together(found: list[Due]) -> Iterator[Ground]:
    """Grounds against all applications: a terminal may go as far as the best of them lets it."""
    stages = (INIT, DEBIT, PASS)
    least = max(min(stages.index(one.before) for one in each.grounds) for each in found)
    for each in found:
        for one in each.grounds:
            yield msgspec.structs.replace(one, before=stages[least])


def _reached(terms: Terms, who: Who, standard: str) -> bool:
    """A T-Union purse is found by PPSE, or by its name where that is declared."""
    direct = terms.way_in == "direct" or terms.without_ppse == "direct"
    return standard != TUNION or who.ppse or direct


def _application(terms: Terms, visit: Visit, who: Who, standard: str, past: History) -> Due:
    before = visit.before
    if before is None or standard not in before.purses:
        return Due(unsure=f"nobody knows the {standard} purse")
    purse = before.purses[standard]
    outlived = _outlived(terms, visit, who, purse, standard)
    against = _identity(terms, visit, who, standard)
    grounds = [one for one in against if not (outlived and one.rule == "EXPIRY")]
    price, unsure = Price(standard, visit.amount), ""
    if not terms.load:
        priced = price_of(terms, purse, standard, visit.clock)
        if isinstance(priced, Ground):
            grounds.append(priced)
        elif isinstance(priced, Open):
            unsure, price = priced.why, priced.price(terms, standard)
        else:
            price = priced
    doubt = outlived or _doubt(terms, who, standard)
    if (purse.online if terms.load else purse.offline) == _LAST:
        doubt = doubt or "its counter is used up, and the card refuses INITIALIZE"
    if grounds:
        return Due(grounds=tuple(grounds), doubt=doubt)
    if terms.load:
        grounds += _room(who, purse, visit.amount)
    else:
        price = price if unsure else discounted(terms, purse, visit.clock, price, past.paid)
        money = _money(terms, who, purse, price)
        unsure = unsure or (money if isinstance(money, str) else "")
        grounds += [money] if isinstance(money, Ground) else []
    if grounds:
        return Due(price, None, tuple(grounds), unsure, doubt)
    return Due(price, None, (), unsure or doubt)


# -- who it is -----------------------------------------------------------------------------


def _identity(terms: Terms, visit: Visit, who: Who, standard: str) -> Iterator[Ground]:
    if who.blocked == standard:
        yield Ground("BLOCKED", INIT, "is blocked")
    yield from _dates(visit, who, standard)
    if standard == TUNION:
        yield from _lists(terms, who)
        if who.enable_flag != ENABLED and terms.enabled == "judged":
            yield Ground("ENABLED", INIT, f"has {who.enable_flag} for an enable flag")
    if _number(who, standard) in terms.black:
        yield Ground("BLACK", INIT, "is in the black list")


def _outlived(terms: Terms, visit: Visit, who: Who, purse: Purse, standard: str) -> str:
    """Why it is left open what is due at the exit of a card that expired on its ride."""
    expiry = who.dates.get(standard, ("", ""))[1]
    if terms.direction != "exit" or expiry != _day_before(visit.clock[:8]):
        return ""
    if _begun(terms, purse, standard) != expiry[4:]:
        return ""
    return "no source speaks of the exit of a ride that was begun before its card expired"


def _day_before(day: str) -> str:
    try:
        return f"{date.fromisoformat(day) - timedelta(days=1):%Y%m%d}"
    except (ValueError, OverflowError):
        return ""


def _begun(terms: Terms, purse: Purse, standard: str) -> str:
    """Month and day on which the open ride of a card began; empty where nothing says so."""
    with suppress(ReadError):
        if standard == LNT:
            newest = purse.ride or purse.log  # it may have paid elsewhere on its ride
            return LntTransactionRecord.parse(bytes.fromhex(newest)).month_day
        if terms.record == "2701":
            return RailRecord.parse(bytes.fromhex(purse.rail)).entry_datetime[4:8]
        return BusRecord.parse(bytes.fromhex(purse.bus)).boarding_datetime[4:8]
    return ""


def _doubt(terms: Terms, who: Who, standard: str) -> str:
    """What some terminals may hold against a card, and others not."""
    if not who.dates.get(standard, ("", "0"))[1].isdigit():
        return "no source speaks of a card without an expiry date"
    if standard == TUNION and who.enable_flag != ENABLED and terms.enabled not in _ANSWERED:
        return "the statement does not say what an enable flag is for"
    if any(_number(who, other) in terms.black for other in who.standards):
        return "the card's other number is in the black list"
    return ""


def _number(who: Who, standard: str) -> str:
    return who.pan if standard == TUNION else f"510000{who.number}"


def _dates(visit: Visit, who: Who, standard: str) -> Iterator[Ground]:
    today, days = visit.clock[:8], who.dates.get(standard)
    if days is None:
        return
    start, expiry = days
    if not start.isdigit():
        yield Ground("NO-DATE", INIT, f"has {start} and {expiry} for dates")
    elif today < start:
        yield Ground("START", INIT, f"is not valid before {start}")
    if expiry.isdigit() and today > expiry:
        yield Ground("EXPIRY", INIT, f"has expired on {expiry}")


def _lists(terms: Terms, who: Who) -> Iterator[Ground]:
    pair = (who.issuer, who.iin)
    if terms.white is not None and pair not in terms.white:
        known = who.issuer in {issuer for issuer, _ in terms.white}
        if known:
            yield Ground("IIN", INIT, "has another issuer's IIN", "5469")
        else:
            yield Ground("ISSUER", INIT, "is of an issuer nobody lists", "2449")
    if terms.judged and who.issuer not in terms.own and not _interoperable(terms, who):
        yield Ground("FLAG", INIT, "does not show the interoperability flag")


def _interoperable(terms: Terms, who: Who) -> bool:
    if who.ef17:
        return who.flag == INTEROPERABLE
    match terms.fallback:
        case "accept":
            return True
        case "ecash":
            return who.ecash and who.flag == INTEROPERABLE
        case _:
            return False


# -- what it holds -------------------------------------------------------------------------


def _money(terms: Terms, who: Who, purse: Purse, price: Price) -> Ground | str | None:
    """A ground when it holds too little, words where that is left open."""
    if purse.balance >= price.need + price.rounded:
        return None
    doubt = _short(terms, who, purse, price)
    if doubt is not None:
        return doubt or None
    if purse.balance == 0 and price.standard == TUNION:
        return Ground("EMPTY", DEBIT, "is empty", "2731")
    what = f"holds {purse.balance} fen and needs {price.need}"
    return Ground("ENOUGH", DEBIT, what)


def _short(terms: Terms, who: Who, purse: Purse, price: Price) -> str | None:
    """Why it is left open that a card has too little; empty where it has enough all the same."""
    if price.spare is not None and purse.balance >= price.spare:
        return "whether what is asked for is what is due after the discount"
    if price.rounded and purse.balance == price.need:
        return "a part of a fen is left, and no source says what becomes of it"
    if price.amount is None:
        return "a discount may be due that the statement does not declare"
    if purse.available < price.need or not terms.overdraft:
        return None
    if price.standard != TUNION:
        return "no source speaks of a Lingnan Tong overdraft"
    return "" if who.tells_overdraft else "GET BALANCE 00 of this card tells no overdraft"


def _room(who: Who, purse: Purse, amount: int) -> Iterator[Ground]:
    """A load repays what is drawn first; what is then on the card is at most its ceiling."""
    money = Money(purse.available, purse.available - purse.balance)
    if (money.after_load(amount) or 0) > who.ceiling:
        yield Ground("CEILING", PASS, f"cannot hold {amount} fen more")
