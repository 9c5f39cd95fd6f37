"""Two assessments side by side on a page: accessible, fit for an archive, silent on nothing that a side lacks."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from impact.assessment.sides import compared, head_of_sides
from impact.canonical import canonical_json, digest
from impact.errors import RenderError
from impact.report import Rendered, render

SIDES = ("first", "second")


def side(record: dict[str, Any], name: str, **other: Any) -> dict[str, Any]:
    """What the record of both says of one; written here, as docs/record.md has it."""
    head = record["assessment"]
    return {
        "attached": f"{name}.pdf",
        "read_from": "document",
        "digest": "sha256:" + "1" * 64,
        "record_digest": "sha256:" + "2" * 64,
        **{key: head[key] for key in ("id", "title", "version", "date", "status", "organisation", "system")},
        "pack": None,
        "document": "general",
        "incomplete": True,
        "illustration": True,
        "practice": False,
        "signers": [{"role": "Assessor", "name": "Ada", "time": None}],
        "signatures": "verified",
        **other,
    }


@pytest.fixture(scope="module")
def both(sample: Any, templates: Any) -> dict[str, Any]:
    """A second body that answered less, counted nothing, and differs on one question."""
    first = json.loads(canonical_json(sample.full_record()))
    second = copy.deepcopy(first)
    second["assessment"] |= {"id": "panel-2026", "organisation": "Example Ethics Panel"}
    second |= {"audit": None, "against": {"record_digest": "d1", "answers": {}}}
    asked = [question for section in second["questionnaire"]["sections"] for question in section["questions"]]
    answered = [question for question in asked if question["state"] == "answered"]
    answered[0] |= {"state": "not_known", "stand": {"says": "differ", "reason": "Nobody could show it"}}
    answered[1] |= {"state": "unanswered", "answer": None}
    record = {
        "schema": "impact/record/1",
        "tool": {"name": "impact", "version": "0.1.0"},
        "assessment": head_of_sides(first, second),
        "sides": {
            "first": side(first, "first", signatures="failed"),
            "second": side(second, "second"),
            "comparison": compared(first, second, digests=("d1", "d2"), first_cells=None),
        },
        **dict.fromkeys(("pack", "questionnaire", "scoring", "audit", "claims")),
        "law": {},
        "evidence": [],
        "inputs": [],
        "templates": {
            "set": templates.name,
            "digest": templates.digest,
            "layer": "bundled",
            "changes": [],
            "document": "side-by-side",
        },
    }
    return json.loads(canonical_json(record))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def page(both: dict[str, Any], templates: Any) -> Rendered:
    files = {"first.pdf": b"%PDF one", "second.pdf": b"%PDF two"}
    return render(canonical_json(both), cells=None, templates=templates, attached=files)


def words_of(html: str) -> str:
    text = re.sub(r"<style.*?</style>|<title>.*?</title>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_it_is_accessible_and_fit_for_an_archive(page: Rendered, problems: Any, archive_problems: Any) -> None:
    assert problems(page.pdf) == []
    assert archive_problems(page.pdf) == []


def test_it_carries_both_documents(page: Rendered, both: dict[str, Any]) -> None:
    from impact.signing.attachments import attachments

    held = attachments(page.pdf).files

    assert sorted(held) == ["first.pdf", "record.json", "second.pdf"]
    assert digest(held["record.json"]) in words_of(page.html)


def test_it_says_who_is_silent_and_who_differs_and_which_side_did_not_verify(
    page: Rendered, both: dict[str, Any]
) -> None:
    text = words_of(page.html)

    assert "FIRST DOCUMENT DID NOT VERIFY" in text
    assert "DIFFERS from the first: Nobody could show it." in text
    assert "Silent: unanswered." in text
    assert "Only one of the two counted the system’s output." in text
    assert "The second body did not count the system’s output" in text
    for word in ("right or wrong", "compliant", "lawful"):
        assert word not in text
    results = both["sides"]["comparison"]["results"]
    assert (results["differ"], results["first_only"], results["second_only"]) == (1, 1, 0)


def test_one_assessment_is_no_comparison(sample: Any, templates: Any) -> None:
    named = {
        "set": templates.name,
        "digest": templates.digest,
        "layer": "bundled",
        "changes": [],
        "document": "side-by-side",
    }

    with pytest.raises(RenderError) as caught:
        render(canonical_json({**sample.full_record(), "templates": named}), cells=None, templates=templates)

    assert [fault.code for fault in caught.value.faults] == ["R070"]
