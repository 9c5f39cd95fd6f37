"""Levels by dimension, hard stops and flags, and what would change a level.

In: a cleaned record. Out: ``Levels``, ``Stops``, ``Change``. Computes no score: every figure is the record's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.charts.bars import Bar, level_bars
from impact.report.figures import british_date, percent, points
from impact.report.model import Change, Driver, Levels, Pair, Stops, Table
from impact.report.view.language import plain
from impact.report.view.parts import Numbering, capital, cite_all, flag_rule, joined, plural, question_texts
from impact.report.view.withheld import hidden_names
from impact.report.words import RULE_STATES, STOP_KINDS, say

__all__ = ["make_change", "make_levels", "make_stops"]

# The bands of scoring.md section 2, for the chart's lines alone. They are drawn only where every band in the record
# agrees with them, so a pack with other bands gets a chart without lines and never one with wrong lines.
_BANDS = ((0.0, "low", "Low"), (25.0, "moderate", "Moderate"), (50.0, "high", "High"), (75.0, "very-high", "Very high"))

_ROUNDING = 0.05


def _band_lines(dimensions: Sequence[Mapping[str, Any]]) -> list[tuple[float, str]]:
    def expected(point: float) -> str:
        return next(code for start, code, _ in reversed(_BANDS) if point >= start)

    # The record rounds its points; a point on a line may belong to either side.
    agree = all(
        dimension["band"]
        in (expected(max(dimension["point"] - _ROUNDING, 0.0)), expected(dimension["point"] + _ROUNDING))
        for dimension in dimensions
    )
    return [(start, label) for start, _, label in _BANDS] if agree else []


def make_levels(
    scoring: Mapping[str, Any], before: Mapping[str, Any] | None, texts: Mapping[str, str], number: Numbering
) -> Levels:
    dimensions = scoring["dimensions"]
    heading = number.section("levels", "Levels by dimension")
    bands = _band_lines(dimensions)
    figure = number.figure(
        "Residual impact by dimension: point, and lowest to highest that the open questions allow",
        level_bars(
            [
                Bar(
                    label=plain(dimension["label"]),
                    point=dimension["point"],
                    low=dimension["low"],
                    high=dimension["high"],
                    band=plain(dimension["band_label"]),
                    floor=dimension["floor"]["value"]
                    if dimension.get("floor") and dimension["floor"].get("binds")
                    else None,
                )
                for dimension in dimensions
            ],
            title="Residual impact by dimension, 0 to 100",
            bands=bands,
        ),
    )
    table = number.table(
        "The eight dimensions" if len(dimensions) == 8 else "The dimensions",
        [
            ("Dimension", 25),
            ("Level", 15),
            ("Point", 10, True),
            ("Lowest to highest", 20, True),
            ("Before safeguards", 15, True),
            ("Safeguards earn (cap)", 15, True),
        ],
        [
            (
                dimension["label"],
                dimension["band_label"],
                points(dimension["point"]),
                f"{points(dimension['low'])} to {points(dimension['high'])}",
                points(dimension["inherent"]),
                f"{percent(dimension['mitigation'])} ({percent(dimension['cap'])})",
            )
            for dimension in dimensions
        ],
        note="Points are out of 100. “Lowest to highest” is what remains possible while questions are open. "
        "Safeguards take off their share times the cap.",
    )
    unknown = [dimension["label"] for dimension in dimensions if dimension["driven_by_unknowns"]]
    floors = [floor for floor in scoring["floors"] if floor["state"] != "clear"]
    return Levels(
        heading=heading,
        lead=f"{plural(scoring['high_dimensions'], 'dimension')} of {len(dimensions)} at High or above."
        if scoring["high_dimensions"] is not None
        else "",
        figure=figure,
        table=table,
        unknown_driven=joined(unknown),
        floors=number.table_or_none(
            "Floors: impact that paperwork cannot remove",
            [("Floor", 15), ("Dimension", 20), ("Value", 10, True), ("Reason", 35), ("State", 20)],
            [
                (
                    floor["id"],
                    _label([*dimensions, *scoring.get("barred_dimensions", ())], floor["dimension"]),
                    f"{floor['floor']:g}",
                    floor["text"],
                    _floor_state(floor),
                )
                for floor in floors
            ],
        ),
        drivers=tuple(
            Driver(
                heading=f"{dimension['label']}, {points(dimension['point'])}",
                lines=tuple(_driver_line(driver, texts) for driver in dimension["drivers"]),
            )
            for dimension in dimensions
            if dimension["drivers"]
        ),
        untested=_untested(scoring, before, number),
        judged=_judged(dimensions, number),
        bands=", ".join(f"{label} from {start:g}" for start, label in bands),
        index=points(scoring["index"]) if scoring["index"] is not None else "",
    )


def _driver_line(driver: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """The effect first, then the question in its own words and what was answered: nobody knows what “H7” is."""
    asked = f"{driver['question']} {texts.get(driver['question'], '')}".strip()
    effect = capital(f"{driver['effect']} it by {points(driver['points'])} points")
    return f"{effect}: {asked} – {driver['text']}"


def _label(dimensions: Sequence[Mapping[str, Any]], code: str) -> str:
    return next((str(dimension["label"]) for dimension in dimensions if dimension["code"] == code), code)


def _floor_state(floor: Mapping[str, Any]) -> str:
    if floor["state"] == "unresolved":
        return "May apply: an answer is missing. Not applied to the figures."
    return "Applies, and sets the figure" if floor["binds"] else "Applies; the figure is above it"


def _judged(dimensions: Sequence[Mapping[str, Any]], number: Numbering) -> Table | None:
    """Both numbers of every right that the assessor judges differently, with the reasons and who stands for them."""
    return number.table_or_none(
        "Judged differently by the assessor",
        [("Right", 20), ("Worked out", 15), ("Judged", 15), ("Reasons", 25), ("Who judged, and who signs as well", 25)],
        [
            (
                dimension["label"],
                f"{points(dimension['point'])}, {dimension['band_label']}",
                f"{points(own['point'])}, {own['band_label']}",
                own["reasons"],
                _signed(own),
            )
            for dimension in dimensions
            if (own := dimension.get("judged"))
        ],
        note="Levels, the outcome and what a level asks for follow the judgement; every other figure is as worked out. "
        "Whether the second person has signed this file is for “impact verify” to say.",
    )


def _signed(own: Mapping[str, Any]) -> str:
    second = own.get("second")
    if not second:
        return f"{own['by']}; nobody else, as it is no lower than worked out"
    return f"{own['by']}; {second['name']}, {second['role']}, agreed on {british_date(second['date'])}"


def _untested(scoring: Mapping[str, Any], before: Mapping[str, Any] | None, number: Numbering) -> Any:
    if not before or scoring["claims"] != "tested":
        return None
    earlier = {dimension["code"]: dimension for dimension in before["dimensions"]}
    return number.table(
        "What testing the answers changed",
        [("Dimension", 40), ("As answered", 30, True), ("After the tests", 30, True)],
        [
            (
                dimension["label"],
                f"{points(earlier[dimension['code']]['point'])} ({earlier[dimension['code']]['band_label']})",
                f"{points(dimension['point'])} ({dimension['band_label']})",
            )
            for dimension in scoring["dimensions"]
            if dimension["code"] in earlier
        ],
    )


def make_stops(record: Mapping[str, Any], number: Numbering) -> Stops:
    scoring, law, texts = record["scoring"], record.get("law") or {}, question_texts(record)
    heading = number.section("stops", "Hard stops, red flags and contradictions")
    stops, flags, clashes = scoring["hard_stops"], scoring["flags"], scoring["contradictions"]

    def having(rules: Sequence[Mapping[str, Any]], state: str) -> list[Mapping[str, Any]]:
        return [rule for rule in rules if rule["state"] == state]

    fired, unresolved, clear = (having(stops, state) for state in ("fired", "unresolved", "clear"))
    shown = {"fired": 0, "unresolved": 1}
    return Stops(
        heading=heading,
        lead=(
            f"{len(fired)} fired, {len(unresolved)} unresolved, {len(clear)} clear, "
            f"{len(having(stops, 'not-applicable'))} that do not apply{_untold(record, 'hard_stops')}."
        ),
        fired=number.table_or_none(
            "Hard stops that fired",
            [("Rule", 10), ("Kind", 15), ("What fired it", 30), ("Basis", 30), ("Stands on", 15)],
            [(s["id"], say(STOP_KINDS, s["kind"]), s["text"], _basis(s, law), _parts(s)) for s in fired],
        ),
        unresolved=number.table_or_none(
            "Hard stops that are unresolved: the answers leave them open",
            [("Rule", 10), ("Kind", 15), ("What would fire it", 30), ("Basis", 30), ("Missing", 15)],
            [
                (s["id"], say(STOP_KINDS, s["kind"]), s["text"], _basis(s, law), _missing(s.get("missing", [])))
                for s in unresolved
            ],
        ),
        clear_rules=number.table_or_none(
            "Hard stops that are clear on the answers given",
            [("Rule", 10), ("Kind", 20), ("What would fire it", 50), ("Stands on", 20)],
            [(s["id"], say(STOP_KINDS, s["kind"]), s["text"], _parts(s)) for s in clear],
        ),
        not_applicable=joined([stop["id"] for stop in having(stops, "not-applicable")]),
        flags_lead=(
            f"{len(having(flags, 'fired'))} raised, {len(having(flags, 'unresolved'))} unresolved, "
            f"{len(having(flags, 'clear'))} clear, {len(having(flags, 'not-applicable'))} that do not apply"
            f"{_untold(record, 'flags')}."
        ),
        flags_fired=number.table_or_none(
            "Red flags that are raised",
            [("Flag", 10), ("Question", 50), ("Rule", 40)],
            [
                (flag["id"], texts.get(flag["question"], flag["question"]), flag_rule(flag))
                for flag in having(flags, "fired")
            ],
        ),
        flags_unresolved=number.table_or_none(
            "Red flags that are unresolved",
            [("Flag", 10), ("Question", 45), ("Rule", 30), ("Missing", 15)],
            [
                (f["id"], texts.get(f["question"], f["question"]), flag_rule(f), _missing(f.get("missing", [])))
                for f in having(flags, "unresolved")
            ],
        ),
        contradictions_lead=_clash_line(clashes, _untold(record, "contradictions")),
        contradictions=number.table_or_none(
            "Contradictions between answers",
            [("Rule", 15), ("Between", 20), ("What contradicts what", 45), ("State", 20)],
            [
                (c["id"], joined(c["between"]), c["text"], say(RULE_STATES, c["state"]))
                for c in sorted(clashes, key=lambda c: shown.get(c["state"], 2))
                if c["state"] in shown
            ],
        ),
    )


def _basis(stop: Mapping[str, Any], law: Mapping[str, Any]) -> str:
    return cite_all(stop.get("refs", []), law) or str(stop["basis"])


def _missing(questions: Sequence[str]) -> str:
    return joined(list(questions)) if questions else "not said which"


def _parts(stop: Mapping[str, Any]) -> str:
    parts = stop.get("parts") or []
    if len(parts) > 1:
        return ", ".join(f"{part['question']} {say(RULE_STATES, part['state']).lower()}" for part in parts)
    return joined(list(stop["questions"]))


def _untold(record: Mapping[str, Any], kind: str) -> str:
    hidden = hidden_names(record, f"scoring/{kind}/")
    return f", {len(hidden)} withheld from this version ({joined(hidden)})" if hidden else ""


def _clash_line(clashes: Sequence[Mapping[str, Any]], untold: str) -> str:
    states = [clash["state"] for clash in clashes]
    fired, unresolved, clear = (states.count(state) for state in ("fired", "unresolved", "clear"))
    if not clashes and not untold:
        return ""
    return f"{fired} found, {unresolved} unresolved, {clear} looked for and not found in the answers given{untold}."


def make_change(
    scoring: Mapping[str, Any], texts: Mapping[str, str], number: Numbering, *, untold: bool = False
) -> Change:
    """``untold``: this version withholds which answers would move a level."""
    heading = number.section("change", "What would change the level")
    labels = {dimension["band"]: dimension["band_label"] for dimension in scoring["dimensions"]}
    known = {code: label for _, code, label in _BANDS} | labels
    demands = scoring.get("demands")
    further = scoring.get("sensitivity_further") or {}
    everything = further.get("all_evidence")
    proven = [*further.get("evidence", ()), *([everything] if everything else [])]
    pairs: list[tuple[str, str]] = []
    if demands:
        pairs = [
            ("Who decides", demands["decision_maker"]),
            ("Before it goes live", demands["before_go_live"]),
            ("Longest approval", plural(demands["longest_approval_months"], "month")),
            ("Publication", demands["publication"]),
        ]
        if demands.get("review"):
            pairs.insert(3, ("Review", demands["review"]))
    return Change(
        heading=heading,
        sensitivity=number.table_or_none(
            "Answers that would move a dimension into another band if they changed",
            [("Question", 10), ("Text", 30), ("Change", 25), ("Dimension", 15), ("Its band", 20)],
            [
                (
                    row["question"],
                    row["text"],
                    row["change"],
                    _label([*scoring["dimensions"], *scoring.get("barred_dimensions", ())], row["dimension"]),
                    f"{known.get(row['from'], row['from'])} to {known.get(row['to'], row['to'])}",
                )
                for row in scoring["sensitivity"]
            ],
        ),
        pairs=number.table_or_none(
            "Pairs of answers that would move a level",
            [("One answer", 35), ("The other", 35), ("Then", 30)],
            [
                (*(f"{name} {texts.get(name, '')}" for name in one["questions"]), capital(one["sentence"]))
                for one in further.get("pairs", ())
            ],
        ),
        held=tuple(f"{one['sentence']}." for one in further.get("held", ())),
        evidence=number.table_or_none(
            "What verified evidence of this day would change",
            [("Safeguard", 50), ("Change", 50)],
            [
                (
                    f"{one['question']} {texts.get(one['question'], '')}" if one["question"] else "All that is claimed",
                    capital(one["sentence"]),
                )
                for one in proven
            ],
        ),
        demands=tuple(Pair(label=label, text=text) for label, text in pairs),
        untold=untold,
        demands_level=known.get(demands["level"], demands["level"]) if demands else "",
    )
