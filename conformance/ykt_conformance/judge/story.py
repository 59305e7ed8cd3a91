"""The story of a recording, in the words of `ykt trace show`; it heads a case in a report."""

from __future__ import annotations

import copy

from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import Line, tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.trace.model import Trace


def story_of(trace: Trace, keys: KeyRing) -> tuple[Line, ...]:
    """Tell a recording in at most five lines, card numbers whole; none without an exchange.

    Args:
        trace: the recording.
        keys: of its cards, as far as they are known; the ring stays as it is.
    """
    if not trace.exchanges:
        return ()
    tale = Tale(trace.header)
    given = None if keys.empty else copy.deepcopy(keys)
    for item in check(trace, given, published=keys.published, explained=True):
        tale.take(item)
    return tell(tale, keyed=given is not None).lines
