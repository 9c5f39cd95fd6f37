"""Time of a report, from a record to a PDF, against WeasyPrint alone on the same HTML: in turn, median of the pairs.

Both run in a fresh process. Ours makes the view, fills in the page twice (browser and paper), checks it, starts the
renderer's own process, repairs the tags and attaches the record; WeasyPrint alone lays out and writes the finished page
with the same options. Processor time of all processes is what counts on a shared machine; wall time stands beside it.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
OWN = REPO / "examples" / "council-overlay" / "templates" / "fenmarsh"
OURS = """
import sys
from pathlib import Path
from impact.report import render
from impact.resources import find
from impact.settings import Settings
record = Path(sys.argv[1]).read_bytes()
made = render(record, cells=None, templates=find("templates", sys.argv[3], Settings()))
Path(sys.argv[2]).write_bytes(made.pdf)
"""
THEIRS = """
import sys
from pathlib import Path
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
fonts = FontConfiguration()
faces = CSS(filename=sys.argv[3], font_config=fonts)
page = HTML(string=Path(sys.argv[1]).read_text(encoding="utf-8"))
page.write_pdf(sys.argv[2], font_config=fonts, stylesheets=[faces], pdf_variant="pdf/a-3a", pdf_forms=True)
"""


def spent(code: str, *arguments: str) -> tuple[float, float]:
    """Processor seconds of a process and all that it waited for, and wall seconds."""
    start = time.perf_counter()
    # wait4 on the one process: the children that it waited for are in its own account.
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", code, *arguments], dict(os.environ))
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"a run ended with status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def enlarged(record: dict[str, Any], times: int) -> dict[str, Any]:
    """The record with its sections of questions and answers ``times`` times over, under other ids."""
    made = copy.deepcopy(record)
    sections = made["questionnaire"]["sections"]
    for turn in range(1, times):
        for section in copy.deepcopy(record["questionnaire"]["sections"]):
            section["id"] += f"-{turn}"
            for question in section["questions"]:
                question["id"] += f"-{turn}"
            sections.append(section)
    return made


def records(folder: Path) -> dict[str, bytes]:
    """Records of about 25, 100 and 400 pages: a short form; the pilot with its audit; the pilot’s answers repeated."""
    from impact.assessment.record import build_record
    from impact.canonical import canonical_json
    from impact.settings import load_settings

    def built(name: str) -> dict[str, Any]:
        path = REPO / "examples" / name
        made = build_record(path, settings=load_settings(path), step=lambda _: None)
        plain: dict[str, Any] = json.loads(canonical_json(made.record))
        return plain

    pilot = built("misconduct-pilot")
    found = {"25": built("council-overlay"), "100": pilot, "400": enlarged(pilot, 13)}
    for name, record in found.items():
        (folder / f"{name}.json").write_bytes(canonical_json(record))
    return {name: canonical_json(record) for name, record in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    import pikepdf

    from impact.report.typeface import font_rules

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "faces.css").write_text(font_rules())
        alone: dict[str, float] = {}
        for size, data in records(folder).items():
            (folder / "page.html").write_text(page_of(data), encoding="utf-8")
            ours, theirs = [], []
            for _ in range(runs if size != "400" else max(1, runs // 2)):
                ours.append(spent(OURS, str(folder / f"{size}.json"), str(folder / "ours.pdf"), "default"))
                given = (folder / "page.html", folder / "theirs.pdf", folder / "faces.css")
                theirs.append(spent(THEIRS, *map(str, given)))
            pages = len(pikepdf.open(folder / "ours.pdf").pages)
            cpu = statistics.median(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))
            wall = statistics.median(a[1] / b[1] for a, b in zip(ours, theirs, strict=True))
            alone[size] = statistics.median(each[0] for each in ours) / pages
            mine, other = (statistics.median(each[0] for each in side) for side in (ours, theirs))
            print(
                f"{pages} pages: impact {mine:.2f} s of processor time, WeasyPrint alone {other:.2f} s; "
                f"ratio {cpu:.2f} (wall time {wall:.2f})"
            )
        own = [spent(OURS, str(folder / "25.json"), str(folder / "ours.pdf"), str(OWN))[0] for _ in range(runs)]
        less = [spent(OURS, str(folder / "25.json"), str(folder / "ours.pdf"), "default")[0] for _ in range(runs)]
        said = statistics.median(own) - statistics.median(less)
        print(f"a set of one's own, whose templates a process of its own fills in: {said:.2f} s more at 25 pages")
        print(f"processor time for each page, at 400 pages against 100: {alone['400'] / alone['100']:.2f}")


def page_of(data: bytes) -> str:
    """The page for paper, as the renderer gets it."""
    from impact.resources import find
    from impact.settings import Settings

    rendering = importlib.import_module("impact.report.render")  # the package names the function alike
    html: str
    html, _ = rendering._html(
        json.loads(data),
        data,
        cells=None,
        templates=find("templates", "default", Settings()),
        practice=False,
        medium="pdf",
    )
    return html


if __name__ == "__main__":
    main()
