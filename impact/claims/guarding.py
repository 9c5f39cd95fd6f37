"""What the rows of all checks together give away of few people, withheld before anything is kept or printed.

In: the queries that were asked and their rows, in which each query has withheld small groups on its own (groups.py).
Out: the same rows with more withheld. Judges nothing, asks the log nothing but which conditions go together.

Two rules (docs/adr/0026):

- *One hidden set for each characteristic.* A group that is withheld in one query is withheld in all by that
  characteristic, with the groups that were withheld beside it: else one query gives what another one hides.
- *Few hits are few people.* Where of some group 1 to 9 people are hits of a share, or are none, no count of that share
  is shown by that characteristic (“6 of 62” says as much of six people as a group of six does). Nor is any other share
  from which one of them could be worked out: an attacker who knows all that is shown, and which conditions go together
  in this log, is given linear programming (``metrics.disclosure.attack``). Nobody and everybody (0 and n) are shown:
  “every alert was reviewed” is what many claims are about.

Bins of a baseline (CK-16) are of no group, but a bin says of people what a group does: those of few people are joined,
and none is shown from which a hidden group could be worked out (bins.py).

Exempt are pairs of records and other things drawn for a test, and counts that are of no group: a failure of the
procedure is counted out, whoever it befell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from impact.claims.bins import kept_bins
from impact.claims.check import Bins, Fit, Guard, Query, Row
from impact.claims.groups import SMALLEST
from impact.claims.tallies import SUMS

__all__ = ["Asked", "Pair", "few", "sides", "small", "withhold"]

Rows = Sequence[Mapping[str, Any]]
Pair = tuple[str, str, str]  # view, condition of a hit, condition of being at risk
_ADDED = ("k", "n", *SUMS)


@dataclass(frozen=True)
class Asked:
    """A query or a fit that was asked, with its rows."""

    check: str
    name: str
    guard: Guard
    rows: Rows

    @classmethod
    def of(cls, check: str, query: Query | Fit, rows: Rows) -> Asked | None:
        return None if query.guard is None else cls(check, query.name, query.guard, rows)


def few(count: float | None) -> bool:
    """Fewer than ten and not nobody.

    >>> few(0), few(1), few(9), few(10), few(None)
    (False, True, True, False, False)
    """
    return count is not None and 0 < count < SMALLEST


def withhold(
    asked: Sequence[Asked],
    leaking: Callable[[Sequence[Pair], Mapping[Any, Mapping[Pair, Row]]], set[Pair]],
    count: Callable[[Bins, str], Rows],
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(check, query) -> the rows to keep, for each that was asked.

    Args:
        asked: In the order in which checks run: of two shares of which only one can be shown, the first one is.
        leaking: Pairs of a characteristic, and group -> pair -> counts: those of which no count can be shown.
        count: SQL of ``Bins`` -> its rows, which are kept nowhere.
    """
    names = dict.fromkeys(name for each in asked for name in _characteristics(each))
    places = {name: _Characteristic.of(name, asked) for name in names}
    withdrawn = {
        name: leaking([*dict.fromkeys(pair for cell in one.cells for pair in [cell.pair])], one.counts())
        for name, one in places.items()
    }
    return {(each.check, each.name): _kept(each, places, withdrawn.get(each.guard.by, set()), count) for each in asked}


def _characteristics(each: Asked) -> Iterable[str]:
    if each.guard.form == "areas":
        return [str(row["characteristic"]) for row in each.rows if "characteristic" in row]
    return each.guard.by.split()


# ---- which groups are hidden ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """One share by one characteristic, as its query shows it."""

    pair: Pair
    shown: Mapping[Any, Row]
    withheld: frozenset[Any]
    merged: Row | None
    enough: bool = False  # of the withheld ones together, though no row says how many they are


