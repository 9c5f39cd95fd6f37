"""An audit recounted from its rows by somebody who did not write it: numpy, scipy, statsmodels and hand work.

The rows are awkward on purpose: a group of one, a group nobody of whom has the outcome, one in which everybody is
flagged, scores exactly on the threshold; missing scores, groups, strata, outcomes; weights a thousand times another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.claims.words import percent as claimed
from impact.metrics import words
from impact.metrics.plans.plan_file import plan_of
from impact.report import figures
from impact.report.view.parts import signed_points

Mask = NDArray[np.bool_]
UNKNOWN = {"eth": ["Not stated", "__missing__"], "sex": ["__missing__"]}


def people() -> pd.DataFrame:
    rng = np.random.default_rng(20261121)
    n = 1_500
    eth = rng.choice(["White", "Black", "Asian", "Not stated"], n, p=[0.6, 0.2, 0.15, 0.05]).astype(object)
    sex = rng.choice(["F", "M"], n).astype(object)
    p = 1 / (1 + np.exp(1.0 - rng.normal(size=n) - 0.6 * (eth == "Black")))
    score = np.where(rng.random(n) < 0.06, 0.5, p.round(2))
    y = (rng.random(n) < p).astype(float)
    eth[:12], y[:12] = "Roma", 0  # nobody of them has the outcome
    eth[12], sex[12], score[12], y[12], score[0] = "Lone", "M", 0.8, 1, 0.5
    eth[13:25], score[13:25] = "Allyes", 0.5  # everybody of them is flagged, on the threshold
    eth[25:60], sex[60:75] = None, None
    y[rng.choice(np.arange(100, n), 150, replace=False)] = np.nan
    score[rng.choice(np.arange(100, n), 20, replace=False)] = np.nan
    ward = rng.choice(["a", "b", "c"], n).astype(object)
    ward[eth == "Black"] = np.where(rng.random(int((eth == "Black").sum())) < 0.7, "a", "b")
    ward[rng.random(n) < 0.08] = None
    seconds = np.exp(rng.normal(4, 0.8, n)).round(0) + 1
    weight = np.where(rng.random(n) < 0.02, 1_000.0, 1.0)
    return pd.DataFrame(
        {"eth": eth, "sex": sex, "score": score, "y": y, "ward": ward, "seconds": seconds, "weight": weight}
    ).assign(human=np.where(rng.random(n) < 0.9, "1", "0"))


def plan(*, columns: Mapping[str, Any] | None = None, **more: Any) -> audit.AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": {
                "decision": {"from": "score", "threshold": 0.5, "effect": "burden", "label": "flagged"},
                "outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld"},
                **(columns or {}),
            },
            "groups": {"eth": {"name": "eth", "unknown_values": ["Not stated"]}, "sex": {"name": "sex"}},
            "intersections": [["eth", "sex"]],
            "comparator": {"also": {"eth": "White"}},
            "plan": {
                "primary": ["selection_rate", "fpr", "ppv"],
                "margin": {"kind": "ratio", "value": 1.25, "reason": "agreed"},
            },
            **more,
        }
    )


def tables(frame: pd.DataFrame, made: audit.AuditPlan) -> dict[str, Any]:
    held = audit.count_frame(made, frame)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))["tables"]
    return found


class Rows:
    """Who is in a group, who is known not to be, and what each rate counts."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.groups = frame[["eth", "sex"]].fillna("__missing__")
        self.d = np.where(frame["score"].isna(), np.nan, frame["score"] >= 0.5)
        self.y = frame["y"].to_numpy()
        d, y = self.d, self.y
        both = ~np.isnan(d) & ~np.isnan(y)
        self.rates: dict[str, tuple[Mask, Mask]] = {
            "selection_rate": (~np.isnan(d), d == 1),
            "base_rate": (~np.isnan(y), y == 1),
            "tpr": (both & (y == 1), d == 1),
            "fnr": (both & (y == 1), d == 0),
            "fpr": (both & (y == 0), d == 1),
            "tnr": (both & (y == 0), d == 0),
            "ppv": (both & (d == 1), y == 1),
            "fdr": (both & (d == 1), y == 0),
            "npv": (both & (d == 0), y == 0),
            "for": (both & (d == 0), y == 1),
            "accuracy": (both, d == y),
        }

    def inside(self, group: Mapping[str, str]) -> Mask:
        found = np.ones(len(self.groups), dtype=bool)
        for key, value in group.items():
            found &= (self.groups[key] == value).to_numpy()
        return found

    def compared(self, row: Mapping[str, Any]) -> Mask:
        """Known not to be of the group: of a combination, those known to differ in one of its characteristics."""
        if row["comparator"]["kind"] == "reference":
            return self.inside({next(iter(row["group"])): row["comparator"]["value"]})
        found = np.zeros(len(self.groups), dtype=bool)
        for key, value in row["group"].items():
            known = ~self.groups[key].isin(UNKNOWN[key]).to_numpy()
            found |= known & (self.groups[key] != value).to_numpy()
        return found

    def count(self, metric: str, who: Mask) -> tuple[int, int]:
        at_risk, counted = self.rates[metric]
        return int((who & at_risk & counted).sum()), int((who & at_risk).sum())


