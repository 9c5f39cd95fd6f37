"""Bins of a baseline that hold few people, joined to others before anything is kept or printed (CK-16).

In: the rows of a baseline's bins, how many people are in each, and by characteristic in which bins each group is. Out:
the same rows with bins of one to nine people joined, or one row without numbers where even then a small group could be
worked out. A bin says of people what a group does: “conduct reports: 9 and more” is three people as much as any group
of three. What was counted at approval is protected as what is counted now.

Numbers are joined with their neighbours. Words are put together: the small ones, and the next smallest until two words
and ten people are. What lies outside every bin is a word, or where there is none the neighbour of the last number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from impact.claims.check import Row
from impact.claims.groups import SMALLEST
from impact.errors import MetricError
from impact.metrics.disclosure.attack import Statement, narrow

__all__ = ["OUTSIDE", "joined", "kept_bins", "withheld_bins"]

OUTSIDE = "outside every bin"
_WIDTH = 5  # values that must stay possible, as in derivable.py
_NAMED = 3  # words that are put together and named one by one
Rows = Sequence[Row]


def kept_bins(
    rows: Rows, by: Mapping[str, frozenset[Any]], count: Callable[[str | None], Rows]
) -> list[dict[str, Any]]:
    """The rows that can be kept.

    Args:
        rows: ``bin``, ``share``, ``before``, ``n``, ``numeric``, in order; the last may be what is outside every bin.
        by: Characteristic -> groups that are hidden in all checks.
        count: Characteristic, or None for everybody -> rows with ``bin``, ``g``, ``n`` and ``people``.
    """
    if not rows:
        return []
    if any(row["n"] < 0 for row in rows):  # bins overlap, so that their counts say nothing; the check says it
        return [{**dict.fromkeys(rows[0]), "n": -1}]
    people = {row["bin"]: row["people"] for row in count(None)}
    cells = joined([dict(row) for row in rows], people)
    if len(cells) < 2 <= len(rows):
        return withheld_bins(rows)
    for characteristic, hidden in by.items():
        if hidden and _tells(rows, cells, people, hidden, count(characteristic)):
            return withheld_bins(rows)
    kept = [{name: value for name, value in cell.items() if name != "of"} for cell in cells]
    return [*kept, *(dict(row) for row in rows if _nobody_outside(row))]


def withheld_bins(rows: Rows) -> list[dict[str, Any]]:
    """One row that says that there were bins, and nothing else."""
    return [dict.fromkeys(rows[0])]


def joined(rows: list[dict[str, Any]], people: Mapping[str | None, int]) -> list[dict[str, Any]]:
    """Rows of which none holds one to nine people, now or at approval; ``of`` says which bins each is made of. Where
    nobody is outside every bin that row is left out.

    >>> rows = [{"bin": b, "share": None, "before": None, "n": n, "numeric": True} for b, n in (("0", 40), ("1", 3))]
    >>> [(row["bin"], row["n"], row["of"]) for row in joined(rows, {"0": 40, "1": 3})]
    [('0 and 1', 43, ['0', '1'])]
    """
    cells = [
        {**row, "of": [row["bin"]], "people": people.get(row["bin"], row["n"])}
        for row in rows
        if not _nobody_outside(row)
    ]
    words = [cell for cell in cells if not cell["numeric"]]
    numbers = [cell for cell in cells if cell["numeric"]]
    if all(cell["bin"] is None for cell in words):
        numbers, words = numbers + words, []
    found = [*_neighbours(numbers), *_together(words)]
    return [{name: value for name, value in cell.items() if name != "people"} for cell in found]


def _nobody_outside(row: Row) -> bool:
    return row["bin"] is None and not row["n"]


def _small(cell: Row) -> bool:
    return any(count is not None and 0 < count < SMALLEST for count in (cell["people"], cell["before"]))


def _neighbours(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for cell in cells:
        if made and _small(made[-1]):
            made[-1] = _sum([made[-1], cell])
        else:
            made.append(cell)
    while len(made) > 1 and _small(made[-1]):
        made[-2:] = [_sum(made[-2:])]
    return made


def _together(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    few = [cell for cell in cells if _small(cell)]
    if not few:
        return list(cells)
    rest = sorted(
        (cell for cell in cells if not _small(cell)),
        key=lambda cell: (not cell["people"], cell["people"], str(cell["bin"])),
    )
    while rest and (len(few) < 2 or _small(_sum(few))):
        few.append(rest.pop(0))
    own = [cell["bin"] for cell in few]
    return [cell for cell in cells if cell["bin"] not in own] + [_sum(few)]


def _sum(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def added(name: str) -> Any:
        known = [cell[name] for cell in cells if cell["bin"] is not None]
        return None if any(value is None for value in known) else sum(known)

    of = [name for cell in cells for name in cell["of"]]
    return {
        **cells[0],
        "bin": _label(of, numeric=all(cell["numeric"] for cell in cells)) if len(of) > 1 else of[0],
        "share": added("share"),
        "before": added("before"),
        "n": sum(cell["n"] for cell in cells),
        "people": sum(cell["people"] for cell in cells),
        "numeric": all(cell["numeric"] for cell in cells),
        "of": of,
    }


def _label(of: Sequence[str | None], *, numeric: bool) -> str:
    """What the bins together are called.

    >>> _label(["a", "b"], numeric=False), _label(["0 to 1", "1 to 2", "2 to 3"], numeric=True)
    ('a and b', '0 to 1 … 2 to 3')
    >>> _label(["a", "b", "c", "d", None], numeric=False)
    'a, b, c and 2 more'
    """
    names = [OUTSIDE if name is None else name for name in of]
    if numeric and len(names) > 2:
        return f"{names[0]} … {names[-1]}"
    shown = names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _tells(
    rows: Rows, cells: Sequence[Row], people: Mapping[str | None, int], hidden: frozenset[Any], crossed: Rows
) -> bool:
    """Whether the joined bins, with the sizes of groups, narrow a small group or a small bin to fewer than five values.

    The attacker knows which groups there are in which bin at all, how large each group is that is not hidden, and the
    hidden ones together. A bin that is a group under another name then gives the group away.
    """
    there = [(row["bin"], row["g"]) for row in crossed if row["n"]]
    sizes: dict[Any, list[int]] = {}
    for row in crossed:
        own = sizes.setdefault(row["g"], [0, 0])
        own[0], own[1] = own[0] + row["n"], own[1] + row["people"]
    known = [
        Statement(at, cell["n"], cell["n"])
        for cell in cells
        if (at := [pair for pair in there if pair[0] in cell["of"]])
    ]
    for group, (rows_of, _) in sizes.items():
        if group not in hidden:
            known.append(Statement([pair for pair in there if pair[1] == group], rows_of, rows_of))
    together = sum(own[0] for group, own in sizes.items() if group in hidden)
    if at := [pair for pair in there if pair[1] in hidden]:
        known.append(Statement(at, together, together))
    secrets = [
        ([pair for pair in there if pair[1] == group], rows_of)
        for group, (rows_of, persons) in sizes.items()
        if group in hidden and 0 < persons < SMALLEST
    ]
    secrets += [
        ([pair for pair in there if pair[0] == row["bin"]], row["n"])
        for row in rows
        if 0 < people.get(row["bin"], row["n"]) < SMALLEST
    ]
    secrets = [(at, value) for at, value in secrets if at]
    known += [Statement(at, 0, max(SMALLEST - 1, value)) for at, value in secrets]
    try:
        return bool(narrow(known, [at for at, _ in secrets], wanted=_WIDTH))
    except MetricError:  # the same bin twice: what is counted in which cannot be known
        return True
