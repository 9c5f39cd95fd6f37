"""A printed figure can be worked out again from the lines that explain it, and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod, sqrt

import pytest

from impact.errors import AnswerError
from impact.questionnaire.explain import explain
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores

Scored = Callable[..., Scores]
CODES = ["PRI", "EQU", "LIB", "FAI", "EXP", "EMP", "VEN", "PUB"]

# Risks, a default, a stale file, a published file, a failed check, a contradiction between answers, a floor, gaps.
MIXED = """
A5: [lfr]
T1: live-fixed
A7: arrest-or-dismissal
A9: 150000
A10: 97
G8: serious-harm-only
E3: none-tested
N1: supplier
N4: 18
C7: {value: yes, evidence: [{file: a, date: 2025-07-20}]}
F8: {value: forbidden, evidence: [{url: "https://example.org/a", date: 2026-10-01, published: true}]}
D10: {value: no, judged: {value: 0.8, reason: x}, evidence: [{file: a, date: 2026-10-01}]}
L2: {value: yes, evidence: [{file: a, date: 2026-10-01}]}
K2: {value: yes, evidence: [{file: a, date: 2026-10-01}]}
M3: yes
"""
VERDICTS = {"CK-19": "contradicted", "CK-04": "not enough data"}


@pytest.fixture
def mixed(scored: Scored) -> Scores:
    return scored(MIXED, verdicts=VERDICTS)


def numbers(line: str) -> list[float]:
    return [float(text) for text in re.findall(r"(?<![\w-])\d+(?:\.\d+)?", line)]


def rows(lines: tuple[str, ...], start: str, end: str) -> list[tuple[str, list[float]]]:
    """Question and numbers of each row of a printed table between two headings."""
    inside = lines[[line.startswith(start) for line in lines].index(True) :]
    inside = inside[: [line.startswith(end) for line in inside].index(True)]
    found = [re.match(r"   ([A-Z]\d+) +(\d.*)", line) for line in inside]
    return [(row[1], numbers(row[2])) for row in found if row]


@pytest.mark.parametrize("code", CODES)
def test_dimension_comes_out_as_printed_from_its_lines(mixed: Scores, code: str) -> None:
    lines = explain(mixed, code).lines
    cap = mixed.answered.pack.scoring.caps[code]

    # Only what is printed is used: weight x severity, and weight x strength x evidence x freshness x check.
    inherent = 100 * (1 - prod(1 - n[0] * n[1] for _, n in rows(lines, "1. ", "2. ")))
    safeguards = 1 - prod(1 - n[0] * n[1] * n[2] * n[3] * n[4] for _, n in rows(lines, "2. ", "3. "))
    floors = [numbers(line)[0] for line in lines if line.startswith("   Never below")]
    point = max([inherent * (1 - cap * safeguards), *floors])

    part = next(one for one in mixed.dimensions if one.dimension.code == code)
    assert point == pytest.approx(part.figures.point, abs=0.001)
    printed = lines[-1]
    assert printed.startswith(f"Printed: {point:.1f}  [")
    assert numbers(printed)[1:] == pytest.approx([part.figures.low, part.figures.high], abs=0.051)
    assert lines[0].startswith(f"{part.dimension.label} ({code}): {part.figures.point:.1f} out of 100, ")


@pytest.mark.parametrize("code", CODES)
def test_both_ends_come_out_of_the_printed_sums(mixed: Scores, code: str) -> None:
    lines = explain(mixed, code).lines
    start = next(number for number, line in enumerate(lines) if line.startswith("5. "))
    sums = [numbers(line) for line in lines[start:] if " x (1 - " in line]
    part = next(one for one in mixed.dimensions if one.dimension.code == code)
    floor = part.floor.floor if part.floor else 0.0

    for (inherent, _, cap, safeguards, result, *_), value in zip(
        sums, (part.figures.low, part.figures.high), strict=True
    ):
        assert inherent * (1 - cap * safeguards) == pytest.approx(result, abs=0.001)
        assert max(result, floor) == pytest.approx(value, abs=0.001)


def test_reasons_are_given_for_every_factor_below_one(mixed: Scores) -> None:
    data = {row["question"]: row for code in CODES for row in explain(mixed, code).data["safeguards"]}

    assert data["C7"]["freshness"] == pytest.approx(8 / 12)  # sixteen months old: eight months short of nothing
    assert any("stale: dated 2025-07-20, 16.0 months before" in why for why in data["C7"]["why"])
    assert data["M3"]["why"] == ["no evidence is cited"]
    assert any("publication is asked for" in why for why in data["K2"]["why"])
    assert "CK-04: not enough data" in data["F8"]["why"]
    assert any(why.startswith("XC-08: ") for why in data["D10"]["why"])
    low = {name: row for name, row in data.items() if row["strength"] and row["credit"] < row["strength"]}
    assert set(low) >= {"C7", "M3", "K2", "F8", "D10"}
    assert all(row["why"] for row in low.values())


def test_risk_that_a_check_contradicts_says_so(mixed: Scores) -> None:
    row = next(row for row in explain(mixed, "LIB").data["risks"] if row["question"] == "G8")

    assert (row["severity"], row["why"]) == (0.7, "raised from 0.1: CK-19 contradicted by the log")


def test_floor_that_sets_the_figure_is_named(scored: Scored) -> None:
    lines = "\n".join(explain(scored("A5: [lfr]\nT13: yes\nA9: 10"), "EXP").lines)

    assert "FL-2" in lines
    assert "Never below 55" in lines


def test_floor_that_may_apply_is_named_with_what_it_waits_for(scored: Scored) -> None:
    data = explain(scored("A5: [lfr]\nA9: 100000"), "PRI").data

    assert [(one["id"], one["missing"]) for one in data["may_apply"]] == [("FL-1", ["T1"])]


def test_confidence_comes_out_as_printed_from_its_lines(mixed: Scores) -> None:
    lines = explain(mixed, "confidence").lines
    claims = [numbers(line) for line in lines if re.match(r"   [A-Z]\d+ ", line)]
    whole = sum(claimed for claimed, *_ in claims)
    evidenced = sum(claimed * factor for claimed, factor, _ in claims) / whole
    verified = sum(claimed for claimed, factor, _ in claims if factor == 1) / whole
    complete = numbers(next(line for line in lines if line.startswith("   C = ")))[0]

    value = 100 * (0.40 * complete + 0.35 * evidenced + 0.25 * verified)  # scoring model, section 3

    assert lines[-1].startswith(f"Printed: {value:.1f}  ")


def test_broken_chain_is_named_where_it_caps_confidence(scored: Scored) -> None:
    full = "C7: {value: yes, evidence: [{file: a, date: 2026-10-01, verified_by: Lab}]}"
    lines = explain(scored(full, verdicts={"CK-36": "contradicted"}), "confidence").lines

    assert "   CK-36 is contradicted: at most 40" in lines
    assert lines[-1].startswith("Printed: 40.0")


def test_completeness_comes_out_as_printed_from_its_lines(mixed: Scores) -> None:
    text = " ".join(" ".join(explain(mixed, "completeness").lines).split())
    answered, open_ = (
        sum(float(weight) for _, weight in re.findall(r"([A-Z]\d+) (\d+\.\d+)", part)) for part in text.split("Open (")
    )

    assert f"{int(1000 * answered / (answered + open_)) / 10:.1f}%" == explain(mixed, "completeness").data["printed"]


def test_index_comes_out_as_printed_from_its_lines(mixed: Scores) -> None:
    lines = explain(mixed, "index").lines
    points = [numbers(line)[0] for line in lines if line[3:6] in CODES]

    assert len(points) == 8
    assert lines[-1] == f"Printed: {sqrt(sum(point**2 for point in points) / 8):.1f}"


@pytest.mark.parametrize(
    "what",
    [
        "pri",
        "FL-1",
        "HS-07",
        "RF-B6",
        "XC-08",
        "A9",
        "C7",
        "CK-04",
        "CK-36",
        "A2",
        "index",
        "confidence",
        "completeness",
    ],
)
def test_every_explanation_fits_eighty_columns(mixed: Scores, what: str) -> None:
    explained = explain(mixed, what)

    assert max(len(line) for line in explained.lines) <= 80
    assert explained.data["about"].lower() == what.lower()


def test_everything_of_the_pack_can_be_explained(mixed: Scores, pack: Pack) -> None:
    names = [*pack.questions, *(stop.stop.id for stop in mixed.stops), *(flag.id for flag in mixed.flags)]
    names += [floor.id for floor, _ in mixed.floors] + [rule.id for rule, _ in mixed.contradictions]

    assert all(explain(mixed, name).lines for name in names)


def test_rule_shows_each_name_it_uses_and_what_it_waits_for(scored: Scored) -> None:
    data = explain(scored("B4: no"), "HS-02").data

    assert (data["state"], data["missing"]) == ("unresolved", ["A3"])
    names = {one["name"]: (one["known"], one["bound"]) for one in data["parts"][0]["names"]}
    assert names == {"B4": ("No", True), "A3": ("unanswered", False)}


def test_rule_on_a_score_shows_the_score_without_the_answer_it_judges(scored: Scored) -> None:
    def shown(c8: str) -> str:
        data = explain(scored(f"C8: {{value: {c8}, evidence: [{{file: a, date: 2026-10-01}}]}}"), "HS-07").data
        return next(one["known"] for one in data["parts"][0]["names"] if one["name"] == "residual_PRI")

    assert shown("not-needed") == shown("not-consulted")


def test_name_that_the_pack_lacks_is_refused(mixed: Scores) -> None:
    with pytest.raises(AnswerError) as raised:
        explain(mixed, "PRII")

    assert raised.value.faults[0].code == "A147"
    assert "PRI" in raised.value.faults[0].remedy
