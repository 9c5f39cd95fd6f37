"""Every published number of the shared data sets: reproduced, or shown not to follow from its own data, and why.

A number counts as reproduced when ours rounds to what is printed. The tables of exceptions are complete: a number that
is neither reproduced nor excused fails, and so does an excuse that is no longer needed.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.counting.count import Counted, count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.agreement import average_absolute_odds_difference, average_odds_difference
from impact.metrics.statistics.entropy import between_groups, generalised_entropy, theil
from impact.metrics.statistics.identification_rates import inequality
from impact.metrics.statistics.intervals import clopper_pearson, wilson
from impact.metrics.statistics.scores.auc import auc
from impact.metrics.statistics.worst_gap import worst_gap
from impact.metrics.tables.cells import Cell, Cells
from impact.metrics.tables.score_counts import ScoreCounts

ALL = ("selection_rate", "fpr", "tpr", "fnr", "tnr", "ppv", "npv", "fdr", "for", "accuracy", "base_rate")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counted(rows: Iterator[tuple[str, int, int]]) -> Cells:
    """Cells from (group, outcome, decision)."""
    return Cells.of(("g",), [Cell((g,), y, d, -1, n) for (g, y, d), n in Counter(rows).items()])


def row_of(result: AuditResult, metric: str, group: str, reference: str | None = None) -> Disparity:
    return next(
        row
        for row in result.disparities
        if row.comparison.metric == metric
        and row.comparison.group == (("g", group),)
        and row.comparison.reference == reference
    )


def first(pair: Any) -> float:
    """The value of a difference or a ratio that must exist."""
    assert pair is not None
    assert pair[0] is not None
    return float(pair[0])


def rounds_to(found: float, printed: str) -> bool:
    """Whether a number, rounded to the places that are printed, is what is printed."""
    places = len(printed.partition(".")[2]) if "e" not in printed else 12
    return abs(found - float(printed)) <= 0.5000001 * 10**-places


# --- aif360's R package: 20 people, 65 asserted values ----------------------------------------------------------------

# Numbers that do not follow from the 20 people: (metric, arguments) -> why.
R_PACKAGE_WRONG = {
    ("disparate_impact", ""): "cut off, not rounded: 1.62963",
    ("error_rate", "privileged=FALSE"): "cut off, not rounded: 6 of 9",
    ("false_discovery_rate", "privileged=TRUE"): "cut off, not rounded: 2 of 3",
    ("generalized_true_negative_rate", "privileged=FALSE"): "cut off, not rounded: 3 of 7",
    ("false_positive_rate", "privileged=TRUE"): "mistyped: nine people make ninths, and 2 of 9 is .2222",
    ("false_positive_rate_difference", ""): "mistyped: 4/7 less 2/9 is 22/63 = .34921",
    (
        "average_odds_difference",
        "",
    ): "from a third value of that difference: (.3491 - .5) / 2 = -.07545, not (22/63 - 1/2) / 2",
}


def four(cells: Cells, group: str | None = None) -> tuple[int, int, int, int]:
    """TP, FP, FN, TN of a group or of everybody."""
    totals: Counter[tuple[int, int]] = Counter()
    for cell in cells:
        if group is None or cell.group == (group,):
            totals[cell.outcome, cell.decision] += cell.n
    return totals[1, 1], totals[0, 1], totals[1, 0], totals[0, 0]


def r_package_values(cells: Cells, result: AuditResult) -> dict[tuple[str, str], float]:
    """All 65 values of the R package as ours; sex 1 is its privileged group, 0 the other."""
    sides = {"": {}, "privileged=TRUE": {"g": "1"}, "privileged=FALSE": {"g": "0"}}
    rates = {
        "accuracy": "accuracy",
        "false_discovery_rate": "fdr",
        "false_negative_rate": "fnr",
        "false_omission_rate": "for",
        "false_positive_rate": "fpr",
        # With decisions of 0 and 1 in place of scores, its generalised rates are the plain ones.
        "generalized_false_negative_rate": "fnr",
        "generalized_false_positive_rate": "fpr",
        "generalized_true_negative_rate": "tnr",
        "generalized_true_positive_rate": "tpr",
        "negative_predictive_value": "npv",
        "positive_predictive_value": "ppv",
        "precision": "ppv",
        "recall": "tpr",
        "selection_rate": "selection_rate",
        "sensitivity": "tpr",
        "specificity": "tnr",
        "true_negative_rate": "tnr",
        "true_positive_rate": "tpr",
    }
    found: dict[tuple[str, str], float] = {}
    for side, group in sides.items():
        for name, key in rates.items():
            value = result.rate(key, **group).value
            assert value is not None
            found[name, side] = value
        found["error_rate", side] = 1 - found["accuracy", side]
    for name, key in (
        ("equal_opportunity_difference", "tpr"),
        ("true_positive_rate_difference", "tpr"),
        ("false_discovery_rate_difference", "fdr"),
        ("false_negative_rate_difference", "fnr"),
        ("false_omission_rate_difference", "for"),
        ("false_positive_rate_difference", "fpr"),
        ("statistical_parity_difference", "selection_rate"),
    ):
        found[name, ""] = first(row_of(result, key, "0").difference)
    for name, key in (
        ("disparate_impact", "selection_rate"),
        ("false_discovery_rate_ratio", "fdr"),
        ("false_negative_rate_ratio", "fnr"),
        ("false_omission_rate_ratio", "for"),
    ):
        found[name, ""] = first(row_of(result, key, "0").ratio)
    found["error_rate_difference", ""] = -first(row_of(result, "accuracy", "0").difference)
    found["error_rate_ratio", ""] = found["error_rate", "privileged=FALSE"] / found["error_rate", "privileged=TRUE"]
    tp, fp, fn, tn = four(cells)
    for name, number in (("false_negatives", fn), ("false_positives", fp)):
        found[f"num_{name}", ""] = found[f"num_generalized_{name}", ""] = number
    found["num_generalized_true_negatives", ""] = tn
    found["num_generalized_true_positives", ""] = found["power", ""] = tp  # its “power” is the number of true positives
    one, other = four(cells, "0"), four(cells, "1")
    for name, alpha in (("generalized_entropy_index", 2.0), ("theil_index", 1.0)):
        whole = generalised_entropy((tp, fp, fn, tn)) if alpha == 2 else theil((tp, fp, fn, tn))
        between = between_groups([one, other], alpha=alpha)
        assert whole.value is not None
        assert between.value is not None
        found[name, "alpha=2" if alpha == 2 else ""] = whole.value
        found[f"between_all_groups_{name}", "alpha=2" if alpha == 2 else ""] = between.value
    average, absolute = average_odds_difference(one, other), average_absolute_odds_difference(one, other)
    assert average.value is not None
    assert absolute.value is not None
    found["average_odds_difference", ""], found["average_abs_odds_difference", ""] = average.value, absolute.value
    return found


def test_r_package(shared_data: Path, make_plan: Callable[..., AuditPlan]) -> None:
    folder = shared_data / "aif360-r"
    cells = counted((row["sex"], int(row["y_true"]), int(row["y_pred"])) for row in table(folder / "toy20.csv"))
    result = analyse(make_plan(effect="benefit", primary=ALL), cells)
    ours = r_package_values(cells, result)
    published = {(row["metric"], row["args"]): row["value"] for row in table(folder / "toy20_expected.csv")}

    assert len(published) == 65
    wrong = {key for key, value in published.items() if not rounds_to(ours[key], value)}
    assert wrong == set(R_PACKAGE_WRONG)
    for key, reason in R_PACKAGE_WRONG.items():
        # Each is nearly right, and those said to be cut off are just that.
        assert abs(ours[key] - float(published[key])) < 7e-3
        cut_off = f"{ours[key]:.8f}"[: len(published[key])]
        assert (cut_off == published[key]) == reason.startswith("cut off")
    assert four(cells, "1")[1::2] == (2, 7)
    assert four(cells, "0")[1::2] == (4, 3)


def test_r_package_on_census_income(shared_data: Path, make_plan: Callable[..., AuditPlan]) -> None:
    """32,541 people; an income of 0 is its favourable label, so that the higher rate is that of sex 0."""
    folder = shared_data / "aif360-r"
    with gzip.open(folder / "adult32541_sex_income.csv.gz", "rt", newline="") as file:
        people = Counter((row["sex"], row["income"]) for row in csv.DictReader(file))
    cells = Cells.of(("g",), [Cell((sex,), -1, int(income == "0"), -1, n) for (sex, income), n in people.items()])
    result = analyse(make_plan(effect="benefit", outcome=False), cells)
    published = {row["metric"]: row["value"] for row in table(folder / "adult32541_expected.csv")}

    everybody = result.rate("selection_rate")
    ours = {
        "base_rate": everybody.value,
        "num_positives": everybody.k,
        "num_positives sex=1": result.rate("selection_rate", g="1").k,
        "num_positives sex=0": result.rate("selection_rate", g="0").k,
        "statistical_parity_difference": first(row_of(result, "selection_rate", "0").difference),
        "disparate_impact": first(row_of(result, "selection_rate", "0").ratio),
    }
    assert set(ours) == set(published)
    for name, value in published.items():
        assert ours[name] == pytest.approx(float(value), rel=1e-15 if name != "disparate_impact" else 5e-3), name


# --- holisticai: ten people, ten asserted values ----------------------------------------------------------------------

HOLISTIC_NOT_OURS = {
    "z_test_ratio": "Wald's statistic of the log ratio, which fails at zero; Koopman's interval stands in its place",
    "cohen_d": "a difference in standard deviations, which says nothing about how many people it concerns",
}


def test_holisticai(shared_data: Path, make_plan: Callable[..., AuditPlan]) -> None:
    folder = shared_data / "holisticai"
    cells = counted((row["group"], int(row["y_true"]), int(row["y_pred"])) for row in table(folder / "toy10.csv"))
    result = analyse(make_plan(effect="benefit", primary=ALL), cells)
    published = {row["metric"]: float(row["value"]) for row in table(folder / "toy10_expected.csv")}
    average = average_odds_difference(four(cells, "a"), four(cells, "b"))
    selected, swapped = row_of(result, "selection_rate", "a"), row_of(result, "selection_rate", "b")
    assert selected.test is not None

    # Their z is of pooled variance: 2 (1 - Phi(z)) is the p-value of our score test.
    from scipy import stats

    ours = {
        "statistical_parity a-b": first(selected.difference),
        "disparate_impact a/b": first(selected.ratio),
        "four_fifths": first(swapped.ratio),
        "z_test_diff": float(stats.norm.isf(10**selected.test.log10_p / 2)),
        "equal_opportunity_diff": first(row_of(result, "tpr", "a").difference),
        "false_positive_rate_diff": first(row_of(result, "fpr", "a").difference),
        "average_odds_diff": average.value,
        "accuracy_diff": first(row_of(result, "accuracy", "a").difference),
    }
    assert set(ours) | set(HOLISTIC_NOT_OURS) == set(published)
    for name, value in ours.items():
        assert value == pytest.approx(published[name], rel=1e-9), name


# --- R package binom: 88 intervals ------------------------------------------------------------------------------------

BINOM_OURS = {"wilson": wilson, "exact": clopper_pearson}
# Not used by any figure here: one method for shares, and an exact one where false alerts are rare, are enough.
BINOM_OTHERS = {"agresti-coull", "asymptotic", "bayes", "cloglog", "logit", "lrt", "probit", "profile", "prop.test"}


def test_binomial_intervals_of_r(shared_data: Path) -> None:
    rows = table(shared_data / "ci-reference" / "binom_confint_R.csv")

    assert {row["method"] for row in rows} == set(BINOM_OURS) | BINOM_OTHERS
    compared = [row for row in rows if row["method"] in BINOM_OURS]
    assert len(compared) == 16
    for row in compared:
        found = BINOM_OURS[row["method"]](int(row["k"]), int(row["n"]))
        assert found is not None
        assert (found.low, found.high) == pytest.approx((float(row["low"]), float(row["high"])), abs=1e-6), row
    # Why the plain interval of textbooks ("asymptotic") is not one of them: beyond 1, and no width at 0 of 30.
    plain = {
        (row["k"], row["n"]): (float(row["low"]), float(row["high"])) for row in rows if row["method"] == "asymptotic"
    }
    assert plain["18", "20"][1] > 1
    assert plain["0", "30"] == (0, 0)


# --- fairlearn's user guide: 18 people, by group, differences and ratios ----------------------------------------------


def test_fairlearn_user_guide(shared_data: Path, make_plan: Callable[..., AuditPlan]) -> None:
    data = json.loads((shared_data / "fairlearn" / "doc_example.json").read_text(encoding="utf-8"))
    cells = counted(iter(zip(data["group"], data["y_true"], data["y_pred"], strict=True)))
    result = analyse(make_plan(primary=ALL), cells)
    keys = {"tpr": "tpr", "fpr": "fpr", "sel": "selection_rate"}

    assert set(data) == {
        *("y_true", "y_pred", "group", "overall", "by_group"),
        *("difference", "ratio", "difference_to_overall", "ratio_to_overall"),
    }
    for name, key in keys.items():
        rates = {group: result.rate(key, g=group) for group in data["by_group"]}
        whole = result.rate(key).value
        assert whole == pytest.approx(data["overall"][name], abs=1e-6)
        values = {}
        for group, rate in rates.items():
            assert rate.value == pytest.approx(data["by_group"][group][name], abs=1e-6)
            values[group] = float(rate.value or 0)
        # Its difference is that of the extremes, and it has no interval; ours is simultaneous over all pairs.
        gap = worst_gap([rate.k for rate in rates.values()], [rate.n for rate in rates.values()])
        assert gap.gap.value == pytest.approx(data["difference"][name], abs=1e-6)
        assert gap.gap.low == 0  # four to eight people a group show nothing
        assert min(values.values()) / max(values.values()) == pytest.approx(data["ratio"][name], abs=1e-6)
        # Against everybody, the group itself among them: pulled towards 0 and 1, which is why nothing here uses it.
        distances = [abs(value - whole) for value in values.values()]
        assert max(distances) == pytest.approx(data["difference_to_overall"][name], abs=1e-6)
        ratios = [min(value / whole, whole / value if value else 0) for value in values.values()]
        assert min(ratios) == pytest.approx(data["ratio_to_overall"][name], abs=1e-6)
    assert {group: result.rate("selection_rate", g=group).n for group in "abc"} == {
        group: row["count"] for group, row in data["by_group"].items()
    }
    assert cells.n == data["overall"]["count"]


# --- R package fairness: 6,172 people with a model's probability ------------------------------------------------------


def audited(folder: Path, path: str, *, label: str, group: str, score: str, yes: list[Any], no: list[Any]) -> Counted:
    """A published file as its owner would audit it: decision from the score, scores kept by bin."""
    return count(
        plan_of(
            {
                "version": 1, "title": "t", "question": "q", "pool": "everybody in the file",
                "source": {"kind": "csv", "path": path},
                "columns": {
                    "decision": {"from": score, "threshold": 0.5, "effect": "burden", "label": "flagged"},
                    "outcome": {"name": label, "yes": yes, "no": no, "label": "had the outcome"},
                    "score": {"name": score, "higher_means": "more likely", "probability": True, "bins": 100_000},
                },
                "groups": {"g": {"name": group}},
                "plan": {"primary": ["tpr"]},
            }
        ),
        base=folder,
    )  # fmt: skip


def test_r_package_fairness_scores(shared_data: Path) -> None:
    """Its README's sensitivities are held in test_metrics_published.py; here groups of 31 and 11, AUC .687 and .723."""
    counts = audited(
        shared_data / "kozodoi-fairness", "compas_probs_6172.csv",
        label="y_true", group="ethnicity", score="probability", yes=[1], no=[0],
    )  # fmt: skip
    held = ScoreCounts(counts.aggregates["scores"]).by_group("g")
    sizes = {level[0]: int((held.positives[i] + held.negatives[i]).sum()) for i, level in enumerate(held.levels)}

    assert sum(sizes.values()) == 6_172
    assert (sizes["Asian"], sizes["Native_American"]) == (31, 11)
    areas = {level[0]: auc(held.positives[i], held.negatives[i]).area.value for i, level in enumerate(held.levels)}
    assert areas["Caucasian"] == pytest.approx(0.687, abs=5e-4)
    assert areas["African_American"] == pytest.approx(0.723, abs=5e-4)


