"""PINs that are nearly right: cut, longer, filled, written otherwise, the one before, another's.

A card compares the whole PIN and nothing else. FF behind a PIN may be filling [GM 7.10]; whether
it is there is for whoever judges.
"""

from __future__ import annotations

from typing import Final

#: Most bytes of a PIN [GM 7.10].
_MOST: Final = 6
#: Words for what is made of the right PIN.
NEARLY: Final = (
    "first-1", "first-2", "first-3", "first-4", "first-5", "last-1", "last-2", "last-3", "last-5",
    "more-00", "more-31", "more-FF", "zeros", "twice", "backwards", "packed", "digits",
    "first-wrong", "last-wrong", "before", "and-before", "before-and", "cut", "other",
)  # fmt: skip


def nearly(pin: bytes, word: str, *, before: bytes = b"", other: bytes = b"") -> bytes | None:
    """A PIN that is nearly right; None where it cannot be made, or would be the right one.

    Args:
        pin: the right one.
        word: one of `NEARLY`.
        before: the one before it was changed; empty where it never was.
        other: that of another application; empty where there is none.

    Raises:
        ValueError: no such word.
    """
    made = _made(pin, word, before, other)
    return made if made and made != pin else None


def _made(pin: bytes, word: str, before: bytes, other: bytes) -> bytes | None:
    name, _, how = word.partition("-")
    digits = pin.hex()
    if word not in NEARLY:
        raise ValueError(word)
    if word == "first-wrong":
        return bytes((pin[0] ^ 0x01,)) + pin[1:]
    if word == "last-wrong":
        return pin[:-1] + bytes((pin[-1] ^ 0x01,))
    if name == "first":
        return pin[: int(how)]
    if name == "last":
        return pin[-int(how) :]
    if name == "more":
        return pin + bytes.fromhex(how) if len(pin) < _MOST else None
    text = pin.decode("ascii") if pin.isascii() else ""
    packed = bytes.fromhex(text) if text.isdigit() and len(text) % 2 == 0 else None
    return {
        "zeros": pin.ljust(_MOST, b"\0"), "twice": (pin + pin)[:_MOST], "backwards": pin[::-1],
        "packed": packed, "digits": digits.encode() if len(digits) <= _MOST else None,
        "before": before, "and-before": pin + before[len(pin) :], "cut": pin[:-1],
        "before-and": before + pin[len(before) :] if before else b"", "other": other,
    }[word]  # fmt: skip
