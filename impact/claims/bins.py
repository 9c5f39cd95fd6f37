"""Bins of a baseline that hold few people, joined to others before anything is kept or printed (CK-16).

In: the rows of a baseline's bins, how many people are in each, and by characteristic in which bins each group is. Out:
the same rows with bins of one to nine people joined, or one row without numbers where even then a small group could be
worked out. A bin says of people what a group does: “conduct reports: 9 and more” is three people as much as any group
of three. What was counted at approval is protected as what is counted now.

Numbers are joined with their neighbours. Words are put together: the small ones, and the next smallest until two words
and ten people are. What lies outside every bin is a word, or where there is none the neighbour of the last number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from impact.claims.check import Bins, Row
from impact.claims.groups import SMALLEST
from impact.errors import MetricError
from impact.metrics.disclosure.attack import Statement, narrow

__all__ = ["OUTSIDE", "joined", "kept_bins", "withheld_bins"]

OUTSIDE = "outside every bin"
_WIDTH = 5  # values that must stay possible, as in derivable.py
_NAMED = 3  # words that are put together and named one by one
Rows = Sequence[Row]


def kept_bins(
    rows: Rows, hidden: Mapping[str, frozenset[Any]], bins: Bins, count: Callable[[str], Rows]
) -> list[dict[str, Any]]:
    """The rows that can be kept.

    Args:
        rows: ``bin``, ``share``, ``before``, ``n``, ``numeric``, in order; the last may be what is outside every bin.
        hidden: Characteristic -> groups that are hidden in all checks, where some are.
        bins: The questions to ask of them.
        count: SQL -> rows.
    """
    if not rows:
        return []
    if any(row["n"] < 0 for row in rows):  # bins overlap, so that their counts say nothing; the check says it
        return [{**dict.fromkeys(rows[0]), "n": -1}]
    most = int(count(bins.most)[0]["most"] or 1) if bins.most else 1
    people = _people(rows, most, lambda: count(bins.people))
    cells = joined([dict(row) for row in rows], people)
    if len(cells) < 2 <= len(rows):
        return withheld_bins(rows)
    if hidden and any(row["n"] for row in rows):
        crossed = count(bins.groups(tuple(hidden)))
        for name, groups in hidden.items():
            if _tells(rows, cells, people, groups, [row for row in crossed if row["by"] == name], most):
                return withheld_bins(rows)
    kept = [{name: value for name, value in cell.items() if name != "of"} for cell in cells]
    return [*kept, *(dict(row) for row in rows if _nobody_outside(row))]


def _people(rows: Rows, most: int, count: Callable[[], Rows]) -> dict[str | None, int]:
    """Bin -> people. Counted only where rows do not tell: so many rows are at least ten people, or are fewer."""
    found = {row["bin"]: row["n"] if row["n"] < SMALLEST else -(-row["n"] // most) for row in rows}
    if any(each < SMALLEST <= row["n"] for row, each in zip(rows, found.values(), strict=False)):
        found |= {row["bin"]: row["people"] for row in count() if row["bin"] is not None}
    return found


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
    rows: Rows, cells: Sequence[Row], people: Mapping[str | None, int], hidden: frozenset[Any], crossed: Rows, most: int
) -> bool:
    """Whether the joined bins, with the sizes of groups, narrow a small group or a small bin to fewer than five values.

    The attacker knows which groups there are in which bin at all, how large each group is that is not hidden, and the
    hidden ones together. A bin that is a group under another name then gives the group away. Where people have several
    rows, a hidden group counts as small if it may be.
    """
    sizes = {row["g"]: row["n"] for row in crossed if row["bin"] is None}
    inside = {(row["bin"], row["g"]): row["n"] for row in crossed if row["bin"] is not None}
    outside = {(None, g): n - sum(k for (_, of), k in inside.items() if of == g) for g, n in sizes.items()}
    there = [pair for pair, n in (inside | outside).items() if n > 0]

    def of_bins(names: Collection[str | None]) -> list[tuple[str | None, Any]]:
        return [pair for pair in there if pair[0] in names]

    def of_groups(names: Collection[Any]) -> list[tuple[str | None, Any]]:
        return [pair for pair in there if pair[1] in names]

    equal = [(of_bins(cell["of"]), cell["n"]) for cell in cells]
    equal += [(of_groups([group]), n) for group, n in sizes.items() if group not in hidden]
    equal.append((of_groups(hidden), sum(n for group, n in sizes.items() if group in hidden)))
    secrets = [(of_groups([g]), n) for g, n in sizes.items() if g in hidden and 0 < n < SMALLEST * most]
    secrets += [(of_bins([row["bin"]]), row["n"]) for row in rows if 0 < people[row["bin"]] < SMALLEST]
    known = [Statement(at, n, n) for at, n in equal if at]
    known += [Statement(at, 0, max(SMALLEST - 1, n)) for at, n in secrets]
    try:
        return bool(narrow(known, [at for at, _ in secrets], wanted=_WIDTH))
    except MetricError:  # the same bin twice: what is counted in which cannot be known
        return True
