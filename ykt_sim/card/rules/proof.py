"""The stored proof: GET TRANSACTION PROVE [GM 8.13], as corrected by real cards.

It is asked for by type and by the number AFTER the transaction, and answers MAC2 || TAC,
the opposite of DEBIT (purse facts 0).
"""

from __future__ import annotations

from ykt_sim.card.model import Proof
from ykt_sim.card.states import Transaction
from ykt_sim.wire import purse as wire


class ProofRules:
    """What is stored at a commit and who gets to see it."""

    def made(self, transaction: Transaction, mac2: bytes, tac: bytes) -> Proof:
        """The proof of a commit goes by its type and the number after it [purse facts 0]."""
        return Proof(transaction.type, transaction.counter + 1, mac2, tac)

    def stored(self, old: Proof | None, made: Proof) -> Proof:
        """The next commit, and nothing before it, replaces the stored proof [purse facts 0]."""
        del old
        return made

    def number(self, data: bytes) -> int:
        """The number asked for has two bytes; 6700 for any other length [GM 8.13]."""
        return wire.ProveData.parse(data).counter

    def fits(self, proof: Proof, asked: int, number: int) -> bool:
        """Type and number must both be those of the last commit, else 9406 [GM 8.13]."""
        return proof.type == asked and proof.number == number

    def answer(self, proof: Proof) -> bytes:
        """MAC2 first, then TAC [GM 8.13.3]."""
        return wire.ProveAnswer.pack(mac2=proof.mac2, tac=proof.tac)
