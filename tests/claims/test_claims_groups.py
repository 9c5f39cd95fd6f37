"""Shares by group: what is withheld before it leaves the engine, and how comparisons are adjusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from impact.claims.check import Context
from impact.claims.comparisons import comparisons, equal_within
from impact.claims.groups import Groups, group_cautions, group_query, groups_of
from impact.claims.shares import Share
from impact.metrics.logs.opening import DecisionLog

Logs = Callable[..., DecisionLog]
SHARES = {"flagged": ("flag", "flag IS NOT NULL")}


def flags(group: str | None, k: int, n: int, *, key: str = "") -> list[dict[str, Any]]:
    rows = [{"ethnicity": group, "flag": int(i < k)} for i in range(n)]
    return [{**row, "subject_key": f"{key}{i}"} for i, row in enumerate(rows)] if key else rows


def asked(log: DecisionLog, *, repeated: bool = False) -> Groups:
    context = Context(log.columns, ("ethnicity",), {}, date(2026, 11, 20), {}, repeated)
    return groups_of(
        log.rows(group_query(context, "q", "ethnicity", SHARES, needs=("flag",)).sql), "flagged", "ethnicity"
    )


@pytest.mark.parametrize(
    ("sizes", "shown", "withheld", "merged"),
    [
        ({"A": 50, "B": 40, "C": 10}, {"A": 50, "B": 40, "C": 10}, (), None),  # ten is enough
        ({"A": 50, "B": 40, "C": 9}, {"A": 50}, ("B", "C"), 49),  # the next smallest goes with it
        ({"A": 50, "B": 40, "C": 4, "D": 3}, {"A": 50}, ("B", "C", "D"), 47),  # 4 and 3 together are still too few
        ({"A": 50, "B": 40, "C": 8, "D": 3}, {"A": 50, "B": 40}, ("C", "D"), 11),
        ({"A": 50, "B": 2}, {}, ("A", "B"), 52),
        ({"A": 5, "B": 4}, {}, ("A", "B"), None),  # not even together
        ({"A": 5}, {}, ("A",), None),
    ],
)
def test_a_small_group_is_withheld_in_the_engine_with_whatever_would_give_it_away(
    logs: Logs, sizes: dict[str, int], shown: dict[str, int], withheld: tuple[str, ...], merged: int | None
) -> None:
    rows = [row for group, n in sizes.items() for row in flags(group, n // 2, n)]
    found = asked(logs([*rows, *flags(None, 1, 7)]))
    assert {name: share.n for name, share in found.shown.items()} == shown
    assert found.withheld == withheld
    assert (found.merged.n if found.merged else None) == merged
    assert found.unrecorded == 7
    said = " ".join(group_cautions([found]))
    assert "7 rows" in said
    assert all(name in said for name in withheld)


def test_people_with_several_rows_are_withheld_by_people_and_compared_as_people(logs: Logs) -> None:
    # 9 people with 10 rows each are 90 rows, and still fewer than ten people.
    rows = [row for _ in range(10) for row in flags("A", 4, 9, key="a")]
    rows += [row for _ in range(2) for row in [*flags("B", 20, 100, key="b"), *flags("C", 20, 100, key="c")]]
    rows += [row for _ in range(2) for row in flags("D", 10, 90, key="d")]
    found = asked(logs(rows), repeated=True)
    assert found.withheld == ("A", "D")
    (b, c) = found.shown.values()
    assert b.sums is not None
    assert (b.k, b.n, b.sums.clusters) == (40, 200, 100)
    # Each person's two rows are the same: 100 people, not 200 rows. Of 100 people 99 are free, times (z/t)² = 0.9757.
    assert b.effective() == pytest.approx(99 * 0.97570, rel=1e-4)
    first = comparisons(found)[0]
    assert (first.other.k, first.other.n) == (c.k + 40 + 20, c.n + 90 + 180)


def test_rest_is_everybody_known_not_to_belong_and_a_named_group_is_itself() -> None:
    part = Groups("ethnicity", {"A": Share(10, 100), "B": Share(30, 100), "C": Share(20, 100)}, (), Share(5, 50))
    assert [(each.group, each.other.k, each.other.n) for each in comparisons(part)] == [
        ("A", 55, 250),
        ("B", 35, 250),
        ("C", 45, 250),
    ]
    assert [(each.group, each.other.k) for each in comparisons(part, "B")] == [("A", 30), ("C", 30)]
    assert comparisons(part, "withheld one") == []


def test_p_values_belong_to_the_interval_and_are_adjusted_by_holm() -> None:
    part = Groups("ethnicity", {"A": Share(150, 500), "B": Share(125, 500), "C": Share(90, 500), "D": Share(100, 500)})
    found = equal_within([part], 0.02, reference={"ethnicity": "D"})
    for pair, raw in zip(found.pairs, found.raw, strict=True):
        low, high = confint_proportions_2indep(
            pair.share.k, pair.share.n, pair.other.k, pair.other.n, method="newcomb", compare="diff", alpha=raw
        )
        if raw < 1:  # at the level 1 - p the interval just touches the margin
            assert min(abs(low - 0.02), abs(high + 0.02)) < 1e-6
    assert found.raw[2] == 1.0  # a gap of exactly the margin is not beyond it
    assert list(found.adjusted) == pytest.approx(list(multipletests(found.raw, method="holm")[1]))


def test_many_groups_do_not_contradict_by_luck() -> None:
    even = {f"g{i}": Share(100, 1000) for i in range(19)}
    odd = Share(130, 1000)  # alone the interval of +.030 is .0005 to .0599, beyond a margin of nothing much
    alone = equal_within([Groups("x", {"a": odd, "b": Share(100, 1000)})], 0.0001, reference={"x": "b"})
    assert alone.judged.verdict == "contradicted"
    among = equal_within([Groups("x", {"odd": odd, **even})], 0.0001, reference={"x": "g0"})
    assert among.judged.verdict == "not enough data"
    assert among.raw[0] < 0.05 < among.adjusted[0]


def test_a_withheld_group_keeps_equality_from_being_supported() -> None:
    whole = Groups("x", {"a": Share(1000, 10_000), "b": Share(1000, 10_000)})
    assert equal_within([whole], 0.05, reference={}).judged.verdict == "supported"
    part = Groups("x", {"a": Share(1000, 10_000)}, ("b", "c"), Share(1000, 10_000))
    assert equal_within([part], 0.05, reference={}).judged.verdict == "not enough data"
