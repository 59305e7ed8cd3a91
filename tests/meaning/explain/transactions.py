"""Random transactions as a trace has them, and the plan of every code in them by the sheets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.meaning.explain.wrong import Plan, divided
from ykt_sim.meaning.follow import Due, Follower
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Channel, Event, Exchange

ROLES = (
    "purchase", "load", "unload", "overdraft", "tac", "line", "pin_unblock", "pin_reload",
    "external_auth",
)  # fmt: skip
OPERATIONS = (
    "load", "purchase", "cash", "composite", "unload", "overdraft", "psam", "line", "line8",
    "read", "unblock", "reload", "auth", "auth8",
)  # fmt: skip
#: P1 of INITIALIZE, role of the key, commit, and size of the counter's answer.
_P1 = {"load": 0, "purchase": 1, "cash": 2, "composite": 3, "overdraft": 4, "unload": 5}
_OK = bytes.fromhex("9000")


class Masters:
    """Keys for `Follower`: masters of both standards, divided by what the card told."""

    own = False

    def __init__(self, masters: dict[tuple[str, str], bytes]) -> None:
        self._masters = masters
        self._told: dict[str, tuple[bytes, ...]] = {}

    def know(self, standard: str, *factors: bytes) -> None:
        self._told[standard] = factors

    def at(self, standard: str, role: str, index: int | None) -> bytes | None:
        del index
        return self.get(standard, role)

    def get(self, standard: str, role: str) -> bytes | None:
        if standard not in self._told:
            return None
        return divided(self._masters[standard, role], *self._told[standard])

    def tac(self, standard: str) -> bytes | None:
        key = self.get(standard, "tac")
        return None if key is None else bytes(a ^ b for a, b in zip(key[:8], key[8:], strict=True))

    def master(self, standard: str, role: str) -> bytes | None:
        return self._masters.get((standard, role))

    def others(self, standard: str, role: str) -> dict[str, bytes]:
        del standard, role
        return {}

    def levels(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        del standard
        return told


@dataclass
class Tapped:
    """One operation: its events, plans by the name of the code, and what else is around."""

    events: list[Event]
    keys: Masters
    plans: dict[str, Plan] = field(default_factory=dict)
    around: dict[str, list[bytes]] = field(default_factory=dict)
    start: int = 0

    def dues(self) -> Iterator[tuple[Due, Follower, Plan]]:
        """Every code that is due, with its plan, as the follower comes to it."""
        follower = Follower(self.keys)
        for item in understand(self.events):
            for due in follower.step(item)[0]:
                if item.index >= self.start and due.name in self.plans:
                    yield due, follower, self.plans[due.name]


class Maker:
    """Draws operations from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def raw(self, size: int) -> bytes:
        return self.rng.randbytes(size)

    def digits(self, size: int) -> bytes:
        return bytes.fromhex("".join(self.rng.choice("0123456789") for _ in range(2 * size)))

    def make(self, operation: str) -> Tapped:
        rng = self.rng
        self.standard = rng.choice(("tunion", "lnt"))
        masters = {(s, role): self.raw(16) for s in ("tunion", "lnt") for role in ROLES}
        issuer, pan, card = self.digits(4) + b"\xff" * 4, self.digits(10), self.digits(8)
        self.numbers = {"tunion": [issuer, pan[2:]], "lnt": [card]}
        self.masters, self.out = masters, Tapped([], Masters(masters))
        self._selected(issuer, pan, card)
        self.terminal, self.other = self.digits(6), self.digits(6)
        self.moment = bytes.fromhex(
            f"20{rng.randint(10, 40):02d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
            f"{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}{rng.randint(0, 59):02d}"
        )
        if operation in _P1 or operation == "psam":
            self._purse(operation)
        else:
            self._line(operation)
        return self.out

    # -- the events

    def say(self, command: bytes, answer: bytes = b"", channel: Channel = "card") -> None:
        self.out.events.append(
            Exchange(t=0.0, channel=channel, command=command, response=answer + _OK)
        )

    def _selected(self, issuer: bytes, pan: bytes, card: bytes) -> None:
        fields = issuer + b"\x01\x02" + pan + bytes.fromhex("2020010120401231") + b"\0\0"
        data = bytes.fromhex("9F0C1E") + fields
        body = bytes.fromhex("8408A000000632010105A5") + bytes((len(data),)) + data
        tunion = bytes.fromhex("00A4040008A000000632010105")
        basic = bytes(8) + card + bytes(72)
        for standard in ("lnt", "tunion") if self.standard == "tunion" else ("tunion", "lnt"):
            if standard == "tunion":
                self.say(tunion, b"\x6f" + bytes((len(body),)) + body)
            else:
                self.say(bytes.fromhex("00A4040008") + b"PAY.APPY", b"\x6f\x0a\x84\x08PAY.APPY")
                self.say(bytes.fromhex("00B0950000"), basic)
        if self.standard == "lnt":
            self.say(bytes.fromhex("00A4040008") + b"PAY.TICL", b"\x6f\x0a\x84\x08PAY.TICL")

    def plan(self, code: str, role: str, over: list[tuple[str, bytes]], **more: object) -> None:
        self.out.plans[code] = Plan(
            self.masters, self.numbers, self.standard, role, list(self.numbers[self.standard]),
            [list(one) for one in over], **more,
        )  # fmt: skip

    def _purse(self, operation: str) -> None:
        rng = self.rng
        psam, operation = operation == "psam", "composite" if operation == "psam" else operation
        ed = operation in {"load", "purchase"} and rng.random() < 0.5
        amount, balance = rng.choice((rng.randint(1, 99999), rng.randint(1, 9999) * 100)), 100_000
        balance += rng.randint(0, 1 << 24)
        counter, serial, rand, old = rng.randint(0, 0xFFF0), self.raw(4), self.raw(4), self.raw(4)
        limit, new = rng.randint(0, 5000), rng.randint(5000, 90000)
        four = amount.to_bytes(4, "big")
        p1, p2 = _P1[operation], 1 if ed or operation in {"cash", "overdraft", "unload"} else 2
        head = bytes((0x80, 0x50, p1, p2))
        online = operation in {"load", "unload", "overdraft"}
        kind = {
            "load": 1 if ed else 2, "purchase": 5 if ed else 6, "cash": 4, "composite": 9,
            "unload": 3, "overdraft": 7,
        }[operation]  # fmt: skip
        role = operation if online else "purchase"
        count, held = counter.to_bytes(2, "big"), balance.to_bytes(4, "big")

        def begin(terminal: bytes, random: bytes, *, mac: bytes = bytes(4)) -> None:
            data = b"\x01" + (b"" if operation == "overdraft" else four) + terminal
            three = b"" if operation in {"load", "unload"} else limit.to_bytes(3, "big")
            answer = held + count + three + b"\x01\x00" + random + (mac if online else b"")
            self.say(head + bytes((len(data),)) + data, answer)

        begin(self.other, old)
        self.out.start = len(self.out.events)
        begin(self.terminal, rand)
        self.out.around = {"terminal": [self.other], "stale-random": [old]}
        type_, end = ("type", bytes((kind,))), ("terminal", self.terminal)
        date, time = ("date", self.moment[:4]), ("time", self.moment[4:])
        title = {"composite": "composite purchase", "overdraft": "overdraft update"}.get(
            operation, operation
        )
        if online:
            session = [("random", rand), ("counter", count), ("padding", b"\x80\0")]
        else:
            session = [("random", rand), ("counter", count), ("serial_low", serial[2:])]
        more = {"session": [list(one) for one in session], "serial": b"" if online else serial}
        spent = ("amount", four)
        if operation == "overdraft":
            spent = ("limit", new.to_bytes(3, "big"))
            over = [("balance", held), ("limit", limit.to_bytes(3, "big")), type_, end]
        else:
            over = [("balance", held), spent, type_, end]
        if online:
            self.plan(f"MAC1 of {title}", role, over, **more)
            after = balance + {
                "load": amount, "unload": -amount, "overdraft": new - limit,
            }[operation]  # fmt: skip
            last = [("balance", after.to_bytes(4, "big")), ("counter", count), spent, type_, end]
            last += [date, time]
        else:
            last = [spent, type_, end, ("terminal_serial", serial), date, time]
        first = "MAC2" if online else "MAC1"
        common = [spent, type_, end, date, time]
        if psam:
            self._sam(serial, rand, count, four, kind, common, more)
        self.plan(f"{first} of {title}", role, common, **more)
        if not online:
            self.plan(f"MAC2 of {title}", role, [spent], **more)
        if operation == "unload":
            self.plan(f"MAC3 of {title}", role, last, **more)
        else:
            tac = {"spare": more["session"], "owner": role, "serial": more["serial"], "use": "xor"}
            self.plan(f"TAC of {title}", "tac", last, **tac)
        if operation == "overdraft":
            self.say(bytes.fromhex("805800000E") + spent[1] + self.moment + bytes(4), bytes(4))
        elif operation == "load":
            self.say(bytes.fromhex("805200000B") + self.moment + bytes(4), bytes(4))
        elif operation == "unload":
            self.say(bytes.fromhex("805403000B") + self.moment + bytes(4), bytes(4))
        else:
            data = serial + self.moment + bytes(4)
            self.say(bytes.fromhex("805401000F") + data, bytes(8))
        if psam:
            self.say(bytes.fromhex("8072000004") + bytes(4), b"", "sam")

    def _sam(
        self, serial: bytes, rand: bytes, count: bytes, four: bytes, kind: int,
        common: list[tuple[str, bytes]], more: dict[str, object],
    ) -> None:  # fmt: skip
        numbers = self.numbers[self.standard]
        data = rand + count + four + bytes((kind,)) + self.moment + b"\x01\0"
        data += b"".join(numbers[::-1])
        self.say(bytes.fromhex("80700000") + bytes((len(data),)) + data, serial + bytes(4), "sam")
        self.plan("MAC1 from the PSAM", "purchase", common, **more)
        self.plan("MAC2 to the PSAM", "purchase", common[:1], **more)

    def _line(self, operation: str) -> None:
        size = 8 if operation.endswith("8") else 4
        stale, fresh = self.raw(size), self.raw(size)
        for challenge in (stale, fresh):
            self.say(bytes((0, 0x84, 0, 0, size)), challenge)
        self.out.around = {"stale-challenge": [stale.ljust(8, b"\0")]}
        iv, data = fresh.ljust(8, b"\0"), self.raw(self.rng.randint(1, 40))
        if operation.startswith("auth"):
            self.say(bytes.fromhex("0082000008") + bytes(8))
            self.plan(
                "external authentication", "external_auth", [("challenge", iv)],
                way="ecb", take="all",
            )  # fmt: skip
        elif operation == "reload":
            pin = self.raw(self.rng.randint(2, 6))
            self.say(bytes.fromhex("805E0000") + bytes((len(pin) + 4,)) + pin + bytes(4))
            self.out.around = {}
            self.plan("MAC of RELOAD PIN", "pin_reload", [("pin", pin)], use="xor")
        elif operation == "read":
            self.say(bytes.fromhex("04B0950004") + bytes(4) + b"\0", data + bytes(4))
            self.plan("line MAC of the answer", "line", [("data", data)], iv=iv)
        else:
            head = bytes.fromhex("84240000" if operation == "unblock" else "04D69500")
            length = bytes((len(data) + 4,))
            self.say(head + length + data + bytes(4))
            role = "pin_unblock" if operation == "unblock" else "line"
            over = [("header", head), ("length", length), ("data", data)]
            self.plan("line MAC", role, over, iv=iv)
