"""Worked examples of single functions: intervals, adjustments, bounds, verdicts, power.

In: nothing. Out: ``FUNCTIONS``: name, source, published figures, their decimals, and the call that recomputes them.
The figures were typed from the sources or worked by hand; none is copied from what this code prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, log10
from typing import Any

from impact.metrics.analysis.bounds import bound
from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.analysis.estimates import Estimates
from impact.metrics.analysis.evidence import EQUAL, Evidence
from impact.metrics.analysis.power import detectable
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.verdict import beyond_margin, judge
from impact.metrics.plans.plan import Margin
from impact.metrics.statistics.intervals import Interval, clopper_pearson, koopman, newcombe, wilson
from impact.metrics.statistics.multiplicity import holm, sidak, step_up

__all__ = ["FUNCTIONS", "Worked"]

Worked = tuple[str, str, tuple[Any, ...], int, Callable[[], Sequence[Any]]]
Counts = tuple[int, ...]

_SINGLE = "Newcombe 1998, Stat. Med. 17:857, table I"
_PAIR = "Newcombe 1998, Stat. Med. 17:873, table II, method 10"
_BINOM = "R package binom, as kept by statsmodels (results_proportion)"
_SCORE = "Koopman 1984, Biometrics 40:513: where the score statistic is 3.8415; found by brute force"
_ROWS = "the five rows of verdicts in docs/statistics.md, read by hand"


def _limits(found: Interval | None) -> tuple[float | None, ...]:
    return () if found is None else (found.low, found.high)


def _rate(method: Callable[..., Interval | None], counts: Counts) -> Callable[[], Sequence[Any]]:
    return lambda: _limits(method(*counts))


def _named(method: str, counts: Counts) -> str:
    pairs = [f"{k}/{n}" for k, n in zip(counts[::2], counts[1::2], strict=True)]
    return f"{method} {' against '.join(pairs)}"


def _table(
    method: str, function: Callable[..., Interval | None], source: str, decimals: int, rows: dict[Counts, Any]
) -> tuple[Worked, ...]:
    return tuple(
        (_named(method, counts), source, expected, decimals, _rate(function, counts))
        for counts, expected in rows.items()
    )


_INTERVALS = (
    *_table("Wilson", wilson, _SINGLE, 4, {
        (81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718),
    }),
    *_table("Wilson", wilson, _BINOM, 6, {(18, 20): (0.698966, 0.972134), (4, 20): (0.080658, 0.416017)}),
    *_table("Clopper-Pearson", clopper_pearson, _SINGLE, 4, {
        (81, 263): (0.2527, 0.3676), (15, 148): (0.0578, 0.1617), (0, 20): (0.0, 0.1684), (1, 29): (0.0009, 0.1776),
    }),
    *_table("Clopper-Pearson", clopper_pearson, _BINOM, 6, {
        (18, 20): (0.683017, 0.987651), (4, 20): (0.057334, 0.436614), (4, 200): (0.005476, 0.050414),
    }),
    *_table("Newcombe", newcombe, _PAIR, 4, {
        (56, 70, 48, 80): (0.0524, 0.3339), (9, 10, 3, 10): (0.1705, 0.8090), (6, 7, 2, 7): (0.0582, 0.8062),
        (5, 56, 0, 29): (-0.0381, 0.1926), (0, 10, 0, 20): (-0.1611, 0.2775), (0, 10, 0, 10): (-0.2775, 0.2775),
        (10, 10, 0, 20): (0.6791, 1.0), (10, 10, 0, 10): (0.6075, 1.0),
    }),
    *_table("Koopman", koopman, _SCORE, 5, {
        (36, 40, 16, 80): (2.93957, 7.15222), (12, 60, 30, 300): (1.07856, 3.57727),
        (0, 20, 5, 200): (0.0, 6.92594), (5, 20, 0, 200): (13.16722, None), (0, 20, 0, 200): (0.0, None),
        (1, 1, 0, 1): (0.52064, None),
    }),
)  # fmt: skip

# The fifteen p-values of a study of heart attack treatment, on which Benjamini and Hochberg show that Bonferroni's
# procedure rejects three and theirs four.
_FIFTEEN = (
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
)  # fmt: skip


def _rejected(adjust: Callable[..., list[float]]) -> tuple[int]:
    adjusted = adjust([log10(p) for p in _FIFTEEN], len(_FIFTEEN))
    return (sum(value <= log10(0.05) for value in adjusted),)


def _log10_p(*counts: int) -> Sequence[float]:
    k1, n1, k2, n2 = counts
    one, other = (Evidence("rows", k, n, k, n, float(n)) for k, n in ((k1, n1), (k2, n2)))
    return Estimates.of([(one, other, EQUAL)], [0.05], 0.05).log10_p


def _many() -> tuple[Worked, ...]:
    source = "Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289, section 3.2"
    return (
        ("Benjamini-Hochberg: rejected of 15 p-values at 0.05", source, (4,), 0, lambda: _rejected(step_up)),
        ("Holm: rejected of the same 15 at 0.05", f"{source}; by hand", (3,), 0, lambda: _rejected(holm)),
        ("Šidák level of 18 comparisons at 0.05", "1 - 0.95^(1/18), by hand", (0.002846,), 6,
         lambda: [sidak(0.05, 18)]),
        (
            "log10 p of 15/20 against 5/20", "score statistic 10, two-sided normal tail 0.00157, by hand",
            (-2.805,), 3, lambda: _log10_p(15, 20, 5, 20),
        ),
    )  # fmt: skip


def _bounds() -> tuple[Worked, ...]:
    stops = Tally(tp=60, fp=40, no_open=900)
    source = "Manski 1989, J. Human Resources 24:343; 100 stopped, 60 finds, 900 never searched, by hand"

    def ends(metric: str) -> Sequence[Any]:
        found = bound(metric, stops)
        return () if found is None else (found.low, found.high)

    return (
        ("range of the false positive rate", source, (round(40 / 940, 6), 1.0), 6, lambda: ends("fpr")),
        ("range of the share of true cases found", source, (0.0625, 1.0), 6, lambda: ends("tpr")),
        ("range of the base rate", source, (0.06, 0.96), 6, lambda: ends("base_rate")),
    )


def _verdicts() -> tuple[Worked, ...]:
    band = (0.8, 1.25)
    tables = {
        "row 1, wholly beyond": ((2.68, 2.91), (2.70, 2.89), band, "disparity_shown, material"),
        "row 2, shown within": ((1.02, 1.10), (1.03, 1.09), band, "difference_small"),
        "row 3, size uncertain": ((1.08, 3.58), (1.19, 3.24), band, "disparity_shown"),
        "row 4, equivalence": ((0.97, 1.03), (0.98, 1.02), band, "equivalence_shown"),
        "row 5, cannot tell": ((0.91, inf), (1.1, inf), band, "inconclusive"),
        "no margin, no equivalence": ((0.97, 1.03), (0.98, 1.02), None, "inconclusive"),
    }

    def verdict(name: str) -> Callable[[], Sequence[str]]:
        def read() -> Sequence[str]:
            outer, inner, margin, _ = tables[name]
            found = judge(outer, inner, no_difference=1, band=margin)
            return (found.name + (", material" if found.material else ""),)

        return read

    rows: list[Worked] = [(f"verdict: {name}", _ROWS, (table[3],), 0, verdict(name)) for name, table in tables.items()]
    fifths = Margin(kind="ratio", value=1.25, reason="four fifths")
    source = "4/50 is 0.08 and 50/500 is 0.10: exactly four fifths, so not beyond it"
    rows.append(
        ("observed 4/50 against 50/500, margin 1.25", source, ("not beyond",), 0,
         lambda: ("beyond" if beyond_margin(fifths, 4, 50, 50, 500) else "not beyond",))
    )  # fmt: skip
    nobody = Tally(fp=1, tn=3)
    rows.append(
        ("true positive rate of four people without an outcome of yes", "0/0 is no number", ("no_positives",), 0,
         lambda: (CATALOGUE["tpr"].undefined_because(nobody),))
    )  # fmt: skip
    return tuple(rows)


def _power() -> tuple[Worked, ...]:
    source = "statsmodels power_proportions_2indep, inverted at 80 % power (metrics design, prototypes 15)"
    tables = {(0.02, 50, 5000): 4.70, (0.1, 500, 5000): 1.42, (0.1, 5000, 50000): 1.13, (0.0003, 24000, 12000): 3.94}

    def ratio(rate: float, n1: int, n2: int) -> Callable[[], Sequence[float | None]]:
        def solve() -> Sequence[float | None]:
            smallest = detectable(rate, n1, n2)
            return (None if smallest is None else 1 + smallest / rate,)

        return solve

    return tuple(
        (f"detectable ratio at {rate:g}, {n1:,} against {n2:,}", source, (expected,), 2, ratio(rate, n1, n2))
        for (rate, n1, n2), expected in tables.items()
    )


FUNCTIONS: tuple[Worked, ...] = (*_INTERVALS, *_many(), *_bounds(), *_verdicts(), *_power())
