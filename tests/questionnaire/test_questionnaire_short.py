"""A short form asks the full form's own questions, and never lets a gap pass for an answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.errors import PackError
from impact.questionnaire.answers import read_answers
from impact.questionnaire.blocks import pack_block, scoring_block
from impact.questionnaire.evaluate import Context, evaluate
from impact.questionnaire.inspection import check_pack
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores, score
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import parse

# documents.md of the design, T-11.
T_11 = (
    "A2, A4, A5, A7, A8, A9, A10, B5, B6, B9, C1, C4, C6, C7, D4, E2, E6, F1, F2, F3, F4, G3, H1, H4, J1, K3, K5, M2, "
    "N1, N3, Q1"
)
SUBSET = T_11.split(", ")
MILD = {
    "A2": "x" * 200, "A4": "[{purpose: Bins}]", "A5": "[council]", "A7": "inconvenience", "A8": "within-a-day",
    "A9": 900, "A10": 0, "B5": "open", "B6": 3, "B9": 40000,
    "C1": "[{purpose: Bins, basis: statute, citation: An Act}]",
    "C6": "{value: all-five}", "C7": "yes", "D4": "[]", "E2": "victim-reported", "E6": "independent-body",
    "F1": "background", "F2": "no", "F3": "{value: stated-and-checked}", "F4": "[none-taken]",
    "G3": "{value: three-or-more-costed}", "H1": "yes", "H4": "independent", "J1": "no-blocked",
    "K3": "told-individually", "K5": "{value: independent}", "M2": "at-once", "N1": "public-body", "N3": "yes",
    "Q1": "2027-06-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def short() -> Pack:
    return load_pack(find("questionnaires", "uk-council-short", Settings()))


@pytest.fixture
def ask(short: Pack) -> Callable[..., Scores]:
    """The mild answers with some of them otherwise; None leaves one out."""

    def run(**changed: Any) -> Scores:
        given = {name: value for name, value in {**MILD, **changed}.items() if value is not None}
        text = "answers:\n" + "".join(f"  {name}: {value}\n" for name, value in given.items())
        context = Context(assessment_date=date(2026, 11, 20), approval_threshold=500_000.0, processing_started=True)
        answers = read_answers(parse(text, name="a.yaml", family="A"), short)
        return score(evaluate(short, answers, context=context, evidence={}))

    return run


def block(scores: Scores) -> Any:
    return scoring_block(scores)["escalation"]


def test_it_asks_the_full_forms_own_questions_and_no_others(short: Pack, pack: Pack) -> None:
    assert list(short.questions) == SUBSET
    assert all(short.questions[name] == pack.questions[name] for name in SUBSET)


def test_the_bundled_short_form_and_its_examples_have_no_fault() -> None:
    assert check_pack(find("questionnaires", "uk-council-short", Settings())) == []


def test_mild_and_whole_answers_hold_no_reason_for_the_full_form(ask: Callable[..., Scores]) -> None:
    found = ask()

    assert block(found)["use_full_form"] is False
    assert found.outcome.outcome.code == "short-form"
    assert found.demands is None


@pytest.mark.parametrize(
    ("changed", "sent_by"),
    [
        ({"A8": "over-a-month"}, ["A8"]),  # 0.7, the limit itself
        ({"A10": 69.9}, []),
        ({"A10": 70}, ["A10"]),
        ({"D4": "[race, health]"}, []),  # 2 of 3
        ({"M2": "{status: not_known}"}, ["M2"]),  # an open risk counts as 0.7
        ({"E2": "{judged: {value: 0.9, reason: Ours}}"}, ["E2"]),
        ({"K5": "{value: none}"}, []),  # a missing safeguard is no severity
    ],
)
def test_a_severity_at_the_limit_asks_for_the_full_form(
    ask: Callable[..., Scores], changed: dict[str, Any], sent_by: list[str]
) -> None:
    extra = {"C4": "{value: complete}"} if "D4" in changed else {}
    found = block(ask(**changed, **extra))

    assert [one["question"] for one in found["severities"]] == sent_by
    assert found["use_full_form"] is bool(sent_by)


def test_a_stop_that_needs_a_question_of_the_full_form_is_unresolved_and_names_it(ask: Callable[..., Scores]) -> None:
    """HS-09 asks for the stage, A3, which the short form does not ask."""
    found = ask(H1="no")

    assert block(found)["stops"] == [
        {
            "id": "HS-09",
            "state": "unresolved",
            "text": "No equality analysis before a decision from procurement onward",
            "missing": ["A3"],
        }
    ]
    assert found.outcome.outcome.code == "full-form"


def test_a_stop_of_a_module_is_unresolved_once_the_module_applies(ask: Callable[..., Scores]) -> None:
    states = {one.stop.id: one.state for one in ask().stops}
    drones = {one.stop.id: (one.state, one.missing) for one in ask(A5="[council, drone]").stops}

    assert {name: states[name] for name in ("HS-13", "HS-14", "HS-15")} == dict.fromkeys(
        ("HS-13", "HS-14", "HS-15"), "not-applicable"
    )
    assert states["HS-05"] == "clear"
    assert drones["HS-05"] == ("unresolved", ("X1", "X3"))
    # Whether drones carry face matching (X1) is not asked, so that the module on faces may apply.
    assert drones["HS-14"] == ("unresolved", ("T9",))


def test_a_stop_that_fires_comes_before_the_full_form(ask: Callable[..., Scores]) -> None:
    found = ask(C1="[{purpose: Bins, basis: none}]")

    assert found.outcome.outcome.code == "do-not-proceed"
    assert [(one["id"], one["state"]) for one in block(found)["stops"]] == [("HS-01", "fired")]


def test_a_floor_that_cannot_be_decided_may_apply(ask: Callable[..., Scores]) -> None:
    def floor(scores: Scores) -> Any:
        return next((ruling.state, ruling.missing) for one, ruling in scores.floors if one.id == "FL-5")

    assert floor(ask()) == ("clear", ())
    assert floor(ask(N1="supplier")) == ("unresolved", ("N4",))


def test_what_is_not_asked_is_listed(ask: Callable[..., Scores], pack: Pack) -> None:
    left = block(ask())["not_asked"]

    assert [one["id"] for one in left["hard_stops"]] == ["HS-02", "HS-04", "HS-07", "HS-10", "HS-11", "HS-12"]
    assert sum(one["questions"] for one in left["sections"]) == 213 - 31
    assert {one["id"]: one["applies"] for one in left["sections"]}["V"] is True
    assert {one["id"]: one["applies"] for one in left["sections"]}["X"] is False
    named = {"A4", "A2", "B6", "E6", "G3", "H4", "K5", "N3", "Q1"}
    assert left["flags"] == 50 - len(named)


def test_a_half_filled_short_form_is_held(ask: Callable[..., Scores]) -> None:
    assert ask(**dict.fromkeys(SUBSET[3:20])).outcome.outcome.code == "hold"


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        ("[A2, A4,", "[A2, A44,", "Q050", "Did you mean “A4”?"),
        ("[A2, A4,", "[A2, A2, A4,", "Q013", "named twice"),
        ('version: "1.0.0"\n  questions', 'version: "1.1.0"\n  questions', "Q051", "version 1.0.0, which stands here"),
        ("pack: uk-policing", "pack: uk-polcing", "Q052", "no pack “uk-polcing”"),
        ("severity_at_least: 0.7", "severity_at_least: 7.0", "Q012", "severity_at_least"),
    ],
)
def test_a_short_form_that_does_not_fit_its_full_form_is_refused(
    tmp_path: Path, before: str, after: str, code: str, said: str
) -> None:
    folder = tmp_path / "uk-council-short"
    shutil.copytree(find("questionnaires", "uk-council-short", Settings()).folder, folder)
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    assert text.count(before) == 1
    (folder / "pack.yaml").write_text(text.replace(before, after), encoding="utf-8")

    with pytest.raises(PackError) as caught:
        load_pack(find("questionnaires", str(folder), Settings()))

    assert code in {fault.code for fault in caught.value.faults}
    assert said in str(caught.value)


def test_a_reworded_question_of_the_full_form_reaches_the_short_form_and_its_record(tmp_path: Path) -> None:
    """The full form beside the short one is used; its digest stands in the record, since the words are its own."""
    for name in ("uk-council-short", "uk-policing"):
        shutil.copytree(find("questionnaires", name, Settings()).folder, tmp_path / name)
    path = tmp_path / "uk-policing" / "sections" / "A.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("How quickly can a wrong outcome be put right?", "How soon?"), encoding="utf-8")

    made = load_pack(find("questionnaires", str(tmp_path / "uk-council-short"), Settings()))
    bundled = load_pack(find("questionnaires", "uk-council-short", Settings()))

    assert made.questions["A8"].text == "How soon?"
    assert made.short is not None
    assert bundled.short is not None
    assert made.short.digest != bundled.short.digest
    local = find("questionnaires", str(tmp_path / "uk-council-short"), Settings())
    assert [(one["file"], one["what"]) for one in pack_block(made, local)["changes"]] == [
        ("uk-policing/sections/A.yaml", "differs from the bundled pack")
    ]
