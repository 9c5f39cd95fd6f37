"""Documents as data: the fields of a register for another program, with the answer that each rests on.

In: a record. Out: bytes of a CSV or JSON file. Carries the stamps of the document, marks every gap, fills nothing in.
Refuses a form that a document does not have (R091). A cell that a spreadsheet would take for a formula gets an
apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from impact.canonical import canonical_json, digest, pretty_json
from impact.errors import Fault, RenderError
from impact.report.documents.assemble import named_document, refuse_other_questions
from impact.report.documents.atrs import fill_atrs
from impact.report.documents.registers import Filled, Filler, data_file
from impact.report.shapes_documents import Said
from impact.report.view.frame import stamps
from impact.report.view.withheld import prepared

__all__ = ["FORMS", "export", "refuse_form"]

_STATUS = {  # stage of the approval (A3) -> the register's words; our reading, which the entry says
    "idea": "In ontwikkeling",
    "design": "In ontwikkeling",
    "procurement": "In ontwikkeling",
    "pilot": "In gebruik",
    "live": "In gebruik",
    "extension-of-pilot": "In gebruik",
    "extension-of-live": "In gebruik",
    "retirement": "Buiten gebruik",
}


def export(record: Mapping[str, Any], form: str) -> bytes:
    """The document that the record names as data.

    Args:
        record: As in docs/record.md, whole.
        form: One of ``FORMS`` of that document.

    Raises:
        RenderError: R091 the document does not have this form, R050 and R051 as for its pages.
    """
    name = named_document(record)
    refuse_form(name, form)
    refuse_other_questions(record)
    return FORMS[name][form](record)


def refuse_form(name: str, form: str) -> None:
    """Refuse a form that a document does not have, before anything is counted.

    Raises:
        RenderError: R091.
    """
    if form in FORMS.get(name, {}):
        return
    having = [each for each, forms in FORMS.items() if form in forms]
    remedy = f"Ask for “--document {having[0]}”" if having else "Choose pdf, html, md or json"
    raise RenderError(Fault("--format", f"the document “{name}” has no form “{form}”", "", remedy, "R091"))


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    about = record["assessment"]
    return {
        "assessment": {key: about[key] for key in ("id", "title", "version", "date", "status")},
        "stamps": list(stamps(record, practice=bool(record.get("practice")))),
        "record": digest(canonical_json(dict(record))),
    }


def _line(line: Said, part: bool) -> dict[str, Any]:
    said = {"label": line.label, "text": None if line.gap else line.text, "source": line.source or None}
    if line.withheld:
        return {**said, "text": None, "withheld": line.text}
    return {**said, "answers_part_of_the_field": part} if not line.gap else {**said, "gap": line.text}


def _atrs_data(record: Mapping[str, Any]) -> bytes:
    standard = data_file("atrs.json")
    found = {
        "schema": "impact/atrs-fields/1",
        "standard": standard["standard"],
        "versions": standard["versions"],
        "map_last_looked_at": standard["checked"],
        **_about(record),
        "fields": [
            {
                "part": title,
                "key": each.field["key"],
                "field": each.field["label"],
                "state": each.state,
                "seen_in": each.field["seen"],
                "number_in": each.field["numbers"],
                "lines": [_line(line, part) for line, part in zip(each.lines, each.parts, strict=True)],
            }
            for title, each in fill_atrs(prepared(record))
        ],
    }
    return pretty_json(found).encode()


_COLUMNS = (
    "part",
    "key",
    "field",
    "state",
    "seen_in",
    "line",
    "text",
    "source",
    "gap",
    "answers_part",
    "stamps",
    "record",
    "withheld",
)


def _atrs_csv(record: Mapping[str, Any]) -> bytes:
    about = _about(record)
    marks = " · ".join(about["stamps"])
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for title, each in fill_atrs(prepared(record)):
        seen = "; ".join(
            f"{version} {each.field['numbers'].get(version, '')}".strip() + (" (part only)" if how == "part" else "")
            for version, how in each.field["seen"].items()
        )
        for line, part in zip(each.lines, each.parts, strict=True):
            cells = (title, each.field["key"], each.field["label"], each.state, seen, line.label)
            answers = part and not line.gap and not line.withheld
            said = (line.text, line.source, _yes(line.gap), _yes(answers), marks, about["record"], _yes(line.withheld))
            rows.writerow([_cell(cell) for cell in (*cells, *said)])
    return text.getvalue().encode("utf-8-sig")


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> _cell("=1+1"), _cell("plain")
    ("'=1+1", 'plain')
    """
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") and text.strip() else text


def _dutch(record: Mapping[str, Any]) -> bytes:
    register = data_file("algoritmeregister.json")
    filler = Filler(prepared(record))
    fields = [_dutch_field(filler.fill(field, field["key"]), record) for field in register["fields"]]
    found = {
        "schema": "impact/algoritmeregister-draft/1",
        "standard": f"{register['standard']} v{register['version']}",
        "read_from": register["read"],
        "caution": register["caution"],
        **_about(record),
        "required_and_not_stated": [
            each["key"] for each in fields if each["required"] and each["value"] is None and not each.get("withheld")
        ],
        "fields": fields,
    }
    return pretty_json(found).encode()


def _dutch_field(filled: Filled, record: Mapping[str, Any]) -> dict[str, Any]:
    field = filled.field
    said = [line for line in filled.lines if not line.gap and not line.withheld]
    hidden = [f"{line.label}: {line.text}" for line in filled.lines if line.withheld]
    found: dict[str, Any] = {
        "key": field["key"],
        "name_in_application": field["application"],
        "required": field["required"],
        "value": _dutch_value(field["form"], said, record) if said else None,
        "sources": [line.source for line in said],
        "gaps": [f"{line.label}: {line.text}" for line in filled.lines if line.gap],
    }
    if hidden:  # a bar is no text of the register: it stands beside the value, which is then at most part of one
        found["withheld"] = hidden
    if field.get("note"):
        found["note"] = field["note"]
    most = field.get("most")
    if most and found["value"] is not None and len(found["value"]) > most:  # cut short it would say something else
        found |= {"value": None, "too_long": found["value"], "most_characters": most}
        found["gaps"] = [*found["gaps"], f"The text is longer than the {most} characters that the register takes."]
    return found


def _dutch_value(form: str, said: list[Said], record: Mapping[str, Any]) -> str | None:
    if form == "month":
        return str(record["assessment"]["processing_started"])[:7]
    if form == "status":
        asked = [q for s in record["questionnaire"]["sections"] for q in s["questions"] if q["id"] == "A3"]
        return _STATUS.get((asked[0]["answer"] or {}).get("value", "")) if asked[0]["state"] == "answered" else None
    if form == "name":  # no sentence
        return said[0].text.removesuffix(".")
    if len(said) == 1:
        return said[0].text
    return " ".join(f"{_hint(line.label)}: {line.text}" for line in said)


def _hint(label: str) -> str:
    """What stands in the brackets of a label.

    >>> _hint("considerations (less intrusive options)")
    'Less intrusive options'
    """
    inner = label.partition("(")[2].removesuffix(")") or label
    return inner[:1].upper() + inner[1:]


FORMS: Mapping[str, Mapping[str, Callable[[Mapping[str, Any]], bytes]]] = {
    "atrs": {"csv": _atrs_csv, "data": _atrs_data, "nl-register": _dutch},
}
