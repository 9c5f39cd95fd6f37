"""CK-31: is generated text faithful to its source?

In: aggregates of the log. Out: a ruling. Source: claims.md 4.6 of the design. Statements of one document are alike, so
a document counts as a cluster.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``limit`` | share | Largest share of generated statements without support | Z2, claims.yaml |
| ``severe_limit`` | share | Largest share of documents with a severe error | claims.yaml |
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Query, Row, Ruling, Table, not_testable
from impact.claims.claimed import figure
from impact.claims.shares import Share, share_of
from impact.claims.verdicts import Judged, at_most, worst
from impact.claims.words import number, percent, share_words
from impact.metrics.statistics.clusters import FEWEST
from impact.metrics.statistics.multiplicity import sidak

__all__ = ["CHECKS"]


def _text_queries(context: Context) -> Sequence[Query]:
    named = context.has("document_id")
    sound = "generated_claims >= 0 AND unsupported_claims >= 0 AND unsupported_claims <= generated_claims"
    severe = "severe_errors" if context.has("severe_errors") else "NULL"
    queries = []
    for name, by in (("all", "NULL"), ("languages", "language")):
        inner = (
            f"SELECT {by} AS g, unsupported_claims AS k, generated_claims AS m, {severe} AS s FROM log WHERE {sound}"
        )
        if named:
            inner = (
                f"SELECT {by} AS g, document_id, sum(unsupported_claims) AS k, sum(generated_claims) AS m, "
                f"sum({severe}) AS s FROM log WHERE {sound} GROUP BY ALL"
            )
        sql = (
            "SELECT g, CAST(sum(k) AS BIGINT) AS k, CAST(sum(m) AS BIGINT) AS n, "
            "count(*) FILTER (WHERE m > 0) AS clusters, "
            "CAST(sum(k * k) AS BIGINT) AS kk, CAST(sum(k * m) AS BIGINT) AS km, CAST(sum(m * m) AS BIGINT) AS mm, "
            "count(*) FILTER (WHERE k > 0) AS counted, count(*) FILTER (WHERE m > k) AS others, count(*) AS documents, "
            f"count(*) FILTER (WHERE s > 0) AS severe, count(s) AS looked FROM ({inner}) GROUP BY 1 ORDER BY 1"
        )
        needs = ("generated_claims", "unsupported_claims", *(("language",) if by != "NULL" else ()))
        queries.append(Query(name, sql, needs))
    queries.append(
        Query(
            "odd",
            f"SELECT count(*) AS n FROM log WHERE generated_claims IS NOT NULL AND NOT coalesce({sound}, false)",
            ("generated_claims", "unsupported_claims"),
        )
    )
    return queries


def _text(context: Context, found: Found) -> Ruling:
    limit, worst_limit = figure(context, "limit"), figure(context, "severe_limit")
    if limit is None:
        return not_testable("Nobody said what share of generated statements may be without support.")
    row = found.one("all")
    share = share_of(row)
    if row is None or not share.n:
        return Ruling("not enough data", "No generated statement was checked.", needed="documents that were checked")
    documents = row["documents"]
    judged = [_documents(at_most(share, limit), share)]
    parts = [
        f"{share_words(share)} generated statements, in {number(documents)} documents, have no support in the source; "
        f"at most {percent(limit)} were said."
    ]
    measures, cautions = [share.measured("Generated statements without support")], []
    if context.has("severe_errors"):
        severe = Share(row["severe"], row["looked"])
        measures.append(severe.measured("Documents with a severe error"))
        if severe.k:
            parts.append(f"{share_words(severe)} documents have a severe error.")
        if worst_limit is not None:
            judged.append(at_most(severe, worst_limit))
            if row["looked"] < documents:
                judged.append(Judged("not enough data", "for every document, whether it has a severe error"))
                cautions.append(f"{number(documents - row['looked'])} documents were not looked at for severe errors.")
    odd = found.one("odd")
    if odd is not None and odd["n"]:
        cautions.append(f"{number(odd['n'])} documents have counts that cannot be right and were left out.")
    if not context.has("document_id"):
        cautions.append("The log does not name documents, so every row counts as one.")
    languages = [each for each in found.rows("languages") or () if each["g"] is not None]
    tables: tuple[Table, ...] = ()
    if len(languages) > 1:
        level = 1 - sidak(context.alpha, len(languages))
        over = [each for each in languages if at_most(share_of(each), limit, level=level).verdict == "contradicted"]
        if over:
            judged.append(Judged("contradicted"))
            listed = ", ".join(str(each["g"]) for each in over)
            parts.append(f"In some languages it is more than was said, also when all are looked at together: {listed}.")
        tables = (_language_table(languages),)
    verdict = worst(judged)
    return Ruling(verdict.verdict, " ".join(parts), tuple(measures), verdict.needed, tuple(cautions), tables=tables)


def _documents(judged: Judged, share: Share) -> Judged:
    """Statements are counted, but documents are what more are needed of."""
    if share.sums is not None and share.sums.clusters < FEWEST:
        return Judged(judged.verdict, f"at least {FEWEST} documents")
    return judged


def _language_table(rows: Sequence[Row]) -> Table:
    cells = []
    for row in rows:
        limits = share_of(row).limits()
        between = "too few documents" if limits is None else f"{percent(limits[0])} to {percent(limits[1])}"
        cells.append((str(row["g"]), number(row["documents"]), share_words(share_of(row)), between))
    return Table("By language", ("Language", "Documents", "Without support", "May be"), tuple(cells))


CHECKS = (
    Check("CK-31", "Generated text is faithful", ("generated_claims", "unsupported_claims"), _text_queries, _text),
)
