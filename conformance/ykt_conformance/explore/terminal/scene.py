"""The words of a scene: cards of our own making, the order in which they are tapped, what befalls.

A step names what is meant, not the bytes: ``balance=need-1`` is one fen less than this terminal
asks for. So a scene means the same at every terminal, and with steps left out.

=========================  ===================================================================
``clock MOMENT``           the terminal's clock at the first tap, 14 digits; at most one, first
``card NAME KIND``         makes a card: ``tunion``, ``lnt``, ``dual``, ``blank``
``tap NAME``               the card is tapped
``elsewhere NAME PURSE``   it pays the same fare at another terminal with that purse, or loads it
=========================  ===================================================================

Behind ``card``: ``balance=`` ``overdraft=`` fen, or ``need``, ``room`` (what just fits is loaded),
``most``, a balance also ``owed`` (what this very card must hold), with +N or -N; ``start=``
``expiry=`` ``lnt_start=`` ``lnt_expiry=`` days from today, or ``none``; ``flag=``; ``issuer=``
``own``, ``nobody``, ``mismatch``, ``beside`` (the next IIN) or a number in the white list;
``black=`` ``yes`` or ``next``; ``blocked=`` a standard; ``ride=`` ``inside``, ``elsewhere``,
``left``, ``left-31``, ``other``, ``none``; ``alter=`` as in `drive.altered`; ``trip=`` a city;
``fci=`` ``label``, ``long``, ``short``, ``bare``, ``padded``; and
``ef17= ecash= ppse= shared= locked= topbit= actual=`` with ``yes`` or ``no``.

Behind ``elsewhere``: ``does=`` ``pays``, ``buys``, ``rides``, ``loads``, ``unloads``.

Behind ``tap``: ``amount=`` of a load, fen or ``least``, ``most`` with +N or -N; ``tear=`` and
``hear=`` as `TORN` and `HEARD` explain them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from ykt_conformance.drive import spoil
from ykt_conformance.drive.altered import WRITTEN, file_of, problem
from ykt_conformance.drive.behind import NEWEST, USES
from ykt_conformance.drive.issue import MOST
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import Mutation, Removal, TerminalBench
from ykt_conformance.explore.terminal import likeness
from ykt_conformance.explore.terminal.likeness import BLACK, ISSUERS, Numbers
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    LNT,
    LOAD,
    TUNION,
    Standard,
)
from ykt_sim.errors import UsageError
from ykt_sim.profiles.registry import load_registry

_KINDS: Final = (TUNION.value, LNT.value, "dual", "blank")
#: Ceiling of our cards unless something else is wished, fen.
_CEILING: Final = 100_000
#: Years of a terminal's clock, and days around it, that all records can hold.
_YEARS: Final = (2000, 2090)
_DAYS: Final = 9999
_AMOUNTS: Final = ("balance", "overdraft")
_FEN: Final = (*_AMOUNTS, "amount", "month", "marked")
_DATES: Final = ("start", "expiry", "lnt_start", "lnt_expiry")
_YES: Final = {
    "ef17": "ef17", "ecash": "ecash", "ppse": "ppse", "shared": "shared", "locked": "locked",
    "topbit": "top_bit", "actual": "actual_first",
}  # fmt: skip
_FCI: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "label": (
        ("50", b"MOT_T_EP".hex().upper()), ("87", "02"), ("9F08", "02"),
        ("9F12", b"TRANSPORT CARD".hex().upper()), ("9F0C", "ef15"),
    ),
    "long": (("9F08", "0030"), ("9F0C", "ef15")),
    "short": (("9F08", "02"), ("DF00", "02"), ("9F0C", "ef15")),
    "bare": (("9F08", "02"),),
    "padded": (),
}  # fmt: skip
CARD: Final = frozenset(
    (
        *_AMOUNTS,
        *_DATES,
        *_YES,
        "flag",
        "issuer",
        "black",
        "blocked",
        "ride",
        "trip",
        "fci",
        "month",
        "marked",
        "city",
        "counter",
        "station",
        "when",
        "before",
        "alter",
        "newest",
    )
)
_TAP: Final = frozenset(("amount", "tear", "hear"))
_ELSEWHERE: Final = frozenset(("does",))
_COMMANDS: Final = {
    "select": INS.SELECT, "basic": INS.SELECT, "read": INS.READ_BINARY, "record": INS.READ_RECORD,
    "balance": INS.GET_BALANCE, "init": INS.INITIALIZE, "cache": INS.UPDATE_RECORD,
    "debit": INS.DEBIT, "credit": INS.CREDIT_FOR_LOAD, "prove": INS.GET_TRANSACTION_PROVE,
}  # fmt: skip
#: Whose SELECT is meant.
_SELECTED: Final = {"select": AID_TUNION_EP, "basic": AID_LNT_BASIC}
#: What is read of a file, by its short identifier.
_FILES: Final = {
    f"ef{sfi:02x}": sfi for sfi in (0x08, 0x15, 0x17, 0x18, 0x19, 0x1A, 0x1E)
}  # fmt: skip
_HEX: Final = frozenset("0123456789ABCDEFabcdef")
#: Commands that the card is not to carry out when another status word is heard.
_UNREACHED: Final = ("init", "cache", "debit", "credit")
_COMMAND: Final = (
    "COMMAND is select (of the T-Union purse), basic (SELECT PAY.APPY), read (READ BINARY), record"
    " (READ RECORD), balance (GET BALANCE), init (INITIALIZE), cache (UPDATE CAPP DATA CACHE),"
    " debit, credit (CREDIT FOR LOAD), prove (GET TRANSACTION PROVE)"
)
_FILE: Final = f"{', '.join(_FILES)} (what is read of that file)"
#: What ``tear=`` takes, for people.
TORN: Final = (
    f"a number, or COMMAND, with ! behind it after the card has done it; {_COMMAND},"
    " at tear= select is any SELECT"
)
#: What ``hear=`` takes, for people.
HEARD: Final = (
    "COMMAND:SW (another status word; the card does not carry out init, cache, debit and credit,"
    " with ! behind it it does), COMMAND:none, :less, :more, :twice, :most, :half, :quarter, :some,"
    " :zero, :ones (no data, a byte less, a byte more, the data twice, three quarters of it, half,"
    " a quarter, an eighth, nothing but 0 bits, but 1 bits), mac2, tac (one bit of the code is"
    " turned), swapped (MAC2 before TAC), short (the TAC alone), ecash-only (PPSE lists no purse);"
    " and what must not matter: long-aid (PPSE lists the AID with a tail), long-9f0c (two bytes"
    " behind it), short-15 (EF 15 without its last two bytes), top-bit (of INITIALIZE's balance);"
    f" {_COMMAND}, {_FILE}"
)
_FORGED: Final[Mapping[str, Callable[[], Mutation]]] = {
    "mac2": spoil.forged_mac2, "tac": spoil.forged_tac, "swapped": spoil.swapped_codes,
    "short": spoil.tac_only, "ecash-only": lambda: spoil.listing(AID_TUNION_EC),
}  # fmt: skip
#: What a terminal must make nothing of.
_DIALECTS: Final[Mapping[str, Callable[[], Mutation]]] = {
    "long-aid": lambda: spoil.listing(spoil.LONG), "long-9f0c": spoil.longer_9f0c,
    "short-15": spoil.short_15, "short-17": lambda: spoil.short_17(11), "top-bit": spoil.top_bit,
}  # fmt: skip
#: Signs of wrong words that are told again.
_SHOWN: Final = 60
_VERBS: Final = {"clock": 1, "card": 2, "tap": 1, "elsewhere": 2}


class Step(msgspec.Struct, frozen=True):
    """A step, read: its verb, the words behind it, and the options."""

    verb: str
    words: tuple[str, ...]
    options: Mapping[str, str]


def read_step(text: str) -> Step:
    """Read one step.

    Raises:
        UsageError: no such verb, kind or option, or a value that is none.
    """
    tokens = text.split()
    plain = [token for token in tokens if "=" not in token]
    options = dict(token.split("=", 1) for token in tokens if "=" in token)
    verb = plain[0] if plain else ""
    if _VERBS.get(verb) != len(plain) - 1:
        known = ", ".join(f"{name} with words behind it: {count}" for name, count in _VERBS.items())
        raise UsageError(f"step {text[:_SHOWN]!r}: expected {known}")
    step = Step(verb, tuple(plain[1:]), options)
    problem = _problem(step)
    if problem:
        raise UsageError(f"step {text[:_SHOWN]!r}: {problem}")
    return step


def _is_clock(text: str) -> bool:
    try:
        moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return len(text) == 14 and _YEARS[0] <= moment.year <= _YEARS[1]


def _problem(step: Step) -> str:
    options = {"card": CARD, "tap": _TAP, "elsewhere": _ELSEWHERE}
    allowed = options.get(step.verb, frozenset())
    unknown = sorted(step.options.keys() - allowed)
    if unknown:
        known = ", ".join(sorted(allowed)) or "none"
        return f"no option {', '.join(unknown)} here; there are {known}"
    if step.verb == "clock" and not _is_clock(step.words[0]):
        return f"a clock has 14 digits YYYYMMDDhhmmss, from {_YEARS[0]} to {_YEARS[1]}"
    if step.verb == "card" and step.words[1] not in _KINDS:
        return f"a card is one of {', '.join(_KINDS)}"
    if step.verb == "elsewhere" and step.words[1] not in set(Standard):
        return f"a purse is one of {', '.join(Standard)}"
    return next(filter(None, (_wrong(name, text) for name, text in step.options.items())), "")


_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_YES, ("yes", "no")), "fci": tuple(_FCI),
    "blocked": tuple(one.value for one in Standard), "when": ("last", "year"),
    "ride": ("inside", "elsewhere", "left", "left-31", "other", "none"),
    "does": (*USES, "changes"), "newest": NEWEST,
}  # fmt: skip


def _wrong(name: str, text: str) -> str:
    """What is wrong with the value of an option; empty where nothing is."""
    if name in _WORDS:
        fits, due = text in _WORDS[name], ", ".join(_WORDS[name])
    elif name in _FEN:
        fits, due = _split(text) is not None, "fen, or a word of the scene with +N or -N"
    elif name in _DATES:
        days = _number(text)
        fits = text == "none" or _is_day(text) or (days is not None and abs(days) <= _DAYS)
        due = f"days from today, at most {_DAYS}, a date YYYYMMDD, or none"
    elif name == "issuer":
        fits, due = text in ISSUERS or _is_place(text), f"{', '.join(ISSUERS)} or a number"
    elif name == "black":
        fits, due = text in BLACK or _is_place(text), f"{', '.join(BLACK)} or a number"
    elif name == "alter":
        due = problem(text)
        fits = not due
    elif name in ("station", "before"):
        fits, due = _is_place(text), "a number"
    elif name == "counter":
        fits = len(text) == 4 and not set(text) - _HEX
        due = "4 hex digits"
    elif name == "tear":
        at = text.rstrip("!")
        fits, due = at.isdecimal() or at in _COMMANDS, TORN
    elif name == "hear":
        fits, due = _heard(text) is not None, HEARD
    else:
        digits = len(text) == 4 and text.isdecimal() and text.isascii()
        fits, due = digits or (name == "city" and text == "near"), "4 digits"
        due += ", or near" if name == "city" else ""
    return "" if fits else f"{name}={text[:_SHOWN]}: expected {due}"


def _is_place(text: str) -> bool:
    """A place in a list, from 0."""
    return text.isdecimal() and len(text) < 9


def _is_day(text: str) -> bool:
    """A day of any year: cards have older and later ones than a clock shows."""
    try:
        return len(text) == 8 and text.isdecimal() and date.fromisoformat(text).year > 0
    except ValueError:
        return False


def _number(text: str) -> int | None:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 9 else None


_BASES: Final = ("need", "room", "most", "least", "owed")


def _split(text: str) -> tuple[str, int] | None:
    """A word and what is added to it; an empty word for a number alone."""
    base = next((word for word in _BASES if text.startswith(word)), "")
    rest = text[len(base) :]
    number = 0 if base and not rest else _number(rest)
    if number is None or (base and rest and rest[0] not in "+-"):
        return None
    return base, number


def read_scene(text: str) -> tuple[str, ...]:
    """Read steps that stand in lines or behind semicolons; what follows a # is for people.

    Raises:
        UsageError: a step that cannot be read, a clock that is not first, or no step at all.
    """
    lines = (line.split("#", 1)[0] for line in text.splitlines())
    steps = tuple(one for line in lines for one in map(str.strip, line.split(";")) if one)
    if not steps:
        raise UsageError("there is no step to play")
    for number, one in enumerate(steps):
        if read_step(one).verb == "clock" and number:
            raise UsageError(f"step {one[:_SHOWN]!r}: a clock stands first, and once")
    return steps


# -- what a terminal makes of it -------------------------------------------------------------


def clock_of(steps: tuple[str, ...]) -> str:
    """The clock that a scene begins with; empty where it does not say."""
    first = read_step(steps[0]) if steps else None
    return first.words[0] if first is not None and first.verb == "clock" else ""


def wishes(bench: TerminalBench, step: Step, numbers: Numbers) -> dict[str, Any]:
    """What `TerminalBench.card` is asked for; no number is given to two cards.

    Raises:
        Impossible: the terminal's statement lists no such issuer or number.
    """
    kind, options = step.words[1], step.options
    found: dict[str, Any] = {}
    for name in _AMOUNTS:
        if name in options:
            found[name] = _fen(bench, kind, options[name])
    found |= {name: _day(bench, options[name]) for name in _DATES if name in options}
    found |= {name: options[key] == "yes" for key, name in _YES.items() if key in options}
    found |= {name: options[name] for name in ("flag", "blocked", "ride") if name in options}
    if "trip" in options:
        found["trip_city"] = options["trip"]
    if "before" in options and kind != LNT:
        found |= {"trip_city": str(bench.ics["place"]["city"]),
                  "trip_line": str(bench.ics["tariff"]["transfer_from"] or "0" * 14),
                  "trip_minutes": int(options["before"])}  # fmt: skip
    if "fci" in options:
        found |= {"fci": _FCI[options["fci"]]}
        found |= {"trailing": "00000000"} if options["fci"] == "padded" else {}
    if found.get("balance", 0) > _CEILING:
        found["ceiling"] = MOST
    if "month" in options and kind != LNT:
        when = _month(bench.now, options.get("when", ""))
        found["month"] = (when, _fen(bench, kind, options["month"]))
    found |= {"newest": options["newest"]} if "newest" in options and kind != TUNION else {}
    if "marked" in options:
        found["marked"] = _fen(bench, kind, options["marked"])
    found |= {"changes": (options["alter"],)} if "alter" in options else {}
    if "station" in options:
        found["gate"] = _gate(bench, int(options["station"]))
    if "city" in options:
        found["ride_city"] = _city(bench, options["city"])
    if "counter" in options:
        found["counter"] = max(0, int(options["counter"], 16) - _used(bench, kind, options))
    who = likeness.identity(
        bench, kind, options.get("issuer", ""), options.get("black", ""), numbers
    )
    found |= who
    owed = _split(options.get("balance", ""))
    if owed is not None and owed[0] == "owed":
        found["balance"] = max(0, bench.owed(kind, **found) + owed[1])
    return found


def _month(now: str, word: str) -> str:
    """This month, the one before, or the same one a year ago; six digits."""
    year, month = int(now[:4]), int(now[4:6])
    at = 12 * year + month - 1 - {"last": 1, "year": 12}.get(word, 0)
    return f"{at // 12:04d}{at % 12 + 1:02d}"


def _gate(bench: TerminalBench, place: int) -> tuple[str, str]:
    """Station and terminal number of an entry whose fare is declared."""
    declared = bench.ics["tariff"]["stations"]
    if not declared:
        raise Impossible("the ICS declares no fare from another entry")
    station, terminal = declared[place % len(declared)][:2]
    return str(station), str(terminal)


def _city(bench: TerminalBench, word: str) -> str:
    """A city that is not the terminal's: another digit at the end, which no city has."""
    if word != "near":
        return word
    own = str(bench.ics["place"]["city"])
    near = (f"{own[:3]}{(int(own[3]) + step) % 10}" for step in range(1, 10))
    return next((one for one in near if load_registry().city(one) is None), "9999")


