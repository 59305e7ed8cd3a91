"""`ykt card serve`, `insert` and `remove`: our cards in the system's PC/SC reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ykt_sim.bench.slots import serve_card
from ykt_sim.cli.kit.params import durable_option, json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.transport.serving import Server, ask, default_control
from ykt_sim.transport.vpcd import HOST, PORT, read_slot

_PATH = click.Path(path_type=Path)
_VPCD = click.option(
    "--vpcd", "address", default=f"{HOST}:{PORT}", metavar="HOST:PORT",
    help=f"The virtual reader's first slot ({HOST}:{PORT}).",
)  # fmt: skip
_CONTROL = click.option(
    "--control", type=_PATH, metavar="PATH", help="Socket for insert and remove; default: by port."
)
_SLOT = click.option("--slot", type=click.IntRange(0, 31), default=0, help="Which slot, from 0.")


@click.command(
    epilog="""\b
Examples:
  ykt card serve card.json
  ykt card serve card.json sam:bus-upgraded
  ykt card serve 'sim:dual?balance=10000' --removed --control dual.sock

\b
CARD is one of
  FILE.json                  a card image; saved before each answer is out
  sim:PROFILE[?balance=FEN]  a new card from a profile, never saved
  sam:TERMINAL or sam:FILE   a PSAM, for a terminal in software
  null:                      a card that does nothing, to calibrate the reader

\b
Wants pcscd with vsmartcard-vpcd (Debian: apt install pcscd vsmartcard-vpcd).
Signals: SIGUSR1 inserts, SIGUSR2 removes every card; Ctrl-C, SIGTERM end it.
"""
)
@click.argument("cards", nargs=-1, required=True, metavar="CARD...")
@_VPCD
@_CONTROL
@click.option("--removed", is_flag=True, help="Start with the cards out of their slots.")
@durable_option
@click.option("--slow", is_flag=True, help="Leave the 44 ms delay of each command in place.")
@json_option
def serve(
    *, cards: tuple[str, ...], address: str, control: Path | None, removed: bool, durable: bool,
    slow: bool, as_json: bool,
) -> int:  # fmt: skip
    """Put cards into the system's PC/SC reader (虚拟读卡器), one in each slot.

    Any program that talks to a card through PC/SC then finds ours. The cards stay until
    'ykt card remove', and come back by themselves when the reader was restarted. With
    --json what happens is told on stdout, one object a line.
    """
    first = read_slot(address)
    say = _say_json if as_json else _say
    served = [
        serve_card(
            name,
            first.slot(number),
            inserted=not removed,
            quick_ack=not slow,
            durable=durable,
            say=say,
        )
        for number, name in enumerate(cards)
    ]
    path = control or default_control(first)
    server = Server(served, path)
    say(f"operator's socket: {path}")
    number = server.run()
    return 128 + number if number else 0


def _say(line: str) -> None:
    click.echo(f"ykt: {line}", err=True)


def _say_json(line: str) -> None:
    click.echo(json.dumps({"said": line}, ensure_ascii=False))


def _told(control: Path | None, address: str, said: dict[str, object], *, as_json: bool) -> None:
    answer = ask(control or default_control(read_slot(address)), said)
    if as_json:
        print_json(answer, indent=2)
        return
    for line in _lines(answer):
        click.echo(line)


def _lines(answer: dict[str, Any]) -> list[str]:
    slots = answer.get("slots", [answer["slot"]] if "slot" in answer else [])
    return [
        f"slot {one['slot']} {one['card']}: {'in' if one['inserted'] else 'out'}"
        f"{', in the reader' if one['connected'] else ''}, {one['commands']} commands"
        for one in slots
    ]


@click.command(
    epilog="""\b
Examples:
  ykt card insert
  ykt card insert --slot 1 --json
"""
)
@_SLOT
@_VPCD
@_CONTROL
@json_option
def insert(*, slot: int, address: str, control: Path | None, as_json: bool) -> None:
    """Put a served card into its slot (插卡)."""
    _told(control, address, {"do": "insert", "slot": slot}, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  ykt card remove
  ykt card remove --slot 1
"""
)
@_SLOT
@_VPCD
@_CONTROL
@json_option
def remove(*, slot: int, address: str, control: Path | None, as_json: bool) -> None:
    """Take a served card out of its slot (拔卡); a command under way is answered first."""
    _told(control, address, {"do": "remove", "slot": slot}, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  ykt card slots
  ykt card slots --json
"""
)
@_VPCD
@_CONTROL
@json_option
def slots(*, address: str, control: Path | None, as_json: bool) -> None:
    """List the cards that 'ykt card serve' holds."""
    _told(control, address, {"do": "status"}, as_json=as_json)
