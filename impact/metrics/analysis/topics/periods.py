"""The tables of a date: rates and disparities by period, whether anything moved, and what cannot be said.

In: a plan that maps ``columns.time`` or ``columns.version``, the groups of its audit and the aggregate ``periods``.
Out: plain rows for ``tables.timeline``, ``periods``, ``changes``, ``versions``, ``version_changes`` and
``period_notes`` of findings.json. A pure function of counts; what is drawn has the seed 0. Personal data: none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from impact.metrics.analysis.catalogue import plain_label
from impact.metrics.analysis.levels import EVERYBODY
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.period_changes import change_rows, standing_out
from impact.metrics.analysis.topics.slices import FEW, Entry, Slices, entries, left_out, metrics_of, rows, slices
from impact.metrics.analysis.topics.versions import version_tables
from impact.metrics.statistics.scores.distance import stability_index
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING
from impact.metrics.tables.period_codes import between, period_label
from impact.metrics.words import plural

__all__ = ["MAX_PERIODS", "MAX_ROWS", "PERIOD_TABLES", "period_tables"]

PERIOD_TABLES = ("timeline", "periods", "changes", "versions", "version_changes", "period_notes")
MAX_PERIODS = 120  # ten years of months: beyond it a reader wants quarters or years
MAX_ROWS = 12_000  # groups × metrics × periods: a verifier computes them all again

Rows = list[dict[str, Any]]


def period_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows by period and by version, for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Metrics are the primary ones of the plan.

    Returns:
        ``timeline``: one row for each period: people, outcomes known, versions in use, and how far the mix of people
        differs from all other periods. ``periods``: rates and disparities by period. ``changes``: for each group and
        metric change of level, trend, trend of the gap, periods outside funnel limits. ``versions`` and
        ``version_changes``: the same by version of the scorer, and one version after another. ``period_notes``: in
        words what could not be said, and why. All are empty where the plan maps neither a date nor a version.

    Raises:
        MetricError: D91 when the counts by period are not those of the audit.
    """
    columns, table = inputs.plan.columns, inputs.aggregates.get("periods")
    found: dict[str, Rows] = {name: [] for name in PERIOD_TABLES}
    if columns.time is None and columns.version is None:
        return found
    if table is not None:
        found["period_notes"] += _small(inputs, table)
    if table is None:
        text = "The plan names a date or a version, but the counts at hand were not kept by it: nothing is shown."
        about = "version" if columns.time is None else "period"
        found["period_notes"] = [{"about": about, "reason": "not_counted", "text": text}]
        return found
    if columns.time is not None:
        for name, made in _by_period(inputs, table, columns.time.period).items():
            found[name] += made
    if columns.version is not None:
        for name, made in version_tables(inputs, table).items():
            found[name] += made
    return found


def _note(code: str, text: str) -> dict[str, Any]:
    return {"about": "period", "reason": code, "text": text}


def _small(inputs: Inputs, table: Aggregate) -> Iterator[dict[str, Any]]:
    """How many of the counts are small enough to point at a person: more than among the cells of the whole."""
    least, n = inputs.plan.disclosure.min_cell, table.measures["n"]
    small = int((n < least).sum())
    if small:
        about = "version" if inputs.plan.columns.time is None else "period"
        text = (
            f"{small:,} of {len(table):,} counts behind this section are below {least}. They are printed and attached "
            "as they are, and can point at a person: look at them before this is published."
        )
        yield {"about": about, "reason": "small_counts", "text": text}


def _by_period(inputs: Inputs, table: Aggregate, period: str) -> dict[str, Rows]:
    held = slices(inputs, table, "period")
    dated = [int(key) for key in held.keys if key != -1]
    codes = list(between(dated, period))
    span = len(codes)
    if span > MAX_PERIODS:
        codes = dated
    notes = list(_notes(inputs, held, dated, span, period))
    if not dated or len(dated) > MAX_PERIODS:
        return {"period_notes": notes}
    groups = sum(1 for _ in held.groups())
    size = groups * len(metrics_of(inputs)) * len(codes)
    if size > MAX_ROWS:
        text = f"{groups:,} groups by {len(codes)} periods are too many to show: only everybody is shown by period."
        notes.append(_note("too_many_levels", text))
        held = Slices(held.keys, held.everybody, (), held.hidden)
    timeline = list(_timeline(inputs, held, table, codes, period))
    series = list(entries(inputs, held, codes))
    asides = _asides(series)
    labels = [period_label(code, period) for code in codes]
    level = 1 - inputs.plan.rules.alpha
    plain = rows(list(chain(*series)), list(chain(*asides)), level=level)
    named = [label for _ in series for label in labels]
    changed = change_rows(series, asides, labels, codes=codes, period=period, level=level)
    mixed = [row["period"] for row in timeline if row.get("mixed")]
    if mixed:
        text = f"The version of the scorer changes within {_listed(mixed)}: a rate of such a period mixes them."
        notes.append(_note("mixed_versions", text))
    notes += _known_notes(inputs, series, asides, labels)
    notes += [_note("standing_out", text) for text in standing_out(inputs.plan, changed)]
    return {
        "timeline": timeline,
        "periods": [{"period": label, **row} for label, row in zip(named, plain, strict=True)],
        "changes": changed,
        "period_notes": notes,
    }