def _used(bench: TerminalBench, kind: str, options: Mapping[str, str]) -> int:
    """Purchases that a card has behind it before its first tap here."""
    usual = "inside" if bench.ics["device"]["direction"] == "exit" else "none"
    ride = options.get("ride", usual)
    rides = (ride != "none") + ride.startswith("left")
    written = sum(name in options for name in ("month", "trip", "before"))
    written += file_of(options.get("alter", "")) in WRITTEN
    return rides + (kind != LNT and written) + (options.get("newest", "02")[:2] != "02")


def _day(bench: TerminalBench, text: str) -> str:
    if text == "none":
        return "F" * 8
    return text if _is_day(text) else bench.day(int(text))


def _fen(bench: TerminalBench, kind: str, text: str) -> int:
    split = _split(text)
    base, more = split if split is not None else ("", 0)
    standards = bench.ics["applications"]["priority"]
    pays = kind if kind in standards else standards[0]
    amount = {
        "": 0,
        "need": bench.need(pays),
        "room": _CEILING - bench.amount,
        "most": MOST,
        "least": 0,
        "owed": 0,
    }[base]
    return max(0, min(amount + more, MOST))


def removal(step: Step) -> Removal | None:
    """When a tapped card is taken away; None where it stays."""
    word = step.options.get("tear", "")
    if not word:
        return None
    at = word.rstrip("!")
    if at in _COMMANDS:
        return Removal(ins=_COMMANDS[at], executed=word != at)
    return Removal(at=max(1, int(at)), executed=word != at)


