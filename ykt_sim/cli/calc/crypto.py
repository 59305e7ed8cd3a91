"""`ykt crypto`: the calculators of the trade. Hex in, upper-case hex out."""

from __future__ import annotations

import click

from ykt_sim.cli.kit.params import Hex, SecretHex, json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.crypto import derive, des, sm4

_ENVIRONMENT = "YKT_KEY"
_FROM = f"in hex, @FILE or -; or {_ENVIRONMENT}"
_KEY = click.option(
    "--key", type=SecretHex(8, 16), required=True, envvar=_ENVIRONMENT,
    help=f"DES key, 8 or 16 bytes {_FROM}.",
)  # fmt: skip
_KEY16 = click.option(
    "--key", type=SecretHex(16), required=True, envvar=_ENVIRONMENT, help=f"Key, 16 bytes {_FROM}.",
)  # fmt: skip
_DATA = click.option("--data", type=Hex(), required=True, help="Data.")
_DECRYPT = click.option("--decrypt", is_flag=True, help="Decipher instead.")
_LENGTH = click.option(
    "--length", type=click.Choice(["4", "8"]), default="4", show_default=True,
    help="Bytes of the MAC to keep.",
)  # fmt: skip


def _answer(operation: str, result: bytes, *, as_json: bool) -> None:
    text = result.hex().upper()
    if as_json:
        print_json({"operation": operation, "result": text})
    else:
        click.echo(text)


@click.group(
    epilog="""\b
Hex may contain spaces and either case: --key "0011 2233 4455 6677".
An 8-byte key means single DES, a 16-byte key two-key 3DES.
A key in a command line stands in the shell's history, and every process of
the machine can read it. Other ways to give one:
  --key @FILE   the file holds it in hex
  --key -       standard input does; at a terminal you are asked
  YKT_KEY=...   in the environment, instead of --key
"""
)
def crypto() -> None:
    """Calculate as cards, PSAM and hosts do (密码计算器)."""


@crypto.command(
    epilog="""\b
Examples:
  ykt crypto ecb --key 0102030405060708 --data BB83BFF300000000
  ykt crypto ecb --key 1122334455667788 --data 178F59F8578E0D3F --decrypt
  ykt crypto ecb --cipher sm4 --key 0123456789ABCDEFFEDCBA9876543210 \\
      --data 0123456789ABCDEFFEDCBA9876543210
"""
)
@_KEY
@_DATA
@_DECRYPT
@click.option(
    "--cipher", type=click.Choice(["des", "sm4"]), default="des", show_default=True,
    help="des: DES or 3DES by key length; sm4: encipher only.",
)  # fmt: skip
@json_option
def ecb(*, key: bytes, data: bytes, decrypt: bool, cipher: str, as_json: bool) -> None:
    """Encipher or decipher whole blocks in ECB mode.

    EXTERNAL AUTHENTICATION (外部认证) sends this: the challenge, a 4-byte one followed by
    00000000, under the authentication key.
    """
    if cipher == "sm4":
        if decrypt:
            raise click.UsageError("sm4 can only encipher here")
        result = sm4.ecb(key, data)
    else:
        result = des.ecb_decrypt(key, data) if decrypt else des.ecb(key, data)
    _answer("ecb", result, as_json=as_json)


@crypto.command(
    epilog="""\b
Example, MAC1 of a purchase (消费 MAC1) under its session key:
  ykt crypto mac --key C08346DF9F1D457A \\
      --data "00000001 06 001122334455 20161216134600"
"""
)
@_KEY
@_DATA
@click.option("--iv", type=Hex(8), default="00" * 8, help="Initial value.  [default: zeros]")
@_LENGTH
@json_option
def mac(*, key: bytes, data: bytes, iv: bytes, length: str, as_json: bool) -> None:
    """Compute a PBOC MAC or TAC: pad 80 00.. always, DES CBC.

    With a 16-byte key only the last block is 3DES (EDE).
    """
    _answer("mac", des.mac(key, data, iv, int(length)), as_json=as_json)


@crypto.command(
    "line-mac",
    epilog="""\b
Examples, the same UPDATE BINARY both ways:
  ykt crypto line-mac --key FFFFFFFFFFFFFFFF --challenge 4C45BAB9 \\
      --header 84D40102 --data 7C87BC23140021B3AFEA67E6359DDCFE
  ykt crypto line-mac --key FFFFFFFFFFFFFFFF --challenge 4C45BAB9 \\
      --data 84D40102147C87BC23140021B3AFEA67E6359DDCFE
""",
)
@_KEY
@click.option("--header", type=Hex(4), help="CLA INS P1 P2; Lc is then put in: data + 4.")
@click.option("--data", type=Hex(), default="", help="Command data, enciphered if it goes so.")
@click.option(
    "--challenge", type=Hex(4, 8), required=True, help="From GET CHALLENGE; 4 or 8 bytes."
)
@_LENGTH
@json_option
def line_mac(
    *, key: bytes, header: bytes | None, data: bytes, challenge: bytes, length: str, as_json: bool
) -> None:
    """Compute the MAC of secure messaging (线路保护).

    The MAC goes over CLA INS P1 P2 Lc and the data, where Lc already counts the four
    bytes of the MAC; the initial value is the challenge, a 4-byte one followed by
    00000000. Without --header, --data is taken as all the bytes under the MAC.
    """
    if header is None and not data:
        raise click.UsageError("line-mac needs --header, --data or both")
    if header is not None and len(data) > 251:
        raise click.UsageError(f"command data and MAC are at most 255 bytes, got {len(data)} + 4")
    command = data if header is None else header + bytes((len(data) + 4,)) + data
    result = des.mac(key, command, challenge.ljust(8, b"\0"), int(length))
    _answer("line-mac", result, as_json=as_json)


