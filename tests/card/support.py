"""Shared hands of the card tests: scripted randoms, hex dialogue, issuing by APDU."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from ykt_sim.card import Card, CardImage
from ykt_sim.card.model import CellKey, CellValue, Money
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile

Rng = Callable[[int], bytes]


def scripted(values: Iterable[str]) -> Rng:
    """Randoms given one after the other in hex; asking for another length fails the test."""
    queue = [bytes.fromhex(value) for value in values]

    def rng(count: int) -> bytes:
        value = queue.pop(0)
        assert len(value) == count, f"the card asked for {count} random bytes, script has {value!r}"
        return value

    return rng


def counting() -> Rng:
    """Randoms that differ each time and repeat from run to run."""
    state = [0]

    def rng(count: int) -> bytes:
        state[0] += 1
        return (0x5A000000 + state[0] * 7919).to_bytes(8, "big")[-count:]

    return rng


class Talk:
    """A powered card spoken to in hex."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()

    def __call__(self, *parts: str) -> str:
        """Send one command (hex, spaces allowed); the answer in upper-case hex."""
        return self.card.process(bytes.fromhex("".join(parts))).hex().upper()

    def sw(self, *parts: str) -> str:
        """Send one command; the status word."""
        return self(*parts)[-4:]

    def ok(self, *parts: str) -> str:
        """Send one command that must end in 9000; the data."""
        answer = self(*parts)
        assert answer[-4:] == "9000", f"{' '.join(parts)} -> {answer}"
        return answer[:-4]


def new_card(profile: str, rng: Rng | None = None, balance: int = 0) -> Talk:
    """A fresh card of a profile, powered on."""
    image = personalise(load_card_profile(profile), balance=balance)
    return Talk(Card(image, rng or counting()))


def key(type_: str, kid: str, value: str, b4: str = "00", b5: str = "00") -> str:
    """WRITE KEY (add) in plain."""
    data = bytes.fromhex(f"{type_}F0F0{b4}{b5}{value}")
    return f"80D401{kid}{len(data):02X}" + data.hex()


def create_purse_application(talk: Talk, keys: dict[str, str], *, pin: str = "") -> None:
    """An ADF 3F01 'PAY' with a key file, log 0018, EP and ED, as an issuer would make it."""
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000007", "3F020095F0FFFF")
    for name, value in keys.items():
        type_, _, options = name.partition("/")
        kid, b4, b5 = [*options.split("/"), "00", "00", "00"][:3] if options else ["00"] * 3
        talk.ok(key(type_, kid, value, b4, b5))
    if pin:
        talk.ok(key("3A", "00", pin, "01", "33"))
    talk.ok("80E0001807", "2E0A17F0EFFFFF")
    talk.ok("80E0000107", "2F0208F000FF18")
    talk.ok("80E0000207", "2F0208F000FF18")


EP = "00A4040008A000000632010105"
EC = "00A4040008A000000632010106"
PPSE = "00A404000E325041592E5359532E4444463031"
APPY = "00A4040008" + b"PAY.APPY".hex()
TICL = "00A4040008" + b"PAY.TICL".hex()
MF1X = "00A4040008" + b"PAY.MF1X".hex()
LNT_PIN = "0020000003123456"


def changed(image: CardImage, changes: Mapping[CellKey, Callable[[Any], CellValue]]) -> CardImage:
    """An image with some cells replaced by functions of their old value."""
    cells = dict(image.cells)
    for cell, change in changes.items():
        cells[cell] = change(cells[cell])
    return CardImage(cells)


def with_purse(image: CardImage, df: int, kind: int = 2, **changes: object) -> CardImage:
    """An image whose purse in one directory (EP unless told) has other rules or counters."""
    return changed(
        image, {("purse", df, kind): lambda purse: msgspec.structs.replace(purse, **changes)}
    )


def with_money(image: CardImage, name: str, actual: int, limit: int, overdrawn: int) -> CardImage:
    """An image with other amounts in fen: B, C, D."""
    return changed(image, {("money", name): lambda _: Money(actual, limit, overdrawn)})


def powered(image: CardImage, rng: Rng | None = None) -> Talk:
    """A powered card of an image that must be valid and survive its file form."""
    image.check()
    return Talk(Card(CardImage.from_json(image.to_json()), rng or counting()))


def made(profile: str, **options: Any) -> CardImage:
    """The image of a shipped profile."""
    return personalise(load_card_profile(profile), **options)
