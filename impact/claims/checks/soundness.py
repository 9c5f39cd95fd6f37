"""CK-36: is the log itself sound? Gaps in its numbers, its hash chain, counts from outside, outcomes that never came.

In: aggregates of the log. Out: a ruling. Source: claims.md 4.7 of the design. How ``row_hash`` is made: row_hash.py.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``chains`` | columns | A chain of its own for each value of these, ``system`` for example | claims.yaml |
| ``sealed`` | columns | What ``row_hash`` covers, in order, where it is not the recipe's own list | claims.yaml |
| ``first_seq``, ``last_seq`` | number | First and last number, as known from elsewhere (one chain only) | claims.yaml |
| ``head_hash`` | text | ``row_hash`` of the last row, as deposited elsewhere | claims.yaml |
| ``tolerance`` | share | By how much a count from outside may exceed the log's; 0 if not given | claims.yaml |
| ``zone`` | text | IANA time zone of the days, months and years of counts from outside; else UTC | claims.yaml |
| ``outcome_days`` | days | Days after which an alert ought to have its outcome | claims.yaml |
| ``most_without_outcome`` | share | Share of due alerts that may lack one | claims.yaml |

Numbers, links and contents are tested in one pass over the rows in the order of the file (``metrics.logs.chain``).
Where numbers do not rise from row to row, or a log holds several chains, they are put in order by SQL: one window over
(seq, hashes of two hashes). Testing the content makes one SHA-256 a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Stream, Table, utc
from impact.claims.claimed import figure, now, word, words_of
from impact.claims.contract import LOG
from impact.claims.row_hash import SEALED, hash_sql, lines_sql
from impact.claims.shares import share_of, share_query
from impact.claims.verdicts import Judged, at_most, worst
from impact.claims.words import number, percent, share_words
from impact.metrics.counting import duck
from impact.metrics.logs.chain import BATCH, chain_counts

__all__ = ["CHECKS"]


def _sealed(context: Context) -> tuple[str, ...]:
    chosen = words_of(context, "sealed", SEALED)
    return tuple(name for name in chosen if name in context.columns.get("log", frozenset()) and name in LOG)


def _sequence(context: Context) -> Query:
    """Gaps, repeats and broken links. A link is looked at only between neighbours in number."""
    by = [name for name in words_of(context, "chains") if name in context.columns.get("log", frozenset())]
    window = f"({'PARTITION BY ' + ', '.join(by) + ' ' if by else ''}ORDER BY seq)"
    linked = context.has("row_hash", "prev_hash")
    hashes = ", hash(lower(row_hash)) AS own, hash(lower(prev_hash)) AS back" if linked else ""
    lagged = f", back, lag(own) OVER {window} AS expected" if linked else ""
    links = (
        ", count(*) FILTER (WHERE seq = before + 1) AS neighbours, "
        "count(*) FILTER (WHERE seq = before + 1 AND back IS DISTINCT FROM expected) AS broken"
        if linked
        else ""
    )
    sql = (
        "SELECT count(*) AS numbered, min(seq) AS first, max(seq) AS last, "
        "count(*) FILTER (WHERE before IS NULL) AS chains, "
        "count(*) FILTER (WHERE seq > before + 1) AS gaps, "
        "CAST(coalesce(sum(seq - before - 1) FILTER (WHERE seq > before + 1), 0) AS BIGINT) AS missing, "
        f"count(*) FILTER (WHERE seq = before) AS repeated{links} "
        f"FROM (SELECT seq, lag(seq) OVER {window} AS before{lagged} "
        f"FROM (SELECT seq{''.join(', ' + name for name in by)}{hashes} FROM log WHERE seq IS NOT NULL))"
    )
    return Query("sequence", sql, ("seq",))


_OUTSIDE = """
WITH given AS (
    SELECT row_number() OVER (ORDER BY source, period, counted) AS id, source, period,
        coalesce(counted, 'cases') AS counted, count AS expected,
        CASE WHEN period IS NULL OR lower(period) = 'all' THEN DATE '0001-01-01'
             WHEN regexp_full_match(period, '[0-9]{{4}}') THEN TRY_CAST(period || '-01-01' AS DATE)
             WHEN regexp_full_match(period, '[0-9]{{4}}-[0-9]{{2}}') THEN TRY_CAST(period || '-01' AS DATE)
             WHEN regexp_full_match(period, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN TRY_CAST(period AS DATE)
        END AS start, length(period) AS long
    FROM (SELECT source, count, trim({period}) AS period, {counted} AS counted FROM external_counts)
), spans AS (
    SELECT *, CASE WHEN start = DATE '0001-01-01' THEN DATE '9999-12-31' WHEN long = 4 THEN start + INTERVAL 1 YEAR
        WHEN long = 7 THEN start + INTERVAL 1 MONTH ELSE start + INTERVAL 1 DAY END AS stop
    FROM given
), days AS (
    -- Rows without a time belong to the whole log, and to no period of it.
    SELECT coalesce(CAST({moment} AS DATE), DATE '0001-01-01') AS day, count(*) AS cases,
        {alerts} AS alerts FROM log GROUP BY 1
), sums AS (
    SELECT id, sum(cases) AS cases, sum(alerts) AS alerts FROM spans JOIN days ON day >= start AND day < stop GROUP BY 1
), others AS ({others})
SELECT source, period, counted, expected, CAST(CASE
    WHEN start IS NULL OR expected IS NULL THEN NULL
    WHEN counted = 'cases' THEN coalesce(sums.cases, 0)
    WHEN counted = 'alerts' THEN {alerts_or}
    WHEN counted IN ({asked}) THEN coalesce(others.n, 0) END AS BIGINT) AS logged,
    CAST(CASE WHEN start > DATE '0001-01-01'
        THEN (SELECT coalesce(sum(cases), 0) FROM days WHERE day = DATE '0001-01-01') ELSE 0 END AS BIGINT) AS untimed
FROM spans LEFT JOIN sums USING (id) LEFT JOIN others USING (id) ORDER BY spans.id
"""


def _zone(context: Context) -> str:
    return word(context, "zone") or "UTC"


def _outside(context: Context) -> Query:
    """Counts from outside beside the log's own, by period: a year, month or day in their time zone, or all of it."""
    zone = _zone(context)
    moment = utc("ts_scored") if zone == "UTC" else f"timezone({duck.text(zone)}, ts_scored)"
    keys = {"people": "subject_key", "deployments": "deployment_id"}
    asked = [name for name, column in keys.items() if context.has(column)]
    parts = [
        f"SELECT id, count(DISTINCT {keys[name]}) AS n FROM spans JOIN (SELECT {keys[name]}, "
        f"coalesce({moment}, TIMESTAMP '0001-01-01') AS moment FROM log) "
        f"ON moment >= start AND moment < stop WHERE counted = '{name}' GROUP BY 1"
        for name in asked
    ]
    flagged = context.has("flag")
    sql = _OUTSIDE.format(
        moment=moment,
        period="period" if context.has("external_counts.period") else "NULL",
        counted="counted" if context.has("external_counts.counted") else "NULL",
        alerts="count(*) FILTER (WHERE flag)" if flagged else "0",
        alerts_or="coalesce(sums.alerts, 0)" if flagged else "NULL",
        others=" UNION ALL ".join(parts) or "SELECT 0 AS id, 0 AS n WHERE false",
        asked=", ".join(f"'{name}'" for name in asked) or "''",
    )
    return Query("outside", sql, ("external_counts.source", "external_counts.count", "ts_scored"))


def _queries(context: Context) -> Sequence[Query]:
    head = word(context, "head_hash")
    found = f", count(*) FILTER (WHERE lower(row_hash) = {duck.text(head.lower())}) AS head" if head else ""
    unnumbered = ", count(*) FILTER (WHERE seq IS NULL) AS unnumbered" if context.has("seq") else ""
    queries = [
        Query("rows", f"SELECT count(*) AS n{unnumbered} FROM log"),
        _sequence(context),
        _outside(context),
    ]
    sealed = _sealed(context)
    if sealed and context.has("row_hash", "prev_hash"):
        content = (
            "SELECT count(*) AS n, count(*) FILTER (WHERE row_hash IS NULL) AS without, "
            f"count(*) FILTER (WHERE lower(row_hash) <> {hash_sql(sealed)}) AS differ{found} FROM log"
        )
        queries.append(Query("content", content, ("row_hash", "prev_hash")))
    days = figure(context, "outcome_days")
    due = f" AND ts_scored < {now(context)} - INTERVAL '{int(days)} days'" if days is not None else ""
    needs = ("flag", "outcome_label", "ts_scored") if due else ("flag", "outcome_label")
    queries.append(share_query(context, "outcomes", hit="outcome_label IS NULL", at_risk=f"flag{due}", needs=needs))
    return queries


def _stream(context: Context) -> Stream | None:
    """One pass for “sequence” and “content”, of one chain that is tested whole."""
    sealed = _sealed(context)
    chains = [name for name in words_of(context, "chains") if name in context.columns.get("log", frozenset())]
    head = word(context, "head_hash")
    if chains or not sealed or not context.has("seq", "row_hash", "prev_hash"):
        return None
    sql = f"SELECT {lines_sql(sealed)} AS lines, row_hash AS own, prev_hash AS back, seq FROM log"
    return Stream(sql, partial(chain_counts, head=head.lower() if head else None), BATCH, ("sequence", "content"))


def _odd(context: Context) -> str:
    """SQL: rows without a number, or whose content does not give their hash."""
    sealed = _sealed(context)
    conditions = ["seq IS NULL"] if context.has("seq") else []
    if sealed and context.has("row_hash", "prev_hash"):
        unhashed = "row_hash IS NULL AND EXISTS (SELECT 1 FROM log WHERE row_hash IS NOT NULL)"
        conditions += [unhashed, f"lower(row_hash) <> {hash_sql(sealed)}"]
    return " OR ".join(conditions)


class _Said:
    """What has been found so far."""

    def __init__(self) -> None:
        self.judged: list[Judged] = []
        self.sentences: list[str] = []
        self.measures: list[Measured] = []
        self.cautions: list[str] = []
        self.tables: list[Table] = []

    def broken(self, sentence: str) -> None:
        self.judged.append(Judged("contradicted"))
        self.sentences.append(sentence)

    def count(self, label: str, value: int, of: int | None = None) -> None:
        self.measures.append(Measured(label, value, "count", count=value, of=of))


def _chain(context: Context, found: Found, said: _Said) -> bool:
    """Numbers and links; True where the chain was there to be tested and held."""
    row, rows = found.one("sequence"), found.one("rows")
    if row is None or rows is None:
        return False
    if not row["numbered"]:
        said.cautions.append("The column of numbers is there and holds nothing.")
        return False
    said.count("Rows without a number", rows["unnumbered"], rows["n"])
    said.count("Places where numbers are left out", row["gaps"])
    said.count("Numbers left out", row["missing"])
    said.count("Numbers used again", row["repeated"])
    if rows["unnumbered"]:
        said.broken(f"{number(rows['unnumbered'])} of {number(rows['n'])} rows have no number.")
    if row["gaps"]:
        said.broken(f"{number(row['missing'])} numbers are left out, in {number(row['gaps'])} places.")
    if row["repeated"]:
        said.broken(f"{number(row['repeated'])} rows use a number again.")
    for name, end in (("first", "first_seq"), ("last", "last_seq")):
        known = figure(context, end)
        if known is not None and row["chains"] == 1 and row[name] != known:
            said.broken(f"The {name} number in the log is {number(row[name])} and ought to be {number(known)}.")
    if figure(context, "first_seq") is None and row["chains"] == 1 and row["first"] not in (0, 1):
        said.cautions.append(f"The numbers begin at {number(row['first'])}: what came before is not in this log.")
    if row["numbered"] and not (row["gaps"] or row["repeated"] or rows["unnumbered"]):
        said.sentences.append(f"The {number(row['numbered'])} rows are numbered without a gap.")
    if "broken" not in row:
        return False
    said.measures.append(
        Measured(
            "Links of the chain that do not hold", row["broken"], "count", count=row["broken"], of=row["neighbours"]
        )
    )
    if row["broken"]:
        said.broken(
            f"In {number(row['broken'])} of {number(row['neighbours'])} rows the hash of the row before is not the one "
            "that this row names."
        )
    return bool(row["neighbours"]) and not row["broken"]


def _content(context: Context, found: Found, said: _Said) -> bool:
    row = found.one("content")
    if row is None or not row["n"]:
        return False
    hashed = row["n"] - row["without"]
    if not hashed:
        said.cautions.append("The columns of the hash chain are there and hold nothing.")
        return False
    said.count("Rows whose content does not give their hash", row["differ"], hashed)
    if 0 < row["without"] < row["n"]:
        said.broken(f"{number(row['without'])} of {number(row['n'])} rows have no hash.")
    if word(context, "head_hash") and not row["head"]:
        said.broken("The hash that was deposited elsewhere for the last row is not in the log.")
    elif not word(context, "head_hash"):
        said.cautions.append(
            "Nobody named a hash that was deposited elsewhere, so a chain that was made anew as a whole would look the "
            "same."
        )
    if row["differ"] == hashed:
        said.judged.append(Judged("not enough data", "hashes made as the recipe for row_hash says"))
        said.cautions.append(
            "No row gives its hash by the documented recipe: the hashes were made in another way, so changed content "
            "cannot be seen."
        )
        return False
    if row["differ"]:
        said.broken(f"{number(row['differ'])} of {number(hashed)} rows have content that does not give their hash.")
    return not row["differ"] and not row["without"]


def _counts(context: Context, found: Found, said: _Said) -> bool:
    rows = found.rows("outside")
    if not rows:
        return False
    allowed = figure(context, "tolerance") or 0.0
    known = [row for row in rows if row["logged"] is not None]
    fewer = [row for row in known if row["logged"] < row["expected"] * (1 - allowed)]
    short = [row for row in fewer if row["logged"] + row["untimed"] < row["expected"] * (1 - allowed)]
    over = [row for row in known if row["logged"] > row["expected"] * (1 + allowed)]
    parts = any(row["period"] and str(row["period"]).lower() != "all" for row in rows)
    said.tables.append(
        Table(
            "Counts from outside beside the log" + (f" (days, months and years in {_zone(context)})" if parts else ""),
            ("Source", "Period", "What is counted", "Count from outside", "In the log"),
            tuple(
                (
                    str(row["source"] or "not named"),
                    str(row["period"] or "all"),
                    str(row["counted"]),
                    number(row["expected"]),
                    "not comparable" if row["logged"] is None else number(row["logged"]),
                )
                for row in rows
            ),
        )
    )
    if short:
        lost = sum(row["expected"] - row["logged"] for row in short)
        said.broken(
            f"In {number(len(short))} of {number(len(known))} comparisons with counts from outside the log holds "
            f"fewer, by {number(lost)} in all."
        )
    if len(short) < len(fewer):
        said.judged.append(Judged("not enough data", "the time of every row"))
        said.cautions.append(
            f"In {number(len(fewer) - len(short))} of {number(len(known))} comparisons the log holds fewer, but "
            f"{number(fewer[0]['untimed'])} of its rows have no time and may belong there."
        )
    if over:
        said.judged.append(Judged("not enough data", "why the log holds more than was counted outside"))
        said.cautions.append(
            f"In {number(len(over))} of {number(len(known))} comparisons the log holds more than was counted outside."
        )
    if parts and (fewer or over) and word(context, "zone") is None:
        said.cautions.append(
            "Counts from outside were taken for counts by days in UTC. Of another time zone, some rows would belong to "
            "the day before or after: claims.yaml can name it."
        )
    if len(known) < len(rows):
        said.cautions.append(
            f"{number(len(rows) - len(known))} counts from outside could not be compared: their period is not a year, "
            "a month, a day or “all”, or the log lacks the column."
        )
    if known and not fewer and not over:
        said.sentences.append(f"All {number(len(known))} counts from outside agree with the log.")
    return bool(known) and not fewer and not over


def _outcomes(context: Context, found: Found, said: _Said) -> None:
    if found.rows("outcomes") is None:
        return
    share = share_of(found.one("outcomes"))
    most, days = figure(context, "most_without_outcome"), figure(context, "outcome_days")
    after = "" if days is None else f" {number(days)} days after they were raised"
    said.measures.append(share.measured("Alerts without an outcome"))
    if share.k:
        said.sentences.append(f"{share_words(share)} alerts have no outcome{after}.")
    if most is not None and share.n:
        judged = at_most(share, most)
        said.judged.append(judged)
        if share.k and judged.verdict != "supported":
            said.sentences.append(f"The declared most is {percent(most)}.")


def _judge(context: Context, found: Found) -> Ruling:
    said = _Said()
    rows = found.one("rows")
    if rows is None or not rows["n"]:
        return Ruling("not enough data", "The log holds no row.", needed="a log with rows")
    links, content = _chain(context, found, said), _content(context, found, said)
    outside = _counts(context, found, said)
    _outcomes(context, found, said)
    if (links and content) or outside:
        said.judged.append(Judged("supported"))
    else:
        said.judged.append(
            Judged("not enough data", "a hash chain made by the recipe, or counts from outside for the same periods")
        )
    judged = worst(said.judged)
    return Ruling(
        judged.verdict,
        " ".join(said.sentences) or "Nothing in the log shows whether it is whole.",
        tuple(said.measures),
        judged.needed,
        tuple(said.cautions),
        tables=tuple(said.tables),
    )


CHECKS = (
    Check(
        "CK-36", "The log is complete", ("seq|row_hash|external_counts.count",), _queries, _judge, _odd, stream=_stream
    ),
)
