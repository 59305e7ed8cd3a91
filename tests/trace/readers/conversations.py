"""What is said in the logs that the scribe writes: dialogues with cards and PSAMs."""

# ruff: noqa: E501, TID251

from __future__ import annotations

import random

Talk = tuple[str, bytes, bytes]

#: What bytes of a log may be taken for: commands, status words, frames, answers to reset, dates,
#: signs, words.
_LOOKS = """
    00A4 00A40400 00B0 00B2 8054 8050 805C0002 80DC 80CA 0084 00C0 00C00000 8072 801A 80FA
    D440 D541 D48E D587 D486 D4 D5 0000FF FF000000 3B 3B8F 9000 6A82 6700 6985 63C3 9302 9303
    61 6C 90 6F 6F10 6F1A A5 70 77 9F6C 20241231 19700101 2020 0D0A 3A20 5B5D 7B7D 2E2E 4142
    0A 00 10 02 03 0B 1122 0123 00000010 FFFF EC AB CD EF AD BE FA CE DE CA FE
"""
_TRAPS = [bytes.fromhex(one) for one in _LOOKS.split()]


class Trapped(random.Random):
    """Random bytes of which more than half begin, end or go on like something else."""

    def randbytes(self, n: int) -> bytes:
        """Bytes, `n` of them."""
        data = bytearray(super().randbytes(n))
        if n and self.random() < 0.6:
            trap = self.choice(_TRAPS)
            at = self.choice([0, 0, 0, max(0, n - len(trap)), self.randrange(n)])
            data[at : at + len(trap)] = trap
        return bytes(data[:n])


def _tlv(rng: random.Random, aid: bytes) -> bytes:
    proprietary = b"\x9f\x08\x01\x02\x9f\x0c\x1e" + rng.randbytes(30)
    inner = b"\x84" + bytes((len(aid),)) + aid
    if rng.random() < 0.8:
        inner += b"\xa5" + bytes((len(proprietary),)) + proprietary
    return b"\x6f" + bytes((len(inner),)) + inner


def _select(rng: random.Random) -> tuple[bytes, bytes]:
    aid = rng.choice([b"2PAY.SYS.DDF01", bytes.fromhex("A000000632010105"), b"PAY.APPY",
                      bytes.fromhex("A00000000386980701"), bytes.fromhex("D1560001018003800000000100000000")])  # fmt: skip
    command = b"\x00\xa4\x04\x00" + bytes((len(aid),)) + aid + rng.choice([b"", b"\x00"])
    if rng.random() < 0.15:
        return command, b"\x6a\x82"
    return command, _tlv(rng, aid) + b"\x90\x00"


def _small(rng: random.Random) -> tuple[bytes, bytes]:
    size = rng.choice([4, 8])
    return rng.choice(
        [
            (bytes.fromhex("805C000204"), rng.randbytes(4) + b"\x90\x00"),
            (bytes.fromhex("805C030204"), rng.randbytes(4) + b"\x90\x00"),
            (b"\x00\x84\x00\x00" + bytes((size,)), rng.randbytes(size) + b"\x90\x00"),
            (
                bytes.fromhex("0020000003") + rng.randbytes(3),
                rng.choice([b"\x90\x00", b"\x63\xc2"]),
            ),
            (bytes.fromhex("00A40000023F00"), rng.choice([b"\x90\x00", b"\x6a\x82"])),
            (bytes.fromhex("00A40000053F00"), b"\x67\x00"),
            (bytes.fromhex("80CA000009"), b"\x6d\x00"),
            (bytes.fromhex("0084000004"), b"\x69\x85"),
        ]
    )


def _read_one(rng: random.Random) -> tuple[bytes, bytes]:
    if rng.random() < 0.5:
        size = rng.choice([0x10, 0x17, 0x1E, 0x20, 0x30, 0x37, 0x40])
        head = rng.choice(["00B095", "00B096", "00B085"])
        return bytes.fromhex(head + "00") + bytes((size,)), rng.randbytes(size) + b"\x90\x00"
    record = rng.randrange(1, 11)
    command = b"\x00\xb2" + bytes((record, rng.choice([0xC4, 0xF4, 0xBC]), rng.choice([0, 0x17])))
    if rng.random() < 0.2:
        return command, b"\x6a\x83"
    return command, rng.randbytes(0x17) + b"\x90\x00"


def _purse(rng: random.Random) -> tuple[bytes, bytes]:
    return rng.choice(
        [
            (bytes.fromhex("805003020B") + rng.randbytes(11), rng.randbytes(15) + b"\x90\x00"),
            (bytes.fromhex("805401000F") + rng.randbytes(15) + rng.choice([b"", b"\x08"]),
             rng.choice([rng.randbytes(8) + b"\x90\x00", b"\x93\x02"])),
            (b"\x80\xdc\x00\xf0\x20" + rng.randbytes(32), b"\x90\x00"),
            (b"\x04\xd6\x95\x00\x24" + rng.randbytes(36), rng.choice([b"\x90\x00", b"\x69\x88"])),
        ]
    )  # fmt: skip


def _sam(rng: random.Random) -> tuple[bytes, bytes]:
    return rng.choice(
        [
            (b"\x80\x70\x00\x00\x1c" + rng.randbytes(28) + b"\x08", rng.randbytes(8) + b"\x90\x00"),
            (b"\x80\x72\x00\x00\x04" + rng.randbytes(4), b"\x90\x00"),
            (b"\x80\x1a\x27\x01\x08" + rng.randbytes(8), b"\x90\x00"),
            (b"\x80\xfa\x00\x00\x08" + rng.randbytes(8), rng.randbytes(8) + b"\x90\x00"),
        ]
    )


def dialogue(rng: random.Random, *, sam: bool) -> list[Talk]:
    """Exchanges with their lanes."""
    talk: list[Talk] = [("card", *_select(rng))]
    for _ in range(rng.randrange(3, 12)):
        if sam and rng.random() < 0.35:
            talk.append(("sam", *_sam(rng)))
        else:
            make = rng.choice([_select, _small, _small, _read_one, _read_one, _purse])
            talk.append(("card", *make(rng)))
    return talk
