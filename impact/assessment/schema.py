"""JSON Schema of assessment.yaml, for editors.

In: the model of the head, and the forms of an answer. Out: a schema as plain data. Which questions there are, and which
choices each has, is the pack's to say: ``impact check`` holds every answer to its question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel

from impact.assessment.header import AssessmentFile
from impact.assessment.procurement import ProcurementFile
from impact.assessment.suppliers import SuppliersFile
from impact.questionnaire.schema import DRAFT, FORMS, schema_of, tidied

__all__ = ["SCHEMAS", "assessment_schema"]

_TEXT: dict[str, Any] = {"type": "string"}
_DAY: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_CELL: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object", "additionalProperties": _CELL}}
_PIECE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "file": _TEXT,
        "url": {"type": "string", "pattern": "^https?://"},
        "title": _TEXT,
        "date": _DAY,
        "expires": _DAY,
        "published": {"enum": [True, False, "yes", "no"]},
        "verified_by": _TEXT,
    },
    "required": ["date"],
    "anyOf": [{"required": ["file"]}, {"required": ["url"]}],
}
_PROMISE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"text": _TEXT, "due": _DAY, "owner": _TEXT, "done": _DAY},
}
_STAND: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"says": {"enum": ["agree", "differ"]}, "reason": _TEXT},
    "required": ["says"],
}
_LONG: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "status": {"enum": ["answered", "not_known", "not_applicable", "refused"]},
        "value": {"type": ["string", "number", "boolean", "array", "null"]},
        "text": _TEXT,
        "rows": _ROWS,
        "note": _TEXT,
        "judged": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1}, "reason": _TEXT},
            "required": ["value", "reason"],
        },
        "evidence": {"type": "array", "items": _PIECE},
        "author": _TEXT,
        "date": _DAY,
        "time": _TEXT,
        "promises": {"type": "array", "items": _PROMISE},
        "stand": {"anyOf": [{"const": "agree"}, _STAND]},
        "drafted_by": _TEXT,
        "change_reason": _TEXT,
        "reason": _TEXT,
    },
}
_ANSWER: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number", "boolean", "null"]},
        {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
        {"$ref": "#/$defs/Rows"},
        {"$ref": "#/$defs/Answer"},
    ]
}


def assessment_schema() -> dict[str, Any]:
    """The schema of assessment.yaml, the same for every pack.

    >>> sorted(assessment_schema()["required"])
    ['assessment', 'version']
    """
    made = tidied(AssessmentFile.model_json_schema())
    made["$defs"] |= {"Answer": _LONG, "Rows": _ROWS}
    made["properties"]["answers"] = {
        "description": "Question ids and their answers.",
        "type": ["object", "null"],
        "additionalProperties": _ANSWER,
    }
    made["$defs"]["Header"]["properties"]["date"] = _DAY
    return {"$schema": DRAFT, **made, "title": "assessment.yaml of an assessment folder"}


def _beside_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a file that stands beside the answers."""
    return {"$schema": DRAFT, **tidied(_days(model.model_json_schema())), "title": title}


def _days(part: Any) -> Any:
    """Days as they are typed: YAML gives an editor the text of a date."""
    if isinstance(part, list):
        return [_days(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "date":
        return dict(_DAY)
    if part.get("type") == "boolean":
        return {"enum": [True, False, "yes", "no"]}
    return {key: _days(value) for key, value in part.items()}


# Every schema by its name.
SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **{name: partial(schema_of, name) for name in FORMS},
    "assessment": assessment_schema,
    "procurement": partial(_beside_schema, ProcurementFile, "procurement.yaml of an assessment folder"),
    "suppliers": partial(_beside_schema, SuppliersFile, "suppliers.yaml of an assessment folder"),
}
