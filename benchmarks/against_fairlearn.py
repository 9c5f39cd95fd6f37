"""Rates by group: our count and rates on a Parquet file against fairlearn's MetricFrame on rows in memory.

fairlearn is measured at 1 million rows and multiplied (it grows in proportion to the rows); both sides compute six
metrics for twelve groups. `--rows` sets our side; reading the file is part of our time and not of fairlearn's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from impact import audit

THEIRS = 1_000_000


def write(path: Path, rows: int) -> None:
    """Synthetic people, made by DuckDB from a hash, so that nothing needs to be kept."""
    import duckdb

    duckdb.sql(
        f"""COPY (
              SELECT ['Asian','Black','Mixed','Other','White','Chinese'][1 + (hash(i) % 6)::INT] AS ethnicity,
                     ['Female','Male'][1 + (hash(i + 7) % 2)::INT] AS sex,
                     (hash(i * 3 + 1) % 100 < 12)::INT AS flag,
                     (hash(i * 5 + 2) % 100 < 15)::INT AS found
              FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def plan_for(path: Path) -> audit.AuditPlan:
    return audit.plan_of(
        {
            "version": 1,
            "title": "benchmark",
            "question": "q",
            "pool": "synthetic people",
            "source": {"kind": "parquet", "path": path.name},
            "columns": {
                "decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
                "outcome": {"name": "found", "yes": [1], "no": [0], "label": "upheld"},
            },
            "groups": {"ethnicity": {"name": "ethnicity"}, "sex": {"name": "sex"}},
            "intersections": [["ethnicity", "sex"]],
            "plan": {"primary": ["selection_rate", "fpr", "ppv"]},
        }
    )


def fairlearn_metrics() -> dict[str, Callable[..., float]]:
    """The six metrics that both sides compute."""
    import fairlearn.metrics as fm
    from sklearn.metrics import accuracy_score, precision_score

    return {
        "selection_rate": fm.selection_rate,
        "tpr": fm.true_positive_rate,
        "fpr": fm.false_positive_rate,
        "fnr": fm.false_negative_rate,
        "ppv": precision_score,
        "accuracy": accuracy_score,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "people.parquet", rows)
        plan = plan_for(folder / "people.parquet")
        audit.count(plan, base=folder)  # warm: libraries loaded, file cached
        start = time.perf_counter()
        counted = audit.count(plan, base=folder)
        audit.analyse(plan, counted.cells)
        ours = time.perf_counter() - start

        import fairlearn.metrics as fm
        import pandas as pd

        write(folder / "fewer.parquet", THEIRS)
        frame = pd.read_parquet(folder / "fewer.parquet")
    start = time.perf_counter()
    found = fm.MetricFrame(
        metrics=fairlearn_metrics(),
        y_true=frame["found"],
        y_pred=frame["flag"],
        sensitive_features=frame[["ethnicity", "sex"]],
    )
    theirs = time.perf_counter() - start
    assert len(found.by_group) == 12
    scaled = theirs * rows / THEIRS
    print(
        f"{rows:,} rows: impact {ours:.2f} s (file read, all rates, intervals, comparisons, findings); fairlearn "
        f"{theirs:.1f} s at {THEIRS:,} rows, so about {scaled:.0f} s; ratio {scaled / ours:.0f}"
    )


if __name__ == "__main__":
    main()
