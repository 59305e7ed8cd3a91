"""Faults of the stored proof; the rules are in `ykt_sim.card.rules.proof`."""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.card.model import Cells, Proof, PurseState
from ykt_sim.card.rules.proof import ProofRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import INS, TransactionType
from ykt_sim.faults.card.fault import CardFault, Image, Restart, Rule, data

_ANY: Final = -1


class _NumberBefore(ProofRules):
    def made(self, transaction: Transaction, mac2: bytes, tac: bytes) -> Proof:
        made = super().made(transaction, mac2, tac)
        return msgspec.structs.replace(made, number=made.number - 1)


class _KeepsFirst(ProofRules):
    def stored(self, old: Proof | None, made: Proof) -> Proof:
        return old or super().stored(old, made)


class _AnyNumber(ProofRules):
    def fits(self, proof: Proof, asked: int, number: int) -> bool:
        return super().fits(proof, asked, number) or proof.type == asked


class _AnyType(ProofRules):
    def fits(self, proof: Proof, asked: int, number: int) -> bool:
        return super().fits(proof, asked, number) or proof.number == number


class _AnyLength(ProofRules):
    def number(self, data: bytes) -> int:
        return super().number(data) if len(data) == 2 else _ANY

    def fits(self, proof: Proof, asked: int, number: int) -> bool:
        return number == _ANY or super().fits(proof, asked, number)


def _cleared(cells: Cells) -> None:
    for key, value in cells.items():
        if isinstance(value, PurseState):
            cells[key] = msgspec.structs.replace(value, proof=None)


def _zeros(cells: Cells) -> None:
    zeros = Proof(TransactionType.EP_PURCHASE, 0, bytes(4), bytes(4))
    for key, value in cells.items():
        if isinstance(value, PurseState) and value.proof is None:
            cells[key] = msgspec.structs.replace(value, proof=zeros)


FAULTS: Final = (
    CardFault(
        "proof-number-before",
        "GET TRANSACTION PROVE wants the number before",
        Rule(_NumberBefore),
    ),
    CardFault(
        "proof-tac-first",
        "the proof has TAC before MAC2",
        data(INS.GET_TRANSACTION_PROVE, change=lambda _command, told: told[4:] + told[:4]),
    ),
    CardFault("proof-any-number", "the proof is given for any number", Rule(_AnyNumber)),
    CardFault("proof-any-type", "the proof is given for any type", Rule(_AnyType)),
    CardFault(
        "proof-keeps-first",
        "a new transaction does not replace the stored proof",
        Rule(_KeepsFirst),
    ),
    CardFault("proof-of-nothing", "a new card proves zeros", Image(_zeros)),
    CardFault(
        "proof-length-not-checked",
        "the proof is given for a number of any length",
        Rule(_AnyLength),
    ),
    CardFault("reset-clears-proof", "a reset clears the stored proof", Restart(_cleared)),
)
