"""What a card of a scene may be, and what may befall it: the tables behind all scenes.

Each wish has a weight, how often it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ykt_sim.codes import LNT, TUNION

#: The terminal's clock at the first tap, where the target can set it: ends of days, months, years.
CLOCKS: Final = (
    "20250601081733", "20251231235830", "20240229000010", "20240228235930", "20250228235930",
    "20260430235959", "20380119031300", "20791231235900", "20800101000000", "20301009080705",
    "20240301000000", "20241231235950", "20000229120000",
)  # fmt: skip
_CITY: Final = "5820"

#: How often, and the wishes; those of T-Union cards, of Lingnan Tong cards, of any.
_ANY: Final = (
    (6, "balance=need"), (6, "balance=need-1"), (4, "balance=0"), (2, "balance=need+1"),
    (2, "balance=1"), (3, "balance=most"), (1, "balance=255"), (1, "balance=256"),
    (2, "balance=65535"), (3, "balance=65536"), (2, "balance=need+65535"), (1, "balance=131071"),
    (4, "balance=room"), (4, "balance=room+1"), (4, "black=yes"), (2, "black=next"),
    (2, "black=ending"), (2, "black=inner"), (2, "counter=00FE"), (2, "counter=00FF"),
    (2, "counter=0100"), (1, "counter=7FFF"), (1, "counter=FFFD"), (1, "counter=FFFE"),
)  # fmt: skip
_TU: Final = (
    (4, "start=1"), (3, "start=0"), (1, "start=-1"), (1, "start=31"), (1, "start=400"),
    (1, "start=300"), (1, "start=5"), (1, "expiry=-300"), (1, "expiry=-5"),
    (4, "expiry=-1"), (3, "expiry=0"), (1, "expiry=1"), (1, "expiry=-31"), (1, "expiry=-400"),
    (1, "start=none expiry=none"), (2, "start=none"), (2, "expiry=none"),
    (5, "flag=0000"), (3, "flag=0000 issuer=own"), (1, "flag=0100"), (1, "flag=0002"),
    (1, "flag=0101"), (1, "flag=0003"), (1, "flag=0011"), (1, "flag=8001"),
    (4, "issuer=nobody"), (4, "issuer=mismatch"), (3, "issuer=beside"), (3, "issuer=own"),
    (2, "issuer=0"), (2, "issuer=1"), (2, "issuer=2"), (3, "ef17=no ecash=yes"),
    (4, "ef17=no ecash=no"), (4, "ef17=no ecash=yes flag=0000"), (3, "ecash=yes"),
    (3, "ppse=no"), (3, "blocked=tunion"), (3, "blocked=tunion locked=yes"), (2, "fci=label"),
    (2, "fci=long"), (2, "fci=short"), (2, "fci=bare"), (2, "fci=padded"), (2, "topbit=yes"),
    (2, "topbit=yes balance=0"), (3, "balance=need-1 overdraft=1000"),
    (3, "balance=0 overdraft=need"), (3, "balance=0 overdraft=need-1"),
    (2, "overdraft=need"), (1, "overdraft=257"), (1, "overdraft=65537"),
    (1, "actual=yes"), (3, f"trip={_CITY}"), (2, "trip=1000"),
    (2, "start=20240229"), (2, "expiry=20280229"), (1, "expiry=20791231"), (1, "expiry=20800101"),
    (2, "issuer=front"), (2, "issuer=near"), (2, "issuer=nearown"), (2, "month=9000"),
    (1, "month=30000"), (1, "month=8000"), (1, "month=30000 when=last"),
    (1, "month=30000 when=year"),
)  # fmt: skip
_LN: Final = (
    (4, "lnt_start=1"), (3, "lnt_start=0"), (1, "lnt_start=31"), (4, "lnt_expiry=-1"),
    (3, "lnt_expiry=0"), (1, "lnt_expiry=1"), (1, "lnt_expiry=-31"), (1, "lnt_start=300"),
    (1, "lnt_start=5"), (1, "lnt_expiry=-300"), (1, "lnt_expiry=-5"), (2, "lnt_start=none"),
    (2, "lnt_expiry=none"), (2, "blocked=lnt"), (2, "blocked=lnt locked=yes"),
    (2, "lnt_start=20240229"), (2, "lnt_expiry=20280229"),
)  # fmt: skip
_DUAL: Final = ((6, "shared=no"), (2, "shared=no balance=need"))
_RIDES: Final = (
    (5, "ride=inside"), (4, "ride=none"), (4, "ride=elsewhere"),
    (3, "ride=inside city=near"), (2, "ride=inside city=9999"), (3, "ride=inside marked=1234"),
    (1, "ride=inside marked=100"), (3, "ride=left"), (3, "ride=left-31"), (2, "ride=other"),
)  # fmt: skip
_HEARS: Final = (
    (4, "mac2"), (2, "swapped"), (2, "short"), (2, "debit:9302"), (2, "debit:9401"),
    (1, "debit:6901"), (3, "init:6985"), (1, "init:9401"), (3, "cache:6A82"), (3, "select:6283"),
    (3, "select:6A81"), (2, "select:9303"), (1, "select:6284"), (1, "init:9303"), (1, "init:9407"),
    (1, "debit:6581"), (1, "read:6A82"), (1, "balance:6985"),
    (2, "ecash-only"), (3, "long-aid"), (3, "long-9f0c"), (3, "short-15"),
    (2, "short-17"),
    (1, "balance:9303"), (1, "read:9303"), (1, "record:9303"), (2, "debit:9302!"),
    (1, "debit:6581!"), (1, "debit:none"), (1, "debit:less"), (1, "debit:more"),
    (3, "top-bit"), (2, "basic:6283"), (2, "basic:6284"), (1, "basic:6A81"), (1, "basic:9303"),
)  # fmt: skip
_LOAD_HEARS: Final = (
    (4, "tac"), (2, "credit:9302"), (2, "init:6985"), (1, "credit:6901"), (2, "select:6283"),
    (2, "select:6A81"), (1, "balance:9303"), (2, "credit:9302!"), (1, "credit:none"),
    (1, "credit:less"), (1, "credit:more"),
)  # fmt: skip
TEARS: Final = ("init", "debit", "cache", "select")
LOAD_TEARS: Final = ("init", "credit", "select")
AMOUNTS: Final = (
    (4, ""), (2, "amount=least"), (2, "amount=least-1"), (2, "amount=most"),
    (3, "amount=most+1"), (1, "amount=1"), (1, "amount=0"), (1, "amount=2000"),
)  # fmt: skip
#: Words by which SELECT says that an application is blocked, cards facts 4.
BLOCKED: Final = ("6283", "6284", "9303")
#: Where a counter stands: its bytes full, just before and just behind.
COUNTERS: Final = ("0000", "00FE", "00FF", "0100", "7FFF", "FFFD", "FFFE")
#: Like somebody who is listed, and good all the same.
ALIKE: Final = (
    "black=next", "black=ending", "black=inner", "issuer=own", "issuer=0", "issuer=1", "issuer=2",
)  # fmt: skip
FCI: Final = ("label", "long", "short", "bare", "padded")
#: Where a ride began, and what was marked then.
RIDES: Final = (
    "ride=inside", "ride=inside city=near", "ride=inside marked=1234", "ride=elsewhere",
    "ride=left-31", "ride=other", "ride=none",
)  # fmt: skip
#: Reasons for which a card is refused, where the terminal judges them; those of a kind.
AGAINST: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: (
        "black=yes", "issuer=nobody", "issuer=mismatch", "flag=0000", "ef17=no ecash=no",
        "start=1", "expiry=-1", "start=none", "blocked=tunion", "blocked=tunion locked=yes",
        "balance=0", "balance=need-1",
    ),
    LNT: (
        "black=yes", "lnt_start=1", "lnt_expiry=-1", "lnt_start=none", "blocked=lnt",
        "blocked=lnt locked=yes", "balance=0", "balance=need-1",
    ),
}  # fmt: skip
#: What befalls a card that was torn before it is back: words of `scene`, several in a row; with
#: ``other`` at its other application.
AWAY: Final = (
    "pays", "pays pays pays", "pays " * 9, "pays " * 11, "buys", "rides", "loads", "unloads",
    "loads pays", "pays loads", "loads unloads rides buys", "other", "other-loads",
    "other loads other-loads",
)  # fmt: skip
#: How it is lost once more while the terminal finds out what became of it.
BACK: Final = (
    "tear=balance", "tear=init", "tear=init!", "tear=record", "tear=prove", "tear=prove!",
    "tear=cache!", "tear=debit", "tear=debit!", "hear=init:6985", "hear=prove:9406",
    "hear=record:6A83",
)  # fmt: skip
#: So many declared entries are tried.
_STATIONS: Final = 12
#: A tap has fewer commands than this.
LONGEST: Final = 16
#: Options that a Lingnan Tong card does not have.
_TUNION_ONLY: Final = frozenset(
    ("start", "expiry", "issuer", "flag", "ef17", "ecash", "ppse", "fci", "month", "when", "trip",
     "before", "city", "marked", "alter")
)  # fmt: skip


def tables(ics: Mapping[str, Any], kind: str) -> list[tuple[tuple[int, str], ...]]:
    """Wishes for a card of a kind at a terminal with this statement, with their weights."""
    found: list[tuple[tuple[int, str], ...]] = [_ANY]
    found += [_TU, _TU] if kind != LNT else []
    within = int(ics["tariff"]["transfer_minutes"])
    if within and kind != LNT:
        minutes = (within - 5, within + 5, 3 * within, 24 * 60 + 5)
        found.append(tuple((1, f"before={ago}") for ago in minutes))
    found += [_LN] if kind != TUNION else []
    found += [_DUAL] if kind == "dual" else []
    if ics["device"]["record"]:
        found += [_RIDES, _RIDES]
        found += [tuple((1, ride) for ride in from_stations(ics))] if from_stations(ics) else []
    return found


def from_stations(ics: Mapping[str, Any]) -> tuple[str, ...]:
    """Rides from every entry whose fare the statement declares besides the usual one."""
    stations = ics["tariff"]["stations"][:_STATIONS]
    return tuple(f"ride=inside station={at}" for at in range(len(stations)))


def of_card(ics: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Each wish for a card of a kind once."""
    yield from dict.fromkeys(wish for table in tables(ics, kind) for _, wish in table)


def hears(*, load: bool) -> tuple[tuple[int, str], ...]:
    """What may be heard at a load point, or where is paid, with weights."""
    return _LOAD_HEARS if load else _HEARS


def card(name: str, kind: str, words: Sequence[str]) -> str:
    """The step that makes a card: what its kind lacks is left out, the first word of two counts."""
    found: dict[str, str] = {}
    for word in " ".join(words).split():
        option, _, value = word.partition("=")
        if kind != LNT or option not in _TUNION_ONLY:
            found.setdefault(option, value)
    return " ".join((f"card {name} {kind}", *(f"{one}={value}" for one, value in found.items())))
