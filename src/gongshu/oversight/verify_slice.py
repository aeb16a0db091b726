"""Verify a slice of the ledger: a zip archive or the folder it was unpacked into.

    python3 verify.py slice.zip 'name+id+base64'         (the log's public key, or a file with it)
    python3 verify.py folder KEY --checkpoint FILE       (a checkpoint that you kept yourself)

Every archive has this file in it as verify.py. It needs nothing but Python's standard library
(and pyarrow for a slice in Parquet); it opens no connection. It goes by RFC 9162, 8032
and C2SP signed-note, tlog-checkpoint, tlog-proof. Take the key from the log's operator or from an
earlier visit, not from whoever gave you the archive.

What is in the archive: `entries.*`, one line an entry (its place in the tree, its exact text, the
proof of the place), and `receipt.json`: the entry that the log made of this very slice, whose
opening says what was asked for, how many entries there are and their digest.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import heapq
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

COLUMNS = ("id", "event", "time", "organisation")
ABOUT = {"subject_kind": "kind", "subject_id": "id", "subject_organisation": "organisation"}
FILES = ("entries.csv", "entries.jsonl", "entries.parquet")
FILTERS = ("event", "subject_kind", "subject", "organisation", "since", "until")
OTHERS = ("first", "last", "sample", "seed")
CHINESE = os.environ.get("GONGSHU_LANG", os.environ.get("LANG", "")).lower().startswith("zh")


class Wrong(Exception):
    """The slice does not hold: why, in English and Chinese."""

    def __str__(self) -> str:
        return str(self.args[1 if CHINESE else 0])


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# Ed25519 (RFC 8032 5.1), to verify only: points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]
Passed = dict[tuple[int, int], tuple[bytes, list[bytes]]]  # node → its hash, the path above it


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, p: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, p)
        p, number = _add(p, p), number >> 1
    return result


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _bytes(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the public key's over the message."""
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if key is None or base is None or len(signature) != 64 or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(digest, "little") % ORDER
    minus: Point = (P - key[0], key[1], 1, P - key[3])
    return _bytes(_add(_times(s, base), _times(h, minus))) == signature[:32]