# --- Pleiss et al. 2017: three scorers by group -----------------------------------------------------------------------

# File -> people of group 0 and 1, and where its README or SOURCE.md prints them, base rates and mean scores.
PLEISS: Mapping[str, tuple[tuple[int, int], tuple[str, str] | None, tuple[str, str] | None]] = {
    # The same people as ProPublica's White and Black (r5: 966 of 2,454 and 1,901 of 3,696 were charged again).
    "criminal_recidivism": ((3_696, 2_454), (".5143", ".3936"), None),
    "health": ((135, 49), None, None),
    "income": ((3_214, 6_554), (".8920", ".7006"), (".8681", ".6939")),
}


@pytest.mark.parametrize("name", PLEISS)
def test_pleiss_scorers(shared_data: Path, name: str) -> None:
    """Base rates and mean scores. The paper's rates are of random halves after post-processing, not redone."""
    people, base, mean = PLEISS[name]
    counts = audited(
        shared_data / "pleiss-calibration", f"{name}.csv",
        label="label", group="group", score="prediction", yes=[1], no=[0],
    )  # fmt: skip
    sums = ScoreCounts(counts.aggregates["scores"]).sums("g")
    where = {level[0]: i for i, level in enumerate(sums.levels)}
    found = [sums.n[where[each]] for each in ("0.0", "1.0")]
    scores = [float(sums.s1[where[each]].sum()) for each in ("0.0", "1.0")]

    assert sorted(int(n.sum()) for n in found) == sorted(people)
    if base is not None:
        for n, printed in zip(sorted(found, key=lambda n: n[1] / n.sum()), sorted(base), strict=True):
            assert rounds_to(n[1] / n.sum(), printed)
    if mean is not None:
        shares = sorted(total / int(n.sum()) for total, n in zip(scores, found, strict=True))
        assert [rounds_to(share, printed) for share, printed in zip(shares, sorted(mean), strict=True)] == [True, True]
        # The README itself prints the base rates as about .70 and .89, and average scores as about .69 and .87.
        assert [round(share, 2) for share in shares] == [0.69, 0.87]


