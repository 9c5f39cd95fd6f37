"""Two scores of the same rows by bin: what a paired comparison of their areas needs, in a query for each further score.

In: an opened table and a plan with ``columns.also.KEY.score``. Out: the aggregate ``joint_scores``, and faults of the
columns. One characteristic at a time: by crossed groups nearly every row would be one person.
Personal data: exists only inside the engine; a row of ``joint_scores`` is a count of people who share a value of one
characteristic, the outcome and both bins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import Coded, Coder
from impact.metrics.counting.coding_extra import LARGEST
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.gather_joint import bare
from impact.metrics.counting.gather_levels import by_level, one_value_each
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.aggregates_file import MAX_ROWS
from impact.metrics.tables.joint_score_counts import scored, scores_about

__all__ = ["joint_scores"]

_SIDES = ("first", "second")
_WRONG = ("unread", "infinite", "outside")


def joint_scores(table: Table, plan: AuditPlan, *, outcomes: bool) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count the cases by outcome and the bins of two scores, for everybody and each single characteristic.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether the outcome column is read at all. Without it only the scores are looked at.

    Returns:
        ``{"joint_scores": table}``, empty where no further scorer has a score; and what makes a further score unusable:
        no numbers (D16), infinite (D18), outside the declared range (D19). The same of the first score is said where it
        is counted by itself.

    Raises:
        MetricError: D16 for a column whose type cannot be a score; D62 too many rows.
    """
    import numpy as np

    parts: list[Aggregate] = []
    faults: list[Fault] = []
    exact: dict[str, list[bool]] = {}
    for key in scored(plan):
        coder = _ScoreCoder(table, bare(plan), outcomes, plan, key)
        coded = coder.coded()
        found = _counted(table, coded)
        faults += _faults(table, coder, found)
        if faults or not outcomes:
            continue
        exact[key] = [one_value_each(table, coded, f"bin_{side}", f"score_{side}") for side in _SIDES]
        keys = {"outcome": found["outcome"], **{side: found[f"bin_{side}"] for side in _SIDES}}
        named, sums = by_level(plan, coded, found, keys, {"n": found["people"]})
        named = {"scorer": np.full(len(sums["n"]), key, dtype=object), **named}
        parts.append(Aggregate.of("joint_scores", named, sums))
    if not parts or faults:
        return {}, faults
    about = {"scales": scores_about(plan), "exact": exact}
    keys = {name: np.concatenate([part.keys[name] for part in parts]) for name in parts[0].keys}
    n = np.concatenate([part.measures["n"] for part in parts])
    return {"joint_scores": Aggregate.of("joint_scores", keys, {"n": n}, about)}, []


class _ScoreCoder(Coder):
    """Codes two scores by bin; -1 where there is none."""

    def __init__(self, table: Table, plan: AuditPlan, outcomes: bool, whole: AuditPlan, key: str) -> None:
        first, second = whole.columns.score, whole.columns.also[key].score
        assert first is not None
        assert second is not None
        self.read = dict(zip(_SIDES, (first.name, second.name), strict=True))
        self.scales = scores_about(whole)[key]
        super().__init__(table, plan, outcomes)

    def _selected(self) -> Any:
        self.numbers |= self.read
        return super()._selected()

    def coded(self) -> Coded:
        for side in _SIDES:
            self._binned(side)
        return super().coded()

    def _binned(self, side: str) -> None:
        from impact.metrics.tables.score_scale import Scale

        nw, raw, name = self.nw, f"raw_{side}", self.read[side]
        nothing = isinstance(self.schema[raw], nw.Unknown) and self._is_null(nw.col(raw))
        if not nothing and not self.schema[raw].is_numeric() and f"number_{side}" not in self.schema:
            self.refuse(name, f"is stored as {self.schema[raw]}, not as numbers", "Convert it to numbers first", "D16")
        read = None if nothing or self.faults else self.number(side)
        if read is None:
            self.stage(f"bin_{side}", nw.lit(-1))
            self.stage(f"score_{side}", nw.lit(0.0))
            return
        number, unread = read
        low, high, bins = self.scales[side]
        known = ~number.is_null() & ~number.is_nan()
        value = self.stage(f"score_{side}", nw.when(known).then(number).otherwise(nw.lit(low)) + 0.0)
        inside = self.stage(f"inside_{side}", (value >= low) & (value <= high))
        infinite = (value > LARGEST) | (value < -LARGEST)
        self.measures[f"unread_{side}"] = self.flag(unread)
        self.measures[f"infinite_{side}"] = self.flag(infinite)
        self.measures[f"outside_{side}"] = self.flag(~inside & ~infinite)
        usable = self.stage(f"usable_{side}", known & inside)
        self.stage(f"kept_{side}", nw.when(usable).then(value).otherwise(nw.lit(low)))
        single = isinstance(self.schema[raw], nw.Float32)
        scale = Scale(low, high, int(bins), "left", (), single)
        self.frame = scale.with_index(nw, self.frame, f"kept_{side}", f"place_{side}")
        place = nw.when(usable).then(nw.col(f"place_{side}")).otherwise(nw.lit(-1.0))
        self.stage(f"bin_{side}", place.cast(nw.Int64))


def _counted(table: Table, coded: Coded) -> dict[str, Any]:
    import narwhals as nw
    import numpy as np

    codes = [role for role in ("outcome",) if role in coded.codes]
    keys = [*coded.groups, *codes, *(f"bin_{side}" for side in _SIDES)]
    wrong = [name for name in coded.measures if name.startswith(_WRONG)]
    people = nw.col("n") if "n" in coded.measures else nw.lit(1)
    frame = coded.frame.with_columns((people * 1).cast(nw.Int64).alias("people"))
    query = summed(frame.group_by(*keys), ["people", *wrong]).head(MAX_ROWS + 1)
    found = table.fetch_columns(query, [*keys, "people", *wrong])
    if len(found["people"]) > MAX_ROWS:
        raise too_many(table, "joint_scores", "Give the score of the scorer fewer “bins”")
    return found if codes else found | {"outcome": np.full(len(found["people"]), -1)}


def _faults(table: Table, coder: _ScoreCoder, found: Mapping[str, Any]) -> Iterator[Fault]:
    low, high, _ = coder.scales["second"]
    said = {
        "unread": ("value(s) not written as a number (a % sign or a decimal comma?)", "Clean the column", "D16"),
        "infinite": ("infinite score(s)", "Leave a score empty when there is none", "D18"),
        "outside": (f"score(s) outside the declared range {low:g} to {high:g}", "Declare the range of scores", "D19"),
    }
    for kind, (what, remedy, code) in said.items():
        number = int(found[f"{kind}_second"].sum()) if f"{kind}_second" in found else 0
        if number:
            text = f"“{coder.read['second']}”: {number:,} {what}".replace("(s)", "" if number == 1 else "s")
            yield Fault(table.where, text, "", remedy, code)
