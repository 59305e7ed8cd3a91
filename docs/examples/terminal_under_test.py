"""A bus validator in some fifty lines, made to be tested.

It shares nothing with ykt but the published test key: TCP lines and its own DES
(``pip install pycryptodome``). With the suite waiting, as in

    ykt conform terminal --listen tcp:127.0.0.1:9026 --ics terminal_under_test.toml

run ``python terminal_under_test.py 127.0.0.1 9026``. With ``--no-mac2`` behind it, it
forgets to check MAC2, and one can see the suite find it.
"""

import json
import re
import socket
import sys

from Crypto.Cipher import DES, DES3

MASTER = b"YKTTSTTUPURCHASE"  # published T-Union test key for purchases
NUMBER, CITY, ACQUIRER, LINE = "413158109001", "5810", "12205810FFFFFFFF", "00090000000001"
FARE = 200  # fen
WHITE, OWN = {"01011000": "31051700", "02205810": "31048703"}, ("02205810",)
PPSE, PURSE = "325041592E5359532E4444463031", "A000000632010105"


def des3(key, data):
    return DES3.new(key, DES3.MODE_ECB).encrypt(data)


def mac(key, data):
    padded = data + b"\x80" + bytes(7 - len(data) % 8)
    return DES.new(key, DES.MODE_CBC, bytes(8)).encrypt(padded)[-8:-4]


def ask(wire, command, code):
    wire.write(command + "\n")
    wire.flush()
    answer = bytes.fromhex(wire.readline())
    if answer[-2:] != b"\x90\x00" and code:
        raise ValueError(code if answer else "removed")
    return answer[:-2]


def tap(wire, serial, clock, check_mac2):
    ppse = ask(wire, f"00A404000E{PPSE}00", "").hex().upper()
    aids = re.findall(f"4F08({PURSE})|4F10({PURSE}.{{16}})", ppse)
    aid = "".join(aids[0]) if aids else PURSE
    ask(wire, f"00A40400{len(aid) // 2:02X}{aid}00", "no application")
    who = ask(wire, "00B0950000", "EF 15").hex().upper()
    issuer, pan, start, expiry = who[:8], who[21:40], who[40:48], who[48:56]
    if not start <= clock[:8] <= expiry:
        raise ValueError("dates")
    if WHITE.get(issuer) != pan[:8]:
        raise ValueError("5469" if issuer in WHITE else "2449")
    if issuer not in OWN and ask(wire, "00B097003C", "no EF 17")[8:10] != b"\x00\x01":
        raise ValueError("not interoperable")
    balance = int.from_bytes(ask(wire, "805C030204", "balance"), "big") & 0x7FFFFFFF
    if balance < FARE:
        raise ValueError("too low" if balance else "2731")
    init = ask(wire, f"805003020B01{FARE:08X}{NUMBER}0F", "INITIALIZE")
    after = (int.from_bytes(init[:4], "big") & 0x7FFFFFFF) - FARE
    if after < 0:
        raise ValueError("too low")
    key = MASTER
    for factor in (bytes.fromhex(issuer + "FFFFFFFF"), bytes.fromhex(pan[3:])):
        key = des3(key, factor + bytes(byte ^ 255 for byte in factor))
    session = des3(key, init[11:15] + init[4:6] + serial[2:])
    mac1 = mac(session, bytes.fromhex(f"{FARE:08X}09{NUMBER}{clock}")).hex()
    trip = f"060000{NUMBER}02{LINE}{FARE:08X}{after:08X}{clock}{CITY}{ACQUIRER}{0:012}"
    ask(wire, f"80DC00F030{trip}", "update")
    answer = ask(wire, f"805401000F{serial.hex()}{clock}{mac1}08", "DEBIT")
    if check_mac2 and answer[4:] != mac(session, FARE.to_bytes(4, "big")):
        raise ValueError("MAC2")
    return {
        "amount": FARE, "counter": int.from_bytes(init[4:6], "big"), "terminal": NUMBER,
        "terminal_serial": serial.hex().upper(), "datetime": clock, "city": CITY,
        "acquirer": ACQUIRER, "tac": answer[:4].hex(), "sequence": int.from_bytes(serial, "big"),
    }  # fmt: skip


def main(host, port, *words):
    serial = 0
    while True:  # each connection is a card in the field
        serial += 1
        with socket.create_connection((host, int(port))) as link:
            wire = link.makefile("rw", newline="\n")
            told = wire.readline()  # what our clock is to show
            if not told:
                continue
            clock, check_mac2 = json.loads(told.lstrip("#"))["clock"], "--no-mac2" not in words
            try:
                record = tap(wire, serial.to_bytes(4, "big"), clock, check_mac2)
                report = {"outcome": "accepted", "amount": FARE, "clearing": record}
            except ValueError as why:
                report = {"outcome": "refused", "code": str(why)}
            wire.write(f"# {json.dumps(report)}\n")
            wire.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError:
        pass  # nobody listens any more
