"""Further tables of a public copy, attacked together with its cells.

The attacker of this file shares no code with impact's: his unknowns are the exact joint table of characteristic × value
× part, his rows are what the published files say, and he is told which hidden counts are small. Counts are drawn by
seed, and some are made awkward by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from sklearn.metrics import roc_auc_score

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.disclosure.policies import load_policy
from impact.metrics.disclosure.protect_further import Protected, protect_all
from impact.metrics.disclosure.published_file import published_bytes
from impact.metrics.tables.aggregates import Aggregate
from impact.settings import Settings

PLAN = audit.plan_of(
    {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "p",
        "source": {"kind": "parquet", "path": "x.parquet"},
        "columns": {
            "decision": {"from": "risk", "threshold": 0.5, "effect": "burden", "label": "flagged"},
            "outcome": {"name": "y", "yes": [1], "no": [0], "label": "found"},
            "score": {"name": "risk", "higher_means": "more", "probability": True},
            "time": {"name": "day", "period": "quarter"},
            "band": {"name": "band", "order": ["low", "middle", "high"], "label": "risk"},
        },
        "groups": {"g": {"name": "g"}},
        "strata": {"area": {"name": "area", "role": "legitimate_factor", "justification": "j"}},
        "plan": {"primary": ["selection_rate", "fpr"], "thresholds": [0.5]},
    }
)
COLUMNS = {"periods": "quarter", "strata": "area", "bands": "band"}
PARTS = ("tp", "fp", "fn", "tn")


def people(seed: int = 0, size: int = 6_000, small: int = 30) -> pd.DataFrame:
    """Three groups, the smallest of ``small`` people."""
    rng = np.random.default_rng(seed)
    g = np.array(["a"] * (size * 3 // 5) + ["b"] * (size - size * 3 // 5 - small) + ["c"] * small)
    risk = rng.integers(0, 101, size) / 100
    return pd.DataFrame(
        {
            "g": g,
            "risk": risk,
            "y": (rng.random(size) < 0.15 + 0.7 * risk).astype(int),
            "day": rng.choice(["2024-02-01", "2024-05-01", "2024-08-01", "2024-11-01"], size),
            "band": np.select([risk < 0.34, risk < 0.67], ["low", "middle"], "high"),
            "area": rng.choice(["north", "south"], size),
        }
    )


def one_person(seed: int) -> pd.DataFrame:
    return people(seed, small=1)


def nine_between_large(seed: int) -> pd.DataFrame:
    """Nine people of a group in one quarter, and hundreds in the others."""
    frame = people(seed, small=900)
    late = frame.index[(frame["g"] == "c") & (frame["day"] == "2024-08-01")]
    frame.loc[late[9:], "day"] = "2024-11-01"
    return frame


def one_case_in_a_period(seed: int) -> pd.DataFrame:
    frame = people(seed)
    late = frame.index[frame["day"] == "2024-11-01"]
    frame.loc[late[1:], "day"] = "2024-08-01"
    return frame


def few_without_a_date(seed: int) -> pd.DataFrame:
    """Everybody has a date but three, all of one group."""
    frame = people(seed, small=900)
    frame.loc[frame.index[frame["g"] == "c"][:3], "day"] = None
    return frame


DRAWN = {
    "seed 0": (people, 0), "seed 1": (people, 1), "one person": (one_person, 2), "nine": (nine_between_large, 3),
    "one case": (one_case_in_a_period, 4), "no date": (few_without_a_date, 5),
}  # fmt: skip
WITH = {  # all tables at once for the first, fewer for the others: a test of seconds
    "seed 0": ("periods", "strata", "bands", "scores"), "seed 1": ("periods", "scores"),
    "one person": ("strata", "bands"), "nine": ("periods", "strata"), "one case": ("periods", "bands"),
    "no date": ("periods", "strata"),
}  # fmt: skip


@cache
def made(case: str, policy: str = "ons-10") -> tuple[pd.DataFrame, audit.Counted, Protected]:
    make, seed = DRAWN[case]
    frame = make(seed)
    counted = audit.count_frame(PLAN, frame)
    return (
        frame,
        counted,
        protect_all(PLAN, counted.cells, {name: counted.aggregates[name] for name in WITH[case]}, load_policy(policy)),
    )


# --- an attacker of our own --------------------------------------------------------------------------------------


def value_of(name: str, frame: pd.DataFrame, table: Aggregate | None) -> pd.Series:
    """Which published value each row belongs to; text as in the published table, missing where it has none."""
    if name == "periods":
        day = pd.to_datetime(frame["day"])
        unit = table.about["period"] if table is not None else "quarter"
        part = day.dt.quarter if unit == "quarter" else 0
        return (day.dt.year * 100 + part).astype("Int64").astype("string")
    if name == "bands":
        return frame["band"].map({"low": "0", "middle": "1", "high": "2"}).astype("string")
    if name == "strata":
        return frame["area"].astype("string")
    edges = np.asarray(table.about["edges"] if table is not None else [0.0, 1.0])
    place = np.clip(np.searchsorted(edges, frame["risk"], side="right") - 1, 0, len(edges) - 2)
    return pd.Series(place, index=frame.index).astype("string")


def attack(frame: pd.DataFrame, found: Protected) -> Iterator[tuple[str, int, float, float]]:
    """Name, truth and range of every small count, from the cells and all further tables at once."""
    policy = found.cells.policy
    part = np.select(
        [(frame["risk"] >= 0.5) & (frame["y"] == 1), frame["risk"] >= 0.5, frame["y"] == 1], PARTS[:3], "tn"
    )
    rows = frame.assign(part=part)
    # One block of unknowns for the cells, and one for each further table: group × value × part.
    unknown: dict[tuple[str, str, str, str], int] = {}
    truth: dict[tuple[str, str, str, str], int] = {}
    values: dict[str, list[str]] = {"cells": [""]}
    for name, table in {"cells": None, **found.further}.items():
        value = value_of(name, frame, table).fillna("?") if name != "cells" else pd.Series("", index=frame.index)
        values[name] = [""] if name == "cells" else sorted({*value, "?"})
        counted = rows.assign(value=value).groupby(["g", "value", "part"]).size()
        for g in sorted(set(frame["g"])):
            for v in values[name]:
                for p in PARTS:
                    unknown[name, g, v, p] = len(unknown)
                    truth[name, g, v, p] = int(counted.get((g, v, p), 0))
    groups = sorted(set(frame["g"]))

    def line(name: str, g: str, v: str, parts: tuple[str, ...]) -> tuple[np.ndarray, int]:
        aim, total = np.zeros(len(unknown)), 0
        for each in groups if g == "" else [g]:
            for p in parts:
                aim[unknown[name, each, v, p]] += 1
                total += truth[name, each, v, p]
        return aim, total

    equal, low, high, matrix = [], [], [], []
    for name in found.further:
        for g in groups:
            for p in PARTS:
                aim = np.zeros(len(unknown))
                for v in values[name]:
                    aim[unknown[name, g, v, p]] = 1
                aim[unknown["cells", g, "", p]] = -1
                equal.append(aim)

    def told(aim: np.ndarray, total: int, a: float, b: float) -> None:
        assert a <= total <= b
        matrix.append(aim)
        low.append(a)
        high.append(b)

    cells = ("n", "yes", "no", *PARTS)
    items = {"n": PARTS, "yes": ("tp", "fp"), "no": ("fn", "tn"), "positives": ("tp", "fn"), "negatives": ("fp", "tn")}
    items |= {p: (p,) for p in PARTS}
    printed: set[tuple[str, str, str, str]] = set()
    for row in found.cells:
        counts = found.cells.of(row)
        g = row.values[0] if row.keys else ""
        for item, shown in counts.items():
            # Totals of printed parts add nothing; where a part is hidden the total is rounded on its own.
            whole = {"yes": ("tp", "fp"), "no": ("fn", "tn"), "n": ("yes", "no")}.get(item, ())
            if shown is not None and (not whole or any(counts[each] is None for each in whole)):
                told(*line("cells", g, "", items[item]), *policy.behind(shown))
            if shown is not None:
                printed.add(("cells", g, "", item))
    codes = {(1, 1): "tp", (0, 1): "fp", (1, 0): "fn", (0, 0): "tn", (-1, 1): "yes", (-1, 0): "no"}
    codes |= {(1, -1): "positives", (0, -1): "negatives"}
    for name, table in found.further.items():
        columns = (table.keys[key].tolist() for key in ("level", "value", "outcome", "decision"))
        for g, v, y, d, n in zip(*columns, table.measures["n"].tolist(), strict=True):
            told(*line(name, g, v, items[codes[y, d]]), *policy.behind(n))
            printed.add((name, g, v, codes[y, d]))
    hidden = []
    for name in ("cells", *found.further):
        for g in ("", *groups):
            for v in values[name]:
                for item, parts in items.items():
                    if (name, g, v, item) in printed or (name == "cells" and item not in cells):
                        continue
                    aim, total = line(name, g, v, parts)
                    small = total < policy.min_cell
                    told(aim, total, 0 if small else policy.min_cell, policy.min_cell - 1 if small else inf)
                    impossible = False
                    if name == "scores" and v == "?":
                        told(aim, total, 0, 0)  # the decision comes from the score: without one there is none
                        impossible = True
                    elif name == "scores":
                        # The plan says where a yes begins: a yes in a bin below it is nobody's secret.
                        above = found.further["scores"].about["edges"][int(v)] >= 0.5
                        none = ("fn", "tn", "no") if above else ("tp", "fp", "yes")
                        impossible = item in none
                        if impossible:
                            told(aim, total, 0, 0)
                    if small and not impossible:
                        hidden.append((f"{name} {g} {v} {item}", aim, total))
    rows_ = csr_array(np.array(matrix))
    finite = np.isfinite(high)
    bounds = {
        "A_ub": vstack([rows_[np.flatnonzero(finite)], -rows_]),
        "b_ub": np.concatenate([np.asarray(high)[finite], -np.asarray(low)]),
        "A_eq": csr_array(np.array(equal)) if equal else None,
        "b_eq": np.zeros(len(equal)) if equal else None,
    }
    for what, aim, total in hidden:
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * aim, method="highs", **bounds)
            assert solved.status == 0, what
            ends.append(sign * solved.fun)
        yield what, total, ends[0], ends[1]


@pytest.mark.parametrize("case", DRAWN)
def test_no_small_count_is_recovered_from_all_tables_together(case: str) -> None:
    """The attacker knows that every outcome is known and every decision made, which the cells alone do not say."""
    frame, _, found = made(case)
    wide = min(found.cells.policy.keep_range, found.cells.policy.min_cell - 1) - 1e-6
    alone = {what: high - low for what, _, low, high in attack(frame, Protected(found.cells, {}))}

    checked = 0
    for what, truth, low, high in attack(frame, found):
        assert low - 1e-6 <= truth <= high + 1e-6, what
        # What he would find from the cells by themselves is not found through a further table.
        assert high - low >= wide or alone.get(what, inf) < wide, what
        checked += not what.startswith("cells")
    assert found.further
    assert checked > 20


@pytest.mark.parametrize("case", DRAWN)
def test_every_printed_count_stands_for_several_true_ones(case: str) -> None:
    """Whoever inverts a rate and its interval gets the rounded counts; each stands for three or more true counts."""
    _frame, _counted, found = made(case)
    policy = found.cells.policy
    for table in found.further.values():
        for n in table.measures["n"].tolist():
            assert n >= 10
            assert sum(policy.shown(true) == n for true in range(n + 6)) >= 3
    result = audit.analyse(PLAN, found.cells, aggregates=found.further).to_json(created="", tool_version="")
    shown = {n for table in found.further.values() for n in table.measures["n"].tolist()}
    rows = result["tables"].get("periods", []) + result["tables"]["sweep"]
    for row in rows:
        counts = [row["k"], row["n"]] if "k" in row else [row[key] for key in ("tp", "fp", "fn", "tn")]
        # Each is a printed count or a sum of printed counts; never a count under the threshold.
        assert all(n is None or (n % 5 == 0 and n >= min(shown)) for n in counts), row


def test_without_rounding_nothing_stands_beside_the_cells() -> None:
    assert made("nine", "suppress-10")[2].further == {}


def test_nine_people_of_a_quarter_and_the_group_of_one_are_nowhere() -> None:
    nine, one = made("nine")[2].further, made("one person")[2].further

    assert "c" not in nine["periods"].keys["level"].tolist()
    assert all("c" not in table.keys["level"].tolist() for table in one.values())


def test_a_period_with_one_case_is_joined_with_others_or_not_shown() -> None:
    """The fourth quarter has one case, so no quarter is shown; one year is no series."""
    assert "periods" not in made("one case")[2].further


# --- the figures -------------------------------------------------------------------------------------------------


def block(case: str) -> dict[str, Any]:
    _, _, found = made(case)
    data = audit.analyse(PLAN, found.cells, aggregates=found.further).to_json(created="", tool_version="")
    loaded: dict[str, Any] = json.loads(canonical_json(data))
    return loaded


def test_figures_are_those_of_the_rows_within_what_rounding_and_bins_leave_open() -> None:
    frame = made("seed 0")[0]
    tables = block("seed 0")["tables"]

    everybody = next(row for row in tables["scores"] if not row["group"])
    exact = roc_auc_score(frame["y"], frame["risk"])
    assert abs(everybody["auc"]["value"] - exact) <= everybody["auc"]["binning"] + 0.01
    assert everybody["auc"]["binning"] <= 0.05
    assert "brier" not in everybody
    (sweep,) = [row for row in tables["sweep"] if not row["group"]]
    assert abs(sweep["tp"] - int(((frame["risk"] >= 0.5) & (frame["y"] == 1)).sum())) <= 2 * 20
    quarter = next(row for row in tables["periods"] if not row["group"] and row["period"] == "2024 Q1")
    part = frame[frame["day"] == "2024-02-01"]
    part = part if quarter["metric"] == "selection_rate" else part[part["y"] == 0]
    assert quarter["value"] == pytest.approx((part["risk"] >= 0.5).mean(), abs=0.02)
    band = [row for row in tables["bands"] if not row["group"]]
    assert [abs(row["n"] - int((frame["band"] == row["band"]).sum())) <= 4 for row in band] == [True] * 3


def test_a_public_copy_is_computed_again_from_its_files() -> None:
    _, _, found = made("seed 0")
    record = {"audit": block("seed 0")}
    attached = {name: table.to_parquet() for name, table in found.further.items()}

    def told(record: dict[str, Any], attached: dict[str, bytes]) -> list[bool | None]:
        cells = published_bytes(found.cells)
        return [each.same for each in recompute(record, cells, settings=Settings(), aggregates=attached)]

    assert told(record, attached) == [True, True]
    other = json.loads(canonical_json(record))
    other["audit"]["tables"]["periods"][0]["k"] += 5
    assert told(other, attached) == [True, False]


def test_a_table_with_a_small_count_is_no_published_table() -> None:
    _, _, found = made("seed 0")
    table = found.further["periods"]
    small = Aggregate.of("periods", table.keys, {"n": table.measures["n"] - table.measures["n"].min() + 5}, table.about)

    with pytest.raises(MetricError) as refused:
        audit.analyse(PLAN, found.cells, aggregates={"periods": small})

    assert [fault.code for fault in refused.value.faults] == ["D162"]
