"""Words that the verbs of `ykt trace` share: keys of cards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from ykt_sim import meaning

_F = TypeVar("_F", bound=Callable[..., Any])
#: What to write for our published test keys.
TEST_KEYS: Final = "testkeys"


class CardKeys(msgspec.Struct, frozen=True):
    """Keys of the cards in traces.

    Attributes:
        path: of a key file; empty for the published test keys.
    """

    path: str = ""

    @property
    def published(self) -> bool:
        """True for the published test keys: right values may be told."""
        return not self.path

    def ring(self) -> meaning.KeyRing:
        """Give keys for one trace; they learn the numbers of its cards.

        Raises:
            ProfileError: the file is no key file.
        """
        return meaning.KeyRing.from_file(self.path) if self.path else meaning.KeyRing()


class KeysWord(click.ParamType[CardKeys]):
    """``testkeys``, or the path of a key file."""

    name = "keys"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> CardKeys:
        """Turn the word into keys or fail with a usage error.

        What of a key file cannot be used is told on standard error.

        Raises:
            ProfileError: the file is no key file.
        """
        if isinstance(value, CardKeys):
            return value
        if value == TEST_KEYS:
            return CardKeys()
        if not Path(value).is_file():
            self.fail(f"{value!r} is neither '{TEST_KEYS}' nor a file", param, ctx)
        keys = CardKeys(value)
        for line in keys.ring().unused:
            click.echo(line, err=True)
        return keys


def keys_option(text: str) -> Callable[[_F], _F]:
    """Add ``--keys``; ``text`` says what for."""
    return click.option("--keys", type=KeysWord(), metavar="testkeys|FILE", help=text)


def ring_of(keys: CardKeys | None) -> meaning.KeyRing | None:
    """Keys for one trace, None when none were named."""
    return None if keys is None else keys.ring()