@dataclass
class _Characteristic:
    """Everything that is asked by one characteristic; ``hidden`` are the groups that no row names with a count."""

    cells: list[_Cell] = field(default_factory=list)
    hidden: set[Any] = field(default_factory=set)

    @classmethod
    def of(cls, name: str, asked: Sequence[Asked]) -> _Characteristic:
        own = cls()
        for each in asked:
            if each.guard.form == "areas":
                own.hidden |= {
                    row["group"] for row in each.rows if row["kind"] == "withheld" and row["characteristic"] == name
                }
            elif each.guard.by == name:
                own.cells += _cells(each)
        own.hidden |= {group for cell in own.cells for group in cell.withheld}
        while own.hidden and (more := own._more()) is not None:
            own.hidden.add(more)
        return own

    def _more(self) -> Any:
        """The next group to hide, while some share still gives a hidden one away by what is left of its total."""
        for cell in self.cells:
            gone = [row for group, row in cell.shown.items() if group in self.hidden]
            left = {group: row for group, row in cell.shown.items() if group not in self.hidden}
            together = sum(_people(row) for row in gone) + (_people(cell.merged) if cell.merged is not None else 0)
            parts = len(gone) + len(cell.withheld)
            together += SMALLEST if cell.enough else 0
            unknown = bool(cell.withheld) and cell.merged is None and not cell.enough
            if left and parts and (parts < 2 or together < SMALLEST or unknown):
                return min(left, key=lambda group: (self._size(group), str(group)))
        return None

    def _size(self, group: Any) -> float:
        return max(_people(cell.shown[group]) for cell in self.cells if group in cell.shown)

    def counts(self) -> dict[Any, dict[Pair, Row]]:
        """Group -> pair -> counts, of those shown and (None) of the hidden ones together."""
        found: dict[Any, dict[Pair, Row]] = {}
        for cell in self.cells:
            for group, row in cell.shown.items():
                if group not in self.hidden:
                    found.setdefault(("group", group), {})[cell.pair] = row
            if (merged := self.merged(cell)) is not None:
                found.setdefault(None, {})[cell.pair] = merged
        return found

    def merged(self, cell: _Cell) -> Row | None:
        """The hidden groups added up; None where none is, or where nobody may know their sum."""
        own = [row for group, row in cell.shown.items() if group in self.hidden]
        if (cell.withheld and cell.merged is None) or not (own or cell.merged):
            return None
        parts = [*own, *([cell.merged] if cell.merged is not None else [])]
        return {name: sum(row[name] for row in parts) for name in _ADDED if name in parts[0]}


def _people(row: Row) -> float:
    return float(row["clusters"] if row.get("clusters") is not None else row["n"])


def _cells(each: Asked) -> list[_Cell]:
    guard, found = each.guard, []
    if guard.form == "bins":
        ((_, *pair),) = guard.shares
        sums: dict[Any, dict[str, float]] = {}
        for row in each.rows:
            if row["g"] is not None and row["n"] is not None:
                total = sums.setdefault(row["g"], {"k": 0, "n": 0})
                total["k"], total["n"] = total["k"] + row["k"], total["n"] + row["n"]
        withheld = frozenset(row["g"] for row in each.rows if row["g"] is not None and row["n"] is None)
        hit, risk = pair
        return [_Cell((guard.view, hit, risk), sums, withheld, None, enough=bool(withheld and sums))]
    if guard.form != "shares":
        return []
    for name, hit, risk in guard.shares:
        own = [row for row in each.rows if row["share"] == name]
        merged = [row for row in own if row["role"] == "merged"]
        found.append(
            _Cell(
                (guard.view, hit, risk),
                {row["g"]: row for row in own if row["role"] == "shown"},
                frozenset(row["g"] for row in own if row["role"] == "withheld"),
                merged[0] if merged else None,
            )
        )
    return found


# ---- what is left of the rows -----------------------------------------------------------------------------------


def _kept(
    each: Asked, places: Mapping[str, _Characteristic], withdrawn: set[Pair], count: Callable[[Bins, str], Rows]
) -> list[dict[str, Any]]:
    guard, rows = each.guard, [dict(row) for row in each.rows]
    hidden = {group for name in guard.by.split() if name in places for group in places[name].hidden}
    if guard.form == "shares":
        return _shares(each, places[guard.by], withdrawn)
    if guard.form == "bins":
        return _bins(each, hidden, withdrawn)
    if guard.form == "areas":
        return _areas(rows, places)
    if guard.form == "baseline":
        bins, hidden_by = guard.bins, {name: frozenset(one.hidden) for name, one in places.items() if one.hidden}
        return rows if bins is None else kept_bins(rows, hidden_by, bins, lambda sql: count(bins, sql))
    if guard.form == "ages":
        return [_ages(row, bool(hidden)) for row in rows]
    if guard.form == "disclosed":
        return [
            dict.fromkeys(row)
            if row["enough"] and (small({"k": row["a"], "n": row["n1"]}) or small({"k": row["c"], "n": row["n0"]}))
            else row
            for row in rows
        ]
    return [dict.fromkeys(row) if hidden or any(map(few, [_people(row), *sides(row)])) else row for row in rows]


