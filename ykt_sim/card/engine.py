"""The card: power, dispatch, and nothing else.

`Card.process` takes any bytes and always answers with a status word. Dispatch is the
table `TABLE` from (state, INS) to handler; handlers live in `files`, `security`,
`purse` and `issuing` and return the answer's data and the next purse state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.card import commits, composite, files, issuing, misbehave, purse, records, security
from ykt_sim.card.context import Context, Rng
from ykt_sim.card.deviations import check_deviations
from ykt_sim.card.image import CardImage
from ykt_sim.card.memory import FaultPlan, Memory
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session, State
from ykt_sim.codes import INS, SW
from ykt_sim.errors import PowerCutError, WireError
from ykt_sim.wire.apdu import Command

Handler = Callable[[Context, Command], tuple[bytes, State]]

_ANY: Final[dict[INS, Handler]] = {
    INS.SELECT: files.select,
    INS.READ_BINARY: files.read_binary,
    INS.UPDATE_BINARY: files.update_binary,
    INS.WRITE_BINARY: files.update_binary,
    INS.GET_DATA: files.get_data,
    INS.GET_PROCESSING_OPTIONS: files.get_processing_options,
    INS.READ_RECORD: records.read_record,
    INS.UPDATE_RECORD: records.update_record,
    INS.APPEND_RECORD: records.append_record,
    INS.READ_EXT_DATA: records.read_ext_data,
    INS.GET_CHALLENGE: security.get_challenge,
    INS.EXTERNAL_AUTHENTICATE: security.external_authenticate,
    INS.INTERNAL_AUTHENTICATE: security.internal_authenticate,
    INS.VERIFY: security.verify,
    INS.CHANGE_PIN: security.change_or_reload_pin,
    INS.PIN_UNBLOCK: security.unblock_pin,
    INS.APP_BLOCK: security.block_application,
    INS.APP_UNBLOCK: security.unblock_application,
    INS.CARD_BLOCK: security.block_card,
    INS.GET_BALANCE: purse.get_balance,
    INS.INITIALIZE: purse.initialize,
    INS.GET_TRANSACTION_PROVE: purse.get_transaction_prove,
    INS.CREATE_FILE: issuing.create_file,
    INS.WRITE_KEY: issuing.write_key,
    INS.ERASE_DF: issuing.erase_df,
}

#: (state, INS) -> handler. What is not here is 6901 if the INS exists at all, else 6D00.
TABLE: Final[dict[tuple[State, int], Handler]] = {
    **{(state, ins): handler for ins, handler in _ANY.items() for state in State},
    (State.LOAD, INS.CREDIT_FOR_LOAD): commits.credit_for_load,
    (State.PURCHASE, INS.DEBIT): commits.debit_purchase,
    (State.COMPOSITE, INS.DEBIT): composite.debit_composite,
    (State.COMPOSITE, INS.UPDATE_RECORD): composite.update_cache_or_record,
    (State.UNLOAD, INS.DEBIT): commits.debit_unload,
    (State.OVERDRAFT, INS.UPDATE_OVERDRAFT): commits.update_overdraft,
}
_KNOWN: Final = frozenset(ins for _, ins in TABLE)

#: Class bytes each instruction takes [GM 7, 8][LAB]; another one answers 6E00.
_CLASSES: Final[dict[int, tuple[int, ...]]] = {
    INS.SELECT: (0x00,),
    INS.READ_BINARY: (0x00, 0x04),
    INS.UPDATE_BINARY: (0x00, 0x04),
    INS.WRITE_BINARY: (0x00, 0x04),
    INS.READ_RECORD: (0x00, 0x04),
    INS.UPDATE_RECORD: (0x00, 0x04, 0x80, 0x84),
    INS.APPEND_RECORD: (0x00, 0x04),
    INS.READ_EXT_DATA: (0x80,),
    INS.GET_DATA: (0x80,),
    INS.GET_PROCESSING_OPTIONS: (0x80,),
    INS.GET_CHALLENGE: (0x00,),
    INS.EXTERNAL_AUTHENTICATE: (0x00,),
    INS.INTERNAL_AUTHENTICATE: (0x00,),
    INS.VERIFY: (0x00,),
    INS.CHANGE_PIN: (0x80,),
    INS.PIN_UNBLOCK: (0x84,),
    INS.APP_BLOCK: (0x84,),
    INS.APP_UNBLOCK: (0x84,),
    INS.CARD_BLOCK: (0x84,),
    INS.GET_BALANCE: (0x80,),
    INS.INITIALIZE: (0x80,),
    INS.CREDIT_FOR_LOAD: (0x80,),
    INS.DEBIT: (0x80,),
    INS.UPDATE_OVERDRAFT: (0x80,),
    INS.GET_TRANSACTION_PROVE: (0x80,),
    INS.CREATE_FILE: (0x80,),
    INS.WRITE_KEY: (0x80, 0x84),
    INS.ERASE_DF: (0x80,),
}
_CLASS_BYTES: Final = frozenset((0x00, 0x04, 0x80, 0x84))

#: What a temporarily or permanently blocked application still answers [GM 8.3].
_WHILE_BLOCKED: Final = frozenset((INS.SELECT, INS.GET_CHALLENGE, INS.APP_UNBLOCK, INS.APP_BLOCK))

#: Commands that say 9303 of a permanently locked application; the others say 6A81 [GM 7.10, 8].
_SAYS_LOCKED: Final = frozenset((INS.VERIFY, INS.PIN_UNBLOCK, INS.CHANGE_PIN))

_OK: Final = b"\x90\x00"
_LENGTH: Final = SW.WRONG_LENGTH.to_bytes(2, "big")
_DEAD: Final = SW.NO_DIAGNOSIS.to_bytes(2, "big")


class Card:
    """A smart card made from an image.

    Args:
        image: persistent content; copied, the image itself is never changed.
        rng: gives n random bytes for challenges and purse randoms.
        deviations: names from `deviations.DEVIATIONS`; UsageError for any other.
    """

    def __init__(
        self, image: CardImage, rng: Rng, deviations: frozenset[str] = frozenset()
    ) -> None:
        self._memory = Memory(dict(image.cells), journaled="no-journal" not in deviations)
        self._context = Context(self._memory, rng, check_deviations(deviations))
        self._powered = False
        self._before = self._context.session

    def power_on(self) -> bytes:
        """Reset the card: volatile state is gone, torn writes are recovered; gives the ATR."""
        self._memory.recover()
        context = self._context
        before = context.session if self._powered else self._before
        context.session = Session()
        context.session.unlocked = not context.has_key_file(context.session.df)
        self._powered = True
        if context.deviations:
            return misbehave.at_power_on(context, before)
        return context.card.atr

    def power_off(self) -> None:
        """Take the field away."""
        self._powered = False
        self._before = self._context.session
        self._context.session = Session()

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU with data and status word.

        Any bytes are taken; without power the answer is 6F00.

        Raises:
            PowerCutError: a fault plan cut the power; power_on brings the card back.
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
        session = context.session
        handler: Handler | None = None
        try:
            command = Command.parse(apdu)
            handler = self._route(context, command)
            data, session.state = handler(context, command)
        except Refusal as refusal:
            if "refusal-keeps-transaction" not in context.deviations:
                _to_idle(session)
            out = refusal.data + refusal.sw.to_bytes(2, "big")
        except WireError:
            self._memory.rollback()
            _to_idle(session)
            out = _OK if "malformed-accepted" in context.deviations else _LENGTH
        else:
            if "read-ends-transaction" in context.deviations and command.ins == INS.READ_RECORD:
                session.state = State.IDLE
            if session.state is State.IDLE:
                session.transaction = None
            out = data + _OK
        used = "challenge-stays" not in context.deviations
        if used and (handler is not security.get_challenge or len(out) == len(_OK)):
            session.challenge = b""  # good for the next command only [GM 7.2]
        self._memory.commit()  # of refused commands too: they count wrong tries
        return out

    @staticmethod
    def _route(context: Context, command: Command) -> Handler:
        state = context.session.state
        cells = context.memory.cells
        wrong = context.deviations
        if context.card.blocked and "card-block-without-effect" not in wrong:
            raise Refusal(SW.NOT_SUPPORTED)
        classes = _CLASSES.get(command.ins)
        if classes is None:
            known_class = command.cla in _CLASS_BYTES and "unknown-ins-6e00" not in wrong
            raise Refusal(SW.INS_NOT_SUPPORTED if known_class else SW.CLA_NOT_SUPPORTED)
        if command.cla not in classes and "class-not-checked" not in wrong:
            raise Refusal(SW.CLA_NOT_SUPPORTED)
        df = cells.get(("df", context.session.df))
        blocked = getattr(df, "blocked", 0)
        if "block-without-effect" in wrong:
            blocked = 0
        if blocked and command.ins not in _WHILE_BLOCKED:
            names_it = blocked == 2 and command.ins in _SAYS_LOCKED
            raise Refusal(SW.APP_LOCKED if names_it else SW.NOT_SUPPORTED)
        handler = TABLE.get((state, command.ins))
        if handler is None:
            raise Refusal(SW.CONDITIONS if "wrong-state-6985" in wrong else SW.WRONG_STATE)
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

    def fault_plan(self, plan: FaultPlan | None) -> None:
        """Cut the power at a given physical write from now on; None to clear."""
        self._memory.plan(plan)

    @property
    def writes(self) -> int:
        """Physical writes since the last `fault_plan` call."""
        return self._memory.writes


def _to_idle(session: Session) -> None:
    session.state = State.IDLE
    session.transaction = None
