"""The transparency record (T-4): fields of the Algorithmic Transparency Recording Standard, filled as far as it goes.

In: a cleaned record. Out: ``Composed``. Which fields there are, in which version of the standard each was seen, and
which answers speak to it stands in ``data/atrs.json``. A sheet for the registry of Police.AI follows, whose fields are
not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from impact.report.documents.registers import Filled, Filler, data_file
from impact.report.figures import british_date
from impact.report.shapes import Table
from impact.report.shapes_documents import Composed, DocumentPart
from impact.report.view.parts import Numbering, joined, plural

__all__ = ["fill_atrs", "make_atrs"]


def fill_atrs(record: Mapping[str, Any]) -> list[tuple[str, Filled]]:
    """Every field with the title of its part, in the order of version 3.0."""
    filler = Filler(record)
    return [
        (part["title"], filler.fill(field, field["label"]))
        for part in data_file("atrs.json")["parts"]
        for field in part["fields"]
    ]


def make_atrs(record: Mapping[str, Any], number: Numbering) -> Composed:
    filled = fill_atrs(record)
    standard = data_file("atrs.json")
    sections = []
    for part in standard["parts"]:
        own = [each for title, each in filled if title == part["title"]]
        notes = [
            f"{each.field['label']}: {each.field['note'][:1].lower()}{each.field['note'][1:]}"
            for each in own
            if each.field.get("note") and each.state != "not stated"
        ]
        sections.append(
            DocumentPart(
                heading=number.section(part["anchor"], part["title"]),
                lead=" ".join(notes),
                lines=tuple(line for each in own for line in each.lines),
            )
        )
    sections.append(_police(record, number))
    sections.append(_versions(filled, number))
    return Composed(lead=_lead(filled), sections=tuple(sections))


def _lead(filled: list[tuple[str, Filled]]) -> tuple[str, ...]:
    states = Counter(each.state for _, each in filled)
    hidden = f", {states['withheld']} of which something is withheld" if states["withheld"] else ""
    return (
        "This is a draft of a transparency record, in the order of version 3.0 of the standard. It fills a field only "
        "with what the assessment says; nothing is made up to fill one.",
        f"{plural(len(filled), 'field')}: {states['stated']} stated, {states['partly stated']} stated in part, "
        f"{states['not stated']} not stated{hidden}. A transparency record is published by the body that uses the "
        "tool, after reading this draft.",
    )


def _police(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    filler = Filler(record)
    lines = [line for field in data_file("atrs.json")["police"] for line in filler.fill(field, field["label"]).lines]
    return DocumentPart(
        heading=number.section("police-ai", "Sheet for the registry of Police.AI"),
        lead="The registry is announced to hold what is in use, its tests and its safeguards. Its fields are not "
        "known to us, so these five headings are ours.",
        lines=tuple(lines),
        sheet=True,
    )


def _versions(filled: list[tuple[str, Filled]], number: Numbering) -> DocumentPart:
    standard = data_file("atrs.json")
    versions = number.table(
        "Versions of the standard",
        [("Version", 15), ("What was seen of it", 85)],
        list(standard["versions"].items()),
    )
    return DocumentPart(
        heading=number.section("versions", "Fields and versions of the standard"),
        lead="Which field belongs to which version is a map kept by the toolkit. Where a field or its number was not "
        "seen in the published standard, the map says so. Check it against the template before publication.",
        tables=(versions, _map(filled, number)),
    )


def _map(filled: list[tuple[str, Filled]], number: Numbering) -> Table:
    checked = british_date(data_file("atrs.json")["checked"])
    return number.table(
        "Fields, and where each was seen",
        [("Field", 25), ("State here", 15), ("Version 1.1", 25), ("2.1", 10), ("3.0", 10), ("4.0", 15)],
        [
            (
                each.field["label"],
                each.state.capitalize(),
                *(_cell(each.field, version) for version in ("1.1", "2.1", "3.0", "4.0")),
            )
            for _, each in filled
        ],
        note=f"“Part” means that the part of the standard was seen, and not the field’s own wording or number. "
        f"The map was last looked at on {checked}; “–” means not seen.",
    )


def _cell(field: Mapping[str, Any], version: str) -> str:
    seen, named = field["seen"].get(version), field["numbers"].get(version)
    if seen is None:
        return ""
    return "Part" if seen == "part" else joined([named]) if named else "Seen"
