"""`ykt`: the table of verbs. Nothing heavy is imported before a verb is chosen."""

from __future__ import annotations

import click

from ykt_sim.cli.kit.shell import Lazy, Shell
from ykt_sim.version import __version__

#: Verb -> module below `ykt_sim.cli` and attribute.
VERBS = {
    "card": Lazy("card.verbs:card", "Make, show and drive test cards (卡片)."),
    "reader": Lazy("reader.verbs:reader", "Real readers by PC/SC (读卡器)."),
    "tap": Lazy("terminal.tap:tap", "Tap a card at a terminal (刷卡)."),
    "terminal": Lazy("terminal.verbs:terminal", "List, show and run terminals (终端)."),
    "soak": Lazy("terminal.soak:soak", "Tap under kills, full disks, wrong clocks (压测)."),
    "tear": Lazy("terminal.tear:tear", "Cut a tap wherever it can be (闪卡扫描)."),
    "trace": Lazy("trace.verbs:trace", "Show, convert, compare, replay traces (报文)."),
    "explain": Lazy("trace.explain:explain", "Say why a code or an answer is wrong (排错)."),
    "decode": Lazy("calc.decode:decode", "Decode bytes of cards and commands."),
    "crypto": Lazy("calc.crypto:crypto", "Calculators: MAC, session key, diversification."),
    "conform": Lazy("conform.verbs:conform", "Judge cards, terminals and traces (检测)."),
    "demo": Lazy("demo.verbs:demo", "Tap all cards at all terminals, print the matrix."),
}


@click.group(
    cls=Shell,
    lazy=VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 76},
    epilog="""\b
Examples:
  ykt card new --profile dual --balance 88.00 --out card.json
  ykt tap --card card.json --terminal bus-upgraded -v
  ykt decode tunion:18 0001000000000000640941310177670320241027212555
  ykt demo

\b
Exit codes: 0 done, 1 refused or failed, 2 wrong words or input,
3 a fault of ykt itself.
""",
)
@click.version_option(__version__, prog_name="ykt")
def cli() -> None:
    """Simulate transit cards (一卡通) and the terminals that read them.

    Cards, PSAM and terminals of both standards of Guangdong: Lingnan Tong (岭南通) and
    China T-Union (交通联合).
    """


def main() -> None:
    """Run the command line; entry point of `ykt`."""
    cli(prog_name="ykt")


if __name__ == "__main__":
    main()
