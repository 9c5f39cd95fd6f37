"""A translated questionnaire in the report: no text of the pack is missed, and one without a translation says so."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.errors import PackError
from impact.questionnaire.catalogues import read_catalogue, written
from impact.questionnaire.load import load_pack
from impact.questionnaire.translate import PSEUDO, entries, in_language, pseudo, texts_of
from impact.report.pages import fill
from impact.report.view import build_view
from impact.report.view.language import spans
from impact.resources import find
from impact.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
Texts = list[tuple[str, str, str]]


@pytest.fixture
def page(repo: Path, tmp_path: Path) -> Callable[[str, Texts], tuple[dict[str, Any], str]]:
    """Record and page of the worked example, without its audit, with a pack that has a catalogue."""

    def run(language: str, texts: Texts) -> tuple[dict[str, Any], str]:
        packs, folder = tmp_path / "packs", tmp_path / "mine"
        shutil.copytree(find("questionnaires", "uk-policing", Settings()).folder, packs / "uk-policing")
        catalogue = packs / "uk-policing" / "locale" / language / "pack.po"
        catalogue.parent.mkdir(parents=True)
        catalogue.write_bytes(written(language, texts, project="uk-policing", version="1.0.0", now=NOW))
        shutil.copytree(repo / "examples" / "misconduct-pilot", folder)
        for name in ("audit.yaml", "audit.lock"):
            (folder / name).unlink(missing_ok=True)
        path = folder / "assessment.yaml"
        text = re.sub(
            r"^  status: ", f"  language: {language}\n  status: ", path.read_text(encoding="utf-8"), flags=re.M
        )
        path.write_text(text, encoding="utf-8")
        settings = Settings(packs=(packs,))
        record = build_record(folder, settings=settings, step=lambda _: None).record
        assert [found.same for found in recompute(record, None, settings=settings)] == [True]
        record |= {"templates": {"set": "default", "digest": "", "layer": "bundled", "changes": []}, "render": {}}
        view = build_view(record, digest="", cells=None, practice=False, medium="html", style="")
        return record, fill(view, templates=find("templates", "default", Settings()))

    return run


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page)).replace("&#39;", "'").replace("&#34;", '"')


def test_the_pseudo_language_reaches_every_text_of_the_pack_that_is_shown(
    page: Callable[[str, Texts], tuple[dict[str, Any], str]],
) -> None:
    pack = load_pack(find("questionnaires", "uk-policing", Settings()))
    own = [text for _, text in texts_of(pack)]

    record, html = page(PSEUDO, list(entries(pack, {}, fill=True)))
    said = words(html)

    # Short words ("Yes", "High") are also words of the report's own sentences.
    assert [text for text in own if len(text) > 25 and re.sub(r"\s+", " ", text) in said] == []
    assert sum(pseudo(text) in said for text in own) > 500
    assert record["pack"]["translation"] == {"language": PSEUDO, "own": "en", "missing": []}
    assert f'<span lang="{PSEUDO}">{pseudo("How quickly can a wrong outcome be put right?")}</span>' in html


def test_what_has_no_translation_stays_and_says_its_language(
    page: Callable[[str, Texts], tuple[dict[str, Any], str]],
) -> None:
    record, html = page("fr", [("A8.text", "How quickly can a wrong outcome be put right?", "En combien de temps ?")])

    assert '<span lang="fr">En combien de temps ?</span>' in html
    assert (
        '<span lang="en">What is the worst thing that can lawfully happen to a person following an output?</span>'
        in html
    )
    missing = record["pack"]["translation"]["missing"]
    assert ["A8.text", "How quickly can a wrong outcome be put right?"] not in missing
    assert f"{len(missing):,} of its texts have no translation" in html
    assert record["assessment"]["language"] == "fr"


def test_figures_do_not_change_with_the_language(
    repo: Path, tmp_path: Path, page: Callable[[str, Texts], tuple[dict[str, Any], str]]
) -> None:
    """Even where the unit, by which a share is known to be one, is translated."""
    pack = load_pack(find("questionnaires", "uk-policing", Settings()))
    record, _ = page(PSEUDO, list(entries(pack, {}, fill=True)))
    plain = unaudited(repo, tmp_path / "plain")

    def figures(scoring: dict[str, Any]) -> list[Any]:
        keys = ("code", "inherent", "mitigation", "point", "low", "high", "band")
        states = [(one["id"], one["state"]) for key in ("hard_stops", "flags", "floors") for one in scoring[key]]
        return [[one[key] for key in keys] for one in scoring["dimensions"]] + states

    assert figures(record["scoring"]) == figures(plain["scoring"])


def unaudited(repo: Path, folder: Path) -> dict[str, Any]:
    shutil.copytree(repo / "examples" / "misconduct-pilot", folder)
    for name in ("audit.yaml", "audit.lock"):
        (folder / name).unlink(missing_ok=True)
    return build_record(folder, settings=Settings(), step=lambda _: None).record


def test_a_language_without_a_catalogue_is_refused_where_it_stands(tmp_path: Path) -> None:
    from impact.assessment.answers import read_questionnaire
    from impact.assessment.folder import open_folder
    from impact.assessment.new import new_assessment

    new_assessment(tmp_path / "mine", pack="uk-policing", settings=Settings(), today=date(2026, 11, 20))
    path = tmp_path / "mine" / "assessment.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  status: draft", "  language: cy\n  status: draft"), encoding="utf-8")

    with pytest.raises(PackError) as caught:
        read_questionnaire(open_folder(tmp_path / "mine"), settings=Settings())

    (fault,) = caught.value.faults
    assert fault.code == "Q066"
    assert "assessment.yaml:" in fault.where


def test_a_short_form_has_the_translations_of_its_full_form() -> None:
    short = load_pack(find("questionnaires", "uk-council-short", Settings()))
    full = load_pack(find("questionnaires", "uk-policing", Settings()))

    made = in_language(short, {each: pseudo(each[1]) for each in texts_of(full)}, PSEUDO)

    assert {context for context, _ in made.missing} == {
        "pack.title", "escalation.text", "outcomes.hold.label", "outcomes.full-form.label",
        "outcomes.short-form-conditions.label", "outcomes.short-form.label",
    }  # fmt: skip


def test_a_translation_that_nobody_has_reviewed_since_the_text_changed_is_left_out() -> None:
    po = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    po += '#, fuzzy\nmsgctxt "A"\nmsgid "one"\nmsgstr "un"\n\nmsgctxt "B"\nmsgid "one"\nmsgstr "une"\n\n'
    po += 'msgctxt "C"\nmsgid "two"\nmsgstr ""\n'

    assert read_catalogue(po.encode(), name="x.po") == {("B", "one"): "une"}


def test_a_broken_catalogue_is_a_fault() -> None:
    with pytest.raises(PackError, match="Q065"):
        read_catalogue(b"no catalogue at all\n", name="x.po")


def test_words_that_look_like_a_mark_are_never_markup() -> None:
    assert str(spans("\ufdd0fr\ufdd1<b>\ufdd2 & x")) == '<span lang="fr">&lt;b&gt;</span> &amp; x'