@crypto.command(
    epilog="""\b
Examples:
  ykt crypto encipher --key 4444444444444444 --data 44332211
  ykt crypto encipher --key 4444444444444444 --data F397B1FD0CD1747A --decrypt
"""
)
@_KEY
@_DATA
@_DECRYPT
@json_option
def encipher(*, key: bytes, data: bytes, decrypt: bool, as_json: bool) -> None:
    """Encipher command data for secure messaging (密文).

    A length byte goes in front; 80 00.. is added only if the last block is not full.
    --decrypt gives the data without length byte and padding.
    """
    result = des.decipher(key, data) if decrypt else des.encipher(key, data)
    _answer("encipher", result, as_json=as_json)


@crypto.command(
    epilog="""\b
Examples, one level and two (issuer, then card):
  ykt crypto diversify --key 00112233445566778899AABBCCDDEEFF \\
      --factor 1122334455667788
  ykt crypto diversify --key 00112233445566778899AABBCCDDEEFF \\
      --factor 02205810FFFFFFFF --factor 8703950000000827
"""
)
@_KEY16
@click.option(
    "--factor", "factors", type=Hex(8), required=True, multiple=True,
    help="8 bytes; once a level, outermost (issuer) first.",
)  # fmt: skip
@json_option
def diversify(*, key: bytes, factors: tuple[bytes, ...], as_json: bool) -> None:
    """Diversify a master key (密钥分散): 3DES(K, F) || 3DES(K, ~F)."""
    _answer("diversify", derive.diversify_chain(key, *factors), as_json=as_json)


@crypto.command(
    "session-key",
    epilog="""\b
Examples, purchase (with the terminal's serial) and load (without):
  ykt crypto session-key --key 00112233445566778899AABBCCDDEEFF \\
      --random 584633C9 --counter 0000 --serial 00000000
  ykt crypto session-key --key 00112233445566778899AABBCCDDEEFF \\
      --random C903814D --counter 0000
""",
)
@_KEY
@click.option("--random", type=Hex(4), required=True, help="The card's random, 4 bytes.")
@click.option("--counter", type=Hex(2), required=True, help="Counter before, 2 bytes hex.")
@click.option("--serial", type=Hex(4, 2), help="Terminal transaction number, 4 (or last 2) bytes.")
@json_option
def session_key(
    *, key: bytes, random: bytes, counter: bytes, serial: bytes | None, as_json: bool
) -> None:
    """Derive the session key of one transaction (过程密钥).

    With --serial for purchase, cash and composite purchase: random, offline counter, low
    half of the serial. Without it for load, unload and overdraft: random, online counter,
    8000. Random and counter come from the answer of INITIALIZE.
    """
    tail = b"\x80\x00" if serial is None else serial[-2:]
    _answer("session-key", derive.session_key(key, random + counter + tail), as_json=as_json)


@crypto.command(
    "tac-key",
    epilog="""\b
Example:
  ykt crypto tac-key --key 34343434343434341122334455667788
""",
)
@_KEY
@json_option
def tac_key(*, key: bytes, as_json: bool) -> None:
    """Derive the key of the TAC (TAC 密钥): left half XOR right half."""
    _answer("tac-key", derive.tac_key(key), as_json=as_json)


@crypto.command(
    epilog="""\b
Examples:
  ykt crypto kcv --key 00112233445566778899AABBCCDDEEFF
  ykt crypto kcv --cipher sm4 --key 0123456789ABCDEFFEDCBA9876543210 --json

\b
Three bytes are the custom of the trade; --length keeps more or fewer.
Parity is said on standard error, with --json in the object.
"""
)
@_KEY
@click.option(
    "--cipher", type=click.Choice(["des", "sm4"]), default="des", show_default=True,
    help="des: DES or 3DES by key length; sm4: 16 bytes.",
)  # fmt: skip
@click.option(
    "--length", type=click.IntRange(1, 8), default=3, show_default=True, help="Bytes to keep."
)
@json_option
def kcv(*, key: bytes, cipher: str, length: int, as_json: bool) -> None:
    """Compute the check value of a key (密钥校验值): a block of zeros under it.

    Of a DES key it says which bytes have even parity (奇偶校验): DES looks at no parity bit, so
    such a key works, but some machines refuse to store it.
    """
    if cipher == "sm4":
        _answer("kcv", sm4.ecb(key, bytes(16))[:length], as_json=as_json)
        return
    result = des.ecb(key, bytes(8))[:length]
    even = des.even_bytes(key)
    if as_json:
        text = result.hex().upper()
        print_json({"operation": "kcv", "result": text, "even_parity_bytes": list(even)})
        return
    click.echo(result.hex().upper())
    places = ", ".join(map(str, even))
    said = f"even in byte {places} (counted from 0)" if even else "odd in every byte, as DES asks"
    click.echo(f"parity: {said}", err=True)
