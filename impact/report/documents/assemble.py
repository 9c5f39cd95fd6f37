"""The view of one document: its own part, and the parts that it shares with the general assessment.

In: a record, its digest, the medium. Out: ``DocumentView``. Refuses a document that is not known (R050) and a
questionnaire that asks other things under the ids that the documents read (R051).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from impact.errors import Fault, RenderError
from impact.report.documents.annexes import anchors, make_cited, named_anchors, only_cited
from impact.report.documents.atrs import make_atrs
from impact.report.documents.briefing import make_briefing
from impact.report.documents.comparison import make_comparison
from impact.report.documents.decision import make_decision_form
from impact.report.documents.dpia import make_dpia
from impact.report.documents.eqia import make_eqia
from impact.report.documents.fria import make_fria
from impact.report.documents.procurement import make_procurement
from impact.report.documents.review import make_review
from impact.report.documents.short_form import make_screening
from impact.report.documents.sides import as_sides, make_sides
from impact.report.documents.summary import make_public_summary, public_age
from impact.report.model import Cover, DocumentView
from impact.report.typeface import drawable_characters
from impact.report.view.annex import make_evidence
from impact.report.view.answers import make_answers
from impact.report.view.clean import cleaned
from impact.report.view.frame import make_cover, make_frame, not_done, small_counts
from impact.report.view.language import marked
from impact.report.view.parts import Numbering
from impact.report.view.provenance import local_changes, make_provenance, make_verifying
from impact.report.view.withheld import hidden_names, make_withheld, prepared

__all__ = ["GENERAL", "NAMES", "build_document", "named_document", "refuse_other_questions", "summary_age"]

GENERAL = "general"
# What the documents read by id, with the type that each question has in the bundled packs.
_CORE = {"A2": "text", "A7": "single", "A9": "number", "Q1": "date"}


@dataclass(frozen=True)
class _Kind:
    """A document: its name on the first page, the field that its own part fills, which answers its annex shows."""

    title: str
    part: str  # field of DocumentView: public, decision, or composed
    make: Callable[[Mapping[str, Any], Numbering], Any]
    answers: str  # which answers its annex shows: “all”, “cited”, or none at all: “”


_KINDS: Mapping[str, _Kind] = {
    "summary": _Kind("Public summary", "public", lambda record, _: make_public_summary(record), ""),
    "mopac-decision": _Kind("Request for a decision", "decision", make_decision_form, "all"),
    "briefing": _Kind("Civil-liberties briefing", "composed", make_briefing, "cited"),
    "dpia": _Kind("Data protection impact assessment", "composed", make_dpia, "all"),
    "eqia": _Kind("Equality impact assessment", "composed", make_eqia, "all"),
    "fria": _Kind("Fundamental rights impact assessment", "composed", make_fria, "all"),
    "atrs": _Kind("Transparency record, draft", "composed", make_atrs, "cited"),
    "procurement": _Kind("Procurement transparency annex", "composed", make_procurement, "cited"),
    "short-form": _Kind("Short form", "composed", make_screening, "cited"),
    "comparison": _Kind("Comparison of suppliers", "composed", make_comparison, "cited"),
    "review": _Kind("Conditions and review", "composed", make_review, "cited"),
}
NAMES = (GENERAL, *_KINDS)
# Of two records: made by “impact diff”, and not one of the documents of an assessment.
SIDES = "side-by-side"
_ALL = {**_KINDS, SIDES: _Kind("Two assessments side by side", "composed", make_sides, "")}


def named_document(record: Mapping[str, Any]) -> str:
    """The document that a record names; the general assessment where it names none.

    Raises:
        RenderError: R050 the name is not that of a document.

    >>> named_document({}), named_document({"templates": {"set": "default", "document": "summary"}})
    ('general', 'summary')
    """
    name = (record.get("templates") or {}).get("document", GENERAL)
    if name not in (GENERAL, *_ALL):
        wanted = f"one of {', '.join(NAMES)}"
        raise RenderError(Fault("record.json", "names a document that is not known", wanted, "Name another", "R050"))
    return str(name)


def build_document(
    record: Mapping[str, Any], *, digest: str, cells: bytes | None, practice: bool, medium: str, style: str
) -> DocumentView:
    """Build every displayed string of the document that the record names. Arguments as ``build_view``.

    Raises:
        RenderError: R050 and R051.
    """
    kind = _ALL[named_document(record)]
    refuse_other_questions(record)
    undrawn: set[str] = set()
    drawable = drawable_characters() if medium == "pdf" else None
    shown = marked(prepared(cleaned(record, drawable=drawable, changed=undrawn)))
    number = Numbering()
    part = kind.make(shown, number)
    named = named_anchors(part)
    cited = make_cited(shown, number, named) if kind.answers else None
    answers = make_answers(shown, number) if kind.answers and shown.get("questionnaire") else None
    if answers and kind.answers == "cited":
        answers = only_cited(answers, named)
    evidence = make_evidence(shown, number) if kind.answers else None
    provenance = make_provenance(shown, number) if kind.answers else None
    withheld = make_withheld(shown, number, annex=True)
    age = public_age(part) if kind.part == "public" else None
    view = DocumentView(
        medium=medium,
        kind=kind.title,
        frame=make_frame(shown, practice=practice, digest=digest, style=style),
        cover=_cover(shown),
        caution=small_counts(shown),
        not_done=tuple(line for line in not_done(shown, cells=cells is not None) if line != small_counts(shown)),
        undrawn=", ".join(sorted(undrawn)),
        reading_age="" if age is None else f"{age:.0f}",
        withheld=withheld,
        public=part if kind.part == "public" else None,
        decision=part if kind.part == "decision" else None,
        composed=part if kind.part == "composed" else None,
        targets=anchors(cited, answers),
        cited=cited,
        answers=answers,
        evidence=evidence,
        provenance=provenance,
        verifying=make_verifying(
            shown,
            number,
            digest=digest,
            cells=cells,
            practice=practice,
            changes=() if kind.answers else local_changes(shown),
        ),
    )
    return as_sides(view, shown, practice=practice) if kind.make is make_sides else view


def summary_age(record: Mapping[str, Any]) -> str:
    """Reading age, in whole years, of the public summary that can be made of a record; empty where none can."""
    try:
        refuse_other_questions(record)
    except RenderError:
        return ""
    age = public_age(make_public_summary(marked(prepared(cleaned(record, drawable=None, changed=set())))))
    return "" if age is None else f"{age:.0f}"


def _cover(record: Mapping[str, Any]) -> Cover:
    """The cover’s parts; its box points to a section of the general assessment, which a document does not have."""
    cover = make_cover(record)
    where = "listed under “Issues for consideration”"
    hidden = len(hidden_names(record, "scoring/flags/"))
    where += f"; {hidden} withheld" if hidden else ""
    lines = tuple(replace(line, detail=where) if line.label == "Red flags" else line for line in cover.headlines)
    return replace(cover, headlines=lines)


def refuse_other_questions(record: Mapping[str, Any]) -> None:
    """The documents read answers by id. A pack that asks something else under these ids would be misread in silence."""
    if not record.get("questionnaire"):
        return
    types = {
        question["id"]: question["type"]
        for section in record["questionnaire"]["sections"]
        for question in section["questions"]
        if question["id"] in _CORE
    }
    if not types or any(_CORE[name] != found for name, found in types.items()):
        raise RenderError(
            Fault(
                "record.json",
                "the questionnaire does not ask what this document reads",
                f"{', '.join(_CORE)} as the pack uk-policing asks them",
                f"Use the document “{GENERAL}”",
                "R051",
            )
        )
