#!/usr/bin/env python3
"""A JPKI card by somebody else: nothing of madoguchi is in it.

It is a second reading of the same public facts, so that a mistake in madoguchi's own twin card cannot
hide a mistake in its card application. Python's standard library and the openssl command, no more.

    stranger_card.py --connect HOST:PORT --dir DIR --pin 1234    the card, put into a vpcd
    stranger_card.py --self-test                                 the card asked by itself

DIR gets leaf.der and, last, ca.pem: once it is there, all is there. A DIR that has them is the same
card again. DIR/apdus.jsonl gets one line for each APDU: n, INS, P1, P2 and SW, never a body.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

JPKI = bytes.fromhex("D392F000260100000001")
SHA256_PREFIX = bytes.fromhex("3031300D060960864801650304020105000420")
# Behind the DER; so few that a reader which takes 256 bytes at a time meets 6Cxx at the end.
FILLER = b"\x00" * 7
TRIES = 3

OPENSSL_CONFIG = """
[ca]
default_ca = stranger
[stranger]
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = anything
unique_subject = no
[anything]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[req]
distinguished_name = nobody
[nobody]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = critical, digitalSignature
certificatePolicies = critical, 1.2.392.200149.8.5.1.3.30
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""


def openssl(*words):
    """Runs openssl and gives what it printed."""
    try:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False)
    except FileNotFoundError:
        sys.exit("stranger_card: the openssl command is missing (Debian package openssl)")
    if done.returncode != 0:
        sys.exit(f"stranger_card: openssl {words[0]} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


def issue(folder):
    """A CA of its own and one certificate, by openssl."""
    if (folder / "ca.pem").exists():
        return
    config = folder / "openssl.cnf"
    config.write_text(OPENSSL_CONFIG.format(dir=folder))
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("51A4\n")
    now = datetime.datetime.now(datetime.timezone.utc)

    def sign(extensions, start, end, out, *more):
        when = ["-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}"]
        openssl("ca", "-batch", "-notext", "-config", config, "-extensions", extensions, *when, "-out", out,
                "-keyfile", folder / "ca.key", *more)

    subjects = {
        "ca": "/C=JP/O=Stranger Example/OU=A card by somebody else",
        "leaf": "/C=JP/CN=5TRANGER00000000000000001A",
    }
    for name, subject in subjects.items():
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder / f"{name}.key")
        openssl("req", "-new", "-config", config, "-subj", subject, "-key", folder / f"{name}.key",
                "-out", folder / f"{name}.csr")
    day = datetime.timedelta(days=1)
    sign("root", now - 400 * day, now + 3650 * day, folder / "ca.crt", "-selfsign", "-in", folder / "ca.csr")
    sign("leaf", now - day, now + 3 * 365 * day, folder / "leaf.crt", "-cert", folder / "ca.crt",
         "-in", folder / "leaf.csr")
    openssl("x509", "-in", folder / "leaf.crt", "-outform", "DER", "-out", folder / "leaf.der")
    os.rename(folder / "ca.crt", folder / "ca.pem")


class PrivateKey:
    """RSA by hand: the numbers of a PKCS#1 private key and a power."""

    def __init__(self, der):
        outer, _ = self._element(der, 0x30)
        self.numbers = []
        while outer:
            number, outer = self._element(outer, 0x02)
            self.numbers.append(int.from_bytes(number, "big"))

    @staticmethod
    def _element(der, tag):
        if der[0] != tag:
            raise ValueError(f"tag {der[0]:02X}, wanted {tag:02X}")
        length, at = der[1], 2
        if length & 0x80:
            at += length & 0x7F
            length = int.from_bytes(der[2:at], "big")
        return der[at:at + length], der[at + length:]

    def sign(self, digest_info):
        """PKCS#1 v1.5, by the Chinese remainder theorem."""
        _, modulus, _, _, p, q, dp, dq, q_inverse = self.numbers
        size = (modulus.bit_length() + 7) // 8
        padding = b"\xFF" * (size - len(digest_info) - 3)
        message = int.from_bytes(b"\x00\x01" + padding + b"\x00" + digest_info, "big")
        low = pow(message, dq, q)
        signature = low + q * ((pow(message, dp, p) - low) * q_inverse % p)
        return signature.to_bytes(size, "big")


def contactless_atr():
    """As a reader makes one up for a type B card: the ATR tells nobody that this is JPKI."""
    atr = bytes.fromhex("8880010000000033818100")
    check = 0
    for byte in atr:
        check ^= byte
    return b"\x3B" + atr + bytes([check])


