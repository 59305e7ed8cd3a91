"""Codes over a wrong input: each is another code, and the right one comes from the right inputs."""

from __future__ import annotations

import pytest

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import inputs, reckon
from ykt_sim.codes import INS, LNT, TUNION
from ykt_sim.meaning.explain.inputs import make
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.apdu import Command

_CHALLENGE = bytes.fromhex("01020304")


def _ring() -> KeyRing:
    ring = KeyRing()
    ring.know(TUNION, bytes.fromhex("02205810FFFFFFFF"), bytes(range(8)))
    ring.know(LNT, bytes.fromhex("5100000000000001"))
    return ring


def _line(offset: int, mac: bytes = bytes(4)) -> Command:
    return Command(0x04, INS.UPDATE_BINARY, c.by_sfi(c.APPLICATION), offset, b"\x01\x14" + mac)


def _wrong(name: str, before: inputs.Before | None = None) -> bytes | None:
    code = inputs.of_line(_line(28), TUNION, _CHALLENGE)
    assert code is not None
    return inputs.wrong(code, name, _ring(), before or inputs.Before())


def _due(
    command: Command, role: str = "line", standard: str = TUNION, iv: bytes = _CHALLENGE
) -> bytes:
    key = _ring().get(standard, role)
    assert key is not None
    return reckon.line_mac(key, command.header + command.data[:-4], iv)


def test_what_a_line_mac_is_made_of_makes_the_right_one() -> None:
    code, key = inputs.of_line(_line(28), TUNION, _CHALLENGE), _ring().get(TUNION, "line")
    assert code is not None
    assert key is not None
    assert make(code.inputs, key) == _due(_line(28))
    assert inputs.put(_line(28), code.at, b"abcd").data == b"\x01\x14abcd"


def test_a_mistake_is_the_right_code_of_another_command() -> None:
    assert _wrong("offset-00") == _due(_line(0))
    assert _wrong("iv-zero") == _due(_line(28), iv=bytes(8))
    assert _wrong("role-pin_unblock") == _due(_line(28), "pin_unblock")
    assert _wrong("key-of-lnt") == _due(_line(28), standard=LNT)
    assert _wrong("before-challenge", inputs.Before(older=b"abcdefgh")) == _due(
        _line(28), iv=b"abcdefgh"
    )


def test_what_was_not_there_before_makes_nothing() -> None:
    assert _wrong("before-challenge") is None
    assert _wrong("type-09") is None
    assert _wrong("role-mac") is None


def test_every_input_of_every_code_is_wrong_in_some_mistake() -> None:
    for kind in ("purchase", "composite", "load", "unload"):
        for part in ("amount", "terminal", "random", "counter", "date", "time", "type"):
            assert any(one.startswith(f"{part}-") or part in one for one in inputs.names(kind)), (
                part
            )
    assert {"type-07", "type-09"} <= set(inputs.names("purchase"))
    assert "type-06" not in inputs.names("purchase")
    assert {"limit-next", "before-limit", "type-02"} <= set(inputs.names("overdraft"))
    assert {"offset-00", "file-16", "ins-18", "iv-zero", "data-next"} <= set(inputs.names("line"))
    assert {"iv-challenge", "pin-shorter", "key-of-lnt"} <= set(inputs.names("reload"))
    assert {"before-challenge", "deciphered"} <= set(inputs.names("auth"))
    assert "key-of-tunion" in inputs.names("auth", LNT)


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_names_are_words_of_steps(kind: str) -> None:
    names = inputs.names(kind)
    assert len(names) > 20
    assert len(set(names)) == len(names)
    assert set(names) <= inputs.every_name()
    assert not any(" " in one or "=" in one or ";" in one for one in names)
