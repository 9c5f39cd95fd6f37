"""The whole count against a bare DuckDB GROUP BY of the same Parquet file, with and without 1,000 score bins.

Two attributes (six and two values), outcome, decision, score; every timing is of a process of its own, in turn. The
ratio is of the wall time of the count itself, without starting Python; the peak is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 10_000_000
RUNS = 3
FLOOR = "SELECT eth, sex, found, flag, count(*) FROM read_parquet('{path}') GROUP BY ALL"
DATA = """
COPY (
  SELECT ['White', 'Black', 'Asian', 'Mixed', 'Other', 'Roma'][1 + (hash(i * 7 + 1) % 6)::INT] AS eth,
         ['F', 'M'][1 + (hash(i * 7 + 2) % 2)::INT] AS sex,
         (hash(i * 7 + 3) % 10 < 2)::INT AS found,
         (hash(i * 7 + 4) % 10 < 3)::INT AS flag,
         (hash(i * 7 + 5) % 1000003) / 1000003.0::DOUBLE AS risk
  FROM range({rows}) AS numbers(i)
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def plan(path: str, *, bins: bool) -> dict[str, object]:
    columns: dict[str, object] = {
        "decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
        "outcome": {"name": "found", "yes": [1], "no": [0], "label": "something found"},
    }
    if bins:
        columns["score"] = {"name": "risk", "higher_means": "more likely to be flagged"}
    return {
        "version": 1, "title": "t", "question": "q", "pool": "p", "source": {"kind": "parquet", "path": path},
        "columns": columns, "groups": {"eth": {"name": "eth"}, "sex": {"name": "sex"}},
        "plan": {"primary": ["selection_rate"]},
    }  # fmt: skip


def one(what: str, path: Path) -> None:
    """Run one side in this process and print its seconds and peak memory."""
    if what == "floor":
        import duckdb

        start = time.perf_counter()
        cells = len(duckdb.connect().execute(FLOOR.format(path=path)).fetchall())
    else:
        from impact.metrics.counting.count import count
        from impact.metrics.plans.plan_file import plan_of

        the_plan = plan_of(plan(path.name, bins=what == "bins"))
        # What does not grow with rows (imports, compiling the expressions) is paid once, on a small file, before.
        count(the_plan.model_copy(update={"source": the_plan.source.model_copy(update={"path": "small.parquet"})}),
              base=path.parent)  # fmt: skip
        start = time.perf_counter()
        counted = count(the_plan, base=path.parent)
        cells = len(counted.cells.rows) + sum(map(len, counted.aggregates.values()))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "cells": cells}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the table (the bar is set at 100,000,000)")
    parser.add_argument("--only", choices=["floor", "cells", "bins"], help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        one(given.only, given.path)
        return
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        duckdb.connect().execute(DATA.format(rows=given.rows, path=path))
        duckdb.connect().execute(DATA.format(rows=10_000, path=path.with_name("small.parquet")))
        print(f"{given.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB of Parquet, median of {RUNS} runs in turn")
        found: dict[str, list[dict[str, float]]] = {"floor": [], "cells": [], "bins": []}
        for _ in range(RUNS):
            for what, runs in found.items():
                command = [sys.executable, __file__, "--only", what, "--path", str(path)]
                runs.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    for what, runs in found.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        ratio = statistics.median(a["seconds"] / b["seconds"] for a, b in zip(runs, found["floor"], strict=True))
        peak = max(run["peak"] for run in runs)
        print(f"{what:6} {seconds:7.2f} s   ratio {ratio:5.2f}   peak {peak:5.0f} MB   {runs[0]['cells']:,} cells")


if __name__ == "__main__":
    main()