def open_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that the key signed."""
    try:
        name, key_id, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if key[:1] != b"\x01" or sha256(name.encode(), b"\n", key)[:4].hex() != key_id:
            raise ValueError
    except ValueError:
        raise Wrong("This is no public key of a log.", "这不是日志的公钥。") from None
    text, _, signatures = note.rpartition("\n\n")
    try:
        for line in signatures.splitlines():
            mark, signer, signature = line.split(" ")
            data = base64.b64decode(signature, validate=True)
            if (mark, signer, data[:4].hex()) == ("—", name, key_id):
                origin, size, root, *_ = text.split("\n")
                signed = ed25519(key[1:], (text + "\n").encode(), data[4:])
                if signed and origin == name:
                    return int(size), base64.b64decode(root, validate=True)
    except ValueError:
        pass  # not of this form: the same as not signed
    raise Wrong("This key did not sign the checkpoint.", "检查点不是由此公钥对应的密钥签署。")


class Tree:
    """Checks proofs against one signed root. A path that meets the one before is known from there
    on, so that a slice of neighbours costs a few hashes an entry."""

    def __init__(self, size: int, root: bytes) -> None:
        self.size, self.root = size, root
        self.known: Passed = {}

    def holds(self, index: int, leaf: bytes, path: list[bytes]) -> bool:
        """RFC 9162 2.1.3.2, step by step."""
        fn, sn, found = index, self.size - 1, leaf
        passed: Passed = {}
        for at, sibling in enumerate(path):
            rest = path[at:]
            if self.known.get((fn, sn)) == (found, rest):
                return self._remember(passed)
            if sn == 0 or len(sibling) != 32:
                return False
            passed[fn, sn] = found, rest
            if fn & 1 or fn == sn:
                found = sha256(b"\x01", sibling, found)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                found = sha256(b"\x01", found, sibling)
            fn, sn = fn >> 1, sn >> 1
        return not sn and found == self.root and self._remember(passed)

    def _remember(self, passed: Passed) -> bool:
        if len(self.known) > 4096:
            self.known.clear()
        self.known.update(passed)
        return True


def check_receipt(data: bytes, vkey: str) -> tuple[Tree, dict[str, Any], dict[str, Any]]:
    """The tree it is in, the entry that the log made of the export, and what that one opens."""
    try:
        receipt = json.loads(data)
        head, _, note = receipt["proof"].partition("\n\n")
        version, place, *path = head.split("\n")
        index = int(place.removeprefix("index "))
        body = receipt["entry"].encode()
        entry = json.loads(body)
        opening = receipt["openings"]["slice"]
        commitment = sha256(bytes.fromhex(opening["salt"]), opening["value"].encode()).hex()
        said = json.loads(opening["value"])
        hashes = [base64.b64decode(line, validate=True) for line in path]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Wrong(
            "receipt.json is no receipt of a slice.", "receipt.json 不是切片的回执。"
        ) from None
    tree = Tree(*open_checkpoint(note, vkey))
    fits = version == "c2sp.org/tlog-proof@v1" and 0 <= index < tree.size
    if not fits or not tree.holds(index, sha256(b"\x00", body), hashes):
        raise Wrong(
            "The log's entry about this export is not in the tree.", "日志中没有此次导出的条目。"
        )
    exported = entry.get("event") == "ledger.exported" and said.get("format") == "gongshu-slice/1"
    if (
        not exported
        or not {*said["asked"]} <= {*FILTERS, *OTHERS}
        or entry["commitments"].get("slice") != commitment
    ):
        raise Wrong(
            "What was asked for is not what the log recorded of this export.",
            "导出内容的说明与日志记录不符。",
        )
    return tree, entry, said


def check_entries(rows: Iterable[dict[str, Any]], tree: Tree, said: dict[str, Any]) -> int:
    """Each in its place, as the log had it, in order, as asked for, and none missing."""
    digest, count, last = hashlib.sha256(), 0, -1
    expected = _expected(said)
    for row in rows:
        index, leaf = _check_entry(row, tree, said)
        if index <= last:
            raise Wrong(f"Entry {index} is out of order.", f"条目 {index} 的顺序不对。")
        wanted = next(expected, index) if expected else index
        if wanted != index:
            raise Wrong(f"Entry {wanted} is missing.", f"缺少条目 {wanted}。")
        digest.update(index.to_bytes(8, "big") + leaf)
        last, count = index, count + 1
    missing = next(expected, None) if expected else None
    if missing is not None:
        raise Wrong(f"Entry {missing} is missing.", f"缺少条目 {missing}。")
    if (count, digest.hexdigest()) != (said["count"], said["digest"]):
        raise Wrong(
            f"The log recorded a slice of {said['count']} entries; these {count} are not that one.",
            f"日志记录的切片含 {said['count']} 个条目，与此处的 {count} 个不是同一切片。",
        )
    return count


def _check_entry(row: dict[str, Any], tree: Tree, said: dict[str, Any]) -> tuple[int, bytes]:
    try:
        index, text = int(row["index"]), str(row["body"])
        path = [base64.b64decode(part, validate=True) for part in str(row["proof"]).split()]
        body = json.loads(text)
        shown = [body[name] for name in COLUMNS[:3]] + [body["by"]["organisation"]]
        shown += [body["subject"][name] for name in ABOUT.values()]
    except (ValueError, KeyError, TypeError):
        raise Wrong(
            f"The line of entry {row.get('index')} cannot be read.",
            f"条目 {row.get('index')} 的一行无法读取。",
        ) from None
    leaf = sha256(b"\x00", text.encode())
    if not 0 <= index < said["tree_size"] or not tree.holds(index, leaf, path):
        raise Wrong(
            f"Entry {index} is not what the log has there.", f"条目 {index} 与日志中的不符。"
        )
    names = (*COLUMNS, *ABOUT)
    if {*row} != {"index", "body", "proof", *names} or [row[name] for name in names] != shown:
        raise Wrong(
            f"The columns of entry {index} do not repeat what it says.",
            f"条目 {index} 的各列与其内容不一致。",
        )
    if not matches(body, said["asked"]):
        raise Wrong(f"Entry {index} was not asked for.", f"条目 {index} 不在所请求的范围内。")
    return index, leaf


def matches(body: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether an entry is one of those that were asked for."""
    subject, time = body["subject"], datetime.fromisoformat(body["time"])
    among = {
        "event": body["event"],
        "subject_kind": subject["kind"],
        "subject": subject["id"],
    }
    owners = (body["by"]["organisation"], subject["organisation"])
    return (
        all(asked.get(name, value) == value for name, value in among.items())
        and ("organisation" not in asked or asked["organisation"] in owners)
        and ("since" not in asked or time >= datetime.fromisoformat(asked["since"]))
        and ("until" not in asked or time < datetime.fromisoformat(asked["until"]))
    )


def drawn(indexes: Iterable[int], number: int, seed: str) -> list[int]:
    """The sample's rule: the `number` least by SHA-256 of "seed:index", in the tree's order."""
    key = {"key": lambda index: hashlib.sha256(f"{seed}:{index}".encode()).digest()}
    return sorted(heapq.nsmallest(number, indexes, **key))


def _expected(said: dict[str, Any]) -> Iterator[int] | None:
    """Which indexes there must be, where that follows from what was asked; else None."""
    asked = said["asked"]
    if any(name in asked for name in FILTERS):
        return None
    whole = range(asked.get("first", 0), asked.get("last", said["tree_size"] - 1) + 1)
    return iter(drawn(whole, asked["sample"], asked["seed"]) if "sample" in asked else whole)


def open_slice(place: str) -> Iterator[tuple[str, Any]]:
    """Name and stream of receipt.json, then of the entries; from a folder or a zip archive."""
    if os.path.isdir(place):
        names = set(os.listdir(place))

        def opened(name: str) -> Any:
            return open(os.path.join(place, name), "rb")
    else:
        archive = zipfile.ZipFile(place)
        names, opened = set(archive.namelist()), archive.open
    found = [name for name in FILES if name in names]
    if "receipt.json" not in names or len(found) != 1:
        raise Wrong(
            "There is no slice here: receipt.json and one of entries.*.",
            "此处没有切片：应有 receipt.json 和一个 entries.* 文件。",
        )
    for name in ("receipt.json", found[0]):
        with opened(name) as stream:
            yield name, stream


