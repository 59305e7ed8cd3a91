"""Random transactions as a trace has them, and the plan of every code in them by the sheets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.meaning.explain.wrong import Plan, divided, made
from ykt_sim.meaning.follow import Due, Follower
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Channel, Event, Exchange

ROLES = (
    "purchase", "load", "unload", "overdraft", "tac", "line", "pin_unblock", "pin_reload",
    "external_auth", "encipher", "decipher", "mac",
)  # fmt: skip
OPERATIONS = (
    "load", "purchase", "cash", "composite", "unload", "overdraft", "psam", "line", "line8",
    "read", "unblock", "reload", "auth", "auth8", "encipher", "decipher", "mac",
)  # fmt: skip
#: P1 of INITIALIZE.
_P1 = {"load": 0, "purchase": 1, "cash": 2, "composite": 3, "overdraft": 4, "unload": 5}
#: Type byte, for EP where there are two.
_KINDS = {"load": 2, "purchase": 6, "cash": 4, "composite": 9, "unload": 3, "overdraft": 7}
#: The commit, and what stands in front of date, time and MAC.
_COMMITS = {
    "load": ("805200000B", ""), "unload": ("805403000B", ""), "overdraft": ("805800000E", "limit"),
    "purchase": ("805401000F", "serial"), "cash": ("805401000F", "serial"),
    "composite": ("805401000F", "serial"),
}  # fmt: skip
_TITLES = {"composite": "composite purchase", "overdraft": "overdraft update"}
#: P1 of INTERNAL AUTHENTICATE, and how its answer is made.
_INTERNAL = {"encipher": (0, "ecb"), "decipher": (1, "decrypt"), "mac": (2, "mac")}
_OK = bytes.fromhex("9000")
T = TypeVar("T")


class Masters:
    """Keys for `Follower`: masters of both standards, divided by what the card told."""

    own = False

    def __init__(
        self, masters: dict[tuple[str, str], bytes], spare: dict[str, dict[tuple[str, str], bytes]]
    ) -> None:
        self._masters, self._spare = masters, spare
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
        return {label: keys[standard, role] for label, keys in self._spare.items()}

    def levels(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        del standard
        return told


@dataclass
class Tapped:
    """One operation: its events, plans by the name of the code, and what else is around.

    ``codes`` are the right codes of the transaction so far, ``before`` those of the one before.
    """

    events: list[Event]
    keys: Masters
    plans: dict[str, Plan] = field(default_factory=dict)
    around: dict[str, list[bytes]] = field(default_factory=dict)
    before: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, bytes] = field(default_factory=dict)
    start: int = 0

    def dues(self) -> Iterator[tuple[Due, Follower, Plan]]:
        """Every code that is due, with its plan, as the follower comes to it."""
        follower = Follower(self.keys)
        for item in understand(self.events):
            dues = [due for due in follower.step(item)[0] if due.name in self.plans]
            if item.index < self.start:
                continue
            self.codes.update((short(due.name), made(self.plans[due.name])) for due in dues)
            for due in dues:
                yield due, follower, self.plans[due.name]


def short(name: str) -> str:
    """What a code is: ``MAC2`` of ``MAC2 of load``."""
    return name.split(maxsplit=1)[0]


class Draw:
    """Bytes and numbers drawn from a seed, the same on every machine."""

    def __init__(self, seed: object) -> None:
        self._seed, self._count = str(seed), 0

    def raw(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            self._count += 1
            found += hashlib.sha256(f"{self._seed} {self._count}".encode()).digest()
        return found[:size]

    def between(self, least: int, most: int) -> int:
        return least + int.from_bytes(self.raw(8), "big") % (most - least + 1)

    def choice(self, found: Sequence[T]) -> T:
        return found[self.between(0, len(found) - 1)]


class Maker(Draw):
    """Draws operations from a seed."""

    def digits(self, size: int) -> bytes:
        return bytes.fromhex("".join(self.choice("0123456789") for _ in range(2 * size)))

    def make(self, operation: str) -> Tapped:
        self.standard = self.choice(("tunion", "lnt"))
        masters = {(s, role): self.raw(16) for s in ("tunion", "lnt") for role in ROLES}
        issuer, pan, card = self.digits(4) + b"\xff" * 4, self.digits(10), self.digits(8)
        self.numbers = {"tunion": [issuer, pan[2:]], "lnt": [card]}
        self.spare = {"index 2, version 1": {one: self.raw(16) for one in masters}}
        self.masters, self.out = masters, Tapped([], Masters(masters, self.spare))
        self._selected(issuer, pan, card)
        self.terminal, self.other = self.digits(6), self.digits(6)
        self.moment = bytes.fromhex(
            f"20{self.between(10, 40):02d}{self.between(1, 12):02d}{self.between(1, 28):02d}"
            f"{self.between(0, 23):02d}{self.between(0, 59):02d}{self.between(0, 59):02d}"
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
        more.setdefault("owner", role)
        self.out.plans[code] = Plan(
            self.masters, self.numbers, self.standard, role, list(self.numbers[self.standard]),
            [list(one) for one in over], others=self.spare, **more,
        )  # fmt: skip

    def _purse(self, operation: str) -> None:
        psam, operation = operation == "psam", "composite" if operation == "psam" else operation
        self.operation, self.online = operation, operation in {"load", "unload", "overdraft"}
        self.ed = operation in {"cash", "overdraft", "unload"}
        if operation in {"load", "purchase"}:
            self.ed = self.choice((True, False))
        self.kind = bytes((_KINDS[operation] - (self.ed and operation in {"load", "purchase"}),))
        self.amount = self.choice((self.between(1, 99_999), self.between(1, 9_999) * 100))
        self.balance = 1_000_000 + self.between(0, 1 << 24)
        self.limit, self.new = self.between(0, 5_000), self.between(5_000, 90_000)
        self.count, self.serial = self.between(0, 0xFFF0).to_bytes(2, "big"), self.raw(4)
        self.rand, self.old = self.raw(4), self.raw(4)
        self._begin(self.other, self.old)
        self.out.start = len(self.out.events)
        self._begin(self.terminal, self.rand)
        self.out.around = {"terminal": [self.other], "stale-random": [self.old]}
        self._plans(psam=psam)
        if psam:
            numbers = self.numbers[self.standard]
            data = self.rand + self.count + self.amount.to_bytes(4, "big") + self.kind
            data += self.moment + b"\x01\0" + b"".join(numbers[::-1])
            head = bytes.fromhex("80700000") + bytes((len(data),))
            self.say(head + data, self.serial + bytes(4), "sam")
        head, more = _COMMITS[operation]
        before = {"serial": self.serial, "limit": self.new.to_bytes(3, "big"), "": b""}[more]
        data = before + self.moment + bytes(4)
        self.say(bytes.fromhex(head) + data, bytes(4 if self.online else 8))
        if psam:
            self.say(bytes.fromhex("8072000004") + bytes(4), b"", "sam")

    def _begin(self, terminal: bytes, rand: bytes) -> None:
        """INITIALIZE and its answer."""
        amount = b"" if self.operation == "overdraft" else self.amount.to_bytes(4, "big")
        data = b"\x01" + amount + terminal
        limit = b"" if self.operation in {"load", "unload"} else self.limit.to_bytes(3, "big")
        answer = self.balance.to_bytes(4, "big") + self.count + limit + b"\x01\x00" + rand
        head = bytes((0x80, 0x50, _P1[self.operation], 1 if self.ed else 2, len(data)))
        self.say(head + data, answer + bytes(4 if self.online else 0))

    def _plans(self, *, psam: bool) -> None:
        """What goes under each code, in the order of [GM 8.7-8.12]."""
        operation, title = self.operation, _TITLES.get(self.operation, self.operation)
        type_, end = ("type", self.kind), ("terminal", self.terminal)
        date, time = ("date", self.moment[:4]), ("time", self.moment[4:])
        held, count = ("balance", self.balance.to_bytes(4, "big")), ("counter", self.count)
        spent, before = ("amount", self.amount.to_bytes(4, "big")), self.amount
        if operation == "overdraft":
            spent, before = ("limit", self.new.to_bytes(3, "big")), self.limit
        last = ("padding", b"\x80\0") if self.online else ("serial_low", self.serial[2:])
        session = [["random", self.rand], list(count), list(last)]
        more = {"session": session, "serial": b"" if self.online else self.serial}
        role = operation if self.online else "purchase"
        common = [spent, type_, end, date, time]
        whole = [spent, type_, end, ("terminal_serial", self.serial), date, time]
        if self.online:
            size = 3 if operation == "overdraft" else 4
            start = [held, (spent[0], before.to_bytes(size, "big")), type_, end]
            self.plan(f"MAC1 of {title}", role, start, **more)
            self.out.before = {"MAC1": self._before(self.out.plans[f"MAC1 of {title}"])}
            moved = {"load": self.amount, "unload": -self.amount, "overdraft": self.new - before}
            after = ("balance", (self.balance + moved[operation]).to_bytes(4, "big"))
            whole = [after, count, *common]
        else:
            self.plan(f"MAC2 of {title}", role, [spent], **more)
        self.plan(f"{'MAC2' if self.online else 'MAC1'} of {title}", role, common, **more)
        if psam:
            self.plan("MAC1 from the PSAM", "purchase", common, **more)
            self.plan("MAC2 to the PSAM", "purchase", [spent], **more)
        if operation == "unload":
            self.plan(f"MAC3 of {title}", role, whole, **more)
            return
        tac = {"spare": session, "owner": role, "serial": more["serial"], "use": "xor"}
        self.plan(f"TAC of {title}", "tac", whole, **tac)

    def _before(self, plan: Plan) -> bytes:
        """MAC1 of the first INITIALIZE: another terminal and another random."""
        over = [[n, self.other if n == "terminal" else value] for n, value in plan.over]
        return made(replace(plan, over=over, session=[["random", self.old], *plan.session[1:]]))

    def _line(self, operation: str) -> None:
        if operation in _INTERNAL:
            p1, way = _INTERNAL[operation]
            size = self.between(1, 40) if way == "mac" else 8 * self.between(1, 3)
            data, take = self.raw(size), "left" if way == "mac" else "all"
            asked = bytes((0, 0x88, p1, 0, size)) + data
            self.say(asked, bytes(4 if way == "mac" else size))
            self.plan("internal authentication", operation, [("data", data)], way=way, take=take)
            return
        size = 8 if operation.endswith("8") else 4
        stale, fresh = self.raw(size), self.raw(size)
        for challenge in (stale, fresh):
            self.say(bytes((0, 0x84, 0, 0, size)), challenge)
        self.out.around = {"stale-challenge": [stale.ljust(8, b"\0")]}
        iv, data = fresh.ljust(8, b"\0"), self.raw(self.between(1, 40))
        if operation.startswith("auth"):
            self.say(bytes.fromhex("0082000008") + bytes(8))
            self.plan(
                "external authentication", "external_auth", [("challenge", iv)],
                way="ecb", take="all",
            )  # fmt: skip
        elif operation == "reload":
            pin = self.raw(self.between(2, 6))
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
