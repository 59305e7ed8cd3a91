"""The rules of a card, one chapter a file, as the standards have them.

Chapters are classes without state. A method is one rule: what it says and where it comes
from, and a few lines. Command handlers say in which order rules are asked and hold none of
their own. Rules see a card (`powered.Powered`), never the other chapters.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.card.rules.authentication import AuthenticationRules
from ykt_sim.card.rules.balance import BalanceRules
from ykt_sim.card.rules.blocking import BlockingRules
from ykt_sim.card.rules.commit import CommitRules
from ykt_sim.card.rules.composite import CompositeRules
from ykt_sim.card.rules.files import FilesRules
from ykt_sim.card.rules.initialize import InitializeRules
from ykt_sim.card.rules.keys import KeysRules
from ykt_sim.card.rules.log import LogRules
from ykt_sim.card.rules.messaging import MessagingRules
from ykt_sim.card.rules.money import MoneyRules
from ykt_sim.card.rules.order import OrderRules
from ykt_sim.card.rules.pin import PinRules
from ykt_sim.card.rules.power import PowerRules
from ykt_sim.card.rules.proof import ProofRules
from ykt_sim.card.rules.records import RecordsRules
from ykt_sim.card.rules.selection import SelectionRules


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """One instance per chapter."""

    # the card
    power: PowerRules
    order: OrderRules
    # its files
    selection: SelectionRules
    files: FilesRules
    records: RecordsRules
    # its secrets
    keys: KeysRules
    messaging: MessagingRules
    authentication: AuthenticationRules
    pin: PinRules
    blocking: BlockingRules
    # its purses
    balance: BalanceRules
    initialize: InitializeRules
    commit: CommitRules
    money: MoneyRules
    log: LogRules
    proof: ProofRules
    composite: CompositeRules


#: The rules of a card that does nothing wrong.
RULES: Final = Rules(
    power=PowerRules(),
    order=OrderRules(),
    selection=SelectionRules(),
    files=FilesRules(),
    records=RecordsRules(),
    keys=KeysRules(),
    messaging=MessagingRules(),
    authentication=AuthenticationRules(),
    pin=PinRules(),
    blocking=BlockingRules(),
    balance=BalanceRules(),
    initialize=InitializeRules(),
    commit=CommitRules(),
    money=MoneyRules(),
    log=LogRules(),
    proof=ProofRules(),
    composite=CompositeRules(),
)
