"""Packs scored by adding points, imported from SurveyJS: Canada's own 300 vectors, and a small survey by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.errors import PackError
from impact.questionnaire.catalogues import read_catalogue
from impact.questionnaire.points.importing import import_survey
from impact.questionnaire.points.load import load_points
from impact.questionnaire.points.pack import PointsPack
from impact.questionnaire.points.score import PointsFigures, PointsScores, score_points
from impact.questionnaire.points.surveyjs import read_survey
from impact.questionnaire.points.surveyjs_conditions import Named, UntranslatableError, to_cel
from impact.resources import find
from impact.settings import Settings

SMALL = Path(__file__).parent / "data" / "survey.json"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def imported(path: Path, folder: Path) -> PointsPack:
    files, _ = import_survey(path, pack=folder.name, version="1.0.1", title="", language="en", now=NOW)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return load_points(find("questionnaires", str(folder), Settings()))


@pytest.fixture(scope="session")
def canada(shared_data: Path) -> Path:
    """Canada's survey and vectors, which are not ours to copy in."""
    folder = shared_data / "canada-aia"
    if not (folder / "vectors.json").is_file():
        pytest.skip("Canada’s survey is not on this machine")
    return folder


@pytest.fixture(scope="module")
def aia(canada: Path, tmp_path_factory: pytest.TempPathFactory) -> PointsPack:
    return imported(canada / "survey-enfr.json", tmp_path_factory.mktemp("packs") / "canada-aia")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> PointsPack:
    return imported(SMALL, tmp_path_factory.mktemp("packs") / "small")


def stored(pack: PointsPack, data: dict[str, Any]) -> dict[str, Any]:
    ids = {question.source_name or name: name for name, question in pack.questions.items()}
    return {ids[name]: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def plain(found: PointsFigures, scores: PointsScores) -> list[float]:
    return [found.raw, found.mitigation, found.total, found.number, scores.most["raw"], scores.most["mitigation"]]


def test_all_vectors_of_canadas_aia_come_out_live_and_completed(canada: Path, aia: PointsPack) -> None:
    """300 answer sets, each run through SurveyJS 1.7.23 with the published scoring."""
    vectors = json.loads((canada / "vectors.json").read_text(encoding="utf-8"))
    wrong = []
    for number, vector in enumerate(vectors):
        scores = score_points(aia, stored(aia, vector["data"]))
        kept = set(stored(aia, vector["data"])) & scores.shown
        right = (
            plain(scores.live, scores) == vector["live"]
            and plain(scores.completed, scores) == vector["completed"]
            and kept == set(stored(aia, vector["final"]))
        )
        wrong += [] if right else [number]

    assert len(vectors) == 300
    assert wrong == []


def test_canadas_aia_is_taken_over_whole(aia: PointsPack) -> None:
    """Counts and maxima of v1.0.1, worked out by hand from the file (design, peers.md 2.1 and 2.3)."""
    most = {
        section.id: sum(question.most for question in section.questions if question.scores) for section in aia.sections
    }

    # 130 radiogroups, 120 comments, 16 dropdowns, 16 checkboxes and 13 texts.
    assert len(aia.questions) == 295
    assert sum(len(question.choices) for question in aia.questions.values()) == 568
    assert sum(question.scores == "raw" for question in aia.questions.values()) == 70
    assert sum(question.scores == "mitigation" for question in aia.questions.values()) == 90
    assert {name: points for name, points in most.items() if points} == {
        "businessDrivers": 5, "riskProfile": 15, "projectAuthority": 2, "aboutSystem": 17, "aboutAlgorithm": 15,
        "decisionSector": 8, "impact": 52, "aboutData": 53,
        "consultationDesign": 10, "consultationImplementation": 10,
        "dataQualityDesign": 14, "dataQualityImplementation": 14,
        "fairnessDesign": 44, "fairnessImplementation": 44, "privacyDesign": 9, "privacyImplementation": 9,
    }  # fmt: skip


def test_every_text_of_canadas_aia_has_its_own_french(canada: Path) -> None:
    """But for two titles (“Consultations”), which the file gives once for both languages."""
    files, found = import_survey(
        canada / "survey-enfr.json", pack="aia", version="1.0.1", title="", language="en", now=NOW
    )
    french = read_catalogue(files["locale/fr/pack.po"], name="pack.po")
    texts = {
        (f"{question['id']}.text", question["text"]) for section in found.sections for question in section["questions"]
    } | {
        (f"{question['id']}.{choice['code']}.label", choice["label"])
        for section in found.sections
        for question in section["questions"]
        for choice in question.get("choices", ())
    }

    assert texts - set(french) == set()
    assert french["projectDetailsPhase.item1.label", "Design"] == "Conception"


def test_half_points_go_up_as_in_the_source() -> None:
    """JavaScript rounds 0.85 x raw with floor(x + 0.5); the exact half must agree for every raw score there is."""
    from decimal import Decimal

    for raw in range(168):
        assert int(0.85 * raw + 0.5) == int(Decimal("0.85") * raw + Decimal("0.5")), raw


def test_the_small_survey_by_hand(small: PointsPack) -> None:
    # Raw: who 4 at most, where 1 + 2, what 3; phase-NS counts nowhere. Mitigation: tested 8.
    assert (small.most("raw"), small.most("mitigation")) == (10, 8)

    scores = score_points(
        small, {"phase_NS": "item2-9", "who": "item2-4", "where": ("a-1", "b-2"), "what": "x-3", "tested": "item1-8"}
    )

    # Live: 4 + 3 + 3 = 10 raw; 8 mitigation is above 0.8 x 8 / 2 = 3.2, so 8.5, half up: 9. 90% is level IV.
    assert plain(scores.live, scores) == [10, 8, 9, 4, 10, 8]
    # Completed: the page of “tested” is hidden in this phase, so nothing is taken off.
    assert plain(scores.completed, scores) == [10, 0, 10, 4, 10, 8]
    assert scores.dropped == ("tested",)


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ({}, {"phase_NS", "who", "where"}),
        ({"who": "item2-4"}, {"phase_NS", "who", "why", "where"}),  # “item2” is a piece of “item2-4”
        ({"where": ("other",)}, {"phase_NS", "who", "where", "what"}),
        ({"where": ("a-1",)}, {"phase_NS", "who", "where"}),
        ({"phase_NS": "item1-9"}, {"phase_NS", "who", "where", "tested", "when"}),
    ],
)
def test_questions_are_shown_as_the_survey_would(small: PointsPack, answers: dict[str, Any], shown: set[str]) -> None:
    assert score_points(small, answers).shown == shown


