"""One way in which the card may be, with what every chapter of rules needs to judge by."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.model.expect import Effect, Errors
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import (
    Cyclic,
    Directory,
    File,
    Purse,
    Secret,
    Session,
    State,
    Transparent,
    Variable,
)
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    LNT,
    SW,
    TUNION,
)
from ykt_sim.meaning.duty.purse import Money
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.files import TransactionRecord, TripRecord

PPSE: Final = "ppse"
ECASH: Final = "ecash"
BASIC: Final = "lnt-basic"
MIFARE: Final = "mf1x"
#: Applications whose names begin with ``PAY.``, which a directory may hide.
HIDDEN: Final = frozenset((BASIC, LNT, MIFARE))
#: Industry records by the low byte of their identifier, 2701 to 2712 [LAB].
INDUSTRY_IDS: Final = range(0x01, 0x13)
#: Bytes of the shorter random that a card gives.
_HALF: Final = 4
#: Values of so many bytes.
_ALL: Final = 1 << 8 * _HALF
#: Randoms that must not come again at once.
_RECENT: Final = 8
#: Randoms of which no bit is the same in all: by chance one in 10^12 times.
_STUCK: Final = 48
#: Pairs of randoms that are remembered.
_PAIRS: Final = 100_000
_SIZES: Final = {c.APPLICATION: 30, c.CARDHOLDER: 55, c.CARD_INFO: 60}


class Randoms:
    """Randoms that a card gave: four or eight bytes, in their order.

    One that comes again soon, two that come again one behind the other, three at even steps, and a
    bit that stays as it is for long are no accident.
    """

    def __init__(self) -> None:
        self._recent: deque[bytes] = deque(maxlen=_RECENT)
        self._pairs: dict[bytes, None] = {}
        #: By length: how many there were, and bits that were 1 and 0 in all of them.
        self._bits: dict[int, tuple[int, int, int]] = {}

    def wrong(self, random: bytes) -> str:
        """Why this one is no fresh random; empty when it may be."""
        return next(self._reasons(random), "")

    def _reasons(self, random: bytes) -> Iterator[str]:
        shown = random.hex().upper()
        halves = {random[:_HALF], random[_HALF:] or random}
        if bytes(_HALF) in halves:
            yield "a random of zeros" if len(halves) == 1 else "half of it zeros"
        if len(random) > _HALF and len(halves) == 1:
            yield f"a random of twice {random[:_HALF].hex().upper()}"
        if any(random in one or one in random for one in self._recent):
            yield f"the random {shown} came a moment ago"
        if self._recent and self._recent[-1] + random in self._pairs:
            yield f"two randoms came in the same order before, the last {shown}"
        if len(self._recent) > 1:
            before, last, now = (_number(one) for one in (*[*self._recent][-2:], random))
            if (now - last) % _ALL == (last - before) % _ALL:
                yield f"three randoms at even steps, the last {shown}"
        count, ones, zeros = self._with(random)
        if count >= _STUCK and ones | zeros:
            bit = (ones | zeros).bit_length() - 1
            yield f"bit {bit} of {count} randoms is the same, the last {shown}"

    def _with(self, random: bytes) -> tuple[int, int, int]:
        every = (1 << 8 * len(random)) - 1
        count, ones, zeros = self._bits.get(len(random), (0, every, every))
        now = int.from_bytes(random, "big")
        return count + 1, ones & now, zeros & ~now

    def take(self, random: bytes) -> None:
        """Remember one."""
        self._bits[len(random)] = self._with(random)
        if self._recent:
            self._pairs[self._recent[-1] + random] = None
            if len(self._pairs) > _PAIRS:
                del self._pairs[next(iter(self._pairs))]
        self._recent.append(random)


def _number(random: bytes) -> int:
    return int.from_bytes(random[-_HALF:], "big")


class World:
    """A state with the form, the keys and what was told of randoms.

    Attributes:
        state: may be moved by effects.
        form: the ICS as nested mappings.
        keys: learn from the card once.
        new: the card was in its first state when the model began.
        randoms: shared by all worlds of a model.
    """

    def __init__(
        self, state: State, form: Mapping[str, Any], keys: KeyRing, randoms: Randoms, *, new: bool
    ) -> None:
        self.state = state
        self.form = form
        self.keys = keys
        self.randoms = randoms
        self.new = new

    @property
    def session(self) -> Session:
        """What a reset ends."""
        return self.state.session

    @property
    def here(self) -> Directory | None:
        """The current application, None where none is or nobody knows."""
        return self.state.directories.get(self.session.df)

    def key(self, role: str) -> bytes | None:
        """A key of the current application, or None."""
        here = self.here
        standard = LNT if here is not None and here.standard == BASIC else self.session.df
        return self.keys.get(standard, role) if standard in (TUNION, LNT) else None

    def errors(self) -> Errors:
        """No errors yet; a refusal may end a transaction, nobody knows."""
        return Errors(self.refused)

    def refused(self, _answer: object = None) -> None:
        """A command was refused: whether that ends a transaction is not stated."""
        if self.session.transaction is not None:
            self.session.transaction.sure = False

    def lock(self, directory: Directory) -> None:
        """The application is locked for good."""
        directory.blocked = 2
        self.session.transaction = None

    def claimed(self, entry: str) -> Any:
        """An entry of the current purse's section of the form."""
        here = self.here
        return None if here is None else self.form[here.standard][entry]