def read_rows(name: str, stream: Any) -> Iterator[dict[str, Any]]:
    if name.endswith(".parquet"):
        yield from _read_parquet(stream)
    elif name.endswith(".csv"):
        yield from csv.DictReader(io.TextIOWrapper(stream, "utf-8", newline=""))
    else:
        for line in stream:
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise Wrong("A line is not JSON.", "有一行不是 JSON。")
            yield row


def _read_parquet(stream: Any) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow.parquet as parquet  # here: only this form needs it
    except ImportError:
        raise Wrong(
            "To read Parquet this script needs pyarrow; CSV and JSON need nothing.",
            "读取 Parquet 需要 pyarrow；CSV 和 JSON 不需要任何附加软件。",
        ) from None
    try:
        file = parquet.ParquetFile(io.BytesIO(stream.read()) if not stream.seekable() else stream)
        for batch in file.iter_batches(4096):
            yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise Wrong(f"The Parquet file: {error}.", f"Parquet 文件：{error}。") from None


def compare_checkpoint(tree: Tree, kept: str, vkey: str) -> None:
    """With one that the reader kept: equal sizes must have equal roots."""
    size, root = open_checkpoint(kept, vkey)
    if size == tree.size and root != tree.root:
        raise Wrong(
            "The checkpoint you kept has the same size and another root: the log shows two "
            "histories.",
            "您保存的检查点大小相同而树根不同：日志存在两种历史。",
        )
    if size != tree.size:
        raise Wrong(
            f"The checkpoint you kept is of size {size}, the slice's of {tree.size}: these two "
            "cannot be compared without a consistency proof.",
            f"您保存的检查点大小为 {size}，切片的为 {tree.size}：没有一致性证明则无法比对。",
        )


def verify(place: str, vkey: str, kept: str = "") -> tuple[Tree, dict[str, Any], int]:
    """All of it, or `Wrong`."""
    files = open_slice(place)
    _, stream = next(files)
    tree, _, said = check_receipt(stream.read(), vkey)
    if kept:
        compare_checkpoint(tree, kept, vkey)
    name, stream = next(files)
    try:
        count = check_entries(read_rows(name, stream), tree, said)
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile):
        raise Wrong("The file is damaged.", "文件已损坏。") from None
    finally:
        files.close()  # type: ignore[attr-defined]
    return tree, said, count


def told(tree: Tree, said: dict[str, Any], count: int) -> list[tuple[str, str]]:
    """What has been proved, and what has not."""
    asked = said["asked"]
    lines = [
        (
            f"Verified: {count} entries, each as the log has it at its place, under the checkpoint "
            f"of size {tree.size} of {said['log']}.",
            f"验证通过：{count} 个条目均与日志 {said['log']} 大小为 {tree.size} 的检查点相符。",
        ),
        (
            f"Asked for: {json.dumps(asked, ensure_ascii=False)}, of the first "
            f"{said['tree_size']} entries.",
            f"请求内容：{json.dumps(asked, ensure_ascii=False)}，"
            f"范围为前 {said['tree_size']} 个条目。",
        ),
    ]
    if any(name in asked for name in FILTERS):
        lines.append(
            (
                "Filtered: nothing was changed, dropped or reordered since the log recorded this "
                "export, and every entry is one that was asked for. That no other entry fits is "
                "what the log's operator signed; to prove it, export the whole range.",
                "经筛选：自日志记录此次导出以来未被更改、删减或调序，且每个条目均符合请求。"
                "“再无其他符合的条目”由日志运行者签署声明；如需证明，请导出完整区间。",
            )
        )
    elif "sample" in asked:
        lines.append(
            (
                "Sample: drawn again by its rule, it is exactly this one.",
                "抽样：按规则重新抽取，结果完全一致。",
            )
        )
    else:
        lines.append(
            ("Complete: every entry of the range is here.", "完整：区间内的每个条目都在其中。")
        )
    return lines


def _text(given: str) -> str:
    if os.path.isfile(given):
        with open(given, encoding="utf-8") as file:
            return file.read()
    return given


def main(words: list[str]) -> int:
    kept = ""
    if "--checkpoint" in words[:-1]:
        at = words.index("--checkpoint")
        kept, words = _text(words[at + 1]), words[:at] + words[at + 2 :]
    if len(words) != 2 or words[0].startswith("-"):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        found = verify(words[0], _text(words[1]), kept)
    except (Wrong, OSError, zipfile.BadZipFile) as problem:
        lead = "验证未通过：" if CHINESE else "NOT VERIFIED: "
        sys.stderr.write(f"{lead}{problem}\n")
        return 1
    for line in told(*found):
        sys.stdout.write(line[1 if CHINESE else 0] + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
