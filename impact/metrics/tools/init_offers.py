"""What else a table could be asked: further keys of a plan, written into the draft as lines that are switched off.

In: the profile of a table and the answers. Out: commented lines for each part of the plan, each with what it gives.
Switches nothing on: a name is no proof of what a column means. Where a choice is left open (a role, a kind of weight),
the line is refused once it is switched on, until somebody has made the choice.
Personal data: none; names of columns, and values that the profile may show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from impact.metrics.counting.profile import Column, Profile
from impact.metrics.counting.profile_roles import words_of
from impact.metrics.plans.plan_further import MAX_CLASSES
from impact.metrics.plans.plan_rules import CELL_COLUMNS, canonical_value
from impact.metrics.plans.plan_text import as_yaml

__all__ = ["Offer", "offers", "switched_off"]

_MAX_STRATA = 3  # each is one more way to look
_MAX_SCORERS = 5  # as a plan's rule
_GUESSED = frozenset({"predicted", "prediction", "estimated", "estimate", "forecast", "expected", "guessed"})
_TRUE = frozenset({"actual", "true", "observed", "real"})


@dataclass(frozen=True)
class Offer:
    """One key that the plan could have.

    Attributes:
        part: The part of the plan it stands in: ``unit``, ``columns`` or ``strata``.
        columns: The columns it would use.
        gives: What it gives, in one line, and what is to be decided first.
        data: The key and its value, as plain data.
    """

    part: str
    columns: tuple[str, ...]
    gives: str
    data: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its place in a plan, as “columns.time”."""
        return self.part if self.part == "strata" else f"{self.part}.{next(iter(self.data))}"

    def text(self) -> str:
        """The lines of the draft: what it gives, then the key with a “#” before it."""
        own = self.data if self.part == "strata" else {self.part: self.data}
        body = as_yaml({"strata": dict(own)} if self.part == "strata" else own).splitlines()
        lines = body if self.part == "strata" else body[1:]
        indent = "" if self.part == "strata" else "  "
        return "".join([f"{indent}# {self.gives}\n", *(f"{indent}#{line.removeprefix(indent)}\n" for line in lines)])


def switched_off(text: str) -> list[str]:
    """The keys of a draft that are switched off, in its order.

    >>> switched_off("columns:\\n  # When.\\n  #time:\\n  #  name: day\\n")
    ['time']
    """
    stripped = [line.strip() for line in text.splitlines()]
    return [line[1:].partition(":")[0] for line in stripped if line[:1] == "#" and line[1:2].strip()]


def offers(seen: Profile, answers: Mapping[str, Any]) -> tuple[Offer, ...]:
    """Keys that the names and kinds of the unused columns suggest, in the order of a plan.

    Args:
        seen: The table.
        answers: As ``init_plan.draft``; they are sound.
    """
    found: list[Offer] = []
    taken = {str(answers[role]) for role in ("decision", "outcome", "human") if answers.get(role)}
    taken |= set(map(str, answers["groups"]))
    makers = (
        _person,
        _human,
        _scorers,
        _score,
        _weight,
        _reviewer,
        _seconds,
        _time,
        _version,
        _amount,
        _classes,
        _strata,
    )
    for make in makers:
        for offer in make(seen, answers, frozenset(taken)):
            found.append(offer)
            taken |= set(offer.columns)
    return tuple(found)


def _free(seen: Profile, role: str, taken: frozenset[str]) -> list[Column]:
    return [each for each in seen.columns if role in each.roles and each.name not in taken]


def _sheet(answers: Mapping[str, Any]) -> bool:
    """A denominators sheet takes every row as one independent search: no weight, and nobody twice."""
    return bool(answers["effect"] == "identification")


