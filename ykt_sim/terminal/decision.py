"""What a tap ends in: a decision, its code, and the record for clearing.

Codes 2449, 5469 and 2731 are the field's [LAB]; codes ``YKT-..`` are this project's own,
because the list of JT/T 1356.2 is not public.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

Outcome = Literal["accepted", "refused", "retry"]
#: How far MAC2 vouches for a record: ``mac2`` checked by the PSAM, ``proof`` from GET
#: TRANSACTION PROVE with the PSAM session gone (only the TAC speaks), ``log`` found in
#: EF 18 without any code, ``host`` TAC checked by the issuer's host, ``none`` disputed.
Evidence = Literal["mac2", "proof", "log", "host", "none"]


class Code(StrEnum):
    """Error codes shown on the terminal; empty when accepted."""

    NONE = ""
    NOT_IN_WHITE_LIST = "2449"
    IIN_MISMATCH = "5469"
    ZERO_BALANCE = "2731"
    NO_APPLICATION = "YKT-01"
    BLOCKED = "YKT-02"
    NOT_YET_VALID = "YKT-03"
    EXPIRED = "YKT-04"
    NOT_INTEROPERABLE = "YKT-05"
    BLACK_LISTED = "YKT-06"
    INSUFFICIENT_BALANCE = "YKT-07"
    MALFORMED = "YKT-08"
    CARD_ERROR = "YKT-09"
    REMOVED = "YKT-10"
    TORN = "YKT-11"
    MAC2_WRONG = "YKT-12"
    SAM_ERROR = "YKT-13"
    ALREADY_INSIDE = "YKT-14"
    NOT_INSIDE = "YKT-15"
    UNKNOWN_STATION = "YKT-16"
    BAD_DATE = "YKT-17"
    LOAD_LIMIT = "YKT-18"
    HOST_REFUSED = "YKT-19"
    OTHER_APPLICATION_PENDING = "YKT-20"
    OUT_OF_SERVICE = "YKT-21"


CODE_TEXT: Final[dict[Code, tuple[str, str]]] = {
    Code.NONE: ("accepted", "交易成功"),
    Code.NOT_IN_WHITE_LIST: ("issuer is not in the white list", "发卡机构不在白名单"),
    Code.IIN_MISMATCH: ("issuer code and IIN do not belong together", "发卡机构与 IIN 不匹配"),
    Code.ZERO_BALANCE: ("balance is zero", "余额为零"),
    Code.NO_APPLICATION: ("no application this terminal takes", "无可用应用"),
    Code.BLOCKED: ("application is blocked", "应用已锁定"),
    Code.NOT_YET_VALID: ("card is not valid yet", "卡未启用"),
    Code.EXPIRED: ("card has expired", "卡已过期"),
    Code.NOT_INTEROPERABLE: ("card is not interoperable", "非互通卡"),
    Code.BLACK_LISTED: ("card is in the black list", "黑名单卡"),
    Code.INSUFFICIENT_BALANCE: ("balance is too low", "余额不足"),
    Code.MALFORMED: ("card data do not fit their layout", "卡数据格式错误"),
    Code.CARD_ERROR: ("card answered with an error", "卡返回错误"),
    Code.REMOVED: ("card was removed before payment", "卡过早移开"),
    Code.TORN: ("card was removed during payment, tap the same card again", "闪卡,请重刷同一张卡"),
    Code.MAC2_WRONG: ("MAC2 of the card is wrong", "MAC2 校验错误"),
    Code.SAM_ERROR: ("PSAM answered with an error", "PSAM 错误"),
    Code.ALREADY_INSIDE: ("ride was begun already", "重复进站"),
    Code.NOT_INSIDE: ("ride was never begun", "无进站记录"),
    Code.UNKNOWN_STATION: ("ride began at a station this table does not know", "进站站点未知"),
    Code.BAD_DATE: ("validity dates are no dates", "有效期格式错误"),
    Code.LOAD_LIMIT: ("amount is outside the limits of this load point", "充值金额超限"),
    Code.HOST_REFUSED: ("issuer's host refused the load", "发卡方拒绝充值"),
    Code.OTHER_APPLICATION_PENDING: (
        "the card's other application has a pending payment, tap again",
        "另一应用有未完成交易,请重刷",
    ),
    Code.OUT_OF_SERVICE: ("terminal is out of service", "终端暂停服务"),
}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The one record of a tap.

    Attributes:
        outcome: ``retry`` asks for the same card again.
        amount: fen charged (or loaded) now; for a recovered tap the amount that the torn
            tap had moved; 0 when refused.
        code: `Code`, empty when accepted.
        reason: the code in words, with details.
        application: ``tunion``, ``lnt``, or empty when none was entered.
        balance_before, balance_after: net balance in fen (overdrawn counts negative), None
            when not known.
        card: masked card number.
        time: 14 digits of the terminal's clock.
        direction: of the terminal: single, entry, exit, load.
        counter: purchase (or load) counter before the transaction, None when none began.
        recovered: an earlier torn tap was completed; nothing was debited now.
        disputed: the card's MAC2 was wrong, money may have moved.
    """

    outcome: Outcome
    amount: int
    code: str
    reason: str
    application: str
    balance_before: int | None
    balance_after: int | None
    card: str
    time: str
    terminal: str
    direction: str
    counter: int | None = None
    recovered: bool = False
    disputed: bool = False


class ClearingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as it goes to clearing: everything that lies under its TAC.

    Attributes:
        sequence: the terminal's own number; also links a pending entry to its end.
        kind: ``purchase`` or ``load``.
        card: whole card number (PAN, or 16-digit Lingnan Tong number).
        issuer, iin: T-Union only, else empty.
        counter: the card's counter BEFORE the transaction.
        amount: fen that moved; fare: fen before discount.
        type: transaction type byte under MAC and TAC.
        terminal: 6-byte number under the TAC; terminal_8: as in EF 1E.
        terminal_serial: PSAM transaction number, 8 hex digits; zeros for loads.
        datetime: the seven date and time bytes as sent, 14 hex digits; under Lingnan Tong
            fare, month, day, hour, minute, sub-type.
        time: the terminal's clock, 14 digits.
        balance_before, balance_after: fen, available balance without the overdraft limit.
        tac, mac2: hex; empty while pending and when only the log speaks.
        evidence: see `Evidence`.
    """

    sequence: int
    kind: Literal["purchase", "load"]
    standard: str
    card: str
    issuer: str
    iin: str
    counter: int
    amount: int
    fare: int
    type: int
    terminal: str
    terminal_8: str
    terminal_serial: str
    datetime: str
    time: str
    city: str
    acquirer: str
    line_station: str
    direction: str
    balance_before: int
    balance_after: int
    key_version: int
    algorithm: int
    tac: str = ""
    mac2: str = ""
    evidence: Evidence = "none"


def code_text(code: str, *, chinese: bool = False) -> str:
    """A code in words."""
    return CODE_TEXT[Code(code)][1 if chinese else 0]


def mask(number: str) -> str:
    """A card number for displays and logs: first six and last four digits stay."""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
