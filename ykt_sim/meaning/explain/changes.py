"""Changes of a code's inputs, small ones that any mistake can be made of.

A change takes `Inputs` and gives them with the mistake in them, or None where it cannot be made
there. Inputs that are as they were are no None: the mistake was made and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from ykt_sim.crypto import des
from ykt_sim.meaning.explain.inputs import (
    Cipher,
    Halves,
    Inputs,
    Padding,
    Parts,
    Take,
    changed,
    joined,
)

Change = Callable[[Inputs], Inputs | None]


def each(names: Iterable[str], how: Callable[[bytes], bytes | None]) -> Change:
    """The first part that has one of the names becomes what ``how`` makes of it."""

    def change(inputs: Inputs) -> Inputs | None:
        for name in names:
            old = inputs.part(name)
            if old is not None:
                new = how(old)
                return None if new is None else changed(inputs, name, new)
        return None

    return change


def every(names: Iterable[str], how: Callable[[bytes], bytes]) -> Change:
    """Every part that has one of the names becomes what ``how`` makes of it."""

    def change(inputs: Inputs) -> Inputs | None:
        now, found = inputs, False
        for name in names:
            old = now.part(name)
            made = None if old is None else changed(now, name, how(old))
            now, found = made or now, found or made is not None
        return now if found else None

    return change


def put(name: str, value: bytes) -> Change:
    """Other bytes in every part of that name."""
    return lambda inputs: changed(inputs, name, value)


def number(step: Callable[[int], int]) -> Callable[[bytes], bytes | None]:
    """The number moved by a step; None where it no longer fits its bytes."""

    def how(old: bytes) -> bytes | None:
        new = step(int.from_bytes(old, "big"))
        return new.to_bytes(len(old), "big") if 0 <= new < 1 << 8 * len(old) else None

    return how


def decimal(old: bytes) -> bytes | None:
    """The number as BCD digits."""
    digits = str(int.from_bytes(old, "big")).zfill(2 * len(old))
    return bytes.fromhex(digits) if len(digits) == 2 * len(old) else None


def backwards(old: bytes) -> bytes:
    """The bytes in reverse."""
    return old[::-1]


def low(count: int, old: bytes) -> bytes | None:
    """The low bytes where they stand, zeros before them; None where they are zeros too."""
    kept = old[-count:]
    return kept.rjust(len(old), b"\0") if any(kept) else None


def left(count: int, old: bytes) -> bytes | None:
    """The low bytes on the left, zeros behind them; likewise."""
    kept = old[-count:]
    return kept.ljust(len(old), b"\0") if any(kept) else None


def high(count: int, old: bytes) -> bytes | None:
    """The high bytes where they stand, zeros behind them; likewise."""
    kept = old[:count]
    return kept.ljust(len(old), b"\0") if any(kept) else None


def later(**step: int) -> Change:
    """Date and time moved by a step; None where they are no moment."""

    def change(inputs: Inputs) -> Inputs | None:
        date, time = inputs.part("date"), inputs.part("time")
        try:
            moment = datetime.fromisoformat(f"{(date or b'').hex()}T{(time or b'').hex()}")
            moved = f"{moment + timedelta(**step):%Y%m%d%H%M%S}".zfill(14)
        except (ValueError, OverflowError):
            return None
        now = changed(inputs, "date", bytes.fromhex(moved[:8])) or inputs
        return changed(now, "time", bytes.fromhex(moved[8:]))

    return change


def without(name: str) -> Change:
    """A part of the data left out."""

    def change(inputs: Inputs) -> Inputs | None:
        rest = tuple(one for one in inputs.under if one[0] != name)
        return replace(inputs, under=rest) if rest and rest != inputs.under else None

    return change


def first(name: str, other: str, *, session: bool = False) -> Change:
    """Two neighbours exchanged: ``other`` before ``name``."""

    def change(inputs: Inputs) -> Inputs | None:
        if session and not inputs.in_session:
            return None
        parts = inputs.session if session else inputs.under
        names = [one for one, _ in parts]
        for at in range(len(names) - 1):
            if (names[at], names[at + 1]) == (name, other):
                new: Parts = (*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :])
                return replace(inputs, session=new) if session else replace(inputs, under=new)
        return None

    return change


def kept(value: Inputs, inputs: Inputs) -> Inputs | None:
    """The new inputs, None where they are the old ones."""
    return None if value == inputs else value


def halves(halves: Halves) -> Change:
    """Other bytes of the key."""
    return lambda inputs: kept(replace(inputs, halves=halves), inputs)


def padding(padding: Padding) -> Change:
    """Another padding of a MAC."""

    def change(inputs: Inputs) -> Inputs | None:
        mac = inputs.cipher in {Cipher.MAC, Cipher.MAC_3DES}
        return kept(replace(inputs, padding=padding), inputs) if mac else None

    return change


def cipher(cipher: Cipher, of: Cipher) -> Change:
    """Another way to use the key, where it is used in a certain one."""
    return lambda inputs: replace(inputs, cipher=cipher) if inputs.cipher is of else None


def take(take: Take) -> Change:
    """Other bytes of the last block of a MAC."""
    return lambda inputs: replace(inputs, take=take) if inputs.take is Take.LEFT else None


def fixed(byte: int) -> Change:
    """Nothing computed: one byte all over."""

    def change(inputs: Inputs) -> Inputs | None:
        size = len(joined(inputs.under)) if inputs.take is Take.WHOLE else 4
        return replace(inputs, fixed=bytes([byte]) * size)

    return change


def copied(code: bytes) -> Change:
    """Nothing computed: another code put there."""
    return lambda inputs: replace(inputs, fixed=code)


def iv(make: Callable[[bytes], bytes]) -> Change:
    """A first block made of the challenge, or of the right first block, otherwise."""

    def change(inputs: Inputs) -> Inputs | None:
        if inputs.iv == des.ZERO_IV:
            return None
        return replace(inputs, iv=make(inputs.iv))

    return change


def challenge(make: Callable[[bytes], bytes]) -> Change:
    """The same for an authentication, where the challenge is the block itself."""
    return each(("challenge",), make)


def either(*changes: Change) -> Change:
    """The first that can be made."""

    def change(inputs: Inputs) -> Inputs | None:
        return next((made for one in changes if (made := one(inputs)) is not None), None)

    return change


def block(make: Callable[[bytes], bytes]) -> Change:
    """Another challenge, in front of a MAC or under an authentication."""
    return either(iv(make), challenge(make))


def card_random_first(inputs: Inputs) -> Inputs | None:
    """The card's random in front of a MAC."""
    random = inputs.part("random")
    return None if random is None else replace(inputs, iv=random.ljust(8, b"\0"))


