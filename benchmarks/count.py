"""The whole count against DuckDB's own GROUP BY of the same Parquet file, with and without 1,000 score bins.

Two attributes (six and two values), outcome, decision, score; every timing is of a process of its own, in turn. The
ratio is of the wall time of the count itself, without starting Python; the peak is that of the whole process.

Yardsticks: ``floor`` is a bare GROUP BY, which ignores the score. ``floor+`` takes the file's SHA-256 meanwhile, as
every count must. ``binned+`` also groups by the bin and adds up two sums, as a count with bins must, and checks nothing
(docs/adr/0033-what-a-count-is-measured-against.md).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROWS = 10_000_000
RUNS = 3
FLOOR = "SELECT eth, sex, found, flag, count(*) FROM read_parquet('{path}') GROUP BY ALL"
BINNED = (
    "SELECT eth, sex, found, flag, floor(risk * 1000)::INT AS bin, count(*), sum(floor(risk * 1073741824 + 0.5)), "
    "sum(floor(risk * risk * 1073741824 + 0.5)) FROM read_parquet('{path}') GROUP BY ALL"
)
YARDSTICKS = {"floor": FLOOR, "floor+": FLOOR, "binned+": BINNED}
AGAINST = {"cells": ("floor", "floor+"), "bins": ("floor", "binned+")}
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
    if what in YARDSTICKS:
        import duckdb

        start = time.perf_counter()
        digest = threading.Thread(target=digested, args=(path,))
        if what.endswith("+"):
            digest.start()
        cells = len(duckdb.connect().execute(YARDSTICKS[what].format(path=path)).fetchall())
        if digest.ident is not None:
            digest.join()
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


def digested(path: Path) -> None:
    """Take the SHA-256 of a file in pieces, as quickly as Python's own library does."""
    with path.open("rb", buffering=0) as stream:
        hashlib.file_digest(stream, "sha256")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the table (the bar is set at 100,000,000)")
    parser.add_argument("--only", choices=[*YARDSTICKS, *AGAINST], help=argparse.SUPPRESS)
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
        found: dict[str, list[dict[str, float]]] = {what: [] for what in (*YARDSTICKS, *AGAINST)}
        for _ in range(RUNS):
            for what, runs in found.items():
                command = [sys.executable, __file__, "--only", what, "--path", str(path)]
                runs.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    for what, runs in found.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        peak = max(run["peak"] for run in runs)
        ratios = [
            f"{statistics.median(a['seconds'] / b['seconds'] for a, b in zip(runs, found[other], strict=True)):.2f} "
            f"times {other}"
            for other in AGAINST.get(what, ("floor",) if what != "floor" else ())
        ]
        print(f"{what:8} {seconds:7.2f} s  peak {peak:4.0f} MB  {runs[0]['cells']:7,} cells  {', '.join(ratios)}")


if __name__ == "__main__":
    main()
