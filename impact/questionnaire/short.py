"""A short form: some questions of another pack under the same ids, and the rule that sends people to the full form.

In: a ``pack.yaml`` with ``subset_of``. Out: a ``Pack`` made from the full form as it stands, and ``Short``, what was
left out. Copies no text (docs/adr/0019-short-packs.md). A rule that needs a question that is not asked stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from impact.errors import Fault, PackError, SettingsError
from impact.questionnaire.conditions import names_in
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Many, Part, Section, Share, Text
from impact.questionnaire.rulebook import HardStop, Outcome
from impact.questionnaire.testing import Checks
from impact.resources import Resource, bundled_folder, find
from impact.settings import Settings
from impact.yamlfile import Located, nearest

if TYPE_CHECKING:
    from impact.questionnaire.arithmetic import Item
    from impact.questionnaire.evaluate import Answered
    from impact.questionnaire.rules import Ruling, StopRuling

__all__ = ["Escalated", "Escalation", "Short", "escalated", "escalation_block", "read_short", "unasked_parts"]


class SubsetOf(Part):
    """The full form, in the version that the short form was made for, and the questions taken from it."""

    pack: Text
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    questions: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


class Escalation(Part):
    """When the full form is to be used: severities at or above a limit, and states of hard stops."""

    text: Text
    severity_at_least: Share
    stops: Many[Literal["fired", "unresolved"]] = ()


class ShortHead(Part):
    """The file pack.yaml of a short form."""

    form: Literal["impact/pack/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    title: Text
    subset_of: SubsetOf
    escalation: Escalation
    outcomes: Annotated[tuple[Outcome, ...], Field(strict=False, min_length=1)]
    examples: Many[Text] = ()


@dataclass(frozen=True)
class Short:
    """What makes a pack a short form.

    Attributes:
        base: The full form, whole.
        resource: The full form's files.
        escalation: When the full form is to be used.
        left_out: Hard stops that stand only on questions of the full form's core that are not asked.
    """

    base: Pack
    resource: Resource
    escalation: Escalation
    left_out: tuple[HardStop, ...]

    @property
    def digest(self) -> str:
        """Digest of the full form's files: with the short form's own it covers every word that is asked."""
        return self.resource.digest


def read_short(resource: Resource, located: Located) -> tuple[Pack | None, list[Fault]]:
    """A short form made from its full form, which is looked for beside it, then among the bundled packs.

    Returns:
        The pack, None where it cannot be made, and faults: Q050 a question that the full form does not have, Q051
        another version of it, Q052 it is not there or is a short form itself, and every fault of the full form.
    """
    from impact.questionnaire.load import load_pack, read_model

    head, faults = read_model(located, ShortHead)
    if head is None:
        return None, faults
    faults += _own_faults(resource, located, head)
    at = located.place_of(("subset_of", "pack"))
    found = _full_form(resource, head.subset_of.pack)
    if found is None:
        remedy = "Put the full form’s folder beside this one, or correct the name"
        return None, [*faults, Fault(at, f"there is no pack “{head.subset_of.pack}”", "the full form", remedy, "Q052")]
    try:
        base = load_pack(found)
    except PackError as error:
        return None, [*faults, *error.faults]
    if base.short is not None:
        said = f"“{base.id}” is a short form itself"
        return None, [*faults, Fault(at, said, "a full form", f"Name {base.short.base.id}", "Q052")]
    faults += _against(located, head, base)
    return (None, faults) if faults else (_made(head, base, found), [])


def _full_form(resource: Resource, name: str) -> Resource | None:
    for folder in (resource.folder.parent, bundled_folder("questionnaires")):
        if (folder / name / "pack.yaml").is_file():
            try:
                return find("questionnaires", name, Settings(packs=(folder,)))
            except SettingsError:
                return None
    return None


def _own_faults(resource: Resource, located: Located, head: ShortHead) -> Iterator[Fault]:
    if head.id != resource.name:
        said = f"id “{head.id}” stands in folder “{resource.name}”"
        yield Fault(located.place_of(("id",)), said, "the same", "Rename one", "Q029")
    for name, _ in resource.files:
        if name.endswith((".yaml", ".yml")) and name not in {"pack.yaml", *head.examples}:
            where = f"{resource.name}/{name}"
            yield Fault(where, "pack.yaml does not list this file", "", "List it, or remove it", "Q029")
    for index, name in enumerate(head.examples):
        if name not in dict(resource.files):
            where = located.place_of(("examples", index))
            yield Fault(where, f"no file “{name}” in the pack", "a file of its folder", "Correct the name", "Q029")


def _against(located: Located, head: ShortHead, base: Pack) -> Iterator[Fault]:
    """What does not fit the full form."""
    wanted = head.subset_of
    if wanted.version != base.version:
        yield Fault(
            located.place_of(("subset_of", "version")),
            f"made for version {wanted.version} of {base.id}",
            f"version {base.version}, which stands here",
            "Read the changed questions, then change the version",
            "Q051",
        )
    seen: set[str] = set()
    for index, name in enumerate(wanted.questions):
        where = located.place_of(("subset_of", "questions", index))
        if name in seen:
            yield Fault(where, f"question “{name}” is named twice", "each once", "Remove one", "Q013")
        elif name not in base.questions:
            near = nearest(name, base.questions)
            remedy = f"Did you mean “{near}”?" if near else "Correct the id"
            yield Fault(where, f"{base.id} has no question “{name}”", "", remedy, "Q050")
        seen.add(name)
    bands = [band.code for band in base.head.bands]
    for index, outcome in enumerate(head.outcomes):
        if outcome.band_at_least is not None and outcome.band_at_least not in bands:
            where = located.place_of(("outcomes", index, "band_at_least"))
            yield Fault(where, f"“{outcome.band_at_least}” is not a band", f"one of {', '.join(bands)}", "", "Q030")


def _made(head: ShortHead, base: Pack, found: Resource) -> Pack:
    asked = set(head.subset_of.questions)
    sections = [
        section.model_copy(update={"questions": tuple(one for one in section.questions if one.id in asked)})
        for section in base.sections
    ]
    stops = base.scoring.hard_stops
    kept = tuple(stop for stop in stops if any(name in asked or _module(base, name) for name in stop.fired_by))
    scoring = base.scoring.model_copy(
        update={
            "hard_stops": kept,
            "contradictions": tuple(one for one in base.scoring.contradictions if asked.issuperset(one.between)),
            "outcomes": head.outcomes,
            # What a level asks for can be said only by the form that asks everything.
            "demands": (),
        }
    )
    extent = base.head.law_extent
    made = base.head.model_copy(
        update={
            "id": head.id,
            "version": head.version,
            "title": head.title,
            "examples": head.examples,
            "variables": tuple(one for one in base.head.variables if _worked_out(one.rule, asked)),
            "law_extent": extent if extent is not None and extent.question in asked else None,
        }
    )
    short = Short(base, found, head.escalation, tuple(stop for stop in stops if stop not in kept))
    shown = tuple(section for section in sections if section.questions)
    return Pack(made, shown, scoring, base.law, _checks(base, asked), short)


def _checks(base: Pack, asked: set[str]) -> Checks:
    """Checks whose claim can be read off the questions that are asked; figures from other answers are left out."""

    def known(names: Iterable[str]) -> bool:
        owners = {name.removesuffix("_rows").removesuffix("_note") for name in names}
        return asked.issuperset(owners & set(base.questions))

    kept = []
    for check in base.checks.checks:
        if known(names_in(check.made or "")):
            left = {
                name: tuple(one for one in sources if one.question is None or one.question in asked)
                for name, sources in check.parameters.items()
            }
            figures = {name: sources for name, sources in left.items() if sources}
            kept.append(check.model_copy(update={"parameters": figures}))
    return Checks(checks=tuple(kept))


def _module(base: Pack, name: str) -> bool:
    return base.section_of[name].visible_if is not None


def _worked_out(rule: Any, asked: set[str]) -> bool:
    """Whether a variable means here what it means in the full form: a residual of fewer questions does not."""
    return rule.kind == "setting" or getattr(rule, "question", None) in asked


def unasked_parts(answered: Answered) -> Iterator[tuple[str, str, Ruling]]:
    """Stop, question and ruling for each question of a module that a stop stands on and this form does not ask.

    A module that the answers turn off does not apply. One that they turn on, or leave open, leaves the stop unresolved:
    the answers say that the matter arises, and nobody has been asked about it.
    """
    from impact.questionnaire.rules import Ruling

    pack = answered.pack
    if pack.short is None:
        return
    base = pack.short.base
    for stop in pack.scoring.hard_stops:
        for name in stop.fired_by:
            if name not in pack.questions and _module(base, name):
                on = pack.conditions["module", base.section_of[name].id].decide(answered.known)
                yield stop.id, name, Ruling("not-applicable") if on is False else Ruling("unresolved", (name,))


@dataclass(frozen=True)
class Escalated:
    """Which answers and stops send the assessment to the full form.

    Attributes:
        severities: Question -> severity that counts, at or above the limit; the set value where it is open.
        stops: Hard stops in a state that the rule names.
    """

    severities: tuple[tuple[str, float], ...]
    stops: tuple[StopRuling, ...]

    @property
    def applies(self) -> bool:
        return bool(self.severities or self.stops)

    def reasons(self, pack: Pack) -> tuple[str, ...]:
        """Sentences for the outcome, in the order of the pack."""
        found = [f"{one.stop.id} {one.state}: {one.stop.text}" for one in self.stops]
        asked = pack.questions
        return (*found, *(f"{name} {asked[name].text} – counts with severity {v:.2g}" for name, v in self.severities))


def escalated(pack: Pack, items: Sequence[Item], stops: Sequence[StopRuling]) -> Escalated:
    """The pack's rule held against what was counted; nothing for a pack that is no short form."""
    if pack.short is None:
        return Escalated((), ())
    rule, gap = pack.short.escalation, pack.head.defaults.unanswered.severity
    values = [(item.question, gap if item.value is None else item.value) for item in items if item.kind == "risk"]
    # A severity that is 0.7 on paper may be 0.7 less a last digit here.
    high = tuple((name, value) for name, value in values if round(value, 9) >= rule.severity_at_least)
    return Escalated(high, tuple(one for one in stops if one.state in rule.stops))


