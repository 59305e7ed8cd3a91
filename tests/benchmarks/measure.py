"""Timing by best of several rounds, and the floor: the cipher calls alone that a function makes.

Times are those that this process computes, so that other work of the machine counts less.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from ykt_sim.crypto import des


def rng(count: int) -> bytes:
    """Random bytes that are the same in every run."""
    rng.state = (rng.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)  # type: ignore[attr-defined]
    return rng.state.to_bytes(8, "big")[:count]  # type: ignore[attr-defined]


rng.state = 1  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        best, median: seconds per unit over the rounds.
    """

    name: str
    best: float
    median: float

    @property
    def rate(self) -> float:
        """Units per second in the best round."""
        return 1 / self.best


def measure(name: str, run: Callable[[int], None], units: int, rounds: int = 7) -> Figure:
    """Call ``run(units)`` several times; seconds per unit."""
    run(max(units // 10, 1))  # warm caches
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run(units)
        times.append((time.process_time() - start) / units)
    times.sort()
    return Figure(name, times[0], times[len(times) // 2])


def measure_beside(
    first: tuple[str, Callable[[int], None]],
    second: tuple[str, Callable[[int], None]],
    units: int,
    rounds: int = 15,
) -> tuple[Figure, Figure, float]:
    """Two functions in turns, round by round, so that both meet the same machine.

    Gives both figures and the median over the rounds of (second's time / first's time).
    """
    times: tuple[list[float], list[float]] = ([], [])
    for round_number in range(rounds + 1):
        for number, (_, run) in enumerate((first, second)):
            gc.collect()
            start = time.process_time()
            run(units)
            if round_number:  # the first round warms caches
                times[number].append((time.process_time() - start) / units)
    share = statistics.median(b / a for a, b in zip(*times, strict=True))
    figures = [
        Figure(name, min(spent), statistics.median(spent))
        for (name, _), spent in zip((first, second), times, strict=True)
    ]
    return figures[0], figures[1], share


@dataclass(frozen=True)
class Call:
    """One cipher call: expanded key, mode (None is ECB, else the CBC value), direction, data."""

    key: bytes
    iv: bytes | None
    encrypt: bool
    data: bytes


@contextmanager
def recorded_calls() -> Iterator[list[Call]]:
    """Note what `ykt_sim.crypto.des` enciphers inside the block: each ECB call, each CBC chain.

    A chain is one call here, however many blocks `des` enciphers one by one for it.
    """
    calls: list[Call] = []
    originals = {name: getattr(des, name) for name in ("_encrypting", "_decrypting", "_last_block")}

    def ecb(key: bytes, *, encrypt: bool) -> Callable[[bytes], bytes]:
        def noted(data: bytes) -> bytes:
            return made(Call(des._expand(key), None, encrypt, data))

        return noted

    def chain(key: bytes, iv: bytes, data: bytes) -> bytes:
        return made(Call(des._expand(key), iv, encrypt=True, data=data))[-8:]

    def made(call: Call) -> bytes:
        calls.append(call)
        return replay([call])

    des._encrypting = lambda key: ecb(key, encrypt=True)  # type: ignore[assignment]
    des._decrypting = lambda key: ecb(key, encrypt=False)  # type: ignore[assignment]
    des._last_block = chain
    try:
        yield calls
    finally:
        for name, original in originals.items():
            setattr(des, name, original)


def replay(calls: list[Call]) -> bytes:
    """The floor: the same calls on the same data through `cryptography` and nothing else.

    Gives what the last one gave.
    """
    given = b""
    for call in calls:
        mode = modes.ECB() if call.iv is None else modes.CBC(call.iv)
        cipher = Cipher(TripleDES(call.key), mode)
        given = (cipher.encryptor() if call.encrypt else cipher.decryptor()).update(call.data)
    return given


def bare_c(calls: list[Call]) -> float | None:
    """The true floor: seconds for the same calls in libcrypto, or None where there is none.

    Each call sets a key and enciphers (EVP_CipherInit_ex, EVP_CipherUpdate) in a context that
    is there already. What Python spends on calling into C is taken off: the same number of
    calls, with the same arguments, of a C function that does nothing.
    """
    name = ctypes.util.find_library("crypto")
    if name is None:
        return None
    lib = ctypes.CDLL(name)
    for maker in (lib.EVP_CIPHER_CTX_new, lib.EVP_des_ede3_ecb, lib.EVP_des_ede3_cbc):
        maker.restype = ctypes.c_void_p
    contexts = {}
    for cbc, algorithm in ((False, lib.EVP_des_ede3_ecb()), (True, lib.EVP_des_ede3_cbc())):
        contexts[cbc] = ctypes.c_void_p(lib.EVP_CIPHER_CTX_new())
        first = (contexts[cbc], ctypes.c_void_p(algorithm), None, bytes(24), bytes(8), 1)
        if not lib.EVP_CipherInit_ex(*first):
            return None
    given = [(contexts[c.iv is not None], c.key, c.iv, c.encrypt, c.data) for c in calls]
    written, out = ctypes.byref(ctypes.c_int()), ctypes.create_string_buffer(4096)

    def run(begin: Any, update: Any) -> float:
        start = time.process_time()
        for context, key, iv, encrypt, data in given:
            begin(context, None, None, key, iv, encrypt)
            update(context, out, written, data, len(data))
        return time.process_time() - start

    nothing = lib.OpenSSL_version_num
    whole = min(run(lib.EVP_CipherInit_ex, lib.EVP_CipherUpdate) for _ in range(15))
    calling = min(run(nothing, nothing) for _ in range(15))
    for context in contexts.values():
        lib.EVP_CIPHER_CTX_free(context)
    return whole - calling