def test_every_shared_data_set_is_held(shared_data: Path) -> None:
    """A folder that nobody looks at is a number that nobody reproduced."""
    here = {"aif360-r", "ci-reference", "fairlearn", "holisticai", "kozodoi-fairness", "pleiss-calibration"}
    elsewhere = {"canada-aia": "a questionnaire and its scores: no figure of an audit"}

    assert {path.name for path in shared_data.iterdir() if path.is_dir()} == here | set(elsewhere)


# --- published counts of face recognition and of ProPublica -----------------------------------------------------------

# Numerator, denominator, share and exact 95 % limits as printed (content/reference/r4_earlier_lfr.csv of the design:
# Fussey and Murray 2019; Bridges v South Wales Police).
EARLIER = {
    "Met trials, verified correct": (8, 42, "0.1905", "0.0860", "0.3412"),
    "Cardiff, 21 December 2017, not true": (2, 10, "0.2000", "0.0252", "0.5561"),
}


@pytest.mark.parametrize("case", EARLIER)
def test_earlier_face_recognition(case: str) -> None:
    k, n, share, low, high = EARLIER[case]
    found = clopper_pearson(k, n)

    assert found is not None
    assert found.high is not None
    assert rounds_to(k / n, share)
    assert rounds_to(found.low, low)
    assert rounds_to(found.high, high)


