"""A jump at the threshold: does a view change at once where the tool's flag begins?

In: the names of columns, and how far from the threshold to look. Out: a query whose one row is sums of whole numbers,
and from it the jump with its interval. A straight line is fitted on either side of the threshold, to cases no further
from it than the window (all count alike); the jump is the distance of the two lines at the threshold. Cases of one
reviewer are kept together (sandwich over clusters). Knows no check.

Sources: Hahn, Todd and Van der Klaauw 2001, Econometrica 69:201 (local linear fit at a threshold); Liang and Zeger 1986
(sandwich), with the factor G/(G-1) · (N-1)/(N-K) and t quantiles of G-1 (Cameron and Miller 2015, section VI).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

__all__ = ["FEWEST", "Jump", "jump_in", "jump_sql"]

FEWEST = 30  # cases on either side, and ten clusters
_CLUSTERS = 10
_GRID = 100  # steps of a window: whole numbers add up alike in any order
_SUMS = ("n", "x", "xx", "y", "xy")
_BOTH = tuple(f"{name}{side}" for side in "01" for name in _SUMS)  # 0 below the threshold, 1 at or above it
_PAIRS = tuple(combinations_with_replacement(_BOTH, 2))


def jump_sql(*, score: str, threshold: str, hit: str, where: str, window: float, cluster: str | None) -> str:
    """SQL: one row with the sums on either side, and of their products over clusters.

    Args:
        score, threshold: Columns.
        hit: Condition of what may jump.
        where: Condition of the cases.
        window: In units of the score.
        cluster: Column whose rows are kept together; None where each row stands for itself.
    """
    x = f"CAST(round(({score} - {threshold}) / {window!r} * {_GRID}) AS BIGINT)"
    near = (
        f"SELECT {x} AS x, CAST(coalesce({hit}, false) AS BIGINT) AS y, {score} >= {threshold} AS above, "
        f"{cluster or 'NULL'} AS cluster FROM cases WHERE {where} AND {score} IS NOT NULL "
        f"AND {threshold} IS NOT NULL AND abs({score} - {threshold}) <= {window!r}"
        + (f" AND {cluster} IS NOT NULL" if cluster else "")
    )
    terms = {"n": "1", "x": "x", "xx": "x * x", "y": "y", "xy": "x * y"}
    # Where each row stands for itself there is nothing to add up before products are made.
    own = "sum(CASE WHEN {} THEN {} ELSE 0 END)" if cluster else "CASE WHEN {} THEN {} ELSE 0 END"
    sums = ", ".join(
        f"CAST({own.format('above' if side == '1' else 'NOT above', sql)} AS HUGEINT) AS {name}{side}"
        for side in "01"
        for name, sql in terms.items()
    )
    totals = ", ".join(f"CAST(coalesce(sum({name}), 0) AS DOUBLE) AS {name}" for name in _BOTH)
    products = ", ".join(f"CAST(coalesce(sum({a} * {b}), 0) AS DOUBLE) AS {a}_{b}" for a, b in _PAIRS)
    each = f"SELECT {sums} FROM ({near}){' GROUP BY cluster' if cluster else ''}"
    return f"SELECT count(*) AS clusters, {totals}, {products} FROM ({each})"


@dataclass(frozen=True, slots=True)
class Jump:
    """How far the two lines are apart at the threshold, and the share just below it."""

    value: float
    low: float
    high: float
    below: float
    cases: int


def jump_in(row: Mapping[str, Any] | None, *, level: float = 0.95) -> Jump | None:
    """The jump that a row of :func:`jump_sql` holds; None where cases are too few, on one side, or all at one score."""
    import numpy as np
    from scipy.stats import t

    if row is None or min(row["n0"], row["n1"]) < FEWEST or row["clusters"] < _CLUSTERS:
        return None
    lines = []
    for own in "01":
        n, x, xx, y, xy = (float(row[f"{name}{own}"]) for name in _SUMS)
        design = np.array([[n, x], [x, xx]])
        if np.linalg.det(design) <= 1e-9 * n * xx:
            return None
        lines.append((np.linalg.inv(design), np.linalg.solve(design, [y, xy])))
    # The score of a cluster is linear in its sums: Σ (y - a - b x) and Σ x (y - a - b x), on either side.
    weights = np.zeros((4, len(_BOTH)))
    for side, (_, (a, b)) in enumerate(lines):
        at = side * len(_SUMS)
        weights[2 * side, at : at + 5] = [-a, -b, 0, 1, 0]
        weights[2 * side + 1, at : at + 5] = [0, -a, -b, 0, 1]
    moments = np.zeros((len(_BOTH), len(_BOTH)))
    for one, other in _PAIRS:
        i, j = _BOTH.index(one), _BOTH.index(other)
        moments[i, j] = moments[j, i] = row[f"{one}_{other}"]
    bread = np.zeros((4, 4))
    for side, (inverse, _) in enumerate(lines):
        bread[2 * side : 2 * side + 2, 2 * side : 2 * side + 2] = inverse
    clusters, cases = row["clusters"], row["n0"] + row["n1"]
    factor = clusters / (clusters - 1) * (cases - 1) / (cases - 4)
    spread = bread @ weights @ moments @ weights.T @ bread * factor
    value = float(lines[1][1][0] - lines[0][1][0])
    error = float(np.sqrt(max(spread[2, 2] + spread[0, 0] - 2 * spread[0, 2], 0.0)))
    half = float(t.ppf((1 + level) / 2, clusters - 1)) * error
    return Jump(value, value - half, value + half, float(lines[0][1][0]), int(cases))
