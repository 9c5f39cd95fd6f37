"""Signing a report, and verifying one with three signatures, against rendering the same report.

The report is that of the example compas-counts, some 25 pages of audit, rendered from its record. Each side is a
process of its own with its imports, and its processor time and that of its children count: the renderer runs in a
child, and the clock of a busy machine says little. Sides run in turn; the ratio is the median of those of the rounds.
Beside the two bars stand an archived report (B-LTA by each of three people, with lists and timestamps of the
document) and the whole of ``impact verify``, which also computes every figure again.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
RUNS, BAR = 5, 1.0
PEOPLE = (("Assessor", "assessor"), ("DPO", "dpo"), ("Oversight", "oversight"))

RENDER = """
from pathlib import Path
from impact.report import render
from impact.resources import find
from impact.settings import Settings
record, cells = Path("record.json").read_bytes(), Path("cells.parquet").read_bytes()
made = render(record, cells=cells, templates=find("templates", "default", Settings()), practice=True)
Path("report.pdf").write_bytes(made.pdf)
print(made.pages)
"""
SIGN = """
from pathlib import Path
from impact.signing.sign import sign
from impact.signing.signer import load_signer, load_timestamper
signer = load_signer(Path("keys/assessor.p12"), "practice")
stamper = load_timestamper(Path("keys/timestamp.p12"), "practice")
sign(Path("report.pdf").read_bytes(), signer=signer, role="Assessor", timestamper=stamper)
"""
VERIFY = """
from pathlib import Path
from impact.signing.trust import load_trust
from impact.signing.verify import verify
report = verify(Path("{}").read_bytes(), trust=load_trust(Path("keys")))
assert report.verified, report.problems
"""
WHOLE = """
from datetime import UTC, datetime
from pathlib import Path
from impact.chain.verify import verify_document
from impact.settings import Settings
from impact.signing.trust import load_trust
pdf = Path("three.pdf").read_bytes()
found = verify_document(pdf, trust=load_trust(Path("keys")), settings=Settings(), now=datetime.now(UTC))
assert found.ok, found.questions
"""
SIDES = {
    "render": RENDER,
    "sign": SIGN,
    "verify three": VERIFY.format("three.pdf"),
    "verify three archived": VERIFY.format("archived.pdf"),
    "verify three, and every figure": WHOLE,
}


def prepare(folder: Path) -> int:
    """A record of about 25 pages, its PDF, practice keys, and the PDF signed by three at two levels."""
    from datetime import UTC, datetime

    from impact.assessment.record import build_record
    from impact.canonical import canonical_json
    from impact.chain.build import render_record
    from impact.settings import Settings
    from impact.signing.practice import PASSPHRASE, make_practice
    from impact.signing.sign import sign
    from impact.signing.signer import load_signer, load_timestamper
    from impact.signing.trust import load_authorities

    built = build_record(
        REPO / "examples" / "compas-counts", settings=Settings(), step=lambda _: None, second_opinion=False
    )
    record = {**built.record, "questionnaire": None, "scoring": None, "claims": None, "pack": None, "law": {}}
    made = render_record(record, built.cells, aggregates=built.aggregates, settings=Settings(), practice=True,
                         step=lambda _: None)  # fmt: skip
    (folder / "record.json").write_bytes(canonical_json(made.record))
    (folder / "cells.parquet").write_bytes(built.cells or b"")
    (folder / "report.pdf").write_bytes(made.files["report.pdf"])
    make_practice(folder / "keys", now=datetime.now(UTC))
    stamper = load_timestamper(folder / "keys" / "timestamp.p12", PASSPHRASE)
    authorities = load_authorities(folder / "keys")
    for name, level in (("three", "B-T"), ("archived", "B-LTA")):
        pdf = made.files["report.pdf"]
        for role, key in PEOPLE:
            signer = load_signer(folder / "keys" / f"{key}.p12", PASSPHRASE)
            pdf = sign(pdf, signer=signer, role=role, timestamper=stamper, level=level, authorities=authorities)
        (folder / f"{name}.pdf").write_bytes(pdf)
    return made.pages


def seconds(program: str, folder: Path) -> float:
    """Processor time of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = prepare(folder)
        rounds = [{side: seconds(program, folder) for side, program in SIDES.items()} for _ in range(options.runs)]
        size = (folder / "report.pdf").stat().st_size
    median = {side: statistics.median(one[side] for one in rounds) for side in SIDES}
    ratios = {side: statistics.median(one[side] / one["render"] for one in rounds) for side in SIDES}
    if options.json:
        print(json.dumps({"pages": pages, "bytes": size, "seconds": median, "ratios": ratios}))
    else:
        print(f"{pages} pages, {size:,} bytes, {options.runs} rounds; processor seconds, and ratio to rendering")
        for side in SIDES:
            print(f"  {side:32} {median[side]:7.2f} s  {ratios[side]:5.2f}")
    missed = [side for side in ("sign", "verify three") if ratios[side] >= BAR]
    print(
        f"bar: sign and verify three each under {BAR:g}: " + ("not reached: " + ", ".join(missed) if missed else "met")
    )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
