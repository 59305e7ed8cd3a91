"""The file, key and PIN commands of FMCOS, with line protection (secure messaging)."""

from __future__ import annotations

from tests.independent import fmcos_crypto as crypto
from tests.independent.fmcos_types import (
    CardError,
    FileType,
    KeyType,
    ProofError,
    Protection,
    Purse,
    Transmit,
)

MAC_SIZE = 4


def find_tag(data: bytes, tag: int) -> bytes | None:
    """The value of one tag among BER-TLV objects with short lengths."""
    at = 0
    while at + 1 < len(data):
        width = 2 if data[at] & 0x1F == 0x1F else 1
        length = data[at + width]
        value = data[at + width + 1 : at + width + 1 + length]
        if int.from_bytes(data[at : at + width], "big") == tag:
            return value
        at += width + 1 + length
    return None


class FmcosFiles:
    """Everything about an FMCOS card but its purses."""

    def __init__(self, transmit: Transmit, *, challenge_size: int = 8) -> None:
        """Talk through ``transmit``; line protection asks challenges of the given size."""
        self._transmit = transmit
        self.challenge_size = challenge_size

    # The bottom.

    def exchange(self, command: bytes) -> tuple[bytes, int]:
        """One command as it stands; data and status word as they come."""
        answer = self._transmit(command)
        if len(answer) < 2:
            raise ProofError(f"no status word: {answer.hex()}")
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def send(
        self, header: tuple[int, int, int, int], data: bytes = b"", le: int | None = None
    ) -> bytes:
        """A command from its parts; a command with neither data nor Le is sent with P3 = 00."""
        command = bytes(header)
        if data:
            command += bytes([len(data)]) + data
        if le is not None:
            command += bytes([le])
        elif not data:
            command += b"\x00"
        answer, sw = self.exchange(command)
        if sw != 0x9000:
            raise CardError(sw, command, answer)
        return answer

    # Selection and authentication.

    def select(self, file_id: int) -> bytes:
        """SELECT by file identifier."""
        return self.send((0x00, 0xA4, 0x00, 0x00), file_id.to_bytes(2, "big"), le=0x00)

    def select_name(self, name: bytes) -> bytes:
        """SELECT by directory name, without Le as terminals send it."""
        return self.send((0x00, 0xA4, 0x04, 0x00), name)

    def get_challenge(self, size: int) -> bytes:
        """GET CHALLENGE of 4 or 8 bytes."""
        rand = self.send((0x00, 0x84, 0x00, 0x00), le=size)
        if len(rand) != size:
            raise ProofError(f"challenge of {len(rand)} bytes instead of {size}")
        return rand

    def external_authenticate(self, kid: int, key: bytes, *, size: int = 8) -> None:
        """GET CHALLENGE and EXTERNAL AUTHENTICATE with a key of type 39."""
        rand = self.get_challenge(size)
        self.answer_challenge(kid, crypto.encrypt(key, rand.ljust(8, b"\x00")))

    def answer_challenge(self, kid: int, cryptogram: bytes) -> None:
        """EXTERNAL AUTHENTICATE alone."""
        self.send((0x00, 0x82, 0x00, kid), cryptogram)

    def internal_authenticate(self, mode: int, kid: int, data: bytes, key: bytes) -> bytes:
        """INTERNAL AUTHENTICATE: 0 encrypt, 1 decrypt, 2 MAC; the answer is recomputed."""
        answer = self.send((0x00, 0x88, mode, kid), data)
        expected = (crypto.encrypt, crypto.decrypt, crypto.mac)[mode](key, data)
        return self._proved("INTERNAL AUTHENTICATE", answer, expected)

    # Personalisation.

    def create_df(
        self,
        file_id: int,
        size: int,
        sfi: int,
        name: bytes,
        *,
        create: int = 0xF0,
        erase: int = 0xF0,
    ) -> None:
        """CREATE FILE for a directory."""
        rights = bytes([create, erase, sfi])
        self._create(
            file_id,
            bytes([FileType.DIRECTORY]) + size.to_bytes(2, "big") + rights + b"\xff\xff" + name,
        )

    def create_key_file(self, file_id: int, size: int, df_sfi: int, *, add: int = 0xF0) -> None:
        """CREATE FILE for the key file of the current directory."""
        self._create(
            file_id,
            bytes([FileType.KEYS]) + size.to_bytes(2, "big") + bytes([df_sfi, add, 0xFF, 0xFF]),
        )

    def create_ef(
        self,
        file_id: int,
        kind: FileType,
        size: int,
        *,
        read: int = 0xF0,
        write: int = 0xF0,
        protection: Protection = Protection.NONE,
        line_keys: int | None = None,
    ) -> None:
        """CREATE FILE; for record files of fixed length the size is count and length."""
        if line_keys is None:
            line_keys = 0xFF if protection is Protection.NONE else 0x7F
        self._create(
            file_id,
            bytes([kind | protection])
            + size.to_bytes(2, "big")
            + bytes([read, write, 0xFF, line_keys]),
        )

    def create_purse(self, purse: Purse, log_sfi: int, *, use: int = 0xF0) -> None:
        """CREATE FILE for the ED (0001) or the EP (0002)."""
        self._create(purse, bytes([FileType.PURSE, 0x02, 0x08, use, 0x00, 0xFF, log_sfi]))

    def _create(self, file_id: int, data: bytes) -> None:
        self.send((0x80, 0xE0, file_id >> 8, file_id & 0xFF), data)

    def erase_df(self) -> None:
        """ERASE DF: everything below the current directory."""
        self.send((0x80, 0x0E, 0x00, 0x00))

    def write_key(
        self,
        kind: KeyType,
        kid: int,
        key: bytes,
        tail: tuple[int, int],
        *,
        use: int = 0xF0,
        change: int = 0xF0,
        modify: int | None = None,
        under: bytes | None = None,
    ) -> None:
        """WRITE KEY: add, or modify the key whose present type byte is ``modify``.

        ``tail`` is version and algorithm, or next state and error counter, by the key's type.
        ``under`` is the key (type 39, id 00) that enciphers the command and makes its MAC; the
        new key's type byte then says that it wants the same of later changes.
        """
        protection = Protection.NONE if under is None else Protection.ENCIPHERED
        record = bytes([kind | protection, use, change, *tail]) + key
        self.put_key_record(0x01 if modify is None else modify, kid, record, under)

    def put_key_record(self, p1: int, kid: int, record: bytes, under: bytes | None = None) -> None:
        """WRITE KEY with a record made by hand."""
        if under is None:
            self.send((0x80, 0xD4, p1, kid), record)
        else:
            self._send_protected((0x84, 0xD4, p1, kid), record, under, Protection.ENCIPHERED)

    # Line protection.

    def _iv(self) -> bytes:
        return self.get_challenge(self.challenge_size).ljust(8, b"\x00")

    def _send_protected(
        self,
        header: tuple[int, int, int, int],
        data: bytes,
        key: bytes,
        protection: Protection,
    ) -> bytes:
        payload = crypto.encipher(key, data) if protection is Protection.ENCIPHERED else data
        covered = bytes([*header, len(payload) + MAC_SIZE]) + payload
        return self.send(header, payload + crypto.mac(key, covered, self._iv()))

    def _read_protected(
        self, header: tuple[int, int, int, int], le: int, key: bytes, protection: Protection
    ) -> bytes:
        iv = self._iv()
        answer = self.send(header, crypto.mac(key, bytes([*header, MAC_SIZE]), iv), le=le)
        body, proof = answer[:-MAC_SIZE], answer[-MAC_SIZE:]
        self._proved("protected read", proof, crypto.mac(key, body, iv))
        return crypto.decipher(key, body) if protection is Protection.ENCIPHERED else body

    def _write(
        self, ins: int, p1: int, p2: int, data: bytes, key: bytes | None, protection: Protection
    ) -> None:
        if key is None:
            self.send((0x00, ins, p1, p2), data)
        else:
            self._send_protected((0x04, ins, p1, p2), data, key, protection)

    def _read(
        self, ins: int, p1: int, p2: int, le: int, key: bytes | None, protection: Protection
    ) -> bytes:
        if key is None:
            return self.send((0x00, ins, p1, p2), le=le)
        return self._read_protected((0x04, ins, p1, p2), le, key, protection)

    @staticmethod
    def _proved(what: str, got: bytes, expected: bytes) -> bytes:
        if got != expected:
            raise ProofError(f"{what}: card says {got.hex()}, computed {expected.hex()}")
        return got

    # Files.

    def read_binary(
        self,
        p1: int,
        p2: int,
        le: int,
        key: bytes | None = None,
        protection: Protection = Protection.MAC,
    ) -> bytes:
        """READ BINARY, protected when a key is given."""
        return self._read(0xB0, p1, p2, le, key, protection)

    def update_binary(
        self,
        p1: int,
        p2: int,
        data: bytes,
        key: bytes | None = None,
        protection: Protection = Protection.MAC,
    ) -> None:
        """UPDATE BINARY, protected when a key is given."""
        self._write(0xD6, p1, p2, data, key, protection)

    def read_record(
        self,
        number: int,
        sfi: int,
        le: int = 0x00,
        key: bytes | None = None,
        protection: Protection = Protection.MAC,
    ) -> bytes:
        """READ RECORD by number; SFI 0 is the current file."""
        return self._read(0xB2, number, sfi << 3 | 0b100, le, key, protection)

    def update_record(
        self,
        number: int,
        sfi: int,
        data: bytes,
        key: bytes | None = None,
        protection: Protection = Protection.MAC,
    ) -> None:
        """UPDATE RECORD by number; SFI 0 is the current file."""
        self._write(0xDC, number, sfi << 3 | 0b100, data, key, protection)

    def append_record(
        self,
        sfi: int,
        data: bytes,
        key: bytes | None = None,
        protection: Protection = Protection.MAC,
    ) -> None:
        """APPEND RECORD, with the P2 that klks' program sends."""
        self._write(0xE2, 0x00, sfi << 3 | 0b100, data, key, protection)

    # PIN.

    def verify_pin(self, kid: int, pin: bytes) -> None:
        """VERIFY PIN."""
        self.send((0x00, 0x20, 0x00, kid), pin)

    def change_pin(self, kid: int, old: bytes, new: bytes) -> None:
        """CHANGE PIN with the old PIN."""
        self.send((0x80, 0x5E, 0x01, kid), old + b"\xff" + new)

    def reload_pin(self, kid: int, new: bytes, key: bytes) -> None:
        """RELOAD PIN with the key of type 38; no challenge enters its MAC."""
        self.send((0x80, 0x5E, 0x00, kid), new + crypto.mac(crypto.tac_key(key), new))

    def unblock_pin(self, kid: int, pin: bytes, key: bytes) -> None:
        """PIN UNBLOCK with the key of type 37, enciphered and with a MAC."""
        self._send_protected((0x84, 0x24, kid, 0x00), pin, key, Protection.ENCIPHERED)

    # Locks.

    def block_application(self, key: bytes, *, permanently: bool = False) -> None:
        """APPLICATION BLOCK."""
        self._send_protected((0x84, 0x1E, 0x00, int(permanently)), b"", key, Protection.MAC)

    def unblock_application(self, key: bytes) -> None:
        """APPLICATION UNBLOCK."""
        self._send_protected((0x84, 0x18, 0x00, 0x00), b"", key, Protection.MAC)

    def block_card(self, key: bytes) -> None:
        """CARD BLOCK."""
        self._send_protected((0x84, 0x16, 0x00, 0x00), b"", key, Protection.MAC)
