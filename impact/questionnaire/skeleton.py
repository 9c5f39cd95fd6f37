"""A new assessment.yaml: its head, and every question as a comment that waits to be answered.

In: a pack, an id and a date. Out: text that loads without a fault as it stands, with every question unanswered.
Refuses to suggest an answer: a commented-out key has no value behind it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date

from impact.questionnaire.question import Asks, Question

__all__ = ["PLACEHOLDERS", "skeleton"]

WIDTH = 100

# What a new head says where nobody has written anything yet.
PLACEHOLDERS = ("Untitled assessment", "Name of the organisation", "Name of the system", "Name of the assessor")

_HEAD = """\
# Answers to the questionnaire {pack} {version}: {title}.
#
# How to answer. Take the # and the space away in front of a key and write the answer after the colon:
#     A9: 45000
# The long form says more, and every part of it is optional but one of value, rows, judged and status:
#     C7:
#       value: yes
#       note: Words of your own; printed.
#       evidence:
#         - {{file: evidence/dpia.pdf, title: DPIA, date: 2026-05-01}}
#       author: A. Person
#       date: {today}
#       promises:          # day and owner of what the answer promises
#         - {{due: {today}, owner: Role}}
# A table has one line for each row; a cell that you leave out is blank:
#     A4:
#       rows:
#         - {{purpose: Find misconduct, public_function: Discipline, set_by: Chief officer}}
# Text that holds : # [ ] {{ }} or quotes, or begins with one of - @ % & * !, goes in straight double quotes:
#     A2: "The system: what it does."
# Not known, refused, or not applicable (the last two need a reason, which is printed):
#     D8: {{status: not_known}}
#     B12: {{status: refused, reason: Legal advice is awaited}}
# Where no choice fits, your own severity or strength from 0 to 1, with its reason:
#     E2: {{judged: {{value: 0.4, reason: Between two choices}}}}
# A question you leave out is unanswered: it counts as neither yes nor no. docs/pack-format.md has the details.
version: 1

assessment:
  id: {id}
  title: Untitled assessment
  version: "0.1"
  date: {today}
  status: draft   # draft or final
  organisation: Name of the organisation
  # oversight_body: Who answers for the decision in public
  system:
    name: Name of the system
    # version: "1.0"
    # also_known_as: [Every earlier name]
  assessors:
    - {{name: Name of the assessor, role: Role}}
  prior_assessment: ""   # id of the earlier assessment of this system; an extension needs one
  # prior_record: ../earlier/record.json   # so that its promises are followed up
  # summary: One paragraph that a neighbour could follow.
  # processing_started: {today}   # the day on which personal data was first processed
  # decision_date: {today}   # the day of the decision, from which approval runs
  # signatures: {{panel: 3, dissent: 1}}   # boxes for members of a panel, and for those of them who do not approve

pack: {{id: {pack}, version: "{version}"}}

# Where you judge a right otherwise than it is worked out (docs/scoring.md):
# judgements:
#   PRI: {{point: 80, reasons: In words, by: Name}}

answers:
"""


def skeleton(pack: Asks, *, assessment_id: str, today: date) -> str:
    """Text of a new assessment.yaml for a policy officer with a text editor.

    Args:
        pack: The pack to answer.
        assessment_id: Lower-case letters, digits and hyphens.
        today: Date of the assessment.

    >>> from impact.questionnaire.load import load_pack
    >>> from impact.resources import find
    >>> from impact.settings import Settings
    >>> pack = load_pack(find("questionnaires", "uk-policing", Settings()))
    >>> text = skeleton(pack, assessment_id="my-pilot", today=date(2026, 11, 20))
    >>> [line for line in text.split("\\n") if line.startswith("  # A9:")]
    ['  # A9:']
    """
    head = _HEAD.format(pack=pack.id, version=pack.version, title=pack.title, id=assessment_id, today=today.isoformat())
    lines = [line for section in pack.sections for line in _section(pack, section.id)]
    return head + "\n".join(lines) + "\n"


def _section(pack: Asks, section_id: str) -> Iterator[str]:
    section = next(section for section in pack.sections if section.id == section_id)
    yield ""
    yield f"  # {'=' * (WIDTH - 4)}"
    yield f"  # {section.id}  {section.title}"
    if section.visible_if:
        yield from _wrapped(f"Only where this holds: {section.visible_if}", "  # ")
    for note in section.notes:
        for line in note.text.split("\n"):
            yield from _wrapped(line, "  #   ")
    for question in section.questions:
        yield ""
        yield from _question(question)


def _question(question: Question) -> Iterator[str]:
    yield from _wrapped(f"{question.id}  {question.text}", "  # ")
    if question.guidance:
        yield from _wrapped(question.guidance, "  #     ")
    if question.visible_if:
        yield from _wrapped(f"Applies where: {question.visible_if}", "  #     ")
    yield from _wrapped(_form(question), "  #     ")
    for choice in question.choices:
        if choice.code != "not-known":
            yield from _wrapped(f"{choice.code} = {choice.label}", "  #       - ", "  #         ")
    for column in question.columns:
        said = ", ".join(choice.code for choice in column.choices) or column.type
        yield from _wrapped(f"{column.code} = {column.label} ({said})", "  #       | ", "  #         ")
    yield f"  # {question.id}:"


def _form(question: Question) -> str:
    asked = {
        "doc": " Attach a file.",
        "pub": " Say where it is published: a file alone earns half.",
        "log": " The log is asked as well: a file alone earns part.",
        "ver": " An independent test is asked for: a file alone earns little.",
    }
    proof = asked[question.evidence] if question.evidence else ""
    if question.type == "table":
        grade = " and the choice that the rows support as value" if question.choices else ""
        return f"Rows with the columns below{grade}.{proof}"
    kinds = {
        "single": "One choice.",
        "multi": "A list of choices, [] for none.",
        "yesno": "yes, no or not-known.",
        "number": f"A {'whole ' if question.whole else ''}number: {question.unit or 'as asked'}.",
        "money": "Pounds, digits only.",
        "date": "A date such as 2027-05-31, or none.",
        "text": "The choice that your words support as value, and the words as text." if question.graded else "Words.",
    }
    return kinds[question.type] + proof


def _wrapped(text: str, first: str, following: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=following or first, break_on_hyphens=False
    )
