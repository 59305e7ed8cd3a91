"""Places at the border and in the image, one by one."""

from __future__ import annotations

from tests.card.support import PPSE, Talk, counting, made
from ykt_sim.card import Card
from ykt_sim.card.context import CardContext
from ykt_sim.card.model import Cells, Money, PurseState
from ykt_sim.card.states import State
from ykt_sim.card.tables import PURSE, Handler
from ykt_sim.codes import INS, SW
from ykt_sim.faults.card.fault import Heard, Said, Switch, data, handled, status
from ykt_sim.wire.apdu import Command


def test_what_is_heard_is_another_command() -> None:
    heard = Heard((INS.DEBIT,), lambda command: command._replace(p1=0x02, le=None))
    assert heard.heard(bytes.fromhex("8054010000")) == bytes.fromhex("80540200")
    assert heard.heard(bytes.fromhex("8050010000")) == bytes.fromhex("8050010000")


def test_what_is_no_command_is_heard_as_it_is() -> None:
    heard = Heard((INS.DEBIT,), lambda command: command._replace(p1=0x02))
    for apdu in (b"", b"\x80", b"\x80\x54", bytes.fromhex("80540100FF00")):
        assert heard.heard(apdu) == apdu


def test_what_does_not_fit_a_command_is_not_made_up() -> None:
    heard = Heard((INS.DEBIT,), lambda command: command._replace(p1=0x100))
    assert heard.heard(bytes.fromhex("80540100")) == bytes.fromhex("80540100")


def test_other_data_is_said_with_9000_only() -> None:
    said = data(INS.DEBIT, change=lambda command, told: bytes((command[2],)) + told)
    debit = bytes.fromhex("80540100")
    assert said.said(debit, b"\xaa\x90\x00") == b"\x01\xaa\x90\x00"
    assert said.said(debit, b"\x93\x02") == b"\x93\x02"
    assert said.said(bytes.fromhex("80500100"), b"\xaa\x90\x00") == b"\xaa\x90\x00"
    assert said.said(b"\x80\x54", b"\x67\x00") == b"\x67\x00"


def test_another_status_in_the_place_of_one() -> None:
    said = status(INS.DEBIT, told=SW.CONDITIONS, instead_of=SW.BALANCE_INSUFFICIENT)
    debit = bytes.fromhex("80540100")
    assert said.said(debit, b"\x94\x01") == b"\x69\x85"
    assert said.said(debit, b"\x93\x02") == b"\x93\x02"


def test_without_instructions_everything_is_heard() -> None:
    said = Said((), lambda _apdu, _answer: b"\x6f\x00")
    assert said.said(b"", b"\x67\x00") == b"\x6f\x00"


def test_a_switch_is_set_in_the_cells_it_means() -> None:
    cells: Cells = {
        ("purse", 1, 2): PurseState("a", ceiling=5),
        ("purse", 2, 2): PurseState("b", ceiling=6),
        ("money", "a"): Money(1),
    }
    before = dict(cells)
    Switch(PurseState, {"top_bit": True}, lambda purse: purse.ceiling == 6).change(cells)
    assert cells == {**before, ("purse", 2, 2): PurseState("b", ceiling=6, top_bit=True)}


def test_a_command_handled_otherwise_still_has_its_handler() -> None:
    def twice(handler: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
        data, state = handler(context, command)
        return data + data, state

    row = handled(INS.SELECT, twice)
    table = row.change(row.change(PURSE))
    assert {ins for ins in PURSE if table[ins] != PURSE[ins]} == {INS.SELECT}
    card = Card(made("dual"), counting())
    once = Talk(card).ok(PPSE)
    card = Card(made("dual"), counting(), tables={"": table})
    assert Talk(card).ok(PPSE) == once * 4
