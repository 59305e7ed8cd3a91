"""The card: power, dispatch, and nothing else.

`Card.process` takes any bytes and always answers with a status word. Each application
answers a table of commands (`tables`); handlers return the answer's data and the next purse
state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.card.context import CardContext
from ykt_sim.card.image import CardImage
from ykt_sim.card.memory import CutPlan, Memory
from ykt_sim.card.powered import Rng
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules import RULES, Rules
from ykt_sim.card.states import State
from ykt_sim.card.tables import TABLES, Handler, Table
from ykt_sim.codes import SW
from ykt_sim.errors import PowerCutError, WireError
from ykt_sim.wire.apdu import Command

_CLASS_BYTES: Final = frozenset((0x00, 0x04, 0x80, 0x84))

_OK: Final = b"\x90\x00"
_LENGTH: Final = SW.WRONG_LENGTH.to_bytes(2, "big")
_DEAD: Final = SW.NO_DIAGNOSIS.to_bytes(2, "big")


class Card:
    """A smart card made from an image.

    Args:
        image: persistent content; copied, the image itself is never changed.
        rng: gives n random bytes for challenges and purse randoms.
        rules: what the handlers go by.
        tables: the commands of each standard's applications, "" for any other directory.
        memory: how the cells are kept.
    """

    def __init__(
        self,
        image: CardImage,
        rng: Rng,
        *,
        rules: Rules = RULES,
        tables: Mapping[str, Table] = TABLES,
        memory: type[Memory] = Memory,
    ) -> None:
        self._memory = memory(dict(image.cells))
        self._context = CardContext(self._memory, rng, rules)
        self._tables = tables
        self._other = tables[""]
        self._powered = False

    def power_on(self) -> bytes:
        """Reset the card: volatile state is gone, torn writes are recovered; gives the ATR."""
        self._memory.recover()
        context = self._context
        power = context.rules.power
        context.session = session = power.session(context.session)
        session.unlocked = not context.has_key_file(session.df)
        self._powered = True
        return power.atr(context)

    def power_off(self) -> None:
        """Take the field away."""
        self._powered = False

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU with data and status word.

        Any bytes are taken; without power the answer is 6F00.

        Raises:
            PowerCutError: a plan cut the power; power_on brings the card back.
        """
        if not self._powered:
            return _DEAD
        try:
            return self._answer(apdu)
        except PowerCutError:
            self.power_off()
            raise

    def _answer(self, apdu: bytes) -> bytes:
        context = self._context
        session, rules = context.session, context.rules
        try:
            command = Command.parse(apdu)
            data, session.state = self._handler(context, command)(context, command)
        except Refusal as refusal:
            rules.order.refused(session)
            out = refusal.data + refusal.sw.to_bytes(2, "big")
        except WireError:
            self._memory.rollback()
            rules.order.refused(session)
            out = _LENGTH
        else:
            if session.state is State.IDLE:
                session.transaction = None
            out = data + _OK
        if session.challenge or session.drawn:
            session.challenge, session.drawn = rules.authentication.good(session), b""
        self._memory.commit()  # of refused commands too: they count wrong tries
        return out

    def _handler(self, context: CardContext, command: Command) -> Handler:
        if context.card.blocked:
            context.rules.order.card_blocked()
        df = context.memory.cells.get(("df", context.session.df))
        row = self._tables.get(getattr(df, "standard", ""), self._other).get(command.ins)
        if row is None:
            known_class = command.cla in _CLASS_BYTES
            raise Refusal(SW.INS_NOT_SUPPORTED if known_class else SW.CLA_NOT_SUPPORTED)
        if command.cla not in row.classes:
            raise Refusal(SW.CLA_NOT_SUPPORTED)
        blocked = getattr(df, "blocked", 0)
        if blocked and not row.while_blocked:
            names_it = blocked == 2 and row.says_locked
            raise Refusal(SW.APP_LOCKED if names_it else SW.NOT_SUPPORTED)
        handler = row.handlers.get(context.session.state)
        if handler is None:
            raise Refusal(SW.WRONG_STATE)
        return handler

    def snapshot(self) -> CardImage:
        """Persistent content as it is now; an interrupted commit is finished or dropped."""
        self._memory.recover()
        return CardImage(cells=dict(self._memory.cells))

    def restore(self, image: CardImage) -> None:
        """Replace the persistent content and take the power away."""
        self.power_off()
        self._memory.replace_all(image.cells)
        self._context.fci_cache.clear()

    def cut_plan(self, plan: CutPlan | None) -> None:
        """Cut the power at a given physical write from now on; None to clear."""
        self._memory.plan(plan)

    @property
    def writes(self) -> int:
        """Physical writes since the last `cut_plan` call."""
        return self._memory.writes
