"""A small audit from the command line against importing fairlearn and aif360 alone, in turn, median of the pairs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
PLAN = Path(__file__).resolve().parents[1] / "examples" / "misconduct-pilot" / "audit.yaml"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        ours = [str(Path(sys.executable).with_name("impact")), "audit", "run", str(PLAN), "-o", out, "-q", "--force"]
        theirs = [sys.executable, "-c", "import fairlearn.metrics, aif360.metrics, aif360.datasets"]
        seconds(ours), seconds(theirs)  # warm the file cache
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(RUNS)]
    a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    print(
        f"audit of 45,000 people with tables, charts and second opinion {a:.2f} s; imports alone {b:.2f} s; {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
