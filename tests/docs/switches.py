"""The page about what real cards disagree on; defaults are read from the shipped profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.docs.tables import table, titled
from ykt_sim.profiles.cards import (
    ApplicationTemplate,
    CardProfile,
    card_profile_names,
    load_application,
    load_card_profile,
)

Value = Callable[[CardProfile], str]


@dataclass(frozen=True)
class Switch:
    """One thing real cards disagree on.

    Attributes:
        name: what it is about.
        place: ``card``, ``application`` (of a card profile) or ``template`` (of an application,
            where a card profile cannot override it).
        key: name in the TOML file.
        value: what a profile says, in words.
        cards: what is seen on real cards.
        source: who says so.
    """

    name: str
    place: str
    key: str
    value: Value
    cards: str
    source: str


def _applications(profile: CardProfile) -> dict[str, ApplicationTemplate]:
    return {use.use: load_application(use) for use in profile.application}


def of(name: str, tell: Callable[[ApplicationTemplate], str]) -> Value:
    """What one application of the profile says; a dash when the card does not have it."""

    def value(profile: CardProfile) -> str:
        found = _applications(profile).get(name)
        return "-" if found is None else tell(found)

    return value


def purses(tell: Callable[[ApplicationTemplate], str]) -> Value:
    """What the applications with a purse say; once where they agree."""

    def value(profile: CardProfile) -> str:
        found = {
            name: tell(application)
            for name, application in _applications(profile).items()
            if application.purse is not None
        }
        said = set(found.values())
        if len(said) == 1:
            return said.pop()
        return ", ".join(f"{name}: {text}" for name, text in found.items()) or "-"

    return value


def _money(profile: CardProfile) -> str:
    names = [
        application.purse.money or name
        for name, application in _applications(profile).items()
        if application.purse is not None
    ]
    if len(names) < 2:
        return f"{len(names) or 'no'} purse" if names else "-"
    return "one balance" if len(set(names)) == 1 else "a balance each"


def _yes(*, value: bool) -> str:
    return "yes" if value else "no"


def _file_17(application: ApplicationTemplate) -> str:
    return "present" if any(ef.fid == "0017" for ef in application.ef) else "absent"


def _version(application: ApplicationTemplate) -> str:
    return dict(application.fci or ()).get("9F08", "none")


def _flag(name: str) -> Value:
    return purses(lambda application: _yes(value=bool(getattr(application.purse, name))))


def _amount(name: str) -> Value:
    return purses(lambda application: f"{getattr(application.purse, name)} fen")


SWITCHES = (
    Switch(
        "PPSE locks out the rest", "card", "ppse_lockout",
        lambda profile: _yes(value=profile.ppse_lockout),
        "after SELECT PPSE a dual card of Guangzhou lets nothing be selected that its PPSE does "
        "not list, until reset: SELECT PAY.APPY and PAY.TICL give 6A82",
        "[DUMP] reported once, one card family",
    ),
    Switch(
        "EF 17 of the T-Union purse", "application", "without", of("tunion-ep", _file_17),
        "not there on the dual card of 2024, whose DF11 of the e-cash says the same; readers of "
        "other cities' cards rely on it",
        "[DUMP]; readers [CODE x3]",
    ),
    Switch(
        "one balance or two", "application", "money", _money,
        "that both purses of a dual card share their money is likely, not proved; purses with "
        "the same name share it",
        "[INF]",
    ),
    Switch(
        "bytes behind A5 in the FCI", "application", "fci_trailing",
        of("tunion-ep", lambda application: application.fci_trailing or "none"),
        "a Shenzhen card of 2024 has four zero bytes there",
        "[DUMP]",
    ),
    Switch(
        "version 9F08 in the FCI", "application", "fci", of("tunion-ep", _version),
        "one byte `02` on five cards, two bytes `0030` on a Shenzhen card of 2024",
        "[DUMP]",
    ),
    Switch(
        "GET BALANCE P1=00", "application", "p1_00_actual",
        purses(lambda a: "actual" if a.purse and a.purse.p1_00_actual else "available"),
        "available balance, that is with unused overdraft, by the laboratory; a Shanghai card "
        "gives its overdraft limit of 800 fen for P1=00 and for P1=01 and holds nothing; many "
        "readers take P1=00 for the money",
        "[LAB][DUMP]; readers [CODE]",
    ),
    Switch(
        "top bit of a balance", "application", "top_bit", _flag("top_bit"),
        "set on some cards (Shenzhen Tong 800006E0 is 17.60 yuan); readers mask it",
        "[CODE x5]",
    ),
    Switch(
        "what the PPSE lists", "application", "listed",
        of("ppse", lambda application: ", ".join(application.listed)),
        "e-cash first and purse second on a card with both; never PAY.APPY or PAY.TICL",
        "[DUMP]",
    ),
    Switch(
        "SELECT of a blocked application", "application", "blocked_select_sw",
        of("tunion-ep", lambda application: application.blocked_select_sw or "-"),
        "6283, 6284 or 9303 by the laboratory; the manual's example answers 6A81",
        "[LAB][GM]",
    ),
    Switch(
        "SELECT of one locked for good", "application", "locked_select_sw",
        of("tunion-ep", lambda application: application.locked_select_sw or "-"),
        "9303 by the laboratory; a bare card answers 6A81",
        "[LAB][GM]",
    ),
    Switch(
        "upper limit of the balance", "application", "ceiling", _amount("ceiling"),
        "1000 yuan stands in the FCI of a real Lingnan Tong wallet",
        "[DUMP]",
    ),
    Switch(
        "overdraft limit", "application", "overdraft_limit", _amount("overdraft_limit"),
        "8 yuan on a Shanghai card",
        "[DUMP]",
    ),
    Switch(
        "three wrong line MACs", "template", "lock_on_line_mac",
        of("tunion-ep", lambda application: _yes(value=application.lock_on_line_mac)),
        "on files under MAC lock the application for good",
        "[GM App. A]",
    ),
    Switch(
        "P1 of DEBIT", "template", "debit_p1_02", _flag("debit_p1_02"),
        "the laboratory's page has 02 for a simple purchase, validators send 01 for every one",
        "[LAB][CODE]",
    ),
    Switch(
        "PIN before a load", "template", "pin_for",
        purses(lambda a: ", ".join(a.purse.pin_for) if a.purse and a.purse.pin_for else "no"),
        "recharge programs of Lingnan Tong verify a PIN before they load",
        "[CODE]; PIN values project convention",
    ),
)  # fmt: skip

_PLACES = {
    "card": "top level of a card profile",
    "application": "`[[application]]` of a card profile",
    "template": "application template",
}


def switches() -> str:
    """The page."""
    profiles = [load_card_profile(name) for name in card_profile_names()]
    profiles = [profile for profile in profiles if profile.application]
    settings = table(
        ("switch", "key", "where", *(f"`{profile.name}`" for profile in profiles)),
        (
            (
                switch.name,
                f"`{switch.key}`",
                _PLACES[switch.place],
                *(switch.value(profile) for profile in profiles),
            )
            for switch in SWITCHES
        ),
    )
    reasons = table(
        ("switch", "what real cards do", "source"),
        ((switch.name, switch.cards, switch.source) for switch in SWITCHES),
    )
    return titled(
        "Switches",
        "What real cards disagree on is a line in a profile, not code. "
        "[Write a card profile](../howto/write-a-card-profile.md) shows how to set them.",
        "## Where they are set",
        "The last columns are the shipped profiles; a dash means that the card has no such "
        "application.",
        settings,
        "## What is known",
        "The marks in brackets are explained under [provenance](architecture.md#provenance).",
        reasons,
    )