def test_rates_and_comparisons_are_those_of_the_rows() -> None:
    frame = people()
    rows, found = Rows(frame), tables(frame, plan())

    for rate in found["rates"]:
        k, n = rows.count(rate["metric"], rows.inside(rate["group"]))
        assert (rate["k"], rate["n"]) == (k, n)
        if n:
            assert rate["ci"] == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)
        else:
            assert (rate["value"], rate["reason"] is None) == (None, False)

    undefined, seen = 0, 0
    for row in found["disparities"]:
        (k1, n1), (k2, n2) = (rows.count(row["metric"], who) for who in (rows.inside(row["group"]), rows.compared(row)))
        assert (row["group_rate"]["k"], row["group_rate"]["n"]) == (k1, n1)
        assert (row["comparator_rate"]["k"], row["comparator_rate"]["n"]) == (k2, n2)
        if not n1 or not n2:
            assert row["verdict"] == "undefined"
            undefined += 1
            continue
        alpha = 1 - row["difference"]["level"]
        assert row["difference"]["value"] == pytest.approx(k1 / n1 - k2 / n2, abs=1e-12)
        wanted = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff", alpha=alpha)
        assert row["difference"]["ci"] == pytest.approx(wanted, abs=1e-9)
        if 0 < k1 < n1 and 0 < k2 < n2:
            wanted = confint_proportions_2indep(
                k1, n1, k2, n2, method="score", compare="ratio", correction=False, alpha=alpha
            )
            assert row["ratio"]["ci"] == pytest.approx(wanted, rel=1e-6)
            seen += 1
    assert undefined >= 4
    assert seen > 150


def test_p_values_are_adjusted_once_for_each_test() -> None:
    """Families by name: a rate and its complement are one test, two sexes are one comparison."""
    found = tables(people(), plan())["disparities"]
    mirror = {"fnr": "tpr", "tnr": "fpr", "fdr": "ppv", "for": "npv"}

    families: dict[str, dict[Any, float]] = {"primary": {}, "exploratory": {}}
    names = []
    for row in found:
        if row["test"] is None or row["test"]["log10_p"] is None:
            names.append(None)
            continue
        group = {"sex": "either"} if list(row["group"]) == ["sex"] else row["group"]
        name = (mirror.get(row["metric"], row["metric"]), str(group), row["comparator"].get("value"))
        names.append(name)
        families[row["role"]][name] = 10 ** row["test"]["log10_p"]

    for role, method in (("primary", "holm"), ("exploratory", "fdr_bh")):
        tests = families[role]
        wanted = dict(zip(tests, multipletests(list(tests.values()), method=method)[1], strict=True))
        for row, name in zip(found, names, strict=True):
            if name is not None and row["role"] == role:
                assert row["test"]["family_size"] == len(tests)
                assert 10 ** row["test"]["log10_p_adjusted"] == pytest.approx(wanted[name], rel=1e-6)
    # Six groups with those not sharing and five with White; nobody of Lone is without the outcome; the sexes once.
    assert len(families["primary"]) == (6 + 5 + 1) + (5 + 4 + 1) + (6 + 5 + 1)


def test_the_longer_look_counts_each_review_once() -> None:
    """Without reviewers it is Welch's interval on logarithms; two characteristics are no reason to count thrice."""
    frame = people()
    made = plan(
        columns={
            "human": {"name": "human", "yes": ["1"], "no": ["0"]},
            "review_seconds": {"name": "seconds", "floor": {"seconds": 30, "reason": "timed reading"}},
        }
    )
    sign = next(row for row in tables(frame, made)["oversight"] if row["sign"] == "no_longer_look")

    logs, d = np.log(frame["seconds"].to_numpy()), Rows(frame).d
    yes, no = logs[d == 1], logs[d == 0]
    interval = stats.ttest_ind(yes, no, equal_var=False).confidence_interval(0.95)
    assert (sign["yes_n"], sign["no_n"]) == (len(yes), len(no))
    assert sign["value"] == pytest.approx(math.exp(yes.mean() - no.mean()), rel=1e-6)
    assert sign["ci"] == pytest.approx([math.exp(end) for end in interval], rel=1e-5)


