"""The published schemas: current, accepted by every bundled file, and refusing what the tool refuses in one file."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from impact.assessment.schema import SCHEMAS
from impact.canonical import pretty_json
from impact.cli.app import app
from impact.questionnaire.inspection import check_pack
from impact.resources import bundled_folder, find
from impact.settings import Settings
from impact.yamlfile import load

BUNDLED = bundled_folder("questionnaires")
PACK = BUNDLED / "uk-policing"
KINDS = {"checks.yaml": "checks", "pack.yaml": "pack", "scoring.yaml": "scoring", "law.yaml": "law"}
FOLDERS = {"sections": "section", "examples": "example", "migrations": "migration"}
KNOWN = {  # keywords of JSON Schema that errors() below understands; another one in a schema is a fault of this test
    "$schema", "$defs", "$ref", "title", "description", "default", "format", "type", "enum", "const", "anyOf", "oneOf",
    "properties", "additionalProperties", "required", "items", "prefixItems", "minItems", "maxItems", "minLength",
    "pattern", "minimum", "maximum", "exclusiveMinimum",
}  # fmt: skip
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value: Any, kind: str) -> bool:
    if kind in ("number", "integer"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return isinstance(value, int | float) and not isinstance(value, bool) and (kind == "number" or whole)
    return isinstance(value, TYPES[kind])


def errors(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "") -> Iterator[str]:
    """What a validator of JSON Schema 2020-12 finds, for the keywords in KNOWN."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        yield from errors(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    kinds = schema.get("type")
    if kinds is not None and not any(is_type(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{at}: not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: not {schema['const']}"
    for key, right in (("anyOf", lambda n: n >= 1), ("oneOf", lambda n: n == 1)):
        if key in schema and not right(sum(not list(errors(value, one, root, at)) for one in schema[key])):
            yield f"{at}: {key}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{at}: missing {key}" for key in schema.get("required", []) if key not in value)
        for key, part in value.items():
            more = known.get(key, schema.get("additionalProperties", True))
            if more is False:
                yield f"{at}: unknown {key}"
            elif isinstance(more, dict):
                yield from errors(part, more, root, f"{at}.{key}")
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        for number, part in enumerate(value):
            each = first[number] if number < len(first) else schema.get("items", {})
            yield from errors(part, each, root, f"{at}[{number}]")
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} members"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{at}: too short"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: another form"
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high, above = (schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
        if (
            (low is not None and value < low)
            or (high is not None and value > high)
            or (above is not None and value <= above)
        ):
            yield f"{at}: {value} out of bounds"


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def kind_of(file: Path, folder: Path) -> str:
    shown = file.relative_to(folder)
    return KINDS.get(str(shown)) or FOLDERS[shown.parts[0]]


def found_in(file: Path, kind: str) -> list[str]:
    schema = json.loads((BUNDLED / "schema" / f"{kind}.json").read_text(encoding="utf-8"))
    return list(errors(as_json(load(file).data), schema, schema))


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schema_is_the_one_the_models_give(name: str) -> None:
    published = (BUNDLED / "schema" / f"{name}.json").read_text(encoding="utf-8")

    assert published == pretty_json(SCHEMAS[name]()), (
        "write them again: impact packs schema --out questionnaires/schema"
    )


def test_no_schema_is_published_that_no_model_gives() -> None:
    assert {path.stem for path in (BUNDLED / "schema").iterdir()} == set(SCHEMAS)


@pytest.mark.parametrize("file", sorted(PACK.rglob("*.yaml")), ids=lambda path: path.relative_to(PACK).as_posix())
def test_bundled_file_names_its_schema_and_is_accepted_by_it(file: Path) -> None:
    first = file.read_text(encoding="utf-8").split("\n")[0]
    named = first.removeprefix("# yaml-language-server: $schema=")

    assert (file.parent / named).resolve() == (BUNDLED / "schema" / f"{kind_of(file, PACK)}.json").resolve()
    assert found_in(file, kind_of(file, PACK)) == []


REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "file", sorted((REPO / "examples").glob("*/assessment.yaml")), ids=lambda path: path.parent.name
)
def test_assessment_of_every_example_is_accepted(file: Path) -> None:
    assert found_in(file, "assessment") == []


