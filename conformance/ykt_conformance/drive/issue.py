"""Cards that the suite puts under a terminal: our simulated cards, made to a case's wishes.

A card is reached through `ykt_sim.bench` only. What a card needs to have behind it before a
tap (an open ride, a blocked application, a purchase somewhere else) is done with ordinary
commands over its own link, off the record; the facts of the card go into the trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from ykt_sim import bench
from ykt_sim.codes import (
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    LNT,
    TUNION,
    Standard,
)
from ykt_sim.profiles.cards import CardProfile, Identity, Use, load_card_profile
from ykt_sim.wire.digits import pack_pan_right
from ykt_sim.wire.files import (
    LntTransactionRecord,
)

#: Fen on a card unless a case asks for something else.
BALANCE: Final = 5000
#: Highest balance and ceiling of a purse without overdraft, fen [LAB].
MOST: Final = 0xFFFFFF
#: What a ride that is over has cost, fen.
RIDE: Final = 200
#: A terminal that stands somewhere else: what it writes is nobody's.
ELSEWHERE: Final[dict[str, str]] = {
    Standard.TUNION: "413199990001",
    Standard.LNT: "010099990001",
}


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a case wants of a card; empty entries take what suits the terminal.

    Attributes:
        kind: card profile: ``tunion``, ``lnt``, ``dual``, ``blank``.
        balance: fen.
        issuer, iin: eight digits each.
        number: ten digits of the Lingnan Tong number, which the PAN holds as well.
        pan: 19 digits, in place of IIN, number and a check digit.
        start, expiry: T-Union dates, eight digits.
        lnt_start, lnt_expiry: Lingnan Tong dates.
        flag: interoperability flag in EF 17 and DF11.
        ef17: EF 17 can be read; None as the profile has it.
        ecash: there is an e-cash whose FCI holds DF11; None as the profile has it.
        ppse: there is a PPSE.
        fci: tags of the T-Union FCI with values in hex or ``ef15``; trailing: bytes after A5.
        overdraft: limit, fen; ceiling: highest balance, fen.
        top_bit: GET BALANCE sets the top bit; actual_first: P1=00 is the actual balance.
        shared: both purses of a dual card share their money.
        ride: ``inside``, ``elsewhere`` (inside, but from a station nobody here knows), ``left``
            and ``left-31`` (over; the exit has 17 or 31 in a Lingnan Tong log), ``other`` (open in
            the record of EF 1A that is for other vehicles), ``none``.
        ride_city: four digits of the city in which it is inside, in place of the declared one.
        marked: highest fare that its entry wrote, fen; 0: the declared one.
        trip_city: city of a trip made before.
        blocked: standard whose application is blocked; locked: blocked for good.
        counter: where both counters of every purse stand.
        enable_flag: of EF 15, two digits.
        gate: station and terminal number of the entry; empty for the one that is stated.
        month: year and month of EF 19, six digits, and what was paid in it, fen; None: nothing.
        trip_line: line and station of that trip, 14 digits.
        trip_minutes, trip_seconds: how long ago that trip was made; below zero it lies ahead.
        changes: fields that hold something else, in words of `drive.altered`.
        newest: what its Lingnan Tong purse was used for last, at a place of our own: type and
            sub-type of the log, four digits, and ``free`` where it cost nothing.
    """

    kind: str = TUNION
    balance: int = BALANCE
    issuer: str = ""
    iin: str = ""
    number: str = ""
    pan: str = ""
    start: str = ""
    expiry: str = ""
    lnt_start: str = ""
    lnt_expiry: str = ""
    flag: str = "0001"
    ef17: bool | None = None
    ecash: bool | None = None
    ppse: bool = True
    fci: tuple[tuple[str, str], ...] = ()
    trailing: str = ""
    overdraft: int = 0
    ceiling: int = 0
    top_bit: bool = False
    actual_first: bool = False
    shared: bool = True
    ride: str = "none"
    ride_city: str = ""
    marked: int = 0
    trip_city: str = ""
    blocked: str = ""
    locked: bool = False
    counter: int = 0
    enable_flag: str = "01"
    trip_line: str = "0" * 14
    trip_minutes: int = 20
    trip_seconds: int = 0
    gate: tuple[str, str] = ("", "")
    month: tuple[str, int] | None = None
    changes: tuple[str, ...] = ()
    newest: str = ""


class SimLink(Protocol):
    """What `ykt_sim.bench.issue_sim_card` gives."""

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """One command."""
        ...

    def close(self) -> None:
        """Take the power away."""
        ...

    def facts(self) -> dict[str, Any]:
        """What the card holds, without secrets."""
        ...


class TestCard(msgspec.Struct):
    """A card in the suite's hands.

    Attributes:
        name: ``A``, ``B``, .. in the order in which a case asks for cards.
        spec: what was wished for.
        identity: its numbers and dates.
    """

    __test__ = False

    name: str
    spec: Spec
    identity: Identity
    link: SimLink

    def facts(self) -> dict[str, Any]:
        """State that judges look at; amounts in fen, records in hex, newest first."""
        return _facts(self.link.facts())