def short(block: bytes) -> bytes:
    """Four bytes of challenge, on the right."""
    return bytes(4) + block[:4]


def twice(block: bytes) -> bytes:
    """Four bytes of challenge, twice."""
    return block[:4] * 2


def cut(block: bytes) -> bytes:
    """Four bytes of challenge, then zeros."""
    return block[:4] + bytes(4)


def marked(block: bytes) -> bytes:
    """Four bytes of challenge, padded like data."""
    return block[:4] + b"\x80\0\0\0"


def with_status_word(inputs: Inputs) -> Inputs | None:
    """The status word behind the data of an answer's MAC."""
    answer = tuple(name for name, _ in inputs.under) == ("data",) and any(inputs.iv)
    if not answer or inputs.padding is not Padding.ALWAYS or inputs.cipher is not Cipher.MAC:
        return None
    return replace(inputs, under=(*inputs.under, ("status", b"\x90\0")))


def role(role: str) -> Change:
    """Another key of the same card."""

    def change(inputs: Inputs) -> Inputs | None:
        path = replace(inputs.path, role=role)
        return None if path == inputs.path else replace(inputs, path=path)

    return change


def standard(standard: str, factors: tuple[bytes, ...]) -> Change:
    """The key of another application, by its own factors."""

    def change(inputs: Inputs) -> Inputs | None:
        path = replace(inputs.path, standard=standard, factors=factors)
        return None if path == inputs.path else replace(inputs, path=path)

    return change


def other_key(label: str) -> Change:
    """Another key of the same role."""
    return lambda inputs: replace(inputs, path=replace(inputs.path, other=label))


