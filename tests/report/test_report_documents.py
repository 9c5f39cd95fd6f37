"""Documents from one record: each is accessible and archival, names its sources and gaps, and says nothing more."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pikepdf
import pytest

from impact.canonical import canonical_json, digest
from impact.cli.report import DocumentName
from impact.errors import RenderError
from impact.report import DOCUMENTS, Rendered, render, summary_age
from impact.report.documents.answered import Answered
from impact.report.documents.plain import about, reading_age
from impact.report.documents.summary import make_public_summary

CELLS = b"PAR1 stands for counts; this room attaches bytes and never reads them"
OTHERS = [name for name in DOCUMENTS if name != "general"]
FORBIDDEN = r"\b(compliant|lawful|unbiased|debiased|fair model|passed|solved|genuine|certified|anonymised|NaN)\b"


def named(record: dict[str, Any], name: str, resource: Any) -> dict[str, Any]:
    """The record as it is where it was rendered as the document ``name``."""
    block = {"set": resource.name, "digest": resource.digest, "layer": resource.layer, "changes": [], "document": name}
    return {**copy.deepcopy(record), "templates": block}


@pytest.fixture(scope="module")
def made(sample, templates) -> dict[str, tuple[bytes, Rendered]]:
    """Each document once."""
    found = {}
    for name in OTHERS:
        data = canonical_json(named(sample.full_record(), name, templates))
        found[name] = (data, render(data, cells=CELLS, templates=templates, practice=True))
    return found


def words_of(html: str) -> str:
    text = re.sub(r"<style.*?</style>|<title>.*?</title>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_command_the_room_and_the_template_set_name_the_same_documents(repo):
    files = {path.name.removesuffix(".html.j2") for path in (repo / "templates/default/documents").glob("*.j2")}

    assert [name.value for name in DocumentName] == list(DOCUMENTS)
    assert files - {"base", "composed", "said", "side-by-side"} == set(OTHERS)  # of two records: test_report_sides


@pytest.mark.parametrize("name", OTHERS)
def test_a_document_is_accessible_and_fit_for_an_archive(name, made, problems, archive_problems):
    _, rendered = made[name]

    assert problems(rendered.pdf) == []
    assert archive_problems(rendered.pdf) == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_document_carries_its_record_prints_its_digest_and_can_be_signed(name, made):
    data, rendered = made[name]
    with pikepdf.open(io.BytesIO(rendered.pdf)) as document:
        attached = document.attachments["record.json"].get_file().read_bytes()
        fields = [str(field.T) for field in document.Root.AcroForm.Fields]
        identifier = document.open_metadata()["dc:identifier"]

    assert (attached, identifier) == (data, digest(data))
    assert fields == ["Assessor", "DPO", "SRO", "Oversight"]
    assert digest(data) in words_of(rendered.html)


@pytest.mark.parametrize("name", OTHERS)
def test_no_document_prints_a_verdict_on_a_system_or_leaves_out_the_stamps(name, made):
    text = words_of(made[name][1].html)

    assert not re.findall(FORBIDDEN, text, flags=re.IGNORECASE)
    assert not re.findall(r"\bfair\b", text.replace("Fair process", ""), flags=re.IGNORECASE)
    for stamp in ("PRACTICE SIGNATURE", "ILLUSTRATION", "DRAFT", "INCOMPLETE – NOT FOR DECISION"):
        assert stamp in text


@pytest.mark.parametrize("name", OTHERS)
def test_every_line_of_a_document_has_a_source_or_is_a_gap(name, made):
    lines = re.findall(r'<p class="said( gap)?">(.*?)</p>', made[name][1].html)

    assert len(lines) > (4 if name == "review" else 10)  # a review says most of what it says in tables
    assert all(gap or 'class="source"' in line for gap, line in lines)
    assert all("Not stated in the record" in line or "An answer is missing" in line for gap, line in lines if gap)


def test_the_summary_says_shares_out_of_100_beside_counts_and_interval(sample):
    record = sample.full_record()
    row = {"group": {}, "metric": "ppv", "k": 842, "n": 5486, "value": 0.1534815, "ci": [0.144186, 0.163262]}
    record["audit"]["tables"]["rates"].append({**row, "reason": None, "method": "wilson"})

    wrong = next(part for part in make_public_summary(record).questions if part.heading.anchor == "wrong")
    said = {line.source: line.text for line in wrong.lines}

    expected = (
        "About 15 in 100 flags were right, as far as the outcome is known (842 of 5,486; 95% interval 14.4% to 16.3%)."
    )
    assert said["Audit, ppv"] == expected
    assert said["Audit, fnr"] == "Not stated in the record: the counts do not show it."
    # 200 of 4,000 and 400 of 40,012: 5.00% and 0.9997%, which is 1 in 100.03.
    assert "Black: about 5 in 100 (200 of 4,000; 95% interval 4.4% to 5.7%)" in said["Finding F-0001"]
    assert "all others: about 1 in 100 (400 of 40,012; " in said["Finding F-0001"]


@pytest.mark.parametrize(("k", "n"), [(9, 4000), (3991, 4000)])
def test_the_summary_prints_no_count_of_a_group_that_is_too_small_for_anybody(k, n, sample):
    record = sample.full_record()
    finding = next(each for each in record["audit"]["findings"] if each["id"] == "F-0001")
    finding["estimate"]["group"] |= {"k": k, "n": n, "value": k / n}

    wrong = next(part for part in make_public_summary(record).questions if part.heading.anchor == "wrong")
    line = next(line for line in wrong.lines if line.source == "Finding F-0001")

    assert "Some counts are too small to print here." in line.text
    assert f"{k:,} of" not in line.text


def test_what_nobody_answered_is_a_gap_with_its_reason(made):
    text = words_of(made["summary"][1].html)

    assert "Share not suspected. Not stated in the record: nobody has answered. [Question A10]" in text
    assert "People in a year. 45,000 people. [Answer A9]" in text


def test_an_answer_that_the_log_contradicts_is_never_shown_without_saying_so(sample):
    asked = sample.question("F3", "Who reviews?", answer=sample.answer("stated", "Stated", note="By hand"))
    ruling = {"verdict": "contradicted", "sentence": "Reviewers overturned nothing."}
    record = {
        "questionnaire": {"sections": [{"id": "F", "title": "F", "shown": True, "questions": [asked]}]},
        "claims": {"checks": [{"check": "CK-02", "questions": ["F3"], "ruling": ruling}]},
    }

    said = Answered(record).say("F3", "Who looks")

    assert said.text == "Stated. By hand. The decision log contradicts this (CK-02)."


def test_rows_of_an_answer_keep_numbers_and_write_days_out(sample):
    columns = [{"code": name, "label": name.capitalize()} for name in ("contract", "end", "number")]
    rows = {"columns": columns, "rows": [["Pilot", "2026-01-26", 20260126]]}
    asked = sample.question("B10", "When?", answer={**sample.answer(None), "rows": rows})
    record = {"questionnaire": {"sections": [{"id": "B", "title": "B", "shown": True, "questions": [asked]}]}}

    assert Answered(record).say("B10", "Ends").text == "Pilot (end: 26 January 2026; number: 20260126)."


def test_the_decision_form_has_its_annexes_and_proposes_nothing_as_an_officer(made):
    html = made["mopac-decision"][1].html
    text = words_of(html)
    annexes = re.findall(r'<h2 id="[^"]+">(Annex [A-Z] [^<]+)</h2>', html)

    assert annexes[:5] == [
        "Annex A Dashboard",
        "Annex B Rights",
        "Annex C Claims against evidence",
        "Annex D Conditions tracker",
        "Annex E Options",
    ]
    assert (
        "What the officer recommends (each an act: approve, refuse, delegate, extend with a break). Not stated" in text
    )
    assert "What the toolkit proposes, on its own ladder." in text
    assert "listed under “Issues for consideration”" in text  # the general assessment has them in its section 1
    assert "Not stated in the record: no answer was tested against a log of the system." in text


def test_a_document_that_is_not_known_is_refused(sample, templates):
    data = canonical_json(named(sample.full_record(), "horoscope", templates))

    with pytest.raises(RenderError) as caught:
        render(data, cells=None, templates=templates)

    assert [fault.code for fault in caught.value.faults] == ["R050"]


@pytest.mark.parametrize("change", [{"type": "text"}, {"id": "Z9"}])
def test_a_questionnaire_that_asks_something_else_is_refused_and_not_misread(change, sample, templates):
    record = named(sample.full_record(), "summary", templates)
    asked = next(q for s in record["questionnaire"]["sections"] for q in s["questions"] if q["id"] == "A9")
    asked |= change

    with pytest.raises(RenderError) as caught:
        render(canonical_json(record), cells=None, templates=templates)

    assert [fault.code for fault in caught.value.faults] == ["R051"]


def test_reading_age_is_the_grade_of_the_published_formula_plus_five():
    # Counted by hand: 13 words, 24 syllables as groups of vowels (Aus-tra-lian, rep-ti-lian), one sentence.
    # 0.39 × 13 + 11.8 × 24 / 13 − 15.59 = 11.265 (Kincaid and others 1975), plus 5.
    hard = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    # 12 words of one syllable in two sentences: 0.39 × 6 + 11.8 − 15.59 = −1.45, plus 5.
    easy = "The cat sat on the mat. The dog sat on the log."

    assert reading_age(hard) == pytest.approx(16.265, abs=0.001)
    assert reading_age(easy) == pytest.approx(3.55, abs=0.001)


def test_the_summary_of_a_whole_sample_is_read_at_twelve_or_younger(made):
    assert 0 < int(made["summary"][1].reading_age) <= 12
    assert f"Measured reading age of this text: {made['summary'][1].reading_age} years" in made["summary"][1].html


def test_the_reading_age_of_a_summary_is_known_before_it_is_made(made, sample):
    assert summary_age(sample.full_record()) == made["summary"][1].reading_age
    assert summary_age({"questionnaire": {"sections": []}}) == ""


def test_a_share_that_is_not_all_or_none_is_never_said_to_be():
    assert [about(share) for share in (0.00001, 0.995, 0.01, 0.99)] == [
        "about 1 in 100,000",
        "all but about 1 in 200",
        "about 1 in 100",
        "about 99 in 100",
    ]


def test_documents_without_a_name_stay_the_general_assessment(full, full_bytes):
    assert b'"document"' not in full_bytes
    assert full.reading_age == ""
    assert 'id="contents"' in full.html
