"""The texts that the tokenizer references are made of: Debian's fortunes (packages fortunes and
fortunes-min 1:1.99.1), read by a rule that a C++ test can repeat to the byte."""

import hashlib
import pathlib
import struct

FOLDER = pathlib.Path("/usr/share/games/fortunes")


def categories():
    """The files with texts, by name: *.dat are indices, *.u8 links to the files themselves."""
    paths = (p for p in FOLDER.iterdir() if p.suffix not in (".dat", ".u8"))
    return sorted(p.name for p in paths if p.is_file())


def texts(category):
    """Texts of a category: what stands between lines "%", line breaks kept, none empty."""
    out, lines = [], []
    for line in [*(FOLDER / category).read_bytes().split(b"\n"), b"%"]:
        if line != b"%":
            lines.append(line)
            continue
        text = b"\n".join(lines)
        lines = []
        if text:
            out.append(text.decode("utf-8"))
    return out


def file_digest(category):
    return hashlib.blake2b((FOLDER / category).read_bytes(), digest_size=32).hexdigest()


def ids_digest(all_ids):
    """BLAKE2b-256 of each text's number of ids and ids, as 4 bytes little-endian each."""
    digest = hashlib.blake2b(digest_size=32)
    for ids in all_ids:
        digest.update(struct.pack(f"<{len(ids) + 1}I", len(ids), *ids))
    return digest.hexdigest()
