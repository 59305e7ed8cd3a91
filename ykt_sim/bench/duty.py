"""A terminal of ours at a real reader: it waits for a card, taps it, waits for the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ykt_sim.bench.stand import Stand, Tapped
from ykt_sim.bench.targets import Opening, read_target, reader_named
from ykt_sim.bench.watch import CardWatch
from ykt_sim.errors import CardRemovedError, LinkError, WriteRefusedError
from ykt_sim.transport.guard import Permit

#: Seconds before a card that cannot be reached is tried again.
_PAUSE_S: Final = 0.1


class Duty:
    """A terminal at a reader, from its start to its end.

    Args:
        stand: the terminal.
        reader: ``pcsc:READER``, where the cards come to.
        permit: what may be done to them.
        begin: the terminal's clock at the start; it goes on with this machine's.
        amount: fen to load, at a load point only.
        say: takes lines for the operator.

    Raises:
        UsageError: no such target, or a permission without a card's number.
    """

    def __init__(
        self,
        stand: Stand,
        reader: str,
        permit: Permit,
        *,
        begin: datetime,
        amount: int = 0,
        say: Callable[[str], object] = lambda _line: None,
    ) -> None:
        self._stand, self._reader, self._begin, self._amount = stand, reader, begin, amount
        self._say = say
        self._target, self._how = read_target(reader, ("pcsc",)), Opening(permit=permit)
        self._target.open(self._how)  # wrong words are found before a card comes
        self._stopped = False
        self._watch = CardWatch(reader_named(reader), say, lambda: self._stopped)
        self._begun = time.monotonic()

    def stop(self) -> None:
        """End `taps` after the tap under way; may be called by a signal's handler."""
        self._stopped = True

    def taps(self, most: int = 0) -> Iterator[Tapped]:
        """Tap cards until there were enough (0: without end) or `stop` is called.

        Each tap is given when it is over; it counts as shown when the caller wants the next one,
        and only then is the next card looked for. A card that must not be written to, or left
        before it was looked at, is passed over; trouble of the reader is waited through.
        """
        if not self._stand.switch_on():
            self._say("the PSAM does not answer: out of service until it does 终端暂停服务")
        for note in self._stand.notes:
            self._say(f"note: {note}")
        name = self._stand.profile.name
        self._say(f"{name} waits for cards at {self._reader}; Ctrl-C ends it")
        made = 0
        while made != (most or -1) and self._watch.next_card():
            tapped = self._tap()
            if tapped is not None:
                made += 1
                yield tapped
                self._stand.tell()

    def _tap(self) -> Tapped | None:
        self._stand.forget()
        passed = timedelta(seconds=int(time.monotonic() - self._begun))
        try:
            card = self._target.open(self._how)
            tapped = self._stand.tap(card, self._begin + passed, self._amount, shown=False)
        except WriteRefusedError as error:
            self._say(str(error))
            self._watch.done(again=False)
        except CardRemovedError:
            self._say("a card left before it was looked at; put it on again 卡片已离开，请重新刷卡")
        except LinkError as error:
            self._watch.trouble(str(error))
            time.sleep(_PAUSE_S)
        else:
            self._watch.done(again=tapped.result.decision.outcome == "retry")
            return tapped
        return None