def test_every_fault_of_form_in_the_planted_pack_is_refused_by_a_schema() -> None:
    folder = Path(__file__).parent / "faulty"
    found = {file: found_in(file, kind_of(file, folder)) for file in folder.rglob("*.yaml")}
    told = [fault for fault in check_pack(find("questionnaires", str(folder), Settings())) if fault.code != "Q029"]
    # Q010 missing, Q011 unknown key, Q012 a value that cannot be, Q015 a weight out of bounds: what one file shows.
    of_form = [fault.where.split(":")[0] for fault in told if fault.code in ("Q010", "Q011", "Q012", "Q015")]

    for file, said in found.items():
        if file.name != "old.yaml":
            assert len(said) == of_form.count(f"faulty/{file.relative_to(folder).as_posix()}"), said


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        (45000, True),
        ("no", True),
        (["staff", "victims"], True),
        ([{"purpose": "Payroll", "people": 3}], True),
        ({"value": "yes", "evidence": [{"file": "evidence/a.pdf", "date": "2026-05-01"}]}, True),
        ({"status": "refused", "reason": "Awaited"}, True),
        ({"judged": {"value": 0.4, "reason": "Between"}}, True),
        ({"valeu": "yes"}, False),
        ({"status": "unknown"}, False),
        ({"judged": {"value": 1.4, "reason": "Between"}}, False),
        ({"value": "yes", "evidence": [{"file": "evidence/a.pdf"}]}, False),
        ({"value": "yes", "evidence": [{"date": "2026-05-01"}]}, False),
        ({"value": "yes", "evidence": [{"file": "a.pdf", "date": "1 May"}]}, False),
    ],
)
def test_forms_of_an_answer(entry: Any, accepted: bool) -> None:
    schema = SCHEMAS["assessment"]()
    file = as_json(load(REPO / "examples" / "misconduct-pilot" / "assessment.yaml").data)
    file = {**copy.deepcopy(file), "answers": {"A1": entry}}

    assert (list(errors(file, schema, schema)) == []) is accepted


def test_the_command_prints_one_or_writes_all(tmp_path: Path) -> None:
    one = CliRunner().invoke(app, ["packs", "schema", "law"])
    CliRunner().invoke(app, ["packs", "schema", "--out", str(tmp_path / "s")])

    assert json.loads(one.output) == json.loads((tmp_path / "s" / "law.json").read_text(encoding="utf-8"))
    assert {path.stem for path in (tmp_path / "s").iterdir()} == set(SCHEMAS)


def test_copy_is_a_pack_of_its_own_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "our-council"
    first = CliRunner().invoke(app, ["packs", "copy", "uk-policing", str(folder)])
    again = CliRunner().invoke(app, ["packs", "copy", "uk-policing", str(folder)])
    head = (folder / "pack.yaml").read_text(encoding="utf-8")

    assert first.exit_code == 0
    assert again.exit_code != 0
    assert "G020" in str(again.exception)
    assert check_pack(find("questionnaires", str(folder), Settings())) == []
    assert head == (PACK / "pack.yaml").read_text(encoding="utf-8").replace(
        "id: uk-policing\n", "id: our-council\n"
    ).replace("$schema=../schema/", "$schema=schema/")
    assert (
        (folder / "sections" / "A.yaml")
        .read_text(encoding="utf-8")
        .startswith("# yaml-language-server: $schema=../schema/section.json\n")
    )
    assert (folder / "schema" / "section.json").is_file()


@pytest.mark.parametrize("name", ["Our Council", "a_b", "-x"])
def test_copy_into_a_folder_whose_name_cannot_be_an_id_is_refused(name: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["packs", "copy", "uk-policing", str(tmp_path / name)])

    assert "Q044" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
