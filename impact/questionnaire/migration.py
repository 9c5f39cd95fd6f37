"""From one version of a pack to the next, as data: which question became which, and which answers are asked again.

In: the files under ``migrations`` of a pack. Out: frozen migrations, their faults, and the path between two versions.
Moves no answer itself (carry.py does).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from impact.errors import Fault, PackError
from impact.questionnaire.checks_scoring import meant
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Many, Part, Question, Text
from impact.resources import Resource
from impact.yamlfile import Located

__all__ = ["Migration", "migration_faults", "migrations_of", "path_between", "unconnected"]

Version = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]


class Migration(Part):
    """One file of ``migrations/``: what became of the questions of ``from`` in ``to``. Ids are those of ``to``.

    A question that is not named is taken over as it is.
    """

    form: Literal["impact/migration/1"] = Field(alias="schema")
    before: Version = Field(alias="from")
    after: Version = Field(alias="to")
    summary: Text
    renamed: dict[str, str] = Field(default_factory=dict)
    """Old id -> new id."""
    codes: dict[str, dict[str, str | Many[str]]] = Field(default_factory=dict)
    """Question -> old code -> the new code; or the codes it was split into, and then it is asked again."""
    columns: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Table -> old column -> new column."""
    again: dict[str, Text] = Field(default_factory=dict)
    """Question -> why its old answer does not answer it any more: its type, unit or sense changed."""
    retired: dict[str, Text] = Field(default_factory=dict)
    """Old id -> why it is no longer asked."""


def migrations_of(resource: Resource, pack: Pack) -> list[Migration]:
    """The migrations that a pack lists, read when answers of another version turn up and not before.

    Raises:
        PackError: One of the files has a fault.
    """
    from impact.questionnaire.load import Reading, read_model

    reading = Reading(resource)
    found = []
    for name in pack.head.migrations:
        located = reading.located(name)
        if located is not None:
            step, faults = read_model(located, Migration)
            reading.faults += faults
            found += [step] if step is not None else []
    if reading.faults:
        raise PackError(reading.faults)
    return found


def path_between(migrations: Sequence[Migration], *, before: str, after: str) -> list[Migration] | None:
    """The fewest migrations that lead from one version to another; None where none do.

    >>> path_between([], before="1.0.0", after="1.0.0")
    []
    """
    paths: dict[str, list[Migration]] = {before: []}
    waiting = [before]
    while waiting:
        here = waiting.pop(0)
        if here == after:
            return paths[here]
        for step in migrations:
            if step.before == here and step.after not in paths:
                paths[step.after] = [*paths[here], step]
                waiting.append(step.after)
    return None


def migration_faults(pack: Pack, located: Located) -> tuple[Migration | None, list[Fault]]:
    """One migration, and the faults of its file: its form, Q042 names that the pack lacks, Q043 one version twice."""
    from impact.questionnaire.load import read_model

    found, faults = read_model(located, Migration)
    if found is None:
        return None, faults
    if found.before == found.after:
        where = located.place_of(("to",))
        return None, [Fault(where, f"it leads from {found.before} to itself", "two versions", "Correct one", "Q043")]
    # What an older version looked like is not known any more: names are held against the version they lead to.
    return found, list(_stray(pack, found, located)) if found.after == pack.version else []


def unconnected(pack: Pack, migrations: Sequence[tuple[Located, Migration]]) -> Iterator[Fault]:
    """Q043: a migration from which no other leads on to this version, or two that begin and end alike."""
    steps = [step for _, step in migrations]
    seen: set[tuple[str, str]] = set()
    for located, step in migrations:
        ends, where = (step.before, step.after), located.place_of(("to",))
        if ends in seen:
            yield Fault(where, f"another file leads from {ends[0]} to {ends[1]} too", "", "Remove one", "Q043")
        elif path_between(steps, before=step.before, after=pack.version) is None:
            found = f"it ends at version {step.after}, and nothing leads on to {pack.version}"
            yield Fault(where, found, "", "Add the migration that is missing, or correct the version", "Q043")
        seen.add(ends)


def _stray(pack: Pack, step: Migration, located: Located) -> Iterator[Fault]:
    def fault(at: tuple[str | int, ...], found: str, remedy: str, *, key: bool) -> Fault:
        return Fault(located.place_of(at, key=key), found, "", remedy, "Q042")

    for old, new in step.renamed.items():
        if new not in pack.questions:
            yield fault(("renamed", old), f"no question “{new}”", meant(new, pack.questions), key=False)
        if old not in pack.head.retired:
            yield _reusable(pack, located, ("renamed", old), old)
    for old in step.retired:
        if old in pack.questions:
            yield fault(("retired", old), f"question “{old}” is still asked", "Remove it here", key=True)
        elif old not in pack.head.retired:
            yield _reusable(pack, located, ("retired", old), old)
    for block in ("codes", "columns", "again"):
        for name in getattr(step, block):
            if name not in pack.questions:
                yield fault((block, name), f"no question “{name}”", meant(name, pack.questions), key=True)
    for name, codes in step.codes.items():
        known = _codes(pack.questions[name]) if name in pack.questions else None
        for old, became in codes.items():
            for number, new in enumerate((became,) if isinstance(became, str) else became):
                if known is not None and new not in known:
                    at: tuple[str | int, ...] = ("codes", name, old, number)
                    yield fault(at, f"{name} has no choice “{new}”", meant(new, known), key=False)
    for name, columns in step.columns.items():
        question = pack.questions.get(name)
        for old, column in columns.items():
            if question is not None and question.column(column) is None:
                remedy = meant(column, [one.code for one in question.columns])
                yield fault(("columns", name, old), f"table {name} has no column “{column}”", remedy, key=False)


def _reusable(pack: Pack, located: Located, at: tuple[str, ...], old: str) -> Fault:
    where = located.place_of(at, key=True)
    if old in pack.questions:
        return Fault(where, f"“{old}” is the id of another question now", "", "Give that one a new id", "Q042")
    remedy = "Add it to retired of pack.yaml, so that it is never used again"
    return Fault(where, f"“{old}” is not among the retired ids", "", remedy, "Q042")


def _codes(question: Question) -> list[str]:
    found = [choice.code for choice in question.choices]
    return [*found, "yes", "no", "not-known"] if question.type == "yesno" else found