def escalation_block(answered: Answered, found: Escalated) -> dict[str, Any]:
    """The block ``scoring.escalation`` of docs/record.md."""
    pack = answered.pack
    short = pack.short
    if short is None:
        raise ValueError("a full form has no escalation")
    base, states = short.base, answered.states
    return {
        "text": short.escalation.text,
        "full_form": {"id": base.id, "version": base.version, "title": base.title, "digest": short.digest},
        "asked": len(pack.questions),
        "of": len(base.questions),
        "use_full_form": found.applies,
        "severity_at_least": short.escalation.severity_at_least,
        "severities": [
            {"question": name, "text": states[name].question.text, "state": states[name].state, "severity": round(v, 6)}
            for name, v in found.severities
        ],
        "stops": [
            {"id": one.stop.id, "state": one.state, "text": one.stop.text, "missing": list(one.missing)}
            for one in found.stops
        ],
        "not_asked": {
            "hard_stops": [
                {"id": stop.id, "text": stop.text, "questions": list(stop.fired_by)} for stop in short.left_out
            ],
            "contradictions": [
                {"id": one.id, "text": one.text}
                for one in base.scoring.contradictions
                if one not in pack.scoring.contradictions
            ],
            "flags": sum(1 for question, flag in base.flags() if question.id not in pack.questions and _red(flag.id)),
            "sections": [_section(pack, section, answered.known) for section in _thinner(pack, base)],
        },
    }


def _red(name: str) -> bool:
    return name.startswith("RF-")


def _thinner(pack: Pack, base: Pack) -> Iterator[Section]:
    for section in base.sections:
        if any(question.id not in pack.questions for question in section.questions):
            yield section


def _section(pack: Pack, section: Section, known: Mapping[str, Any]) -> dict[str, Any]:
    on = pack.conditions["module", section.id].decide(known) if section.visible_if else True
    left = [question.id for question in section.questions if question.id not in pack.questions]
    return {
        "id": section.id,
        "title": section.title,
        "applies": on,
        "questions": len(left),
        "of": len(section.questions),
    }
