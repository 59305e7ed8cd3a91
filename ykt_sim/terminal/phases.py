"""The phases of a terminal."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Phase(Enum):
    """Where a terminal stands; the value says it in words for diagrams and messages."""

    __hash__ = object.__hash__

    OFF = "switched off"
    SAM_OPEN = "selecting the PSAM application"
    SAM_NUMBER = "reading the terminal number"
    OUT_OF_SERVICE = "out of service: no PSAM"
    IDLE = "waiting for a card"

    ENTERING = "choosing an application"
    PPSE = "selecting PPSE"
    RESET = "resetting the card"
    SELECT_EP = "selecting the T-Union purse"
    SELECT_BASIC = "selecting PAY.APPY"

    READING = "choosing what to read"
    READ_15 = "reading EF 15"
    READ_17 = "reading EF 17"
    SELECT_EC = "selecting the e-cash for DF11"
    RETURN_EP = "selecting the T-Union purse again"
    READ_19 = "reading EF 19 statistics"
    READ_1A = "reading EF 1A"
    READ_1E = "reading EF 1E"
    LNT_15 = "reading PAY.APPY EF 15"
    LNT_08 = "reading PAY.APPY EF 08"
    SELECT_WALLET = "selecting PAY.TICL"
    LNT_18 = "reading PAY.TICL EF 18"
    BALANCE = "asking the balance"
    AVAILABLE = "asking the balance with overdraft"

    PAYING = "choosing the next step of payment"
    INIT = "INITIALIZE purchase"
    SAM_SELECT = "selecting another PSAM application"
    SAM_MAC1 = "asking the PSAM for MAC1"
    CACHE = "updating the composite cache"
    DEBIT = "DEBIT"
    SAM_MAC2 = "checking MAC2 in the PSAM"

    RECOVERING = "choosing the next step of recovery"
    RECOVER_INIT = "INITIALIZE amount 0 for the counter"
    PROVE = "GET TRANSACTION PROVE"
    RECOVER_PIN = "VERIFY PIN for recovery"
    LOG = "looking for the transaction in EF 18"

    LOADING = "choosing the next step of a load"
    LOAD_INIT = "INITIALIZE FOR LOAD"
    LOAD_PIN = "VERIFY PIN"
    HOST = "asking the issuer's host for MAC2"
    CREDIT = "CREDIT FOR LOAD"
    CONFIRM = "confirming the TAC with the host"


#: Phases that pass at once: no event from outside may meet them.
INNER: Final = frozenset(
    (Phase.ENTERING, Phase.READING, Phase.PAYING, Phase.RECOVERING, Phase.LOADING)
)
#: Phases that wait for an answer of the card before money can have moved.
CARD_WAITS: Final = (
    Phase.PPSE,
    Phase.RESET,
    Phase.SELECT_EP,
    Phase.SELECT_BASIC,
    Phase.READ_15,
    Phase.READ_17,
    Phase.SELECT_EC,
    Phase.RETURN_EP,
    Phase.READ_19,
    Phase.READ_1A,
    Phase.READ_1E,
    Phase.LNT_15,
    Phase.LNT_08,
    Phase.SELECT_WALLET,
    Phase.LNT_18,
    Phase.BALANCE,
    Phase.AVAILABLE,
    Phase.INIT,
    Phase.CACHE,
    Phase.RECOVER_INIT,
    Phase.RECOVER_PIN,
    Phase.PROVE,
    Phase.LOG,
    Phase.LOAD_INIT,
    Phase.LOAD_PIN,
)
#: Phases that wait for the PSAM or the host before money can have moved.
HELPER_WAITS: Final = (Phase.SAM_SELECT, Phase.SAM_MAC1, Phase.HOST)
#: Those of them whose answers are parsed, so that they can be malformed.
PARSING: Final = (
    Phase.PPSE,
    Phase.SELECT_EP,
    Phase.READ_15,
    Phase.SELECT_EC,
    Phase.READ_1A,
    Phase.LNT_15,
    Phase.LNT_18,
    Phase.BALANCE,
    Phase.AVAILABLE,
    Phase.INIT,
    Phase.RECOVER_INIT,
    Phase.PROVE,
    Phase.LOAD_INIT,
)
