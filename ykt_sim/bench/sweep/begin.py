"""Where all stories of one flow begin: cards are made, terminals have worked before."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

import msgspec
from msgspec.structs import replace

from ykt_sim.bench.make import make_sam
from ykt_sim.bench.sweep.cuts import counting
from ykt_sim.bench.sweep.flows import (
    Flow,
    Setting,
    card_profile,
    first,
    standards_of,
    terminal_profile,
)
from ykt_sim.bench.sweep.terms import holder_of, terms_of
from ykt_sim.bench.sweep.world import CARD, EARLIER, ELSEWHERE, HERE, LOADS, OTHER, Place, World
from ykt_sim.card import CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import UsageError
from ykt_sim.faults import card as card_faults
from ykt_sim.faults import sam as sam_faults
from ykt_sim.faults import terminal as terminal_faults
from ykt_sim.meaning.books import Books
from ykt_sim.profiles.cards import CardProfile, Identity
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam import SamImage

#: Ten seconds after a full minute: what comes seven seconds later is in the same.
_BEGIN: Final = datetime(2025, 6, 1, 8, 0, 10)  # noqa: DTZ001 - a terminal knows local time only
_ROOMS: Final = ("card", "terminal", "sam")
#: Serials and numbers of the PSAMs elsewhere: not those of any shipped profile.
_NUMBERS: Final = {
    ELSEWHERE: ("58600000413158609901", "413158609901"),
    LOADS: ("58100000880120039901", "880120039901"),
}
_GATE: Final = "gate"


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where all stories of one flow begin.

    Attributes:
        setting, flow: what is played.
        images: of the cards, by name.
        profiles: of the terminals, by name; sams: their PSAMs; journals: what they have noted.
        books: that know of what was before.
        now: the clock.
    """

    setting: Setting
    flow: Flow
    images: dict[str, CardImage]
    profiles: dict[str, TerminalProfile]
    sams: dict[str, SamImage]
    journals: dict[str, bytes]
    books: Books
    now: datetime

    def world(self, chance: Random | None = None) -> World:
        """A street of its own."""
        faults = self.setting
        cards = {
            name: card_faults.make_card(image, counting(), faults.faults("card"), sleep=_no_sleep)
            for name, image in self.images.items()
        }
        places = {
            name: Place(
                profile=self.profiles[name],
                faults=faults.faults("terminal") if name == HERE else (),
                sam=sam_faults.make_sam(
                    image, counting(), faults.faults("sam") if name == HERE else ()
                ),
                journal=self.journals[name],
            )
            for name, image in self.sams.items()
        }
        return World(cards, places, self.books.branch(), self.now, chance)


def begin(setting: Setting, flow: Flow) -> Start:
    """Make cards and terminals, and tap what is to be tapped before.

    Raises:
        UsageError: no such fault; a card is not let through where the flow begins.
    """
    _check(setting)
    card, named = card_profile(setting.card), terminal_profile(setting.terminal)
    has = standards_of(card)
    own = named if flow.done_by(named) else terminal_profile(flow.terminal)
    befores = [first(terminal_profile(name), flow.standard) for name in flow.before]
    profiles = {
        HERE: flow.at(own),
        ELSEWHERE: _elsewhere(ELSEWHERE, "ferry-upgraded", flow),
        LOADS: _elsewhere(LOADS, "load-point", flow),
        **{f"{_GATE}{number}": profile for number, profile in enumerate(befores)},
    }
    entry = befores[0].sam.terminal if befores else ""
    numbers = {CARD: card.identity, OTHER: _another(card.identity, 1)}
    numbers[EARLIER] = _another(card.identity, 2)
    books = Books(
        {name: terms_of(profile, entry) for name, profile in profiles.items()},
        {name: holder_of(card, one, has) for name, one in numbers.items()},
        profiles[HERE].already_paid_s,
    )
    profile = _with_overdraft(card, flow.overdraft)
    start = Start(
        setting=setting,
        flow=flow,
        images={
            name: personalise(profile, identity=one, balance=flow.balance)
            for name, one in numbers.items()
        },
        profiles=profiles,
        sams={name: make_sam(one).snapshot() for name, one in profiles.items()},
        journals=dict.fromkeys(profiles, b""),
        books=books,
        now=_BEGIN - timedelta(minutes=30),
    )
    return _after_rides(start, [f"{_GATE}{number}" for number in range(len(befores))])


def _after_rides(start: Start, gates: list[str]) -> Start:
    """All cards have come as far as the flow wants, and one has been here."""
    world = start.world()
    for gate in gates:
        for card in start.images:
            world.ride(card, gate)
            _must(world, card, gate)
    world.ride(EARLIER, HERE)
    _must(world, EARLIER, HERE)
    return replace(
        start,
        images={name: card.snapshot() for name, card in world.cards.items()},
        sams={name: place.sam.snapshot() for name, place in world.places.items()},
        journals={name: place.journal for name, place in world.places.items()},
        books=world.books,
        now=_BEGIN,
    )


def _must(world: World, card: str, place: str) -> None:
    if not world.said[-1][1].startswith("accepted"):
        raise UsageError(f"card {card} is not let through at {place}: {world.story[-1]}")


def _check(setting: Setting) -> None:
    for name in setting.deviate:
        if name.partition(":")[0] not in _ROOMS:
            raise UsageError(f"--deviate {name!r}: card:NAME, terminal:NAME or sam:NAME")
    card_faults.check(setting.faults("card"))
    terminal_faults.check(setting.faults("terminal"))
    sam_faults.check(setting.faults("sam"))


def _elsewhere(name: str, profile: str, flow: Flow) -> TerminalProfile:
    found = first(terminal_profile(profile), flow.standard)
    serial, number = _NUMBERS[name]
    return replace(found, sam=replace(found.sam, serial=serial, terminal=number))


def _another(base: Identity, number: int) -> Identity:
    """The numbers of the card so many further on; a dual card's PAN holds its other number."""
    own = base.lnt_number or base.pan[8:18]
    digits = f"{(int(own) + number) % 10 ** len(own):0{len(own)}d}"
    pan = f"{base.pan[:8]}{digits}{base.pan[18:]}" if base.pan else ""
    return replace(base, pan=pan, lnt_number=digits if base.lnt_number else "")


def _with_overdraft(card: CardProfile, limit: int) -> CardProfile:
    """The card, with an overdraft on every purse whose money is T-Union's."""
    if not limit:
        return card
    shared = next((use.money for use in card.application if use.use == "tunion-ep"), None)
    uses = tuple(
        replace(use, overdraft_limit=limit)
        if use.use == "tunion-ep" or (shared is not None and use.money == shared)
        else use
        for use in card.application
    )
    return replace(card, application=uses)


def _no_sleep(_seconds: float) -> None:
    """Nobody looks at a clock here."""
