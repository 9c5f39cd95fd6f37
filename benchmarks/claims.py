"""The whole of claims over a log of 10 million rows against the bare scans that its questions need.

Claims: open the log (with its SHA-256), ask every check of the uk-policing pack that the log allows, judge; every claim
is taken as made, with figures declared in claims.yaml. The log has ten characteristics of people and places, reviews,
actions, outcomes, challenges, settings, disclosures and a hash chain, and side files beside it.

Yardstick: for each query that a check asks of the log, and each sample that is drawn for a model, one query of its own
over the same file, with the same settings of the engine. It reads those of the log's columns that the question names
and only hashes every value: ``SELECT bit_xor(hash(a)), bit_xor(hash(b)) FROM read_parquet(…)``. The times are added up.
A query that names a column twice, or looks at the log twice, has one scan. Nothing is taken from the yardstick where
claims answers several questions in one pass, and nothing is added for opening, grouping or SHA-256. Beside it stand
the same scans with ``count(a)``, which need not touch the values, and one scan of all columns. Each side is a process
of its own; the peak is that of the whole process. The ratio is given of seconds by the clock and, since a machine is
often shared, of seconds that the processor worked for the process (user and system, all threads).

``--rulings file`` writes the rulings and all aggregates as canonical JSON: the same log must give the same, to the last
byte, after a change that is only meant to be faster.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

ROWS, SMALL, SHARE = 10_000_000, 5_000, 3.0
DAY = date(2026, 11, 20)
FIGURES: dict[str, dict[str, Any]] = {
    "CK-02": {"least_seconds": 60},
    "CK-03": {"limit": 0.1},
    "CK-05": {"accuracy": 0.8},
    "CK-06": {"recall": 0.6},
    "CK-07": {"precision": 0.4, "top_k": 100, "top_precision": 0.5},
    "CK-08": {"one_in": 20},
    "CK-09": {"margin": 0.05},
    "CK-10": {"margin": 0.02},
    "CK-12": {"margin": 0.02},
    "CK-15": {"margin": 0.02, "error_margin": 0.02},
    "CK-18": {"lowest_tested": 0.5},
    "CK-19": {"levels": ["serious"]},
    "CK-20": {"days": 3650, "non_match_days": 31, "source_days": 3650},
    "CK-22": {"cap": 20000},
    "CK-26": {"audit_share": 0.02},
    "CK-27": {"told": 0.9, "days": 28},
    "CK-28": {"days": 28},
    "CK-35": {"margin": 0.02},
    "CK-36": {"outcome_days": 90},
    "CK-38": {"margin": 0.02},
}
# Everything is drawn from a hash of the row's number, so that every machine makes the same log.
DATA = """
SELECT i + 1 AS seq, 'case-' || i AS case_id,
    md5('person' || (CASE WHEN {people} > 0 THEN hash(i * 97 + 1) % greatest({people}, 1) ELSE i END)) AS subject_key,
    ['White', 'Black', 'Asian', 'Mixed', 'Other'][1 + (p % 5)::INT] AS ethnicity,
    ['F', 'M'][1 + (hash(p + 2) % 2)::INT] AS sex,
    ['18-24', '25-34', '35-44', '45-54', '55+'][1 + (hash(p + 3) % 5)::INT] AS age_band,
    ['yes', 'no'][1 + (hash(p + 4) % 2)::INT] AS disability,
    ['PC', 'Sergeant', 'Inspector', 'Staff'][1 + (hash(p + 6) % 4)::INT] AS rank_grade,
    'unit ' || (hash(p + 7) % 40) AS unit,
    hash(p + 8) % 50 = 0 AS protected_disclosure,
    CASE WHEN hash(p + 8) % 50 = 0 THEN TIMESTAMPTZ '2026-03-01 00:00:00+00' END AS ts_disclosure,
    'area ' || (hash(p + 9) % 60) AS area_code,
    scored AS ts_scored, 'scorer' AS system, ['1.0', '1.1'][1 + (i > {rows} / 2)::INT] AS model_version,
    ['aa', 'bb'][1 + (i > {rows} / 2)::INT] AS config_hash, 0.6 AS threshold, risk AS score, risk >= 0.6 AS flag,
    CASE WHEN hash(i * 97 + 10) % 10 < 7 THEN hash(i * 97 + 11) % 1000 < 300 + 400 * risk END AS outcome_label,
    'reviewer ' || (hash(i * 97 + 12) % 200) AS reviewer_key, risk >= 0.6 AND hash(i * 97 + 13) % 100 < 98 AS seen,
    CASE WHEN seen THEN scored + to_seconds(3600) END AS ts_open,
    CASE WHEN seen THEN scored + to_seconds(3630 + (hash(i * 97 + 14) % 900)::INT) END AS ts_close,
    CASE WHEN seen THEN ['agree', 'agree', 'agree', 'override'][1 + (hash(i * 97 + 15) % 4)::INT] END
        AS reviewer_decision,
    CASE WHEN seen AND hash(i * 97 + 16) % 10 = 0 THEN ['agree', 'override'][1 + (hash(i * 97 + 17) % 2)::INT] END
        AS blind_decision,
    seen AND hash(i * 97 + 18) % 3 = 0 AS done,
    CASE WHEN done THEN ['stop', 'visit', 'arrest'][1 + (hash(i * 97 + 19) % 3)::INT] END AS action,
    CASE WHEN done THEN (1 + hash(i * 97 + 19) % 3)::INT END AS action_severity,
    CASE WHEN done THEN ['intelligence', 'witness'][1 + (hash(i * 97 + 20) % 2)::INT] END AS corroboration,
    CASE WHEN done THEN scored + to_seconds(7200) END AS ts_action,
    CASE WHEN done AND hash(i * 97 + 21) % 10 < 9 THEN scored + to_seconds(86400 * (hash(i * 97 + 22) % 40)::INT) END
        AS ts_notified,
    CASE WHEN hash(i * 97 + 33) % 5 = 0 THEN scored + to_seconds(86400 * 20) END AS ts_deleted,
    done AND hash(i * 97 + 23) % 30 = 0 AS objected,
    CASE WHEN objected THEN scored + to_seconds(864000) END AS ts_contest,
    CASE WHEN objected THEN scored + to_seconds(864000 + 86400 * (hash(i * 97 + 24) % 60)::INT) END
        AS ts_contest_decided,
    CASE WHEN objected THEN ['upheld', 'rejected'][1 + (hash(i * 97 + 25) % 2)::INT] END AS contest_result,
    CASE WHEN objected THEN hash(i * 97 + 26) % 2 = 0 END AS corrected_downstream,
    ['serious', 'other'][1 + (hash(i * 97 + 27) % 10 = 0)::INT] AS offence_level,
    (15000 + hash(i % 700) % 4000)::INT AS watchlist_size, 'list ' || (i % 700) AS watchlist_id,
    'wanted' AS watchlist_category,
    'user ' || (hash(i * 97 + 28) % 500) AS query_user, 'case ' || (hash(i * 97 + 29) % 100000) AS case_ref,
    hash(i * 97 + 30) % 20 = 0 AS query_audited, hash(i * 97 + 31) % 40 > 0 AS on_shift,
    CASE WHEN hash(i * 97 + 32) % 1000 = 0 THEN true END AS seeded_test