def test_rates_printed_without_counts_leave_their_ratio_open() -> None:
    """Retrospective search of the police national database, as reported in December 2025: .04, 4.0 and 5.5 per cent.

    “A hundred times” and “137 times” follow from the printed rates and from nothing firmer: .04 is any rate from .035
    to .045, so that the first ratio is anything from 88 to 116 and the second from 121 to 159. No counts were printed.
    """
    assert inequality([0.0004, 0.04]).largest_over_smallest == pytest.approx(100)
    assert inequality([0.0004, 0.055]).largest_over_smallest == pytest.approx(137.5)
    assert inequality([0.0004, 0.099]).largest_over_smallest == pytest.approx(247.5)
    least, most = inequality([0.00045, 0.0395]), inequality([0.00035, 0.0405])
    assert least.largest_over_smallest == pytest.approx(87.8, abs=0.05)
    assert most.largest_over_smallest == pytest.approx(115.7, abs=0.05)


# ProPublica, group -> TP, FP, TN, FN and printed FPR, FNR, PPV, share selected (content/reference/r5_compas.csv of the
# design, counts recomputed from the public repository; groups by race are held in test_metrics_published.py).
PROPUBLICA = {
    "Male": ((1_732, 994, 2_072, 1_021), ("0.3242", "0.3709", "0.6354", "0.4685")),
    "Female": ((303, 288, 609, 195), ("0.3211", "0.3916", "0.5127", "0.4237")),
    "All": ((2_035, 1_282, 2_681, 1_216), ("0.3235", "0.3740", "0.6135", "0.4598")),
    "All, violent": ((415, 939, 3_029, 360), ("0.2366", "0.4645", "0.3065", "0.2855")),
}


