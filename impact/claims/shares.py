"""Shares counted in a log: the SQL that counts them, and their intervals.

In: what a hit is and what is at risk, as SQL conditions. Out: a query whose rows are sums, and from those rows a
``Share`` with its interval. Where a person has several rows, the sums over persons go with it, so that the interval
knows that rows of one person are alike (docs/adr/0016). Judges nothing: see verdicts.py.

Sources: claims.md 2 of the design; Wilson 1927; Clopper and Pearson 1934; Korn and Graubard 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from impact.claims.check import Context, Measured, Query, Tally
from impact.claims.tallies import BASE, SUMS, counted
from impact.metrics.statistics.clusters import ClusterSums, clustered_exact, clustered_rate
from impact.metrics.statistics.intervals import clopper_pearson, wilson

__all__ = ["Share", "people_in", "share_in", "share_of", "share_query", "shares_query"]


@dataclass(frozen=True)
class Share:
    """k of n, and how alike rows of one person are where it matters.

    Attributes:
        k: Hits.
        n: At risk.
        sums: Over persons; None where every row is another person.
        counted, others: Persons with a hit, and with a row that is none.
    """

    k: int
    n: int
    sums: ClusterSums | None = None
    counted: int = 0
    others: int = 0

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.n else None

    def opposite(self) -> Share:
        """The share of those that are no hit, with the same rows kept together.

        >>> Share(8, 10).opposite(), Share(6, 15, ClusterSums(5, 15, 6, 14, 25, 55), 3, 5).opposite().sums.kk
        (Share(k=2, n=10, sums=None, counted=0, others=0), 19)
        """
        if self.sums is None:
            return Share(self.n - self.k, self.n)
        c, m, k, kk, km, mm = (getattr(self.sums, name) for name in ("clusters", "m", "k", "kk", "km", "mm"))
        sums = ClusterSums(c, m, m - k, mm - 2 * km + kk, mm - km, mm)
        return Share(self.n - self.k, self.n, sums, self.others, self.counted)

    def limits(
        self, *, level: float = 0.95, method: Literal["wilson", "clopper_pearson"] = "wilson"
    ) -> tuple[float, float, str] | None:
        """Lower limit, upper limit and method; None where nothing is at risk or too few persons are.

        >>> low, high, name = Share(81, 263).limits()
        >>> round(low, 4), round(high, 4), name
        (0.2553, 0.3662, 'wilson')
        >>> Share(0, 0).limits() is None
        True
        """
        if self.sums is not None:
            if method == "wilson":
                found = clustered_rate(self.sums, level=level)
            else:
                found = clustered_exact(self.sums, counted=self.counted, others=self.others, level=level)
            if found.low is None or found.high is None:
                return None
            return found.low, found.high, str(found.method)
        interval = (wilson if method == "wilson" else clopper_pearson)(self.k, self.n, level=level)
        return None if interval is None or interval.high is None else (interval.low, interval.high, interval.method)

    def effective(self, *, level: float = 0.95) -> float:
        """The number of independent rows that the interval rests on, for comparisons of two shares."""
        if self.sums is None or not self.n:
            return float(self.n)
        return min(self.sums.effective(level=level), float(self.n)) if self.sums.clusters > 1 else 1.0

    def measured(
        self, label: str, *, level: float = 0.95, method: Literal["wilson", "clopper_pearson"] = "wilson"
    ) -> Measured:
        """As a number of a ruling. With no hit, the upper limit is one-sided (about 3/n) and says so.

        >>> found = Share(0, 300).measured("missed")
        >>> found.value, round(found.high, 5), found.method
        (0.0, 0.00994, 'one_sided')
        """
        if not self.n:
            return Measured(label, None, count=self.k, of=self.n, note="nothing to count: not estimable")
        if self.k == 0 and self.sums is None:
            high = 1 - (1 - level) ** (1 / self.n)
            return Measured(label, 0.0, "share", 0.0, high, level, "one_sided", self.k, self.n)
        limits = self.limits(level=level, method=method)
        if limits is None:
            note = "too few people for an interval"
            return Measured(label, self.value, "share", None, None, None, None, self.k, self.n, note)
        return Measured(label, self.value, "share", limits[0], limits[1], level, limits[2], self.k, self.n)


def people_in(context: Context) -> str:
    """SQL: how many people the rows of a group are. Where nobody has several rows there is nothing to tell apart.

    >>> people_in(Context({})), people_in(Context({}, repeated=True))
    ('count(subject_key)', 'count(DISTINCT subject_key)')
    """
    return "count(DISTINCT subject_key)" if context.repeated else "count(subject_key)"


def share_query(
    context: Context,
    name: str,
    *,
    hit: str,
    at_risk: str = "true",
    by: str | None = None,
    needs: tuple[str, ...] = (),
    cluster: str = "subject_key",
    view: str = "cases",
) -> Query:
    """A query that counts hits among rows at risk, for all rows or for each value of ``by``.

    Args:
        context: Whether people have several rows.
        name: Of the query.
        hit: SQL condition of a hit; null counts as no hit, so put what must be known into ``at_risk``.
        at_risk: SQL condition of the denominator.
        by: A column: one row for each value, null for “not recorded”.
        needs: Columns that the conditions use.
        cluster: What makes rows alike: a person; ``reviewer_key`` or ``document_id`` for others.
        view: ``cases`` or another view.

    Returns:
        Rows with k, n and, where rows are clustered, clusters, kk, km, mm, counted, others; and ``by``.
    """
    needs = (*needs, by) if by else needs
    clustered = context.has(cluster) and (context.repeated or cluster != "subject_key")
    tally = Tally(((hit, at_risk),), by, cluster if clustered else None, view)
    sums = "".join(f", {name}0 AS {name}" for name in SUMS) if clustered else ""
    # Without groups: no row where there is nothing to count. By group: one that has nothing at risk is still there.
    some = "" if by else " WHERE m0 > 0" if clustered else " WHERE every > 0"
    over = f"SELECT g, k0 AS k, m0 AS n{sums} FROM ({BASE}){some} ORDER BY 1"
    sql = over.replace(BASE, counted(tally))
    return Query(name, sql, (*needs, cluster) if clustered else needs, tally, over)


def shares_query(
    context: Context, name: str, parts: Mapping[str, tuple[str, str]], *, needs: tuple[str, ...] = ()
) -> Query:
    """Several shares in one pass over the cases, where rows are kept together by person.

    Args:
        context: Whether people have several rows.
        name: Of the query.
        parts: Name of a share -> SQL condition of a hit, and of being at risk. Null counts as no hit.
        needs: Columns that the conditions use.

    Returns:
        One row for :func:`share_in`: the columns of :func:`share_query` with the name of the share before each.
    """
    clustered = context.repeated and context.has("subject_key")
    tally = Tally(tuple(parts.values()), cluster="subject_key" if clustered else None)
    # Where nothing is at risk of any share there is nobody to add up.
    some = " OR ".join(f"m{i} > 0" for i in range(len(parts)))
    columns = []
    for i, part in enumerate(parts):
        for said, kept in (("k", "k"), ("n", "m"), *((each, each) for each in SUMS if clustered)):
            added = clustered and said not in ("clusters", "counted", "others")
            value = f"CASE WHEN {some} THEN {kept}{i} END" if added else f"{kept}{i}"
            columns.append(f"{value} AS {part}_{said}")
    over = f"SELECT {', '.join(columns)} FROM ({BASE})"
    needs = (*needs, "subject_key") if clustered else needs
    return Query(name, over.replace(BASE, counted(tally)), needs, tally, over)


def share_in(row: Mapping[str, Any] | None, part: str) -> Share:
    """One share of the row of :func:`shares_query`.

    >>> share_in({"told_k": 3, "told_n": 10, "late_k": 1, "late_n": 2}, "told").n
    10
    """
    own = {key.removeprefix(f"{part}_"): value for key, value in (row or {}).items() if key.startswith(f"{part}_")}
    return share_of(own or None)


def share_of(row: Mapping[str, Any] | None) -> Share:
    """The share that a row of :func:`share_query` holds.

    >>> share_of({"k": 3, "n": 10})
    Share(k=3, n=10, sums=None, counted=0, others=0)
    """
    if row is None:
        return Share(0, 0)
    k, n = int(row["k"] or 0), int(row["n"] or 0)
    if "clusters" not in row:
        return Share(k, n)
    sums = ClusterSums(*(float(row[name] or 0) for name in ("clusters", "n", "k", "kk", "km", "mm")))
    return Share(k, n, sums, int(row["counted"] or 0), int(row["others"] or 0))
