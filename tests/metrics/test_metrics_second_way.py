"""One awkward table, worked out a second time from its rows: pandas, statsmodels, scikit-learn, no formula of ours.

Missing groups and outcomes, a group of three, a weight that is often 0, people with several rows who change group, two
scorers, months and a stratum in which one side has nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import StratifiedTable, mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.metrics.plans.plan_file import plan_of

UNKNOWN = ("", "Not stated")
LEVELS = ["White", "White Other", "Black", "Tiny", "Nobody"]
Z = stats.norm.ppf(0.975)
KINDS = ("rows", "weights", "people")


@cache
def table() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    pid = np.repeat(np.arange(900), rng.choice([1, 1, 2, 6], 900))
    n = len(pid)
    eth = rng.choice(["White", "White Other", "Black", "Not stated", ""], 900, p=[0.5, 0.2, 0.2, 0.06, 0.04])[pid]
    moved = rng.random(n) < 0.05
    eth[moved] = rng.choice(["White", "Black"], moved.sum())
    eth = eth.astype(object)
    eth[rng.choice(n, 3, replace=False)] = "Tiny"
    area = rng.choice(["N", "S", "E", ""], n, p=[0.4, 0.3, 0.27, 0.03]).astype(object)
    area[(eth == "White Other") & (area == "E")] = "N"
    risk = 1 / (1 + np.exp(-(rng.normal(0, 1, 900)[pid] + 0.6 * (eth == "Black") - 0.8)))
    score = np.clip(risk + rng.normal(0, 0.1, n), 0, 1).round(2)
    outcome = np.where(rng.random(n) < 0.1, "", (rng.random(n) < risk).astype(int).astype(str))
    second = (np.clip(score + rng.normal(0, 0.1, n), 0, 1) >= 0.5).astype(int)
    return pd.DataFrame(
        {
            "pid": pid,
            "eth": eth,
            "area": area,
            "score": score,
            "y": outcome,
            "d": (score >= 0.45).astype(int).astype(str),
            "b": np.where(rng.random(n) < 0.01, "", second.astype(str)),
            "when": "2024-0" + pd.Series(rng.integers(1, 7, n)).astype(str) + "-10",
            "w": np.where(rng.random(n) < 0.1, 0.0, rng.lognormal(0, 0.8, n).round(3)),
        }
    )


@cache
def tables(kind: str) -> dict[str, list[dict[str, Any]]]:
    yes_no = {"yes": ["1"], "no": ["0"]}
    decision = {"name": "d", **yes_no, "effect": "burden", "label": "referred", "scorer": "A"}
    columns: dict[str, Any] = {
        "decision": decision,
        "outcome": {"name": "y", **yes_no, "label": "fraud confirmed"},
        "score": {"name": "score", "higher_means": "riskier"},
        "also": {"b": {"name": "b", **yes_no, "label": "B"}},
        "time": {"name": "when"},
    }
    if kind == "weights":
        columns["weight"] = {"name": "w", "kind": "sampling"}
    made = plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "all",
            "source": {"kind": "csv", "path": "-"},
            "unit": {"row": "decision", **({"person_id": "pid"} if kind == "people" else {})},
            "columns": columns,
            "groups": {"eth": {"name": "eth", "unknown_values": ["Not stated"], "values": LEVELS}},
            "strata": {"area": {"name": "area", "role": "proxy_risk"}},
            "comparator": {"also": {"eth": "White"}},
            "plan": {
                "primary": ["selection_rate", "fpr", "ppv"],
                "also": {"measures": ["conditional_acceptance", "mcc"]},
            },
        }
    )
    counted = audit.count_frame(made, table().replace({"": None}))
    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    found: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(result.to_json(created="", tool_version="")))[
        "tables"
    ]
    return found


def universe(metric: str) -> tuple[pd.Series, pd.Series]:
    """Who is counted, and of whom."""
    frame = table()
    d, y = frame["d"], frame["y"]
    known = y != ""
    return {
        "selection_rate": (d == "1", d != ""),
        "base_rate": (y == "1", known),
        "tpr": (d == "1", y == "1"),
        "fpr": (d == "1", y == "0"),
        "ppv": (y == "1", (d == "1") & known),
        "npv": (y == "0", (d == "0") & known),
        "accuracy": (d == y, known),
    }[metric]


def sides(row: dict[str, Any]) -> tuple[pd.Series, pd.Series]:
    eth, comparator = table()["eth"], row.get("comparator") or {"kind": "not_sharing"}
    value = row["group"]["eth"]
    if comparator["kind"] == "reference":
        return eth == value, eth == comparator["value"]
    return eth == value, (eth != value) & ~eth.isin(UNKNOWN)


def worth(kind: str, counted: pd.Series, among: pd.Series) -> tuple[float, float, int | None]:
    """Rate, independent people, clusters: Kish's, or the sandwich variance of a ratio of sums over people."""
    frame = table()
    if kind == "weights":
        w = frame["w"][among]
        return float(w[counted].sum() / w.sum()), float(w.sum() ** 2 / (w**2).sum()), None
    rate, n = float(counted[among].mean()), float(among.sum())
    if kind == "rows":
        return rate, n, None
    each = counted[among].astype(float).groupby(frame["pid"][among]).agg(["sum", "size"])
    c = len(each)
    variance = c / (c - 1) * float(((each["sum"] - rate * each["size"]) ** 2).sum()) / n**2
    return rate, min(rate * (1 - rate) / variance, n), c


