"""The stored proof: GET TRANSACTION PROVE [GM 8.13], as corrected by real cards.

It is asked for by type and by the number AFTER the transaction, and answers MAC2 || TAC,
the opposite of DEBIT (purse facts 0).
"""

from __future__ import annotations

from ykt_sim.card.model import Proof
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Transaction
from ykt_sim.codes import SW
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command


class ProofRules:
    """What is stored at a commit and who gets to see it."""

    def made(self, transaction: Transaction, mac2: bytes, tac: bytes) -> Proof:
        """The proof of a commit goes by its type and the number after it [purse facts 0]."""
        return Proof(transaction.type, transaction.counter + 1, mac2, tac)

    def stored(self, old: Proof | None, made: Proof) -> Proof:
        """The next commit, and nothing before it, replaces the stored proof [purse facts 0]."""
        del old
        return made

    def parameters(self, command: Command) -> None:
        """P1 is 00, else 6A86; P2 is the type; Le is absent, 00 or 08, else 6700 [GM 8.13]."""
        if command.p1:
            raise Refusal(SW.WRONG_P1P2)
        if command.le not in (None, 0, wire.ProveAnswer.SIZE):
            raise Refusal(SW.WRONG_LENGTH)

    def number(self, data: bytes) -> int:
        """The number asked for has two bytes; 6700 for any other length [GM 8.13]."""
        return wire.ProveData.parse(data).counter

    def fits(self, proof: Proof, asked: int, number: int) -> bool:
        """Type and number must both be those of the last commit, else 9406 [GM 8.13]."""
        return proof.type == asked and proof.number == number

    def answer(self, proof: Proof) -> bytes:
        """MAC2 first, then TAC [GM 8.13.3]."""
        return wire.ProveAnswer.pack(mac2=proof.mac2, tac=proof.tac)
