"""Levels, rules, claims and findings of two assessments beside each other.

In: the block ``sides.comparison`` of a cleaned record. Out: sections. Each figure keeps its own interval, counts and
margin; none is subtracted from another where the rules behind the two are not the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.charts.bars import Bar, level_bars
from impact.report.figures import count, interval, multiple, percent, percent_down, points
from impact.report.model import DocumentPart, Table
from impact.report.view.audit import counted_of
from impact.report.view.language import plain
from impact.report.view.parts import Numbering, capital, comparator_label, group_label, plural, sentence
from impact.report.words import REASONS, RULE_STATES, VERDICTS, say

__all__ = [
    "LEVELS",
    "SHARES",
    "audit_part",
    "change_text",
    "claims_part",
    "level_text",
    "outcome_text",
    "point_text",
    "rules_part",
    "scores_part",
    "share_text",
]

LEVELS = {"rights_level": "Rights level", "stewardship_level": "Stewardship level"}
SHARES = {"completeness": "Completeness", "evidenced": "Evidenced", "verified": "Verified", "confidence": "Confidence"}
_THREE = (("What", 30), ("First", 35), ("Second", 35))
_SIDES = ("first", "second")


def scores_part(compared: Mapping[str, Any], number: Numbering) -> DocumentPart | None:
    """Levels with their intervals; None where neither has scores."""
    outcome, rows = compared["outcome"], compared["scores"]
    if outcome is None and not rows:
        return None
    heading = number.section("levels", "Levels side by side")
    bars, bands = _bars(rows)
    figure = None
    if bars:
        drawing = level_bars(bars, title="Impact left after safeguards, 0 to 100, first and second", bands=bands)
        figure = number.figure("Impact left after safeguards: point, and what the open questions allow", drawing)
    lead = (
        "Each body’s levels follow from its own answers alone, by the rules of the questionnaire; an interval is what "
        "its open questions allow. A low score of a body that has answered little is a wide interval and not good news."
    )
    head = [] if outcome is None else [("Outcome", *(outcome_text(outcome, at) for at in (0, 1)))]
    for level in compared["levels"]:
        head.append((LEVELS[level["level"]], *(level_text(level[side]) for side in ("from", "to"))))
    head += [
        (SHARES[one["what"]], *(share_text(one["what"], one[side]) for side in ("from", "to")))
        for one in compared["shares"]
    ]
    tables = [number.table("What each comes to", _THREE, head)] if head else []
    table = number.table_or_none(
        "Impact left after safeguards, by dimension",
        [("Dimension", 25), ("First", 25), ("Second", 25), ("Second less first", 25)],
        [
            (f"{row['label']} ({row['code']})", point_text(row["from"]), point_text(row["to"]), change_text(row))
            for row in rows
        ],
        note="0 to 100; in brackets the best and the worst that the open questions allow.",
    )
    kept = tuple(each for each in (*tables, table) if each is not None)
    return DocumentPart(heading=heading, lead=lead, figure=figure, tables=kept, sheet=True)


def _bars(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Bar], list[tuple[float, str]]]:
    bars = []
    for row in rows:
        for which, side in (("1st", row["from"]), ("2nd", row["to"])):
            if side:
                label = f"{which}: {plain(row['label'])}"
                bars.append(
                    Bar(label=label, point=side["point"], low=side["low"], high=side["high"],
                        band=plain(side["band_label"]), floor=None)
                )  # fmt: skip
    return bars, []


def outcome_text(outcome: Mapping[str, Any], at: int) -> str:
    """The outcome at one end of a comparison; ``at`` is 0 or 1."""
    side = outcome[("from", "to")[at]]
    if not side:
        return "not scored"
    return str(side["label"]) + (" (incomplete: not for decision)" if outcome["incomplete"][at] else "")


def level_text(side: Mapping[str, Any] | None) -> str:
    """A headline level with its dimension."""
    return f"{side['label']} ({side['dimension']})" if side else "none"


def share_text(what: str, value: float | None) -> str:
    """Completeness and the like, rounded down."""
    if value is None:
        return "none"
    return f"{points(value)} out of 100" if what == "confidence" else percent_down(value)


def point_text(side: Mapping[str, Any] | None) -> str:
    """A dimension: point, what open questions allow, band."""
    if not side:
        return "not scored"
    return f"{points(side['point'])} ({interval([side['low'], side['high']], points)}), {side['band_label']}"


def change_text(row: Mapping[str, Any]) -> str:
    """How far a dimension moved, and whether the two intervals overlap."""
    if row["change"] is None:
        return "not compared"
    text = "no change" if abs(row["change"]) < 0.05 else f"{row['change']:+.1f}".replace("-", "−")
    return text + (", intervals overlap" if row["overlap"] else ", intervals do not overlap")


def rules_part(compared: Mapping[str, Any], number: Numbering) -> DocumentPart | None:
    """Hard stops and red flags that are not clear on at least one side."""
    if not compared["stops"] and not compared["flags"]:
        return None
    heading = number.section("rules", "Stops and flags side by side")
    tables = []
    for key, title in (("stops", "Hard stops"), ("flags", "Red flags")):
        shown = [row for row in compared[key] if row["first"] != row["second"] or row["first"] == "fired"]
        left = len(compared[key]) - len(shown)
        table = number.table_or_none(
            f"{title} that fired, or that stand otherwise on the two sides",
            [("Rule", 50), ("First", 25), ("Second", 25)],
            [
                (f"{row['id']}  {row['text']}", *(say(RULE_STATES, row[side]) or "No such rule" for side in _SIDES))
                for row in shown
            ],
            note=f"{left:,} more are unresolved on both sides." if left else "",
        )
        tables += [table] if table is not None else []
    lead = (
        "“Unresolved” means that an answer is missing, which is not clear. Rules that are clear on both are left out."
    )
    return DocumentPart(heading=heading, lead=lead, tables=tuple(tables))


def claims_part(compared: Mapping[str, Any], number: Numbering) -> DocumentPart | None:
    """Claims that at least one side tested against a log."""
    rows = compared["claims"]
    if rows is None:
        return None
    heading = number.section("claims", "Claims against a log, side by side")
    lead = (
        "What each body’s answers claim, tested against the decision log that it was given. “Not tested” is no verdict."
    )
    table = number.table_or_none(
        "Verdicts on claims",
        [("Claim", 30), ("First", 35), ("Second", 35)],
        [(f"{row['check']}  {row['title']}", *(_ruling(row[side]) for side in _SIDES)) for row in rows],
    )
    tables = (table,) if table is not None else ()
    return DocumentPart(heading=heading, lead=lead if tables else "Neither log ruled on any claim.", tables=tables)


def _ruling(side: Mapping[str, Any] | None) -> str:
    return f"{capital(side['verdict'])}. {sentence(side['sentence'])}" if side else "Not tested"


def audit_part(compared: Mapping[str, Any], number: Numbering) -> DocumentPart | None:
    """The two audits: what was counted, and the comparisons that both made."""
    audit = compared["audit"]
    if audit is None:
        return None
    heading = number.section("audit", "What was counted, side by side")
    rows = [
        ("Audit", *(_headline(audit[side], "title") for side in _SIDES)),
        ("Counted", *(_counted(audit[side]) for side in _SIDES)),
        ("Margin declared", *(_margin(audit[side]) for side in _SIDES)),
        ("Plan registered beforehand", *(_registered(audit[side]) for side in _SIDES)),
        ("Findings", *(_verdicts(audit[side]) for side in _SIDES)),
    ]
    tables = [number.table("The two audits", _THREE, rows)]
    tables += _comparisons(audit, number)
    for key, which in (("first_only", "first"), ("second_only", "second")):
        table = number.table_or_none(
            f"Primary comparisons that the {which} audit alone makes",
            [("Finding", 75), ("Verdict", 25)],
            [(row["title"], say(VERDICTS, row["verdict"])) for row in audit[key] or ()],
        )
        tables += [table] if table is not None else []
    return DocumentPart(heading=heading, lead=_lead(audit), tables=tuple(tables), sheet=True)


def _lead(audit: Mapping[str, Any]) -> str:
    if audit["first"] is None or audit["second"] is None:
        return "Only one of the two counted the system’s output."
    if audit["counted_again"]:
        said = (
            "The second body counted again the very counts that are attached to the first document, under its own plan."
        )
    elif audit["same_counts"]:
        said = "Both rest on the same counts."
    else:
        said = "The two rest on different counts: a figure of one does not check a figure of the other."
    plans = (
        "Their plans are the same."
        if audit["same_plan"]
        else "Their plans differ, so a verdict may differ on one figure."
    )
    return (
        f"{said} {plans} Intervals are each audit’s own; those of primary comparisons allow for how many were made. A "
        "verdict follows the margin that was declared beside it."
    )


def _headline(side: Mapping[str, Any] | None, key: str) -> str:
    return str(side[key]) if side else "The output was not counted"


def _counted(side: Mapping[str, Any] | None) -> str:
    return f"{count(side['people'])} rows, each one {side['unit']}" if side else "–"


def _margin(side: Mapping[str, Any] | None) -> str:
    margin = side["margin"] if side else None
    if not margin:
        return "none" if side else "–"
    return f"{_margin_value(margin)}. {sentence(margin['reason'])}"


def _margin_value(margin: Mapping[str, Any]) -> str:
    if margin["kind"] == "ratio":
        return f"ratio of {multiple(margin['value'])}"
    return f"difference of {percent(margin['value'])}"


def _registered(side: Mapping[str, Any] | None) -> str:
    return ("yes" if side["registered"] else "not shown") if side else "–"


def _verdicts(side: Mapping[str, Any] | None) -> str:
    if not side:
        return "–"
    told = "; ".join(f"{say(VERDICTS, key).lower()} {number}" for key, number in side["verdicts"].items())
    return f"{plural(side['findings'], 'finding')}: {told}" if told else "none"


def _comparisons(audit: Mapping[str, Any], number: Numbering) -> list[Table]:
    rows = audit["comparisons"] or ()
    found = []
    for metric in dict.fromkeys(row["metric"] for row in rows):
        of = [row for row in rows if row["metric"] == metric]
        found.append(
            number.table(
                f"{capital(of[0]['label'])}: the comparisons that both made",
                [("Group and whom it is compared with", 20), ("First", 30), ("Second", 30), ("Verdicts", 20)],
                [_comparison(row) for row in of],
                note=_levels_note(audit),
            )
        )
    return found


def _levels_note(audit: Mapping[str, Any]) -> str:
    levels = [percent(1 - (audit[side]["alpha"] or 0.05)) for side in _SIDES]
    said = levels[0] if levels[0] == levels[1] else f"{levels[0]} in the first and {levels[1]} in the second audit"
    return (
        f"Rates with their counts; then how many times the rate of the others, with an interval of {said}: over all "
        "the primary comparisons of an audit together, and for an exploratory one by itself."
    )


def _comparison(row: Mapping[str, Any]) -> Sequence[str]:
    one, two = (say(VERDICTS, row[side]["verdict"]) for side in _SIDES)
    verdicts = f"Both: {one.lower()}" if one == two else f"First: {one.lower()}. Second: {two.lower()}"
    margins = [_margin_value(row[side]["margin"]) if row[side]["margin"] else "no margin" for side in _SIDES]
    verdicts += f" (margins: {margins[0]}; {margins[1]})" if margins[0] != margins[1] else f" (margin: {margins[0]})"
    whom = f"{capital(group_label(row['group']))}, against {comparator_label(row['comparator'])}"
    return (whom, *(_estimate(row[side]) for side in _SIDES), verdicts)


def _estimate(side: Mapping[str, Any]) -> str:
    rates = [
        f"{percent(rate['value'])} ({counted_of(rate)})" if rate and rate["value"] is not None else _why(rate)
        for rate in (side["group_rate"], side["comparator_rate"])
    ]
    text = f"{rates[0]} against {rates[1]}"
    ratio = side["ratio"]
    if ratio and ratio.get("value") is not None:
        text += (
            f"; {multiple(ratio['value'])} times ({interval(ratio.get('ci'), multiple, open_end=ratio.get('open'))})"
        )
    elif side.get("reason"):
        text += f"; {say(REASONS, side['reason'])}"
    return text + (" (exploratory)" if side["role"] != "primary" else "")


def _why(rate: Mapping[str, Any] | None) -> str:
    return say(REASONS, rate["reason"]) if rate and rate.get("reason") else "not computed"
