"""Tests of tools/verify-ledger.py: its own primitives against published vectors, its reading of the formats against docs/formats/vectors.

Run: python3 -m unittest tools/verify_ledger_test.py (in the repository)."""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import random
import shutil
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent
VECTORS = TOOLS.parent / "docs" / "formats" / "vectors"
_spec = importlib.util.spec_from_file_location("verify_ledger", TOOLS / "verify-ledger.py")
verify = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(verify)


def vectors(name: str):
    return json.loads((VECTORS / name).read_text())


class Ed25519(unittest.TestCase):
    # RFC 8032 §7.1, TEST 1, 2, 3 and SHA(abc): secret key, public key, message, signature.
    PUBLISHED = (
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            b"",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            b"\x72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            b"\xaf\x82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            hashlib.sha512(b"abc").digest(),
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    )

    def test_published_signatures(self):
        for seed, public, message, signature in self.PUBLISHED:
            self.assertEqual(verify.public_key_of(bytes.fromhex(seed)).hex(), public)
            self.assertTrue(verify.Ed25519Key(bytes.fromhex(public)).verify(message, bytes.fromhex(signature)))

    def test_any_flipped_bit_is_noticed(self):
        _, public, message, signature = self.PUBLISHED[2]
        key, signature = verify.Ed25519Key(bytes.fromhex(public)), bytes.fromhex(signature)
        for bit in random.Random(1).sample(range(512), 60):
            changed = bytearray(signature)
            changed[bit // 8] ^= 1 << bit % 8
            self.assertFalse(key.verify(message, bytes(changed)))
        self.assertFalse(key.verify(b"\xaf\x83", signature))
        self.assertFalse(key.verify(message, signature[:63]))

    def test_a_number_over_the_order_is_refused(self):
        _, public, message, signature = self.PUBLISHED[0]
        signature = bytes.fromhex(signature)
        high = int.from_bytes(signature[32:], "little") + verify.ORDER
        self.assertFalse(verify.Ed25519Key(bytes.fromhex(public)).verify(message, signature[:32] + high.to_bytes(32, "little")))

    def test_what_is_no_point_is_no_key(self):
        # y = 2 has no x; y = p is not reduced; x = 0 has no sign.
        for encoded in ((2).to_bytes(32, "little"), verify.P.to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little")):
            self.assertIsNone(verify.point_decode(encoded))


class SmallPrimitives(unittest.TestCase):
    def test_hkdf(self):
        # RFC 5869, appendix A.3: no salt, no info.
        expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        self.assertEqual(verify.hkdf(bytes([0x0B] * 22), b"", 42).hex(), expected)

    def test_bech32(self):
        # BIP 173's valid strings with a whole number of bytes in them, or none.
        self.assertEqual(verify.bech32("a", b""), "A12UEL5L")
        data = bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df")
        self.assertEqual(verify.bech32("abcdef", data), "ABCDEF1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LMQQQXW")

    def test_merkle_tree(self):
        # The leaves and roots of RFC 6962's and RFC 9162's reference implementation.
        leaves = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
        roots = {
            0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        }
        tree = verify.MerkleTree()
        for size in range(9):
            if size in roots:
                self.assertEqual(tree.root().hex(), roots[size])
            if size < 8:
                tree.append(hashlib.sha256(b"\0" + bytes.fromhex(leaves[size])).digest())


class Keys(unittest.TestCase):
    keys = vectors("keys/vectors.json")

    def test_derivation_and_identities(self):
        root = bytes.fromhex(self.keys["root"])
        for label, expected in self.keys["derived"].items():
            self.assertEqual(verify.hkdf(root, b"mailkeep/v1/" + label.encode(), 32).hex(), expected)
        derived = {label: bytes.fromhex(value) for label, value in self.keys["derived"].items()}
        self.assertEqual(verify.bech32("age-secret-key-", derived["identity/x25519"]), self.keys["identities"]["x25519"])
        self.assertEqual(verify.bech32("age-secret-key-pq-", derived["identity/mlkem768x25519"]), self.keys["identities"]["hybrid"])

    def test_recovery_codes(self):
        for code in self.keys["recoveryCodes"]:
            for text in (code["text"], code["text"].lower().replace("-", " "), code["text"].replace("0", "o").replace("1", "l")):
                self.assertEqual(verify.parse_recovery_code(text).hex(), code["bytes"])
            self.assertIsNone(verify.parse_recovery_code(code["text"][:-1]))
            self.assertIsNone(verify.parse_recovery_code("1" + code["text"][1:]))

    def test_shares(self):
        shares = self.keys["slots"]["shares"]
        parsed = [verify.parse_share(text.lower().replace("-", " ")) for text in shares["shares"]]
        self.assertEqual([share[:2] for share in parsed], [(3, at + 1) for at in range(5)])
        slot, _ = verify.parse_slot(bytes.fromhex(shares["payload"]))
        for some in ((0, 1, 2), (4, 2, 3), (0, 2, 4)):
            secret = verify.combine_shares([parsed[at][3] for at in some])
            self.assertEqual(secret.hex(), shares["secret"])
            stretched = verify.stretched_from(iter(["# on paper", *(shares["shares"][at] for at in some)]))
            self.assertEqual(slot[2], verify.hkdf(stretched, b"mailkeep/v1/slot-name", 16))
        self.assertEqual({share[2] for share in parsed}, {slot[2][:5]})
        self.assertIsNone(verify.parse_share(shares["shares"][0][:-1]))
        self.assertIsNone(verify.parse_share("1" + shares["shares"][0][1:]))

    def test_shares_that_do_not_open(self):
        texts = self.keys["slots"]["shares"]["shares"]
        mistyped = texts[1][:-1] + ("1" if texts[1][-1] == "0" else "0")
        for lines, why in ((texts[:2], "3 shares are needed, and 2"), (texts[:1] * 3, "share 2 .* twice"), ([texts[0], mistyped], "share 2 .* mistyped")):
            with self.assertRaisesRegex(verify.Unusable, why):
                verify.stretched_from(iter(lines))

    def test_recovery_slot(self):
        recovery = self.keys["slots"]["recovery"]
        code = verify.parse_recovery_code(recovery["code"])
        slot, authenticated = verify.parse_slot(bytes.fromhex(recovery["payload"]))
        stretched = verify.hkdf(code, b"mailkeep/v1/recovery", 64)
        self.assertEqual(slot[2], verify.hkdf(stretched, b"mailkeep/v1/slot-name", 16))
        account, age = bytes.fromhex(self.keys["account"]), verify.Age("age")
        self.assertEqual(verify.open_root(age, account, stretched, slot, authenticated).hex(), self.keys["root"])
        with self.assertRaisesRegex(verify.Unusable, "not authentic"):
            verify.open_root(age, bytes(16), stretched, slot, authenticated)
        with self.assertRaisesRegex(verify.Unusable, "damaged"):
            verify.open_root(age, account, bytes(64), slot, authenticated)

    def test_malformed_slots_are_passed_over(self):
        for slot in self.keys["slots"].values():
            payload = bytes.fromhex(slot["payload"])
            self.assertIsNotNone(verify.parse_slot(payload))
            self.assertIsNone(verify.parse_slot(payload + b"\0"))
            for length in range(len(payload)):
                self.assertIsNone(verify.parse_slot(payload[:length]))


class Ledger(unittest.TestCase):
    ledger = vectors("ledger/vectors.json")

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def write(self, name: str):
        for path, content in vectors(f"ledger/{name}.json").items():
            path = f"{self.directory}/{path}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            data = bytes.fromhex(content)
            with open(path, "wb") as file:
                # "Zeros at the end of journal files are left out."
                file.write(data + bytes(65536 - len(data) if "/journal/" in path else 0))
        # The unsettled one has lost it: the next start makes it again from the key.
        pathlib.Path(self.directory, "verifier").write_text(self.ledger["verifier"])
        os.makedirs(f"{self.directory}/accounts", exist_ok=True)

    def check(self, *arguments: str):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = verify.main([self.directory, "--json", *arguments])
        return status, json.loads(output.getvalue())

    def test_records(self):
        for record in self.ledger["records"]:
            head = verify.parse_head(bytes.fromhex(record["head"]))
            self.assertEqual((head.seq, head.time, head.length), tuple(record["header"][name] for name in ("seq", "time", "payloadLength")))
            self.assertEqual((head.account.hex(), head.digest.hex()), (record["header"]["account"], record["header"]["digest"]))
            self.assertEqual(head.leaf.hex(), record["leafHash"])

    def test_any_flipped_bit_of_a_head_is_noticed(self):
        head = bytes.fromhex(self.ledger["records"][1]["head"])
        for bit in range(8 * len(head)):
            changed = bytearray(head)
            changed[bit // 8] ^= 1 << bit % 8
            self.assertIsNone(verify.parse_head(bytes(changed)))

    def test_checkpoints_and_verifier(self):
        public = verify.parse_verifier(self.ledger["verifier"])
        self.assertEqual(verify.verifier_line(public) + "\n", self.ledger["verifier"])
        self.assertEqual(verify.public_key_of(bytes.fromhex(self.ledger["signingSeed"])), public)
        text = self.ledger["verifier"] + "\n" + "\n".join(self.ledger["checkpoints"].values())
        saved = verify.parse_saved(text, None)
        for account, roots in self.ledger["roots"].items():
            self.assertEqual(saved.newest[bytes.fromhex(account)], (len(roots) - 1, bytes.fromhex(roots[-1])))
        with self.assertRaises(verify.Unusable):
            verify.parse_saved(text.replace("\n5\n", "\n4\n"), None)

    def test_settled(self):
        self.write("settled")
        status, result = self.check()
        self.assertEqual((status, result["findings"]), (0, []))
        self.assertEqual((result["accounts"], result["records"], result["checkpoints"], result["unsettled"]), (2, 6, 2, 0))

    def test_unsettled(self):
        self.write("unsettled")
        status, result = self.check()
        self.assertEqual((status, result["findings"]), (0, []))
        self.assertEqual((result["accounts"], result["records"], result["unsettled"]), (2, 0, 6))

    def test_unsettled_without_the_large_payload(self):
        self.write("unsettled")
        name = next(name for name in vectors("ledger/unsettled.json") if name.startswith("incoming/"))
        os.unlink(f"{self.directory}/{name}")
        status, result = self.check()
        self.assertEqual(
            (status, [(finding["code"], finding["records"]) for finding in result["findings"]]), (1, [("incoming", {"from": 3, "to": 4})])
        )

    def test_a_group_before_valid_ones_is_damaged(self):
        self.write("unsettled")
        with open(f"{self.directory}/journal/0", "r+b") as file:
            file.seek(2 * 4096 + 300)
            file.write(b"\1")
        status, result = self.check()
        self.assertEqual((status, result["findings"][0]["code"], result["findings"][0]["offset"]), (1, "journal", 2 * 4096))

    def test_a_damaged_journal_head_is_replaced_by_the_first_group(self):
        self.write("unsettled")
        with open(f"{self.directory}/journal/0", "r+b") as file:
            file.write(bytes(64))
        status, result = self.check()
        self.assertEqual((status, result["unsettled"]), (0, 6))

    def test_rollback_and_fork(self):
        self.write("settled")
        saved = f"{self.directory}/../{os.path.basename(self.directory)}.saved"
        self.addCleanup(lambda: os.path.exists(saved) and os.unlink(saved))
        self.assertEqual(self.check("--save-checkpoint", saved)[0], 0)
        self.assertEqual(self.check("--since", saved)[0], 0)
        account = "accounts/00/00112233445566778899aabbccddeeff"
        # As somebody would do who has the key: the log ends earlier, and says nothing of what was there.
        os.unlink(f"{self.directory}/{account}/segments/0000000000000004.seg")
        os.unlink(f"{self.directory}/{account}/checkpoints")
        codes = [finding["code"] for finding in self.check("--since", saved)[1]["findings"]]
        self.assertIn("rollback", codes)
        shutil.rmtree(f"{self.directory}/{account}")
        status, result = self.check("--since", saved)
        self.assertEqual((status, [finding["code"] for finding in result["findings"]]), (1, ["rollback"]))
        self.assertEqual(self.check()[0], 0, "without what was saved, nobody can tell")

    def test_a_record_that_was_replaced_is_a_fork(self):
        self.write("settled")
        saved = f"{self.directory}/saved"
        self.check("--save-checkpoint", saved)
        path = f"{self.directory}/accounts/ff/ffeeddccbbaa99887766554433221100"
        with open(f"{path}/segments/0000000000000000.seg", "r+b") as file:
            content = bytearray(file.read())
            content[64 + 31] ^= 1  # Its time.
            content[68:72] = verify.zlib.crc32(content[67:68] + content[72:192]).to_bytes(4, "big")
            file.seek(0)
            file.write(content)
        codes = {finding["code"] for finding in self.check("--since", saved)[1]["findings"]}
        self.assertLessEqual({"fork", "checkpoint-root", "tree"}, codes)

    def test_another_key(self):
        self.write("settled")
        other = verify.verifier_line(bytes.fromhex(Ed25519.PUBLISHED[0][1]))
        status, result = self.check("--verifier", other)
        self.assertEqual(status, 1)
        self.assertLessEqual({"verifier", "checkpoint-signature"}, {finding["code"] for finding in result["findings"]})
        self.assertEqual(self.check("--verifier", self.ledger["verifier"].strip())[0], 0)


class AddedDigests(unittest.TestCase):
    def test_the_vectors_of_added_digests(self):
        data = vectors("ledger/digests.json")
        account, key = bytes.fromhex(data["account"]), verify.Ed25519Key(bytes.fromhex(data["publicKey"]))
        heads = [verify.parse_head(bytes.fromhex(head)) for head in data["heads"]]
        names = ["added", "own", "dropped", "damaged", "headDamaged"]
        chain = bytes(64)
        for record in data["records"]:
            payload = bytes.fromhex(record["payload"])
            found = verify.parse_digests(payload)
            self.assertEqual([names[said - 1] for said in found.said], record["said"])
            self.assertTrue(verify.AddedDigests._is_signed(found, account, key))
            for seq, said in enumerate(found.said, found.first):
                chain += bytes(120) if said == verify.HEAD_UNREAD else heads[seq].header
                expected = hashlib.sha512(bytes.fromhex(data["payloads"][seq])).digest() if said == verify.ADDED else None
                self.assertEqual(found.added(seq), expected)
            chain = hashlib.sha512(chain).digest()
            self.assertEqual(found.chain, chain)
            self.assertIsNone(verify.parse_digests(payload[:-1]))
            changed = verify.parse_digests(payload[:20] + b"x" + payload[21:])
            self.assertFalse(verify.AddedDigests._is_signed(changed, account, key))


class Releases(unittest.TestCase):
    def test_vectors(self):
        found = vectors("release/vectors.json")
        for one in found["releases"]:
            released, kept = verify.parse_release(bytes.fromhex(one["payload"]))
            self.assertEqual(([list(r) for r in released], [list(r) for r in kept]), (one["released"], one["kept"]))
        for one in found["none"]:
            self.assertIsNone(verify.parse_release(bytes.fromhex(one["payload"])), one["why"])

    def test_a_segment_without_payloads_has_the_same_leaves(self):
        found = vectors("release/vectors.json")["segment"]
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(f"{directory}/segments")
            seen = {}
            for which in ("before", "after"):
                pathlib.Path(f"{directory}/segments/{0:016x}.seg").write_bytes(bytes.fromhex(found[which]))
                seen[which] = list(verify.walk_log(directory, bytes.fromhex(vectors("release/vectors.json")["account"])))
        self.assertEqual([r.head.leaf for r in seen["before"]], [r.head.leaf for r in seen["after"]])
        self.assertEqual([r.end for r in seen["before"]], [r.written_end for r in seen["after"]])
        self.assertEqual([r.head.seq for r in seen["after"] if r.head.state == verify.DROPPED], found["dropped"])
        self.assertTrue(all(r.intact for r in seen["after"]))

    def test_what_may_be_dropped(self):
        def head(seq, kind=verify.MAIL):
            return verify.Head(verify.DROPPED, kind, "sha256", seq, 0, 0, b"", b"", b"", b"")

        release = bytes.fromhex(vectors("release/vectors.json")["releases"][1]["payload"])
        drops = verify.Drops(False)
        for seq in (0, 3, 4, 5, 6):
            drops.dropped(head(seq))
        drops.dropped(head(2, verify.SLOT))
        drops.release(release)
        drops.release(b"no release")
        self.assertEqual(list(drops.unreleased()), [(2, 3), (4, 5), (6, 7)])
        drops.release(None)
        self.assertEqual(list(drops.unreleased()), [(2, 3)])
        destroyed = verify.Drops(True)
        destroyed.dropped(head(2, verify.SLOT))
        self.assertEqual(list(destroyed.unreleased()), [])


if __name__ == "__main__":
    unittest.main()