def _asides(series: Sequence[Sequence[Entry]]) -> list[list[str | None]]:
    """For each series which periods are known too differently: in everybody, or in this group."""
    of_all = {
        part[0].metric: left_out([each.known for each in part]) for part in series if part and part[0].group == ()
    }
    found = []
    for part in series:
        whole = of_all[part[0].metric]
        own = left_out([each.known for each in part], least=1 if part[0].group == EVERYBODY else FEW)
        found.append([a or b for a, b in zip(whole, own, strict=True)])
    return found


def _timeline(inputs: Inputs, held: Slices, table: Aggregate, codes: Sequence[int], period: str) -> Iterator[Any]:
    versions = _versions(table)
    mixes = {part.keys[0]: _mix(part.levels[0], by_key, codes) for part, by_key in held.parts}
    for index, code in enumerate(codes):
        own = held.everybody.get(code)
        used = versions.get(code, [])
        row: dict[str, Any] = {"period": period_label(code, period), "people": own.n if own else 0}
        if inputs.plan.columns.outcome is not None:
            k, n = (own.outcomes_known, own.n) if own else (0, 0)
            row["outcomes_known"] = {"k": k, "n": n, "value": k / n if n else None}
        if inputs.plan.columns.version is not None:
            row |= {"versions": used, "mixed": len([each for each in used if each != MISSING]) > 1}
        row["mix"] = {key: mix[index] for key, mix in mixes.items()}
        row["reason"] = None if own else "empty_cell"
        yield row


def _versions(table: Aggregate) -> dict[int, list[str]]:
    if "version" not in table.keys:
        return {}
    by = table.roll("period", "version")
    found: dict[int, list[str]] = {}
    for code, version in zip(by.keys["period"].tolist(), by.keys["version"].tolist(), strict=True):
        found.setdefault(code, []).append(version)
    return found


def _mix(levels: Sequence[str], by_key: Mapping[Any, Any], codes: Sequence[int]) -> list[dict[str, Any]]:
    """Stability index of the levels of a characteristic, each period against all others, and what chance alone gives.

    With the same mix everywhere its mean is about (levels - 1) (1/n + 1/m), n and m being the people on both sides.
    """
    import numpy as np

    people = np.array(
        [[by_key[code].tallies[level,].n if code in by_key and (level,) in by_key[code].tallies else 0
          for level in levels] for code in codes], float
    ).reshape(len(codes), len(levels))  # fmt: skip
    everybody = people.sum(axis=0)
    used = everybody > 0
    found = []
    for row in people:
        rest = (everybody - row)[used]
        own = row[used]
        index = stability_index(rest, own).to_json()
        chance = (len(own) - 1) * (1 / own.sum() + 1 / rest.sum()) if own.sum() and rest.sum() else None
        found.append({"value": index["value"], "by_chance": chance, "reason": index["reason"]})
    return found


def _notes(inputs: Inputs, held: Slices, dated: Sequence[int], span: int, period: str) -> Iterator[dict[str, Any]]:
    """What the dates themselves do not allow."""
    undated = held.everybody.get(-1)
    unit = plural(inputs.plan.unit.row)
    if undated:
        total = sum(each.n for each in held.everybody.values())
        text = f"{undated.n:,} of {total:,} {unit} have no date: they are in no period, and in every other figure."
        yield _note("no_date", text)
    if not dated:
        yield _note("one_period", "No date is known, so nothing can be shown by period.")
    elif len(dated) == 1:
        text = f"All dates lie in one period ({period_label(dated[0], period)}): nothing can be said about change."
        yield _note("one_period", text)
    elif len(dated) > MAX_PERIODS:
        remedy = "“period: quarter” or “period: year” in the plan gives fewer."
        text = f"{len(dated):,} periods are too many to show, the most is {MAX_PERIODS}: {remedy}"
        yield _note("too_many_periods", text)
    elif span > len(dated):
        gaps = span - len(dated)
        text = f"In {gaps:,} of {span:,} periods between the first and the last nobody was counted"
        tail = "they are shown as gaps, not as zero." if span <= MAX_PERIODS else "they are left out of the tables."
        yield _note("empty_cell", f"{text}: {tail}")


def _listed(names: Sequence[str]) -> str:
    """Periods by name, as many as anybody reads.

    >>> _listed(["2024-01", "2024-02"]), _listed(["2024-01"] * 30)[-19:]
    ('2024-01, 2024-02', '2024-01 and 24 more')
    """
    most = 6
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def _known_notes(
    inputs: Inputs, series: Sequence[Sequence[Entry]], asides: Sequence[Sequence[str | None]], labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """For each metric which periods are known too differently to be compared, as far as everybody goes."""
    for part, aside in zip(series, asides, strict=True):
        if part[0].group != EVERYBODY:
            continue
        name = plain_label(inputs.plan, part[0].metric)
        late = [label for label, why in zip(labels, aside, strict=True) if why == "immature"]
        other = [label for label, why in zip(labels, aside, strict=True) if why == "coverage_differs"]
        if late:
            yield _note(
                "immature",
                f"“{name}”: {_listed(late)} {'is' if len(late) == 1 else 'are'} immature. Less is known of these "
                "latest periods than of the others, by more than 10 points. They are shown, and left out of every "
                "statement about change.",
            )
        if other:
            yield _note(
                "coverage_differs",
                f"“{name}”: of {_listed(other)} more or less is known than of the other periods, by more than 10 "
                "points. Left out of every statement about change.",
            )
