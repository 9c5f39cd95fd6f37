"""A stated sample of a log's rows, for a model that is fitted to rows.

In: which columns of which view. Out: SQL that gives the same rows on every machine and in every order of the file:
those whose key has the smallest digests with the seed. Fetches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.metrics.counting import duck

__all__ = ["SEED", "sampled", "sampled_sides"]

SEED = 20261120  # nothing hangs on the number; it is printed beside what was fitted


def sampled(
    columns: Sequence[str],
    *,
    view: str,
    key: str,
    where: str = "true",
    size: int = 20_000,
    seed: int = SEED,
) -> str:
    """SQL for at most ``size`` rows of ``view``, chosen by the digests of their keys.

    Rows with the same key (of one person) have the same digest and so come together; rows without a key are left out.

    Args:
        columns: What to select, as SQL: names or expressions.
        view: A view, or a join in SQL.
        key: SQL of what identifies a row or, better, the person: unique or not.
        where: SQL condition.
        size: Rows at most.
        seed: Any whole number.

    >>> sampled(["flag"], view="cases", key="case_id", size=5, seed=1)
    "SELECT flag FROM cases WHERE (true) AND (case_id) IS NOT NULL ORDER BY md5('1:' || (case_id)), flag LIMIT 5"
    """
    listed, salted = ", ".join(columns), _salted(key, seed)
    chosen = f"SELECT {listed} FROM {view} WHERE ({where}) AND ({key}) IS NOT NULL"
    return f"{chosen} ORDER BY {salted}, {listed} LIMIT {size}"


def sampled_sides(
    columns: Sequence[str], *, view: str, key: str, side: str, rows: str, size: int = 20_000, seed: int = SEED
) -> str:
    """SQL for at most ``size`` rows of either side, those of the first side first: each as :func:`sampled` chooses.

    The rows are counted first. Those whose digests are surely too large are then let go in one pass, before any is put
    in order: of a million, some 40,000 are left of which 20,000 are wanted.

    Args:
        columns: As of :func:`sampled`.
        view: A view whose rows each have a key of their own, and none of them null.
        key: As of :func:`sampled`.
        side: A boolean of ``view``, never null: which side a row is on.
        rows: SQL with one row: ``ones``, how many rows of ``view`` are on the side that is true, and ``others``.
        size: Rows of either side at most.
        seed: Any whole number.
    """
    listed, salted = ", ".join(columns), _salted(key, seed)
    ends = ", ".join(
        # Digests are spread evenly: twice as many rows as are wanted lie below this one, give or take a few hundred.
        f"CASE WHEN {each} > {4 * size} "
        f"THEN format('{{:08x}}', CAST(floor(4294967296.0 * {2 * size} / {each}) AS BIGINT)) ELSE 'g' END AS {each}"
        for each in ("ones", "others")
    )
    near = (
        f"SELECT {listed}, {side} AS side, {salted} AS digest FROM {view}, ends "
        f"WHERE {salted} < CASE WHEN {side} THEN ones ELSE others END"
    )
    sides = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {listed} FROM near WHERE {one} ORDER BY digest, {listed} LIMIT {size})"
        for one in ("side", "NOT side")
    )
    return f"WITH ends AS MATERIALIZED (SELECT {ends} FROM ({rows})), near AS MATERIALIZED ({near}) {sides}"


def _salted(key: str, seed: int) -> str:
    return f"md5({duck.text(f'{seed}:')} || ({key}))"
