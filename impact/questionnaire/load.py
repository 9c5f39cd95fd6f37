"""Read a pack from its folder: every fault of every file at once, then one frozen ``Pack``.

In: a resource (a folder and its files). Out: a pack that can be used as it stands, or faults with line and column.
Reads no file that the resource does not list, so that the pack's digest covers everything that was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from impact.errors import Fault, PackError
from impact.questionnaire.checks import faults_in
from impact.questionnaire.files import Files
from impact.questionnaire.mend import Mended, echoes, mended
from impact.questionnaire.pack import Pack, PackHead
from impact.questionnaire.question import Section
from impact.questionnaire.rulebook import Law, Scoring
from impact.questionnaire.testing import Checks
from impact.resources import Resource, read_listed
from impact.yamlfile import Located, YamlFaults, faults_of_model, nearest, parse_bytes

__all__ = ["CODES", "HEAD", "Reading", "load_pack", "read_model", "read_pack"]

HEAD = "pack.yaml"
Model = TypeVar("Model", bound=BaseModel)
# Pydantic's name of a fault -> our code; every other kind is a value that cannot be used.
CODES: Mapping[str, str] = {"missing": "Q010", "extra_forbidden": "Q011"}
# Bounds on what a pack may ask of a machine. The bundled pack has 0.3 MB, 20,000 values and 213 questions.
MOST_BYTES = 5_000_000
MOST_VALUES = 150_000
MOST_QUESTIONS = 2_000
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what YAML counts as the end of a line


def load_pack(resource: Resource) -> Pack:
    """The pack in a resource, checked and with its conditions compiled.

    Raises:
        PackError: Q001 to Q049 (docs/pack-format.md), every fault of every file, in file order.
    """
    reading = read_pack(resource)
    if reading.pack is None or reading.faults:
        raise PackError(reading.faults)
    return reading.pack


@dataclass
class Reading:
    """A pack as far as it could be read.

    Attributes:
        resource: Its files.
        pack: None where a file is missing or is not YAML. Parts whose form is wrong are left out of it.
        files: Where every part stands; None where ``pack`` is.
        faults: All of them, in file order.
        left_out: What was left out of each file, so that its echoes are not told.
    """

    resource: Resource
    pack: Pack | None = None
    files: Files | None = None
    faults: list[Fault] = field(default_factory=list)
    left_out: list[Mended] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0
    values: int = 0

    def located(self, name: str, *, at: str | None = None) -> Located | None:
        """A listed file as located YAML; its faults are kept."""
        names = dict(self.resource.files)
        shown = f"{self.resource.name}/{name}"
        if name not in names:
            near = nearest(name, [known for known in names if known.endswith((".yaml", ".yml"))])
            remedy = f"Did you mean “{near}”?" if near else "Correct the name"
            found, wanted = f"no file “{name}” in the pack", "a file of its folder"
            self.faults.append(Fault(at or shown, found, wanted, remedy, "Q029"))
            return None
        data = read_listed(self.resource, name)
        self.size += len(data)
        if self.size > MOST_BYTES:
            self.faults.append(_too_much(shown, f"{MOST_BYTES // 1_000_000} MB of YAML"))
            return None
        try:
            located = parse_bytes(data, name=shown)
        except YamlFaults as error:
            self.faults += error.faults
            return None
        self.values += len(located.places)
        if self.values > 2 * MOST_VALUES:  # a key and its value each have a place
            self.faults.append(_too_much(shown, f"{MOST_VALUES:,} values"))
            return None
        self.lines[shown] = _LINE_END.split(data.decode("utf-8-sig"))
        return located

    def model(self, name: str, model: type[Model], *, at: str | None = None) -> tuple[Model | None, Located | None]:
        """A listed file as a model and its places, without the parts whose form is wrong."""
        located = self.located(name, at=at)
        return (None, None) if located is None else self.formed(located, model)

    def formed(self, located: Located, model: type[Model]) -> tuple[Model | None, Located | None]:
        """The same for a file that has been read."""
        read, faults = read_model(located, model)
        self.faults += faults
        if read is not None or not isinstance(located.data, dict):
            return read, located
        rest = mended(located, model)
        if rest is None:
            return None, None
        self.left_out.append(rest)
        return model.model_validate(rest.located.data), rest.located


def read_model(located: Located, model: type[Model]) -> tuple[Model | None, list[Fault]]:
    """Plain data as a model, or its faults in file order: Q010 missing, Q011 unknown key, Q012 wrong value."""
    if not isinstance(located.data, dict):
        return None, [Fault(located.place_of(()), "the file is not a mapping", "keys and values", "", "Q012")]
    try:
        return model.model_validate(located.data), []
    except ValidationError as error:
        return None, faults_of_model(error, located, codes=CODES, default="Q012", model=model)


def read_pack(resource: Resource) -> Reading:
    """Everything of a pack but its worked examples (examples.py), with every fault that can be told at once.

    A part whose form is wrong is told and left out, so that the rest can be checked in the same run; what would only
    repeat that it is missing is not told. Where a file cannot be read at all, nothing is checked across the files.
    """
    reading = Reading(resource)
    opened = reading.located(HEAD)
    if opened is None:
        return reading
    if isinstance(opened.data, dict) and "subset_of" in opened.data:
        from impact.questionnaire.short import read_short

        reading.pack, reading.faults = read_short(resource, opened)
        return reading
    head, located = reading.formed(opened, PackHead)
    if head is None or located is None:
        return reading
    if head.id != resource.name:
        where = located.place_of(("id",))
        found = f"id “{head.id}” stands in folder “{resource.name}”"
        reading.faults.append(Fault(where, found, "the same", "Rename one", "Q029"))
    sections: list[Section] = []
    places: list[Located] = []
    for index, name in enumerate(head.sections):
        section, place = reading.model(name, Section, at=located.place_of(("sections", index)))
        if section is not None and place is not None:
            sections.append(section)
            places.append(place)
    scoring, scoring_place = reading.model(head.scoring, Scoring, at=located.place_of(("scoring",)))
    law, law_place = reading.model(head.law, Law, at=located.place_of(("law",)))
    checks: Checks | None = Checks()
    checks_place: Located | None = None
    if head.checks is not None:
        checks, checks_place = reading.model(head.checks, Checks, at=located.place_of(("checks",)))
    reading.faults += _unlisted(resource, head)
    asked = sum(len(section.questions) for section in sections)
    if asked > MOST_QUESTIONS:
        where = located.place_of(("sections",))
        reading.faults.append(_too_much(where, f"{MOST_QUESTIONS:,} questions: {asked:,}"))
        return reading
    if scoring is None or law is None or scoring_place is None or law_place is None or checks is None:
        return reading
    if len(sections) < len(head.sections):
        return reading
    reading.pack = Pack(head, tuple(sections), scoring, law, checks)
    reading.files = Files(located, tuple(places), scoring_place, law_place, reading.lines, checks_place)
    across = faults_in(reading.pack, reading.files)
    reading.faults += [fault for fault in across if not echoes(fault, reading.left_out)]
    reading.faults.sort(key=reading.files.order)
    return reading


def _too_much(where: str, what: str) -> Fault:
    return Fault(where, f"the pack has more than {what}", "a smaller pack", "Split it, or check it", "Q036")


def _unlisted(resource: Resource, head: PackHead) -> list[Fault]:
    listed = {HEAD, head.scoring, head.law, head.checks, *head.sections, *head.examples, *head.migrations}
    return [
        Fault(f"{resource.name}/{name}", "pack.yaml does not list this file", "", "List it, or remove it", "Q029")
        for name, _ in resource.files
        if name.endswith((".yaml", ".yml")) and name not in listed
    ]
