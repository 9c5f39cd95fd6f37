"""A first plan from six answers: the draft that a person then reads, corrects and registers.

In: the profile of a table and the answers. Out: a commented ``audit.yaml`` as text, which loads without a fault.
Decides nothing that the answers leave open: there is no default for what a yes does to a person, and none for a margin.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting.profile import Column, Profile
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.plans.plan_rules import CELL_COLUMNS, canonical_value
from impact.metrics.plans.plan_text import as_yaml, lean
from impact.metrics.tools.init_offers import Offer, offers
from impact.metrics.words import plural
from impact.yamlfile import nearest, parse

__all__ = ["KEYS", "draft", "unknown_words"]

# Answers by name, in the order of the six questions; what each means is in docs/audit-tools.md.
KEYS: tuple[str, ...] = (
    "effect", "label", "irreversible",
    "decision", "decision_yes", "decision_no", "threshold", "rule",
    "outcome", "outcome_yes", "outcome_no", "outcome_label", "outcome_recorded_by", "outcome_known",
    "human", "human_yes", "human_no", "human_label",
    "groups", "about", "reference",
    "row", "pool",
    "margin", "margin_kind", "margin_reason",
    "title", "question",
)  # fmt: skip
_ROLES = ("decision", "outcome", "human")
_WIDTH = 100
_NEEDED = ("effect", "label", "decision", "groups", "row", "pool")
_EFFECTS = ("burden", "benefit", "identification", "neither")
_KNOWN = ("always", "after_yes")
_LISTS = ("decision_yes", "decision_no", "outcome_yes", "outcome_no", "human_yes", "human_no", "groups")
_NOT_KNOWN = frozenset(
    {"unknown", "not known", "not stated", "not recorded", "not given", "refused", "prefer not to say", "n/a", "na",
     "none given", "undisclosed", "missing", "?"}
)  # fmt: skip

_NOTES: Mapping[str, str] = {
    "title": "Shown at the head of the findings.",
    "pool": "Who could have been affected: the law compares within this pool. Name the period.",
    "source": "Where the table stands, relative to this file. Nothing is guessed when it is read.",
    "unit": "What one row is. Several rows of one person would widen every interval.",
    "columns.decision.effect": "What a yes does to the person. It decides which group is called worse off.",
    "columns.decision.label": "A yes, as a past participle.",
    "columns.outcome": "What turned out. It is what was recorded, which may differ from what happened.",
    "columns.outcome.observed_when": "always, or decision_yes where nobody looked into those with a no.",
    "columns.human": "The final human decision, on the same scale.",
    "groups": "Characteristics. “values” are shown even where nobody has them; people with a value under\n"
    "“unknown_values” are shown, and are on neither side of a comparison.",
    "comparator": "Everybody else, by default; beside them, a named group.",
    "plan.primary": "What claims will be made about, declared before outcomes are read. One family.",
    "plan.margin": "From where a disparity is material, and why. Without one, no difference can be called small.",
    "plan.alpha": "Chance of a wrong claim in the whole family.",
}


def draft(seen: Profile, answers: Mapping[str, Any], *, name: str = "answers") -> str:
    """The plan as commented YAML.

    Args:
        seen: The table.
        answers: Answers by the names in ``KEYS``.
        name: How messages name where the answers came from.

    Raises:
        MetricError: E152 for every answer that is missing, unknown, or does not fit the table.
    """
    faults = list(_faults(seen, answers, name))
    if faults:
        raise MetricError(faults)
    data = _plan(seen, answers)
    text = _head(seen, answers) + _body(data, offers(seen, answers))
    plan_of(parse(text, name=name, family="E").data, name=name)  # what is written is what will be read
    return text


def _body(data: Mapping[str, Any], offered: Sequence[Offer]) -> str:
    """The plan, with what could be added to a part at the end of that part, switched off."""
    notes, text = _notes(data), ""
    for key, value in data.items():
        text += as_yaml({key: value}, notes=notes)
        text += "".join(offer.text() for offer in offered if offer.part == key)
        if key == "groups":
            text += "".join(offer.text() for offer in offered if offer.part == "strata")
    return text


def unknown_words(levels: Iterable[str]) -> tuple[str, ...]:
    """Values that say that something is not known.

    >>> unknown_words(["White", "Not stated", "unknown"])
    ('Not stated', 'unknown')
    """
    return tuple(level for level in levels if level.strip().casefold() in _NOT_KNOWN)


def _faults(seen: Profile, answers: Mapping[str, Any], name: str) -> Iterator[Fault]:
    def wrong(key: str, found: str, wanted: str, remedy: str = "") -> Fault:
        return Fault(f"{name}: {key}", found, wanted, remedy, "E152")

    for key in answers:
        if key not in KEYS:
            near = nearest(key, KEYS)
            yield wrong(key, "not a question", "", f"Did you mean “{near}”?" if near else f"Known: {', '.join(KEYS)}")
    for key in _NEEDED:
        if not answers.get(key):
            yield wrong(key, "no answer", "an answer", "docs/audit-tools.md lists the six questions")
    for key, allowed in (("effect", _EFFECTS), ("outcome_known", _KNOWN), ("margin_kind", ("ratio", "difference"))):
        if answers.get(key) and answers[key] not in allowed:
            yield wrong(key, f"“{answers[key]}”", f"one of {', '.join(allowed)}")
    for key in _LISTS:
        if key in answers and not isinstance(answers[key], list | tuple):
            yield wrong(key, "not a list", "a list, such as [Y]")
    if answers.get("margin") and not answers.get("margin_reason"):
        yield wrong("margin_reason", "no answer", "who agreed the margin, and when", "A margin needs a reason")
    for key in (*_ROLES, *_groups(answers)):
        column = answers.get(key) if key in _ROLES else key
        if column and seen.column(str(column)) is None:
            near = nearest(str(column), [each.name for each in seen.columns])
            yield wrong(key, f"no column “{column}”", "", f"Did you mean “{near}”?" if near else "Check its name")
    yield from _value_faults(seen, answers, wrong)
    about, reference = answers.get("about"), answers.get("reference")
    if about and about not in _groups(answers):
        yield wrong("about", f"“{about}” is not among the groups", f"one of {', '.join(_groups(answers))}")
    if reference and not about:
        yield wrong("reference", "a group to compare with, of nothing", "“about”", "Name the characteristic as well")


def _value_faults(seen: Profile, answers: Mapping[str, Any], wrong: Any) -> Iterator[Fault]:
    for role in _ROLES:
        column = seen.column(str(answers.get(role)))
        if column is None:
            continue
        if role == "decision" and answers.get("threshold") is not None:
            if column.kind not in ("numbers", "whole numbers"):
                yield wrong("threshold", f"“{column.name}” holds {column.kind}", "a column of numbers")
            continue
        yes = answers.get(f"{role}_yes")
        if not yes:
            yield wrong(f"{role}_yes", "no answer", f"the values of “{column.name}” that mean yes")
        elif not isinstance(yes, list | tuple):
            continue
        elif column.levels is None and not answers.get(f"{role}_no"):
            found = f"“{column.name}” has too many values to list"
            yield wrong(f"{role}_no", found, "its values that mean no", "For a score, give “threshold”")
        elif column.levels is not None:
            known = {canonical_value(level) for level in column.levels}
            listed = [*yes, *(answers.get(f"{role}_no") or [])]
            strange = [value for value in listed if canonical_value(value) not in known]
            if strange:
                shown = ", ".join(f"“{value}”" for value in strange)
                yield wrong(f"{role}_yes", f"{shown} does not occur in “{column.name}”", ", ".join(column.levels))
            if not _no(column, answers, role):
                yield wrong(f"{role}_no", f"every value of “{column.name}” means yes", "at least one that means no")


def _groups(answers: Mapping[str, Any]) -> list[str]:
    given = answers.get("groups")
    return [str(each) for each in given] if isinstance(given, list | tuple) else []


def _no(column: Column, answers: Mapping[str, Any], role: str) -> list[str]:
    """Values that mean no: those named, or all that mean neither yes nor that nothing is known."""
    named = answers.get(f"{role}_no")
    if named:
        return list(named)
    levels = column.levels or ()
    yes = {canonical_value(value) for value in answers[f"{role}_yes"]}
    unknown = unknown_words(levels)
    return [level for level in levels if canonical_value(level) not in yes and level not in unknown]


def _plan(seen: Profile, answers: Mapping[str, Any]) -> dict[str, Any]:
    effect, label = answers["effect"], answers["label"]
    about = answers.get("about")
    many = plural(str(answers["row"]))
    data: dict[str, Any] = {
        "version": 1,
        "title": answers.get("title") or f"Who is {label}",
        "question": answers.get("question") or f"Are {many} of some groups {label} more often than others?",
        "pool": answers["pool"],
        "source": _source(seen),
        "unit": {"row": answers["row"]},
        "columns": {role: _role(seen, answers, role) for role in _ROLES if answers.get(role)},
        "groups": _group_columns(seen, answers),
        "comparator": {"also": {_key(about): answers["reference"]}} if about and answers.get("reference") else {},
        "plan": {
            "primary": _primary(effect, answers),
            "margin": {
                "kind": answers.get("margin_kind") or "ratio",
                "value": answers["margin"],
                "reason": answers["margin_reason"],
            }
            if answers.get("margin")
            else {},
            "alpha": 0.05,
        },
    }
    if effect == "identification":
        data["identification"] = {
            "exposure": f"{many} seen",
            "alert": "alerts",
            **({"group": _key(about)} if about else {}),
        }
    kept: dict[str, Any] = lean(data)
    return kept


def _source(seen: Profile) -> dict[str, Any]:
    if seen.kind == "parquet":
        return {"kind": "parquet", "path": seen.file}
    return {"kind": "csv", "path": seen.file, "delimiter": seen.delimiter, "encoding": seen.encoding}


def _role(seen: Profile, answers: Mapping[str, Any], role: str) -> dict[str, Any]:
    column = seen.column(str(answers[role]))
    assert column is not None  # _faults has looked
    found: dict[str, Any] = {}
    if role == "decision" and answers.get("threshold") is not None:
        found |= {"from": column.name, "threshold": float(answers["threshold"]), "rule": answers.get("rule") or ">="}
    else:
        yes, no = list(answers[f"{role}_yes"]), _no(column, answers, role)
        listed = {canonical_value(value) for value in (*yes, *no)}
        rest = [level for level in column.levels or () if canonical_value(level) not in listed]
        found |= {"name": column.name, "yes": _typed(column, yes), "no": _typed(column, no)}
        found["unknown_values"] = _typed(column, rest)
    if role == "decision":
        found |= {"effect": answers["effect"], "label": answers["label"]}
        if answers.get("irreversible"):
            found["irreversible"] = True
    elif role == "outcome":
        found["label"] = answers.get("outcome_label") or f"{column.name} recorded as {answers['outcome_yes'][0]}"
        found["observed_when"] = "decision_yes" if answers.get("outcome_known") == "after_yes" else "always"
        found["recorded_by"] = answers.get("outcome_recorded_by")
    elif answers.get("human_label"):
        found["label"] = answers["human_label"]
    return found


def _typed(column: Column, values: Sequence[Any]) -> list[Any]:
    """Numbers as numbers and truth as truth, so that a reader sees what is in the column."""
    if column.kind == "whole numbers":
        return [int(canonical_value(value)) for value in values]
    if column.kind == "true or false":
        return [canonical_value(value) == "1" for value in values]
    return [str(value) for value in values]


def _key(column: Any) -> str:
    """A group's key: the name of its column, unless that is a column of our own count table."""
    return f"{column}_group" if str(column) in CELL_COLUMNS else str(column)


