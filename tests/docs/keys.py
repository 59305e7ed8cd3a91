"""The page about test keys, how cards get theirs, and what of it is only our convention."""

from __future__ import annotations

from tests.docs.tables import table, titled
from ykt_sim.card.personalise import personalise
from ykt_sim.codes import KeyType
from ykt_sim.crypto.derive import diversify_chain, tac_key
from ykt_sim.profiles.cards import ApplicationTemplate, Use, load_application, load_card_profile
from ykt_sim.profiles.keys import ROLES, load_test_keys
from ykt_sim.sam.host import factors
from ykt_sim.sam.issuing import APPLICATIONS
from ykt_sim.wire.files import LntApplication, TunionApplication

#: Role, FMCOS key type it becomes on a card, and what it is for.
_ROLES = {
    "purchase": "purchase and composite purchase: MAC1, MAC2 (消费主密钥)",
    "load": "load: MAC1, MAC2 (圈存主密钥)",
    "unload": "unload: MAC1, MAC2, MAC3 (圈提主密钥)",
    "overdraft": "overdraft limit: MAC1, MAC2 (修改透支限额主密钥)",
    "tac": "TAC; its two halves are XORed (TAC 主密钥)",
    "line": "line protection: MAC and encipherment of commands (线路保护主密钥)",
    "pin_unblock": "PIN UNBLOCK (PIN 解锁主密钥)",
    "pin_reload": "RELOAD PIN (PIN 重装主密钥)",
    "external_auth": "EXTERNAL AUTHENTICATE (外部认证主密钥)",
}
#: The applications that hold keys.
_HOLDERS = ("tunion-ep", "lnt-basic", "lnt-wallet")


def _masters() -> str:
    test_keys = load_test_keys()
    rows = []
    for standard in test_keys.standards:
        masters = test_keys.masters(standard)
        rows += [
            (standard, f"`{role}`", f"`{masters[role].hex().upper()}`", masters[role].decode())
            for role in ROLES
        ]
    return table(("standard", "role", "key", "as ASCII"), rows)


def _on_cards() -> str:
    rows = []
    for name in _HOLDERS:
        application: ApplicationTemplate = load_application(Use(use=name))
        for key in application.key:
            kind = KeyType(int(key.type, 16))
            rows.append(
                (
                    application.title,
                    f"`{key.type}` {kind.name}",
                    f"{key.id:02X}",
                    f"{key.version:02X}",
                    f"{key.algorithm:02X}",
                    f"`{key.role}`" if key.role else f"value `{key.value}`",
                    str(key.tries or "no limit"),
                )
            )
    head = ("application", "type", "index", "version", "algorithm", "from", "tries")
    return table(head, rows)


def _example(standard: str, card: str, issuer: str) -> str:
    masters = load_test_keys().masters(standard)
    levels = factors(standard, card, issuer)
    purchase = diversify_chain(masters["purchase"], *levels)
    tac = diversify_chain(masters["tac"], *levels)
    rows = [(f"factor, level {n}", level.hex().upper()) for n, level in enumerate(levels, 1)]
    rows += [
        ("purchase key", purchase.hex().upper()),
        ("TAC key before the XOR", tac.hex().upper()),
        ("TAC key", tac_key(tac).hex().upper()),
    ]
    return table(("", "value"), ((name, f"`{value}`") for name, value in rows))


def _numbers() -> tuple[TunionApplication, LntApplication]:
    """EF 15 of both applications of a dual card as it comes out of the profile."""
    cells = personalise(load_card_profile("dual")).cells
    found: dict[int, bytes] = {}
    for (kind, *path), value in cells.items():
        if kind == "data" and isinstance(value, bytes) and path[-1] == 0x15:
            found[path[0]] = value
    ours = TunionApplication.parse(found[0xDF05][: TunionApplication.SIZE])
    theirs = LntApplication.parse(found[0xDDF1][: LntApplication.SIZE])
    return ours, theirs


def keys() -> str:
    """The page."""
    test_keys = load_test_keys()
    tunion, lnt = _numbers()
    rules = table(
        ("standard", "levels", "factors", "basis"),
        (
            (
                "T-Union", "2",
                "issuer id (9F0C bytes 0 to 7), then the low eight bytes of the card number "
                "(9F0C bytes 12 to 19)",
                "[LAB rules 1 and 2][CODE]",
            ),
            (
                "Lingnan Tong", "1",
                "the eight-byte logical card number (EF 15 bytes 8 to 15)",
                "project convention: the real rule is not public",
            ),
        ),
    )  # fmt: skip
    psam = table(
        ("standard", "application", "DF name", "levels its key takes"),
        (
            (standard, f"`{fid:04X}`", f"`{name.hex().upper()}`", str(levels))
            for standard, (fid, name, levels) in APPLICATIONS.items()
        ),
    )
    roles = table(("role", "what for"), ((f"`{role}`", _ROLES[role]) for role in ROLES))
    return titled(
        "Keys",
        f"**These are {test_keys.notice}.** They are public: a card, PSAM or terminal that holds "
        "them protects nothing. No key of any real scheme is in this project, and none may be "
        "put into it.",
        "`ykt card keys card.json` lists the keys of a card; `ykt crypto` calculates with them.",
        "## Test keys",
        "Master keys, 16 bytes each, from `ykt_sim/profiles/testkeys.toml`. Each is readable "
        "ASCII that says what it is.",
        _masters(),
        roles,
        "## Diversification",
        "One level turns a 16-byte key and an 8-byte factor into a 16-byte key: the factor "
        "enciphered, then its complement enciphered (two-key 3DES, ECB). The next level starts "
        "from the result. Every role is diversified in the same way.",
        rules,
        "### T-Union, worked out",
        f"Card {tunion.pan}, issuer {tunion.issuer}, as the profile `dual` has them:",
        _example("tunion", tunion.pan[1:], tunion.issuer[:8]),
        "### Lingnan Tong, worked out",
        f"Card {lnt.card_number}, the same card:",
        _example("lnt", lnt.card_number, ""),
        "## Session keys",
        "A purchase: 3DES of random, offline counter before the transaction and the low two bytes "
        "of the PSAM's transaction number. A load, an unload, an overdraft update: 3DES of "
        "random, online counter before the transaction and `8000`. The exact bytes, and what "
        "goes under each MAC and TAC, are under "
        "[records](records.md#what-lies-under-keys-macs-and-tacs).",
        "## Keys on our cards",
        "A type has 40h added when the key may only be written enciphered and 80h when with a "
        "MAC; access bytes are in the application templates.",
        _on_cards(),
        "## Keys in our PSAM",
        "The purchase master keys, key version "
        f"{test_keys.key_version:02X}, algorithm 00. The PSAM diversifies them for the card in "
        "front of the terminal, in `80 70`.",
        psam,
        "## What is our own convention",
        "- the values of all keys, their versions, indexes and error counters;\n"
        "- diversification of Lingnan Tong keys;\n"
        "- that the load, TAC, line and PIN keys are diversified by the rule that is public for "
        "the purchase key;\n"
        "- the DF names of the PSAM's applications, and the identifier of the Lingnan Tong one; "
        "the laboratory selects `8011` by identifier only;\n"
        "- the PINs: 123456, in ASCII on T-Union cards as the laboratory writes PINs, in BCD on "
        "Lingnan Tong cards.",
    )
