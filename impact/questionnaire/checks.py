"""What must hold across the files of a pack: ids, references, weights, bands, conditions.

In: a pack whose files are each well formed, and where their parts stand. Out: faults, in file order.
Changes nothing and reads no file (load.py does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from impact.errors import Fault
from impact.questionnaire.bands import uncovered
from impact.questionnaire.checks_conditions import condition_faults
from impact.questionnaire.checks_figures import figure_faults
from impact.questionnaire.checks_promises import promise_faults
from impact.questionnaire.checks_scoring import head_faults, meant, scoring_faults
from impact.questionnaire.checks_testing import testing_faults
from impact.questionnaire.conditions import RESERVED
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Band, Choice, Question
from impact.yamlfile import Located, nearest

__all__ = ["HEAVIEST", "faults_in"]

HEAVIEST = 0.30  # no single question may close more than this of what is left to the worst (scoring model, section 7)
_Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class _Asked:
    question: Question
    file: Located
    loc: _Loc

    def fault(self, at: _Loc, found: str, wanted: str, remedy: str, code: str, *, key: bool = False) -> Fault:
        return Fault(self.file.place_of((*self.loc, *at), key=key), found, wanted, remedy, code)


def faults_in(pack: Pack, files: Files) -> list[Fault]:
    """Every fault across the files, in file order. Codes are listed in docs/pack-format.md."""
    asked = [
        _Asked(question, files.sections[index], ("questions", number))
        for index, section in enumerate(pack.sections)
        for number, question in enumerate(section.questions)
    ]
    faults = [*_ids(pack, files, asked), *_law(pack, files, asked)]
    for one in asked:
        faults += [*_weights(pack, one), *_values(one), *_bands(one), *_names(pack, one)]
    faults += [*head_faults(pack, files), *scoring_faults(pack, files), *figure_faults(pack, files)]
    faults += [*testing_faults(pack, files), *promise_faults(pack, files)]
    faults += condition_faults(pack, files)
    return sorted(faults, key=files.order)


def _ids(pack: Pack, files: Files, asked: Iterable[_Asked]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for one in asked:
        where = one.file.place_of((*one.loc, "id"))
        if one.question.id in seen:
            yield Fault(
                where,
                f"question id “{one.question.id}” is used at {seen[one.question.id]} as well",
                "each id once",
                "Give the new question a new id",
                "Q013",
            )
        if one.question.id in RESERVED:
            yield Fault(
                where, f"“{one.question.id}” is a word of CEL", "an id that conditions can use", "Rename it", "Q025"
            )
        if one.question.id in pack.head.retired:
            yield Fault(
                where,
                f"question id “{one.question.id}” is retired",
                "an id that was never used",
                "Give the new question a new id",
                "Q024",
            )
        seen.setdefault(one.question.id, where)
        yield from _doubled(one.file, (*one.loc, "choices"), one.question.choices)
        yield from _doubled(one.file, (*one.loc, "bands"), one.question.bands)
        codes: set[str] = set()
        for index, column in enumerate(one.question.columns):
            if column.code in codes:
                yield one.fault(
                    ("columns", index, "code"), f"column “{column.code}” occurs twice", "", "Rename one", "Q013"
                )
            codes.add(column.code)
            yield from _doubled(one.file, (*one.loc, "columns", index, "choices"), column.choices)
            if (column.type == "choice") != bool(column.choices):
                yield one.fault(
                    ("columns", index),
                    f"column “{column.code}” has type {column.type}",
                    "choices with type choice, and only there",
                    "Add the one or remove the other",
                    "Q026",
                )
    names: dict[str, str] = {}
    for index, section in enumerate(pack.sections):
        where = files.sections[index].place_of(("id",))
        if section.id in names:
            yield Fault(
                where, f"section id “{section.id}” is used in {names[section.id]} as well", "", "Rename it", "Q013"
            )
        names.setdefault(section.id, where)
    for block in ("hard_stops", "floors", "contradictions"):
        ids: set[str] = set()
        for index, part in enumerate(getattr(pack.scoring, block)):
            if part.id in ids:
                yield Fault(
                    files.scoring.place_of((block, index, "id")), f"“{part.id}” occurs twice", "", "Rename one", "Q013"
                )
            ids.add(part.id)


def _doubled(file: Located, at: _Loc, parts: Sequence[Choice | Band]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, part in enumerate(parts):
        if part.code in seen:
            yield Fault(
                file.place_of((*at, index, "code")), f"code “{part.code}” occurs twice", "", "Rename one", "Q013"
            )
        seen.add(part.code)


def _law(pack: Pack, files: Files, asked: Iterable[_Asked]) -> Iterator[Fault]:
    def missing(file: Located, at: _Loc, ref: str) -> Iterator[Fault]:
        if not pack.law.expand(ref):
            near = nearest(ref, pack.law.keys)
            remedy = f"Did you mean “{near}”?" if near else "Add it to law.yaml"
            yield Fault(file.place_of(at), f"law.yaml has no key “{ref}”", "", remedy, "Q014")

    for one in asked:
        for index, ref in enumerate(one.question.refs):
            yield from missing(one.file, (*one.loc, "refs", index), ref)
    for number, stop in enumerate(pack.scoring.hard_stops):
        for index, ref in enumerate(stop.refs):
            yield from missing(files.scoring, ("hard_stops", number, "refs", index), ref)


def _weights(pack: Pack, one: _Asked) -> Iterator[Fault]:
    question = one.question
    if question.risk and question.mitigation:
        yield one.fault(
            ("mitigation",),
            f"{question.id} has risk and mitigation weights",
            "one of them",
            "Split the question",
            "Q016",
            key=True,
        )
    known = [dimension.code for dimension in pack.dimensions]
    for block, weights in (("risk", question.risk), ("mitigation", question.mitigation)):
        for code, weight in weights.items():
            if code not in known:
                near = nearest(code, known)
                remedy = f"Did you mean “{near}”?" if near else f"Dimensions: {', '.join(known)}"
                yield one.fault((block, code), f"“{code}” is not a dimension", "", remedy, "Q028", key=True)
            if not 0 < weight <= HEAVIEST:
                yield one.fault(
                    (block, code),
                    f"weight {weight:g}",
                    f"above 0 and at most {HEAVIEST:.2f}",
                    "Spread the matter over more questions",
                    "Q015",
                )


def _values(one: _Asked) -> Iterator[Fault]:
    """A scored question must be able to give a value, whatever its answer."""
    question = one.question
    rule = question.aggregate.rule if question.aggregate else None
    if question.type in ("single", "yesno", "multi") and not question.choices:
        yield one.fault(("type",), f"{question.id} is {question.type} and has no choices", "", "Add choices", "Q026")
    if question.type == "table" and not question.columns:
        yield one.fault(("type",), f"{question.id} is a table and has no columns", "", "Add columns", "Q026")
    if question.type == "yesno" and not {"yes", "no"} <= {choice.code for choice in question.choices}:
        yield one.fault(("choices",), f"{question.id} lacks yes or no", "choices yes and no", "Add them", "Q026")
    if (rule == "count_div" and not (question.aggregate and question.aggregate.n)) or (
        rule == "count_mul" and not (question.aggregate and question.aggregate.k)
    ):
        yield one.fault(("aggregate",), f"{rule} has no number", "n for count_div, k for count_mul", "Add it", "Q026")
    fits = {"max": ("multi",), "count_div": ("multi",), "count_mul": ("multi",), "percent": ("number",)}
    if rule and question.type not in fits[rule]:
        yield one.fault(("aggregate",), f"{rule} does not suit type {question.type}", "", "Change one of them", "Q026")
    if question.kind is None:
        return
    need: Sequence[Band | Choice] = (
        question.bands if question.bands else question.choices if rule in (None, "max") else ()
    )
    block = "bands" if question.bands else "choices"
    for index, part in enumerate(need):
        if part.value is None:
            yield one.fault(
                (block, index), f"{question.id} is scored but “{part.code}” has no value", "0 to 1", "Add value", "Q026"
            )
    if not need and rule is None:
        yield one.fault(
            ("id",),
            f"{question.id} is scored but has no choices, bands or aggregate",
            "",
            "Say how an answer becomes a value",
            "Q026",
        )


def _bands(one: _Asked) -> Iterator[Fault]:
    for found in uncovered(one.question.bands):
        yield one.fault(
            ("bands",),
            f"bands of {one.question.id}: {found}",
            "every value exactly once",
            "Correct the limits",
            "Q017",
            key=True,
        )


def _names(pack: Pack, one: _Asked) -> Iterator[Fault]:
    """Names that one part of the pack uses for another."""
    question = one.question
    variables = [variable.name for variable in pack.head.variables]
    if question.band_on is not None and question.band_on not in variables:
        remedy = meant(question.band_on, variables, "Declare it in pack.yaml")
        yield one.fault(("band_on",), f"“{question.band_on}” is not a variable", "", remedy, "Q030")
    if question.band_when_blank is not None and question.band_when_blank not in {band.code for band in question.bands}:
        remedy = meant(question.band_when_blank, [band.code for band in question.bands], "Name a band")
        yield one.fault(("band_when_blank",), f"“{question.band_when_blank}” is not a band", "", remedy, "Q030")
    if question.bands and question.type not in ("number", "money") and question.band_on is None:
        yield one.fault(
            ("bands",),
            f"{question.id} is a {question.type} and its bands have no number",
            "band_on",
            "Name the variable that the bands are on",
            "Q030",
            key=True,
        )
    stops = {stop.id: stop for stop in pack.scoring.hard_stops}
    for index, flag in enumerate(question.flags):
        if flag.id.startswith("HS-"):
            if flag.id not in stops or question.id not in stops[flag.id].fired_by:
                yield one.fault(
                    ("flags", index, "id"),
                    f"{flag.id} does not name {question.id}",
                    f"a hard stop of scoring.yaml with {question.id} in fired_by",
                    "Add it there" if flag.id in stops else meant(flag.id, stops, "Add it there"),
                    "Q027",
                )
        elif flag.id != f"RF-{question.id}":
            yield one.fault(
                ("flags", index, "id"), f"“{flag.id}” stands on {question.id}", f"RF-{question.id}", "Rename it", "Q027"
            )
