"""Keeps card numbers, personal data and keys out of a page, in hex and in words.

What has to go is learnt from the traces. A hidden digit is a ``*``, so bytes keep their places;
card numbers keep their ends, as everywhere (`meaning.hiding.masking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from ykt_conformance.judge.keys import LEARN_FROM
from ykt_conformance.judge.redact import keys_of
from ykt_conformance.judge.view import View
from ykt_sim.errors import YktError
from ykt_sim.meaning.hiding.identities import learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.trace.model import Exchange, Trace


class Hider(Masker):
    """Replaces what it has learnt of traces and of the keys of their cards."""

    def learn_trace(self, trace: Trace, items: Iterable[Understood] = ()) -> None:
        """Take card numbers and personal data from a trace, and keys of its cards.

        Args:
            trace: the recording.
            items: its events, where they are understood already.
        """
        for known in items or understand(trace):
            self.take(known)
        learn_header(self, trace.header)
        for key in _keys(trace):
            self.learn_word(key.hex().upper(), "*" * (2 * len(key)))


def _keys(trace: Trace) -> Iterator[bytes]:
    telling = tuple(event for event in trace.events if not isinstance(event, Exchange)
                    or not LEARN_FROM.isdisjoint(event.command[1:2]))  # fmt: skip
    try:
        ring = View.of(replace(trace, events=telling), {}).keys
    except YktError:
        return
    yield from keys_of(ring)
