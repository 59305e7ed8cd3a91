"""Why a visit came to no good end, as far as its trace shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.codes import CODE_TEXT, INS, SW, Code
from ykt_sim.meaning.contents import target_zh
from ykt_sim.meaning.explain.words import verdict as found_in_words
from ykt_sim.meaning.purse_codes import TITLES
from ykt_sim.meaning.story.visits import Ending, Refusal, Visit, Wrong
from ykt_sim.meaning.story.words import Words, then
from ykt_sim.wire.commands import COMMITS

_TITLES_ZH: Final = dict(TITLES.values())
_PURSE: Final = frozenset({INS.INITIALIZE, *COMMITS, INS.GET_TRANSACTION_PROVE})
_CODE_WRONG: Final = frozenset({SW.MAC_INVALID, SW.SM_MAC_WRONG})
_NO_KEYS: Final = (
    "; with --keys the mistake is looked for",
    "；给出密钥（--keys）可查明错在何处",
)


def went_wrong(visit: Visit) -> bool:
    """True where something went wrong that wants a cause."""
    if visit.wrong:
        return True
    if visit.decision is not None:
        return visit.decision.get("outcome") != "accepted"
    if any(deal.ending is not Ending.DONE or deal.mac2 == "refused" for deal in visit.deals):
        return True
    if visit.deals:
        return False
    return _blamed(visit) is not None


def cause(visit: Visit, *, keyed: bool) -> Words:
    """The cause: a wrong code first, then what refused, then the terminal's own word."""
    if visit.wrong:
        return _wrong(visit.wrong[0], visit.wrongs)
    refusal = _blamed(visit)
    told = visit.decision or {}
    said = _reason(told)
    if refusal is not None:
        words = _refusal(refusal, keyed=keyed)
        return words if said is None else then(words, said)
    if said is not None:
        return said
    if visit.deals and visit.deals[-1].ending is Ending.BEGUN:
        return Words("not told by this trace: the terminal sent no commit",
                     "报文中看不出：终端未发交易命令")  # fmt: skip
    last = f": the last command is {visit.last}" if visit.last else ""
    return Words(f"not told by this trace{last}", "报文中看不出原因")


def _reason(told: Mapping[str, object]) -> Words | None:
    code, reason = str(told.get("code") or ""), str(told.get("reason") or "")
    if not code and not reason:
        return None
    known = CODE_TEXT.get(Code(code)) if code in set(Code) else None
    en = reason or (known[0] if known else code)
    zh = known[1] if known else reason or code
    return Words(f"by the terminal's word: {en}", f"终端所报：{zh}")


def _blamed(visit: Visit) -> Refusal | None:
    """The refusal that a visit failed by: of purse or PSAM, of every application, the last."""
    for one in visit.refusals:
        if one.channel == "sam" or one.ins in _PURSE:
            return _pin(visit, one) or one
    if not visit.entered:
        for one in visit.refusals:
            if one.by_name:
                return one
    return None if _is_end_of_file(visit) else visit.last_refused


def _is_end_of_file(visit: Visit) -> bool:
    """Records were read until there were no more."""
    one = visit.last_refused
    if one is None or one.ins != INS.READ_RECORD or one.sw != SW.RECORD_NOT_FOUND:
        return False
    file = one.target.partition(" record")[0]
    return any(target.startswith(f"{file} record") for target in visit.read)


def _pin(visit: Visit, refused: Refusal) -> Refusal | None:
    """The PIN that was wrong after a purse command had asked for it: nothing goes on without."""
    if refused.sw != SW.SECURITY:
        return None
    later = (one for one in visit.refusals if one.event > refused.event and one.ins == INS.VERIFY)
    return next(later, None)


def _refusal(one: Refusal, *, keyed: bool) -> Words:
    """What was refused, and why; the place comes last."""
    sw = "" if one.sw is None else f"{one.sw:04X}"
    en = " ".join(part for part in (one.name, one.target, sw) if part)
    zh = " ".join(part for part in (one.name, target_zh(one.target), sw) if part)
    if one.causes:
        en, zh = f"{en}: {one.causes[0].en}", f"{zh}：{one.causes[0].zh}"
    elif one.sw is None:
        en, zh = f"{en}: {one.text}", f"{zh}：{one.zh}"
    else:
        en, zh = f"{en} {one.text}", f"{zh} {one.zh}"
    if one.sw in _CODE_WRONG and not one.causes and not keyed:
        en, zh = en + _NO_KEYS[0], zh + _NO_KEYS[1]
    return _placed(Words(en, zh), one.event)


def _wrong(one: Wrong, number: int) -> Words:
    if one.mismatch is not None:
        en, zh = f"{one.name}: {one.mismatch.why}", f"{one.name} 与前文不符：{one.mismatch.why}"
    else:
        en, zh = f"{one.name} is wrong", f"{_code_zh(one.name)} 错误"
        found = one.verdict.explanation if one.verdict is not None else None
        if found is not None:
            why = found_in_words(found)
            en, zh = f"{en}: {why[0]}", f"{zh}：{why[1]}"
    said = _placed(Words(en, zh), one.event)
    if number > 1:
        more = number - 1
        return then(said, Words(f"{more} more wrong after it", f"其后还有 {more} 处错误"))
    return said


def _code_zh(name: str) -> str:
    """A code's name (`cryptograms.CodeVerdict`) in Chinese, as far as it names an operation."""
    code, _, of = name.partition(" of ")
    return f"{_TITLES_ZH[of]}的 {code}" if of in _TITLES_ZH else name


def _placed(said: Words, event: int) -> Words:
    return Words(f"{said.en} (event {event})", f"{said.zh}（第 {event} 条）")
