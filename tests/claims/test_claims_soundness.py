"""CK-36 on logs with a hash chain, made here from the written recipe and broken in every way that it can be."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from impact.claims.check import Context, Ruling, utc
from impact.claims.checks import catalogue
from impact.claims.row_hash import hash_sql, row_hash
from impact.metrics.logs.opening import DecisionLog
from tests.claims.conftest import context_of

Rule = Callable[..., Ruling]
Logs = Callable[..., DecisionLog]
Row = dict[str, Any]


def chained(n: int, *, first: int = 1) -> list[Row]:
    """n rows whose text is put together by hand, as the recipe in row_hash.py says."""
    rows: list[Row] = []
    previous = ""
    for i in range(n):
        second = f"{i % 60:02}"
        row = {
            "seq": first + i,
            "case_id": f"a\\b{i}",
            "ts_scored": f"2026-06-01T10:00:{second}+01:00",
            "score": f"{i / 8}",
            "flag": "1" if i % 2 else "0",
        }
        text = (
            f"{previous}\nseq={first + i}\ncase_id=a\\\\b{i}\nts_scored=2026-06-01T09:00:{second}.000000Z\n"
            f"score={i / 8:.9f}\nflag={'true' if i % 2 else 'false'}"
        )
        own = sha256(text.encode()).hexdigest()
        rows.append({**row, "prev_hash": previous, "row_hash": own})
        previous = own
    return rows


def test_a_whole_chain_is_supported_and_says_what_it_cannot_show(rule: Rule) -> None:
    ruling = rule("CK-36", chained(40))
    assert ruling.verdict == "supported"
    assert "numbered without a gap" in ruling.sentence
    assert any("deposited elsewhere" in each for each in ruling.cautions)
    counts = {each.label: (each.count, each.of) for each in ruling.measures}
    assert counts["Links of the chain that do not hold"] == (0, 39)
    assert counts["Rows whose content does not give their hash"] == (0, 40)


def test_the_head_that_was_deposited_elsewhere_is_looked_for(rule: Rule) -> None:
    rows = chained(40)
    head = rows[-1]["row_hash"].upper()
    ruling = rule("CK-36", rows, parameters={"head_hash": head, "last_seq": 40})
    assert (ruling.verdict, ruling.cautions) == ("supported", ())
    # The last five rows cut off: nothing inside the log shows it, the deposited head and the last number do.
    assert rule("CK-36", rows[:35]).verdict == "supported"
    assert rule("CK-36", rows[:35], parameters={"head_hash": head}).verdict == "contradicted"
    assert "is 35 and ought to be 40" in rule("CK-36", rows[:35], parameters={"last_seq": 40}).sentence


def removed(rows: list[Row]) -> list[Row]:
    return rows[:10] + rows[13:]


def altered(rows: list[Row]) -> list[Row]:
    return [{**row, "score": "9.5"} if row["seq"] == 7 else row for row in rows]


def renumbered(rows: list[Row]) -> list[Row]:
    kept = rows[:10] + rows[11:]
    return [{**row, "seq": i + 1} for i, row in enumerate(kept)]


def repeated(rows: list[Row]) -> list[Row]:
    return [*rows, rows[4]]


def unnumbered(rows: list[Row]) -> list[Row]:
    return [*rows, {"case_id": "slipped in"}]


@pytest.mark.parametrize(
    ("tamper", "label", "count"),
    [
        (removed, "Numbers left out", 3),
        (removed, "Places where numbers are left out", 1),
        (altered, "Rows whose content does not give their hash", 1),
        # Row 11 cut out and the rest renumbered: one link broken, and 29 rows whose own number is another.
        (renumbered, "Links of the chain that do not hold", 1),
        (renumbered, "Rows whose content does not give their hash", 29),
        (repeated, "Numbers used again", 1),
        (unnumbered, "Rows without a number", 1),
    ],
)
def test_every_break_contradicts_and_is_counted(
    rule: Rule, tamper: Callable[[list[Row]], list[Row]], label: str, count: int
) -> None:
    ruling = rule("CK-36", tamper(chained(40)))
    assert ruling.verdict == "contradicted"
    assert {each.label: each.count for each in ruling.measures}[label] == count


@pytest.mark.parametrize("size", [7, 1000])
@pytest.mark.parametrize("spoilt", [False, True])
def test_one_pass_counts_what_sql_counts(logs: Logs, spoilt: bool, size: int) -> None:
    rows = chained(60)
    if spoilt:
        rows = [
            {**row, "row_hash": row["row_hash"].upper(), "prev_hash": row["prev_hash"].upper()}
            if i in (3, 4, 30)
            else row
            for i, row in enumerate(removed(altered(rows)))
        ]
        rows[20] |= {"row_hash": ""}
        rows[21] |= {"prev_hash": None}
        rows[40] |= {"row_hash": "é" + rows[40]["row_hash"]}
        rows[41] |= {"prev_hash": rows[41]["prev_hash"][:30]}
    log = logs(rows)
    check, context = catalogue()["CK-36"], Context(log.columns, parameters={"head_hash": rows[-1]["row_hash"].upper()})
    assert check.stream is not None
    stream = check.stream(context)
    assert stream is not None
    found = stream.read(log.batches(stream.sql, size))
    assert found is not None
    asked = {query.name: query.sql for query in check.queries(context)}
    assert {name: [dict(found[name])] for name in stream.answers} == {
        name: log.rows(asked[name]) for name in stream.answers
    }
    # Row 7 was altered, one names no row before, one has a letter too many, and the next names a part of that hash: the
    # one link that is broken, since the row that names none follows one without a hash.
    assert (found["content"]["differ"], found["sequence"]["broken"]) == ((4, 1) if spoilt else (0, 0))


def test_numbers_and_times_are_written_as_the_recipe_says(logs: Logs) -> None:
    # Halfway between two ninth decimals, near it, beyond the range of the quick way, and with a sign: as Python writes.
    odd = [
        0.0,
        -0.0,
        5e-10,
        1.5e-9,
        2.5e-9,
        0.1234567885,
        0.1234567895,
        0.1,
        1e-12,
        999.9999999995,
        1000.5,
        1e15,
        -0.25,
    ]
    drawn = random.Random(3)
    scores = [*odd, *(drawn.random() * 10 ** drawn.randint(-9, 4) for _ in range(300))]
    times = [datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), datetime(2026, 6, 1, 9, 0, tzinfo=UTC)]
    rows = [{"score": score, "ts_scored": times[i % 2]} for i, score in enumerate(scores)]
    log = logs(
        [{"score": repr(row["score"]), "ts_scored": row["ts_scored"].isoformat(), "prev_hash": ""} for row in rows]
    )
    made = log.rows(f"SELECT {hash_sql(['ts_scored', 'score'])} AS made FROM log")
    assert [row["made"] for row in made] == [row_hash(row) for row in rows]
    ends = logs([{"ts_scored": each} for each in ("infinity", "-infinity", "2026-06-01T09:00:00Z", "")])
    same = f"SELECT count(*) AS n FROM log WHERE {utc('ts_scored')} IS NOT DISTINCT FROM timezone('UTC', ts_scored)"
    assert ends.rows(same) == [{"n": 4}]


def test_hashes_of_another_recipe_and_bare_numbers_are_not_enough(rule: Rule) -> None:
    own = ["", *(sha256(bytes([i])).hexdigest() for i in range(20))]
    other = [{"seq": i + 1, "prev_hash": own[i], "row_hash": own[i + 1]} for i in range(20)]
    ruling = rule("CK-36", other)
    assert ruling.verdict == "not enough data"
    assert any("another way" in each for each in ruling.cautions)
    assert rule("CK-36", [{"seq": i} for i in range(1, 21)]).verdict == "not enough data"
    assert rule("CK-36", [{"flag": 1}]).verdict == "not testable"


def test_two_systems_with_chains_of_their_own(rule: Rule) -> None:
    rows = [{"seq": i, "system": name} for name in "ab" for i in range(1, 6)]
    assert rule("CK-36", rows).verdict == "contradicted"  # every number twice
    assert rule("CK-36", rows, parameters={"chains": ["system"]}).verdict == "not enough data"


def outside(*entries: tuple[str, str, str, int]) -> list[Row]:
    return [dict(zip(("source", "period", "counted", "count"), entry, strict=True)) for entry in entries]


# June: 3 cases of 2 people, one alert, two deployments. July: 2 cases of 1 person, both alerts, one deployment.
LOG = [
    {"ts_scored": when, "subject_key": who, "flag": flag, "deployment_id": where}
    for when, who, flag, where in [
        ("2026-06-01T00:00:00Z", "p", 0, "d1"),
        ("2026-06-30T23:59:59Z", "p", 0, "d2"),
        ("2026-06-15T12:00:00Z", "q", 1, "d2"),
        ("2026-07-01T00:30:00+01:00", "r", 1, "d3"),  # 30 June in UTC: see below
        ("2026-07-02T00:00:00Z", "s", 1, "d4"),
    ]
]


@pytest.mark.parametrize(
    ("entry", "verdict", "logged"),
    [
        (("payroll", "2026-06", "people", 3), "supported", "3"),  # p, q and r
        (("payroll", "2026-06", "people", 4), "contradicted", "3"),
        (("report", "2026-06", "cases", 4), "supported", "4"),
        (("report", "2026-07-02", "cases", 1), "supported", "1"),
        (("report", "2026", "alerts", 3), "supported", "3"),
        (("report", "all", "deployments", 4), "supported", "4"),
        (("report", "", "deployments", 5), "contradicted", "4"),
        (("report", "2026-05", "cases", 2), "contradicted", "0"),
        (("report", "2026-06", "cases", 3), "not enough data", "4"),  # more than was counted outside
        (("report", "last summer", "cases", 3), "not enough data", "not comparable"),
    ],
)
def test_counts_from_outside(rule: Rule, entry: tuple[str, str, str, int], verdict: str, logged: str) -> None:
    ruling = rule("CK-36", LOG, external_counts=outside(entry))
    assert ruling.verdict == verdict
    assert ruling.tables[0].rows[0][4] == logged


def test_a_small_shortfall_within_the_declared_tolerance(rule: Rule) -> None:
    entries = outside(("report", "all", "cases", 6))
    assert rule("CK-36", LOG, external_counts=entries, parameters={"tolerance": 0.2}).verdict == "supported"
    assert rule("CK-36", LOG, external_counts=entries, parameters={"tolerance": 0.1}).verdict == "contradicted"


@pytest.mark.parametrize(
    ("without", "verdict"),
    [(0, "supported"), (60, "contradicted"), (12, "not enough data")],  # of 200; 12: .0347 to .1020 by Wilson
)
def test_outcomes_that_never_came(rule: Rule, without: int, verdict: str) -> None:
    rows = [
        {"flag": 1, "ts_scored": "2026-01-05T00:00:00Z", "outcome_label": "" if i < without else 1} for i in range(200)
    ]
    rows += [{"flag": 1, "ts_scored": "2026-11-10T00:00:00Z", "outcome_label": ""}] * 50  # not due yet
    entries = outside(("report", "all", "cases", 250))
    ruling = rule(
        "CK-36",
        rows,
        external_counts=entries,
        parameters={"outcome_days": 90, "most_without_outcome": 0.05},
    )
    (share,) = [each for each in ruling.measures if each.label == "Alerts without an outcome"]
    assert (ruling.verdict, share.count, share.of) == (verdict, without, 200)


def test_the_writer_of_a_log_and_its_reader_agree_on_every_kind_of_value(rule: Rule) -> None:
    start = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    rows: list[Row] = []
    previous = ""
    for i in range(30):
        row = {
            "seq": i + 1,
            "case_id": f"line one\nline \\two {i} ‘é’",
            "ts_scored": start + timedelta(seconds=i),
            "score": 0.1 * i - 1e-7,
            "threshold": None if i % 3 else 1e6 / 3,
            "rank": i,
            "flag": i % 2 == 0,
        }
        own = row_hash(row, previous=previous)
        rows.append({**row, "ts_scored": row["ts_scored"].isoformat(), "prev_hash": previous, "row_hash": own})
        previous = own
    ruling = rule("CK-36", rows)
    assert (ruling.verdict, "numbered without a gap" in ruling.sentence) == ("supported", True)


def broken_log(seed: int) -> list[Row]:
    """A chain of 400 rows, of which some are taken out, changed, emptied, or exchanged; perhaps not in order."""
    rng = random.Random(seed)
    rows = chained(400)
    for row in rng.sample(rows, rng.randrange(6)):
        faults: list[Row] = [
            {"flag": "1" if row["flag"] == "0" else "0"},
            {"row_hash": ""},
            {"prev_hash": "x" * 64},
            {"prev_hash": ""},
            {"seq": ""},
            {"row_hash": str(row["row_hash"]).upper()},
            {"case_id": "a\\b\nc"},
        ]
        row.update(rng.choice(faults))
    rows = [row for row in rows if rng.random() > 0.01 * (seed % 3)]
    if seed % 4 == 0:
        at = rng.randrange(len(rows) - 1)
        rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return rows


@pytest.mark.parametrize("seed", range(24))
def test_one_pass_over_the_file_counts_what_sql_counts_in_order(logs: Logs, seed: int) -> None:
    log, check = logs(broken_log(seed)), catalogue()["CK-36"]
    head = str(chained(400)[399]["row_hash"])
    for figures in ({}, {"head_hash": head}):
        context = context_of(log, parameters=figures, reference={}, as_at=date(2026, 11, 20))
        queries = {query.name: query.sql for query in check.queries(context)}
        assert check.stream is not None
        stream = check.stream(context)
        assert stream is not None
        for size in (7, 400):
            found = stream.read(log.batches(stream.sql, size))
            if found is None:
                assert seed % 4 == 0  # numbers fall somewhere
                continue
            for name in stream.answers:
                assert found[name] == log.rows(queries[name])[0], name


# British clocks go forward on 29 March 2026 at 01:00 UTC, and back on 25 October at 01:00 UTC.
CHANGES = [
    "2026-03-28T23:30:00Z",  # 28 March, 23:30 in London
    "2026-03-29T00:30:00Z",  # 29 March, 00:30
    "2026-03-29T22:30:00Z",  # 29 March, 23:30: that day has 23 hours
    "2026-03-29T23:00:00Z",  # 30 March, 00:00
    "2026-03-30T22:59:59Z",  # 30 March, 23:59:59
    "2026-03-31T23:00:00Z",  # 1 April, 00:00
    "2026-10-24T23:00:00Z",  # 25 October, 00:00
    "2026-10-25T23:30:00Z",  # 25 October, 23:30: that day has 25 hours
    "2026-12-31T23:30:00Z",  # 31 December, 23:30, in both
]


@pytest.mark.parametrize("counted", ["cases", "alerts", "people", "deployments"])
@pytest.mark.parametrize(
    ("period", "utc", "london"),
    [
        ("2026-03-28", 1, 1),
        ("2026-03-29", 3, 2),
        ("2026-03-30", 1, 2),
        ("2026-03-31", 1, 0),
        ("2026-03", 6, 5),
        ("2026-04-01", 0, 1),
        ("2026-10-24", 1, 0),
        ("2026-10-25", 1, 2),
        ("2026", 9, 9),
        ("2027", 0, 0),
        ("all", 9, 9),
    ],
)
def test_counts_from_outside_are_of_days_in_the_zone_that_is_named(
    rule: Rule, counted: str, period: str, utc: int, london: int
) -> None:
    rows = [
        {"ts_scored": when, "flag": 1, "subject_key": f"p{i}", "deployment_id": f"d{i}"}
        for i, when in enumerate(CHANGES)
    ]
    for zone, expected in ((None, utc), ("Europe/London", london), ("UTC", utc)):
        entries = outside(("report", period, counted, expected))
        ruling = rule("CK-36", rows, external_counts=entries, parameters={"zone": zone} if zone else {})
        assert ruling.verdict == "supported"
        assert ruling.tables[0].rows[0][-1] == str(expected)
        said = "" if period == "all" else f" (days, months and years in {zone or 'UTC'})"
        assert ruling.tables[0].title == f"Counts from outside beside the log{said}"
    if utc > london:  # British returns against days of UTC: the log seems to hold more, or fewer
        ruling = rule("CK-36", rows, external_counts=outside(("report", period, counted, london)))
        assert ruling.verdict == "not enough data"
        assert any("claims.yaml can name it" in each for each in ruling.cautions)
    if utc < london:
        assert (
            rule("CK-36", rows, external_counts=outside(("report", period, counted, london))).verdict == "contradicted"
        )