def sides(row: Row) -> tuple[float, float]:
    """People with a hit, and with a row that is none."""
    if row.get("clusters") is not None:
        return row["counted"], row["others"]
    return row["k"], row["n"] - row["k"]


def small(row: Row) -> bool:
    """Few people of the group are hits, or are none.

    >>> small({"k": 6, "n": 62}), small({"k": 55, "n": 62}), small({"k": 0, "n": 62}), small({"k": 20, "n": 62})
    (True, True, False, False)
    """
    return any(map(few, sides(row)))


def _shares(each: Asked, own: _Characteristic, withdrawn: set[Pair]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for (name, hit, risk), cell in zip(each.guard.shares, _cells(each), strict=True):
        rows = [dict(row) for row in each.rows if row["share"] == name]
        if not rows:
            continue
        empty = dict.fromkeys(rows[0]) | {"share": name}
        if (each.guard.view, hit, risk) in withdrawn:
            found.append({**empty, "role": "withdrawn"})
            continue
        merged = own.merged(cell)
        found += [{**empty, "role": "merged", **merged}] if merged is not None else []
        found += [row for row in rows if row["role"] == "shown" and row["g"] not in own.hidden]
        found += [row for row in rows if row["role"] == "unrecorded"]
        gone = sorted([group for group in (*cell.shown, *cell.withheld) if group in own.hidden], key=str)
        found += [{**empty, "role": "withheld", "g": group} for group in gone]
    return found


def _bins(each: Asked, hidden: set[Any], withdrawn: set[Pair]) -> list[dict[str, Any]]:
    """Bins of at least ten rows with the outcome and ten without it; the last ones go to the bin before."""
    ((_, hit, risk),) = each.guard.shares
    rows = [dict(row) for row in each.rows]
    if (each.guard.view, hit, risk) in withdrawn:
        return [{**dict.fromkeys(rows[0]), "bin": -1}]
    found: list[dict[str, Any]] = []
    groups = dict.fromkeys(row["g"] for row in rows if row["g"] is not None)
    for group in groups:
        own = [row for row in rows if row["g"] == group]
        if group in hidden:
            found.append({**dict.fromkeys(own[0]), "g": group})
            continue
        made: list[dict[str, Any]] = []
        for row in own:
            if made and not _full(made[-1]):
                made[-1] = _joined(made[-1], row)
            else:
                made.append(row)
        if len(made) > 1 and not _full(made[-1]):
            made[-2:] = [_joined(*made[-2:])]
        found += made
    return [*found, *(row for row in rows if row["g"] is None)]


def _full(row: Row) -> bool:
    return bool(row["k"] >= SMALLEST and row["n"] - row["k"] >= SMALLEST)


def _joined(one: Row, other: Row) -> dict[str, Any]:
    return {**one, **{name: one[name] + other[name] for name in ("n", "k", "s")}}


def _areas(rows: list[dict[str, Any]], places: Mapping[str, _Characteristic]) -> list[dict[str, Any]]:
    found = []
    added: dict[tuple[str, Any], None] = {}
    for row in rows:
        hidden = places[row["characteristic"]].hidden if "characteristic" in row else set()
        group = row.get("group")
        if group is not None and group in hidden and row["kind"] != "withheld":
            added[row["characteristic"], group] = None
        else:
            found.append(row)
    changed = {characteristic for characteristic, _ in added}
    found = [row for row in found if not (row["kind"] == "information" and row["characteristic"] in changed)]
    return found + [{"kind": "withheld", "characteristic": name, "group": group} for name, group in added]


def _ages(row: dict[str, Any], hidden: bool) -> dict[str, Any]:
    """Nobody is said; what could be added to shown age bands is not, where bands are hidden."""
    mixed = bool(row["some"] or row["either"] or row["unknown"])
    if hidden and mixed:
        return {name: value if name == "some" or value == 0 else None for name, value in row.items()}
    return {name: None if name != "some" and few(value) else value for name, value in row.items()}