def levels(how: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> Change:
    """Other diversification factors; None where the card told none."""

    def change(inputs: Inputs) -> Inputs | None:
        old = inputs.path.factors
        new = how(old) if old else old
        return replace(inputs, path=replace(inputs.path, factors=new)) if new != old else None

    return change


def complement(factor: bytes) -> bytes:
    """Every bit turned over."""
    return bytes(byte ^ 0xFF for byte in factor)


def no_session(inputs: Inputs) -> Inputs | None:
    """The key itself where a session key belongs."""
    return replace(inputs, in_session=False) if inputs.in_session else None


def session_instead(inputs: Inputs) -> Inputs | None:
    """A TAC made with the session key of its transaction."""
    if inputs.in_session or not inputs.session:
        return None
    path = replace(inputs.path, role=inputs.session_role)
    return replace(inputs, path=path, in_session=True, halves=Halves.WHOLE)


def tac_instead(inputs: Inputs) -> Inputs | None:
    """A MAC made with the TAC key instead of the session key."""
    if not inputs.in_session:
        return None
    path = replace(inputs.path, role="tac")
    return replace(inputs, path=path, in_session=False, halves=Halves.XOR)


def serial_half(inputs: Inputs) -> Inputs | None:
    """The high half of the terminal's number in the session key."""
    return changed(inputs, "serial_low", inputs.serial[:2]) if inputs.serial else None


def serial_constant(inputs: Inputs) -> Inputs | None:
    """The constant of a load in the session key of a purchase."""
    return changed(inputs, "serial_low", b"\x80\0")


def load_constant(inputs: Inputs) -> Inputs | None:
    """Zeros for the constant in the session key of a load."""
    return changed(inputs, "padding", bytes(2))


def balance_moved(steps: int) -> Change:
    """The balance moved by the transaction so many times more; backwards below zero.

    An unload takes its amount off. A new limit moves what is available where there was none.
    """

    def change(inputs: Inputs) -> Inputs | None:
        balance, amount = inputs.part("balance"), inputs.part("amount") or inputs.part("limit")
        if balance is None or amount is None:
            return None
        step = -steps if inputs.session_role == "unload" else steps
        new = int.from_bytes(balance, "big") + step * int.from_bytes(amount, "big")
        return changed(inputs, "balance", new.to_bytes(4, "big")) if 0 <= new < 1 << 32 else None

    return change


def year(step: int) -> Callable[[bytes], bytes | None]:
    """A year more or less."""

    def how(old: bytes) -> bytes | None:
        text = old.hex()
        if not text.isdecimal() or not 0 <= int(text[:4]) + step <= 9999:
            return None
        return bytes.fromhex(f"{int(text[:4]) + step:04d}{text[4:]}")

    return how


def shifted(old: bytes) -> bytes | None:
    """Leading zeros moved to the end, or zeros of the end to the front."""
    front, end = old.lstrip(b"\0"), old.rstrip(b"\0")
    if len(front) < len(old):
        return front.ljust(len(old), b"\0")
    return end.rjust(len(old), b"\0") if len(end) < len(old) else None


def turning(step: int) -> Callable[[bytes], bytes]:
    """Count on, from the last number to the first."""
    return lambda old: ((int.from_bytes(old, "big") + step) % (1 << 8 * len(old))).to_bytes(
        len(old), "big"
    )


def each_level(how: Callable[[bytes], bytes]) -> Change:
    """Every diversification factor changed."""
    return levels(lambda old: tuple(how(factor) for factor in old))


def last_level(how: Callable[[bytes], bytes]) -> Change:
    """The last diversification factor changed."""
    return levels(lambda old: (*old[:-1], how(old[-1])))


def set_levels(factors: tuple[bytes, ...]) -> Change:
    """Other diversification factors altogether."""
    return levels(lambda old: factors)


def set_block(value: bytes) -> Change:
    """Another challenge altogether."""
    return block(lambda old: value)


def plain_class(header: bytes) -> bytes:
    """The class byte without the bit of secure messaging."""
    return bytes((header[0] & ~0x04,)) + header[1:]