def compared(name: str) -> Iterator[dict[str, Any]]:
    yield from (row for row in tables("rows")[name] if row["group"] and "Nobody" not in row["group"].values())


@pytest.mark.parametrize("kind", KINDS)
def test_rates_and_their_intervals(kind: str) -> None:
    done = 0
    for row in tables(kind)["rates"]:
        eth = row["group"].get("eth")
        if eth in ("Tiny", "Nobody") or row["metric"] in ("fnr", "tnr", "fdr", "for"):
            continue
        here = table()["eth"] == ("" if eth == "__missing__" else eth) if eth else table()["eth"].notna()
        counted, among = universe(row["metric"])
        rate, people, clusters = worth(kind, counted, among & here)
        done += 1
        assert row["value"] == pytest.approx(rate, rel=1e-6)
        if clusters is not None and clusters < 10:
            assert (row["ci"], row["reason"]) == (None, "too_few_clusters")
            continue
        if clusters:
            people *= (Z / stats.t.ppf(0.975, clusters - 1)) ** 2
        assert row["ci"] == pytest.approx(proportion_confint(rate * people, people, method="wilson"), rel=1e-5)
    assert done == 7 * 6


@pytest.mark.parametrize("kind", ["rows", "weights"])
def test_differences_and_ratios(kind: str) -> None:
    done = 0
    for row in tables(kind)["disparities"]:
        if row["group"]["eth"] in ("Tiny", "Nobody") or row["metric"] in ("fnr", "tnr", "fdr", "for"):
            continue
        one, two = sides(row)
        counted, among = universe(row["metric"])
        (p, m, _), (q, n, _) = (worth(kind, counted, among & side) for side in (one, two))
        alpha = 1 - row["difference"]["level"]
        theirs = {
            "difference": (p - q, confint_proportions_2indep(p * m, m, q * n, n, method="newcomb", alpha=alpha)),
            "ratio": (
                p / q,
                confint_proportions_2indep(
                    p * m, m, q * n, n, compare="ratio", method="score", correction=False, alpha=alpha
                ),
            ),
        }
        for name, (value, limits) in theirs.items():
            assert row[name]["value"] == pytest.approx(value, rel=1e-6)
            assert row[name]["ci"] == pytest.approx(limits, abs=3e-4)
        done += 1
    assert done == 7 * 5


def test_strata() -> None:
    done = 0
    for row in compared("stratified"):
        counted, among = universe(row["metric"])
        one, two = sides(row)
        by = []
        for area in "NSE":
            here = among & (table()["area"] == area)
            k1, n1, k2, n2 = (
                int(x.sum()) for x in (here & one & counted, here & one, here & two & counted, here & two)
            )
            if n1 and n2:
                by.append(np.array([[k1, n1 - k1], [k2, n2 - k2]]))
        assert row["strata_compared"] == len(by)
        if row["group"]["eth"] == "Tiny":
            continue
        theirs = StratifiedTable(by)
        assert row["pooled_odds_ratio"]["value"] == pytest.approx(theirs.oddsratio_pooled)
        assert row["pooled_odds_ratio"]["ci"] == pytest.approx(theirs.oddsratio_pooled_confint())
        assert row["pooled_ratio"]["value"] == pytest.approx(theirs.riskratio_pooled)
        size = [x.sum() for x in by]
        gaps = [x[0, 0] / x[0].sum() - x[1, 0] / x[1].sum() for x in by]
        assert row["standardised_difference"]["value"] == pytest.approx(np.average(gaps, weights=size))
        done += 1
    assert done == 3 * 5


def test_periods_scores_and_scorers() -> None:
    frame = table()
    for row in compared("periods"):
        counted, among = universe(row["metric"])
        here = among & (frame["eth"] == row["group"]["eth"].replace("__missing__", ""))
        here &= frame["when"].str.startswith(row["period"])
        if row["k"] is not None:
            assert (row["k"], row["n"]) == (int((here & counted).sum()), int(here.sum()))
    for row in tables("rows")["scores"]:
        eth = row["group"].get("eth")
        part = frame[(frame["y"] != "") & (frame["eth"] == eth.replace("__missing__", "") if eth else True)]
        if part["y"].nunique() == 2:
            assert row["auc"]["value"] == pytest.approx(roc_auc_score(part["y"].astype(int), part["score"]))
    done = 0
    for row in tables("rows")["scorers"]:
        if row["group"] or row["metric"] not in ("fpr", "selection_rate"):
            continue
        part = frame[(frame["b"] != "") & ((frame["y"] == "0") | (row["metric"] == "selection_rate"))]
        both = pd.crosstab(part["d"] == "1", part["b"] == "1")
        assert (row["only_first"], row["only_second"]) == (both.loc[True, False], both.loc[False, True])
        assert row["p"] == pytest.approx(mcnemar(both, exact=True).pvalue)
        done += 1
    assert done == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_interval_holds_the_value_beside_it(kind: str) -> None:
    held = 0

    def look(part: Any) -> None:
        nonlocal held
        if isinstance(part, list):
            for each in part:
                look(each)
        elif isinstance(part, dict):
            if isinstance(part.get("ci"), list) and isinstance(part.get("value"), float):
                low, high = part["ci"]
                assert low is None or low <= part["value"] + 1e-12
                assert high is None or part["value"] <= high + 1e-12
                held += 1
            for each in part.values():
                look(each)

    look(tables(kind))
    assert held > 500
