"""Every step of every vector, each its own test.

The vectors come from real cards, a vendor's manual and other people's programs; the file
says which. A step may use the result of an earlier one of its vector (``@name``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ykt_sim.crypto import derive, des, sm4

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "purse.json").read_text())
VECTORS = {vector["id"]: vector for vector in FILE["vectors"]}
STEPS = [
    pytest.param(name, index, id=f"{name}-{index}-{step['op']}")
    for name, vector in VECTORS.items()
    for index, step in enumerate(vector["steps"])
]


def emv_session_key(key: bytes, data: bytes) -> bytes:
    return derive.emv_session_key(key, int.from_bytes(data, "big"))


OPERATIONS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "ecb": lambda key, data, _: des.ecb(key, data),
    "ecbdec": lambda key, data, _: des.ecb_decrypt(key, data),
    "mac": des.mac,
    "mac8": lambda key, data, iv: des.mac(key, data, iv, length=8),
    "encld": lambda key, data, _: des.encipher(key, data),
    "div": lambda key, data, _: derive.diversify(key, data),
    "xorhalves": lambda key, _, __: derive.tac_key(key),
    "sk": lambda key, data, _: emv_session_key(key, data),
    "sm4": lambda key, data, _: sm4.ecb(key, data),
}


@cache
def results(name: str) -> tuple[bytes, ...]:
    """Run all steps of a vector; later steps see what earlier ones gave."""
    bound: dict[str, bytes] = {}
    found: list[bytes] = []

    def value(text: str) -> bytes:
        if text.casefold() == "@arqcxor3031":
            return bytes((found[-1][0] ^ 0x30, found[-1][1] ^ 0x31)) + found[-1][2:]
        return bound[text.casefold()] if text.startswith("@") else bytes.fromhex(text)

    for step in VECTORS[name]["steps"]:
        iv = bytes.fromhex(step.get("iv", "00" * 8))
        found.append(OPERATIONS[step["op"]](value(step["key"]), value(step["data"]), iv))
        if step["expect"].startswith("@"):
            bound[step["expect"].casefold()] = found[-1]
    return tuple(found)


def expected(step: dict[str, Any]) -> bytes | None:
    text = step["expect"]
    return None if text.startswith("@") else bytes.fromhex(text)


def test_nothing_is_missing() -> None:
    assert len(VECTORS) == len(FILE["vectors"]) == 16
    assert len(STEPS) == 52
    checked = [
        step
        for vector in VECTORS.values()
        for step in vector["steps"]
        if expected(step) is not None
    ]
    assert len(checked) == 46
    assert {step["op"] for vector in VECTORS.values() for step in vector["steps"]} == set(
        OPERATIONS
    )


def test_every_vector_says_where_it_comes_from() -> None:
    assert all(vector["source"] and vector["provenance"] for vector in VECTORS.values())


@pytest.mark.parametrize(("name", "index"), STEPS)
def test_step(name: str, index: int) -> None:
    step = VECTORS[name]["steps"][index]
    want, got = expected(step), results(name)[index]
    if want is None:
        later = VECTORS[name]["steps"][index + 1 :]
        uses = [s for s in later if step["expect"] in {s["key"], s["data"]}]
        assert uses, "an intermediate result that nothing checks"
        assert len(got) in {8, 16}
    else:
        assert got == want