def _group_columns(seen: Profile, answers: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in _groups(answers):
        column = seen.column(name)
        levels = column.levels if column is not None and column.levels is not None else ()
        unknown = unknown_words(levels)
        found[_key(name)] = {
            "name": name,
            "unknown_values": list(unknown),
            "values": [level for level in levels if level not in unknown],
        }
    return found


def _primary(effect: str, answers: Mapping[str, Any]) -> list[str]:
    """What each effect harms by, as far as outcomes allow."""
    if not answers.get("outcome"):
        return ["selection_rate"]
    if effect == "identification":
        return ["fdr"]
    if answers.get("outcome_known") == "after_yes":
        return ["selection_rate", "ppv"]
    return {"burden": ["selection_rate", "fpr", "ppv"], "benefit": ["selection_rate", "fnr"]}.get(
        effect, ["selection_rate", "fpr", "fnr"]
    )


def _notes(data: Mapping[str, Any]) -> dict[str, str]:
    notes = dict(_NOTES)
    if "margin" not in data["plan"]:
        notes["plan.alpha"] = (
            "No margin was declared. To declare one, agree it before outcomes are read, and add:\n"
            "  margin: {kind: ratio, value: …, reason: who agreed it, and when}\n" + _NOTES["plan.alpha"]
        )
    return notes


def _head(seen: Profile, answers: Mapping[str, Any]) -> str:
    used = {str(answers.get(role)) for role in _ROLES} | set(_groups(answers))
    offered = offers(seen, answers)
    used |= {name for offer in offered for name in offer.columns}
    rest = [each.name for each in seen.columns if each.name not in used]
    lines = [
        "A draft from six answers. Read every line, correct it, and register it with “impact audit check” before "
        "anybody looks at outcomes. docs/audit-plan.md explains the keys.",
        f"{seen.rows:,} rows were counted in {seen.file}.",
    ]
    if offered:
        lines.append(
            f"Switched off, because only the names of columns suggest them: {', '.join(each.key for each in offered)}. "
            "Such a line begins with “#” and no space: delete the “#” where it is right, and the line where it is not."
        )
    if rest:
        lines.append(f"Columns that are not used: {', '.join(rest)}")
    wrapped = (part for line in lines for part in textwrap.wrap(line, _WIDTH))
    return "".join(f"# {part}\n" for part in wrapped)