def _person(seen: Profile, answers: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column in _free(seen, "person_id", taken)[:1]:
        if not _sheet(answers):
            gives = "One person has several rows? Intervals then allow for it, and ids never leave the engine."
            yield Offer("unit", (column.name,), gives, {"person_id": column.name})


def _human(seen: Profile, answers: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    if answers.get("human"):
        return
    for column in _free(seen, "human", taken)[:1]:
        gives = "The final human decision: how often people overrule the system. Move values that mean yes to “yes”."
        levels = [canonical_value(level) for level in column.levels or ()]
        whole = column.kind in ("whole numbers", "true or false")
        values: list[Any] = [int(level) for level in levels] if whole else list(column.levels or ())
        yield Offer("columns", (column.name,), gives, {"human": {"name": column.name, "yes": [], "no": values}})


def _scorers(seen: Profile, answers: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    """Other deciders of the same rows: columns with the values of the decision, or scores beside a score."""
    decision = seen.column(str(answers["decision"]))
    found: dict[str, Any] = {}
    if decision is not None and answers.get("threshold") is None and decision.levels is not None:
        yes = {canonical_value(value) for value in answers["decision_yes"]}
        for column in _free(seen, "decision", taken):
            if column.levels == decision.levels and column.kind == decision.kind:
                levels = [_typed(column, level) for level in column.levels or ()]
                agree = [each for each in levels if canonical_value(each) in yes]
                rest = [each for each in levels if canonical_value(each) not in yes]
                found[column.name] = {"name": column.name, "yes": agree, "no": rest, "label": column.name}
    elif decision is not None and answers.get("threshold") is not None:
        for column in _free(seen, "score", taken):
            found[column.name] = {"from": column.name, "label": column.name}
    kept = {_key(name): part for name, part in list(found.items())[:_MAX_SCORERS]}
    if kept:
        gives = "Another scorer of the same cases, compared case by case. Name the decision's own under its “scorer”"
        gives += "." if answers.get("threshold") is None else ", and give each a “threshold”."
        yield Offer("columns", tuple(found)[:_MAX_SCORERS], gives, {"also": kept})


def _typed(column: Column, level: str) -> Any:
    if column.kind == "whole numbers":
        return int(canonical_value(level))
    return canonical_value(level) == "1" if column.kind == "true or false" else level


def _score(seen: Profile, answers: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    decision = seen.column(str(answers["decision"])) if answers.get("threshold") is not None else None
    column = next(iter(_free(seen, "score", taken)), None) if decision is None else decision
    if column is None:
        return
    gives = "The score itself: how it ranks and is calibrated in each group. Say in words what a higher one means"
    data: dict[str, Any] = {"name": column.name, "higher_means": ""}
    if column.in_unit_range:
        gives += "."
        data["range"] = [0, 1]
    else:
        gives += ", and its lowest and highest."
        data["range"] = []
    yield Offer("columns", (column.name,), gives, {"score": data})


def _weight(seen: Profile, answers: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column in _free(seen, "weight", taken)[:1]:
        if not _sheet(answers):
            gives = "Rows that stand for many. Add “kind”: frequency (so many rows) or sampling (a survey weight)."
            yield Offer("columns", (column.name,), gives, {"weight": {"name": column.name}})


def _reviewer(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column in _free(seen, "reviewer", taken)[:1]:
        gives = "Who decided in the end: whether few reviewers decide most; no id leaves the engine. Needs “human”."
        yield Offer("columns", (column.name,), gives, {"reviewer": {"name": column.name}})


def _seconds(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column in _free(seen, "review_seconds", taken)[:1]:
        gives = "How long a review took: whether there was time to read a case. Needs “human”; “floor” can be added."
        yield Offer("columns", (column.name,), gives, {"review_seconds": {"name": column.name}})


def _time(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    columns = _free(seen, "time", taken)
    if columns:
        gives = "The date of the decision: rates and gaps by month, quarter or year, and whether they moved."
        others = ", ".join(column.name for column in columns[1:])
        gives += f" Or: {others}." if others else ""
        yield Offer("columns", (columns[0].name,), gives, {"time": {"name": columns[0].name, "period": "month"}})


def _version(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column in _free(seen, "version", taken)[:1]:
        gives = "The scorer's version: rates under each. Add “order”, the oldest first, where there are three or more."
        yield Offer("columns", (column.name,), gives, {"version": {"name": column.name}})


def _guesses(seen: Profile, taken: frozenset[str]) -> Iterator[tuple[Column, Column, str]]:
    """Two columns of one name but for “predicted” and “actual”, and what the name says beside these."""
    free = [each for each in seen.columns if each.name not in taken]
    for column in free:
        words = words_of(column.name)
        said = words - _GUESSED
        for other in free:
            if words & _GUESSED and said and words_of(other.name) & _TRUE and words_of(other.name) - _TRUE == said:
                yield column, other, " ".join(sorted(said))


def _amount(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column, other, said in _guesses(seen, taken):
        if all(each.kind in ("numbers", "whole numbers") and each.distinct > 2 for each in (column, other)):
            gives = "How far off predicted amounts are, by group. Add “range”, a “tolerance” and the “reason” for it."
            data = {"predicted": column.name, "actual": other.name, "label": said, "unit": ""}
            yield Offer("columns", (column.name, other.name), gives, {"amount": data})
            return


def _classes(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    for column, other, said in _guesses(seen, taken):
        levels = list(dict.fromkeys((*(column.levels or ()), *(other.levels or ()))))
        if column.levels and other.levels and column.kind == other.kind == "text" and 2 < len(levels) <= MAX_CLASSES:
            gives = "How often the class is the right one, by group. Move words for nothing known to “unknown_values”."
            data = {"predicted": column.name, "actual": other.name, "values": levels, "label": said}
            yield Offer("columns", (column.name, other.name), gives, {"classes": data})
            return


def _strata(seen: Profile, _: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Offer]:
    columns = _free(seen, "strata", taken)[:_MAX_STRATA]
    if columns:
        gives = "Compare within these too. Add “role”: proxy_risk, or legitimate_factor with a “justification”."
        data = {_key(column.name): {"name": column.name} for column in columns}
        yield Offer("strata", tuple(column.name for column in columns), gives, data)


def _key(name: str) -> str:
    return f"{name}_" if name in CELL_COLUMNS else name
