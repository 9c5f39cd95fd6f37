"""Importing, translating and using a pack from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SURVEY = Path(__file__).parents[1] / "questionnaire" / "data" / "survey.json"


def test_a_survey_becomes_a_pack_that_is_answered_scored_and_translated(impact: Any, tmp_path: Path) -> None:
    pack, folder = tmp_path / "packs" / "small", tmp_path / "mine"
    (tmp_path / "packs").mkdir()

    made = impact("packs", "import", SURVEY, "-o", pack, "--json").json

    assert (made["questions"], made["sections"], made["scored"], made["languages"]) == (7, 3, 4, ["fr"])
    assert any("showProgressBar" in note for note in made["notes"])
    checked = impact("packs", "check", pack, "--json").json
    assert checked["languages"]["fr"]["stale"] == []
    assert "who.text" not in checked["languages"]["fr"]["missing"]
    assert "what.text" in checked["languages"]["fr"]["missing"]

    (tmp_path / "impact.toml").write_text('packs = ["packs"]\n', encoding="utf-8")
    assert impact("new", pack, folder).status == 0
    path = folder / "assessment.yaml"
    answers = "answers:\n  who: item2-4\n  where: [a-1, b-2]\n  what: x-3\n  tested: item1-8\n"
    head = path.read_text(encoding="utf-8").partition("answers:\n")[0]
    path.write_text(head.replace("  status: draft", "  language: fr\n  status: draft") + answers, encoding="utf-8")

    scored = impact("score", folder, "--json").json
    assert (scored["live"]["total"], scored["completed"]["total"], scored["dropped"]) == (9, 10, ["tested"])
    assert "Completed: Level IV; total 10 of 10" in impact("score", folder).out
    assert "4 of 5 questions" not in impact("check", folder).out
    assert "3 of 5 questions that are shown are answered" in impact("check", folder).out


def test_an_unknown_answer_to_an_imported_question_is_named(impact: Any, tmp_path: Path) -> None:
    pack, folder = tmp_path / "packs" / "small", tmp_path / "mine"
    impact("packs", "import", SURVEY, "-o", pack)
    (tmp_path / "impact.toml").write_text('packs = ["packs"]\n', encoding="utf-8")
    impact("new", pack, folder)
    path = folder / "assessment.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "  who: item2-5\n", encoding="utf-8")

    said = impact("check", folder)

    assert said.status == 2
    assert "A015" in said.err


def test_claims_cannot_be_tested_on_a_pack_that_adds_points(impact: Any, tmp_path: Path) -> None:
    pack, folder = tmp_path / "packs" / "small", tmp_path / "mine"
    impact("packs", "import", SURVEY, "-o", pack)
    (tmp_path / "impact.toml").write_text('packs = ["packs"]\n', encoding="utf-8")
    impact("new", pack, folder)
    (folder / "claims.yaml").write_text("version: 1\n", encoding="utf-8")

    assert "Q054" in impact("check", folder).err


def test_nothing_is_written_where_a_survey_cannot_be_taken_over(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"pages": [{"name": "p", "elements": [{"type": "matrix", "name": "m"}]}]}')

    said = impact("packs", "import", tmp_path / "odd.json", "-o", tmp_path / "odd")

    assert said.status == 2
    assert "odd.json pages[0].elements[0] “m”: the element type “matrix” has no equal here" in said.err
    assert not (tmp_path / "odd").exists()


def test_a_catalogue_keeps_what_is_translated(impact: Any, tmp_path: Path) -> None:
    pack = tmp_path / "small"
    impact("packs", "import", SURVEY, "-o", pack)

    again = impact("packs", "translate", pack, "fr", "-o", tmp_path / "fr.po", "--json").json
    pseudo = impact("packs", "translate", pack, "en-XA", "-o", tmp_path / "xa.po", "--pseudo", "--json").json

    assert again["translated"] == 9  # title, note, section, three questions, three choices
    assert pseudo["translated"] == pseudo["texts"]
    assert 'msgstr "Qui décide?"' in (tmp_path / "fr.po").read_text(encoding="utf-8")
    assert 'msgstr "[Whó déçídéš?]"' in (tmp_path / "xa.po").read_text(encoding="utf-8")
    assert "Q067" in impact("packs", "translate", pack, "klingonese", "-o", tmp_path / "k.po").err