def test_levels_begin_just_above_their_limits(small: PointsPack) -> None:
    def level(answers: dict[str, Any]) -> int:
        return score_points(small, answers).live.number

    assert level({}) == 1
    assert level({"where": ("b-2",)}) == 1  # 20%
    assert level({"where": ("a-1", "b-2")}) == 2  # 30%
    assert level({"where": ("a-1",), "who": "item2-4"}) == 2  # 50%, the limit itself
    assert level({"where": ("b-2",), "who": "item2-4"}) == 3  # 60%


def test_what_is_not_taken_over_is_named() -> None:
    found = read_survey(json.loads(SMALL.read_text(encoding="utf-8")), name="survey.json")

    notes = "\n".join(found.notes)
    for said in ("showProgressBar", "without markup", "the id is phase_NS", "“contains” on one answer"):
        assert said in notes


def test_both_languages_are_kept(small: PointsPack, tmp_path: Path) -> None:
    files, _ = import_survey(SMALL, pack="small", version="1.0.0", title="", language="en", now=NOW)
    french = read_catalogue(files["locale/fr/pack.po"], name="pack.po")

    assert small.title == "A small survey"
    assert french["who.text", "Who decides?"] == "Qui décide?"
    assert french["who.item2-4.label", "The system"] == "Le système"
    assert french["risk.title", "Risk"] == "Risque"
    assert french["intro.note1.text", "Welcome\nRead this."] == "Bienvenue"


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda s: s["pages"][2]["elements"].append({"type": "matrix", "name": "m"}), "Q061", "elements[1] “m”"),
        (lambda s: s.update(triggers=[]), "Q062", "the survey"),
        (lambda s: s["pages"][2].update(visibleIf="{who} > 3"), "Q063", "pages[2] “care” visibleIf, column 7"),
        (lambda s: s["pages"][2].update(visibleIf="{whom} = 'a'"), "Q063", "column 1"),
        (lambda s: s["pages"][2]["elements"].append({"type": "text", "name": "who"}), "Q064", "elements[1] “who”"),
        (lambda s: s.pop("pages"), "Q060", "survey.json"),
        (lambda s: s["pages"][2]["elements"].append({"type": "text", "name": "n", "requiredIf": "x"}), "Q062", "“n”"),
    ],
)  # fmt: skip
def test_what_would_change_a_question_or_a_score_is_refused(
    tmp_path: Path, change: Callable[[Any], Any], code: str, place: str
) -> None:
    survey = json.loads(SMALL.read_text(encoding="utf-8"))
    change(survey)
    (tmp_path / "survey.json").write_text(json.dumps(survey), encoding="utf-8")

    with pytest.raises(PackError) as caught:
        import_survey(tmp_path / "survey.json", pack="x", version="1.0.0", title="", language="en", now=NOW)

    assert [(fault.code, place in fault.where) for fault in caught.value.faults] == [(code, True)]


@pytest.mark.parametrize(
    ("condition", "cel"),
    [
        ("{a} = 'x' and {a} <> \"y\" or {m} contains 'z'", '((a == "x" && a != "y") || "z" in m)'),
        ("not ({m} empty)", "!(size(m) == 0)"),
        ("{m} contains ['x', 'y']", '("x" in m && "y" in m)'),
        ("{a} anyof ['x', 'y']", 'a in ["x", "y"]'),
        ("{a} notcontains 'x'", '(a != "" && !(a.contains("x")))'),
        ("{a} = 'it\\'s'", 'a == "it\'s"'),
    ],
)
def test_conditions_are_written_in_cel(condition: str, cel: str) -> None:
    assert to_cel(condition, {"a": Named("a", "single"), "m": Named("m", "multi")}) == cel


@pytest.mark.parametrize("condition", ["{m} = 'x'", "{a} contains ['x', 'y']", "{a}", "({a} = 'x'", "{a} = 'x' )", "5"])
def test_conditions_without_an_equal_are_refused(condition: str) -> None:
    with pytest.raises(UntranslatableError):
        to_cel(condition, {"a": Named("a", "single"), "m": Named("m", "multi")})
