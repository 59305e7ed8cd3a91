"""Which flows there are for whom."""

from __future__ import annotations

import pytest

from ykt_sim.bench.sweep.flows import FLOWS, Setting, first, flows_of
from ykt_sim.codes import LNT, TUNION
from ykt_sim.errors import ProfileError, UsageError
from ykt_sim.profiles.terminals import load_terminal_profile


def names(card: str = "dual", terminal: str = "bus-upgraded", **more: bool) -> list[str]:
    return [flow.name for flow in flows_of(Setting(card=card, terminal=terminal), **more)]


def test_every_flow_has_its_name_and_its_chinese_one() -> None:
    assert len({flow.name for flow in FLOWS}) == len(FLOWS) == 17
    assert len({flow.zh for flow in FLOWS}) == len(FLOWS)


def test_a_terminal_has_its_own_flows() -> None:
    assert names() == [
        "lnt-purchase", "tunion-purchase", "lnt-composite", "tunion-composite", "tunion-overdraft",
    ]  # fmt: skip
    assert names(terminal="metro-exit") == ["lnt-exit", "tunion-exit"]
    assert names(terminal="bus-board") == ["lnt-board", "tunion-board"]
    assert names(terminal="load-point") == ["lnt-load", "tunion-load"]
    assert names(terminal="bus-tunion") == [
        "tunion-purchase", "tunion-composite", "tunion-overdraft",
    ]  # fmt: skip
    assert "tunion-overdraft" not in names(terminal="ferry-upgraded"), "it takes no overdraft"
    assert names("lnt", "bus-legacy") == ["lnt-purchase", "lnt-composite"]


def test_every_flow_of_a_card() -> None:
    assert names(every=True) == [flow.name for flow in FLOWS]
    assert {name.split("-")[0] for name in names("lnt", every=True)} == {"lnt"}


def test_words_that_mean_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="no flow 'x'; there are lnt-purchase"):
        flows_of(Setting(), ("x",))
    with pytest.raises(UsageError, match="card lnt has no tunion purse"):
        flows_of(Setting(card="lnt"), ("tunion-load",))
    with pytest.raises(UsageError, match="no flow in common"):
        names("tunion", "bus-legacy")
    with pytest.raises(UsageError, match="name a profile, not an image"):
        names("card.json")
    with pytest.raises(ProfileError):
        names("no-card")


def test_faults_may_stand_behind_a_name() -> None:
    found = Setting.of("dual?deviate=no-journal", "bus-upgraded?deviate=a,b", ("sam:c",))
    assert (found.card, found.terminal) == ("dual", "bus-upgraded")
    assert found.faults("card") == ("no-journal",)
    assert found.faults("terminal") == ("a", "b")
    assert found.faults("sam") == ("c",)


def test_a_terminal_tries_the_purse_of_its_flow_first() -> None:
    bus = load_terminal_profile("bus-upgraded")
    assert first(bus, TUNION).applications.priority == (TUNION, LNT)
    assert first(bus, TUNION).applications.entry == "ppse-first"
    assert first(bus, LNT) == bus
    flow = next(flow for flow in FLOWS if flow.name == "tunion-purchase")
    assert flow.at(bus).purchase.tunion == "simple"
