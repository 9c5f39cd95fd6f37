"""Read a points pack from its folder: every fault of every file at once, then one frozen ``PointsPack``.

In: a resource. Out: a pack that can be used as it stands, or faults with line and column.
"""

from __future__ import annotations

from impact.errors import Fault, PackError
from impact.questionnaire.bands import uncovered
from impact.questionnaire.load import load_pack, read_model
from impact.questionnaire.pack import Pack
from impact.questionnaire.points.pack import PointsHead, PointsPack, PointsSection
from impact.resources import Resource
from impact.yamlfile import Located, YamlFaults, load

__all__ = ["is_points", "load_any", "load_points", "points_faults"]


def is_points(resource: Resource) -> bool:
    """Whether the pack says that it is scored by adding points; a file that cannot be read says nothing."""
    try:
        data = load(resource.folder / "pack.yaml", name=f"{resource.name}/pack.yaml").data
    except YamlFaults:
        return False
    return isinstance(data, dict) and data.get("method") == "points"


def load_any(resource: Resource) -> Pack | PointsPack:
    """The pack in a resource, whichever way it is scored.

    Raises:
        PackError: Every fault of every file.
    """
    return load_points(resource) if is_points(resource) else load_pack(resource)


def load_points(resource: Resource) -> PointsPack:
    """A points pack, checked and with its conditions compiled.

    Raises:
        PackError: Q010 to Q013, Q017 to Q019, Q029, Q033 (docs/pack-format.md), every fault of every file.
    """
    pack, faults = _read(resource)
    if pack is None or faults:
        raise PackError(faults)
    return pack


def points_faults(resource: Resource) -> list[Fault]:
    """Everything that :func:`load_points` would refuse."""
    return _read(resource)[1]


def _read(resource: Resource) -> tuple[PointsPack | None, list[Fault]]:
    located, faults = _file(resource, "pack.yaml")
    if located is None:
        return None, faults
    head, faults = read_model(located, PointsHead)
    if head is None:
        return None, faults
    if head.id != resource.name:
        said = f"id “{head.id}” stands in folder “{resource.name}”"
        faults.append(Fault(located.place_of(("id",)), said, "the same", "Rename one", "Q029"))
    for found in uncovered(head.points.bands):
        where = located.place_of(("points", "bands"))
        faults.append(Fault(where, f"bands: {found}", "every value exactly once", "Correct the limits", "Q017"))
    listed = {"pack.yaml", *head.sections}
    for name, _ in resource.files:
        if name.endswith((".yaml", ".yml")) and name not in listed:
            where = f"{resource.name}/{name}"
            faults.append(Fault(where, "pack.yaml does not list this file", "", "List it, or remove it", "Q029"))
    files: list[Located] = []
    sections: list[PointsSection] = []
    for name in head.sections:
        part, missing = _file(resource, name)
        faults += missing
        if part is not None:
            section, wrong = read_model(part, PointsSection)
            faults += wrong
            files += [part] if section is not None else []
            sections += [section] if section is not None else []
    if len(sections) < len(head.sections):
        return None, faults
    pack = PointsPack(head, tuple(sections))
    return pack, [*faults, *_across(pack, files)]


def _file(resource: Resource, name: str) -> tuple[Located | None, list[Fault]]:
    if name not in dict(resource.files):
        where = f"{resource.name}/{name}"
        return None, [Fault(where, f"no file “{name}” in the pack", "a file of its folder", "Correct the name", "Q029")]
    try:
        return load(resource.folder / name, name=f"{resource.name}/{name}"), []
    except YamlFaults as error:
        return None, list(error.faults)


def _across(pack: PointsPack, files: list[Located]) -> list[Fault]:
    """Ids and codes that occur twice, choices that are missing, conditions that do not compile."""
    faults = []
    places: dict[tuple[str, str], tuple[Located, tuple[str | int, ...]]] = {}
    seen: set[str] = set()
    for section, file in zip(pack.sections, files, strict=True):
        if ("section", section.id) in places:
            where = file.place_of(("id",))
            faults.append(Fault(where, f"section id “{section.id}” is used twice", "", "Rename it", "Q013"))
        places["section", section.id] = (file, ("visible_if",))
        for number, question in enumerate(section.questions):
            at = ("questions", number)
            places["question", question.id] = (file, (*at, "visible_if"))
            if question.id in seen:
                where = file.place_of((*at, "id"))
                faults.append(Fault(where, f"question id “{question.id}” is used twice", "", "Rename it", "Q013"))
            seen.add(question.id)
            codes = [choice.code for choice in question.choices]
            for index, code in enumerate(codes):
                if code in codes[:index]:
                    where = file.place_of((*at, "choices", index, "code"))
                    faults.append(Fault(where, f"code “{code}” occurs twice", "", "Rename one", "Q013"))
            if (question.type in ("single", "multi")) != bool(codes):
                where, said = file.place_of(at), f"{question.id} is {question.type}"
                wanted = "choices with single and multi, and only there"
                faults.append(Fault(where, said, wanted, "Add them, or change the type", "Q026"))
    for fault in pack.condition_faults if not faults else ():
        file, loc = places[fault.key[0], fault.key[1]]
        faults.append(Fault(file.place_of(loc), fault.text, "", fault.remedy, fault.code))
    return faults
