"""Further measures that the plan asks for: of each group, of each pair, of each characteristic.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count, multiple, percent
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name
from impact.report.view.parts import Numbering, capital, comparator_label, signed_points
from impact.report.view.topics.measure_words import MEASURE_WORDS
from impact.report.view.topics.parts import estimate, group_name, p_value, plain_counts, three

__all__ = ["make_measures"]

Rows = Sequence[Mapping[str, Any]]

_LEAD = (
    "The plan asks for these measures beside the rates. None of them decides anything: they are exploratory, each "
    "interval holds for its row alone, and among twenty rows without any true difference about one would leave out "
    "equality. A measure that puts several errors into one number hides which error was made; the rates show that."
)
_SMALL = "jeffreys_dirichlet_small"
_SHARES = ("balanced_accuracy",)
_CHARACTERISTIC_QUESTIONS = {
    "independence": "what the decision tells about the group",
    "separation": "the same, among people with the same outcome",
    "sufficiency": "what the outcome tells about the group, among people with the same decision",
    "decision": "decisions",
    "outcome": "recorded outcomes",
    "amplification": "decisions less recorded outcomes",
    "decisions": "decisions",
}


def make_measures(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan asks for no further measure."""
    tables = audit["tables"]
    groups, gaps = tables.get("measures") or [], tables.get("measure_gaps") or []
    across = tables.get("measures_across") or []
    if not (groups or gaps or across):
        return None
    heading = number.section("measures", "Further measures")
    made = [_of_groups(key, rows, audit, number) for key, rows in _by_measure(groups)]
    made += [_of_pairs(key, rows, number) for key, rows in _by_measure(gaps)]
    made += [_ACROSS[key](key, rows, audit, number) for key, rows in _by_measure(across)]
    return Topic(heading=heading, paragraphs=(_LEAD, *plain_counts(audit)), tables=tuple(made))


def _by_measure(rows: Rows) -> Iterator[tuple[str, Rows]]:
    for key in dict.fromkeys(row["measure"] for row in rows):
        yield key, [row for row in rows if row["measure"] == key]


def _of_groups(key: str, rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    words = MEASURE_WORDS[key]
    spell = percent if key in _SHARES else three if rows[0]["compared"] == "difference" else multiple
    spell_gap: Callable[[float], str] = signed_points if key in _SHARES else _signed
    compared = "Difference in points" if key in _SHARES else "Difference"
    if rows[0]["compared"] == "ratio":
        compared, spell_gap = "Ratio", multiple
    notes = [words.reading]
    if key == "expected_cost":
        costs = audit["plan"]["plan"]["also"]["costs"]
        four = ("tp", "rightly flagged"), ("fp", "wrongly flagged"), ("fn", "missed"), ("tn", "rightly left alone")
        prices = ", ".join(f"{said} {costs[name]:g}" for name, said in four)
        notes.append(f"Costs that the plan declares, in {costs['unit']} for each person: {prices}.")
    if rows[0]["worse_when"] is None:
        notes.append("It does not say who is worse off.")
    if any(
        _SMALL in (part or {}).get("method", "") for row in rows for part in _estimates(row) if part and part["method"]
    ):
        notes.append("In groups of few people the interval rests partly on its starting assumption.")
    return number.table(
        words.name,
        [
            ("Group (people counted)", 20),
            ("This group", 20, True),
            ("Compared with", 20),
            (compared, 25, True),
            ("For the group", 15),
        ],
        [
            (
                f"{group_name(row)} ({count(row['people'])})",
                estimate(row["own"], spell),
                _comparator(row, spell),
                estimate(row["comparison"], spell_gap) if row["comparison"] else "–",
                row["direction"] or "–",
            )
            for row in rows
        ],
        note=" ".join(notes),
    )


def _estimates(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    yield from (row["own"], row["comparison"])


def _comparator(row: Mapping[str, Any], spell: Callable[[float], str]) -> str:
    if row["comparator"] is None:
        return "–"
    name = comparator_label(row["comparator"])
    value = row["others"]["value"]
    return name if value is None else f"{name}: {spell(value)}"


def _signed(value: float) -> str:
    """A difference without a unit.

    >>> _signed(0.0512), _signed(-0.2)
    ('+0.051', '−0.200')
    """
    return f"{'−' if value < 0 else '+'}{abs(value):.3f}"


_PARTS = {"fpr": "false positives", "tpr": "true positives", "ppv": "hit rates", "for": "missed among those left alone"}


def _of_pairs(key: str, rows: Rows, number: Numbering) -> Table:
    words = MEASURE_WORDS[key]
    parts = [name for name in _PARTS if f"{name}_difference" in rows[0]]
    return number.table(
        words.name,
        [
            ("Group", 20),
            ("Compared with", 20),
            ("In points", 20, True),
            *((f"Gap in {_PARTS[name]}", 20, True) for name in parts),
        ],
        [
            (
                group_name(row),
                comparator_label(row["comparator"]),
                estimate(row["estimate"], signed_points),
                *(estimate(row[f"{name}_difference"], signed_points) for name in parts),
            )
            for row in rows
        ],
        note=words.reading,
    )


def _characteristic(row: Mapping[str, Any], audit: Mapping[str, Any]) -> str:
    group = (audit["plan"].get("groups") or {}).get(row["characteristic"]) or {}
    return str(group.get("label") or row["characteristic"])


def _worst_gap(key: str, rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    words = MEASURE_WORDS[key]
    return number.table(
        words.name,
        [("Characteristic", 15), ("Rate", 35), ("Largest gap in points", 25, True), ("Between", 25)],
        [
            (
                _characteristic(row, audit),
                capital(metric_name(row["of"], audit)),
                estimate(row["estimate"], signed_points),
                f"{row['highest']} and {row['lowest']}" if row["highest"] is not None else "–",
            )
            for row in rows
        ],
        note=words.reading,
    )


def _information(key: str, rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    words = MEASURE_WORDS[key]
    return number.table(
        words.name,
        [
            ("Characteristic", 15),
            ("Question", 35),
            ("Information", 15, True),
            ("By chance alone", 15, True),
            ("p", 10, True),
            ("People", 10, True),
        ],
        [
            (
                _characteristic(row, audit),
                capital(_CHARACTERISTIC_QUESTIONS[row["of"]]),
                estimate(row["estimate"], _small),
                "–" if row["chance"] is None else _small(row["chance"]),
                "–" if row["p"] is None else p_value(row["p"]),
                count(row["people"]),
            )
            for row in rows
        ],
        note=words.reading + " p: how often chance alone gives as much, by a likelihood-ratio test.",
    )


def _small(value: float) -> str:
    """An amount of information.

    >>> _small(0.0371), _small(0.00021)
    ('0.0371', '0.00021')
    """
    return f"{value:.4f}" if value >= 0.001 or value == 0 else f"{value:.2g}"


def _one_number(key: str, rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    words = MEASURE_WORDS[key]
    return number.table(
        words.name,
        [("Characteristic", 30), ("Of", 30), ("Value", 20, True), ("People", 20, True)],
        [
            (
                _characteristic(row, audit),
                capital(_CHARACTERISTIC_QUESTIONS[row["of"]]),
                estimate(row["estimate"], _small if key == "between_group_entropy" else three),
                count(row["people"]),
            )
            for row in rows
        ],
        note=words.reading,
    )


_ACROSS = {
    "worst_gap": _worst_gap,
    "mutual_information": _information,
    "differential_fairness": _one_number,
    "between_group_entropy": _one_number,
}