def mutation(bench: TerminalBench, step: Step) -> Mutation | None:
    """What the terminal hears instead of the truth; None where it hears it.

    Raises:
        Impossible: it cannot be heard at this terminal without being wrong.
    """
    word = step.options.get("hear", "")
    if word == "top-bit" and bench.ics["device"]["kind"] == LOAD:
        raise Impossible("MAC1 of a load covers the balance that is told")
    return _heard(word) if word else None


def _heard(word: str) -> Mutation | None:
    made = _FORGED.get(word) or _DIALECTS.get(word)
    if made is not None:
        return made()
    command, _, told = word.partition(":")
    if command in _FILES:
        return _of_file(word, _FILES[command], told)
    return _of_command(word, command, told) if command in _COMMANDS else None


def _of_command(word: str, command: str, told: str) -> Mutation | None:
    ins, aid = _COMMANDS[command], _SELECTED.get(command)
    if told in spoil.SIZES:
        return spoil.resized(word, ins, aid, spoil.SIZES[told])
    sw = told.removesuffix("!")
    if len(sw) != 4 or set(sw) - _HEX or (sw != told and command not in _UNREACHED):
        return None
    value = int(sw, 16)
    if command in _UNREACHED and sw == told:
        return spoil.unreachable(word, ins, value)
    return spoil.status(word, ins, value, aid=aid, keep=value == 0x6283)


def _of_file(word: str, sfi: int, told: str) -> Mutation | None:
    if told in spoil.SIZES:
        return spoil.of_file(word, sfi, spoil.SIZES[told])
    fits = len(told) == 4 and not set(told) - _HEX
    return spoil.of_file(word, sfi, int(told, 16)) if fits else None


def load_amount(bench: TerminalBench, step: Step) -> int | None:
    """What is to be loaded, fen; None for the usual amount."""
    split = _split(step.options.get("amount", ""))
    if split is None:
        return None
    limits = bench.ics["load"]
    base = {"most": limits["maximum"], "least": limits["minimum"]}.get(split[0], 0)
    return max(0, int(base) + split[1])