def test_demographic_disparity_overall_is_over_everybody() -> None:
    """A stratum that is not known takes nobody out of the overall figure; those left out within strata are counted."""
    frame = people()
    stratum = {"name": "ward", "role": "legitimate_factor", "justification": "where people live"}
    made = plan(strata={"ward": stratum}, intersections=[])
    rows = Rows(frame)
    found = tables(frame, made)["conditional_disparity"]

    for row in found:
        own = rows.inside(row["group"])
        known = own | rows.compared({**row, "comparator": {"kind": "not_sharing"}})
        flagged, spared = known & (rows.d == 1), known & (rows.d == 0)
        counts = [int(each.sum()) for each in (flagged & own, flagged, spared & own, spared)]
        wanted = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
        assert row["crude"]["value"] == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3], abs=1e-12)
        assert row["crude"]["ci"] == pytest.approx(wanted, abs=1e-9)
        assert row["people_unknown"] == int(((flagged | spared) & frame["ward"].isna().to_numpy()).sum())

        total = weight = 0.0
        for level in ("a", "b", "c"):
            here = (frame["ward"] == level).to_numpy()
            yes, no = (int((side & here).sum()) for side in (flagged, spared))
            share = (flagged & here & own).sum() / yes - (spared & here & own).sum() / no
            total, weight = total + (yes + no) * share, weight + yes + no
        assert row["conditional"]["value"] == pytest.approx(total / weight, abs=1e-12)


def test_weights_a_thousand_times_another_are_worth_few_people() -> None:
    frame = people()
    made = plan(columns={"weight": {"name": "weight", "kind": "sampling"}}, intersections=[])
    rows, w = Rows(frame), frame["weight"].to_numpy()

    for rate in tables(frame, made)["rates"]:
        at_risk, counted = rows.rates[rate["metric"]]
        here = rows.inside(rate["group"]) & at_risk
        if not here.any():
            continue
        share, worth = w[here & counted].sum() / w[here].sum(), w[here].sum() ** 2 / (w[here] ** 2).sum()
        assert rate["value"] == pytest.approx(share, abs=1e-6)
        low, high = proportion_confint(share * worth, worth, method="wilson")
        assert rate["ci"] == pytest.approx([max(low, 0), min(high, 1)], abs=1e-5)


def test_half_a_penny_as_written_goes_up() -> None:
    """1.005 is stored as a little less; a reader of the file sees half a penny. By hand: 101, 102, 103, -100 pence."""
    amounts = {"predicted": "p", "actual": "a", "label": "loss", "unit": "pounds", "range": [-10, 10], "tolerance": 1}
    frame = people().iloc[:400].assign(p=np.resize([1.005, 1.015, 1.025, -1.005], 400), a=0.0)
    made = plan(columns={"amount": {**amounts, "reason": "agreed"}}, intersections=[])

    row = next(each for each in tables(frame, made)["amounts"] if each["group"] == {})
    assert row["n"] == 400
    assert row["mean_error"]["value"] == pytest.approx((1.01 + 1.02 + 1.03 - 1.00) / 4, abs=1e-12)
    assert row["root_mean_squared_error"]["value"] == pytest.approx(
        math.sqrt((1.01**2 + 1.02**2 + 1.03**2 + 1.00**2) / 4), abs=1e-12
    )


def test_halves_are_printed_as_a_calculator_rounds_them() -> None:
    """1 of 8 is 12.5%, 1 of 16 is 6.25%, 87 of 2,000 is 4.35% (stored as a little less); 177,783 in 38 is 4,678.5."""
    assert [words.percent(k / n) for k, n in ((1, 8), (5, 8), (87, 2_000), (1_999, 2_000))] == [
        "13%",
        "63%",
        "4.4%",
        "99.95%",
    ]
    assert [figures.percent(k / n) for k, n in ((1, 16), (87, 2_000), (3, 16))] == ["6.3%", "4.4%", "18.8%"]
    assert (words.one_in(38 / 177_783), figures.multiple(1.125)) == ("1 in 4,679", "1.13")
    assert (signed_points(-0.0625), claimed(1 / 16)) == ("−6.3", "6.3%")
