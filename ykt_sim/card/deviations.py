"""Ways for a card to be wrong: one name, one wrong thing each, all off by default.

A card is made with the names that shall hold for it; each is looked up on the one line of
the engine that it changes. They are what the conformance suite is tried on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ykt_sim.errors import UsageError

#: Name of a deviation -> what is wrong then, in one line.
DEVIATIONS: Final[Mapping[str, str]] = MappingProxyType({
    # selection and FCI
    "fci-names-neighbour": "84 in every FCI ends in another digit than the name that was selected",
    "fci-9f0c-stale": "9F0C of the T-Union FCI is not what EF 15 holds",
    "fci-dates-swapped": "start and expiry date have changed places in 9F0C",
    "fci-other-pan": "one digit of the PAN in 9F0C differs",
    "fci-issuer-zero-padded": "the issuer id is padded with 00 instead of FF",
    "fci-without-version": "no FCI holds 9F08",
    "fci-random-tail": "two random bytes follow A5, other ones each time",
    "basic-fci-with-a5": "the FCI of PAY.APPY holds an empty A5",
    "wallet-fci-short": "9F0C of PAY.TICL is one byte short",
    "df11-missing": "the FCI of the e-cash has no BF0C and so no DF11",
    "df11-other-pan": "the PAN in DF11 is not that of the purse",
    "no-select-by-fid": "no directory is found by its file identifier",
    "mf1x-answers-9000": "PAY.MF1X, retired, is selected as if it were there",
    "select-needs-le": "SELECT without Le is refused",
    "select-any-parameters": "SELECT takes any P1 and P2",
    "whole-names-only": "a DF is found by its whole name only",
    "long-names-cut": "a name of more than sixteen bytes is cut to eight",
    "unknown-name-accepted": "SELECT of an unknown name answers 9000 and the current FCI",
    "selection-survives-reset": "after a reset the application is still selected",
    "atr-changes": "the last byte of the ATR is random",
    # PPSE
    "ppse-no-lockout": "PPSE does not lock PAY.* out",
    "lockout-survives-reset": "what PPSE locked out stays so after a reset",
    "ppse-lists-wallet": "PPSE lists PAY.TICL",
    "ppse-lists-absent": "PPSE lists an application that is not on the card",
    "ppse-without-priority": "the directory entries have no priority",
    "ppse-priorities-equal": "all directory entries have priority 2",
    "ppse-order-reversed": "the directory lists the last application first",
    "ppse-label-wrong": "the labels are PBOC EP",
    # files and records
    "ef-15-longer": "EF 15 read whole has two bytes more",
    "ef-17-no-country": "EF 17 has zeros as country",
    "second-number-differs": "the second card number in EF 15 of PAY.APPY is another one",
    "binary-one-short": "READ BINARY gives one byte less",
    "offset-ignored": "READ BINARY starts at the beginning whatever the offset",
    "offset-not-checked": "READ BINARY behind the end answers 9000 and nothing",
    "absent-file-reads-empty": "READ BINARY of a file that is not there answers 9000 and nothing",
    "no-current-ef-6a82": "a read of the current file when there is none is answered 6A82",
    "file-type-not-checked": "binary and record commands are not held apart",
    "read-bits-ignored": "meaningless bits in P1 and P2 of reads are ignored",
    "record-one-short": "READ RECORD gives one byte less",
    "last-record-hidden": "the oldest record of a cyclic file is not found",
    "behind-last-record-wraps": "a record number behind the last one gives the newest",
    "oldest-first": "record 1 of a cyclic file is the oldest",
    "empty-record-6a83": "records never written are answered 6A83",
    "empty-record-ff": "records never written read as FF",
    "record-id-off-by-one": "a record identifier finds the next record",
    "record-2712-missing": "the last industry record is not found",
    "ext-data-short": "READ EXT DATA gives two bytes less",
    "short-le-truncates": "READ RECORD with a short Le gives part of the record",
    "wrong-6cxx": "6Cxx names one byte less than there is",
    "balance-in-record": "the balance in trips reads as zero",
    "log-writable": "anybody may write the transaction log",
    "get-data-wrong-tag": "GET DATA answers under the neighbouring tag",
    # balances
    # purchases
    # composite purchases
    "cache-outside-composite": "cache updates are taken outside a composite purchase",
    # load, unload, overdraft
    # log
    # proof
    # PIN
    "any-pin": "every PIN is right",
    "pin-two-bytes": "only the first two bytes of the PIN are compared",
    "pin-padding-refused": "a PIN filled up with FF is wrong",
    "pin-not-counted": "wrong PINs are not counted",
    "pin-never-blocks": "the last try is never used up",
    "tries-not-restored": "success does not give the tries back",
    "blocked-key-works": "a PIN or key without tries left still works",
    "reset-gives-tries-back": "a reset gives all tries back",
    "pin-length-not-checked": "VERIFY of a wrong length is compared and counted",
    "any-pin-id": "every PIN identifier is taken for 00",
    "old-pin-not-checked": "CHANGE PIN does not ask for the old PIN",
    "reload-without-mac": "RELOAD PIN takes any MAC",
    "pin-survives-select": "a presented PIN stays good in the next application",
    # authentication and secure messaging
    "challenge-fixed": "GET CHALLENGE always answers the same",
    "challenge-any-length": "GET CHALLENGE gives any number of bytes",
    "challenge-stays": "a challenge is good until the next one",
    "challenge-four-bytes": "of eight bytes of challenge four are used",
    "any-cryptogram": "EXTERNAL AUTHENTICATE takes any cryptogram",
    "authentication-opens-nothing": "EXTERNAL AUTHENTICATE succeeds and opens no file",
    "authentication-not-counted": "wrong cryptograms are not counted",
    "write-without-rights": "records are written without authentication",
    "rights-survive-reset": "rights stay after a reset",
    "rights-survive-select": "rights stay after the next SELECT",
    "line-mac-not-checked": "the line MAC is not checked",
    "line-mac-two-bytes": "only the first two bytes of the line MAC are checked",
    "line-mac-reversed": "the right line MAC is refused",
    "mac-not-demanded": "a protected file is written without MAC",
    "line-mac-never-locks": "wrong line MACs never lock the application",
    "update-past-end-cut": "an update over the end of a file is cut and done",
    # blocking
    "block-without-effect": "a blocked application goes on working",
    "block-without-mac": "blocking and unblocking take any MAC",
    "block-hits-all": "APPLICATION BLOCK blocks the other applications as well",
    "reset-unblocks": "a reset lifts every block",
    "blocked-select-9000": "SELECT of a blocked application answers 9000",
    "permanent-block-undone": "a permanent block can be undone",
    "unblock-never-locks": "wrong unblocks never lock the application",
    "unblock-empties-log": "unblocking empties the log",
    "card-block-without-effect": "a blocked card goes on working",
    # order of commands, counters
    "wrong-state-6985": "a command out of order is answered 6985",
    "refusal-keeps-transaction": "a refused commit can be tried again",
    "select-keeps-transaction": "SELECT leaves a transaction open",
    "read-ends-transaction": "READ RECORD ends an open transaction",
    # power, time
    # parameters
    "unknown-ins-6e00": "an unknown instruction is answered 6E00",
    "malformed-accepted": "what is no command is answered 9000",
    # both standards
    "one-standard-a-session": "after the T-Union purse no PAY.* is found until reset",
})  # fmt: skip


def check_deviations(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - DEVIATIONS.keys())
    if unknown:
        raise UsageError(f"no card deviation {', '.join(unknown)}; ykt conform zoo lists them")
    return wanted
