"""Keys and PINs in use: found, spent and restored; the rules are in `rules.keys`."""

from __future__ import annotations

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import MF, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, KeyType


def usable(
    context: CardContext, key_type: KeyType, key_id: int, missing: int, df: int | None = None
) -> Key:
    """A key of a directory, the current one by default.

    Raises:
        Refusal: ``missing`` when it is not there, 6983 when its tries are used up.
    """
    key = context.key(key_type, key_id, df)
    if key is None:
        raise Refusal(missing)
    context.rules.keys.usable(key)
    return key


def spend_try(
    context: CardContext, key_type: KeyType, key_id: int, key: Key, df: int | None = None
) -> Refusal:
    """Count a wrong try; gives the 63Cx that tells it."""
    if not key.tries:
        return Refusal(SW.PIN_WRONG_0 | 15)
    left = context.rules.keys.left(key_type, key.left)
    _put_left(context, key_type, key_id, key, left, df)
    return Refusal(SW.PIN_WRONG_0 | left)


def restore_tries(
    context: CardContext, key_type: KeyType, key_id: int, key: Key, df: int | None = None
) -> None:
    """Set the error counter back after something right."""
    left = context.rules.keys.restored(key)
    if key.left != left:
        _put_left(context, key_type, key_id, key, left, df)


def open_state(context: CardContext, key: Key) -> None:
    """Set the security register of the current directory as the key says."""
    rules, session = context.rules.keys, context.session
    if session.df == MF:
        session.mf_state = rules.register(session.mf_state, key)
    else:
        session.df_state = rules.register(session.df_state, key)


def _put_left(
    context: CardContext, key_type: KeyType, key_id: int, key: Key, left: int, df: int | None
) -> None:
    owner = context.session.df if df is None else df
    context.put(("key", owner, key_type, key_id), msgspec.structs.replace(key, left=left))
