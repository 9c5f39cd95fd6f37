"""Rates and disparities by group: our count and analysis of a Parquet file against aequitas 1.1 on a frame in memory.

aequitas does not run beside the pandas that impact uses, so it is measured by another Python, in a process of its own:

    python3 -m venv aequitas-env
    aequitas-env/bin/python -m pip install "aequitas==1.1.0" "pandas<3"
    .venv/bin/python benchmarks/against_aequitas.py --python aequitas-env/bin/python

It is measured at 1 million rows (`--theirs`) and multiplied, because its work grows in proportion to the rows; `--rows`
sets our side. Reading the file is part of our time and not of theirs. Ours also has the twelve groups of ethnicity and
sex together, intervals, tests and findings; theirs has rates of the eight groups and ratios to the largest group.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

from against_fairlearn import plan_for, write

from impact import audit

# What the other Python runs: the fastest of three, so that a busy machine does not count against aequitas.
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from importlib.metadata import version
from aequitas.bias import Bias
from aequitas.group import Group

frame = pd.read_parquet(sys.argv[1]).rename(columns={"flag": "score", "found": "label_value"})
seconds = []
for _ in range(3):
    start = time.perf_counter()
    groups = Group()
    rates, _unused = groups.get_crosstabs(frame, attr_cols=["ethnicity", "sex"])
    Bias().get_disparity_major_group(rates, original_df=frame, alpha=0.05, mask_significance=True)
    seconds.append(time.perf_counter() - start)
black = rates[(rates.attribute_name == "ethnicity") & (rates.attribute_value == "Black")].iloc[0]
print(json.dumps({
    "seconds": min(seconds), "groups": len(rates), "aequitas": version("aequitas"), "pandas": pd.__version__,
    "fpr": float(black["fpr"]),
}))
"""


def theirs(python: Path, data: Path) -> dict[str, object]:
    done = subprocess.run([str(python), "-c", THEIRS, str(data)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{python} cannot run aequitas; see the head of this script.\n{done.stderr[-2_000:]}")
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--python", type=Path, required=True, help="a Python that has aequitas")
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--theirs", type=int, default=1_000_000, help="rows that aequitas is measured at")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "fewer.parquet", given.theirs)
        other = theirs(given.python, folder / "fewer.parquet")
        # The same rate on the same rows: what is timed on both sides is the same question.
        plan = plan_for(folder / "fewer.parquet")
        same = audit.analyse(plan, audit.count(plan, base=folder).cells).rate("fpr", ethnicity="Black")
        if same.value is None or abs(same.value - float(str(other["fpr"]))) > 1e-9:
            raise SystemExit(f"the two differ: {same.value} and {other['fpr']}")
        write(folder / "people.parquet", given.rows)
        plan = plan_for(folder / "people.parquet")
        audit.count(plan, base=folder)  # warm: libraries loaded, file cached
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            counted = audit.count(plan, base=folder)
            audit.analyse(plan, counted.cells)
            seconds.append(time.perf_counter() - start)
    ours, measured = min(seconds), float(str(other["seconds"]))
    scaled = measured * given.rows / given.theirs
    print(
        f"{given.rows:,} rows: impact {ours:.2f} s (file read, all rates, intervals, comparisons, findings); aequitas "
        f"{other['aequitas']} (pandas {other['pandas']}) {measured:.2f} s at {given.theirs:,} rows, so about "
        f"{scaled:.1f} s; ratio {scaled / ours:.1f}; the rate they share agrees to 1e-9"
    )


if __name__ == "__main__":
    main()
