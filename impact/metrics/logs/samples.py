"""A stated sample of a log's rows, for a model that is fitted to rows.

In: which columns of which view. Out: SQL that gives the same rows on every machine and in every order of the file:
those whose key has the smallest digests with the seed. Fetches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.metrics.counting import duck

__all__ = ["SEED", "sampled"]

SEED = 20261120  # nothing hangs on the number; it is printed beside what was fitted


def sampled(
    columns: Sequence[str],
    *,
    view: str,
    key: str,
    where: str = "true",
    size: int = 20_000,
    seed: int = SEED,
    rows: str = "",
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
        rows: “FROM … WHERE …” of the rows to choose from, where each has a key of its own. Then rows whose digests are
            surely too large are let go before they are put in order: of a million, some 40,000 are left of which
            20,000 are wanted. The sample is the same.

    >>> sampled(["flag"], view="cases", key="case_id", size=5, seed=1)
    "SELECT flag FROM cases WHERE (true) AND (case_id) IS NOT NULL ORDER BY md5('1:' || (case_id)), flag LIMIT 5"
    """
    listed = ", ".join(columns)
    salted = f"md5({duck.text(f'{seed}:')} || ({key}))"
    chosen = f"SELECT {listed} FROM {view} WHERE ({where}) AND ({key}) IS NOT NULL"
    if rows:
        # Digests are spread evenly: twice as many rows as are wanted lie below this one, give or take a few hundred.
        edge = f"format('{{:08x}}', CAST(floor(4294967296.0 * {2 * size} / count(*)) AS BIGINT))"
        chosen += f" AND {salted} < (SELECT CASE WHEN count(*) > {4 * size} THEN {edge} ELSE 'g' END {rows})"
    return f"{chosen} ORDER BY {salted}, {listed} LIMIT {size}"
