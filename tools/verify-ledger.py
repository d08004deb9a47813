#!/usr/bin/env python3
"""Checks a Mailkeep ledger, or takes the mail out of one, without Mailkeep.

    verify-ledger.py LEDGER [--verifier FILE|KEY] [--since FILE] [--save-checkpoint FILE] [--json]
    verify-ledger.py extract LEDGER DIRECTORY [--age PROGRAM]

Written from docs/formats/ledger.md, docs/formats/keys.md and docs/formats/release.md alone ("§" below is a paragraph of ledger.md; but for §11), not from
Mailkeep's own code, so that the two check each other. Needs Python 3.11 and nothing else; `extract` also needs the `age` program.

Checking needs no key, changes nothing, and may run while a server appends. What it reads is trusted in nothing: every number is bounded by what is there.
Exit status: 0 whole; 1 damaged (or, of `extract`, not everything could be extracted); 2 wrong usage, or something cannot be read.
"""

import argparse
import base64
import binascii
import functools
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
import zlib
from typing import BinaryIO, Iterator, NamedTuple

CHUNK = 1 << 20
SHOWN_MAX = 10_000  # Findings that are listed; more are only counted.


class Unusable(Exception):
    """What keeps this program from doing what it was asked: exit status 2."""


# --- Ed25519 signatures: RFC 8032 §5.1 ------------------------------------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
IDENTITY = (0, 1, 1, 0)  # Extended homogeneous coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, xy = T/Z: RFC 8032 §5.1.4.


