"""Read a pack from its folder: every fault of every file at once, then one frozen ``Pack``.

In: a resource (a folder and its files). Out: a pack that can be used as it stands, or faults with line and column.
Reads no file that the resource does not list, so that the pack's digest covers everything that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from impact.errors import Fault, PackError
from impact.questionnaire.checks import faults_in
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack, PackHead
from impact.questionnaire.question import Section
from impact.questionnaire.rulebook import Law, Scoring
from impact.questionnaire.testing import Checks
from impact.resources import Resource
from impact.yamlfile import Located, YamlFaults, faults_of_model, load

__all__ = ["check_pack", "load_pack", "read_model"]

HEAD = "pack.yaml"
Model = TypeVar("Model", bound=BaseModel)
# Pydantic's name of a fault -> our code; every other kind is a value that cannot be used.
_CODES: Mapping[str, str] = {"missing": "Q010", "extra_forbidden": "Q011"}


def load_pack(resource: Resource) -> Pack:
    """The pack in a resource, checked and with its conditions compiled.

    Raises:
        PackError: Q001 to Q035 (docs/pack-format.md), every fault of every file, in file order.
    """
    pack, faults = _read(resource)
    if pack is None or faults:
        raise PackError(faults)
    return pack


def check_pack(resource: Resource) -> list[Fault]:
    """Everything that :func:`load_pack` would refuse, and worked examples whose figures come out differently.

    An example is worked only with a pack that loads; each figure that is off is a fault Q032 with both figures.
    """
    from impact.questionnaire.examples import example_faults

    pack, faults = _read(resource)
    if pack is None or faults:
        return faults
    for name in pack.head.examples:
        located, missing = _load(resource, name)
        faults += missing
        if located is not None:
            faults += example_faults(pack, located)
    return faults


def read_model(located: Located, model: type[Model]) -> tuple[Model | None, list[Fault]]:
    """Plain data as a model, or its faults in file order: Q010 missing, Q011 unknown key, Q012 wrong value."""
    if not isinstance(located.data, dict):
        return None, [Fault(located.place_of(()), "the file is not a mapping", "keys and values", "", "Q012")]
    try:
        return model.model_validate(located.data), []
    except ValidationError as error:
        return None, faults_of_model(error, located, codes=_CODES, default="Q012", model=model)


def _read(resource: Resource) -> tuple[Pack | None, list[Fault]]:
    located, faults = _load(resource, HEAD)
    if located is None:
        return None, faults
    if isinstance(located.data, dict) and "subset_of" in located.data:
        from impact.questionnaire.short import read_short

        return read_short(resource, located)
    head, faults = read_model(located, PackHead)
    if head is None:
        return None, faults
    if head.id != resource.name:
        where = located.place_of(("id",))
        faults.append(
            Fault(where, f"id “{head.id}” stands in folder “{resource.name}”", "the same", "Rename one", "Q029")
        )
    files: list[Located] = []
    sections: list[Section] = []
    for index, name in enumerate(head.sections):
        section, missing = _load_model(resource, name, Section, files, at=located.place_of(("sections", index)))
        faults += missing
        sections += [section] if section is not None else []
    scoring, missing = _load_model(resource, head.scoring, Scoring, files, at=located.place_of(("scoring",)))
    faults += missing
    law, missing = _load_model(resource, head.law, Law, files, at=located.place_of(("law",)))
    faults += missing
    checks: Checks | None = Checks()
    tested: list[Located] = []
    if head.checks is not None:
        checks, missing = _load_model(resource, head.checks, Checks, tested, at=located.place_of(("checks",)))
        faults += missing
    faults += _unlisted(resource, head)
    if scoring is None or law is None or checks is None or len(sections) < len(head.sections):
        return None, faults
    pack = Pack(head, tuple(sections), scoring, law, checks)
    lines = {file.name: _text(resource, file.name).split("\n") for file in (located, *files, *tested)}
    places = Files(located, tuple(files[:-2]), files[-2], files[-1], lines, tested[0] if tested else None)
    return pack, [*faults, *faults_in(pack, places)]


def _load(resource: Resource, name: str, *, at: str | None = None) -> tuple[Located | None, list[Fault]]:
    if name not in dict(resource.files):
        where = at or f"{resource.name}/{name}"
        return None, [Fault(where, f"no file “{name}” in the pack", "a file of its folder", "Correct the name", "Q029")]
    try:
        return load(resource.folder / name, name=f"{resource.name}/{name}"), []
    except YamlFaults as error:
        return None, list(error.faults)


def _load_model(
    resource: Resource, name: str, model: type[Model], files: list[Located], *, at: str
) -> tuple[Model | None, list[Fault]]:
    located, faults = _load(resource, name, at=at)
    if located is None:
        return None, faults
    files.append(located)
    return read_model(located, model)


def _unlisted(resource: Resource, head: PackHead) -> list[Fault]:
    listed = {HEAD, head.scoring, head.law, head.checks, *head.sections, *head.examples}
    return [
        Fault(f"{resource.name}/{name}", "pack.yaml does not list this file", "", "List it, or remove it", "Q029")
        for name, _ in resource.files
        if name.endswith((".yaml", ".yml")) and name not in listed
    ]


def _text(resource: Resource, name: str) -> str:
    path = resource.folder / name.removeprefix(f"{resource.name}/")
    return path.read_text(encoding="utf-8-sig")
