"""CK-14: are records of the right people linked?

In: aggregates of a sample of pairs that people have looked at. Out: a ruling. Where pairs were sampled with different
chances their weights are used, with the variance of a ratio of weighted sums; strata are only shown, which makes
intervals a little too wide rather than too narrow. Source: claims.md 4.3 of the design; Cochran 1977.

Parameters (a share is 0 to 1):

============ ======== ==================================================== =====================
name         unit     meaning                                              comes from
============ ======== ==================================================== =====================
precision    share    of links that are true: at least                     W2, claims.yaml
recall       share    of true pairs among those compared, linked           W2, claims.yaml
margin       share    largest difference in false links that counts equal  H8, margin
============ ======== ==================================================== =====================

Side file ``link_sample``, one row for each pair: ``linked``, ``true_link``, and where there are any ``weight`` (how
many pairs it stands for), ``stratum``, ``group``, ``cluster_id``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, not_testable
from impact.claims.checks.group_sizes import detectable
from impact.claims.comparisons import equal_within, points
from impact.claims.groups import SMALLEST, Groups, group_cautions, group_query, groups_of, parameter
from impact.claims.shares import Share
from impact.claims.verdicts import Judged, at_least, difference, worst
from impact.claims.words import number, percent, share_words
from impact.metrics.statistics.clusters import ClusterSums

__all__ = ["CHECKS"]

_FILE = "link_sample"
_KNOWN = "linked IS NOT NULL AND true_link IS NOT NULL"
_MOST_STRATA = 20
_UNKNOWN = 0.05  # of the pairs, without a finding; where they are more, they could turn the answer round


def _weighted(context: Context) -> bool:
    return context.has(f"{_FILE}.weight")


def _pairs(context: Context) -> str:
    """SQL: pairs that can be counted; those without a weight or looked at by nobody are counted apart."""
    weight = " AND weight > 0" if _weighted(context) else ""
    return f"{_KNOWN}{weight}"


def _sums(context: Context, hit: str, risk: str) -> str:
    """SQL: of weights w among pairs at risk, the sums that a ratio of weighted sums needs; a pair is a cluster."""
    w = "weight" if _weighted(context) else "1"
    y = f"CASE WHEN {hit} THEN 1 ELSE 0 END"
    columns = {
        "pairs": "count(*)",
        "hits": f"count(*) FILTER (WHERE {hit})",
        # In the order of the weights: sums of fractions depend on it in their last digits.
        "m": f"sum({w} ORDER BY {w})",
        "k": f"sum({w} * {y} ORDER BY {w})",
        "kk": f"sum({w} * {w} * {y} ORDER BY {w})",
        "mm": f"sum({w} * {w} ORDER BY {w})",
    }
    kinds = {"pairs": "BIGINT", "hits": "BIGINT"}
    listed = ", ".join(
        f"CAST(coalesce({sql}, 0) AS {kinds.get(name, 'DOUBLE')}) AS {name}" for name, sql in columns.items()
    )
    return f"SELECT {listed} FROM {_FILE} WHERE {_pairs(context)} AND {risk}"


def _share(row: Row | None, *, weighted: bool, worth: float | None = None) -> Share:
    """With weights, k and n are added up so that n is no more than Kish's number of pairs that weigh alike.

    Few heavy pairs stand for many, and light ones beside them say little: without that limit five pairs of weight
    10,000 among fifty of weight 1 gave the interval of 50,050 pairs.

    Args:
        row: Sums of weights.
        weighted: Whether there are any.
        worth: How many pairs a weight of 1 counts as, where shares are to be added up; that of the row without it.
    """
    if row is None or not row["pairs"]:
        return Share(0, 0)
    pairs, hits = int(row["pairs"]), int(row["hits"])
    if not weighted:
        return Share(hits, pairs)
    f = row["m"] / row["mm"] if worth is None else worth
    # A pair's k is its weight or nothing, so that the products of k with k and with m are the same.
    sums = ClusterSums(pairs, f * row["m"], f * row["k"], f * f * row["kk"], f * f * row["kk"], f * f * row["mm"])
    return Share(f * row["k"], f * row["m"], sums, hits, pairs - hits)


def _filled(row: Row | None, unknown: int, *, hits: bool) -> Row | None:
    """The same with so many more pairs of average weight, all of them hits, or none."""
    if row is None or not row["pairs"]:
        return row
    each = row["m"] / row["pairs"]
    more = {"pairs": 1, "m": each, "mm": each * each} | ({"hits": 1, "k": each, "kk": each * each} if hits else {})
    return {name: value + unknown * more.get(name, 0) for name, value in row.items()}


def _queries(context: Context) -> Sequence[Query]:
    bad = f"({_pairs(context)}) IS NOT TRUE"
    queries = [
        Query("precision", _sums(context, "true_link", "linked")),
        Query("recall", _sums(context, "linked", "true_link")),
        Query(
            "left out",
            f"SELECT count(*) AS n, count(*) FILTER (WHERE {bad}) AS unusable, "
            f"count(*) FILTER (WHERE {bad} AND linked AND true_link IS NOT FALSE) AS precision, "
            f"count(*) FILTER (WHERE {bad} AND true_link IS NOT FALSE AND linked IS NOT TRUE OR {bad} AND true_link "
            f"AND linked) AS recall FROM {_FILE}",
        ),
        Query("again", f"SELECT count(pair_id) - count(DISTINCT pair_id) AS n FROM {_FILE}", (f"{_FILE}.pair_id",)),
        Query(
            "strata",
            f"SELECT stratum, count(*) AS n, count(*) FILTER (WHERE true_link) AS k FROM {_FILE} "
            f"WHERE {_pairs(context)} AND linked GROUP BY stratum ORDER BY stratum LIMIT {_MOST_STRATA}",
            (f"{_FILE}.stratum",),
        ),
        Query(
            "clusters",
            "SELECT count(*) AS clusters, CAST(coalesce(sum(pairs), 0) AS BIGINT) AS pairs, "
            "CAST(coalesce(sum(wrong), 0) AS BIGINT) AS wrong FROM (SELECT count(*) AS pairs, "
            f"count(*) FILTER (WHERE NOT true_link) AS wrong FROM {_FILE} WHERE {_KNOWN} AND linked "
            "AND cluster_id IS NOT NULL GROUP BY cluster_id) WHERE wrong > 0",
            (f"{_FILE}.cluster_id",),
        ),
        group_query(
            context,
            "by group",
            "group",
            {"false": ("NOT true_link", f"{_pairs(context)} AND linked")},
            view=_FILE,
            sampled=True,
        ),
    ]
    if _weighted(context):
        sums = _sums(context, "NOT true_link", "linked").replace("SELECT ", 'SELECT "group" AS own, ', 1)
        # Only groups that the plain count shows: the others leave the engine added up.
        named = f"CASE WHEN own IN (SELECT g FROM ({queries[-1].sql}) WHERE role = 'shown') THEN own END"
        added = ", ".join(f"sum({name} ORDER BY own) AS {name}" for name in ("pairs", "hits", "m", "k", "kk", "mm"))
        queries.append(
            Query(
                "weights by group",
                f"SELECT {named} AS g, {added.replace('sum(pairs ORDER BY own)', 'CAST(sum(pairs) AS BIGINT)')} "
                f'FROM ({sums} AND "group" IS NOT NULL GROUP BY 1) GROUP BY 1 HAVING sum(pairs) >= {SMALLEST} '
                "ORDER BY 1",
                (f"{_FILE}.group",),
            )
        )
    return queries


def _judge(context: Context, found: Found) -> Ruling:
    weighted = _weighted(context)
    true, whole = _share(found.one("precision"), weighted=weighted), _share(found.one("recall"), weighted=weighted)
    margin, measures, parts, said, cautions = parameter(context, "margin"), [], [], [], []
    left = found.one("left out")
    for name, share, label in (
        ("precision", true, "links that were looked at are true"),
        ("recall", whole, "true pairs that were looked at are linked"),
    ):
        what = "Links that are true" if name == "precision" else "True pairs that are linked"
        row, measure = found.one(name), share.measured(what)
        if weighted and row is not None:
            measure = replace(measure, note=_note(row), count=row["k"], of=row["m"])
        measures.append(measure)
        claimed = parameter(context, name)
        if claimed is not None:
            parts.append(_judged(row, left[name] if left is not None else 0, share, claimed, weighted=weighted))
            words = share_words(share) if not weighted else percent(share.value)
            said.append(f"{words} {'of ' if weighted else ''}{label}; {percent(claimed)} is claimed.")
    missing: tuple[str, ...] = ()
    part, tables = _by_group(context, found), []
    if part is not None:
        equal = equal_within([part], margin, reference=context.reference, alpha=context.alpha)
        measures += equal.measures("False links")
        if equal.pairs:
            counted = "False links, in pairs that weigh alike" if weighted else "False links"
            tables.append(equal.table("False links by group", counted))
        cautions += group_cautions([part])
        if margin is not None:
            judged = equal.judged
            if left is not None and _many(left["precision"], found.one("precision")) and judged.verdict == "supported":
                judged = Judged("not enough data", "a finding for every link that was looked at")
            small = [pair.group for pair in equal.pairs if detectable(pair.share, pair.other) > margin]
            if judged.verdict == "supported" and small:
                judged = Judged("not enough data", f"more pairs of {', '.join(small)}")
                cautions.append(
                    f"A difference of {margin * 100:g} points in false links could be missed for {', '.join(small)}."
                )
            parts.append(judged)
            for pair in equal.outside:
                gap = points(pair.gap, *difference(pair.share, pair.other))
                said.append(f"False links of {pair.group} against {pair.against}: {gap} points.")
    elif margin is not None:
        cautions.append("The sample does not say to which group a pair belongs, so groups were not compared.")
        parts.append(Judged("not testable"))
        missing = (f"{_FILE}.group",)
    if not parts or parts == [Judged("not testable")]:
        ruling = not_testable("Nobody gave the share of links that are claimed to be true, nor a margin for groups.")
        return replace(ruling, measures=tuple(measures), tables=tuple(tables))
    measures += _spread(found)
    strata = found.rows("strata") or ()
    if len(strata) > 1:
        cells = tuple((str(row["stratum"] or "none"), share_words(Share(row["k"], row["n"]))) for row in strata)
        tables.append(Table("True links by stratum of the sample", ("Stratum", "True links"), cells))
    if left is not None and left["unusable"]:
        cautions.append(f"{number(left['unusable'])} of {number(left['n'])} pairs have no finding or weight: left out.")
    again = found.one("again")
    if again is not None and again["n"]:
        parts.append(Judged("not enough data", "each pair once"))
        cautions.append(f"{number(again['n'])} rows name a pair again, so some pairs count more than once.")
    cautions.append("True pairs that were never compared with each other are in no sample.")
    judged = worst(parts)
    sentence = " ".join(said) or "What was looked at does not set groups apart by more than the margin."
    if not said and judged.verdict == "not enough data":
        sentence = "The sample cannot tell whether false links fall equally on groups."
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions), missing, tuple(tables))


def _many(unknown: int, row: Row | None) -> bool:
    """More than a twentieth of the pairs at risk have no finding."""
    return unknown > _UNKNOWN * (unknown + (row["pairs"] if row is not None else 0))


def _judged(row: Row | None, unknown: int, share: Share, claimed: float, *, weighted: bool) -> Judged:
    """“At least”: where many pairs have no finding, it must hold or fall whatever they are."""
    judged = at_least(share, claimed)
    if judged.verdict == "not enough data" or not _many(unknown, row):
        return judged
    other = _share(_filled(row, unknown, hits=judged.verdict == "contradicted"), weighted=weighted)
    if at_least(other, claimed).verdict == judged.verdict:
        return judged
    return Judged("not enough data", "a finding for every pair that was looked at")


def _note(row: Row) -> str:
    return f"from {number(row['pairs'])} pairs, weighted for how they were sampled"


def _by_group(context: Context, found: Found) -> Groups | None:
    rows = found.rows("by group")
    if rows is None:
        return None
    part = groups_of(rows, "false", "group")
    weights = found.rows("weights by group")
    if weights is None:
        return part
    worth = min((row["m"] / row["mm"] for row in weights if row["mm"]), default=1.0)
    shares = {row["g"]: _share(row, weighted=True, worth=worth) for row in weights}
    return replace(part, shown={name: shares[name] for name in part.shown if name in shares}, merged=shares.get(None))


def _spread(found: Found) -> list[Measured]:
    row = found.one("clusters")
    if row is None or not row["wrong"]:
        return []
    note = f"{number(row['pairs'])} linked pairs in the {number(row['clusters'])} clusters with a false link"
    value = row["pairs"] / row["wrong"]
    return [Measured("Linked pairs in the same cluster, for each false link", value, "number", note=note)]


CHECKS = (Check("CK-14", "Links are accurate", (f"{_FILE}.linked", f"{_FILE}.true_link"), _queries, _judge),)
