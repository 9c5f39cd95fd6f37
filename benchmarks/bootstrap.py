"""Bootstrap intervals of rates by group: counts drawn by impact against rows drawn by fairlearn's n_boot.

Both sides: 45,000 people, six metrics, twelve groups. fairlearn is measured at `--theirs` replicates and multiplied to
1,000; impact draws 1,000. The mean widths of the intervals of all 72 rates are compared: the distribution is one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from against_fairlearn import fairlearn_metrics, plan_for, write

from impact import audit
from impact.metrics.statistics.resampling import multinomial_all

ROWS, DRAWS = 45_000, 1_000


def rates_of(tables: Any) -> Any:
    """Counts (draws, 12 groups x 4 cells) -> the six rates of each group (draws, 72)."""
    tp, fp, fn, tn = np.moveaxis(tables.reshape(len(tables), -1, 4), 2, 0)
    parts = [
        (tp + fp, tp + fp + fn + tn),
        (tp, tp + fn),
        (fp, fp + tn),
        (fn, tp + fn),
        (tp, tp + fp),
        (tp + tn, tp + fp + fn + tn),
    ]
    return np.hstack([k / n for k, n in parts])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--theirs", type=int, default=60, help="replicates of fairlearn (here: 60, about a minute)")
    replicates = options.parse_args().theirs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "people.parquet", ROWS)
        cells = audit.count(plan_for(folder / "people.parquet"), base=folder).cells

        import fairlearn.metrics as fm
        import pandas as pd

        frame = pd.read_parquet(folder / "people.parquet")
    groups = sorted({cell.group for cell in cells})
    held = {(cell.group, cell.outcome, cell.decision): cell.n for cell in cells}
    counts = [held.get((group, y, d), 0) for group in groups for y, d in ((1, 1), (0, 1), (1, 0), (0, 0))]
    multinomial_all(counts, rates_of, draws=10)  # warm
    start = time.perf_counter()
    found = multinomial_all(counts, rates_of, draws=DRAWS)
    ours = time.perf_counter() - start
    assert len(found) == 72
    assert all(one.interval for one in found)
    # By one standard deviation to either side: few replicates place those better than tails of 2.5%.
    quantiles = [0.158655, 0.841345]
    start = time.perf_counter()
    frames = fm.MetricFrame(
        metrics=fairlearn_metrics(),
        y_true=frame["found"],
        y_pred=frame["flag"],
        sensitive_features=frame[["ethnicity", "sex"]],
        n_boot=replicates,
        ci_quantiles=quantiles,
        random_state=2,
    ).by_group_ci
    theirs = (time.perf_counter() - start) * DRAWS / replicates
    order = [(group[0], group[1]) for group in groups]
    low, high = (each.loc[order].to_numpy().T.ravel() for each in frames)
    # Quantiles of few replicates lie too far inside, so ours are taken from as few, many times over.
    sets = [
        multinomial_all(counts, rates_of, draws=replicates, level=quantiles[1] - quantiles[0], seed=seed)
        for seed in range(200)
    ]
    widths = np.array([[(one.high or 0.0) - (one.low or 0.0) for one in each] for each in sets])
    ratio = np.asarray(high - low, float).mean() / widths.mean()
    error = widths.mean(axis=1).std() / widths.mean()
    print(
        f"{DRAWS:,} replicates at {ROWS:,} rows, 72 rates: impact {ours * 1000:.1f} ms; fairlearn about {theirs:.0f} s "
        f"({replicates} measured); ratio {theirs / ours:,.0f} (bar: 10,000). Mean width, theirs over ours: {ratio:.3f} "
        f"(one standard error of chance: {error:.3f})"
    )


if __name__ == "__main__":
    main()
