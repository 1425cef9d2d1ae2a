"""Reference values for the keyed hash, the digest and the keyed normals of src/base.

Needs Python 3.9 or newer and nothing else. Writes base_vectors.txt beside itself, one vector a line:

    keyed KEY BYTES VALUE            BLAKE2b with 8 bytes of digest and key (hashlib)
    digest BYTES DIGEST              BLAKE2b with 32 bytes of digest (hashlib)
    normal SEED STREAM NAME SD INDEX VALUE
                                     Philox4x32-10 written out from the paper (Salmon et al. 2011)
                                     and Box-Muller in double, not through Random123

BYTES are hexadecimal, "-" for none. Run: python3 tests/reference/make_base_vectors.py
"""
import hashlib
import math
from pathlib import Path

MASK = 0xFFFFFFFF


def keyed_hash(key, data):
    digest = hashlib.blake2b(data, digest_size=8, key=key.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "little")


def philox(counter, key):
    c, k = list(counter), [key & MASK, key >> 32]
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def normal(seed, stream, name, sd, index):
    key = keyed_hash(seed, f"{stream}/{name}".encode())
    block = index // 2
    w = philox((block & MASK, block >> 32, 0, 0), key)
    u = [(((w[2 * j] | w[2 * j + 1] << 32) >> 11) + 1) * 2.0**-53 for j in range(2)]
    radius, angle = sd * math.sqrt(-2 * math.log(u[0])), 2 * math.pi * u[1]
    return radius * (math.sin(angle) if index % 2 else math.cos(angle))


def main():
    # The published known answers of Random123: this Philox is the one meant.
    assert philox((0, 0, 0, 0), 0) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert philox((MASK,) * 4, (MASK << 32) | MASK) == [
        0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]

    counting = bytes(range(256)) * 4
    messages = [b"", b"a", b"doc-1", "größe 模型".encode(), b"\0", b"\0\0"]
    messages += [counting[:n] for n in (8, 127, 128, 129, 255, 256, 257, 1000)]
    lines = []
    for key in (0, 1, 20251030, 0x0123456789ABCDEF, 2**63, 2**64 - 1):
        for message in messages:
            lines.append(f"keyed {key} {message.hex() or '-'} {keyed_hash(key, message)}")
    for message in messages:
        digest = hashlib.blake2b(message, digest_size=32).hexdigest()
        lines.append(f"digest {message.hex() or '-'} {digest}")
    for seed, stream, name, sd in (
            (0, 0, "w", 1.0),
            (20251030, 2, "encoder.layer.0.attention.self.query.weight", 0.02),
            (2**64 - 1, 2**64 - 1, "a/b", 1e-3)):
        for index in (0, 1, 2, 3, 10, 11, 4095):
            value = normal(seed, stream, name, sd, index)
            lines.append(f"normal {seed} {stream} {name} {sd!r} {index} {value!r}")
    Path(__file__).with_name("base_vectors.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
