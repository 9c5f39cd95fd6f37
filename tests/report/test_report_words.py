"""What the document says: stamps, states, reasons, law marks, and the words it never uses."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from impact.report.audit_page import audit_page
from impact.report.charts.bars import Bar, level_bars

FORBIDDEN = r"\b(compliant|lawful|unbiased|debiased|fair model|passed|solved|genuine|certified|anonymised|NaN)\b"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag

    def handle_data(self, data):
        if self.inside != "style":
            self.parts.append(data)


def text_of(page: str) -> str:
    reader = _Text()
    reader.feed(page)
    return " ".join(" ".join(reader.parts).split())


@pytest.fixture(scope="module")
def words(full) -> str:
    return text_of(full.html)


def test_forbidden_words_are_never_printed(full, audit_only, questionnaire_only):
    for rendered in (full, audit_only, questionnaire_only):
        text = text_of(rendered.html)
        assert not re.findall(FORBIDDEN, text, flags=re.IGNORECASE)
        # “fair” stands only in the pack's own name of a dimension.
        assert not re.findall(r"\bfair\b", text.replace("Fair process", ""), flags=re.IGNORECASE)


def test_headline_gives_each_level_with_its_dimension_point_and_interval(words):
    assert "Rights level Very high Privacy: 79.5 out of 100; the open questions allow 35.2 to 82.2" in words
    assert "Stewardship level High Vendor dependence: 71.0 out of 100; the open questions allow 36.0 to 76.0" in words
    assert "1 fired, 1 unresolved 1 clear, 1 that do not apply" in words
    assert "46.7%" in words  # 0.4678, rounded down
    assert "very weak" in words
    assert "disparity shown 2; inconclusive 1" in words


def test_ten_questions_to_ask_and_how_many_more(words):
    assert "Draft questions on Pattern Finder. A gap is no accusation." in words
    assert "On what day was contract 10 signed? (B10) The assessment leaves this open." in words
    assert "contract 11 signed" not in words
    assert "2 more drafts on what is open or in doubt" in words


def test_promises_say_what_has_no_date_no_owner_and_what_became_of_earlier_ones(words):
    assert "4 open promises; 0 reported as done." in words
    assert "No date is given for 1 of them: O6." in words  # a standing duty needs none
    assert "No owner is named for 2 of them: Q1 and O6." in words
    assert "Overdue: 1 of them: R5." in words
    assert "Meet the condition (Publish the log) 30 September 2026, overdue SRO" in words
    assert "made 3 promises: 1 met, 1 moved to a later day and 1 not reported. Silence counts as not reported." in words
    assert "Finish the DPIA 30 June 2026 Met" in words
    assert "Meet the condition 30 September 2026 Not reported; overdue" in words
    assert "End the use 31 December 2026 Moved to a later day: 26 July 2027" in words


def test_what_would_change_the_level_names_pairs_evidence_and_what_holds_it(words):
    assert "Both at their best: the rights level would be High instead of Very high" in words
    assert "All that is claimed Privacy 79.5 to 75.6; no level moves" in words
    assert "Vendor dependence stays High: FL-5 holds it at 50 or above." in words


def test_unresolved_is_never_listed_as_clear(words):
    assert "Unresolved, and not to be read as clear: HS-05." in words
    clear = words[words.index("Hard stops that are clear") : words.index("Do not apply here: HS-13")]
    assert "HS-06" in clear
    assert "HS-05" not in clear


def test_one_rule_on_several_questions_shows_the_state_of_each(sample, as_html):
    record = sample.full_record()
    record["scoring"]["hard_stops"][1]["state"] = "fired"

    assert "C6 clear, X1 unresolved" in text_of(as_html(record))


def test_undefined_rates_keep_their_row_and_say_why(words):
    assert "Traveller 0 of 0 undefined, because the decision was yes for nobody in the group" in words
    assert (
        "Share of misconduct that was flagged No group has a value, 1 row in all: not identified, because the outcome "
        "is known only for some people." in words
    )


def test_a_chart_says_the_same_numbers_as_its_table_and_draws_no_point_for_undefined(full):
    titles = [html.unescape(found) for found in re.findall(r"<title>(.*?)</title>", full.html)]
    drawn = next(title for title in titles if title.startswith("Share of flags that were wrong by Ethnicity"))

    assert "White 70.6% (65.5% to 75.2%)" in drawn
    assert "Traveller: undefined, because the decision was yes for nobody in the group" in drawn
    svg = next(found for found in re.findall(r"<svg.*?</svg>", full.html) if "Share of flags that were wrong" in found)
    assert svg.count("<circle") == 2  # White and Black; Travellers have none


def test_zero_is_printed_with_its_upper_limit(words):
    assert "Traveller 0 of 12 0% 0% to 24.2%" in words


def test_a_rare_alert_is_said_as_one_in(words):
    # 10 alerts for 3,147,436 faces: 1 in 314,743.6; limits 1.7 and 5.8 in a million, worked by hand.
    assert "1 in 314,744 (1 in 172,414 to 588,235)" in words


def test_law_carries_every_mark_that_it_must(words):
    assert "UK GDPR art 35 (impact assessment) (citation to be checked)" in words
    assert "EU AI Act art 27 (comparison only)" in words
    assert "A Bill before Parliament (pending)" in words
    assert "Equality Act 2010 s.149 (" not in words
    assert "Law as at November 2026" in words
    assert "not legal advice" in words


def test_answers_show_state_note_judgement_evidence_and_author(words):
    assert "0.6: it leaves out the extension" in words
    assert "Impact assessment (evidence/dpia.md), 3 October 2026, not published" in words
    assert "Ada Assessor, 1 November 2026" in words
    assert "Drafted by a language model" in words
    assert "Answered “Not known”, which counts as unanswered" in words
    assert "Refused: commercially confidential" in words
    assert "Hidden by their conditions, so not asked: A11." in words
    assert "It is undecided whether this section applies" in words
    assert "Staff association 2026-09" in words


def test_local_changes_are_listed_and_an_unchanged_pack_is_said_to_be_so(words, sample, as_html):
    assert "Questionnaire pack “uk-policing”: question A9 reworded" in words
    record = sample.full_record()
    record["pack"] |= {"layer": "bundled", "changes": []}

    assert "None: the questionnaire and the templates are those that come with the toolkit." in text_of(as_html(record))


def test_digests_and_commands_to_check_them_are_printed(full, full_bytes, words):
    import hashlib

    assert "sha256:" + hashlib.sha256(full_bytes).hexdigest() in words
    assert "sha256:" + "11" * 32 in words
    assert "sha256:" + "22" * 32 in words
    assert "impact verify report.pdf --trust TRUST" in words


def test_practice_is_stamped_and_a_final_complete_record_carries_no_stamp(sample, as_html, words):
    assert "PRACTICE SIGNATURE – NOT A REAL ONE · ILLUSTRATION · DRAFT · INCOMPLETE – NOT FOR DECISION" in words
    record = sample.full_record()
    record["assessment"] |= {"status": "final", "illustration": None}
    record["scoring"] |= {"incomplete": False}
    text = text_of(as_html(record))

    for stamp in ("PRACTICE", "ILLUSTRATION", "DRAFT", "INCOMPLETE"):
        assert stamp not in text
    assert "PRACTICE SIGNATURE" in text_of(as_html({**record, "practice": True}))


def test_audit_alone_says_that_no_questionnaire_was_answered(audit_only):
    text = text_of(audit_only.html)

    assert "No questionnaire was answered." in text
    for absent in ("Levels by dimension", "Hard stops", "Questions and answers", "INCOMPLETE"):
        assert absent not in text
    assert "Findings of the audit" in text


def test_questionnaire_alone_says_that_nothing_was_counted(questionnaire_only):
    text = text_of(questionnaire_only.html)

    assert "The output of the system was not audited." in text
    for absent in ("Rates by group", "Second opinion", "What the data do not identify"):
        assert absent not in text
    assert "Levels by dimension" in text


def test_audit_without_attached_counts_says_that_it_cannot_be_recomputed(sample, templates):
    from impact.canonical import canonical_json
    from impact.report import render_html

    text = text_of(render_html(canonical_json(sample.full_record()), cells=None, templates=templates))

    assert "so its figures cannot be recomputed from this file" in text


def test_a_plan_changed_after_registration_is_said_to_be_changed(sample, as_html, words):
    assert "registered on 2 November 2026, 09:30 UTC, and the plan used here has the same digest" in words
    record = sample.full_record()
    record["audit"]["plan_registered"]["matches"] = False
    assert "it was changed afterwards" in text_of(as_html(record))
    record["audit"]["plan_registered"] = None
    assert "The plan was not registered before the data were read" in text_of(as_html(record))


def test_missing_margin_and_skipped_second_opinion_are_said(sample, as_html):
    record = sample.full_record()
    record["audit"]["plan"]["plan"]["margin"] = None
    record["audit"]["second_opinion"] = {"status": "skipped", "tolerance": None, "fairlearn": None, "aif360": None}
    text = text_of(as_html(record))

    assert "No margin was declared" in text
    assert "No other program has recomputed the figures." in text


def test_tests_of_claims_show_levels_before_and_after(sample, as_html):
    record = sample.full_record()
    record["scoring"]["claims"] = "tested"
    record["scoring"]["dimensions"][0] |= {"point": 84.0}

    assert "Privacy 79.5 (Very high) 84.0 (Very high)" in text_of(as_html(record))


def test_bands_are_drawn_only_where_the_record_agrees_with_them(sample, as_html, words):
    assert "Bands: Low from 0, Moderate from 25, High from 50, Very high from 75." in words
    record = sample.full_record()
    record["scoring"]["dimensions"][7] |= {"band": "high", "band_label": "High"}

    assert "Bands: " not in text_of(as_html(record))


def test_caveats_are_sentences_without_their_codes(words):
    assert "This is an association. Nothing here says why the groups differ." in words
    assert "Ethnicity missing for 2.2%." in words
    assert not re.findall(r"\bC(03|11)\b", words)


def test_what_drives_a_level_names_the_question_in_its_words(words, sample):
    asked = {q["id"]: q["text"] for s in sample.full_record()["questionnaire"]["sections"] for q in s["questions"]}

    assert f"Raises it by 4.1 points: A9 {asked['A9']} – 45,000 people a year" in words
    assert f"Lowers it by 2.0 points: C7 {asked['C7']} – an impact assessment exists" in words


def test_small_numbers_are_written_without_exponents(words, sample, as_html):
    assert "less than 0.0001" in words  # ten to the power of -130
    assert "differ by no more than 0.000000001." in words
    assert not re.findall(r"\d(?:e-?\d|\^)", re.sub(r"sha256:\w+", "", words))
    record = sample.full_record()
    question = next(q for s in record["questionnaire"]["sections"] for q in s["questions"] if q["kind"] == "risk")
    question["value"] = 0.333333

    assert "severity 0.33 of 1" in text_of(as_html(record))


def test_evidence_is_not_said_to_be_attached(words):
    # The evidence stays with the assessor; the PDF holds the record and the counts.
    assert "a file, attached" not in words
    assert "a file, held by the assessor, with its digest in this document" in words


def test_extents_of_law_are_explained_where_they_occur(sample, as_html):
    record = sample.full_record()
    record["law"]["euai.27"] = {**next(iter(record["law"].values())), "extent": ["EU", "CoE"]}

    assert "EU European Union, CoE Council of Europe." in text_of(as_html(record))


def test_a_figure_that_was_not_computed_is_named_once(sample, as_html):
    record = sample.full_record()
    record["audit"]["labels"]["tpr"] = "share of cases found"
    record["audit"]["not_computed"] = [
        {"metric": "tpr", "reason": "outcome_not_observed", "text": "share of cases found: no outcome was recorded"}
    ]

    assert "share of cases found No outcome was recorded" in text_of(as_html(record))


def test_summary_gives_an_inconclusive_finding_in_one_sentence(words):
    start = words.index("What the audit found")
    summary = words[start : words.index("Red flags", start)]

    assert "F-0002, inconclusive. The data cannot say whether Travellers were flagged more often." in summary
    assert "None of 12 Travellers" not in summary
    assert "None of 12 Travellers" in words


def test_an_audit_page_begins_with_section_one(sample, templates):
    page = text_of(audit_page(sample.full_record()["audit"], templates=templates).html)

    assert "1 Findings of the audit" in page
    assert "2 Findings of the audit" not in page


def test_a_long_label_of_a_chart_is_broken_and_not_cut():
    drawing = str(
        level_bars(
            [Bar(label="Expression, belief and assembly", point=50, low=40, high=60, band="High")],
            title="Residual impact",
            bands=[],
        )
    )

    assert ">Expression, belief and<" in drawing
    assert ">assembly<" in drawing


def test_the_first_command_is_not_said_to_compare_the_pages_with_the_record(words):
    # A signer can attach one record and print another; only --rerender makes the pages again.
    before = words.split("impact verify report.pdf --trust TRUST --rerender")[0]

    assert "the record inside is the one printed here" not in words
    assert before.rstrip().endswith(
        "It does not read these pages. To have them made again from the record, and compared with what was signed:"
    )


def test_every_count_table_has_words_for_a_reader_who_finds_it_attached():
    from impact.metrics.tables.aggregates import NAMES
    from impact.report.view.provenance import ATTACHED

    assert set(ATTACHED) == set(NAMES)
