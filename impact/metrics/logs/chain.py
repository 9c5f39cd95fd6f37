"""A hash chain tested in one pass over the rows, in the order of the file.

In: batches of rows: the lines that a row's hash is of, its hash, the hash of the row before, its number. Out: the
counts that SQL would give with a sort, or None where the rows do not stand in the order of their numbers: then it has
to. Hashes are taken as they stand first: where a whole batch is sound, each was written in lower case.
Personal data: a batch of texts is held while it is hashed and let go.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

__all__ = ["BATCH", "chain_counts"]

BATCH = 10_000  # the texts of a batch fit where the processor has them at hand
_HEX = 64  # letters of a SHA-256
_DIGEST = type(sha256()).digest


def chain_counts(batches: Iterable[Any], *, head: str | None = None) -> dict[str, dict[str, Any]] | None:
    """Numbers, links and contents of a chain.

    Args:
        batches: Arrow batches with columns ``lines`` (what is hashed after the hash of the row before; never null),
            ``own`` and ``back`` (null where there is none) and ``seq``.
        head: A hash to look for, in lower case.

    Returns:
        ``sequence`` with numbered, first, last, chains, gaps, missing, repeated, neighbours, broken; ``content`` with
        n, without, differ and, where one is looked for, head. None where a number is smaller than one before it, or
        used twice: which of the two rows comes first is then a matter of sorting.
    """
    seen = _Seen(head)
    for batch in batches:
        if batch.num_rows and not seen.take(batch):
            return None
    return seen.counts()


class _Seen:
    def __init__(self, head: str | None) -> None:
        self.head, self.heads = head, 0
        self.numbered = self.n = self.without = self.differ = 0
        self.gaps = self.missing = self.neighbours = self.broken = 0
        self.first: int | None = None
        self.last: int | None = None
        self.hash: bytes | None = None  # of the last row with a number

    def counts(self) -> dict[str, dict[str, Any]]:
        chain = {"numbered": self.numbered, "first": self.first, "last": self.last, "chains": int(self.numbered > 0)}
        chain |= {"gaps": self.gaps, "missing": self.missing, "repeated": 0, "neighbours": self.neighbours}
        content = {"n": self.n, "without": self.without, "differ": self.differ}
        content |= {"head": self.heads} if self.head is not None else {}
        return {"sequence": {**chain, "broken": self.broken}, "content": content}

    def take(self, batch: Any) -> bool:
        """Count one batch; False where numbers do not rise."""
        import numpy as np
        import pyarrow as pa

        lines, own, back, seq = (batch.column(name) for name in ("lines", "own", "back", "seq"))
        made = _hashes(back, lines)
        stored, before = _fixed(own), _fixed(back)
        linked = stored is not None and before == (self.hash or b"") + stored[:-_HEX]
        if not linked or made.hex().encode() != stored:
            low = _in_lower_case(back)
            made = made if low.equals(back) else _hashes(low, lines)
            own, back = _in_lower_case(own), low
            stored, before = _fixed(own), _fixed(back)
            linked = stored is not None and before == (self.hash or b"") + stored[:-_HEX]
        self.n += len(own)
        self.without += own.null_count
        self.heads += own.to_pylist().count(self.head) if self.head is not None else 0
        wanted = made.hex()
        if stored is None or wanted.encode() != stored:
            for at, one in enumerate(own.to_pylist()):
                self.differ += one is not None and one != wanted[at * _HEX : (at + 1) * _HEX]
        numbers = seq.drop_null().to_numpy(zero_copy_only=False).astype(np.int64)
        if not len(numbers):
            return True
        steps = np.diff(numbers, prepend=numbers[0] if self.last is None else self.last)
        if (steps[self.last is None :] <= 0).any():
            return False
        if self.first is None:
            self.first = int(numbers[0])
            steps[0] = 0  # there is none before it
        self.numbered += len(numbers)
        self.gaps += int((steps > 1).sum())
        self.missing += int((steps[steps > 1] - 1).sum())
        self.neighbours += int((steps == 1).sum())
        self.last = int(numbers[-1])
        whole = not seq.null_count and bool((steps == 1).all())
        if whole and stored is not None and linked:
            self.hash = stored[-_HEX:]
            return True
        there = seq.is_valid().to_pylist()
        mine, theirs = (
            [one for one, kept in zip(each.cast(pa.binary()).to_pylist(), there, strict=True) if kept]
            for each in (own, back)
        )
        for step, expected, named in zip(steps.tolist(), [self.hash, *mine[:-1]], theirs, strict=True):
            self.broken += step == 1 and named != expected
        self.hash = mine[-1]
        return True


def _hashes(back: Any, lines: Any) -> bytes:
    """SHA-256 of each row: the hash before and the lines."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.binary_join_element_wise(back, lines, "", null_handling="replace")  # what is null is nothing
    rows = texts.cast(pa.binary()).to_numpy(zero_copy_only=False)
    return b"".join(map(_DIGEST, map(sha256, rows)))


def _in_lower_case(array: Any) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_lower(array)


def _fixed(array: Any) -> bytes | None:
    """The texts of a column one after the other, where each is a hash; else None."""
    import numpy as np
    import pyarrow as pa

    if array.null_count or array.type != pa.string():
        return None
    _, places, letters = array.buffers()
    ends = np.frombuffer(places, np.int32)[array.offset : array.offset + len(array) + 1]
    if (np.diff(ends) != _HEX).any():
        return None
    return bytes(memoryview(letters)[ends[0] : ends[-1]])
