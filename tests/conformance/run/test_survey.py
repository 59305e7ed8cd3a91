from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.observe import draft
from ykt_conformance.run.survey import survey
from ykt_conformance.run.targets.names import open_target
from ykt_sim.trace.model import Exchange, Trace

#: What no look at a card shows.
UNSEEN = ("about", "timing", "clauses", "kind", "version")
CLAIMED_ONLY = ("ext_data", "debit_p1_02", "ceiling", "fid_select")


def looked_at(name: str, *, writes: bool) -> Trace:
    plan = s.plan_of(form=ics.read(ics.new("card"), "empty"))
    return survey(open_target(f"sim:{name}"), plan, writes=writes)


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual"])
def test_with_writes_nearly_all_of_a_form_is_seen(name: str) -> None:
    drafted = ics.read(draft(looked_at(name, writes=True)), "drafted")
    known = ics.load(name)
    assert ics.check(drafted.ics) == []
    for section, entries in known.values.items():
        if section in UNSEEN or section == "ecash" or entries.get("claimed") is False:
            continue
        wrong = {
            entry: (value, drafted.values[section][entry])
            for entry, value in entries.items()
            if entry not in CLAIMED_ONLY and drafted.values[section][entry] != value
        }
        assert (section, wrong) == (section, {})


def test_without_writes_nothing_is_asked_that_changes_a_card() -> None:
    trace = looked_at("dual", writes=False)
    sent = {event.command[1] for event in trace.events if isinstance(event, Exchange)}
    assert sent == {0xA4, 0xB0, 0xB2, 0x5C}
    drafted = ics.read(draft(trace), "drafted").values
    assert drafted["tunion"]["claimed"]
    assert drafted["behaviour"]["ppse_lockout"]
    assert drafted["tunion"]["pin_filling"] == "not stated"


def test_a_card_that_knows_nothing_is_looked_at_all_the_same() -> None:
    card = s.FakeCard({s.SELECT_EP: "6A82"})
    trace = survey(s.target_of(card), s.plan_of(), writes=True)
    assert "tunion = false" in draft(trace)


def test_several_traces_are_one_form() -> None:
    text = draft([looked_at("lnt", writes=False), looked_at("tunion", writes=False)])
    on = ics.read(text, "both").values["applications"]
    assert on["tunion"]
    assert "trace 2 of 2" in text
    assert "the trace also shows" in text
