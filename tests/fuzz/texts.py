"""Files that people write: profiles of cards and terminals, forms of an ICS, keys, campaigns.

What is read must be of use: a card is made, a terminal started, a form asked for contradictions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.card.support import counting
from tests.card.test_fuzz import SEEDS
from tests.fuzz.engines import answered
from tests.fuzz.target import Target, as_file, files, refused
from ykt_conformance.ics import form
from ykt_conformance.judge import campaign
from ykt_conformance.run.plan import problems_of
from ykt_sim.bench.make import make_sam, make_terminal
from ykt_sim.bench.tap import start
from ykt_sim.card import Card, CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import YktError
from ykt_sim.profiles import cards
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.keyfile import read_key_file
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.transport import EngineLink


def check_profile(data: bytes) -> None:
    """The first byte says of what; the rest is the file."""
    kinds = (_card_profile, _terminal_profile, _key_file, _application)
    path = as_file("profile.toml", data[1:])
    try:
        kinds[data[0] % len(kinds) if data else 0](str(path))
    except YktError as error:
        refused(error)


def _card_profile(path: str) -> None:
    image = personalise(load_card_profile(path))
    image.check()
    assert CardImage.from_json(image.to_json()) == image
    card = Card(image, counting())
    card.power_on()
    for command in SEEDS:
        answered(card.process(command), named=False)


def _application(path: str) -> None:
    cards._APPLICATIONS.pop(path, None)
    text = f"{ONE_APPLICATION}[[application]]\nuse = {json.dumps(path)}\n"
    _card_profile(str(as_file("card.toml", text.encode())))


def _terminal_profile(path: str) -> None:
    profile = load_terminal_profile(path)
    machine = make_terminal(profile)
    start(machine, EngineLink(make_sam(profile, counting())))


def _key_file(path: str) -> None:
    found = read_key_file(path)
    assert found.keys or found.unused, "nothing is used, and nothing is told"


def profile_seeds() -> Iterator[bytes]:
    """Shipped profiles, and a key file with every kind of entry."""
    for text in files("ykt_sim/profiles/cards/*.toml"):
        yield b"\0" + text
    for text in files("ykt_sim/profiles/terminals/*.toml"):
        yield b"\1" + text
    for text in files("ykt_sim/profiles/applications/*.toml"):
        yield b"\3" + text
    yield b"\2" + KEYS


ONE_APPLICATION = """name = "one"
title = "a card with one application"
title_zh = "x"
source = "x"
atr = "3B8880014D54594B542D54557A"
[identity]
issuer = "01011000"
pan = "3105170000000000001"
start = "20170601"
expiry = "20401231"
province = "1000"
city = "1000"
"""
KEYS = b"""{"notice": "worthless", "keys": [
 {"standard": "tunion", "type": "3E", "id": 1, "value": "00112233445566778899AABBCCDDEEFF"},
 {"aid": "A000000632010105", "role": "load", "master": "00112233445566778899AABBCCDDEEFF"},
 {"fid": "DF05", "role": "pin", "value": "123456"},
 {"standard": "psam", "type": "28", "version": 1, "master": "00112233445566778899AABBCCDDEEFF"}],
 "levels": {"tunion": ["issuer", "card"], "lnt": ["card", "0011223344556677"]}}
"""


def check_ics(data: bytes) -> None:
    """The first byte says form or campaign; the rest is the file."""
    path = as_file("form.toml", data[1:])
    try:
        if data and data[0] % 4 == 3:
            campaign.load(path)
        else:
            problems_of(form.load(str(path)))
    except YktError as error:
        refused(error)


def ics_seeds() -> Iterator[bytes]:
    """Shipped forms, and a campaign."""
    for text in files("conformance/ykt_conformance/ics/forms/*.toml"):
        yield b"\0" + text
    yield b"\3" + campaign.new().encode()


TARGETS = (
    Target("profile", check_profile, profile_seeds, 16384),
    Target("ics", check_ics, ics_seeds, 16384),
)