class Card:
    """The card application: strict, and nothing that the public facts don't ask for."""

    def __init__(self, folder, pin):
        self.pin = pin.encode("ascii")
        self.tries = TRIES
        key = openssl("rsa", "-in", folder / "leaf.key", "-traditional", "-outform", "DER")
        self.key = PrivateKey(key)
        authority = openssl("x509", "-in", folder / "ca.pem", "-outform", "DER")
        self.files = {
            0x0006: b"JPKIAPICCTOKEN2".ljust(32) + bytes(128),
            0x000A: (folder / "leaf.der").read_bytes() + FILLER,
            0x000B: authority + FILLER,
            0x0017: None,
            0x0018: None,
        }
        self.reset()

    def reset(self):
        self.application = False
        self.file = None
        self.verified = False

    def answer(self, apdu):
        """The body and the status word of one command."""
        if len(apdu) < 4:
            return b"", 0x6700
        body, expected = b"", None
        rest = apdu[4:]
        if len(rest) == 1:
            expected = rest[0] or 256
        elif rest:
            # A zero here begins an extended length, which this card does not know.
            length = rest[0]
            body, after = rest[1:1 + length], rest[1 + length:]
            if length == 0 or len(body) != length or len(after) > 1:
                return b"", 0x6700
            if after:
                expected = after[0] or 256
        commands = {0x00A4: self.select, 0x00B0: self.read, 0x0020: self.verify, 0x802A: self.sign}
        command = commands.get(apdu[0] << 8 | apdu[1])
        if command is None:
            return b"", 0x6D00
        return command(apdu[2], apdu[3], body, expected)

    def select(self, p1, p2, body, expected):
        if p2 != 0x0C:
            return b"", 0x6A86
        if expected is not None:
            return b"", 0x6700
        if p1 == 0x04:
            if body != JPKI:
                return b"", 0x6A82
            self.reset()
            self.application = True
            return b"", 0x9000
        if p1 != 0x02:
            return b"", 0x6A86
        file = int.from_bytes(body, "big")
        if not self.application or len(body) != 2 or file not in self.files:
            return b"", 0x6A82
        self.file = file
        return b"", 0x9000

    def read(self, p1, p2, body, expected):
        if p1 & 0x80:
            return b"", 0x6A86
        if self.file is None:
            return b"", 0x6986
        content = self.files[self.file]
        if content is None:
            return b"", 0x6982
        if body or expected is None:
            return b"", 0x6700
        left = content[p1 << 8 | p2:]
        if not left:
            return b"", 0x6B00
        if expected > len(left):
            return b"", 0x6C00 | len(left)
        return left[:expected], 0x9000

    def verify(self, p1, p2, body, expected):
        if (p1, p2) != (0x00, 0x80):
            return b"", 0x6A86
        if self.file != 0x0018:
            return b"", 0x6A88
        if expected is not None:
            return b"", 0x6700
        if not body:
            return b"", 0x63C0 | self.tries
        self.verified = False
        if self.tries == 0:
            return b"", 0x6983
        if body != self.pin:
            self.tries -= 1
            return b"", 0x63C0 | self.tries
        self.tries = TRIES
        self.verified = True
        return b"", 0x9000

    def sign(self, p1, p2, body, expected):
        if (p1, p2) != (0x00, 0x80):
            return b"", 0x6A86
        if self.file != 0x0017:
            return b"", 0x6985
        if not self.verified:
            return b"", 0x6982
        if expected != 256 or not body:
            return b"", 0x6700
        if not body.startswith(SHA256_PREFIX) or len(body) != len(SHA256_PREFIX) + 32:
            return b"", 0x6A80
        return self.key.sign(body), 0x9000


class Log:
    """What was asked, without what was said."""

    def __init__(self, folder):
        self.file = open(folder / "apdus.jsonl", "a", encoding="ascii", buffering=1)
        self.count = 0

    def note(self, apdu, status):
        self.count += 1
        ins, p1, p2 = (f"{byte:02X}" for byte in apdu[1:4].ljust(3, b"\x00"))
        line = {"n": self.count, "ins": ins, "p1": p1, "p2": p2, "sw": f"{status:04X}"}
        self.file.write(json.dumps(line) + "\n")


def receive(line, length):
    """So many bytes, or none when vpcd has gone."""
    data = b""
    while len(data) < length:
        if sys.platform == "linux":
            # vpcd writes a frame in two pieces: a delayed ACK between them would cost 40 ms an APDU.
            line.setsockopt(socket.IPPROTO_TCP, 12, 1)
        piece = line.recv(length - len(data))
        if not piece:
            return None
        data += piece
    return data


