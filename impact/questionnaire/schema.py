"""JSON Schemas of the files of a pack for editors: the keys, types and bounds that one file alone can be held to.

In: the models that read the files. Out: schemas as plain data (draft 2020-12). ``impact packs check`` finds far more:
what hangs together across files, conditions, and whether every number is in exactly one band.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from impact.questionnaire.checks import HEAVIEST
from impact.questionnaire.examples import Example
from impact.questionnaire.migration import Migration
from impact.questionnaire.pack import PackHead
from impact.questionnaire.question import Section
from impact.questionnaire.rulebook import Law, Scoring
from impact.questionnaire.short import ShortHead
from impact.questionnaire.testing import Checks

__all__ = ["DRAFT", "FORMS", "schema_of", "tidied"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# Name of a schema -> the model of the file, and what the file is called.
FORMS: Mapping[str, tuple[type[BaseModel], str]] = {
    "pack": (PackHead, "pack.yaml of a questionnaire pack"),
    "section": (Section, "a section file of a questionnaire pack"),
    "scoring": (Scoring, "scoring.yaml of a questionnaire pack"),
    "law": (Law, "law.yaml of a questionnaire pack"),
    "example": (Example, "a worked example of a questionnaire pack"),
    "checks": (Checks, "checks.yaml of a questionnaire pack"),
    "short": (ShortHead, "pack.yaml of a short form"),
    "migration": (Migration, "a migration of a questionnaire pack"),
}


def schema_of(name: str) -> dict[str, Any]:
    """The schema of one kind of file.

    >>> schema_of("law")["required"]
    ['law_as_at', 'keys']
    """
    model, title = FORMS[name]
    made = tidied(model.model_json_schema(by_alias=True))
    if name == "section":
        for block in ("risk", "mitigation"):  # the bound is a rule of checks.py, and has a code of its own there
            weights = made["$defs"]["Question"]["properties"][block]
            weights["additionalProperties"] = {"type": "number", "exclusiveMinimum": 0, "maximum": HEAVIEST}
    if name == "checks":  # a single source of a figure stands without a list
        figures = made["$defs"]["PackCheck"]["properties"]["parameters"]
        figures["additionalProperties"] = {"anyOf": [figures["additionalProperties"], {"$ref": "#/$defs/Parameter"}]}
    return {"$schema": DRAFT, **made, "title": title}


def tidied(part: Any, *, named: bool = False) -> Any:
    """A schema without what an editor shows to no use: titles made from names, nulls, marks of Python's own texts.

    Args:
        part: A schema or a piece of one.
        named: The keys of ``part`` are names of properties, and none of them is a keyword.
    """
    if isinstance(part, list):
        return [tidied(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {
        key: tidied(value, named=key in ("properties", "$defs") and not named)
        for key, value in part.items()
        if named or not (key in ("title", "discriminator") or (key == "default" and value in (None, [], {})))
    }
    options = found.get("anyOf")
    if not named and isinstance(options, list) and {"type": "null"} in options:
        # An empty key is read as the key left out, and an editor need not offer it.
        rest = [one for one in options if one != {"type": "null"}]
        found.pop("anyOf")
        found = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **found}
    if not named and isinstance(found.get("description"), str):
        found["description"] = _quoted(found["description"])
    return found


def _quoted(text: str) -> str:
    """Marks of Python's texts as quotation marks, and one line."""
    parts = " ".join(text.split()).split("``")
    return "".join(("", "“", "”")[0 if at == 0 else 1 if at % 2 else 2] + piece for at, piece in enumerate(parts))
