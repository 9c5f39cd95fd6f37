"""Claims against the decision log: what was claimed, what the log says, and what that changes.

In: the block ``claims`` of a cleaned record. Out: ``Claims``. Computes nothing: every word of a ruling is the record's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from impact.report.figures import british_date, count, duration, interval, multiple, percent
from impact.report.model import Claims, Point, Table, TestedClaim
from impact.report.view.parts import Numbering, capital, joined, plural, sentence, signed_points
from impact.report.view.withheld import hidden_names
from impact.report.words import METHODS

__all__ = ["claim_points", "make_claims", "measure_value", "verdict_of"]

_ORDER = ("contradicted", "not enough data", "supported", "not testable")
_MEANS: Mapping[str, str] = {
    "contradicted": "The whole interval violates the claim, or there is a counter-example where there may be none.",
    "not enough data": "The log cannot tell. This is not support.",
    "supported": "The whole interval satisfies the claim, in the cases that the log holds.",
    "not testable": "A column, a side file or a figure is missing.",
}
_UNITS: Mapping[str, Callable[[float], str]] = {
    "share": percent,
    "difference": signed_points,  # with “points” behind it: 5 points more than 10% is half as much again
    "ratio": multiple,
    "count": count,
    "seconds": duration,
    "minutes": lambda value: f"{value:,.1f} min",
    "hours": lambda value: f"{value:,.1f} h",
    "days": lambda value: f"{value:,.1f} days",
    "per_1000": lambda value: f"{value:,.2f} per 1,000",
    "number": lambda value: f"{value:,.3f}",
}


def measure_value(unit: str) -> Callable[[float], str]:
    """How a measure of this unit is written.

    >>> measure_value("share")(0.153), measure_value("ratio")(1.5)
    ('15.3%', '1.50')
    """
    return _UNITS[unit]


def verdict_of(entry: Mapping[str, Any]) -> str:
    """The verdict as printed; a claim that nobody makes has none."""
    if entry["ruling"] is not None:
        return capital(entry["ruling"]["verdict"])
    return "Not claimed" if entry["made"] is False else "Not answered"


def claim_points(claims: Mapping[str, Any] | None) -> tuple[Point, ...]:
    """Contradicted claims, for the summary."""
    entries = claims["checks"] if claims else ()
    return tuple(
        Point(
            label=f"{entry['check']}, contradicted",
            text=f"Claimed: {sentence(entry['title'])}",
            detail=entry["ruling"]["sentence"],
        )
        for entry in entries
        if entry["ruling"] and entry["ruling"]["verdict"] == "contradicted"
    )


def make_claims(record: Mapping[str, Any], number: Numbering) -> Claims | None:
    """The section, or None where no log was named."""
    claims = record.get("claims")
    if not claims:
        return None
    entries = claims["checks"]
    tested = [entry for entry in entries if entry["ruling"] is not None]
    heading = number.section("claims", "Claims against the decision log")
    rows = claims["rows"].get("log")
    source = f"a case log of {plural(rows, 'row')}" if rows is not None else "side files, without a case log"
    shown = " that are shown" if hidden_names(record, "claims/check/") else ""
    lead = (
        f"What the answers claim was tested against {source}, as at {british_date(claims['as_at'])}. "
        f"Of {len(entries)} checks{shown}, {len(tested)} had a claim to test."
    )
    overview = number.table(
        "Claims and what the log says",
        [("Check", 10), ("Claim", 45), ("Answers", 15), ("What the log says", 30)],
        [
            (entry["check"], entry["title"], joined(entry["questions"]) or "none", verdict_of(entry))
            for entry in sorted(entries, key=_place)
        ],
    )
    return Claims(
        heading=heading,
        lead=lead,
        meanings=tuple(f"{capital(word)}: {text}" for word, text in _MEANS.items()),
        notes=tuple(claims["notes"]),
        overview=overview,
        tested=tuple(_tested(entry, claims["declared"], number) for entry in sorted(tested, key=_place)),
    )


def _place(entry: Mapping[str, Any]) -> int:
    return _ORDER.index(entry["ruling"]["verdict"]) if entry["ruling"] else len(_ORDER)


def _tested(entry: Mapping[str, Any], declared: Mapping[str, Any], number: Numbering) -> TestedClaim:
    ruling = entry["ruling"]
    own = declared.get(entry["check"], {})
    figures = [f"{_figure_name(name)}: {_figure(value)}" for name, value in sorted(entry["figures"].items())]
    notes = [*([_declared(own)] if _declared(own) else []), *ruling["cautions"]]
    if ruling["needed"]:
        notes.append(f"To tell, it would take {ruling['needed']}.")
    if not ruling["recomputable"]:
        notes.append(
            "A model was fitted to a sample of rows: these figures cannot be computed again from this document alone."
        )
    return TestedClaim(
        anchor=f"claim-{entry['check'].lower()}",
        id=entry["check"],
        title=entry["title"],
        verdict=capital(ruling["verdict"]),
        sentence=ruling["sentence"],
        why=sentence(f"The answers: {entry['why']}"),
        figures=joined(figures),
        measures=None if _told(ruling) else _measures(ruling, number),
        tables=tuple(_table(each, number) for each in ruling["tables"]),
        notes=tuple(notes),
    )


def _declared(own: Mapping[str, Any]) -> str:
    """What claims.yaml declared beside the answers, or instead of a figure of theirs, and why."""
    names = [_figure_name(name) for name in own if name != "reason"]
    if not names:
        return ""
    return f"Declared by the assessors, and not by an answer: {joined(names)}. Reason given: {sentence(own['reason'])}"


def _told(ruling: Mapping[str, Any]) -> bool:
    """Whether the tables of a ruling show what its long list of numbers would show again."""
    shown = sum(len(table["rows"]) for table in ruling["tables"])
    return len(ruling["measures"]) > _FEW and shown >= len(ruling["measures"])


_FEW = 8


def _measures(ruling: Mapping[str, Any], number: Numbering) -> Table | None:
    # What is alike here is a person, a reviewer or a document; the words of an audit name people only.
    used = dict.fromkeys(METHODS[each["method"]] for each in ruling["measures"] if each["method"] in METHODS)
    said = "; ".join(used).replace("several rows of one person", "several rows of one person or reviewer")
    return number.table_or_none(
        "The numbers behind it",
        [("What", 40), ("Value", 15, True), ("Counts", 20, True), ("95% interval", 25, True)],
        [_measure(each) for each in ruling["measures"]],
        note=f"{said}." if used else "",
    )


def _measure(each: Mapping[str, Any]) -> tuple[str, str, str, str]:
    spell = _UNITS[each["unit"]]
    counts = ""
    if each["of"] is not None:
        counts = (
            f"{count(each['count'])} of {count(each['of'])}" if each["count"] is not None else f"{count(each['of'])}"
        )
    if each["value"] is None:
        return each["label"], each["note"] or "not estimable", counts, ""
    limits = ""
    if each["low"] is not None:
        ends = [each["low"], each["high"]]
        one_sided = each["method"] == "one_sided"
        limits = f"up to {spell(each['high'])}, one-sided" if one_sided else interval(ends, spell, open_end=_open(ends))
    label = f"{each['label']} ({each['note']})" if each["note"] else each["label"]
    unit = " points" if each["unit"] == "difference" else ""
    return label, spell(each["value"]) + unit, counts, limits if each["low"] is None else limits + unit


def _open(ends: list[float | None]) -> str | None:
    return "upper" if ends[1] is None else None


def _table(each: Mapping[str, Any], number: Numbering) -> Table:
    names, rows = each["columns"], each["rows"]
    columns = [
        (name, width, index > 0) for index, (name, width) in enumerate(zip(names, widths(names, rows), strict=True))
    ]
    return number.table(each["title"], columns, rows)


def widths(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Widths in per cent, multiples of 5 that add to 100: more for a column with longer text, never under 10.

    >>> widths(["Group", "Flagged", "p"], [["25 to 34 (age band)", "203 of 1,000 (20.3%)", "0.01"]])
    [40, 45, 15]
    """
    if len(names) > 10:
        return [10] * len(names)
    needs = []
    for index, name in enumerate(names):
        cells = [row[index] for row in rows] or [""]
        word = max(len(part) for text in (name, *cells) for part in (text.split() or [""]))
        needs.append(max(word, min(max(map(len, cells)), _LONGEST)))
    free = 100 - 10 * len(names)
    found = [10 + free * need / sum(needs) for need in needs]
    floors = [int(width // 5 * 5) for width in found]
    # What rounding down has left goes, five at a time, to the columns that lost most by it.
    lost = sorted(range(len(names)), key=lambda index: (floors[index] - found[index], index))
    for index in lost[: (100 - sum(floors)) // 5]:
        floors[index] += 5
    return floors


_LONGEST = 30  # letters of a cell that are kept on one line where there is room


def _figure_name(name: str) -> str:
    return name.replace("_", " ")


def _figure(value: Any) -> str:
    """A figure that was claimed or declared, as a person would write it, with every digit of a whole number.

    >>> _figure(4_200_000.0), _figure(0.05), _figure({"alert": 31.0, "watchlist": 1.0}), _figure(["a", "b"])
    ('4,200,000', '0.05', 'alert 31 and watchlist 1', 'a and b')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:.10g}"
    if isinstance(value, Mapping) and "unclear" in value:
        return "not clear"
    if isinstance(value, Mapping):
        return joined([f"{name} {_figure(part)}" for name, part in sorted(value.items())])
    return joined([_figure(part) for part in value]) if isinstance(value, list) else str(value)
