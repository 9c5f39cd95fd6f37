"""Shares by group, counted in the log with small groups withheld.

In: a characteristic and what is counted, as SQL conditions. Out: a query that withholds small groups before anything
leaves the engine, and its rows as ``Groups``. Compares nothing: see comparisons.py.

A group of fewer than ten people is not shown, and where one is withheld the next smallest is too, until at least two
groups with ten people together are: else it could be worked out from a total. The withheld ones are added up in the
engine, so that everybody known not to belong to a shown group is still counted. Here each query is guarded on its own;
guarding.py then withholds what the rows of all checks would give away together.

Source: claims.md 1.2 of the design.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.claims.check import Context, Found, Guard, Query, Row, Tally
from impact.claims.shares import Share, share_of
from impact.claims.tallies import BASE, SUMS, counted
from impact.claims.words import named, number, percent

__all__ = [
    "SMALLEST",
    "Groups",
    "chosen",
    "genuine",
    "group_cautions",
    "group_query",
    "groups_of",
    "looked_at",
    "only_flagged",
    "parameter",
]

SMALLEST = 10  # people of a group, below which nothing is shown of it (framework.md 2.6 of the design)


def chosen(context: Context) -> tuple[str, ...]:
    """Characteristics to test: those that the parameter ``characteristics`` names and the log has, else all there are.

    >>> there = {"cases": frozenset({"sex", "rank_grade"})}
    >>> chosen(Context(there, ("sex",), parameters={"characteristics": ["rank_grade"]}))
    ('rank_grade',)
    """
    named = context.parameters.get("characteristics")
    if isinstance(named, list | tuple):
        return tuple(str(name) for name in named if context.has(str(name)))
    return context.characteristics


def genuine(context: Context) -> str:
    """SQL: the row is no planted test.

    >>> genuine(Context({"cases": frozenset({"flag"})}))
    'true'
    """
    return "seeded_test IS NOT TRUE" if context.has("seeded_test") else "true"


def looked_at(context: Context) -> Query:
    """Flagged and other cases: a log of alerts alone holds nobody who was looked at and left alone."""
    sql = (
        "SELECT count(*) FILTER (WHERE flag) AS flagged, count(*) FILTER (WHERE NOT flag) AS others FROM cases "
        f"WHERE {genuine(context)}"
    )
    return Query("looked at", sql, ("flag",))


def only_flagged(found: Found) -> bool:
    """The log holds flagged cases and no others, so the share flagged is 1 in every group whatever the tool does.

    >>> only_flagged(Found({"looked at": [{"flagged": 5, "others": 0}]}))
    True
    """
    row = found.one("looked at")
    return row is not None and row["flagged"] > 0 and row["others"] == 0


def group_query(
    context: Context,
    name: str,
    by: str,
    shares: Mapping[str, tuple[str, str]],
    *,
    needs: tuple[str, ...] = (),
    view: str = "cases",
    cluster: str = "subject_key",
    sampled: bool = False,
    base: str = "",
) -> Query:
    """One pass over the log: for each share its hits and rows at risk by group, small groups withheld.

    Args:
        context: Whether people have several rows.
        name: Of the query.
        by: The characteristic: a column of ``view``.
        shares: Name of a share -> SQL condition of a hit, and of being at risk. Null counts as no hit.
        needs: Columns that the conditions use.
        view: ``cases`` or a side file; only in ``cases`` are rows of one person kept together.
        cluster: What makes rows alike.
        base: SQL that gives g, k0 and m0 for one share, in the place of a count of rows.
        sampled: The rows were drawn for a test and tell of no one in the log: only this query guards them.

    Returns:
        Rows for :func:`groups_of`: ``share``, ``role`` (shown, withheld, merged, unrecorded), ``g``, ``k``, ``n`` and,
        where people have several rows, their sums.
    """
    clustered = view == "cases" and context.repeated and context.has(cluster)
    tally = Tally(tuple(shares.values()), by, cluster if clustered else None, view)
    own = SUMS if clustered else ()
    long = " UNION ALL ".join(
        f"SELECT '{share}' AS share, g, k{i} AS k, m{i} AS n, {f'clusters{i}' if clustered else f'm{i}'} AS size"
        + "".join(f", {sum_}{i} AS {sum_}" for sum_ in own)
        + " FROM base"
        for i, share in enumerate(shares)
    )
    plain = "".join(f", {sum_}" for sum_ in own)
    empty = "".join(f", NULL AS {sum_}" for sum_ in own)
    added = "".join(f", CAST(sum({sum_}) AS BIGINT) AS {sum_}" for sum_ in own)
    over = (
        f"WITH base AS MATERIALIZED ({BASE}), long AS ({long}), "
        # Shares of one query share their people (wrongly and rightly flagged add up to flagged): a group that is too
        # small in one of them is hidden in all, or the rest would give it away.
        "joint AS (SELECT *, min(size) OVER (PARTITION BY g) AS people FROM long), "
        "placed AS (SELECT *, min(people) OVER (PARTITION BY share, g IS NULL) AS least, "
        "row_number() OVER (PARTITION BY share, g IS NULL ORDER BY people, g) AS place, "
        "coalesce(sum(people) OVER (PARTITION BY share, g IS NULL ORDER BY people, g "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM joint), "
        f"marked AS (SELECT *, g IS NOT NULL AND least < {SMALLEST} "
        f"AND (people < {SMALLEST} OR place <= 2 OR before < {SMALLEST}) AS hidden FROM placed) "
        f"SELECT share, 'shown' AS role, g, k, n{plain} FROM marked WHERE g IS NOT NULL AND NOT hidden "
        f"UNION ALL SELECT share, 'withheld', g, NULL, NULL{empty} FROM marked WHERE hidden "
        f"UNION ALL SELECT share, 'merged', NULL, CAST(sum(k) AS BIGINT), CAST(sum(n) AS BIGINT){added} FROM marked "
        f"WHERE hidden GROUP BY share HAVING sum(size) >= {SMALLEST} AND count(*) > 1 "
        f"UNION ALL SELECT share, 'unrecorded', NULL, NULL, n{empty} FROM marked WHERE g IS NULL "
        "ORDER BY share, role, g"
    )
    # A side file has columns of its own; a subquery over cases has those of cases.
    column = f"{view}.{by}" if view != "cases" and view in context.columns else by
    needs = (*needs, column, cluster) if clustered else (*needs, column)
    guard = Guard(by, "shares", tuple((name, *pair) for name, pair in shares.items()), view)
    sql = over.replace(BASE, base or counted(tally))
    return Query(name, sql, needs, tally, over, None if sampled else guard)


@dataclass(frozen=True)
class Groups:
    """One share by group.

    Attributes:
        characteristic: By what.
        shown: Groups with at least ten people.
        withheld: Names of groups that are not shown.
        merged: Those added up; None where even together they are too few.
        unrecorded: Rows at risk whose group is not recorded.
        withdrawn: No count of this share is shown, since some group has few hits, or few that are none (guarding.py).
    """

    characteristic: str
    shown: Mapping[str, Share]
    withheld: tuple[str, ...] = ()
    merged: Share | None = None
    unrecorded: int = 0
    withdrawn: bool = False

    @property
    def known(self) -> int:
        """Rows at risk whose group is recorded and counted here."""
        return sum(share.n for share in self.sides())

    def sides(self) -> list[Share]:
        return [*self.shown.values(), *([self.merged] if self.merged is not None else [])]


def groups_of(rows: Iterable[Row] | None, share: str, characteristic: str) -> Groups:
    """One share of the rows of :func:`group_query`.

    >>> rows = [{"share": "s", "role": "shown", "g": "A", "k": 1, "n": 20},
    ...         {"share": "s", "role": "withheld", "g": "B", "k": None, "n": None}]
    >>> groups_of(rows, "s", "sex").shown, groups_of(rows, "s", "sex").withheld
    ({'A': Share(k=1, n=20, sums=None, counted=0, others=0)}, ('B',))
    """
    own = [row for row in rows or () if row["share"] == share]
    merged = [row for row in own if row["role"] == "merged"]
    return Groups(
        characteristic,
        {str(row["g"]): share_of(row) for row in own if row["role"] == "shown"},
        tuple(str(row["g"]) for row in own if row["role"] == "withheld"),
        share_of(merged[0]) if merged else None,
        sum(int(row["n"]) for row in own if row["role"] == "unrecorded"),
        any(row["role"] == "withdrawn" for row in own),
    )


def group_cautions(parts: Sequence[Groups]) -> list[str]:
    """What was left out: groups that are not shown, and rows whose group is not recorded."""
    said = []
    for part in parts:
        if part.withheld:
            said.append(
                f"Not shown by {named(part.characteristic)}: {', '.join(part.withheld)}. Somewhere in these checks "
                f"fewer than {SMALLEST} people are in a group, and a group next to it is withheld so that nobody can "
                "work it out."
            )
        if part.withdrawn:
            said.append(
                f"Counts by {named(part.characteristic)} are not shown for every share: of some group fewer than "
                f"{SMALLEST} people would be counted, or could be worked out."
            )
            continue
        if part.unrecorded:
            share = part.unrecorded / (part.known + part.unrecorded)
            said.append(
                f"{number(part.unrecorded)} rows ({percent(share)}) have no {named(part.characteristic)} recorded and "
                "were left out there."
            )
        if not part.withheld and len(part.shown) < 2:
            said.append(f"By {named(part.characteristic)} there are not two groups to compare.")
    return list(dict.fromkeys(said))


def parameter(context: Context, name: str) -> float | None:
    """A number that was declared, or None.

    >>> parameter(Context({}, parameters={"margin": 0.05}), "margin"), parameter(Context({}), "margin")
    (0.05, None)
    """
    value: Any = context.parameters.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
