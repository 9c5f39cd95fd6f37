"""The whole view, in the order in which the document is read, so that numbers run from front to back.

In: a record, its digest, whether counts are attached, the medium. Out: ``View``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.model import AnsweredSection, BarredSection, Contents, Heading, View
from impact.report.typeface import drawable_characters
from impact.report.view.annex import (
    make_evidence,
    make_law,
    make_limits,
    make_method,
)
from impact.report.view.answers import make_answers
from impact.report.view.audit import make_findings
from impact.report.view.barred import barred_section
from impact.report.view.claims import make_claims
from impact.report.view.clean import cleaned
from impact.report.view.enquiries import make_enquiries
from impact.report.view.frame import make_cover, make_frame, make_summary
from impact.report.view.language import marked
from impact.report.view.parts import Numbering, question_texts
from impact.report.view.points import make_points
from impact.report.view.promises import make_promises
from impact.report.view.provenance import make_provenance, make_verifying
from impact.report.view.rates import make_rates
from impact.report.view.scoring import make_change, make_levels, make_stops
from impact.report.view.sheets import make_bounds, make_identification, make_second_opinion
from impact.report.view.short import make_short_form
from impact.report.view.standard import make_standard
from impact.report.view.topics import make_topics
from impact.report.view.withheld import bar_of, make_withheld, prepared

__all__ = ["build_view"]


def build_view(
    record: Mapping[str, Any],
    *,
    digest: str,
    cells: bytes | None,
    practice: bool,
    medium: str,
    style: str,
    summarised: bool = True,
) -> View:
    """Build every displayed string from a record.

    Args:
        record: As in docs/record.md.
        digest: SHA-256 of the record's bytes.
        cells: The counts that will be attached, or None.
        practice: The document will be signed with a practice key.
        medium: ``pdf`` (characters that the typeface lacks are written out) or ``html``.
        style: CSS of the template set.
        summarised: The page begins with the summary, which then is section 1.
    """
    undrawn: set[str] = set()
    drawable = drawable_characters() if medium == "pdf" else None
    shown = marked(prepared(cleaned(record, drawable=drawable, changed=undrawn)))
    audit, scoring = shown.get("audit"), shown.get("scoring")
    attached = cells is not None
    number = Numbering()
    summary = make_summary(shown, number if summarised else Numbering(), cells=attached)
    withheld = make_withheld(shown, number)
    short_form = make_short_form(shown, number)
    levels = None
    barred: list[BarredSection | None] = []
    if scoring and scoring["dimensions"]:  # of a public version every dimension may be withheld
        levels = make_levels(scoring, shown.get("scoring_untested"), question_texts(shown), number)
    else:
        barred.append(barred_section(shown, number, "levels"))
    stops = make_stops(shown, number) if scoring else None
    untold = bool(bar_of(shown, "scoring/sensitivity"))
    change = make_change(scoring, question_texts(shown), number, untold=untold) if scoring else None
    claims = make_claims(shown, number)
    enquiries = make_enquiries(shown, number) if shown.get("enquiries") else None
    barred.append(barred_section(shown, number, "enquiries"))
    promises = make_promises(shown, number) if shown.get("promises") else None
    barred.append(barred_section(shown, number, "promises"))
    findings = make_findings(audit, number) if audit else None
    if not audit:
        barred.append(barred_section(shown, number, "findings"))
    identification = make_identification(audit, number) if audit else None
    rates = make_rates(audit, number) if audit else None
    bounds = make_bounds(audit, number) if audit else None
    topics = (*make_points(shown, number), *(make_topics(audit, number) if audit else ()))
    if audit:
        barred.append(barred_section(shown, number, "tables"))
    standard = make_standard(audit, number) if audit else None
    second_opinion = make_second_opinion(audit, number) if audit else None
    limits = make_limits(shown, number, cells=attached, undrawn=undrawn)
    answers = make_answers(shown, number) if shown.get("questionnaire") else None
    law = make_law(shown, number)
    barred.append(barred_section(shown, number, "law"))
    gone = {part.place: part for part in barred if part}
    method = make_method(shown, number)
    evidence = make_evidence(shown, number)
    provenance = make_provenance(shown, number)
    verifying = make_verifying(shown, number, digest=digest, cells=cells, practice=practice)
    parts = (
        (summary.heading, ()),
        (withheld and withheld.heading, ()),
        (short_form and short_form.heading, ()),
        (levels and levels.heading, ()),
        _gone(gone, "levels"),
        (stops and stops.heading, ()),
        (change and change.heading, ()),
        (claims and claims.heading, ()),
        (enquiries and enquiries.heading, ()),
        _gone(gone, "enquiries"),
        (promises and promises.heading, ()),
        _gone(gone, "promises"),
        (findings and findings.heading, ()),
        _gone(gone, "findings"),
        (identification and identification.heading, ()),
        (rates and rates.heading, tuple(_inner(m.anchor, m.title) for m in rates.metrics) if rates else ()),
        (bounds and bounds.heading, ()),
        *((topic.heading, ()) for topic in topics),
        _gone(gone, "tables"),
        (standard and standard.heading, ()),
        (second_opinion and second_opinion.heading, ()),
        (limits.heading, ()),
        (answers and answers.heading, tuple(s.heading for s in _asked(answers.sections)) if answers else ()),
        (law and law.heading, ()),
        _gone(gone, "law"),
        (method.heading, ()),
        (evidence.heading, ()),
        (provenance.heading, ()),
        (verifying.heading, ()),
    )
    return View(
        medium=medium,
        frame=make_frame(shown, practice=practice, digest=digest, style=style),
        cover=make_cover(shown),
        contents=tuple(Contents(heading=heading, inner=inner) for heading, inner in parts if heading),
        summary=summary,
        withheld=withheld,
        barred=tuple(gone.values()),
        short_form=short_form,
        levels=levels,
        stops=stops,
        change=change,
        claims=claims,
        enquiries=enquiries,
        promises=promises,
        findings=findings,
        rates=rates,
        bounds=bounds,
        identification=identification,
        topics=topics,
        standard=standard,
        second_opinion=second_opinion,
        limits=limits,
        answers=answers,
        law=law,
        method=method,
        evidence=evidence,
        provenance=provenance,
        verifying=verifying,
    )


def _gone(gone: Mapping[str, BarredSection], place: str) -> tuple[Heading | None, tuple[Heading, ...]]:
    return (gone[place].heading if place in gone else None, ())


def _inner(anchor: str, title: str) -> Heading:
    return Heading(anchor=anchor, number="", title=title)


def _asked(sections: tuple[AnsweredSection, ...]) -> tuple[AnsweredSection, ...]:
    return tuple(section for section in sections if section.questions or section.state)
