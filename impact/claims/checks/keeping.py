"""CK-20 to CK-22: how long records are kept, whether deletion reaches every copy, how large a watchlist gets.

In: aggregates of the log and of the test records. Out: rulings. Source: claims.md 4.5 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-20 | ``days`` | days | Longest that any record is kept | M2 (31, 365), T10, Y5 |
| CK-20 | ``days_by_class`` | days by class | “class: days”; ``days`` for the others | claims.yaml |
| CK-20 | ``non_match_days`` | days | Longest that a record without a match or alert is kept | M2, T10 (0) |
| CK-20 | ``source_days`` | days | Greatest age of source data in use | claims.yaml |
| CK-21 | ``stores`` | names | Stores that must have been looked at | claims.yaml |
| CK-22 | ``cap`` | people | Largest watchlist allowed | T4 |
| CK-22 | ``categories`` | names | Published categories of people listed | claims.yaml |

CK-21 reads the side file ``canaries``: canary_id, store, found, due (when it must be gone), checked. Age is counted to
the beginning, in UTC, of the day that “now” means.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table, not_testable, utc_text
from impact.claims.claimed import end_of_day, figure, figures, listed, now, words_of
from impact.claims.shares import Share, share_of
from impact.claims.verdicts import Judged, never, worst
from impact.claims.words import number, percent, share_words
from impact.metrics.counting import duck

__all__ = ["CHECKS"]

_DAY = 86_400
SMALL = 10  # fewer are not shown (framework.md 2 of the design)
STORES = ("primary", "index", "backup", "supplier")


def _kept(context: Context) -> str:
    """SQL: the record is still there."""
    return f"(ts_deleted IS NULL OR ts_deleted >= {end_of_day(context)})"


def _limit(context: Context) -> str:
    """SQL: days that a record may be kept; null where nobody declared any."""
    days, by_class, spare = (
        figure(context, "days"),
        figures(context, "days_by_class"),
        figure(context, "non_match_days"),
    )
    otherwise = "NULL" if days is None else repr(days)
    if by_class and context.has("retention_class"):
        whens = " ".join(f"WHEN {duck.text(name)} THEN {value!r}" for name, value in sorted(by_class.items()))
        otherwise = f"CASE retention_class {whens} ELSE {otherwise} END"
    if spare is not None and context.has("flag"):
        shorter = f"least({spare!r}, coalesce({otherwise}, {spare!r}))"
        return f"(CASE WHEN flag IS FALSE THEN {shorter} ELSE {otherwise} END)"
    return f"({otherwise})"


def _longest_queries(context: Context) -> Sequence[Query]:
    kept, limit = _kept(context), _limit(context)
    age = f"(epoch({now(context)}) - epoch(ts_scored)) / {_DAY}"
    deleted = f"(NOT {kept} AND (epoch(ts_deleted) - epoch(ts_scored)) / {_DAY} > least_days)"
    label = "retention_class" if context.has("retention_class") else "NULL"
    spare = "count(*) FILTER (WHERE kept AND flag IS FALSE)" if context.has("flag") else "NULL"
    unflagged = "count(*) FILTER (WHERE flag IS NULL AND least_days IS NULL)" if context.has("flag") else "0"
    late = "kept AND age > least_days"
    sql = (
        "SELECT label, whole, n, dated, judged, kept, too_old, deleted_late, ahead, unflagged, oldest, "
        "CASE WHEN kept > 0 THEN greatest(oldest_age, 0) END AS oldest_days, no_match FROM ("
        "SELECT label, grouping(label) AS whole, count(*) AS n, count(ts_scored) AS dated, "
        "count(*) FILTER (WHERE ts_scored IS NOT NULL AND least_days IS NOT NULL) AS judged, "
        f"count(*) FILTER (WHERE kept) AS kept, count(*) FILTER (WHERE {late}) AS too_old, "
        f"count(*) FILTER (WHERE {deleted}) AS deleted_late, "
        f"count(*) FILTER (WHERE ts_scored >= {end_of_day(context)}) AS ahead, {unflagged} AS unflagged, "
        f"{utc_text('min(ts_scored) FILTER (WHERE kept)')} AS oldest, max(age) FILTER (WHERE kept) AS oldest_age, "
        f"{spare} AS no_match "
        f"FROM (SELECT *, {label} AS label, {kept} AS kept, {limit} AS least_days, {age} AS age FROM log) "
        "GROUP BY GROUPING SETS ((), (label))) ORDER BY whole DESC, n DESC, label"
    )
    queries = [Query("ages", sql, ("ts_scored", "ts_deleted"))]
    source = figure(context, "source_days")
    if context.has("oldest_source_ts"):
        bound = "NULL" if source is None else f"{source!r}"
        old = f"(epoch({now(context)}) - epoch(oldest_source_ts)) / {_DAY}"
        sql = (
            f"SELECT count(*) AS n, count(*) FILTER (WHERE {old} > {bound}) AS k, max({old}) AS oldest_days "
            f"FROM log WHERE oldest_source_ts IS NOT NULL AND {kept}"
        )
        queries.append(Query("source", sql, ("oldest_source_ts",)))
    return queries


def _too_long(context: Context) -> str:
    """SQL: a record that is still there beyond its period, or was deleted after it."""
    if all(figure(context, name) is None for name in ("days", "non_match_days")) and not figures(
        context, "days_by_class"
    ):
        return ""
    until = f"least({now(context)}, ts_deleted)"
    return f"(epoch({until}) - epoch(ts_scored)) / {_DAY} > {_limit(context)}"


def _longest(context: Context, found: Found) -> Ruling:
    days, by_class = figure(context, "days"), figures(context, "days_by_class")
    spare, source_days = figure(context, "non_match_days"), figure(context, "source_days")
    if days is None and spare is None and not by_class:
        return not_testable("Nobody said for how many days records are kept.")
    if spare is not None and days is None and not by_class and not context.has("flag"):
        return not_testable("The log does not show which records had no match.", missing=("flag",))
    rows = found.rows("ages") or ()
    total, classes = rows[0], rows[1:]
    share = Share(total["too_old"] + total["deleted_late"], total["judged"])
    judged = [never(share)]
    what = "records" if days is not None or by_class else "records without a match"
    cautions: list[str] = []
    parts = []
    if share.k:
        parts.append(f"{share_words(share)} {what} were kept longer than was said.")
        if total["too_old"]:
            parts.append(
                f"Still there: {number(total['too_old'])}; the oldest record still there is from "
                f"{total['oldest'][:10]}, {number(round(total['oldest_days']))} days ago."
            )
        if total["deleted_late"]:
            parts.append(f"Deleted, but late: {number(total['deleted_late'])}.")
    elif share.n:
        parts.append(
            f"None of {number(share.n)} {what} was kept longer than was said; a share of up to "
            f"{percent(share.measured('').high)} would still look like this."
        )
    else:
        parts.append(f"The log holds no {what} with a time and a declared period.")
    if total["n"] > total["dated"]:
        judged.append(Judged("not enough data", "the times of all records"))
        cautions.append(
            f"{number(total['n'] - total['dated'])} records have no time, so nobody can say how old they are."
        )
    unjudged = total["dated"] - total["judged"]
    if unjudged and spare is not None and days is None and not by_class:
        unjudged = total["unflagged"]  # a record with a match is no matter of this claim
        if unjudged:
            judged.append(Judged("not enough data", "for every record, whether it had a match"))
            cautions.append(f"{number(unjudged)} records do not say whether they had a match.")
    elif unjudged:
        judged.append(Judged("not enough data", "a declared period for every class of record"))
        cautions.append(f"{number(unjudged)} records are of a class for which no period was declared.")
    if total["ahead"]:
        judged.append(Judged("not enough data", "a later day to look back from, or correct times"))
        cautions.append(f"{number(total['ahead'])} records bear a time after the day of this report.")
    measures = [share.measured(f"{what.capitalize()} kept too long")]
    if total["no_match"] is not None:
        measures.append(
            Measured(
                "Records without a match that are still there", total["no_match"], "count", count=total["no_match"]
            )
        )
    old = found.one("source")
    if old is not None and old["n"]:
        measures.append(Measured("Age of the oldest source data still in use", old["oldest_days"], "days", of=old["n"]))
        if source_days is not None:
            aged = Share(old["k"], old["n"])
            measures.append(aged.measured("Records made from older source data than was said"))
            judged.append(never(aged))
            if aged.k:
                parts.append(
                    f"{share_words(aged)} records use source data older than the {number(source_days)} days that were "
                    "said."
                )
    verdict = worst(judged)
    tables: tuple[Table, ...] = ()
    if context.has("retention_class"):
        tables = (
            Table(
                "By class of record",
                ("Class", "Records", "Still there", "Oldest still there", "Kept too long"),
                tuple(
                    (
                        str(row["label"] or "not recorded"),
                        number(row["n"]),
                        number(row["kept"]),
                        row["oldest"][:10] if row["oldest"] else "none",
                        number(row["too_old"] + row["deleted_late"]) if row["judged"] else "no period declared",
                    )
                    for row in classes
                ),
            ),
        )
    return Ruling(verdict.verdict, " ".join(parts), tuple(measures), verdict.needed, tuple(cautions), tables=tables)


def _deletion_queries(context: Context) -> Sequence[Query]:
    timed = context.has("canaries.due", "canaries.checked")
    # What is gone on the day on which it is due is gone; what is still there may yet go that day.
    due = "found IS NOT NULL" + (" AND checked >= CASE WHEN found THEN due ELSE date_trunc('day', due) END" * timed)
    over = f" AND (due IS NULL OR due < {end_of_day(context)})" if context.has("canaries.due") else ""
    unknown = f"found IS NULL{over}" + (" OR (found IS NOT NULL AND (checked IS NULL OR due IS NULL))" * timed)
    sql = (
        f"SELECT lower(trim(store)) AS store, count(*) AS n, count(*) FILTER (WHERE {due}) AS looked, "
        f"count(*) FILTER (WHERE ({due}) AND found) AS found, count(*) FILTER (WHERE {unknown}) AS unknown "
        "FROM canaries GROUP BY 1 ORDER BY 1"
    )
    return (Query("stores", sql, ("canaries.store", "canaries.found")),)


def _deletion(context: Context, found: Found) -> Ruling:
    rows = found.rows("stores") or ()
    share = Share(sum(row["found"] for row in rows), sum(row["looked"] for row in rows))
    seen = {row["store"] for row in rows if row["looked"]}
    unseen = [name for name in words_of(context, "stores", STORES) if name.lower() not in seen]
    judged = [never(share)]
    cautions = []
    skipped = sum(row["n"] - row["looked"] for row in rows)
    if skipped:
        cautions.append(f"{number(skipped)} test records were not looked for, or were looked for before they were due.")
    unknown = sum(row["unknown"] for row in rows)
    if unknown:
        judged.append(
            Judged("not enough data", "for every test record, whether it was found, when, and when it was due")
        )
        cautions.append(
            f"Of {number(unknown)} test records it is not known whether they were there after they were due."
        )
    if not context.has("canaries.due", "canaries.checked"):
        cautions.append("The file does not say when records were due and looked for: all count as looked for in time.")
    if unseen:
        judged.append(Judged("not enough data", f"test records looked for in: {', '.join(unseen)}"))
        cautions.append(f"Nobody looked in: {', '.join(unseen)}.")
    if share.k:
        where = ", ".join(
            f"{row['store'] or 'a store without a name'} ({number(row['found'])})" for row in rows if row["found"]
        )
        sentence = f"{share_words(share)} test records were still found after they ought to be gone: {where}."
    elif share.n:
        sentence = (
            f"None of {number(share.n)} test records was found after it ought to be gone; a share of up to "
            f"{percent(share.measured('').high)} left behind would still look like this."
        )
    else:
        sentence = "No test record was looked for after it ought to be gone."
    table = Table(
        "Test records by store",
        ("Store", "Looked for", "Found"),
        tuple((str(row["store"] or "not named"), number(row["looked"]), number(row["found"])) for row in rows),
    )
    verdict = worst(judged)
    measure = share.measured("Test records found after they ought to be gone")
    return Ruling(verdict.verdict, sentence, (measure,), verdict.needed, tuple(cautions), tables=(table,))


# Small categories leave the engine added up, never one of them alone or together fewer than ten: the total would give
# them away. ``before`` counts the rows of the smaller ones.
_CATEGORIES = f"""
WITH sizes AS (SELECT lower(trim(watchlist_category)) AS category, count(*) AS n FROM log
    WHERE watchlist_category IS NOT NULL GROUP BY 1),