def point_add(a, b):
    """RFC 8032 §5.1.4; it is complete, so that it doubles as well."""
    r = (a[1] - a[0]) * (b[1] - b[0]) % P
    s = (a[1] + a[0]) * (b[1] + b[0]) % P
    t = 2 * a[3] * b[3] * D % P
    z = 2 * a[2] * b[2] % P
    e, f, g, h = s - r, z - t, z + t, s + r
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_decode(encoded: bytes):
    """RFC 8032 §5.1.3; None if these bytes are no point."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if len(encoded) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (v * x * x - u) % P != 0 or (x == 0 and sign == 1):
        return None
    if x % 2 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def point_encode(point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def doublings(point) -> list:
    """The point times 1, 2, 4, …, 2^255: multiplying by a number is then adding those whose bits are set."""
    table = [point]
    while len(table) < 256:
        table.append(point_add(table[-1], table[-1]))
    return table


def multiply_add(scalar: int, table: list, start=IDENTITY):
    for power in table:
        if scalar & 1:
            start = point_add(start, power)
        scalar >>= 1
    return start


BASE = doublings(point_decode(bytes.fromhex("58" + "66" * 31)))


class Ed25519Key:
    """A public key; `verify` is RFC 8032 §5.1.7, with S below the order and R compared as it is encoded."""

    def __init__(self, public: bytes):
        self.public = public
        point = point_decode(public)
        if point is None:
            raise Unusable("the public key is no point of the curve")
        # -A: so that R = SB - kA is a sum.
        self._table = doublings((P - point[0], point[1], 1, P - point[3]))

    def verify(self, message: bytes, signature: bytes) -> bool:
        s = int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or s >= ORDER:
            return False
        k = int.from_bytes(hashlib.sha512(signature[:32] + self.public + message).digest(), "little") % ORDER
        return point_encode(multiply_add(k, self._table, multiply_add(s, BASE))) == signature[:32]


def public_key_of(seed: bytes) -> bytes:
    """RFC 8032 §5.1.5."""
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & (1 << 254) - 8 | 1 << 254
    return point_encode(multiply_add(scalar, BASE))


# --- Records: §2 ----------------------------------------------------------------------------------------------------------------------------------------

HEAD_BYTES = 128
PRESENT, DROPPED, ELSEWHERE = 1, 2, 3
MAIL, JOURNAL, SLOT, RELEASE, ADDED_DIGESTS = 1, 2, 3, 4, 7
DIGESTS = {1: ("sha256", 32), 2: ("sha512", 64)}
RECORD_MAGIC = b"MKr"
NUMBER_MAX = 2**53 - 1


class Head(NamedTuple):
    state: int
    kind: int
    algorithm: str
    seq: int
    time: int
    length: int
    account: bytes
    digest: bytes
    leaf: bytes
    header: bytes

    @property
    def stored(self) -> int:
        """How many bytes follow the head."""
        return {PRESENT: self.length, DROPPED: 0, ELSEWHERE: 16}[self.state]

    @property
    def length_max(self) -> int:
        return {MAIL: 2**31 - 1, SLOT: 64 << 10}.get(self.kind, 16 << 20)


def number(data: bytes, offset: int, size: int = 8) -> int:
    return int.from_bytes(data[offset : offset + size], "big")


def parse_head(head: bytes, states=(PRESENT, DROPPED)) -> Head | None:
    """None for whatever §2 says that a reader rejects, but for account and sequence number, which the caller knows."""
    if len(head) != HEAD_BYTES or head[:3] != RECORD_MAGIC or head[3] not in states:
        return None
    header = head[8:]
    if number(head, 4, 4) != zlib.crc32(head[3:4] + header):
        return None
    if head[8] != 1 or not 1 <= head[9] <= 7 or head[10] not in DIGESTS:
        return None
    algorithm, digest_bytes = DIGESTS[head[10]]
    if any(head[11:16]) or any(head[56 + digest_bytes :]):
        return None
    seq, time, length = number(head, 16), number(head, 24), number(head, 32)
    if max(seq, time, length) > NUMBER_MAX:
        return None
    leaf = hashlib.sha256(b"\0" + header).digest()  # §6
    return Head(head[3], head[9], algorithm, seq, time, length, head[40:56], head[56 : 56 + digest_bytes], leaf, header)


def payload_chunks(file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    while length > 0:
        chunk = os.pread(file.fileno(), min(length, CHUNK), offset)
        if not chunk:
            return
        yield chunk
        offset, length = offset + len(chunk), length - len(chunk)


def payload_is_intact(file: BinaryIO, offset: int, head: Head) -> bool:
    digest = hashlib.new(head.algorithm)
    for chunk in payload_chunks(file, offset, head.length):
        digest.update(chunk)
    return digest.digest() == head.digest


# --- Segments: §3 ---------------------------------------------------------------------------------------------------------------------------------------

SEGMENT_MAGIC = bytes.fromhex("4d4b736567000001")
SEGMENT_NAME = re.compile(r"[0-9a-f]{16}\.seg")


class Record(NamedTuple):
    """A record with a whole head, all of whose payload bytes are there."""

    path: str
    segment: int
    offset: int
    head: Head
    intact: bool
    at_end: bool  # It is the last thing in the last segment.
    dropped_before: int  # Bytes of payloads that were dropped before it from this segment.

    @property
    def end(self) -> int:
        return self.offset + HEAD_BYTES + self.head.stored

    @property
    def written_end(self) -> int:
        """Where it ended when nothing was dropped yet: what checkpoints say (§7)."""
        return self.offset + HEAD_BYTES + self.dropped_before + self.head.length


class Gap(NamedTuple):
    """Bytes that are not the record that belongs there, or records [first, next) that are not there at all."""

    place: "Place"
    first: int
    next: int


class Tail(NamedTuple):
    """Bytes after the last whole record of the last segment."""

    place: "Place"


class BadSegmentHead(NamedTuple):
    path: str
    first: int
    what: str


def segment_head_error(head: bytes, account: bytes, first: int, earlier: int) -> str | None:
    if head[:8] != SEGMENT_MAGIC or any(head[40:60]) or zlib.crc32(head[:60]) != number(head, 60, 4):
        return "the segment's head is damaged"
    if head[8:24] != account or number(head, 24) != first:
        return "the segment's head is that of another segment"
    if number(head, 32) != earlier:
        return f"the segment's head says that earlier segments have {number(head, 32)} bytes, and they have {earlier}"
    return None


def find_head(file: BinaryIO, offset: int, size: int, account: bytes, seq_min: int) -> tuple[int, int] | None:
    """The next place that looks like a record of this account with that number or a later one: offset and number."""
    while offset + HEAD_BYTES <= size:
        window = os.pread(file.fileno(), CHUNK + HEAD_BYTES, offset)
        at = window.find(RECORD_MAGIC)
        while 0 <= at < CHUNK:
            head = parse_head(window[at : at + HEAD_BYTES])
            if head is not None and head.account == account and head.seq >= seq_min:
                return offset + at, head.seq
            at = window.find(RECORD_MAGIC, at + 1)
        offset += CHUNK
    return None


def walk_log(directory: str, account: bytes, kinds=range(8)) -> Iterator[Record | Gap | Tail | BadSegmentHead]:
    """All that is in an account's segments, in order. Records come with increasing numbers; a jump is announced by a Gap. Payloads of other kinds than
    these are not read, and called intact."""
    names = sorted(filter(SEGMENT_NAME.fullmatch, list_directory(f"{directory}/segments")))
    expected = earlier = 0
    for position, name in enumerate(names):
        is_last = position == len(names) - 1
        first, path = int(name[:16], 16), f"{directory}/segments/{name}"
        dropped = 0
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            segment_head = os.pread(file.fileno(), 64, 0)
            if len(segment_head) == 64 or not is_last:
                error = segment_head_error(segment_head, account, first, earlier)
                if error is not None:
                    yield BadSegmentHead(path, first, error)
            if first > expected:
                yield Gap(Place(path, 0), expected, first)
                expected = first
            offset = min(64, size) if size >= 64 else 0
            while offset < size:
                head = parse_head(os.pread(file.fileno(), HEAD_BYTES, offset))
                if head is not None and head.account == account and head.seq == expected:
                    end = offset + HEAD_BYTES + head.stored
                    if end <= size:
                        unread = head.state == DROPPED or head.kind not in kinds
                        intact = unread or payload_is_intact(file, offset + HEAD_BYTES, head)
                        yield Record(path, first, offset, head, intact, is_last and end == size, dropped)
                        dropped += head.length if head.state == DROPPED else 0
                        expected, offset = expected + 1, end
                        continue
                found = find_head(file, offset + 1, size, account, expected)
                if found is None:
                    break
                yield Gap(Place(path, offset, found[0] - offset), expected, found[1])
                offset, expected = found
            if offset < size and is_last:
                yield Tail(Place(path, offset, size - offset))
            elif offset < size:
                following = max(expected, int(names[position + 1][:16], 16))
                yield Gap(Place(path, offset, size - offset), expected, following)
                expected = following
            earlier += size + dropped


# --- Merkle tree: §6, RFC 9162 §2.1 ---------------------------------------------------------------------------------------------------------------------


class MerkleTree:
    """The roots of the complete subtrees that the leaves so far consist of, the largest first."""

    def __init__(self):
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """The subtrees that this leaf completes, as (height, root); the leaf itself is the first."""
        completed = [(0, leaf)]
        self.size += 1
        while self._subtrees and self._subtrees[-1][0] == completed[-1][0]:
            height, left = self._subtrees.pop()
            completed.append((height + 1, hashlib.sha256(b"\1" + left + completed[-1][1]).digest()))
        self._subtrees.append(completed[-1])
        return completed

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256().digest()
        root = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        return root


# --- Checkpoints: §7, C2SP tlog-checkpoint and signed-note ----------------------------------------------------------------------------------------------

KEY_NAME = "mailkeep-ledger"
ENTRY_BYTES = 128


class Checkpoint(NamedTuple):
    size: int
    time: int
    root: bytes
    signature: bytes
    segment: int
    end: int


def parse_entry(entry: bytes) -> Checkpoint | None:
    if len(entry) != ENTRY_BYTES or zlib.crc32(entry[:124]) != number(entry, 124, 4):
        return None
    return Checkpoint(number(entry, 0), number(entry, 8), entry[16:48], entry[48:112], number(entry, 112), number(entry, 120, 4))


def checkpoint_text(account: bytes, size: int, root: bytes) -> str:
    """What is signed."""
    return f"mailkeep/{account.hex()}\n{size}\n{base64.b64encode(root).decode()}\n"


def key_id(public: bytes) -> bytes:
    return hashlib.sha256(KEY_NAME.encode() + b"\n\1" + public).digest()[:4]


def signed_note(account: bytes, size: int, root: bytes, signature: bytes, public: bytes) -> str:
    signed = base64.b64encode(key_id(public) + signature).decode()
    return f"{checkpoint_text(account, size, root)}\n— {KEY_NAME} {signed}\n"


def verifier_line(public: bytes) -> str:
    encoded = base64.b64encode(b"\1" + public).decode()
    return f"{KEY_NAME}+{key_id(public).hex()}+{encoded}"


def parse_verifier(text: str) -> bytes | None:
    """The public key of a verifier line."""
    found = re.fullmatch(r"mailkeep-ledger\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})\n?", text)
    if found is None:
        return None
    key = base64.b64decode(found[2])
    return key[1:] if key[0] == 1 and key_id(key[1:]).hex() == found[1] else None


class SavedCheckpoints(NamedTuple):
    public: bytes | None
    newest: dict[bytes, tuple[int, bytes]]


NOTE = re.compile(r"mailkeep/([0-9a-f]{32})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n— mailkeep-ledger ([A-Za-z0-9+/]{91}=)\n")


def parse_saved(text: str, key: Ed25519Key | None) -> SavedCheckpoints:
    """§9: an optional verifier line, then signed notes with empty lines between them. Raises Unusable if anything is not as it says."""
    first, _, rest = text.partition("\n")
    public = parse_verifier(first)
    if public is None:
        rest = text
    if key is None:
        if public is None:
            raise Unusable("the saved checkpoints come without their public key: give it with --verifier")
        key = Ed25519Key(public)
    newest: dict[bytes, tuple[int, bytes]] = {}
    position = 0
    while position < len(rest):
        if rest[position] == "\n":
            position += 1
            continue
        found = NOTE.match(rest, position)
        if found is None:
            raise Unusable(f"the saved checkpoints are damaged at {rest[position : position + 60]!r}")
        account, size, root = bytes.fromhex(found[1]), int(found[2]), base64.b64decode(found[3])
        signed = base64.b64decode(found[4])
        if signed[:4] != key_id(key.public) or not key.verify(checkpoint_text(account, size, root).encode(), signed[4:]):
            raise Unusable(f"the saved checkpoint of account {account.hex()} is not signed by this key")
        if size >= newest.get(account, (0, b""))[0]:
            newest[account] = (size, root)
        position = found.end()
    return SavedCheckpoints(public, newest)


# --- Added digests: §15 ---------------------------------------------------------------------------------------------------------------------------------

ADDED, OWN, GONE, NOT_INTACT, HEAD_UNREAD = 1, 2, 3, 4, 5


class DigestsPayload(NamedTuple):
    first: int
    chain: bytes
    said: bytes
    digests: bytes
    signed: bytes
    signature: bytes

    @property
    def end(self) -> int:
        return self.first + len(self.said)

    def added(self, seq: int) -> bytes | None:
        at = seq - self.first
        if not 0 <= at < len(self.said) or self.said[at] != ADDED:
            return None
        index = self.said[:at].count(ADDED)
        return self.digests[64 * index : 64 * index + 64]


def parse_digests(payload: bytes) -> DigestsPayload | None:
    if len(payload) < 145 or payload[:4] != b"\1\2\0\0":
        return None
    count, first = number(payload, 4, 4), number(payload, 8)
    said = payload[80 : 80 + count]
    end = 80 + count + 64 * said.count(ADDED)
    if not 1 <= count <= 1024 or first > NUMBER_MAX or len(payload) != end + 64 or not set(said) <= {1, 2, 3, 4, 5}:
        return None
    return DigestsPayload(first, payload[16:80], said, payload[80 + count : end], payload[:end], payload[end:])


class DigestsRecord(NamedTuple):
    seq: int
    place: "Place"
    first: int
    before: bytes | None  # The chain before; None if what said it cannot be read.


class AddedDigests:
    """The records of kind 7 of one log: found by a walk before everything else, and then compared with the records that they are about, in order."""

    def __init__(self, directory: str, account: bytes, key: Ed25519Key | None):
        self.wrong: list[tuple[int, Place]] = []
        self._records: list[DigestsRecord] = []
        self._open: list[tuple[DigestsRecord, DigestsPayload, object]] = []
        self._expected = 0
        chains = {0: bytes(64)}
        excused = False
        for item in walk_log(directory, account, {ADDED_DIGESTS}):
            if isinstance(item, Gap):
                excused = True
            if not isinstance(item, Record) or item.head.kind != ADDED_DIGESTS:
                continue
            if item.head.state == DROPPED or not item.intact or item.head.length > item.head.length_max:
                excused = True
                continue
            place = Place(item.path, item.offset + HEAD_BYTES, item.head.length)
            found = parse_digests(read_place(place))
            before = None if found is None else chains.get(found.first)
            if found is None or found.end > item.head.seq or not self._is_signed(found, account, key) or (before is None and not excused):
                self.wrong.append((item.head.seq, place))
                continue
            chains[found.end] = found.chain
            self._records.append(DigestsRecord(item.head.seq, place, found.first, before))
        self._records.sort(key=lambda record: record.first)

    @staticmethod
    def _is_signed(found: DigestsPayload, account: bytes, key: Ed25519Key | None) -> bool:
        digest = base64.b64encode(hashlib.sha512(found.signed).digest()).decode()
        return key is None or key.verify(f"mailkeep-digests/{account.hex()}\nsha512\n{digest}\n".encode(), found.signature)

    def next(self, seq: int, head: Head | None) -> bytes | None:
        """Of each record in order, None if its head cannot be read: the digest that was added for its payload."""
        if seq != self._expected:  # Records of which nothing is known were passed over.
            self._open = []
        self._expected = seq + 1
        while self._records and self._records[0].first <= seq:
            record = self._records.pop(0)
            found = parse_digests(read_place(record.place))
            if record.first == seq and found is not None:
                self._open.append((record, found, None if record.before is None else hashlib.sha512(record.before)))
        digest = None
        still_open = []
        for record, found, chain in self._open:
            said = found.said[seq - found.first]
            if head is None and said != HEAD_UNREAD:
                chain = None
            if chain is not None:
                chain.update(bytes(120) if said == HEAD_UNREAD else head.header)
            is_wrong = head is not None and said != HEAD_UNREAD and (said == OWN) != (head.algorithm == "sha512")
            if seq + 1 == found.end:
                is_wrong = is_wrong or (chain is not None and chain.digest() != found.chain)
            else:
                still_open.append((record, found, chain))
            if is_wrong:
                self.wrong.append((record.seq, record.place))
            digest = found.added(seq) or digest
        self._open = still_open
        return digest


def read_place(place: "Place") -> bytes:
    with open(place.path, "rb") as file:
        return os.pread(file.fileno(), place.length, place.offset)


# --- Commit journal: §4 ---------------------------------------------------------------------------------------------------------------------------------

BLOCK = 4096
JOURNAL_MAGIC = bytes.fromhex("4d4b6a6c00000001")
GROUP_MAGIC = bytes.fromhex("4d4b6763")


class JournalRecord(NamedTuple):
    account: bytes
    seq: int
    leaf: bytes
    large: tuple[str, Head] | None  # Name in incoming/, and the head.


class JournalLog:
    """The records that the journal holds of one account: `first` up to `end`."""

    def __init__(self, first: int):
        self.first = first
        self.leaves = bytearray()
        self.large: dict[int, tuple[str, Head]] = {}

    @property
    def end(self) -> int:
        return self.first + len(self.leaves) // 32

    def leaf(self, seq: int) -> bytes | None:
        at = (seq - self.first) * 32
        return bytes(self.leaves[at : at + 32]) if self.first <= seq < self.end else None


def read_group(file: BinaryIO, offset: int, size: int, generation: int, salt: bytes) -> tuple[int, int, list[JournalRecord]] | None:
    """The group that begins there, if it is valid: its number, its length and its records."""
    head = os.pread(file.fileno(), 64, offset)
    if len(head) < 64 or head[:4] != GROUP_MAGIC or number(head, 8) != generation or head[24:32] != salt:
        return None
    position, end = offset + 64, offset + 64 + number(head, 4, 4)
    digest = hashlib.sha256(head[:32])
    records = []
    if end > size or end == position:
        return None
    while position < end:
        encoded = os.pread(file.fileno(), HEAD_BYTES, position)
        record = parse_head(encoded, (PRESENT, ELSEWHERE))
        if record is None or position + HEAD_BYTES + record.stored > end:
            return None
        digest.update(encoded)
        position += HEAD_BYTES
        large = None
        if record.state == ELSEWHERE:
            name = os.pread(file.fileno(), 16, position)
            digest.update(name)
            large = (name.hex(), record)
        elif not payload_is_intact(file, position, record):
            return None
        records.append(JournalRecord(record.account, record.seq, record.leaf, large))
        position += record.stored
    return (number(head, 16), end - offset, records) if digest.digest() == head[32:64] else None


class JournalFile:
    """One file: what its head says, or, if that is damaged, the group in its first block (§4, Damage)."""

    def __init__(self, path: str):
        self.path = path
        self.file = open(path, "rb")
        self.size = os.fstat(self.file.fileno()).st_size
        head = os.pread(self.file.fileno(), 64, 0)
        self.has_head = len(head) == 64 and head[:8] == JOURNAL_MAGIC and zlib.crc32(head[:60]) == number(head, 60, 4)
        self.generation, self.salt = (number(head, 8), head[16:24]) if self.has_head else (0, b"")

    def take_from_first_group(self, other_generation: int) -> None:
        head = os.pread(self.file.fileno(), 64, BLOCK)
        generation, salt = number(head, 8), head[24:32]
        group = read_group(self.file, BLOCK, self.size, generation, salt)
        if group is not None and group[0] == 0 and abs(generation - other_generation) == 1:
            self.generation, self.salt = generation, salt

    def was_cut(self) -> bool:
        return self.has_head and os.pread(self.file.fileno(), 24, 0)[8:24] != self.generation.to_bytes(8, "big") + self.salt

    def groups(self) -> Iterator[list[JournalRecord] | tuple[int, int]]:
        """The records of each valid group; then, if groups are damaged that valid ones follow, the bytes (from, to) of the damaged ones."""
        offset, expected = BLOCK, 0
        while (group := read_group(self.file, offset, self.size, self.generation, self.salt)) is not None:
            if group[0] != expected:
                break
            yield group[2]
            offset, expected = offset + -(-group[1] // BLOCK) * BLOCK, expected + 1
        for later in range(offset + BLOCK, self.size, BLOCK):
            group = read_group(self.file, later, self.size, self.generation, self.salt)
            if group is not None and group[0] > expected:
                yield offset, later
                return


class Journal:
    def __init__(self, ledger: str, report: "Report | None"):
        self.logs: dict[bytes, JournalLog] = {}
        # A file that is cut while it is read shows old groups behind a new one: it is read again.
        while not self._read(ledger, report):
            self.logs.clear()

    def _read(self, ledger: str, report: "Report | None") -> bool:
        files = []
        damaged = []
        for name in ("0", "1"):
            path = f"{ledger}/journal/{name}"
            try:
                files.append(JournalFile(path))
            except FileNotFoundError:
                if report is not None:
                    report.note("journal", "this file of the commit journal is not there: it can hold nothing", Place(path))
        for file in files:
            others = [other for other in files if other is not file and other.has_head]
            if not file.has_head and others:
                file.take_from_first_group(others[0].generation)
            if not file.has_head and report is not None:
                report.note("journal", "the head is not valid: it was being cut, or is replayed by its first group", Place(file.path, 0, 64))
        for file in sorted((file for file in files if file.salt), key=lambda file: file.generation):
            for group in file.groups():
                if isinstance(group, tuple):
                    damaged.append((file.path, *group))
                else:
                    damaged.extend((file.path, BLOCK, 0) for record in group if not self._take(record))
            if file.was_cut():
                return False
        if report is not None:
            for path, start, end in damaged:
                what = "groups are damaged, and valid ones follow" if end else "its records do not continue each other"
                report.damage("journal", f"{what}: records that were acknowledged may be lost", Place(path, start, max(end - start, 0)))
        for file in files:
            file.file.close()
        return True

    def _take(self, record: JournalRecord) -> bool:
        log = self.logs.setdefault(record.account, JournalLog(record.seq))
        if record.seq != log.end:
            return False
        log.leaves += record.leaf
        if record.large is not None:
            log.large[record.seq] = record.large
        return True


# --- Parity: §11 ----------------------------------------------------------------------------------------------------------------------------------------

PARITY_MAGIC = bytes.fromhex("4d4b706172000001")
PARITY_NAME = re.compile(r"[0-9a-f]{16}\.par")
BLOCK = 4096
PAGE_CONTENT = 4080


def field_product(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = (a << 1) ^ (0x11D if a & 0x80 else 0), b >> 1
    return product


@functools.cache
def multiples_of_inverse(a: int) -> bytes:
    """Of the inverse of `a`, for `bytes.translate`."""
    inverse = next(b for b in range(1, 256) if field_product(a, b) == 1)
    return bytes(field_product(inverse, byte) for byte in range(256))


class ParityFile:
    """What can be said of a parity file; `faults` are what is wrong with it, as (what, offset, length)."""

    def __init__(self, file: BinaryIO, account: bytes, first: int):
        self.file, self.account, self.first = file, account, first
        self.size = os.fstat(file.fileno()).st_size

    def _block(self, offset: int) -> bytes:
        return os.pread(self.file.fileno(), BLOCK, offset).ljust(BLOCK, b"\0") if offset >= 0 else bytes(BLOCK)

    def _page(self, offset: int, page: int) -> bytes | None:
        block = self._block(offset)
        ends = block[PAGE_CONTENT:-4] == self.first.to_bytes(8, "big") + page.to_bytes(4, "big")
        return block[:PAGE_CONTENT] if ends and zlib.crc32(self.account + block[:-4]) == number(block, BLOCK - 4, 4) else None

    def _read_head(self) -> bool:
        page = self._page(0, 0) or self._page(self.size - BLOCK, 0)
        if page is None or page[:8] != PARITY_MAGIC or page[8:24] != self.account or number(page, 24) != self.first or any(page[88:128]):
            return False
        self.length, size, sections, stripes, parity = number(page, 32), *(number(page, at, 4) for at in (40, 44, 48, 52))
        if size != BLOCK or not 0 < self.length <= 2**33:
            return False
        self.blocks = -(-self.length // BLOCK)
        if not 0 < sections <= self.blocks:
            return False
        largest = -(-self.blocks // sections)
        if not 0 < stripes <= min(5120, largest) or not 0 < parity <= 16 or -(-largest // stripes) + parity > 256:
            return False
        self.sections, self.stripes, self.parity, self.digest = sections, stripes, parity, page[56:88]
        self.count = sections * stripes * parity
        self.pages = -(-(128 + 4 * (self.blocks + self.count)) // PAGE_CONTENT)
        return True

    def faults(self, segment: BinaryIO | None) -> Iterator[tuple[str, int, int]]:
        if not self._read_head():
            yield "neither copy of its head can be used", 0, self.size
            return
        whole = (2 * self.pages + self.count) * BLOCK
        if self.size != whole:
            yield f"it has {self.size} bytes and not {whole}", min(self.size, whole), abs(self.size - whole)
        description = b""
        for number_of in range(self.pages):
            places = number_of * BLOCK, whole - (number_of + 1) * BLOCK
            copies = [self._page(place, number_of) for place in places]
            for place, copy in zip(places, copies):
                if copy is None:
                    yield f"page {number_of} is damaged", place, BLOCK
            description += copies[0] or copies[1] or bytes(PAGE_CONTENT)
        checksums = [number(description, 128 + 4 * at, 4) for at in range(self.blocks + self.count)]
        for at in range(self.count):
            offset = (self.pages + at) * BLOCK
            if zlib.crc32(self._block(offset)) != checksums[self.blocks + at]:
                yield "a parity block is damaged", offset, BLOCK
        if segment is not None:
            yield from self._faults_beside(segment, checksums)

    def _faults_beside(self, segment: BinaryIO, checksums: list[int]) -> Iterator[tuple[str, int, int]]:
        """Of the segment: every block, its digest, and of one codeword of each section that its parity is the one that the code gives."""

        def block_of(at: int) -> bytes:
            return os.pread(segment.fileno(), min(BLOCK, self.length - at * BLOCK), at * BLOCK).ljust(BLOCK, b"\0")

        hashed = hashlib.sha256()
        others = 0
        for at in range(self.blocks):
            block = block_of(at)
            hashed.update(block[: min(BLOCK, self.length - at * BLOCK)])
            others += zlib.crc32(block) != checksums[at]
        if others or hashed.digest() != self.digest:
            yield f"{others} of {self.blocks} blocks of the segment are not those that it was made of", 0, self.size
            return
        for section in range(self.sections):
            start, end = section * self.blocks // self.sections, (section + 1) * self.blocks // self.sections
            stripe = self.first % self.stripes
            data = [block_of(at) for at in range(start + stripe, end, self.stripes)]
            for row in range(self.parity):
                offset = (self.pages + (section * self.parity + row) * self.stripes + stripe) * BLOCK
                if self._combined(data, row) != self._block(offset):
                    yield "a parity block is not what the code gives", offset, BLOCK

    @staticmethod
    def _combined(data: list[bytes], row: int) -> bytes:
        total = 0
        for at, block in enumerate(data):
            total ^= int.from_bytes(block.translate(multiples_of_inverse(at ^ (255 - row))), "big")
        return total.to_bytes(BLOCK, "big")


# --- What was found -------------------------------------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    path: str
    offset: int | None = None
    length: int = 0


class Report:
    """Damage makes the exit status 1. A note does not: it says what a reader should know, and what the format allows."""

    def __init__(self, ledger: str, as_json: bool):
        self._prefix = ledger.rstrip("/") + "/"
        self._as_json = as_json
        self.counts = {"accounts": 0, "records": 0, "payloadBytes": 0, "dropped": 0, "upgraded": 0, "checkpoints": 0, "unsettled": 0}
        self.damaged = self.noted = 0
        self._findings: list[dict] = []
        self._notes: list[dict] = []

    def damage(self, code: str, what: str, place: "Place", account=None, records: tuple[int, int] | None = None, derived=False):
        """`derived`: the file can be made again from the segments. `records` are the first that it is about, and the next after those."""
        self.damaged += 1
        self._add(self._findings, self.damaged, "DAMAGED", code, what, place, account, records, derived)

    def note(self, code: str, what: str, place: "Place", account=None, records: tuple[int, int] | None = None):
        self.noted += 1
        self._add(self._notes, self.noted, "note   ", code, what, place, account, records, None)

    def _add(self, to, count, word, code, what, place, account, records, derived):
        if count > SHOWN_MAX:
            return
        file, name = place.path.removeprefix(self._prefix), None if account is None else account.hex()
        numbers = None if records is None else {"from": records[0], "to": records[1]}
        entry = {"code": code, "file": file, "offset": place.offset, "length": place.length, "account": name, "records": numbers, "what": what}
        if derived is not None:
            entry["derived"] = derived
        if self._as_json:
            to.append(entry)
            return
        where = "" if place.offset is None else f", byte {place.offset}" + (f" to {place.offset + place.length - 1}" if place.length else "")
        which = "" if records is None or records[0] >= records[1] else f", record {records[0]}"
        if which and records[0] + 1 < records[1]:
            which = f", records {records[0]} to {records[1] - 1}"
        owner = "" if account is None else f" (account {name}{which})"
        print(f"{word} {file}{where}{owner}: {what}{' (can be made again)' if derived else ''}", flush=True)

    def finish(self) -> int:
        if self._as_json:
            result = {"whole": self.damaged == 0, **self.counts, "damaged": self.damaged, "findings": self._findings, "notes": self._notes}
            print(json.dumps(result, indent=2))
        else:
            counts = self.counts
            print(
                f"{counts['accounts']} logs, {counts['records']} records, {counts['payloadBytes']} bytes of payload, {counts['checkpoints']} checkpoints."
            )
            if counts["dropped"]:
                print(f"The payloads of {counts['dropped']} records were dropped: their owners' logs said that they may be.")
            if counts["upgraded"]:
                print(f"{counts['upgraded']} payloads have a second, stronger digest, too.")
            if counts["unsettled"]:
                print(f"{counts['unsettled']} records are in the commit journal alone: they will be in the segments at the next start.")
            more = f", of which the first {SHOWN_MAX} are listed" if self.damaged > SHOWN_MAX else ""
            print("Everything is as it was signed." if self.damaged == 0 else f"DAMAGED: {self.damaged} findings{more}.")
        return 0 if self.damaged == 0 else 1


# --- Dropped payloads: release.md -----------------------------------------------------------------------------------------------------------------------

RELEASE_RANGES_MAX = 65_536


def parse_release(payload: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
    """What is released and what is kept, as inclusive ranges; None for bytes that are no release (§1)."""
    if len(payload) < 16 or payload[:4] != b"\1\0\0\0" or any(payload[12:16]):
        return None
    counts = (number(payload, 4, 4), number(payload, 8, 4))
    if not 0 < sum(counts) <= RELEASE_RANGES_MAX or len(payload) != 16 + 16 * sum(counts):
        return None
    ranges = [(number(payload, at), number(payload, at + 8)) for at in range(16, len(payload), 16)]
    both = ranges[: counts[0]], ranges[counts[0] :]
    for some in both:
        after = -2
        for first, last in some:
            if not after + 1 < first <= last <= NUMBER_MAX:
                return None
            after = last
    merged = sorted(ranges)
    if any(a[1] >= b[0] for a, b in zip(merged, merged[1:])):
        return None
    return both


def read_payload(record: "Record") -> bytes:
    with open(record.path, "rb") as file:
        return os.pread(file.fileno(), record.head.length, record.offset + HEAD_BYTES)


def was_dropped_since(record: "Record", account: bytes) -> bool:
    """A ledger that runs may have replaced the segment while it was read, and overwritten the old one."""
    with open(record.path, "rb") as file:
        size, offset, seq = os.fstat(file.fileno()).st_size, 64, record.segment
        while offset + HEAD_BYTES <= size:
            head = parse_head(os.pread(file.fileno(), HEAD_BYTES, offset))
            if head is None or head.account != account or head.seq != seq:
                return False
            if seq == record.head.seq:
                return head.state == DROPPED and head.leaf == record.head.leaf
            offset, seq = offset + HEAD_BYTES + head.stored, seq + 1
    return False


class Drops:
    """§2: only mail that the log released at some time may be without its payload; of a destroyed account, anything."""

    def __init__(self, is_destroyed: bool):
        self.is_destroyed = is_destroyed
        self._is_known = True  # All release records so far could be read.
        self._mail: list[int] = []
        self._others: list[int] = []
        self._released: list[tuple[int, int]] = []

    def dropped(self, head: Head) -> None:
        (self._mail if head.kind == MAIL else self._others).append(head.seq)

    def release(self, payload: bytes | None) -> None:
        if payload is None:
            self._is_known = False
            return
        release = parse_release(payload)
        if release is not None:
            self._released += release[0]

    def unreleased(self) -> Iterator[tuple[int, int]]:
        if self.is_destroyed:
            return
        wrong = list(self._others)
        if self._is_known:
            released, at, end = sorted(self._released), 0, -1
            for seq in self._mail:
                while at < len(released) and released[at][0] <= seq:
                    end, at = max(end, released[at][1]), at + 1
                if seq > end:
                    wrong.append(seq)
        wrong.sort()
        while wrong:
            count = next((i for i in range(1, len(wrong)) if wrong[i] != wrong[0] + i), len(wrong))
            yield wrong[0], wrong[0] + count
            wrong = wrong[count:]


# --- One account ----------------------------------------------------------------------------------------------------------------------------------------


def open_optional(path: str) -> BinaryIO | None:
    try:
        return open(path, "rb")
    except FileNotFoundError:
        return None


def list_directory(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except FileNotFoundError:
        return []


def last_checkpoint_size(path: str) -> int:
    """How many records the newest entry covers that is not damaged."""
    file = open_optional(path)
    if file is None:
        return 0
    with file:
        count = os.fstat(file.fileno()).st_size // ENTRY_BYTES
        for index in range(count - 1, max(count - 1000, -1), -1):
            entry = parse_entry(os.pread(file.fileno(), ENTRY_BYTES, index * ENTRY_BYTES))
            if entry is not None:
                return entry.size
    return 0


class AccountCheck:
    """Reads one log from its first record to its last, and everything that is said about it beside.

    Three numbers decide what is damage. Below `covered`, the newest checkpoint when the reading began, everything must be there. From `journal.first` on
    (the F of §4) nothing in the account's files need be whole, because replay writes it again from the commit journal. What is below neither is being written."""

    def __init__(self, ledger: str, directory: str, account: bytes, report: Report, key: Ed25519Key | None, journal: JournalLog | None, since):
        self.ledger, self.directory, self.account, self.report, self.key = ledger, directory, account, report, key
        self.journal = journal
        self.since: tuple[int, bytes] | None = since
        self.tree = MerkleTree()
        self.tree_known = True  # All leaves so far are known.
        self.covered = 0
        self.newest: Checkpoint | None = None  # Signed, and with the root of what is there.
        self.doubtful_end: int | None = None  # So many records are in the segments, and it is doubtful whether that can be.

    def damage(self, code: str, what: str, place: Place, first=None, next=None, derived=False) -> None:
        self.report.damage(code, what, place, self.account, None if first is None else (first, next), derived)

    def wrong(self, code: str, what: str, place: Place, first: int, next: int, derived=False) -> None:
        """What is wrong at a record is damage, unless replay mends it."""
        mended = next + 1 if self.journal is None else self.journal.first
        if first < mended:
            self.damage(code, what, place, first, min(next, mended), derived)
        if first >= mended or next > mended:
            what += "; the commit journal holds what belongs there, the next start writes it again"
            self.report.note(code, what, place, self.account, (max(first, mended), next))

    def holds(self, seq: int) -> bool:
        return self.journal is not None and self.journal.first <= seq < self.journal.end

    def run(self) -> None:
        paths = [f"{self.directory}/checkpoints", f"{self.directory}/slots"]
        self._checkpoints, self._slots = (open_optional(path) for path in paths)
        self._trees: dict[int, BinaryIO | None] = {}
        self._entries = 0 if self._checkpoints is None else os.fstat(self._checkpoints.fileno()).st_size // ENTRY_BYTES
        self.covered = last_checkpoint_size(paths[0])
        self._entry, self._awaited, self._signed, self._torn = 0, None, 0, None
        self._slots_at, self._slots_wrong, self._lost = 0, False, False
        self._tree_wrong: list | None = None
        self._root_wrong = False
        self._last: Record | None = None
        self._last_time = 0
        self._digests = AddedDigests(self.directory, self.account, self.key)
        self._drops = Drops(os.path.exists(f"{self.directory}/destroyed"))
        try:
            self._next_checkpoint()
            self._read()
        finally:
            for file in [self._checkpoints, self._slots, *self._trees.values()]:
                if file is not None:
                    file.close()

    def _read(self) -> None:
        tail = None
        for item in walk_log(self.directory, self.account):
            if isinstance(item, BadSegmentHead):
                self.wrong("segment-head", item.what, Place(item.path, 0, 64), item.first, item.first + 1, True)
            elif isinstance(item, Gap):
                what = "no record where these should be" if item.next > item.first else "bytes that belong to no record"
                if item.place.length == 0:
                    what = "records are missing before this segment"
                self.wrong("records", what, item.place, item.first, item.next)
                self._fill(item.next)
                self._lost = True
                self._drops.release(None)
            elif isinstance(item, Tail):
                tail = item
            elif not item.intact and item.at_end and item.head.seq >= self.covered and not self.holds(item.head.seq):
                tail = Tail(Place(item.path, item.offset, item.end - item.offset))
            else:
                self._record(item)
        in_segments = self.tree.size
        if tail is not None and in_segments >= self.covered:
            what = "bytes after the last record, which is being written or was never acknowledged"
            self.report.note("tail", what, tail.place, self.account)
        self._from_journal(in_segments)
        self._finish(in_segments, tail)

    def _record(self, record: Record) -> None:
        head, counts = record.head, self.report.counts
        place = (Place(record.path, record.offset, record.end - record.offset), head.seq, head.seq + 1)
        self._last = record
        counts["records"] += 1
        is_dropped = head.state == DROPPED or (not record.intact and was_dropped_since(record, self.account))
        counts["payloadBytes"] += 0 if is_dropped else head.length
        counts["dropped"] += is_dropped
        if is_dropped:
            self._drops.dropped(head)
        elif head.kind == RELEASE:
            self._drops.release(read_payload(record) if record.intact else None)
        if not record.intact and not is_dropped:
            is_lost = self.holds(head.seq) and head.seq in self.journal.large and not self._large_is_whole(head.seq)
            tell = self.damage if is_lost else self.wrong
            payload = Place(record.path, record.offset + HEAD_BYTES, head.stored)
            tell("payload", "the payload does not match its digest", payload, head.seq, head.seq + 1)
        self._added(record)
        if head.time < self._last_time:
            self.wrong("time", "the record is older than the one before", *place)
        self._last_time = max(self._last_time, head.time)
        if head.length > head.length_max:
            self.wrong("length", "the payload is longer than one of its kind may be", *place)
        if self.holds(head.seq) and self.journal.leaf(head.seq) != head.leaf:
            self.wrong("records", "the commit journal holds another record of this number", *place)
        self._leaf(head.leaf)
        if head.kind == SLOT and head.state == PRESENT and head.stored <= head.length_max:
            self._slot(record)

    def _added(self, record: Record) -> None:
        head = record.head
        digest = self._digests.next(head.seq, head)
        if digest is None or head.state != PRESENT or not record.intact:
            return
        hashed = hashlib.sha512()
        with open(record.path, "rb") as file:
            for chunk in payload_chunks(file, record.offset + HEAD_BYTES, head.length):
                hashed.update(chunk)
        if hashed.digest() == digest:
            self.report.counts["upgraded"] += 1
            return
        payload = Place(record.path, record.offset + HEAD_BYTES, head.length)
        self.wrong("added-digest", "the payload matches its SHA-256 digest, and not the SHA-512 one that was added", payload, head.seq, head.seq + 1)

    def _fill(self, next: int) -> None:
        """Leaf hashes of records that cannot be read: from the journal, else from tree/0, which a later checkpoint confirms."""
        while self.tree.size < next and self.tree_known:
            self._digests.next(self.tree.size, None)
            leaf = self.journal.leaf(self.tree.size) if self.holds(self.tree.size) else self._stored(0, self.tree.size)
            if leaf is None:
                self.tree_known = False
            else:
                self._leaf(leaf)
        self.tree.size = next

    def _from_journal(self, in_segments: int) -> None:
        if self.journal is None:
            return
        if self.journal.first > in_segments:
            what = "the segments end before what the commit journal holds"
            self.damage("records", what, Place(self.directory + "/segments"), in_segments, self.journal.first)
            self._fill(self.journal.first)
        for seq in range(self.tree.size, self.journal.end):
            self.report.counts["unsettled"] += 1
            self._last = None
            if seq in self.journal.large and not self._large_is_whole(seq):
                place = Place(f"{self.ledger}/incoming/{self.journal.large[seq][0]}")
                self.damage("incoming", "the payload is neither here nor in its segment", place, seq, seq + 1)
            self._leaf(self.journal.leaf(seq))

    def _large_is_whole(self, seq: int) -> bool:
        """§5: the payload begins at byte 192 of the file in incoming/, and of the segment that it becomes."""
        name, head = self.journal.large[seq]
        for path in (f"{self.ledger}/incoming/{name}", f"{self.directory}/segments/{seq:016x}.seg"):
            file = open_optional(path)
            if file is not None:
                with file:
                    if payload_is_intact(file, 192, head):
                        return True
        return False

    # Tree: §6.

    def _stored(self, level: int, index: int) -> bytes | None:
        if level not in self._trees:
            self._trees[level] = open_optional(f"{self.directory}/tree/{level}")
        file = self._trees[level]
        hash = b"" if file is None else os.pread(file.fileno(), 32, index * 32)
        return hash if len(hash) == 32 else None

    def _leaf(self, leaf: bytes) -> None:
        if not self.tree_known:
            self.tree.size += 1
            return
        for height, root in self.tree.append(leaf):
            if height % 8 == 0:
                index = (self.tree.size >> height) - 1
                stored = self._stored(height // 8, index)
                seq = self.tree.size - 1
                if stored != root and (stored is not None or seq < self.covered) and not self.holds(seq):
                    self._tree_is_wrong(height // 8, index)
        if self.since is not None and self.since[0] == self.tree.size and self.since[1] != self.tree.root():
            what = f"the first {self.since[0]} records are others than those of the saved checkpoint, which is signed"
            self.damage("fork", what, Place(self.directory + "/segments"), 0, self.since[0])
        if self._awaited is not None and self._awaited[1].size == self.tree.size:
            self._check_root()
            self._next_checkpoint()

    def _tree_is_wrong(self, level: int, index: int) -> None:
        """Neighbours are one finding."""
        wrong = self._tree_wrong
        if wrong is not None and wrong[0] == level and wrong[2] == index:
            wrong[2] += 1
            return
        self._tell_tree_wrong()
        self._tree_wrong = [level, index, index + 1]

    def _tell_tree_wrong(self) -> None:
        if self._tree_wrong is not None:
            level, first, next = self._tree_wrong
            reach = 256**level
            place = Place(f"{self.directory}/tree/{level}", first * 32, (next - first) * 32)
            self.damage("tree", "these are not the hashes of the records", place, first * reach, next * reach, True)

    # Checkpoints: §7.

    def _entry_place(self, offset: int, length: int = ENTRY_BYTES) -> Place:
        return Place(f"{self.directory}/checkpoints", offset, length)

    def _next_checkpoint(self) -> None:
        """Goes to the next entry whose tree is larger than all before; tells of those that are passed over."""
        self._awaited = None
        while self._entry < self._entries and self._awaited is None:
            offset = self._entry * ENTRY_BYTES
            entry = parse_entry(os.pread(self._checkpoints.fileno(), ENTRY_BYTES, offset))
            self._entry += 1
            if entry is None and self._torn is not None and self._torn[1] == offset:
                self._torn = (self._torn[0], offset + ENTRY_BYTES)
            elif entry is None:
                self._tell_torn(True)
                self._torn = (offset, offset + ENTRY_BYTES)
            elif entry.size <= self._signed:
                what = f"a checkpoint of {entry.size} records after one of {self._signed}"
                self.wrong("checkpoint-order", what, self._entry_place(offset), self._signed, self._signed)
            else:
                if self.journal is None or entry.size <= self.journal.first:
                    self._tell_torn(True)
                self._signed = entry.size
                self._awaited = (offset, entry)

    def _tell_torn(self, is_damage: bool) -> None:
        """Entries with a wrong checksum are damage, unless they may have been written since the journal's first record, and were torn."""
        if self._torn is None:
            return
        place = self._entry_place(self._torn[0], self._torn[1] - self._torn[0])
        if is_damage:
            self.damage("checkpoint", "checkpoints with a wrong checksum", place)
        else:
            what = "checkpoints that are not whole; the commit journal holds their records, the next start signs again"
            self.report.note("checkpoint", what, place, self.account)
        self._torn = None

    def _signature_is_valid(self, offset: int, entry: Checkpoint) -> bool:
        if self.key is None or self.key.verify(checkpoint_text(self.account, entry.size, entry.root).encode(), entry.signature):
            return True
        self.damage("checkpoint-signature", "the signature is not valid", self._entry_place(offset))
        return False

    def _check_root(self) -> None:
        offset, entry = self._awaited
        good = self._signature_is_valid(offset, entry)
        if entry.root != self.tree.root():
            good = False
            if not self._root_wrong:
                first = 0 if self.newest is None else self.newest.size
                self.damage("checkpoint-root", "these records are not those that were signed", self._entry_place(offset), first, entry.size)
            self._root_wrong = True
        last = self._last
        if last is not None and last.head.seq == entry.size - 1 and not self.holds(last.head.seq):
            if (entry.segment, entry.end, entry.time) != (last.segment, last.written_end, last.head.time):
                what = "the checkpoint names another place or time than its last record has"
                self.damage("checkpoint-place", what, self._entry_place(offset), derived=True)
        if good:
            self.report.counts["checkpoints"] += 1
            self.newest = entry

    # Slots: §8.

    def _slot(self, record: Record) -> None:
        if self._slots is None or self._slots_wrong or self._drops.is_destroyed:
            return
        with open(record.path, "rb") as file:
            copied = os.pread(file.fileno(), record.end - record.offset, record.offset)
        while True:
            found = os.pread(self._slots.fileno(), len(copied), self._slots_at)
            head = parse_head(found[:HEAD_BYTES])
            if self._lost and head is not None and head.seq < record.head.seq:
                self._slots_at += HEAD_BYTES + head.stored  # The copy of a record that cannot be read.
                continue
            break
        self._lost = False
        if found == copied or (not record.intact and found[:HEAD_BYTES] == copied[:HEAD_BYTES]):
            self._slots_at += len(copied)
        elif record.head.seq < self.covered:
            self._slots_wrong = True
            place = Place(f"{self.directory}/slots", self._slots_at, len(copied))
            self.wrong("slots", "no copy of this record where it should be", place, record.head.seq, record.head.seq + 1, True)

    def _finish_slots(self) -> None:
        path = f"{self.directory}/slots"
        if self._drops.is_destroyed:
            return
        if self._slots is None:
            if self.covered and self.journal is None:
                self.damage("slots", "the file is missing", Place(path), derived=True)
            return
        size = os.fstat(self._slots.fileno()).st_size
        if self._slots_wrong or self._lost or self._slots_at >= size:
            return
        found = parse_head(os.pread(self._slots.fileno(), HEAD_BYTES, self._slots_at))
        # Of a record that was written since the segments were read; or it is being written.
        if (found is None or found.seq < self.tree.size) and self.journal is None:
            self.damage("slots", "bytes that are no copy of a slot record", Place(path, self._slots_at, size - self._slots_at), derived=True)

    # The end of the log.

    def _finish(self, in_segments: int, tail: Tail | None) -> None:
        end, segments = self.tree.size, Place(self.directory + "/segments")
        for seq, place in self._digests.wrong:
            what = "added digests that the ledger has not signed, that do not continue the log, or that are about another one"
            self.damage("digests", what, place, seq, seq + 1)
        self._tell_tree_wrong()
        signed_missing = 0
        while self._awaited is not None:  # Checkpoints of more records than there are.
            if self._signature_is_valid(*self._awaited):
                signed_missing = self._awaited[1].size
            self._next_checkpoint()
        self._tell_torn(self.journal is None)
        if signed_missing > end:
            what = f"checkpoints of {signed_missing} records were signed, and there are {end}"
            self.damage("records", what, segments if tail is None else tail.place, end, signed_missing)
        if not self.tree_known:
            what = "the tree cannot be computed beyond records that cannot be read, so that later roots were not checked"
            self.damage("records", what, segments)
        self._finish_slots()
        for first, next in self._drops.unreleased():
            self.damage("dropped", "the payload was dropped, and nothing in the log says that it may be", segments, first, next)
        if self.since is not None and self.since[0] > end:
            what = f"the saved checkpoint is of {self.since[0]} records, and there are {end}"
            self.damage("rollback", what, Place(self.directory), end, self.since[0])
        is_journaled = self.journal is not None and self.journal.first <= self._signed and in_segments <= self.journal.end
        if (self._signed < in_segments and not is_journaled) or (self.journal is not None and self.journal.end < in_segments):
            self.doubtful_end = in_segments


# --- The whole ledger -----------------------------------------------------------------------------------------------------------------------------------

SCRUB_MAGIC = bytes.fromhex("4d4b736372000001")
ACCOUNT_NAME = re.compile(r"[0-9a-f]{32}")
ASIDE_NAME = re.compile(r"([0-9a-f]{32})-[1-9][0-9]*")
ACCOUNT_FILES = {"segments", "tree", "checkpoints", "slots", "retention", "destroyed", "digests"}


def had_accounts(ledger: str) -> bool:
    """A group of any generation in block 1 of a journal file (§4), or an entry in the progress of the scrub (§14)."""
    for name in ("0", "1"):
        file = open_optional(f"{ledger}/journal/{name}")
        if file is not None:
            with file:
                head = os.pread(file.fileno(), 64, BLOCK)
                if len(head) == 64 and read_group(file, BLOCK, os.fstat(file.fileno()).st_size, number(head, 8), head[24:32]) is not None:
                    return True
    file = open_optional(f"{ledger}/scrub")
    if file is None:
        return False
    with file:
        progress = file.read()
    if progress[:8] != SCRUB_MAGIC or zlib.crc32(progress[:508]) != number(progress, 508, 4):
        return False
    entries = (progress[at : at + 64] for at in range(512, len(progress) - 63, 64))
    return any(entry[24] & 128 and zlib.crc32(entry[:60]) == number(entry, 60, 4) for entry in entries)


class LedgerCheck:
    def __init__(self, ledger: str, report: Report, key: Ed25519Key | None, since: dict[bytes, tuple[int, bytes]], save: BinaryIO | None):
        self.ledger, self.report, self.key, self.since, self.save = ledger, report, key, since, save
        self._doubtful: list[tuple[bytes, str, int]] = []

    def run(self) -> None:
        journal = Journal(self.ledger, self.report)
        unread = set(journal.logs)
        for account, directory in self._accounts():
            unread.discard(account)
            self._account(account, directory, journal.logs.get(account), self.since.pop(account, None))
        for account in sorted(unread):
            name = account.hex()
            self._account(account, f"{self.ledger}/accounts/{name[:2]}/{name}", journal.logs[account], self.since.pop(account, None))
        for account, (size, _) in sorted(self.since.items()):
            what = f"there is no log of this account, and its saved checkpoint is of {size} records"
            self.report.damage("rollback", what, Place("accounts"), account, (0, size))
        for name in sorted(list_directory(f"{self.ledger}/aside")):
            if found := ASIDE_NAME.fullmatch(name):
                self._account(bytes.fromhex(found[1]), f"{self.ledger}/aside/{name}", None, None, is_aside=True)
        self._judge_doubtful()
        self._incoming(journal)
        self._accounts_gone()

    def _accounts(self) -> Iterator[tuple[bytes, str]]:
        for prefix in sorted(os.listdir(f"{self.ledger}/accounts")):
            for name in sorted(list_directory(f"{self.ledger}/accounts/{prefix}")):
                path = f"{self.ledger}/accounts/{prefix}/{name}"
                if ACCOUNT_NAME.fullmatch(name) is None:
                    self.report.note("unknown", "this name is not of the format", Place(path))
                elif name[:2] != prefix:
                    self.report.damage("place", "no reader looks for this account here", Place(path), bytes.fromhex(name))
                else:
                    yield bytes.fromhex(name), path

    def _account(self, account: bytes, directory: str, journal: JournalLog | None, since, is_aside=False) -> None:
        self.report.counts["accounts"] += 1
        check = AccountCheck(self.ledger, directory, account, self.report, self.key, journal, since)
        check.run()
        beside = [name for name in list_directory(f"{directory}/segments") if SEGMENT_NAME.fullmatch(name) is None]
        for name in sorted(filter(PARITY_NAME.fullmatch, beside)):
            self._parity(account, f"{directory}/segments/{name}", int(name[:16], 16))
        names = [*list_directory(directory), *(name for name in beside if PARITY_NAME.fullmatch(name) is None)]
        for name in sorted(set(names) - ACCOUNT_FILES):
            self.report.note("unknown", f"a file named {name!r}, which is not of the format", Place(directory), account)
        if check.doubtful_end is not None:
            self._doubtful.append((account, directory, check.doubtful_end))
        if self.save is not None and check.newest is not None and not is_aside:
            newest = check.newest
            self.save.write(("\n" + signed_note(account, newest.size, newest.root, newest.signature, self.key.public)).encode())

    def _parity(self, account: bytes, path: str, first: int) -> None:
        """A ledger that writes meanwhile may have replaced the file, never changed it."""
        segment = open_optional(path[:-3] + "seg")
        try:
            with open(path, "rb") as file:
                for what, offset, length in ParityFile(file, account, first).faults(segment):
                    self.report.damage("parity", what, Place(path, offset, length), account, derived=True)
        finally:
            if segment is not None:
                segment.close()

    def _judge_doubtful(self) -> None:
        """§4, §7: each record of the segments is covered by a checkpoint or in the commit journal, and the journal, while it holds records of an account,
        holds its last. A server may have appended, signed and cut since the segments were read; then the journal and the checkpoints, read now in this
        order, show it."""
        logs = Journal(self.ledger, None).logs if self._doubtful else {}
        for account, directory, end in self._doubtful:
            path, log, covered = f"{directory}/checkpoints", logs.get(account), last_checkpoint_size(f"{directory}/checkpoints")
            if log is not None and log.end < end:
                what = "the segments have these records after the last of the commit journal: its end is damaged, or older than they are"
                self.report.damage("journal", what, Place(f"{self.ledger}/journal"), account, (log.end, end))
            elif covered < end and (log is None or covered < log.first):
                what = "no checkpoint covers these records, and the commit journal does not hold them: checkpoints are missing"
                self.report.damage("unsigned", what, Place(path), account, (covered, end))

    def _accounts_gone(self) -> None:
        """§4, Damage: no account, and something that shows that there were some."""
        if self.report.counts["accounts"] == 0 and not list_directory(f"{self.ledger}/aside") and had_accounts(self.ledger):
            self.report.damage("accounts", "there is no account, and the commit journal or the scrub tells of some", Place(f"{self.ledger}/accounts"))

    def _incoming(self, journal: Journal) -> None:
        named = {name for log in journal.logs.values() for name, _ in log.large.values()}
        for name in sorted(list_directory(f"{self.ledger}/incoming")):
            if name not in named:
                what = "no group of the commit journal names it: it is on its way, or was never acknowledged"
                self.report.note("incoming", what, Place(f"{self.ledger}/incoming/{name}"))


def read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def choose_key(args, report: Report) -> tuple[Ed25519Key | None, dict]:
    """The key that signatures are checked with: the one that was given, else that of the saved checkpoints, else the ledger's own."""
    given = None
    if args.verifier is not None:
        given = parse_verifier(read_text(args.verifier) if os.path.exists(args.verifier) else args.verifier)
        if given is None:
            raise Unusable(f"{args.verifier} is neither a verifier key nor a file with one")
    saved = None
    if args.since is not None:
        saved = parse_saved(read_text(args.since), None if given is None else Ed25519Key(given))
        if given is not None and saved.public not in (None, given):
            raise Unusable("the saved checkpoints are of another key than the one given")
        given = given or saved.public
    place = Place(f"{args.ledger}/verifier")
    try:
        own = parse_verifier(read_text(place.path))
    except (FileNotFoundError, UnicodeDecodeError):
        own = None
    if own is None:
        report.damage("verifier", "it is missing or damaged" + ("" if given else ": no signature can be checked"), place)
    elif given is not None and own != given:
        report.damage("verifier", "it is another key than the one that was given or saved", place)
    public = given or own
    check_signing_key(args.ledger, public, report)
    return (None if public is None else Ed25519Key(public)), ({} if saved is None else saved.newest)


def check_signing_key(ledger: str, public: bytes | None, report: Report) -> None:
    """§7. Mailkeep does not start with a damaged one. What it is does not leave this function."""
    place = Place(f"{ledger}/key")
    try:
        with open(place.path, "rb") as file:
            key = file.read(65)
    except FileNotFoundError:
        report.note("key", "there is no signing key: all can be read, but Mailkeep does not start on this copy", place)
    except PermissionError:
        report.note("key", "it is not readable for this user, and was not checked", place)
    else:
        if len(key) != 64 or public_key_of(key[:32]) != key[32:] or public not in (None, key[32:]):
            report.damage("key", "its two halves and the verifier do not belong together", place)


def check(args) -> int:
    if not os.path.isdir(f"{args.ledger}/accounts"):
        hint = f": do you mean {args.ledger}/ledger?" if os.path.isdir(f"{args.ledger}/ledger/accounts") else ""
        raise Unusable(f"{args.ledger} is no ledger, it has no directory accounts{hint}")
    report = Report(args.ledger, args.json)
    key, since = choose_key(args, report)
    if args.save_checkpoint is None:
        LedgerCheck(args.ledger, report, key, since, None).run()
        return report.finish()
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(args.save_checkpoint) or ".", delete=False) as file:
        try:
            if key is not None:
                file.write((verifier_line(key.public) + "\n").encode())
            LedgerCheck(args.ledger, report, key, since, None if key is None else file).run()
            if report.damaged:
                print("No checkpoints were saved: save those of a ledger that is whole.", file=sys.stderr)
            else:
                os.replace(file.name, args.save_checkpoint)
        finally:
            if os.path.exists(file.name):
                os.unlink(file.name)
    return report.finish()


# --- Taking mail out: keys.md ---------------------------------------------------------------------------------------------------------------------------


def hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256 and an empty salt."""
    pseudorandom = hmac.digest(bytes(32), secret, "sha256")
    output = block = b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]


BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32(prefix: str, data: bytes) -> str:
    """BIP 173, in capitals, without its limit of length, as age writes identities."""
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    digits = [bits >> 5 * (count - 1 - index) & 31 for index in range(count)]
    checksum = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + digits + [0] * 6:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for index, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= generator if top >> index & 1 else 0
    checksum ^= 1
    digits += [checksum >> 5 * (5 - index) & 31 for index in range(6)]
    return (prefix + "1" + "".join(BECH32[digit] for digit in digits)).upper()


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def crockford_characters(text: str) -> str:
    """keys.md §3: without what is skipped, and with what stands for another digit replaced."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper().translate(str.maketrans("OIL", "011"))


def crockford_number(written: str, length: int) -> int | None:
    if len(written) != length or any(c not in CROCKFORD for c in written):
        return None
    value = 0
    for c in written:
        value = value << 5 | CROCKFORD.index(c)
    return value


def parse_recovery_code(text: str) -> bytes | None:
    """keys.md §3: the 20 bytes, or None if it has another length, other characters, or a mistake that its last characters show."""
    value = crockford_number(crockford_characters(text), 35)
    if value is None:
        return None
    code = (value >> 15).to_bytes(20, "big")
    return code if value & 0x7FFF == number(hashlib.sha256(code).digest(), 0, 2) >> 1 else None


SHARE_CHARACTERS = 70


def parse_share(text: str) -> tuple[int, int, bytes, bytes] | None:
    """keys.md §3: how many are needed, its number, its set, and the share itself; None if it is none or mistyped."""
    value = crockford_number(crockford_characters(text), SHARE_CHARACTERS)
    if value is None:
        return None
    payload = (value >> 30).to_bytes(40, "big")
    check = number(hashlib.sha256(b"mailkeep/v1/share" + payload).digest(), 0, 4) >> 2
    if value & 0x3FFFFFFF != check or payload[0] != 1 or payload[1] >> 4 == 0:
        return None
    return (payload[1] >> 4) + 1, (payload[1] & 15) + 1, payload[2:7], payload[7:]


def aes_field_product(a: int, b: int) -> int:
    """In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << bit - 8
    return product


def combine_shares(shares: list[bytes]) -> bytes:
    """Shamir's secret: each byte is the value at 0 of the polynomial through the shares' values at their last bytes."""
    points = [share[-1] for share in shares]
    secret = bytearray(len(shares[0]) - 1)
    for share, x in zip(shares, points):
        factor = 1
        for other in points:
            if other != x:
                inverse = next(y for y in range(1, 256) if aes_field_product(other ^ x, y) == 1)
                factor = aes_field_product(factor, aes_field_product(other, inverse))
        for at in range(len(secret)):
            secret[at] ^= aes_field_product(share[at], factor)
    return bytes(secret)


def stretched_from(lines: Iterator[str]) -> bytes:
    """keys.md §3: what a recovery code on the first line, or shares on as many lines as they say, derive."""
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if len(crockford_characters(first)) != SHARE_CHARACTERS:
        code = parse_recovery_code(first)
        if code is None:
            raise Unusable("this is no recovery code, and no share: look for a mistyped character")
        return hkdf(code, b"mailkeep/v1/recovery", 64)
    shares, line = [], first
    while True:
        share = parse_share(line)
        if share is None:
            raise Unusable(f"share {len(shares) + 1} of those that were given is mistyped")
        if shares and (share[0], share[2]) != (shares[0][0], shares[0][2]):
            raise Unusable(f"share {len(shares) + 1} of those that were given was not made together with the first")
        if any(share[1] == other[1] or share[3][-1] == other[3][-1] for other in shares):
            raise Unusable(f"share {len(shares) + 1} of those that were given is there twice")
        shares.append(share)
        if len(shares) == share[0]:
            break
        line = next((line for line in lines if line.strip() and not line.startswith("#")), None)
        if line is None:
            raise Unusable(f"{share[0]} shares are needed, and {len(shares)} were given")
    stretched = hkdf(combine_shares([share[3] for share in shares]), b"mailkeep/v1/shares", 64)
    if hkdf(stretched, b"mailkeep/v1/slot-name", 16)[:5] != shares[0][2]:
        raise Unusable("each of these shares is whole, but together they are not what was given out: one of them is wrong")
    return stretched


def parse_slot(payload: bytes) -> tuple[dict[int, int | bytes], bytes] | None:
    """keys.md §2: the map, and its encoding without key 7. Of CBOR (RFC 8949 §3) only what such a map has: small keys, numbers and byte strings."""
    if len(payload) < 2 or len(payload) > 8192 or payload[0] != 1 or not 0xA1 <= payload[1] <= 0xB7:
        return None
    at, slot, unsigned = 2, {}, b""
    for _ in range(payload[1] & 31):
        key_at = at
        if at + 2 > len(payload) or payload[at] > 23:
            return None
        key, kind, short = payload[at], payload[at + 1] >> 5, payload[at + 1] & 31
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
        if short > 27 or kind not in (0, 2):
            return None
        value, at = number(payload, at + 2, size) if size else short, at + 2 + size
        if kind == 2:
            value, at = payload[at : at + value], at + value
        if at > len(payload) or (slot and key <= max(slot)):
            return None
        slot[key] = value
        if key == 7:
            unsigned = bytes([payload[1] - 1]) + payload[2:key_at]
    return (slot, unsigned) if at == len(payload) and isinstance(slot.get(2), bytes) and isinstance(slot.get(7), bytes) else None


class Age:
    """The age program. Identities reach it through a pipe and are on no disk and in no argument."""

    def __init__(self, program: str):
        self._program = program
        try:
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unusable(f"the age program cannot be run: {error}")
        version = re.search(r"(\d+)\.(\d+)", said)
        self.opens_hybrid = version is not None and (int(version[1]), int(version[2])) >= (1, 3)

    def decrypt(self, identity: str, sealed: Iterator[bytes], output) -> bool:
        reader, writer = os.pipe()
        os.write(writer, (identity + "\n").encode())
        os.close(writer)
        try:
            arguments = [self._program, "--decrypt", "--identity", f"/dev/fd/{reader}"]
            with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL, pass_fds=(reader,)) as process:
                try:
                    for chunk in sealed:
                        process.stdin.write(chunk)
                    process.stdin.close()
                except BrokenPipeError:
                    pass  # Its exit status says it.
            return process.returncode == 0
        finally:
            os.close(reader)


def find_slot(ledger: str, slot_name: bytes) -> tuple[bytes, str, dict, bytes] | None:
    """The account whose slot has that name, the slot, and what of it is authenticated."""
    for prefix in sorted(os.listdir(f"{ledger}/accounts")):
        for name in sorted(filter(ACCOUNT_NAME.fullmatch, list_directory(f"{ledger}/accounts/{prefix}"))):
            directory, found = f"{ledger}/accounts/{prefix}/{name}", None
            for item in walk_log(directory, bytes.fromhex(name), (SLOT,)):
                if isinstance(item, Record) and item.head.kind == SLOT and item.head.state == PRESENT and item.intact:
                    with open(item.path, "rb") as file:
                        parsed = parse_slot(os.pread(file.fileno(), min(item.head.length, 64 << 10), item.offset + HEAD_BYTES))
                    if parsed is not None and parsed[0][2] == slot_name:
                        found = parsed if parsed[0].get(1) == 1 else None
            if found is not None:
                return bytes.fromhex(name), directory, *found
    return None


def open_root(age: Age, account: bytes, stretched: bytes, slot: dict, authenticated: bytes) -> bytes:
    """keys.md §3: from what the recovery code or the shares derive to the account's root secret."""
    identity = bech32("age-secret-key-", hkdf(stretched, b"mailkeep/v1/slot-wrap", 32))
    with tempfile.TemporaryFile() as output:
        opened = slot.get(3) in (3, 4) and isinstance(slot.get(4), bytes) and age.decrypt(identity, iter([slot[4]]), output)
        output.seek(0)
        root = output.read(33)
    if not opened or len(root) != 32:
        raise Unusable("the code's slot does not open: it is damaged")
    key = hkdf(root, b"mailkeep/v1/slot-mac", 32)
    if not hmac.compare_digest(hmac.digest(key, account + authenticated, "sha256"), slot[7]):
        raise Unusable("the code's slot is not authentic")
    return root


def stanza_types(payload: bytes) -> list[str]:
    """Recipient types in the header of an age file (C2SP age)."""
    header, found, _ = payload.partition(b"\n---")
    if not found or not header.startswith(b"age-encryption.org/v1\n"):
        return []
    return [line.split(b" ")[1].decode("ascii", "replace") for line in header.split(b"\n") if line.startswith(b"-> ")]


def extract(args) -> int:
    age = Age(args.age)
    if os.path.isdir(args.directory) and os.listdir(args.directory):
        raise Unusable(f"{args.directory} is not empty")
    if sys.stdin.isatty():
        import getpass

        stretched = stretched_from(iter(lambda: getpass.getpass("Recovery code, or the next share: "), ""))
    else:
        stretched = stretched_from(iter(lambda: sys.stdin.readline(300), ""))
    found = find_slot(args.ledger, hkdf(stretched, b"mailkeep/v1/slot-name", 16))
    if found is None:
        raise Unusable("this opens no account here, or was replaced by a newer one")
    account, directory, slot, authenticated = found
    root = open_root(age, account, stretched, slot, authenticated)
    identities = {"X25519": bech32("age-secret-key-", hkdf(root, b"mailkeep/v1/identity/x25519", 32))}
    if age.opens_hybrid:
        identities["mlkem768x25519"] = bech32("age-secret-key-pq-", hkdf(root, b"mailkeep/v1/identity/mlkem768x25519", 32))
    os.makedirs(args.directory, mode=0o700, exist_ok=True)
    extracted, failed, hybrid, expected = [], [], 0, 0
    for item in walk_log(directory, account, (MAIL,)):
        if isinstance(item, Gap) and item.next > item.first:
            failed.append({"records": [item.first, item.next - 1], "why": "damaged: no record can be read there"})
        if not isinstance(item, Record):
            continue
        expected = item.head.seq + 1
        if item.head.kind != MAIL:
            continue
        why, size = extract_message(age, identities, item, f"{args.directory}/{item.head.seq:016d}.eml")
        if why is None:
            extracted.append({"record": item.head.seq, "time": item.head.time, "file": f"{item.head.seq:016d}.eml", "bytes": size})
        else:
            failed.append({"record": item.head.seq, "time": item.head.time, "why": why})
            hybrid += why == HYBRID
    log = Journal(args.ledger, None).logs.get(account)
    if log is not None and log.end > expected:
        failed.append(
            {
                "records": [max(expected, log.first), log.end - 1],
                "why": "in the commit journal alone: the next start of Mailkeep writes them to the log",
            }
        )
    with open(os.open(f"{args.directory}/extracted.json", os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump({"account": account.hex(), "extracted": extracted, "notExtracted": failed}, file, indent=2)
        file.write("\n")
    print(f"Account {account.hex()}: {len(extracted)} messages extracted, {len(failed)} not; see {args.directory}/extracted.json.")
    if hybrid:
        print(f"{hybrid} messages are {HYBRID}.")
    return 0 if not failed else 1


HYBRID = "sealed to the hybrid recipient (ML-KEM-768 with X25519) alone, which age opens from 1.3 on: name such a program with --age"


def extract_message(age: Age, identities: dict[str, str], record: Record, path: str) -> tuple[str | None, int]:
    """Why it could not be extracted, or None and its size. A file has its name when all of it is there and age found it authentic."""
    if record.head.state == DROPPED:
        return "its payload was dropped", 0
    if not record.intact:
        return "damaged: the payload does not match its digest", 0
    with open(record.path, "rb") as file:
        start = record.offset + HEAD_BYTES
        types = stanza_types(os.pread(file.fileno(), min(record.head.length, 64 << 10), start))
        identity = next((identities[type] for type in types if type in identities), None)
        if identity is None:
            return (HYBRID if "mlkem768x25519" in types else f"sealed to unknown recipients: {types}"), 0
        with open(os.open(path + ".part", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as output:
            good = age.decrypt(identity, payload_chunks(file, start, record.head.length), output)
            size = os.fstat(output.fileno()).st_size
    if not good:
        os.unlink(path + ".part")
        return "age does not open it", 0
    os.rename(path + ".part", path)
    return None, size


# --- Command line ---------------------------------------------------------------------------------------------------------------------------------------


def parse_arguments(arguments: list[str]):
    if arguments[:1] == ["extract"]:
        parser = argparse.ArgumentParser(
            prog="verify-ledger.py extract",
            description="Takes the mail of one account out of a ledger, with its recovery code, or with shares, one a line, which are asked for or read from standard input.",
        )
        parser.add_argument("ledger", help="the ledger directory")
        parser.add_argument("directory", help="where messages and extracted.json go: new or empty")
        parser.add_argument(
            "--age", default="age", metavar="PROGRAM", help="the age program (from 1.3 on it also opens what is sealed to the hybrid recipient)"
        )
        return extract, parser.parse_args(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="verify-ledger.py",
        description="Checks a Mailkeep ledger or a copy of one; needs no key. `verify-ledger.py extract --help` tells how to take mail out.",
    )
    parser.add_argument("ledger", help="the ledger directory")
    parser.add_argument("--verifier", metavar="FILE|KEY", help="the public key that signed it, if you have it from elsewhere")
    parser.add_argument("--since", metavar="FILE", help="checkpoints that were saved earlier: the logs must continue what they are of")
    parser.add_argument("--save-checkpoint", metavar="FILE", help="where the newest checkpoints go, for a later --since")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return check, parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    command, args = parse_arguments(arguments)
    try:
        args.ledger = args.ledger.rstrip("/") or "/"
        return command(args)
    except (Unusable, OSError, UnicodeDecodeError, binascii.Error) as error:
        print(f"verify-ledger.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
