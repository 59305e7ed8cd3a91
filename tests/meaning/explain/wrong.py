"""Wrong codes worked out a second time, from the sheets and pycryptodome, never from the engine.

A `Plan` is how a right code is made, as [GM 8] and the purse facts say it. `WRONG` maps a
mistake's name to what it does to a plan; it answers False where the mistake cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from Crypto.Cipher import DES

from tests.independent import fmcos_crypto as second
from tests.independent.fmcos_crypto import complement, encrypt, xor

Parts = list[list]


@dataclass
class Plan:
    """How one code is made; every part is [name, bytes]."""

    masters: dict[tuple[str, str], bytes] = field(repr=False)
    numbers: dict[str, list[bytes]]
    standard: str
    role: str
    levels: list[bytes]
    over: Parts
    session: Parts | None = None
    spare: Parts | None = None
    owner: str = ""
    use: str = "whole"
    iv: bytes = bytes(8)
    way: str = "mac"
    pad: str = "always"
    take: str = "left"
    serial: bytes = b""
    fixed: bytes | None = None
    others: dict[str, dict[tuple[str, str], bytes]] = field(default_factory=dict, repr=False)
    other: str = ""

    def get(self, name: str) -> bytes | None:
        for one, value in (*self.over, *(self.session or ())):
            if one == name:
                return value
        return None

    def put(self, name: str, value: bytes) -> bool:
        found = [one for one in (*self.over, *(self.session or ())) if one[0] == name]
        for one in found:
            one[1] = value
        return bool(found)


@lru_cache(maxsize=4096)
def divided(key: bytes, *levels: bytes) -> bytes:
    """A key divided by each level in turn."""
    for level in levels:
        key = second.diversify(key, level)
    return key


def _used(plan: Plan) -> bytes:
    key = divided(plan.masters[plan.standard, plan.role], *plan.levels)
    if plan.other:
        key = plan.others[plan.other][plan.standard, plan.role]
    left, right = key[:8], key[8:]
    return {
        "whole": key,
        "xor": xor(left, right),
        "left": left,
        "right": right,
        "swapped": right + left,
    }[plan.use]


def made(plan: Plan) -> bytes:
    """The code of a plan."""
    if plan.fixed is not None:
        whole = sum(len(value) for _, value in plan.over)
        return plan.fixed * (whole if plan.take == "all" else 4)
    key = _used(plan)
    if plan.session is not None:
        key = encrypt(key, b"".join(value for _, value in plan.session))
    data = b"".join(value for _, value in plan.over)
    if plan.way == "ecb":
        return encrypt(key, data)
    if plan.way == "decrypt":
        return second.decrypt(key, data)
    missing = -len(data) % 8
    if plan.pad == "zeros":
        data += bytes(missing)
    elif plan.pad == "needed":
        data += (b"\x80" + bytes(7))[:missing]
    else:
        data = second.pad_always(data)
        if plan.pad == "twice":
            data = second.pad_always(data)
    if plan.way == "mac3":
        value = plan.iv
        for at in range(0, len(data), 8):
            value = encrypt(key, xor(value, data[at : at + 8]))
    else:
        value = DES.new(key[:8], DES.MODE_CBC, plan.iv).encrypt(data)[-8:]
        if len(key) == 16:
            value = encrypt(key, DES.new(key[:8], DES.MODE_ECB).decrypt(value))
    return {"left": value[:4], "right": value[4:], "backwards": value[3::-1]}[plan.take]


def wrong(plan: Plan, *names: str) -> bytes | None:
    """The code with mistakes in it; None where one of them cannot be made."""
    session = plan.session and [part[:] for part in plan.session]
    now = replace(plan, over=[part[:] for part in plan.over], session=session)
    for name in names:
        change = WRONG.get(name) or _by_prefix(name)
        if not change(now):
            return None
    try:
        return made(now)
    except ValueError:
        return None


Change = Callable[[Plan], bool]


def _part(how: Callable[[bytes], bytes | None], *names: str) -> Change:
    def change(plan: Plan) -> bool:
        for name in names:
            old = plan.get(name)
            if old is not None:
                new = how(old)
                return new is not None and plan.put(name, new)
        return False

    return change


def _parts(how: Callable[[bytes], bytes], *names: str) -> Change:
    def change(plan: Plan) -> bool:
        there = [name for name in names if plan.get(name) is not None]
        for name in there:
            plan.put(name, how(plan.get(name)))
        return bool(there)

    return change


def _int(how: Callable[[int], int]) -> Callable[[bytes], bytes | None]:
    def change(old: bytes) -> bytes | None:
        new = how(int.from_bytes(old, "big"))
        return None if new < 0 or new.bit_length() > 8 * len(old) else new.to_bytes(len(old), "big")

    return change


def _bcd(old: bytes) -> bytes | None:
    text = f"{int.from_bytes(old, 'big'):0{2 * len(old)}d}"
    return bytes.fromhex(text) if len(text) == 2 * len(old) else None


def _moved(**step: int) -> Change:
    def change(plan: Plan) -> bool:
        if plan.get("date") is None:
            return False
        digits = (plan.get("date") + plan.get("time")).hex()
        numbers = (digits[:4], *(digits[n : n + 2] for n in range(4, 14, 2)))
        try:
            at = datetime(*map(int, numbers), tzinfo=UTC) + timedelta(**step)
        except ValueError:
            return False
        plan.put("date", bytes.fromhex(f"{at:%Y%m%d}"))
        return plan.put("time", bytes.fromhex(f"{at:%H%M%S}"))

    return change


def _year(step: int) -> Callable[[bytes], bytes]:
    return lambda old: bytes.fromhex(f"{int(old[:2].hex()) + step:04d}") + old[2:]


def _levels(how: Callable[[list[bytes]], list[bytes]]) -> Change:
    def change(plan: Plan) -> bool:
        new = how(plan.levels)
        different = new != plan.levels
        plan.levels = new
        return different

    return change


def _set(name: str, value: object, *when: object) -> Change:
    def change(plan: Plan) -> bool:
        old = getattr(plan, name)
        if old == value or (when and old not in when):
            return False
        setattr(plan, name, value)
        return True

    return change


def _mac_only(change: Change) -> Change:
    return lambda plan: plan.way in {"mac", "mac3"} and change(plan)


def _tac_key(plan: Plan) -> bool:
    if plan.session is None:
        return False
    plan.session, plan.spare = None, plan.session
    plan.role, plan.use = "tac", "xor"
    return True


def _session_key(plan: Plan) -> bool:
    if plan.session is not None or plan.spare is None:
        return False
    plan.session = [part[:] for part in plan.spare]
    plan.role, plan.use = plan.owner, "whole"
    return True


def _no_session(plan: Plan) -> bool:
    there = plan.session is not None
    plan.session, plan.spare = None, plan.session
    return there


def _balance(sign: int) -> Change:
    def change(plan: Plan) -> bool:
        spent = plan.get("amount") or plan.get("limit")
        if plan.get("balance") is None or spent is None:
            return False
        moved = sign * int.from_bytes(spent, "big") * (-1 if plan.owner == "unload" else 1)
        return _part(_int(lambda n: n + moved), "balance")(plan)

    return change


def _counter_first(plan: Plan) -> bool:
    if plan.session is None or [n for n, _ in plan.session[:2]] != ["random", "counter"]:
        return False
    plan.session[:2] = plan.session[1::-1]
    return True


def _first_block(how: Callable[[bytes], bytes]) -> Change:
    def change(plan: Plan) -> bool:
        if plan.way in {"ecb", "decrypt"}:
            return _part(how, "challenge")(plan)
        if plan.iv == bytes(8):
            return False
        plan.iv = how(plan.iv)
        return True

    return change


def _shift(old: bytes) -> bytes | None:
    zeros = len(old) - len(old.lstrip(b"\0"))
    if zeros:
        return old[zeros:] + bytes(zeros)
    zeros = len(old) - len(old.rstrip(b"\0"))
    return bytes(zeros) + old[: len(old) - zeros] if zeros else None


def _iv_random(plan: Plan) -> bool:
    random = plan.get("random") or dict(plan.spare or ()).get("random")
    if random is None:
        return False
    plan.iv = random + bytes(4)
    return True


def _zero_iv(plan: Plan) -> bool:
    there = plan.iv != bytes(8)
    plan.iv = bytes(8)
    return there


def _count(step: int) -> Callable[[bytes], bytes]:
    return lambda old: ((int.from_bytes(old, "big") + step) % 256 ** len(old)).to_bytes(
        len(old), "big"
    )


def _high(plan: Plan) -> bool:
    return bool(plan.serial) and plan.put("serial_low", plan.serial[:2])


def _status_word(plan: Plan) -> bool:
    if [name for name, _ in plan.over] != ["data"] or not any(plan.iv) or plan.way != "mac":
        return False
    plan.over.append(["status", bytes.fromhex("9000")])
    return True


WRONG: dict[str, Change] = {
    "tac-key": _tac_key,
    "session-key": _session_key,
    "no-session-key": _no_session,
    "single-des": _set("use", "left"),
    "right-half": _set("use", "right"),
    "halves-whole": _set("use", "whole"),
    "halves-xored": _set("use", "xor"),
    "halves-swapped": _set("use", "swapped"),
    "undiversified": _levels(lambda old: []),
    "first-level-only": _levels(lambda old: old[:1]),
    "last-level-only": _levels(lambda old: old[-1:]),
    "last-level-twice": _levels(lambda old: [*old, *old[-1:]]),
    "factors-swapped": _levels(lambda old: old[::-1]),
    "factors-complemented": _levels(lambda old: [complement(one) for one in old]),
    "last-factor-complemented": _levels(lambda old: [*old[:-1], *map(complement, old[-1:])]),
    "factors-reversed": _levels(lambda old: [one[::-1] for one in old]),
    "amount-yuan": _part(_int(lambda n: n // 100), "amount", "limit"),
    "amount-jiao": _part(_int(lambda n: n // 10), "amount", "limit"),
    "amount-hundredfold": _part(_int(lambda n: n * 100), "amount", "limit"),
    "amount-bcd": _part(_bcd, "amount", "limit"),
    "amount-zero": _part(lambda old: bytes(len(old)), "amount", "limit"),
    "amount-little-endian": _part(lambda old: old[::-1], "amount", "limit"),
    "day-before": _moved(days=-1),
    "day-after": _moved(days=1),
    "year-before": _part(_year(-1), "date"),
    "year-after": _part(_year(1), "date"),
    "hour-before": _moved(hours=-1),
    "hour-after": _moved(hours=1),
    "utc": _moved(hours=-8),
    "eight-hours-late": _moved(hours=8),
    "minute-before": _moved(minutes=-1),
    "minute-after": _moved(minutes=1),
    "second-before": _moved(seconds=-1),
    "second-after": _moved(seconds=1),
    "no-seconds": _part(lambda old: old[:2] + b"\0", "time"),
    "time-zero": _part(lambda old: bytes(3), "time"),
    "date-zero": _parts(lambda old: bytes(len(old)), "date", "time"),
    "no-century": _part(lambda old: old[1:], "date"),
    "day-first": _part(lambda old: old[:2] + old[3:4] + old[2:3], "date"),
    "terminal-zero": _part(lambda old: bytes(6), "terminal"),
    "terminal-reversed": _part(lambda old: old[::-1], "terminal"),
    "terminal-shifted": _part(_shift, "terminal"),
    "balance-before": _balance(-1),
    "balance-after": _balance(1),
    "balance-yuan": _part(_int(lambda n: n // 100), "balance"),
    "balance-zero": _part(lambda old: bytes(4), "balance"),
    "balance-little-endian": _part(lambda old: old[::-1], "balance"),
    "counter-after": _part(_int(lambda n: n + 1), "counter"),
    "counter-before": _part(_int(lambda n: n - 1), "counter"),
    "counter-zero": _part(lambda old: bytes(2), "counter"),
    "counter-little-endian": _part(lambda old: old[::-1], "counter"),
    "random-reversed": _part(lambda old: old[::-1], "random"),
    "random-zero": _part(lambda old: bytes(4), "random"),
    "serial-high": _high,
    "serial-zero": _parts(lambda old: bytes(len(old)), "serial_low", "terminal_serial"),
    "serial-next": _parts(_count(1), "serial_low", "terminal_serial"),
    "serial-last": _parts(_count(-1), "serial_low", "terminal_serial"),
    "serial-reversed": _parts(lambda old: old[::-1], "serial_low", "terminal_serial"),
    "serial-constant": _part(lambda old: b"\x80\0", "serial_low"),
    "load-constant": _part(lambda old: bytes(2), "padding"),
    "counter-first": _counter_first,
    "iv-zero": _zero_iv,
    "iv-random": _iv_random,
    "challenge-right": _first_block(lambda old: bytes(4) + old[:4]),
    "challenge-twice": _first_block(lambda old: old[:4] + old[:4]),
    "challenge-cut": _first_block(lambda old: old[:4] + bytes(4)),
    "challenge-padded": _first_block(lambda old: old[:4] + bytes((0x80, 0, 0, 0))),
    "challenge-reversed": _first_block(lambda old: old[3::-1] + old[4:]),
    "deciphered": _set("way", "decrypt", "ecb"),
    "enciphered": _set("way", "ecb", "decrypt"),
    "triple-des": _set("way", "mac3", "mac"),
    "no-padding": _mac_only(_set("pad", "needed")),
    "zero-padding": _mac_only(_set("pad", "zeros")),
    "padded-twice": _mac_only(_set("pad", "twice")),
    "length-without-mac": _part(_int(lambda n: n - 4), "length"),
    "status-word": _status_word,
    "class-plain": _part(lambda old: bytes((old[0] & 0xFB,)) + old[1:], "header"),
    "right-of-mac": _set("take", "right", "left"),
    "mac-reversed": _set("take", "backwards", "left"),
    "algorithm-03": _set("fixed", b"\x00"),
    "not-made": _set("fixed", b"\xff"),
}


def _by_prefix(name: str) -> Change:
    """Mistakes that are named after what was taken."""
    head, _, tail = name.rpartition("-")
    if "-before-" in name and head not in _PREFIXES:
        later, earlier = name.split("-before-")
        return lambda plan: _exchanged(plan, earlier, later)
    return _PREFIXES[head](tail)


def _hexed(*names: str) -> Callable[[str], Change]:
    return lambda tail: _part(lambda old: bytes.fromhex(tail), *names)


def _without(plan: Plan, name: str) -> bool:
    rest = [one for one in plan.over if one[0] != name]
    found = len(rest) < len(plan.over)
    plan.over = rest
    return found and bool(rest)


def _exchanged(plan: Plan, earlier: str, later: str) -> bool:
    names = [name for name, _ in plan.over]
    if earlier not in names or later not in names:
        return False
    at = names.index(earlier)
    if names[at + 1 : at + 2] != [later]:
        return False
    plan.over[at : at + 2] = plan.over[at + 1 : at - 1 if at else None : -1]
    return True


def _other_card(plan: Plan, standard: str, *, key_too: bool) -> bool:
    if key_too:
        plan.standard = standard
    elif plan.levels == plan.numbers[standard] or not plan.levels:
        return False
    plan.levels = list(plan.numbers[standard])
    return True


def _held(name: str, side: str) -> Callable[[str], Change]:
    """So many bytes of a number, zeros for the rest of it."""

    def short(count: int, old: bytes) -> bytes | None:
        gap = bytes(len(old) - count)
        some = old[:count] if side == "high" else old[len(old) - count :]
        if not sum(some):
            return None
        return gap + some if side == "low" else some + gap

    return lambda tail: _part(lambda old: short(int(tail), old), name)


_PREFIXES: dict[str, Callable[[str], Change]] = {
    "type": _hexed("type"),
    "terminal": _hexed("terminal"),
    "stale-random": _hexed("random"),
    "stale-challenge": lambda tail: _first_block(lambda old: bytes.fromhex(tail)),
    "without": lambda tail: lambda plan: _without(plan, tail),
    "key-of": lambda tail: lambda plan: _other_card(plan, tail, key_too=True),
    "factors-of": lambda tail: lambda plan: _other_card(plan, tail, key_too=False),
    "master-of": lambda tail: lambda plan: bool(plan.levels) and _set("standard", tail)(plan),
    "role": lambda tail: _set("role", tail),
    "key": lambda tail: _set("other", tail),
    **{
        f"{name}-{side}": _held(name, side)
        for name in ("terminal_serial", "terminal")
        for side in ("low", "left", "high")
    },
}


def names_for(plan: Plan, around: dict[str, list[bytes]], roles: tuple[str, ...]) -> list[str]:
    """Every mistake that somebody could think of for this plan, without pairs."""
    over = [name for name, _ in plan.over]
    names = [*WRONG]
    names += [f"role-{role}" for role in roles if role != plan.role]
    names += [f"key-{label}" for label in plan.others]
    others = [standard for standard in plan.numbers if standard != plan.standard]
    names += [f"key-of-{other}" for other in others] + [f"factors-of-{other}" for other in others]
    names += [f"master-of-{one}" for one in ("tunion", "lnt") if one != plan.standard]
    if "type" in over:
        kinds = (1, 2, 3, 4, 5, 6, 7, 9)
        names += [f"type-{n:02X}" for n in kinds if bytes((n,)) != plan.get("type")]
    if len(over) > 1:
        names += [f"without-{name}" for name in over]
        names += [f"{b}-before-{a}" for a, b in pairwise(over)]
    for name in {"terminal_serial", "terminal"} & {*over}:
        counts = range(1, len(plan.get(name) or b""))
        sides = ("low", "high") if name == "terminal" else ("low", "left", "high")
        names += [f"{name}-{side}-{n}" for n in counts for side in sides]
    for kind, values in around.items():
        names += [f"{kind}-{value.hex().upper()}" for value in values]
    return names
