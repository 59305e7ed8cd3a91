"""Faults that are a setting: a terminal of another profile would do the same."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from ykt_sim.faults.terminal.fault import Profile, TerminalFault
from ykt_sim.profiles.terminals import TerminalProfile


def _setting(part: str, **values: Any) -> tuple[Profile]:
    """Other values in one part of the profile; a part that it lacks stays away."""

    def change(profile: TerminalProfile) -> TerminalProfile:
        found = getattr(profile, part)
        if found is None:
            return profile
        return replace(profile, **{part: replace(found, **values)})

    return (Profile(change),)


def _other_priority(profile: TerminalProfile) -> TerminalProfile:
    applications = profile.applications
    return replace(
        profile, applications=replace(applications, priority=applications.priority[::-1])
    )


def _own_issuers_only(profile: TerminalProfile) -> TerminalProfile:
    own = profile.interoperability.own
    pairs = tuple(sorted(pair for pair in profile.white_pairs() if pair[0] in own))
    return replace(profile, white_list=replace(profile.white_list, registered=False, pairs=pairs))


def _whole_hundreds(profile: TerminalProfile) -> TerminalProfile:
    """Every listed number brings the hundred numbers that differ in its last two digits."""
    wide = [f"{number[:-2]}{last:02d}" for number in profile.black_list for last in range(100)]
    return replace(profile, black_list=tuple(wide))


def _other_lnt_type(profile: TerminalProfile) -> TerminalProfile:
    purchase = profile.purchase
    other = "simple" if purchase.lnt == "composite" else "composite"
    return replace(profile, purchase=replace(purchase, lnt=other))


FAULTS: Final = (
    # entry
    TerminalFault(
        "skips-ppse",
        "PPSE is skipped and AIDs are selected directly",
        _setting("applications", entry="direct"),
    ),
    TerminalFault(
        "wrong-priority",
        "the order of preference is the other way round",
        (Profile(_other_priority),),
    ),
    # checks of the card
    TerminalFault(
        "white-list-own-only",
        "only cards of the own issuers are taken for listed",
        (Profile(_own_issuers_only),),
    ),
    TerminalFault(
        "black-list-ignored",
        "the black list is not judged",
        (Profile(lambda profile: replace(profile, black_list=())),),
    ),
    TerminalFault(
        "black-list-too-wide",
        "the last two digits do not count in the black list",
        (Profile(_whole_hundreds),),
    ),
    TerminalFault(
        "ef17-missing-accepted",
        "a card without EF 17 passes as interoperable",
        _setting("interoperability", fallback="accept"),
    ),
    # balance
    TerminalFault(
        "overdraft-unused",
        "the card's overdraft does not count",
        _setting("purchase", overdraft=False),
    ),
    TerminalFault(
        "overdraft-always",
        "the card's overdraft pays where it must not",
        _setting("purchase", overdraft=True),
    ),
    # payment
    TerminalFault(
        "simple-for-composite",
        "a simple purchase is made where composite is declared",
        _setting("purchase", tunion="simple"),
    ),
    TerminalFault(
        "lnt-type-wrong",
        "a Lingnan Tong purchase is simple for composite or the other way round",
        (Profile(_other_lnt_type),),
    ),
    TerminalFault(
        "key-index-zero",
        "INITIALIZE asks for key index 0",
        _setting("purchase", key_index=0),
    ),
    # rides
    TerminalFault(
        "entry-inside-ignored",
        "an entry does not look whether the card is inside",
        _setting("ride", entry_inside="allow"),
    ),
    # loads
    TerminalFault(
        "load-limit-ignored",
        "any amount can be loaded",
        _setting("load", minimum=0, maximum=0xFFFFFFFF),
    ),
    TerminalFault("load-without-pin", "the PIN is never presented", _setting("load", pin={})),
)
