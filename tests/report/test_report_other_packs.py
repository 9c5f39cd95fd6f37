"""The report on a short form and on a questionnaire that adds points: what a reader must be told stands there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.new import new_assessment
from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.questionnaire.points.importing import import_survey
from impact.report.pages import fill
from impact.report.view import build_view
from impact.resources import find
from impact.settings import Settings

SURVEY = Path(__file__).parents[1] / "questionnaire" / "data" / "survey.json"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def built(folder: Path, *, pack: str, answers: str, settings: Settings) -> tuple[dict[str, Any], str]:
    new_assessment(folder, pack=pack, settings=settings, today=date(2026, 11, 20))
    path = folder / "assessment.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("answers:\n")[0] + answers, encoding="utf-8")
    record = build_record(folder, settings=settings, step=lambda _: None).record
    shown = {"templates": {"set": "default", "digest": "", "layer": "bundled", "changes": []}, "render": {}}
    view = build_view({**record, **shown}, digest="", cells=None, practice=False, medium="html", style="")
    page = fill(view, templates=find("templates", "default", Settings()))
    return record, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_a_short_form_says_what_sends_to_the_full_form_and_what_it_does_not_ask(tmp_path: Path) -> None:
    answers = "answers:\n  A5: [council, drone]\n  A8: over-a-month\n"
    record, page = built(tmp_path / "mine", pack="uk-council-short", answers=answers, settings=Settings())

    assert "SHORT FORM – USE THE FULL FORM" in page
    assert "Use the full form: “Algorithmic tools in policing and council services (UK)”" in page
    assert "If any severity is 0.7 or more, or any hard stop fires or is unresolved, use the full form." in page
    assert "They are not levels of the full form, and may lie below them." in page
    assert "They are not clear, and the rule above does not look at them." in page
    assert "The short form does not ask about 6 others" in page
    # Drones are in use: their module is not asked, and so the stops on it are open.
    assert [one["state"] for one in record["scoring"]["hard_stops"] if one["id"] == "HS-15"] == ["unresolved"]
    assert [found.same for found in recompute(record, None, settings=Settings())] == [True]


def test_scores_of_a_short_form_are_not_computed_again_with_another_full_form(tmp_path: Path) -> None:
    record, _ = built(tmp_path / "mine", pack="uk-council-short", answers="answers:\n  A9: 5\n", settings=Settings())
    record["scoring"]["escalation"]["full_form"]["digest"] = "sha256:other"

    (found,) = recompute(record, None, settings=Settings())

    assert found.same is None
    assert "the full form uk-policing installed here differs" in found.text


@pytest.fixture
def points(tmp_path: Path) -> Settings:
    files, _ = import_survey(SURVEY, pack="small", version="1.0.0", title="", language="en", now=NOW)
    for name, data in files.items():
        path = tmp_path / "packs" / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Settings(packs=(tmp_path / "packs",))


def test_a_level_by_points_is_printed_with_its_source_and_both_figures(tmp_path: Path, points: Settings) -> None:
    answers = "answers:\n  who: item2-4\n  where: [a-1, b-2]\n  what: x-3\n  tested: item1-8\n"
    record, page = built(tmp_path / "mine", pack="small", answers=answers, settings=points)

    assert record["points"]["completed"]["total"] == 10
    assert "Level Level IV 10 of 10 points; questions that are shown" in page
    assert "It is not issued by the Government of Canada." in page
    assert "Hidden answers, which only the live figure counts: tested." in page
    assert "there are no hard stops" in page
    assert "Levels, bands and the outcome are the toolkit’s proposals" not in page
    assert [found.same for found in recompute(record, None, settings=points)] == [True]


def test_a_changed_answer_is_found_when_points_are_added_again(tmp_path: Path, points: Settings) -> None:
    record, _ = built(tmp_path / "mine", pack="small", answers="answers:\n  who: item2-4\n", settings=points)
    record["answers"]["who"] = "item1-0"

    assert [found.same for found in recompute(record, None, settings=points)] == [False]
