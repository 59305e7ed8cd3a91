"""Profiles: what differs between cards, terminals and keys, as data.

To change behaviour, change data: a profile is a TOML file checked against a schema, and
every number in it says where it comes from.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.profiles.cards import CardProfile, Identity, card_profile_names, load_card_profile
    from ykt_sim.profiles.keys import load_test_keys
    from ykt_sim.profiles.terminals import (
        TerminalProfile,
        load_terminal_profile,
        terminal_profile_names,
    )
else:
    __getattr__ = late(
        __name__,
        {
            "cards": "CardProfile Identity card_profile_names load_card_profile",
            "keys": "load_test_keys",
            "terminals": "TerminalProfile load_terminal_profile terminal_profile_names",
        },
    )

__all__ = [
    "CardProfile",
    "Identity",
    "TerminalProfile",
    "card_profile_names",
    "load_card_profile",
    "load_terminal_profile",
    "load_test_keys",
    "terminal_profile_names",
]
