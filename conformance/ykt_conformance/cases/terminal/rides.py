"""Terminal cases: rides with entry and exit, broken rides, the same card again."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.scenes.checks import by_ics, paid, proven, refused, rejects, stated
from ykt_conformance.cases.scenes.fields import serials
from ykt_conformance.cases.scenes.record import ENTRY, EXIT, PAYS_LNT, PAYS_TUNION, SINGLE, terminal
from ykt_conformance.cases.scenes.scenes import negative, plain, repeated
from ykt_conformance.cases.terminal.interop import wish
from ykt_conformance.cases.words.checks import every
from ykt_conformance.cases.words.record import Judge
from ykt_sim.codes import LNT, TUNION

_MUTANT: Final = ("mutant",)


def _policy(entry: str, standard: str, why: str) -> Judge:
    """What the ICS says of broken rides: refused, charged the maximum, the minimum, or let in."""

    def charged(what: str) -> Judge:
        return proven(paid(standard, stated(f"{what}_{standard}"), _MUTANT), why)

    return by_ics(
        "rides",
        entry,
        {
            "refuse": rejects(why),
            "allow": proven(paid(standard, roles=_MUTANT), why),
            "charge-max": charged("maximum"),
            "charge-min": charged("minimum"),
        },
    )


def _again(standard: str) -> Judge:
    """The same card at once again, as the ICS says."""
    twice = every(paid(standard, roles=("control", "same")), serials)
    stopped = refused("was tapped a moment ago", roles=("same",))
    return by_ics("rides", "again", {"charge": twice, "refuse": every(paid(standard), stopped)})


_GROUP: Final = "rides"
_LNT_ENTRY: Final = f'{PAYS_LNT} and device.direction == "entry"'
_LNT_EXIT: Final = f'{PAYS_LNT} and device.direction == "exit"'

CASES: Final = (
    terminal(
        "T-1201", _GROUP,
        "A T-Union card tapped twice, unchanged, is treated as declared",
        "交通联合卡连刷两次按声明处理",
        clauses="CL-TRIDE-001", scene=repeated(TUNION), judge=_again(TUNION),
        applies=f"{PAYS_TUNION} and {SINGLE}",
    ),
    terminal(
        "T-1202", _GROUP,
        "A Lingnan Tong card tapped twice, unchanged, is treated as declared",
        "岭南通卡连刷两次按声明处理",
        clauses="CL-TRIDE-001", scene=repeated(LNT), judge=_again(LNT),
        applies=f"{PAYS_LNT} and {SINGLE}",
    ),
    terminal(
        "T-1203", _GROUP,
        "A T-Union ride from the declared entry costs what is declared", "交通联合按里程计费正确",
        clauses="CL-TRIDE-002", scene=plain(TUNION), judge=paid(TUNION), applies=EXIT,
    ),
    terminal(
        "T-1204", _GROUP,
        "A Lingnan Tong ride from the declared entry costs what is declared",
        "岭南通按里程计费正确",
        clauses="CL-TRIDE-002", scene=plain(LNT), judge=paid(LNT), applies=_LNT_EXIT,
    ),
    terminal(
        "T-1205", _GROUP,
        "An entry with a T-Union card that is inside is treated as declared",
        "交通联合已进站再进站按声明处理",
        clauses="CL-TRIDE-003", scene=negative(TUNION, wish(ride="inside")),
        judge=_policy("entry_inside", TUNION, "is inside already"), applies=ENTRY,
    ),
    terminal(
        "T-1206", _GROUP,
        "An entry with a Lingnan Tong card that is inside is treated as declared",
        "岭南通已进站再进站按声明处理",
        clauses="CL-TRIDE-003", scene=negative(LNT, wish(ride="inside")),
        judge=_policy("entry_inside", LNT, "is inside already"), applies=_LNT_ENTRY,
    ),
    terminal(
        "T-1207", _GROUP,
        "An exit with a T-Union card that never entered is treated as declared",
        "交通联合未进站出站按声明处理",
        clauses="CL-TRIDE-004", scene=negative(TUNION, wish(ride="none")),
        judge=_policy("exit_outside", TUNION, "never entered"), applies=EXIT,
    ),
    terminal(
        "T-1208", _GROUP,
        "An exit with a Lingnan Tong card that never entered is treated as declared",
        "岭南通未进站出站按声明处理",
        clauses="CL-TRIDE-004", scene=negative(LNT, wish(ride="none")),
        judge=_policy("exit_outside", LNT, "never entered"), applies=_LNT_EXIT,
    ),
    terminal(
        "T-1209", _GROUP,
        "An exit of a ride from an unknown station is treated as declared",
        "进站站点未知时按声明处理",
        clauses="CL-TRIDE-005", scene=negative(TUNION, wish(ride="elsewhere")),
        judge=_policy("unknown_station", TUNION, "entered at an unknown station"),
        applies=EXIT,
    ),
)  # fmt: skip