@pytest.mark.parametrize("group", PROPUBLICA)
def test_propublica_by_sex_and_in_all(
    group: str, make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    (tp, fp, tn, fn), printed = PROPUBLICA[group]
    result = analyse(make_plan(primary=ALL), confusion({group: (tp, fp, fn, tn), "others": (1, 1, 1, 1)}))

    found = [result.rate(key, g=group).value for key in ("fpr", "fnr", "ppv", "selection_rate")]
    assert [rounds_to(float(value or 0), text) for value, text in zip(found, printed, strict=True)] == [True] * 4


# 45,000 people: sensitivity, prevalence, specificity -> expected true and false flags, and the share that is right
# (content/reference/r12_base_rates.csv of the design). In hundredths of a person, so that counts stay whole.
BASE_RATES = {
    (0.80, 0.01, 0.95): (360.00, 2_227.50, "0.1391"),
    (0.80, 0.01, 0.99): (360.00, 445.50, "0.4469"),
    (0.80, 0.005, 0.95): (180.00, 2_238.75, "0.0744"),
    (0.80, 0.02, 0.99): (720.00, 441.00, "0.6202"),
}


@pytest.mark.parametrize("case", BASE_RATES)
def test_flags_on_staff(
    case: tuple[float, float, float], make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    sensitivity, prevalence, specificity = case
    true, false, share = BASE_RATES[case]
    positives, negatives = 45_000 * prevalence, 45_000 * (1 - prevalence)
    whole = tuple(round(100 * x) for x in (true, false, positives - true, negatives - false))

    result = analyse(make_plan(primary=ALL), confusion({"staff": whole, "others": (1, 1, 1, 1)}))

    assert result.rate("tpr", g="staff").value == pytest.approx(sensitivity)
    assert result.rate("tnr", g="staff").value == pytest.approx(specificity)
    assert rounds_to(float(result.rate("ppv", g="staff").value or 0), share)


# --- New York City's rule on hiring tools: its own worked example --------------------------------------------------

# Rules of the City of New York, title 6, section 5-301(d), example on “culture fit” (2023; read in a copy whose last
# two categories were cut off): category -> applicants, those above, scoring rate in per cent, impact ratio. The rule
# does not print how many were above; these are the only whole numbers near its rates.
LL144 = {
    "sex": {"Male": (92, 50, "54.3", "1.00"), "Female": (76, 34, "44.7", "0.82")},
    "race": {
        "Hispanic or Latino": (28, 18, "64.2", "1.00"),
        "White": (40, 15, "37.5", "0.58"),
        "Black or African American": (32, 16, "50.0", "0.78"),
        "Native Hawaiian or Pacific Islander": (8, 5, "62.5", "0.97"),
        "Asian": (24, 10, "41.7", "0.65"),
    },
}
LL144_WRONG = {"Hispanic or Latino": "18 of 28 is 64.286: cut off, not rounded. The impact ratios follow from 64.286"}


@pytest.mark.parametrize("key", LL144)
def test_worked_example_of_local_law_144(key: str) -> None:
    made = plan_of(
        {
            "version": 1, "title": "t", "question": "q", "pool": "everybody who applied",
            "source": {"kind": "counts", "path": "d.csv", "count": "n"},
            "columns": {"decision": {"name": "d", "yes": [1], "no": [0], "effect": "benefit", "label": "scored above"}},
            "groups": {"g": {"name": "g", "unknown_values": ["?"]}},
            "plan": {"primary": ["selection_rate"], "standard": "nyc-ll144"},
        }
    )  # fmt: skip
    cells = [
        Cell((group,), -1, decision, -1, count_of)
        for group, (people, above, _, _) in LL144[key].items()
        for decision, count_of in ((1, above), (0, people - above))
    ]
    result = analyse(made, Cells.of(("g",), cells))
    screens = {row["group"]["g"]: row for row in result.to_json(created="", tool_version="")["tables"]["screens"]}

    wrong = set()
    for group, (_, _, rate, ratio) in LL144[key].items():
        assert rounds_to(screens[group]["ratio"], ratio)
        if not rounds_to(100 * float(result.rate("selection_rate", g=group).value or 0), rate):
            wrong.add(group)
    assert wrong == set(LL144_WRONG) & set(LL144[key])
