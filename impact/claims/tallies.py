"""Shares of several checks counted in few passes over the log.

In: queries that begin with a tally (``check.Tally``: rows at risk and hits, by group, by person). Out: the same queries
over tables of the engine that hold the tallies of all of them. What is counted, and every number that comes out, is the
same as when each query counts for itself (``Query.sql``): they are whole numbers, so their order does not matter.

Without people who have several rows there is one pass over the log for thirty shares, by however many groups.
Where rows of one person are kept together, a pass groups by person: it takes ``_MOST`` shares at most, so that what is
held for each person stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from impact.claims.check import Query, Tally
from impact.metrics.counting import duck
from impact.metrics.logs.opening import DecisionLog

__all__ = ["BASE", "SUMS", "Tallies", "counted"]

BASE = "«tally»"  # stands in ``Query.over`` for the table or the query that gives the tally
SUMS = ("clusters", "kk", "km", "mm", "counted", "others")
_MOST = 12
_BITS = 60  # conditions that one number holds
Pair = tuple[str, str]


def counted(tally: Tally) -> str:
    """SQL: the tally alone, with columns g, k0, m0, … and, where it is clustered, ``SUMS`` for each share.

    >>> counted(Tally((("flag", "true"),), by="sex"))
    'SELECT "sex" AS g, count(*) FILTER (WHERE (true) AND (flag)) AS k0, count(*) FILTER (WHERE true) AS m0 \
FROM cases GROUP BY 1'
    """
    group = f"{duck.name(tally.by)} AS g" if tally.by else "NULL AS g, count(*) AS every"
    pairs = list(enumerate(tally.shares))
    tail = " GROUP BY 1" if tally.by else ""
    if not tally.cluster:
        return f"SELECT {group}, {_counts(pairs)} FROM {tally.view}{tail}"
    sums = ", ".join(_sums(i) for i, _ in pairs)
    outer = "g" if tally.by else group
    own = f"{duck.name(tally.by)} AS g, " if tally.by else ""
    keys = f"1, {duck.name(tally.cluster)}" if tally.by else duck.name(tally.cluster)
    inner = f"SELECT {own}{_counts(pairs)} FROM {tally.view} GROUP BY {keys}"
    return f"SELECT {outer}, {sums} FROM ({inner}){tail}"


def _counts(pairs: Iterable[tuple[int, Pair]]) -> str:
    return ", ".join(
        f"count(*) FILTER (WHERE ({risk}) AND ({hit})) AS k{i}, count(*) FILTER (WHERE {risk}) AS m{i}"
        for i, (hit, risk) in pairs
    )


def _sums(i: int) -> str:
    return (
        f"CAST(sum(k{i}) AS BIGINT) AS k{i}, CAST(sum(m{i}) AS BIGINT) AS m{i}, "
        f"count(*) FILTER (WHERE m{i} > 0) AS clusters{i}, CAST(sum(k{i} * k{i}) AS BIGINT) AS kk{i}, "
        f"CAST(sum(k{i} * m{i}) AS BIGINT) AS km{i}, CAST(sum(m{i} * m{i}) AS BIGINT) AS mm{i}, "
        f"count(*) FILTER (WHERE k{i} > 0) AS counted{i}, count(*) FILTER (WHERE m{i} > k{i}) AS others{i}"
    )


class Tallies:
    """The tallies of all queries, counted in the log once.

    Args:
        log: Where tables are kept beside the views.
        queries: All that will be asked.
    """

    def __init__(self, log: DecisionLog, queries: Sequence[Query]) -> None:
        self._log, self._tables = log, 0
        self._at: dict[tuple[str | None, str | None, Pair], tuple[str, int]] = {}
        asked: dict[str | None, dict[str | None, dict[Pair, None]]] = {}
        for query in queries:
            tally = query.tally
            if tally is not None and tally.view == "cases":
                asked.setdefault(tally.cluster, {}).setdefault(tally.by, {}).update(dict.fromkeys(tally.shares))
        for cluster, by_group in asked.items():
            whole = by_group.pop(None, {})
            if cluster is None:
                self._plain({str(by): pairs for by, pairs in by_group.items()}, whole)
                continue
            for by, pairs in by_group.items():
                self._single(pairs, by, cluster)
            self._single(whole, None, cluster)

    def sql(self, query: Query) -> str:
        """The query over the tables; as it stands where it has no tally of the log."""
        tally = query.tally
        if tally is None or tally.view != "cases":
            return query.sql
        places = [self._at[tally.cluster, tally.by, pair] for pair in tally.shares]
        names = ("k", "m", *(SUMS if tally.cluster else ()))
        columns = ", ".join(f"t{at}.{name}{j} AS {name}{i}" for i, (at, j) in enumerate(places) for name in names)
        tables = list(dict.fromkeys(at for at, _ in places))
        first = tables[0]
        joined = f"{first} AS t{first}" + "".join(
            f" JOIN {each} AS t{each} ON t{each}.g IS NOT DISTINCT FROM t{first}.g" for each in tables[1:]
        )
        every = "" if tally.by or tally.cluster else f", t{first}.every"
        return query.over.replace(BASE, f"SELECT t{first}.g{every}, {columns} FROM {joined}")

    def _kept(self, sql: str) -> str:
        self._tables += 1
        name = f"tally_{self._tables}"
        self._log.keep(name, sql)
        return name

    def _single(self, pairs: Iterable[Pair], by: str | None, cluster: str | None) -> None:
        listed = tuple(pairs)
        size = _MOST if cluster else len(listed)
        for start in range(0, len(listed), size or 1):
            part = listed[start : start + size]
            name = self._kept(counted(Tally(part, by=by, cluster=cluster)))
            self._at |= {(cluster, by, pair): (name, j) for j, pair in enumerate(part)}

    def _plain(self, by_group: Mapping[str, Iterable[Pair]], whole: Iterable[Pair]) -> None:
        """Every group of every characteristic, and all rows together, in one pass.

        Each condition is a bit of a number, and rows are counted by that number: few numbers occur, and adding up their
        counts costs nothing beside testing each condition for each aggregate.
        """
        pairs = list(dict.fromkeys([*(pair for each in by_group.values() for pair in each), *whole]))
        size = _BITS // 2
        for start in range(0, len(pairs), size):
            self._counted(pairs[start : start + size], list(by_group))

    def _counted(self, pairs: Sequence[Pair], names: Sequence[str]) -> None:
        at_risk: dict[str, list[str]] = {}
        for hit, risk in pairs:
            at_risk.setdefault(risk, []).append(hit)
        bits: dict[tuple[str, str | None], int] = {}  # (at risk, hit as well)
        parts = []
        for risk, hits in at_risk.items():
            mine = {(risk, hit): 1 << (len(bits) + i) for i, hit in enumerate((None, *hits))}
            bits |= mine
            # A hit is only looked for among rows at risk, and those are told once.
            found = "".join(f" + CASE WHEN {hit} THEN {mine[risk, hit]} ELSE 0 END" for hit in hits)
            parts.append(f"CASE WHEN {risk} THEN {mine[risk, None]}{found} ELSE 0 END")
        mask = " + ".join(parts)
        quoted = [duck.name(name) for name in names]
        listed = "".join(f"{name}, " for name in quoted)
        which = f"grouping({', '.join(quoted)})" if quoted else "0"
        sets = ", ".join([*(f"({name}, mask)" for name in quoted), "(mask)"])
        rows = f"SELECT {listed}CAST({mask} AS BIGINT) AS mask FROM cases"
        table = self._kept(
            f"SELECT {listed}{which} AS which, mask, count(*) AS every FROM ({rows}) GROUP BY GROUPING SETS ({sets})"
        )
        sums = ", ".join(
            f"CAST(coalesce(sum(every) FILTER (WHERE mask & {bit} > 0), 0) AS BIGINT) AS {name}{j}"
            for j, (hit, risk) in enumerate(pairs)
            for name, bit in (("m", bits[risk, None]), ("k", bits[risk, hit]))
        )
        ones = (1 << len(names)) - 1
        for i, by in enumerate((*names, None)):
            own = ones if by is None else ones ^ (1 << (len(names) - 1 - i))
            group, tail = ("NULL", "") if by is None else (duck.name(by), " GROUP BY 1")
            every = "CAST(coalesce(sum(every), 0) AS BIGINT) AS every"
            view = f"{table}_{i}"
            self._log.keep(view, f"SELECT {group} AS g, {every}, {sums} FROM {table} WHERE which = {own}{tail}")
            self._at |= {(None, by, pair): (view, j) for j, pair in enumerate(pairs)}
