"""Wall time of ``impact --help`` against an empty typer application, in turn, median of the pairs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 21
EMPTY = """
import typer
app = typer.Typer(rich_markup_mode=None, add_completion=False)

@app.command()
def main() -> None:
    '''An empty application.'''

app()
"""


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    impact = [str(Path(sys.executable).with_name("impact")), "--help"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        empty = [sys.executable, str(script), "--help"]
        seconds(impact), seconds(empty)  # warm the file cache
        pairs = [(seconds(impact), seconds(empty)) for _ in range(RUNS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"impact --help {ours * 1000:.0f} ms; empty typer application {theirs * 1000:.0f} ms; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
