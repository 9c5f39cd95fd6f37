"""The salted hash tree of a record: one commitment for each part, one root for all of them.

In: names, salts, plain values. Out: SHA-256 digests. Knows nothing of records.
The shape is that of RFC 6962 section 2.1 (Merkle tree hash): leaf and node are hashed with different first bytes, so
that none can pass for the other. The name of a part stands outside its commitment: what is withheld keeps its name.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from impact.canonical import canonical_json

__all__ = ["METHOD", "SALT_BYTES", "commitment", "root", "salt"]

METHOD = "impact/seal/1"
SALT_BYTES = 32
# First byte of what is hashed: what one kind of hash stands for can never be read as another kind.
_LEAF, _NODE, _COMMITMENT, _ROOT = b"\x00", b"\x01", b"\x02", b"\x03"
_PREFIX = "sha256:"


def commitment(value: Any, salt: bytes) -> str:
    """What stands for one part: it fixes the value, and tells nobody without the salt what it is.

    Args:
        value: Plain data, as in a record.
        salt: 32 bytes that nobody can guess.

    >>> commitment("Yes", bytes(32)) == commitment("Yes", bytes(31) + b"1")
    False
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return _PREFIX + hashlib.sha256(_COMMITMENT + METHOD.encode() + salt + canonical_json(value)).hexdigest()


def root(commitments: Mapping[str, str]) -> str:
    """The root over all parts, by name. Their number is part of it, and so is every name.

    Args:
        commitments: Name of a part -> its commitment. Sorted here: a record has no order of its own.

    Raises:
        ValueError: There is no part, or a commitment is not ``sha256:`` and 64 digits of lower-case hexadecimal.

    >>> root({"a": "sha256:" + "0" * 64}) != root({"b": "sha256:" + "0" * 64})
    True
    """
    leaves = [_leaf(name, commitments[name]) for name in sorted(commitments)]
    if not leaves:
        raise ValueError("a tree has at least one leaf")
    head = _ROOT + METHOD.encode() + len(leaves).to_bytes(8, "big") + _top(leaves)
    return _PREFIX + hashlib.sha256(head).hexdigest()


def salt(secret: bytes, context: bytes, name: str) -> bytes:
    """The salt of one part: HMAC-SHA-256 under the secret of the assessment.

    Args:
        secret: 32 random bytes, kept with the assessment.
        context: SHA-256 of the whole record: another version of it has other salts throughout. With salts that stay,
            a version that shows an answer would give away the salt for the version that withholds it.
        name: Of the part.
    """
    return hmac.new(secret, METHOD.encode() + b" salt\x00" + context + name.encode(), hashlib.sha256).digest()


def _leaf(name: str, committed: str) -> bytes:
    digits = committed.removeprefix(_PREFIX)
    if not committed.startswith(_PREFIX) or len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise ValueError("not a commitment")
    written = name.encode()
    return hashlib.sha256(_LEAF + len(written).to_bytes(4, "big") + written + bytes.fromhex(digits)).digest()


def _top(leaves: list[bytes]) -> bytes:
    """RFC 6962: the left side holds the largest power of two that is smaller than the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(_NODE + _top(leaves[:split]) + _top(leaves[split:])).digest()