def issue(name: str, spec: Spec, identity: Identity, seed: int, spent: int = 0) -> TestCard:
    """Make a card; raises ProfileError when the wishes do not fit each other.

    Args:
        name: in the case; spec: what was wished for; identity: its numbers and dates.
        seed: of its randoms.
        spent: fen that it will have paid before it holds the balance that was wished for.
    """
    profile = _profile(spec)
    balance = 0 if spec.kind == "blank" else spec.balance + spent
    link = bench.issue_sim_card(
        profile, identity=identity, balance=balance, seed=seed, counter=spec.counter
    )
    return TestCard(name, spec, identity, link)


@lru_cache(maxsize=8)
def _shipped(kind: str) -> CardProfile:
    return load_card_profile(kind)


def _profile(spec: Spec) -> CardProfile:
    profile = _shipped(spec.kind)
    uses = [use for use in profile.application if spec.ppse or use.use != "ppse"]
    names = {use.use for use in uses}
    if spec.ecash and "tunion-ec" not in names:
        uses.append(Use(use="tunion-ec"))
    if spec.ecash is False:
        uses = [use for use in uses if use.use != "tunion-ec"]
    return replace(profile, application=tuple(_use(use, spec) for use in uses))


def _use(use: Use, spec: Spec) -> Use:
    changes: dict[str, Any] = {}
    if use.use == "ppse" and spec.ecash:
        changes["listed"] = (AID_TUNION_EC.hex().upper(), AID_TUNION_EP.hex().upper())
    if use.use == "tunion-ep":
        if spec.ef17 is not None:
            changes["without"] = () if spec.ef17 else ("0017",)
        if spec.fci:
            changes["fci"] = spec.fci
        if spec.trailing:
            changes["fci_trailing"] = spec.trailing
    if use.use in ("tunion-ep", "lnt-wallet"):
        if spec.kind == "dual" and not spec.shared:
            changes["money"] = use.use
        if spec.ceiling:
            changes["ceiling"] = spec.ceiling
        if spec.overdraft:
            changes["overdraft_limit"] = spec.overdraft
        if spec.top_bit:
            changes["top_bit"] = True
        if spec.actual_first:
            changes["p1_00_actual"] = True
    return replace(use, **changes) if changes else use


# -- facts -----------------------------------------------------------------------------


def who(card: TestCard) -> dict[str, object]:
    """What a card was made as, in the words of `ykt_sim.meaning.duty.Who`."""
    identity, view = card.identity, card.link.facts()
    folders: list[Mapping[str, Any]] = view["directories"]
    names = {folder["name"].upper() for folder in folders}
    ceilings = [purse["ceiling"] for folder in folders for purse in folder["purses"]]
    kinds = {TUNION.value: (TUNION,), LNT.value: (LNT,), "dual": (TUNION, LNT)}
    ef17 = any(
        file["fid"] == "0017"
        for folder in folders
        if folder["standard"] == TUNION
        for file in folder["files"]
    )
    return {
        "standards": [one.value for one in kinds.get(card.spec.kind, ())],
        "pan": identity.pan,
        "number": identity.lnt_number,
        "issuer": identity.issuer,
        "iin": identity.pan[:8],
        "dates": {
            TUNION.value: [identity.start, identity.expiry],
            LNT.value: [identity.lnt_issue, identity.lnt_expiry],
        },
        "flag": identity.interoperability,
        "ef17": ef17,
        "enable_flag": identity.enable_flag,
        "ecash": AID_TUNION_EC.hex().upper() in names,
        "ppse": AID_PPSE.hex().upper() in names,
        "blocked": card.spec.blocked,
        "ceiling": min(ceilings, default=0),
        "shared": card.spec.shared,
        "tells_overdraft": not card.spec.actual_first,
    }


def factors(identity: Identity) -> dict[str, list[str]]:
    """What a card's keys are diversified with, by standard; hex, issuer first."""
    found: dict[str, list[str]] = {}
    if identity.pan:
        pan = pack_pan_right(identity.pan)
        found[Standard.TUNION.value] = [identity.issuer + "F" * 8, pan[4:]]
    if identity.lnt_number:
        found[Standard.LNT.value] = ["510000" + identity.lnt_number]
    return found


def _facts(view: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    money: dict[str, int] = {}
    for folder in view["directories"]:
        files = {item["fid"]: item["content"] for item in folder["files"]}
        for purse in folder["purses"]:
            money[purse["money"]] = purse["actual"] - purse["overdrawn"]
            state = {
                "balance": money[purse["money"]],
                "available": purse["balance"],
                "offline": purse["offline_counter"],
                "online": purse["online_counter"],
                "log": files["0018"][0],
            }
            if folder["standard"] == Standard.LNT:
                state |= {"ride": next(filter(_tells_ride, files["0018"]), "")}
            if folder["standard"] == Standard.TUNION:
                state |= {"trip": files["001E"][0]}
                state |= {"19": files["0019"][0]} if "0019" in files else {}
                state |= {f"27{n:02X}": data for n, data in enumerate(files["001A"][:2], 1)}
            found[folder["standard"]] = state
    return {"total": sum(money.values()), **found}


def _tells_ride(record: str) -> bool:
    """A record of a Lingnan Tong log that is an entry or an exit, cards facts 6.4.

    What was charged at the place of our own where no gate stands is a bus ride.
    """
    line = LntTransactionRecord.parse(bytes.fromhex(record))
    return line.tells_ride and not (line.amount and line.terminal == ELSEWHERE[LNT])
