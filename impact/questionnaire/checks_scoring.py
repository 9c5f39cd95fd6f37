"""What pack.yaml and scoring.yaml name, against the rest of the pack.

In: a pack whose files are each well formed, and where their parts stand. Out: faults; their order is the caller's.
Judges names and limits; conditions are judged in checks_conditions.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from impact.errors import Fault
from impact.questionnaire.bands import uncovered
from impact.questionnaire.conditions import RESERVED
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack
from impact.yamlfile import nearest

__all__ = ["head_faults", "meant", "scoring_faults"]

_Loc = tuple[str | int, ...]


def meant(name: str, known: Iterable[str], otherwise: str = "Correct it") -> str:
    """The remedy for a name that nothing has: the nearest one, or what else to do.

    >>> meant("PRY", ["PRI", "VEN"])
    'Did you mean “PRI”?'
    """
    near = nearest(name, known)
    return f"Did you mean “{near}”?" if near else otherwise


def head_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Faults of pack.yaml: bands, variables, and where the law applies."""
    for found in uncovered(pack.head.bands):
        yield Fault(
            files.head.place_of(("bands",), key=True),
            f"bands: {found}",
            "every score exactly once",
            "Correct the limits",
            "Q017",
        )
    seen: set[str] = set()
    for index, variable in enumerate(pack.head.variables):
        at = ("variables", index)
        if variable.name in seen or variable.name in pack.questions:
            yield Fault(files.head.place_of((*at, "name")), f"“{variable.name}” is used twice", "", "Rename it", "Q013")
        if variable.name in RESERVED:
            where = files.head.place_of((*at, "name"))
            yield Fault(where, f"“{variable.name}” is a word of CEL", "", "Rename it", "Q025")
        seen.add(variable.name)
        rule = variable.rule.model_dump()
        named = rule.get("question")
        question = pack.questions.get(named) if named else None
        if named and question is None:
            yield Fault(
                files.head.place_of((*at, "rule", "question")),
                f"no question “{named}”",
                "",
                meant(str(named), pack.questions, "Correct the id"),
                "Q030",
            )
        for part in ("column", "start", "first", "now"):
            if question is not None and part in rule and question.column(rule[part]) is None:
                yield Fault(
                    files.head.place_of((*at, "rule", part)),
                    f"table {named} has no column “{rule[part]}”",
                    "",
                    meant(rule[part], [column.code for column in question.columns]),
                    "Q021",
                )
        if "section" in rule and rule["section"] not in {section.id for section in pack.sections}:
            yield Fault(
                files.head.place_of((*at, "rule", "section")),
                f"no section “{rule['section']}”",
                "",
                meant(rule["section"], [section.id for section in pack.sections], "Correct the id"),
                "Q030",
            )
        if "dimension" in rule and rule["dimension"] not in {part.code for part in pack.dimensions}:
            yield Fault(
                files.head.place_of((*at, "rule", "dimension")),
                f"“{rule['dimension']}” is not a dimension",
                "",
                meant(rule["dimension"], [part.code for part in pack.dimensions]),
                "Q028",
            )
    extent = pack.head.law_extent
    if extent is not None:
        question = pack.questions.get(extent.question)
        if question is None:
            where = files.head.place_of(("law_extent", "question"))
            remedy = meant(extent.question, pack.questions, "Correct the id")
            yield Fault(where, f"no question “{extent.question}”", "", remedy, "Q030")
        for place in extent.places if question is not None else ():
            if question is not None and question.choice(place) is None:
                yield Fault(
                    files.head.place_of(("law_extent", "places", place), key=True),
                    f"{extent.question} has no choice “{place}”",
                    "",
                    meant(place, [choice.code for choice in question.choices]),
                    "Q020",
                )


def scoring_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Faults of scoring.yaml, and law.yaml of another month."""

    def fault(at: _Loc, found: str, remedy: str, code: str) -> Fault:
        return Fault(files.scoring.place_of(at), found, "", remedy, code)

    scoring, known = pack.scoring, {dimension.code for dimension in pack.dimensions}
    for code in sorted(known - set(scoring.caps)):
        yield fault(("caps",), f"no cap for dimension {code}", "Add it", "Q028")
    for code in scoring.caps:
        if code not in known:
            yield fault(
                ("caps", code), f"“{code}” is not a dimension", meant(code, known, "Remove it, or correct it"), "Q028"
            )
    for index, floor in enumerate(scoring.floors):
        if floor.dimension not in known:
            yield fault(
                ("floors", index, "dimension"),
                f"“{floor.dimension}” is not a dimension",
                meant(floor.dimension, known),
                "Q028",
            )
    for index, part in enumerate(scoring.contradictions):
        for number, question in enumerate(part.between):
            if question not in pack.questions:
                yield fault(
                    ("contradictions", index, "between", number),
                    f"no question “{question}”",
                    meant(question, pack.questions, "Correct the id"),
                    "Q030",
                )
        if (part.when is None) == (part.compared_with is None):
            yield fault(
                ("contradictions", index), f"{part.id} has no rule, or two", "Give it when or compared_with", "Q030"
            )
    for index, stop in enumerate(scoring.hard_stops):
        for number, name in enumerate(stop.fired_by):
            host = pack.questions.get(name)
            if host is None or stop.id not in {flag.id for flag in host.flags}:
                yield fault(
                    ("hard_stops", index, "fired_by", number),
                    f"no flag {stop.id} stands on “{name}”",
                    "Add it there" if host is not None else meant(name, pack.questions, "Correct the id"),
                    "Q027",
                )
    bands = [band.code for band in pack.head.bands]
    for index, demand in enumerate(scoring.demands):
        if demand.level not in bands:
            yield fault(
                ("demands", index, "level"),
                f"“{demand.level}” is not a band",
                meant(demand.level, bands, f"Bands: {', '.join(bands)}"),
                "Q030",
            )
    for index, outcome in enumerate(scoring.outcomes):
        if outcome.band_at_least is not None and outcome.band_at_least not in bands:
            yield fault(
                ("outcomes", index, "band_at_least"),
                f"“{outcome.band_at_least}” is not a band",
                meant(outcome.band_at_least, bands),
                "Q030",
            )
    yield from _checks_named(pack, files)
    for found in uncovered(scoring.confidence.labels):
        yield fault(("confidence", "labels"), f"labels: {found}", "Correct the limits", "Q017")
    if pack.law.law_as_at != pack.head.law_as_at:
        yield Fault(
            files.law.place_of(("law_as_at",)),
            f"law as at {pack.law.law_as_at}",
            f"{pack.head.law_as_at}, as in pack.yaml",
            "Move both forward together",
            "Q030",
        )


def _checks_named(pack: Pack, files: Files) -> Iterator[Fault]:
    """Log checks that a rule waits for, though no question names them: their verdict would never come."""
    known = {check for question in pack.questions.values() for check in (*question.tested_by, *question.feeds)}
    known |= {cap.check for cap in pack.scoring.confidence.caps}  # a check of the log itself tests no answer
    used: list[tuple[_Loc, str]] = []
    for index, outcome in enumerate(pack.scoring.outcomes):
        used += [(("outcomes", index, "contradicted", number), one) for number, one in enumerate(outcome.contradicted)]
    for at, check in used:
        if check not in known:
            remedy = meant(check, known, "Name it in tested_by of the question that it tests")
            yield Fault(files.scoring.place_of(at), f"no question names the check “{check}”", "", remedy, "Q030")
