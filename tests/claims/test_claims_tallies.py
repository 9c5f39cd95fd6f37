"""Counting several checks in one pass gives what each query gives alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.claims.check import Context, Query
from impact.claims.groups import group_query
from impact.claims.shares import share_query, shares_query
from impact.claims.tallies import Tallies


@pytest.mark.parametrize("people", [400, 90])  # one row each; several rows each
@pytest.mark.parametrize("rows", [400, 0])
def test_together_as_alone(logs: Callable[..., Any], people: int, rows: int) -> None:
    made = [
        {
            "subject_key": f"p{i % people}" if i % 50 else "",
            "reviewer_key": f"r{i % 7}",
            "sex": ["F", "M", ""][i % 3],
            "age_band": ["young", "old", "rare"][0 if i % 3 else 1 if i % 100 else 2],
            "flag": i % 4 == 0,
            "outcome_label": i % 5 == 0,
        }
        for i in range(rows)
    ]
    log = logs(made or [dict.fromkeys(("subject_key", "reviewer_key", "sex", "age_band", "flag", "outcome_label"))])
    context = Context(log.columns, ("sex", "age_band"), repeated=people < 400)
    many = {f"s{i}": ("flag", f"outcome_label IS NOT NULL AND {i} = {i}") for i in range(15)}  # more than one pass
    queries: list[Query] = [
        *(group_query(context, by, by, {"flagged": ("flag", "true")}) for by in ("sex", "age_band")),
        group_query(context, "many", "sex", {**many, "found": ("outcome_label", "flag")}),
        share_query(context, "all", hit="flag"),
        share_query(context, "nobody", hit="flag", at_risk="false"),
        share_query(context, "by", hit="outcome_label", at_risk="flag", by="age_band"),
        share_query(context, "reviewers", hit="outcome_label", at_risk="flag", cluster="reviewer_key"),
        shares_query(context, "shares", {"a": ("flag", "true"), "b": ("flag", "false")}),
        shares_query(context, "none", {"a": ("flag", "false")}),
    ]
    tallies = Tallies(log, queries)
    for query in queries:
        assert tallies.sql(query) != query.sql
        assert log.rows(tallies.sql(query)) == log.rows(query.sql), query.name
    if rows:
        (whole,) = log.rows(tallies.sql(queries[3]))
        assert (whole["k"], whole["n"]) == (100, 400)  # every fourth of 400
