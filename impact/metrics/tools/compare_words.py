"""A comparison of scorers as lines for a terminal of 80 columns.

In: plain data, schema ``impact/comparison/1``. Out: lines. Computes nothing but percentages and points.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.metrics.analysis.catalogue import REASONS
from impact.metrics.analysis.levels import group_label
from impact.metrics.statistics.measure import WHY
from impact.metrics.words import numeral, percent, printable, whole

__all__ = ["comparison_lines"]

WIDTH = 78
_ERRORS = ("fpr", "fnr")
_SMALLEST_P = 0.0001

Rows = list[Mapping[str, Any]]


def comparison_lines(found: Mapping[str, Any]) -> list[str]:
    """What ``impact audit compare`` prints; no line is wider than 78 characters but for a word that is.

    Args:
        found: As :func:`impact.metrics.tools.compare.compare_pair` and ``compare_within`` give it.
    """
    level = f"{found['level'] * 100:g}%"
    told = [f"{printable(found['title'])}: {'case by case' if found['kind'] == 'paired' else 'by counts alone'}", ""]
    if found["kind"] == "unpaired":
        for name, audit in zip(found["scorers"].values(), found["audits"], strict=True):
            told += _wrapped(f"{name}: {audit['name']}, {whole(audit['people'])} counted, plan {audit['plan_digest']}")
            told += _wrapped(f"pool: {audit['pool']}", indent=2)
    told += [""] if found["kind"] == "unpaired" else []
    for note in (*found["notes"], f"Intervals are at {level}, each on its own unless they are said to hold together."):
        told += _wrapped(note)
    for part in _paired(found) if found["kind"] == "paired" else [_unpaired(found)]:
        told += part
    return told


def _unpaired(found: Mapping[str, Any]) -> list[str]:
    names = (found["scorers"]["first"], found["scorers"]["second"])
    told: list[str] = []
    tables = found["tables"]
    for metric, label in found["labels"].items():
        rates = [row for row in tables["rates"] if row["metric"] == metric]
        gaps = [row for row in tables["gaps"] if row["metric"] == metric]
        told += _metric(label, rates, gaps, names)
    return [*told, *_sentences(tables["dominance"])]


def _paired(found: Mapping[str, Any]) -> Iterator[list[str]]:
    tables, scorers = found["tables"], found["scorers"]
    shown = {*_ERRORS, *found["plan"]["plan"]["primary"]}
    for pair in dict.fromkeys((row["first"], row["second"]) for row in tables["scorer_coverage"]):
        names = (scorers[pair[0]], scorers[pair[1]])

        def mine(name: str, pair: tuple[str, str] = pair) -> Rows:
            return [row for row in tables[name] if (row["first"], row["second"]) == pair]

        told = ["", f"=== {printable(names[0])} and {printable(names[1])}", ""]
        told += _wrapped(_coverage(mine("scorer_coverage")[0], names))
        rates, gaps = mine("scorers"), mine("scorer_gaps")
        for metric in dict.fromkeys(row["metric"] for row in rates):
            chosen = [row for row in rates if row["metric"] == metric and (not row["group"] or metric in shown)]
            apart = [row for row in gaps if row["metric"] == metric]
            told += _metric(found["labels"][metric], chosen, apart, names)
        yield [*told, *_sentences(mine("scorer_dominance"))]
    tests = [row for row in tables["scorer_tests"] if not row["group"]]
    if tests:
        told = ["", "=== All scorers: could they have one rate? (Cochran’s Q)", ""]
        for row in tests:
            label = found["labels"][row["metric"]]
            few = "; too few disagreements to rely on" if row["few"] else ""
            p = _why(row["reason"]) if row["p"] is None else f"p {_p(row['p'])}{few}"
            told += _wrapped(f"{label}: {p}, on {whole(row['n'])} cases that all decided", hang=2)
        yield told


def _coverage(row: Mapping[str, Any], names: tuple[str, str]) -> str:
    share = "none" if row["share"] is None else _share(row["share"])
    text = (
        f"{whole(row['both'])} cases were decided by both, {whole(row['only_first'])} only by {names[0]}, "
        f"{whole(row['only_second'])} only by {names[1]}: {share} in common."
    )
    return text if row["enough"] else f"{text} Below {percent(row['least'])} they are not compared case by case."


def _metric(label: str, rates: Rows, gaps: Rows, names: tuple[str, str]) -> list[str]:
    told = ["", *_wrapped(label[:1].upper() + label[1:])]
    apart = {tuple(row["group"].items()): row for row in gaps}
    for row in rates:
        gap = apart.get(tuple(row["group"].items()))
        told.append("  " + (group_label(tuple(row["group"].items())) if row["group"] else "Everybody"))
        rows = [
            (name, _rate(row[f"{place}_rate"]), None if gap is None else _points(gap[f"{place}_gap"]))
            for name, place in zip(names, ("first", "second"), strict=True)
        ]
        for name, rate, against in rows:
            told += _wrapped(f"{name}: {rate}" + (f"; gap to all others {against}" if against else ""), indent=4)
        told += _wrapped(f"difference: {_points(row['difference'])}{_split(row, names)}", indent=4)
        if gap is not None:
            smaller = {"first": names[0], "second": names[1]}.get(str(gap["smaller"]))
            end = f"the gap is smaller with {smaller}" if smaller else "the data cannot tell which gap is smaller"
            if gap["difference"]["value"] is None:
                told += _wrapped(f"difference of the gaps: {_points(gap['difference'])}", indent=4)
            else:
                told += _wrapped(f"difference of the gaps: {_points(gap['difference'])}; {end}", indent=4)
    return told


def _split(row: Mapping[str, Any], names: tuple[str, str]) -> str:
    if row.get("only_first") is None:
        return ""
    p = "" if row["p"] is None else f", McNemar p {_p(row['p'])}"
    return f"; only {names[0]} {whole(row['only_first'])}, only {names[1]} {whole(row['only_second'])}{p}"


def _sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    told = ["", "Does one err less in every group?"] if rows else []
    for row in rows:
        told += _wrapped(str(row["sentence"]), indent=2)
    return told


def _rate(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        return _why(part["reason"])
    low, high = part["ci"]
    return f"{_share(part['value'])} ({_share(low)} to {_share(high)}), {whole(part['k'])} of {whole(part['n'])}"


def _share(value: float) -> str:
    """A share with one decimal; never 0% or 100% unless it is that.

    >>> _share(0.1388), _share(0.9999), _share(1.0), _share(0.0002)
    ('13.9%', '99.99%', '100%', '0.02%')
    """
    text = numeral(value * 100, 1)
    return percent(value) if text == "100.0" else f"{text}%"


def _points(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        return _why(part["reason"])
    if part["ci"] is None:
        return f"{_signed(part['value'])} points; {_why(part['reason'])}"
    low, high = part["ci"]
    return f"{_signed(part['value'])} points ({_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    """A difference of shares in percentage points.

    >>> _signed(0.0391), _signed(-0.0004), _signed(0.0)
    ('+3.9', '−0.04', '0')
    """
    if value == 0:
        return "0"
    return f"{'−' if value < 0 else '+'}{numeral(abs(value) * 100, 1)}"


def _why(reason: str) -> str:
    words: dict[str, str] = {str(key): text for key, text in (*REASONS.items(), *WHY.items())}
    return f"none, because {words[reason]}"


def _p(value: float) -> str:
    return f"below {_SMALLEST_P:g}" if value < _SMALLEST_P else f"{value:.4f}"


def _wrapped(text: str, *, indent: int = 0, hang: int = 4) -> list[str]:
    start = " " * indent
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=start,
        subsequent_indent=start + (" " * hang if indent else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )
