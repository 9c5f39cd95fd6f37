"""CK-34: are children left out?

In: how many people, or rows, there are of each age band. Out: a ruling. Source: claims.md 4.7 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-34 | ``adult_at`` | years | Age from which somebody is no child; 18 if not given | claims.yaml |
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Guard, Measured, Query, Ruling
from impact.claims.claimed import figure
from impact.claims.shares import Share, people_in
from impact.claims.words import number, percent

__all__ = ["CHECKS"]

# “10-17”, “under 18”, “U18”, “<18”, “17 and under”, “18+”, “65 and over”, “16”, “34.0”, “20s”: first and last age of a
# band. What may be a date or a year of birth is no age that can be read.
_BELOW, _UP_TO = (
    "under|below|younger than|less than|<|^u ?[0-9]",
    "<=|≤|up to|at most|(and|or) (under|younger|below|less)",
)
_ODD = "^[0-9]+[-/. ]+[0-9]+[-/. ]+[0-9]+|(^| )not? |month|week"
_FROM = "[+>≥]|over|older|above|more|at least|(and|or) up|upwards"
_AGES = f"""
SELECT band, n, CASE WHEN last >= first THEN first END AS first, CASE WHEN last >= first THEN last END AS last
FROM (SELECT band, n, CASE
    WHEN a IS NULL OR a > 120 OR b > 120 OR regexp_matches(read, '{_ODD}') THEN NULL
    WHEN b IS NULL AND regexp_matches(read, '{_BELOW}|{_UP_TO}') THEN 0
    WHEN b IS NULL AND regexp_matches(read, '>') AND NOT regexp_matches(read, '>=') THEN a + 1
    ELSE a END AS first, CASE
    WHEN b IS NOT NULL THEN b - CASE WHEN regexp_matches(read, '{_BELOW}') THEN 1 ELSE 0 END
    WHEN regexp_matches(read, '{_UP_TO}') THEN a
    WHEN regexp_matches(read, '{_BELOW}') THEN a - 1
    WHEN regexp_matches(read, '{_FROM}') THEN 200
    WHEN regexp_full_match(read, '[0-9]+0s') THEN a + 9
    ELSE a END AS last
FROM (SELECT *, TRY_CAST(regexp_extract(read, '([0-9]+)', 1) AS INTEGER) AS a,
    TRY_CAST(regexp_extract(read, '[0-9]+[^0-9]+([0-9]+)', 1) AS INTEGER) AS b
FROM (SELECT *, regexp_replace(band, '^([0-9]+)[.][0-9]+$', '\\1') AS read
FROM ({{counted}}))))
"""
# Where each row is somebody else, words are put into small letters once for each age band and not for each row.
_BANDS = "SELECT lower(trim(age_band)) AS band, {size} AS n FROM cases GROUP BY 1"
_EACH_BAND = "SELECT age_band, {size} AS n FROM cases GROUP BY 1"
_BANDS_OF_ROWS = f"SELECT lower(trim(age_band)) AS band, sum(n) AS n FROM ({_EACH_BAND}) GROUP BY 1"


def _young(context: Context) -> str:
    ages = _AGES.format(counted=_BANDS_OF_ROWS.format(size="count(*)"))
    adult = int(figure(context, "adult_at") or 18)
    return f"lower(trim(age_band)) IN (SELECT band FROM ({ages}) WHERE last < {adult})"


def _children_queries(context: Context) -> Sequence[Query]:
    adult = int(figure(context, "adult_at") or 18)
    # A row without a key is somebody too.
    size = (
        f"{people_in(context)} + count(*) FILTER (WHERE subject_key IS NULL)"
        if context.has("subject_key")
        else "count(*)"
    )
    ages = _AGES.format(counted=(_BANDS if context.repeated else _BANDS_OF_ROWS).format(size=size))
    children = f"coalesce(sum(n) FILTER (WHERE last < {adult}), 0)"
    sql = (
        # One to nine children are “some”: so few are not counted out, in the record or anywhere.
        f"SELECT CAST({children} AS BIGINT) > 0 AS some, "
        f"CASE WHEN {children} BETWEEN 1 AND 9 THEN NULL ELSE CAST({children} AS BIGINT) END AS children, "
        f"CAST(coalesce(sum(n) FILTER (WHERE first < {adult} AND last >= {adult}), 0) AS BIGINT) AS either, "
        "CAST(coalesce(sum(n) FILTER (WHERE first IS NULL), 0) AS BIGINT) AS unknown, "
        f"CAST(coalesce(sum(n) FILTER (WHERE first >= {adult}), 0) AS BIGINT) AS adults FROM ({ages})"
    )
    return (Query("ages", sql, ("age_band",), guard=Guard("age_band", "ages")),)


def _children(context: Context, found: Found) -> Ruling:
    row = found.one("ages")
    if row is None:
        return Ruling("not enough data", "The log holds no age.", needed="ages")
    adult, what = int(figure(context, "adult_at") or 18), "people" if context.has("subject_key") else "rows"
    cautions = ["Only those who were scored are seen here; watchlists and training data are not in the log."]
    # A count of few people, or one that gives a hidden age band away, is none: some.
    either, unknown = _some(row["either"], what), _some(row["unknown"], what)
    unclear = bool(either or unknown)
    if either:
        cautions.append(f"{either} are of an age band that holds children and adults.")
    if unknown:
        cautions.append(f"{unknown} have no age that can be read.")
    if row["some"]:
        many = _some(row["children"], what)
        measure = Measured(f"Of an age under {adult}", row["children"], "count", count=row["children"])
        if row["children"] is None:
            note = "so few, or so few of another age band, that they are not counted out"
            measure = Measured(f"Of an age under {adult}", None, "count", note=note)
        return Ruling("contradicted", f"{many} in the log are under {adult}.", (measure,), None, tuple(cautions))
    share = Share(0, row["adults"] or 0)
    if not share.n or unclear:
        of = " and ".join(text[0].lower() + text[1:] for text in (either, unknown) if text)
        sentence = f"Nobody in the log is known to be under {adult}, but of {of} it cannot be told."
        if not unclear:
            sentence = "The log holds nobody."
        needed = "ages of everybody" if unclear else "ages"
        return Ruling(
            "not enough data", sentence, (share.measured(f"Of an age under {adult}"),), needed, tuple(cautions)
        )
    sentence = (
        f"None of {number(share.n)} {what} in the log is under {adult}; a share of up to "
        f"{percent(share.measured('').high)} would still look like this in a sample of this size."
    )
    return Ruling("supported", sentence, (share.measured(f"Of an age under {adult}"),), None, tuple(cautions))


def _some(count: int | None, what: str) -> str:
    """“12 people”, or “Some people” where the number is withheld; empty for nobody."""
    if count is None:
        return f"Some {what}"
    return f"{number(count)} {what}" if count else ""


CHECKS = (Check("CK-34", "Children are excluded", ("age_band",), _children_queries, _children, _young),)
