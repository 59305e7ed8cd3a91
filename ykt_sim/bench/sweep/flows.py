"""The taps that are cut: which card does what at which terminal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from ykt_sim.codes import LNT, TUNION, Standard
from ykt_sim.errors import UsageError
from ykt_sim.profiles.cards import CardProfile, load_card_profile
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile

#: Fen: what the cards hold, and what is loaded.
BALANCE: Final = 20_000
LOADED: Final = 5_000
_OVERDRAFT: Final = 1_000


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of tap.

    Attributes:
        name: of it; zh: in Chinese.
        standard: of the purse that is used.
        terminal: profile where the named terminal does not do this.
        direction, kinds: of terminals that do.
        purchase: ``simple`` or ``composite`` where the terminal is set so for it; empty: as it is.
        before: profiles of terminals at which the card is tapped first.
        balance: fen on the card; overdraft: its limit.
    """

    name: str
    zh: str
    standard: Standard
    terminal: str
    direction: str = "single"
    kinds: tuple[str, ...] = ("bus", "ferry", "metro")
    purchase: Literal["", "simple", "composite"] = ""
    before: tuple[str, ...] = ()
    balance: int = BALANCE
    overdraft: int = 0

    def done_by(self, profile: TerminalProfile) -> bool:
        """A terminal does this."""
        fits = profile.direction == self.direction and profile.kind in self.kinds
        pays = profile.purchase.overdraft or not self.overdraft
        return fits and pays and self.standard in profile.applications.priority

    def amount(self, profile: TerminalProfile) -> int:
        """What is to be loaded, fen; 0 anywhere else."""
        return LOADED if profile.load is not None else 0

    def at(self, profile: TerminalProfile) -> TerminalProfile:
        """A terminal as it is for this: its purse is tried first, and pays in this way."""
        profile = first(profile, self.standard)
        if not self.purchase:
            return profile
        if self.standard == TUNION:
            changed = replace(profile.purchase, tunion=self.purchase)
        else:
            changed = replace(profile.purchase, lnt=self.purchase)
        return replace(profile, purchase=changed)


def first(profile: TerminalProfile, standard: Standard) -> TerminalProfile:
    """A terminal that tries the purse of one standard before any other."""
    takes = profile.applications
    order = (standard, *(one for one in takes.priority if one != standard))
    way = "ppse-first" if takes.entry == "lnt-probe-first" and standard == TUNION else takes.entry
    return replace(profile, applications=replace(takes, priority=order, entry=way))


def _both(name: str, zh: str, **rest: object) -> Iterator[Flow]:
    for standard, word in ((LNT, "岭南通"), (TUNION, "交通联合")):
        yield Flow(name=f"{standard}-{name}", zh=word + zh, standard=standard, **rest)  # type: ignore[arg-type]


_METRO_IN: Final = {"kinds": ("metro",), "direction": "entry"}
_METRO_OUT: Final = {"kinds": ("metro",), "direction": "exit"}
_BUS_IN: Final = {"kinds": ("bus",), "direction": "entry"}
_BUS_OUT: Final = {"kinds": ("bus",), "direction": "exit"}
FLOWS: Final = (
    *_both("purchase", "普通消费", terminal="bus-upgraded", purchase="simple"),
    *_both("composite", "复合消费", terminal="bus-upgraded", purchase="composite"),
    *_both("entry", "进站", terminal="metro-entry", **_METRO_IN),
    *_both("exit", "出站", terminal="metro-exit", before=("metro-entry",), **_METRO_OUT),
    *_both("board", "上车", terminal="bus-board", **_BUS_IN),
    *_both("alight", "下车", terminal="bus-alight", before=("bus-board",), **_BUS_OUT),
    *_both("ferry", "轮渡", terminal="ferry-upgraded", kinds=("ferry",)),
    *_both("load", "圈存", terminal="load-point", direction="load", kinds=("load",)),
    Flow(
        name="tunion-overdraft", zh="透支消费", standard=TUNION, terminal="bus-upgraded",
        purchase="composite", balance=50, overdraft=_OVERDRAFT,
    ),
)  # fmt: skip


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Who meets whom.

    Attributes:
        card: name of a card profile, or its file.
        terminal: name of a terminal profile, or its file.
        deviate: faults, as ``card:NAME``, ``terminal:NAME``, ``sam:NAME``.
    """

    card: str = "dual"
    terminal: str = "bus-upgraded"
    deviate: tuple[str, ...] = ()

    @classmethod
    def of(cls, card: str, terminal: str, deviate: tuple[str, ...] = ()) -> Setting:
        """From names with faults behind them: ``dual?deviate=NAME``, as targets have them."""
        names, faults = [], list(deviate)
        for room, text in (("card", card), ("terminal", terminal)):
            name, _, wrong = text.partition("?deviate=")
            names.append(name)
            faults += [f"{room}:{one}" for one in wrong.split(",") if one]
        return cls(card=names[0], terminal=names[1], deviate=tuple(faults))

    def faults(self, room: str) -> tuple[str, ...]:
        """Names of the faults of one room."""
        return tuple(
            name.partition(":")[2] for name in self.deviate if name.partition(":")[0] == room
        )


@lru_cache(maxsize=8)
def card_profile(name: str) -> CardProfile:
    """A card's profile, read once; UsageError for an image."""
    if name.endswith(".json"):
        raise UsageError(f"{name}: a sweep makes its own cards: name a profile, not an image")
    return load_card_profile(name)


@lru_cache(maxsize=32)
def terminal_profile(name: str) -> TerminalProfile:
    """A terminal's profile, read once."""
    return load_terminal_profile(name)


def standards_of(profile: CardProfile) -> tuple[Standard, ...]:
    """Whose purses a card has."""
    names = {use.use for use in profile.application}
    found = ((TUNION, "tunion-ep"), (LNT, "lnt-wallet"))
    return tuple(standard for standard, name in found if name in names)


def flows_of(setting: Setting, names: tuple[str, ...] = (), *, every: bool = False) -> list[Flow]:
    """The flows to play: those named, every one that the card can do, or those of the terminal.

    Raises:
        UsageError: a name is none; the card cannot do one; the terminal does none.
    """
    has, profile = standards_of(card_profile(setting.card)), terminal_profile(setting.terminal)
    known = {flow.name: flow for flow in FLOWS}
    for name in names:
        if name not in known:
            raise UsageError(f"no flow {name!r}; there are {', '.join(known)}")
        if known[name].standard not in has:
            raise UsageError(f"card {setting.card} has no {known[name].standard} purse: {name}")
    if names:
        return [known[name] for name in names]
    found = [
        flow
        for flow in FLOWS
        if flow.standard in has and (every or (flow.done_by(profile) and "ferry" not in flow.name))
    ]
    if not found:
        raise UsageError(
            f"card {setting.card} and terminal {setting.terminal} have no flow in common"
        )
    return found