FROM (SELECT i, scored, risk, hash(CASE WHEN {people} > 0 THEN hash(i * 97 + 1) % greatest({people}, 1) ELSE i END)
          // 64 AS p FROM (
    SELECT i, TIMESTAMPTZ '2025-12-01 00:00:00+00' + to_seconds((i * 30000000 // {rows})::BIGINT) AS scored,
        round((hash(i * 97 + 40) % 1000003) / 1000003.0::DOUBLE, 6) AS risk FROM range({rows}) AS numbers(i)))
ORDER BY i
"""
SIDES = {
    "headcount": "SELECT * FROM (VALUES ('PC', {each}), ('Sergeant', {each}), ('Inspector', {each}), "
    "('Staff', {each})) AS t(rank_grade, employed)",
    "approved_settings": "SELECT * FROM (VALUES ('1.0', 'aa', 0.5), ('1.1', 'bb', 0.5)) "
    "AS t(model_version, config_hash, lowest_tested)",
    "baseline": "SELECT 'score' AS measure, i / 10.0::DOUBLE AS low, (i + 1) / 10.0::DOUBLE AS high, 0.1::DOUBLE "
    "AS share FROM range(10) AS numbers(i)",
    "audit_sample": "SELECT 'case-' || (i * 7) AS case_id, hash(i) % 3 = 0 AS outcome_label, 0.01::DOUBLE "
    "AS probability FROM range(300) AS numbers(i)",
    "external_counts": "SELECT 'register' AS source, {rows}::BIGINT AS count, 'all' AS period, 'cases' AS counted",
    "areas": "SELECT 'area ' || i AS area_code, 1000.0::DOUBLE + i AS residents FROM range(60) AS numbers(i)",
}


def make(folder: Path, rows: int, *, people: int) -> None:
    """The log with its hash chain, and what stands beside it."""
    import duckdb

    from impact.claims.row_hash import SEALED, text_sql

    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"threads": 2, "temp_directory": str(folder / "spill")})
    connection.execute("SET TimeZone = 'UTC'")
    plain = folder / "plain.parquet"
    connection.execute(f"COPY ({DATA.format(rows=rows, people=people)}) TO '{plain}' (FORMAT parquet)")
    there = {row[0] for row in connection.execute(f"DESCRIBE FROM '{plain}'").fetchall()}
    sealed = [name for name in SEALED if name in there]
    _chained(connection, plain, text_sql(sealed), folder / "log.parquet")
    plain.unlink()
    for name, sql in SIDES.items():
        each = (people or rows) // 4 * 11 // 10
        connection.execute(f"COPY ({sql.format(rows=rows, each=each)}) TO '{folder / name}.parquet' (FORMAT parquet)")
    sources = "".join(f"  {name}: {{path: {name}.parquet, kind: parquet}}\n" for name in SIDES)
    figures = {name: {**given, "reason": "benchmark"} for name, given in FIGURES.items()}
    (folder / "claims.yaml").write_text(
        f"version: 1\nlog: {{path: log.parquet, kind: parquet}}\nsides:\n{sources}checks: {json.dumps(figures)}\n"
    )


def _chained(connection: Any, plain: Path, made: str, target: Path) -> None:
    """Seal row after row: each hash is of the row's own text and of the hash before."""
    from hashlib import sha256

    import pyarrow as pa
    from duckdb.sqltypes import VARCHAR

    last = ""

    def sealed(texts: Any) -> Any:
        nonlocal last
        found = []
        for text in texts.to_pylist():
            before, last = last, sha256(f"{last}{text}".encode()).hexdigest()
            found.append(f"{before:64}{last}")
        return pa.array(found, pa.string())

    connection.create_function("sealed", sealed, [VARCHAR], VARCHAR, type="arrow", side_effects=True)
    connection.execute("SET threads = 1")  # in the order of the rows
    text = made.replace("lower(prev_hash)", "''")
    connection.execute(
        f"COPY (SELECT * EXCLUDE (two, seen, done, objected), nullif(trim(two[:64]), '') AS prev_hash, two[65:] AS "
        f"row_hash FROM (SELECT *, sealed({text}) AS two FROM '{plain}')) TO '{target}' "
        f"(FORMAT parquet, COMPRESSION zstd)"
    )
    connection.execute("SET threads = 2")


def claims(folder: Path, rulings: Path | None) -> dict[str, Any]:
    """Everything that claims does; the seconds of each stage, and which columns each question names."""
    from impact.assessment import claims as room
    from impact.claims.check import Context
    from impact.questionnaire.answers import Answers
    from impact.questionnaire.evaluate import Context as Asked
    from impact.questionnaire.evaluate import evaluate
    from impact.questionnaire.load import load_pack
    from impact.resources import find
    from impact.settings import Settings

    pack = load_pack(find("questionnaires", "uk-policing", Settings()))
    asked = Asked(assessment_date=DAY, approval_threshold=Settings().approval_threshold)
    answered = evaluate(pack, Answers(), context=asked, evidence={})
    checks = room.checks_of(pack)
    prepared = room._prepared

    def all_made(*given: Any) -> Any:
        contexts, said = prepared(*given)
        return contexts, {name: replace(claim, made=True) for name, claim in said.items()}

    room._prepared = all_made  # a log is asked only what somebody claims
    start, worked = time.perf_counter(), time.process_time()
    stages: list[tuple[str, float, float]] = []
    found = room.examine(
        folder, answered, day=DAY, step=lambda said: stages.append((said, time.perf_counter(), time.process_time()))
    )
    asked_in = time.perf_counter()
    stages.append(("end", asked_in, time.process_time()))
    block = found.block
    columns = {table: frozenset(names) for table, names in block["columns"].items()}
    figures = {entry["check"]: entry["figures"] for entry in block["checks"]}
    contexts = {
        check.id: Context(columns, tuple(block["characteristics"]), block["reference"], DAY, figures[check.id],
                          block["repeated"])
        for check in checks
    }  # fmt: skip
    if rulings is not None:
        rulings.write_text(json.dumps(block, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    steps = {
        said.split(" ")[0] if said[:3] == "CK-" else said: (until - at, later - earlier)
        for (said, at, earlier), (_, until, later) in itertools.pairwise(stages)
    }
    questions = []
    for check in checks:
        if check.id in block["answers"]:
            context = contexts[check.id]
            own = [*check.queries(context), *(check.fits(context) if check.fits is not None else ())]
            named = (set(re.findall(r"[a-z_]+", query.sql)) for query in own if not context.missing(query.needs))
            there = columns["log"]
            questions += [(check.id, sorted(words & there)) for words in named if words & {"log", "cases"}]
    verdicts = {entry["check"]: entry["ruling"]["verdict"] for entry in block["checks"] if entry["ruling"]}
    return {
        "seconds": asked_in - start,
        "cpu": time.process_time() - worked,
        "checks": steps,
        "questions": questions,
        "verdicts": verdicts,
    }


def scans(folder: Path, questions: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """The bare scans: seconds of each check's, hashed and counted; and one scan of all columns."""
    from impact.metrics.counting import duck

    log = folder / "log.parquet"
    with tempfile.TemporaryDirectory() as scratch:
        connection = duck.connect([log], scratch=Path(scratch), utc=True)

        def one(what: str, columns: list[str]) -> tuple[float, float]:
            listed = ", ".join(what.format(name) for name in columns) or "count(*)"
            start, worked = time.perf_counter(), time.process_time()
            connection.execute(f"SELECT {listed} FROM read_parquet('{log}')").fetchall()
            return time.perf_counter() - start, time.process_time() - worked

        every = [row[0] for row in connection.execute(f"DESCRIBE FROM read_parquet('{log}')").fetchall()]
        one("count({})", every)  # warm the file cache
        found: dict[str, dict[str, tuple[float, float]]] = {"hashed": {}, "counted": {}}
        for name, what in (("hashed", "bit_xor(hash({}))"), ("counted", "count({})")):
            for check, columns in questions:
                so_far, more = found[name].get(check, (0.0, 0.0)), one(what, columns)
                found[name][check] = so_far[0] + more[0], so_far[1] + more[1]
        return {**found, "all": one("bit_xor(hash({}))", every)}


def alone(what: str, folder: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--only", what, "--folder", str(folder), *options]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeated", action="store_true", help="four rows for each person on average; else one")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the log is made, or stands from an earlier run")
    parser.add_argument("--rulings", type=Path, help="write rulings and aggregates there as canonical JSON")
    parser.add_argument("--only", choices=["claims", "scans"], help=argparse.SUPPRESS)
    parser.add_argument("--questions", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        done = claims(given.folder, given.rulings) if given.only == "claims" else scans(
            given.folder, json.loads(given.questions.read_text()))  # fmt: skip
        print(json.dumps({**done, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder or Path(place) / "log"
        if not (folder / "claims.yaml").exists():
            make(folder, given.rows, people=given.rows // 4 if given.repeated else 0)
        small, questions = Path(place) / "small", Path(place) / "questions.json"
        make(small, SMALL, people=0)
        fixed = alone("claims", small)  # what does not grow with rows: imports, models, intervals
        size = (folder / "log.parquet").stat().st_size / 1e6
        print(f"{given.rows:,} rows, {size:,.0f} MB of Parquet; load {os.getloadavg()[0]:.1f} at the start")
        option = ["--rulings", str(given.rulings)] if given.rulings else []
        turns = []
        for _ in range(given.runs):
            ours = alone("claims", folder, *option)
            questions.write_text(json.dumps(ours["questions"]))
            turns.append((ours, alone("scans", folder, "--questions", str(questions))))
    ours, bare = turns[-1]
    print(f"{len(ours['verdicts'])} checks, {len(ours['questions'])} questions; seconds by the clock and worked:")
    for name, (seconds, worked) in sorted(ours["checks"].items(), key=lambda pair: -pair[1][1]):
        scan = bare["hashed"].get(name, (0.0, 0.0))
        said = ours["verdicts"].get(name, "")
        print(f"  {name:28} {seconds:7.2f} {worked:7.2f}   bare {scan[0]:6.2f} {scan[1]:6.2f}   {said}")
    print(f"  bare scan of all columns {bare['all'][0]:.2f} {bare['all'][1]:.2f}")
    print(f"  of a log of {SMALL:,} rows the whole takes {fixed['seconds']:.2f}")
    for at, unit in ((0, "by the clock"), (1, "worked")):
        mine = [turn[0]["cpu" if at else "seconds"] for turn in turns]
        for name in ("hashed", "counted"):
            yards = [sum(scan[at] for scan in turn[1][name].values()) for turn in turns]
            ratio = statistics.median(one / yard for one, yard in zip(mine, yards, strict=True))
            bar = f" (bar {SHARE:g}: {'met' if ratio <= SHARE else 'NOT met'})" if name == "hashed" else ""
            print(
                f"{unit}: claims {statistics.median(mine):.1f} s, bare scans ({name}) {statistics.median(yards):.1f} "
                f"s; ratio {ratio:.2f}{bar}"
            )
    peaks = [max(turn[side]["peak"] for turn in turns) for side in (0, 1)]
    print(f"peak {peaks[0]:.0f} MB, of the bare scans {peaks[1]:.0f} MB; load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