def parameters(errors: Errors, wrong: bool, *also: int) -> None:  # noqa: FBT001 - a test's outcome
    """6A86 where P1 or P2 are wrong."""
    if wrong:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2, *also)


def length(errors: Errors, wrong: bool, *also: int) -> None:  # noqa: FBT001 - a test's outcome
    """6700 where Lc is wrong."""
    if wrong:
        errors.add(RULES["LENGTH"], "length", SW.WRONG_LENGTH, *also)


def le(errors: Errors, got: int | None, *exact: int) -> None:
    """Le is absent, 00 or exact; else 6700 or 6Cxx."""
    if got not in (None, 0, *exact):
        errors.add(RULES["LENGTH"], "Le", SW.WRONG_LENGTH, *(0x6C00 | size for size in exact))


def first_state(form: Mapping[str, Any], pins: Mapping[str, bytes | None], *, new: bool) -> State:
    """What is known before anything was said.

    Args:
        form: what the card claims.
        pins: by standard, where they are known.
        new: the card is in its first state.
    """
    shared = Money() if form["behaviour"]["balance"] == "shared" else None
    found: dict[str, Directory] = {}
    if form[TUNION]["claimed"]:
        found[TUNION] = _tunion(form, shared or Money(), pins.get(TUNION), new=new)
    if form[LNT]["claimed"]:
        found[BASIC] = _directory(BASIC, AID_LNT_BASIC, new=new)
        found[BASIC].files = {
            c.APPLICATION: Transparent(exists=True),
            0x08: Variable(1, exists=form[LNT]["ef08"]),
        }
        found[LNT] = _directory(LNT, AID_LNT_WALLET, new=new)
        found[LNT].purse = _purse(shared or Money(), new=new)
        log = _cyclic(TransactionRecord.SIZE, form[LNT]["log_records"], new=new)
        found[LNT].files = {c.LOG: log}
        found[LNT].pin = _secret(pins.get(LNT), new=new)
        if form[LNT]["mf1x"] != "absent":
            found[MIFARE] = _directory(MIFARE, AID_LNT_MIFARE, new=new)
    if form[ECASH]["claimed"]:
        found[ECASH] = _directory(ECASH, AID_TUNION_EC, new=new)
    if form[PPSE]["claimed"]:
        found[PPSE] = _directory(PPSE, AID_PPSE, new=new)
    return State(found, Session())


def _directory(standard: str, name: bytes, *, new: bool) -> Directory:
    zero = 0 if new else None
    return Directory(
        standard, name, blocked=zero, unblock_wrong=zero, line_update=zero,
        auth=_secret(None, new=new), reload_wrong=zero, unlock_wrong=zero,
    )  # fmt: skip


def _tunion(form: Mapping[str, Any], money: Money, pin: bytes | None, *, new: bool) -> Directory:
    claimed = form[TUNION]
    made = _directory(TUNION, AID_TUNION_EP, new=new)
    has = {c.APPLICATION: True, c.CARDHOLDER: claimed["ef16"], c.CARD_INFO: claimed["ef17"]}
    files: dict[int, File] = {
        sfi: Transparent(_SIZES[sfi], exists=there) for sfi, there in has.items()
    }
    files[c.LOG] = _cyclic(TransactionRecord.SIZE, claimed["log_records"], new=new)
    files[c.TRIPS] = _cyclic(TripRecord.SIZE, claimed["trip_records"], new=new)
    files[c.PRIVATE] = Variable(1, exists=claimed["ef19"])
    files[c.INDUSTRY] = Variable(2, dict.fromkeys(INDUSTRY_IDS), exists=claimed["ef1a"])
    made.files, made.purse = files, _purse(money, new=new)
    made.pin = _secret(pin, new=new)
    return made


def _cyclic(length_: int, count: int, *, new: bool) -> Cyclic:
    return Cyclic(length_, [bytes(length_) if new else None] * count)


def _purse(money: Money, *, new: bool) -> Purse:
    made = Purse(money, proof_known=new)
    if new:
        made.counters = {True: 0, False: 0}
    return made


def _secret(value: bytes | None, *, new: bool) -> Secret:
    return Secret(value, full=new)


def pins_of(form: Mapping[str, Any], keys: KeyRing, *, test_keys: bool) -> dict[str, bytes | None]:
    """The PINs that are known: of a key file, or of the published test cards."""
    bench = CardBench(form, KeyRing(), bytes, test_keys=test_keys)
    return {name: keys.get(name, "pin") or bench.pin(name) for name in (TUNION, LNT)}


def both(*effects: Effect) -> Effect:
    """One effect after the other."""

    def then(answer: Any) -> None:
        for effect in effects:
            effect(answer)

    return then
