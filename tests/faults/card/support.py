"""Shared hands of these tests: a faulty card that is powered on."""

from __future__ import annotations

from tests.card.reference import DUAL_EP_KEYS, DUAL_LNT_KEYS, Wallet
from tests.card.support import EP, LNT_PIN, TICL, Talk, counting, made
from ykt_sim.faults.card import make_card


def faulty(*names: str, profile: str = "dual", balance: int = 10_000) -> Talk:
    """A card with these faults, powered on."""
    return Talk(make_card(made(profile, balance=balance), counting(), names))


def purse(*names: str, balance: int = 10_000) -> Wallet:
    """The T-Union purse of a dual card with these faults, selected."""
    talk = faulty(*names, balance=balance)
    talk.ok(EP)
    return Wallet(talk, DUAL_EP_KEYS)


def wallet(talk: Talk) -> Wallet:
    """The Lingnan Tong wallet of a dual card, selected, with its PIN shown."""
    talk.ok(TICL)
    talk.ok(LNT_PIN)
    return Wallet(talk, DUAL_LNT_KEYS)
