"""One byte form and one digest for everything that is signed, compared or recomputed.

In: plain data (dict, list, text, numbers, true, false, null). Out: canonical JSON bytes and SHA-256 digests.
Refuses NaN and infinities: an undefined value is ``null`` beside a reason, never a number.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical_json", "digest", "digest_of", "pretty_json"]


def canonical_json(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, shortest round-trip floats, no NaN.

    Raises:
        ValueError: When ``value`` holds NaN or an infinity.
        TypeError: When ``value`` holds something that JSON has no form for.

    >>> canonical_json({"b": 1, "a": [0.1, None, "é"]})
    b'{"a":[0.1,null,"\\xc3\\xa9"],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def pretty_json(value: Any) -> str:
    """The same data for people: sorted keys, two spaces, a final newline."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def digest(data: bytes) -> str:
    """SHA-256 of bytes, lower-case hex with its prefix.

    >>> digest(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of(value: Any) -> str:
    """Digest of the canonical JSON of ``value``."""
    return digest(canonical_json(value))