placed AS (SELECT *, min(n) OVER () AS least, row_number() OVER (ORDER BY n, category) AS place,
    coalesce(sum(n) OVER (ORDER BY n, category ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM sizes),
marked AS (SELECT *, least < {SMALL} AND (n < {SMALL} OR place <= 2 OR before < {SMALL}) AS hidden FROM placed),
told AS (SELECT category, n, 1 AS categories FROM marked WHERE NOT hidden
    UNION ALL SELECT NULL, CASE WHEN sum(n) >= {SMALL} THEN CAST(sum(n) AS BIGINT) END, count(*) FROM marked
    WHERE hidden HAVING count(*) > 0)
SELECT category, n, categories FROM told ORDER BY category IS NULL, n DESC, category LIMIT 40
"""


def _watchlist_queries(context: Context) -> Sequence[Query]:
    cap = figure(context, "cap")
    over = f"watchlist_size > {cap!r}" if cap is not None else "NULL"
    key = "coalesce(watchlist_id, '')" if context.has("watchlist_id") else "watchlist_size"
    sql = (
        f"SELECT count(*) AS lists, min(size) AS least, median(size) AS middle, max(size) AS most, "
        f"count(*) FILTER (WHERE over) AS over, CAST(sum(n) AS BIGINT) AS n, CAST(sum(k) AS BIGINT) AS k FROM ("
        f"SELECT {key} AS list, max(watchlist_size) AS size, bool_or({over}) AS over, count(*) AS n, "
        f"count(*) FILTER (WHERE {over}) AS k FROM log WHERE watchlist_size IS NOT NULL GROUP BY 1)"
    )
    queries = [Query("sizes", sql, ("watchlist_size",))]
    if context.has("watchlist_id"):
        unsized = (
            "SELECT count(*) AS n FROM (SELECT watchlist_id FROM log WHERE watchlist_id IS NOT NULL "
            "GROUP BY 1 HAVING count(watchlist_size) = 0)"
        )
        queries.append(Query("unsized", unsized, ("watchlist_size",)))
    published = tuple(name.lower() for name in words_of(context, "categories"))
    if published:
        queries.append(
            Query(
                "unpublished",
                f"SELECT count(*) AS n, count(*) FILTER (WHERE lower(trim(watchlist_category)) NOT IN "
                f"{listed(published)}) AS k FROM log WHERE watchlist_category IS NOT NULL",
                ("watchlist_category",),
            )
        )
    queries.append(
        Query(
            "categories",
            _CATEGORIES,
            ("watchlist_category",),
        )
    )
    return queries


def _watchlist(context: Context, found: Found) -> Ruling:
    cap = figure(context, "cap")
    if cap is None:
        return not_testable("Nobody said how large a watchlist may be.")
    row = found.one("sizes")
    if row is None or not row["lists"]:
        return Ruling("not enough data", "No row of the log gives the size of a watchlist.", needed="at least one size")
    over = Share(row["over"], row["lists"])
    what = "watchlists" if context.has("watchlist_id") else "sizes of watchlists"
    sentence = f"The largest watchlist held {number(row['most'])} people; at most {number(cap)} were said."
    if over.k:
        sentence += f" {share_words(over)} {what} were larger."
    measures = [
        Measured("Largest watchlist", row["most"], "count"),
        Measured("Middle size of a watchlist", row["middle"], "count", of=row["lists"]),
        over.measured(f"{what.capitalize()} over the limit"),
    ]
    cautions = []
    if found.rows("unpublished") is not None:
        outside = share_of(found.one("unpublished"))
        measures.append(outside.measured("Entries of a category that is not published"))
        if outside.k:
            cautions.append(f"{share_words(outside)} entries are of a category that is not among the published ones.")
    elif found.rows("categories"):
        cautions.append("Nobody listed the published categories, so the categories are shown and not judged.")
    tables: tuple[Table, ...] = ()
    categories = found.rows("categories") or ()
    if categories:
        total = sum(each["n"] or 0 for each in categories)
        rows = [
            (str(each["category"]), number(each["n"]), percent(each["n"] / total))
            if each["category"] is not None
            else (f"{number(each['categories'])} smaller categories", "withheld", "withheld")
            for each in categories
        ]
        tables = (Table("Categories of the entries matched", ("Category", "Rows", "Share"), tuple(rows)),)
    judged = never(over)
    unsized = found.one("unsized")
    if unsized is not None and unsized["n"]:
        judged = worst([judged, Judged("not enough data", "the size of every watchlist")])
        cautions.append(f"Of {number(unsized['n'])} watchlists the log does not give the size.")
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions), tables=tables)


def _too_large(context: Context) -> str:
    cap = figure(context, "cap")
    return "" if cap is None else f"watchlist_size > {cap!r}"


CHECKS = (
    Check(
        "CK-20",
        "Records are kept no longer than said",
        # A log often outlives the record: without a time of deletion a row does not show that the record is there.
        ("ts_scored", "ts_deleted"),
        _longest_queries,
        _longest,
        _too_long,
    ),
    Check("CK-21", "Deletion works everywhere", ("canaries.store", "canaries.found"), _deletion_queries, _deletion),
    Check(
        "CK-22", "Watchlists are no larger than said", ("watchlist_size",), _watchlist_queries, _watchlist, _too_large
    ),
)