def serve(line, card, log):
    """Speaks vpcd's protocol until vpcd goes away."""
    while (head := receive(line, 2)) is not None:
        data = receive(line, struct.unpack(">H", head)[0])
        if data is None:
            return
        if data in (b"\x00", b"\x01", b"\x02"):
            card.reset()
            continue
        if data == b"\x04":
            reply = contactless_atr()
        else:
            body, status = card.answer(data)
            log.note(data, status)
            reply = body + struct.pack(">H", status)
        line.sendall(struct.pack(">H", len(reply)) + reply)


def connect(address):
    host, _, port = address.rpartition(":")
    until = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=None)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                sys.exit(f"stranger_card: no vpcd listens at {address}")
            time.sleep(0.05)


def self_test(folder):
    """Asks the card, and lets openssl judge what it signs."""
    issue(folder)
    card, log = Card(folder, "1234"), Log(folder)
    checks = 0

    def ask(apdu, wanted):
        nonlocal checks
        apdu = bytes.fromhex(apdu)
        body, status = card.answer(apdu)
        log.note(apdu, status)
        assert status == wanted, f"{apdu[:4].hex()}: {status:04X}, wanted {wanted:04X}"
        checks += 1
        return body

    digest_info = (SHA256_PREFIX + hashlib.sha256(b"hello").digest()).hex()
    sign = f"802A008033{digest_info}00"
    ask("00A4020C02000A", 0x6A82)
    ask("00A4040C0A" + JPKI.hex(), 0x9000)
    ask("00A4020C020006", 0x9000)
    assert ask("00B0000020", 0x9000) == b"JPKIAPICCTOKEN2".ljust(32)
    ask("00B0000000", 0x6CA0)
    ask("00A4020C02000A", 0x9000)
    ask("00B000000007D0", 0x6700)
    ask("00B0810004", 0x6A86)
    certificate = b""
    size = 4 + int.from_bytes(ask("00B0000004", 0x9000)[2:], "big")
    while len(certificate) < size:
        want = min(256, size - len(certificate))
        certificate += ask(f"00B0{len(certificate):04X}{want & 0xFF:02X}", 0x9000)
    assert certificate == (folder / "leaf.der").read_bytes()
    ask(f"00B0{size:04X}00", 0x6C00 | len(FILLER))
    ask("00A4020C020017", 0x9000)
    ask(sign, 0x6982)
    ask("00A4020C020018", 0x9000)
    for apdu, wanted in [("00200080", 0x63C3), ("002000800430303030", 0x63C2), ("00200080", 0x63C2),
                         ("002000800431323334", 0x9000), ("00200080", 0x63C3)]:
        ask(apdu, wanted)
    ask("00A4020C020017", 0x9000)
    (folder / "signature").write_bytes(ask(sign, 0x9000))
    (folder / "message").write_bytes(b"hello")
    (folder / "leaf.pub").write_bytes(openssl("x509", "-in", folder / "leaf.crt", "-noout", "-pubkey"))
    openssl("dgst", "-sha256", "-verify", folder / "leaf.pub", "-signature", folder / "signature", folder / "message")
    openssl("verify", "-x509_strict", "-CAfile", folder / "ca.pem", folder / "leaf.crt")
    card.reset()
    ask("00A4040C0A" + JPKI.hex(), 0x9000)
    ask("00A4020C020017", 0x9000)
    ask(sign, 0x6982)
    ask("00A4020C020018", 0x9000)
    for wanted in (0x63C2, 0x63C1, 0x63C0, 0x6983):
        ask("002000800430303030", wanted)
    ask("002000800431323334", 0x6983)
    lines = (folder / "apdus.jsonl").read_text().splitlines()
    assert len(lines) == checks and not any("31323334" in line for line in lines)
    print(f"self-test: {checks} APDUs answered as they should be, signature and chain verified by openssl")


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--connect", metavar="HOST:PORT", help="the vpcd")
    words.add_argument("--dir", type=pathlib.Path, help="the folder of the card's certificates and log")
    words.add_argument("--pin", default="1234")
    words.add_argument("--self-test", action="store_true")
    given = words.parse_args()
    if given.self_test:
        with tempfile.TemporaryDirectory() as folder:
            self_test(pathlib.Path(folder))
        return
    if not given.connect or not given.dir:
        words.error("--connect and --dir are needed")
    given.dir.mkdir(parents=True, exist_ok=True)
    folder = given.dir.resolve()
    issue(folder)
    card, log = Card(folder, given.pin), Log(folder)
    with connect(given.connect) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print("connected", flush=True)
        serve(line, card, log)


if __name__ == "__main__":
    main()
