"""Texts that carry a checksum of their own bytes: ``{"check":"<16 hex>","<what>":<payload>}``, and
digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path


def check_of(key: int, payload: bytes) -> str:
    """Keyed BLAKE2b of 8 bytes, read little-endian: 16 hexadecimal digits."""
    digest = hashlib.blake2b(payload, digest_size=8, key=key.to_bytes(8, "little")).digest()
    return f"{int.from_bytes(digest, 'little'):016x}"


def with_check(key: int, what: str, payload: bytes) -> bytes:
    return b'{"check":"%s","%s":%s}' % (check_of(key, payload).encode(), what.encode(), payload)


def checked_payload(key: int, what: str, text: bytes) -> bytes:
    """The payload of such a text. Throws ValueError saying what is wrong."""
    head = len(b'{"check":"') + 16
    joint = f'","{what}":'.encode()
    body = head + len(joint)
    form = text.startswith(b'{"check":"') and text[head:body] == joint and text.endswith(b"}")
    if len(text) <= body or not form:
        raise ValueError(f'is not of the form {{"check":…,"{what}":…}}')
    payload = text[body:-1]
    written, actual = text[head - 16 : head].decode("ascii", "replace"), check_of(key, payload)
    if written != actual:
        raise ValueError(f"checksum is {actual}, the text says {written}")
    return payload


def digest_of_file(file: Path) -> str:
    """BLAKE2b-256 of a file's bytes, 64 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=32)
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
