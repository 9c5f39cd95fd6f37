"""A check of a pack's own, as data: an aggregate and a rule, no code.

In: the plain data of one entry of checks.yaml, which the questionnaire room has looked at. Out: a ``Check`` like those
of the catalogue, or faults where it names a column that the contract has not. Every word from the pack becomes a quoted
literal or a column of the contract; nothing else of it reaches the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from impact.claims.check import Check, Context, Found, Guard, Query, Ruling, not_testable
from impact.claims.contract import LOG, PEOPLE
from impact.claims.shares import share_of, share_query
from impact.claims.verdicts import Judged, at_least, at_most, never
from impact.claims.words import number, percent, share_words
from impact.errors import Fault
from impact.metrics.counting import duck
from impact.yamlfile import nearest

__all__ = ["own_check", "own_faults"]

_COLUMNS = {**LOG, **PEOPLE}
_NUMBERS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
_TIMES = {"after": ">", "before": "<"}


def own_faults(entry: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Q030 for a column that no log can have, Q012 for a comparison that its kind does not know."""
    count = entry["count"]
    for condition in (*count.get("of", ()), *count["hits"]):
        named = [condition["column"], *(condition[key] for key in _TIMES if condition.get(key))]
        for name in named:
            if name not in _COLUMNS:
                near = nearest(name, _COLUMNS)
                remedy = f"Did you mean “{near}”?" if near else "docs/claims.md lists the columns"
                yield Fault(where, f"a decision log has no column “{name}”", "a column of the contract", remedy, "Q030")
        if all(name in _COLUMNS for name in named):
            yield from _kinds(condition, where)


def _kinds(condition: Mapping[str, Any], where: str) -> Iterator[Fault]:
    kind = _COLUMNS[condition["column"]].kind
    tests = [key for key in ("is", "in", "present", *_NUMBERS, *_TIMES) if condition.get(key) not in (None, (), [])]
    if len(tests) != 1:
        said = f"the condition on “{condition['column']}” makes {len(tests)} comparisons"
        yield Fault(where, said, "one", "Write one condition for each", "Q012")
        return
    (test,) = tests
    fits = {
        "is": isinstance(condition.get("is"), bool) == (kind == "bool"),
        "in": kind == "text",
        "present": True,
        **dict.fromkeys(_NUMBERS, kind in ("number", "whole")),
        **dict.fromkeys(_TIMES, kind == "time"),
    }
    if not fits[test]:
        said = f"“{test}” does not fit “{condition['column']}”, which holds {kind}"
        yield Fault(where, said, "", "Use another comparison, or another column", "Q012")


def own_check(entry: Mapping[str, Any]) -> Check:
    """The check that an entry describes; call :func:`own_faults` first.

    >>> check = own_check({
    ...     "id": "OWN-01", "title": "Nobody is refused without being told", "rule": {"never": True},
    ...     "count": {"of": [{"column": "action", "in": ["refused"]}], "things": "refusals were not told",
    ...               "hits": [{"column": "ts_notified", "present": False}]}})
    >>> check.needs
    ('action', 'ts_notified')
    """
    count, rule = entry["count"], entry["rule"]
    risk, hits = (_all(count.get("of", ())), _all(count["hits"]))
    needs = tuple(dict.fromkeys(name for each in (*count.get("of", ()), *count["hits"]) for name in _named(each)))

    groups = " ".join(name for name in needs if name in PEOPLE and name != "subject_key")

    def queries(context: Context) -> Sequence[Query]:
        query = share_query(context, "count", hit=hits, at_risk=risk, needs=needs)
        return (replace(query, guard=Guard(groups, "single")) if groups else query,)

    def judge(context: Context, found: Found) -> Ruling:
        row = found.one("count")
        if row is not None and row["n"] is None:
            said = f"Of {count['things']}, so few people would be counted that the number is not shown."
            return Ruling("not enough data", said, needed="more people")
        share = share_of(found.one("count"))
        limit = context.parameters.get("limit")
        if not rule.get("never") and not isinstance(limit, int | float):
            return not_testable("The answers do not give the figure that this claim needs.")
        judged = _judged(rule, share, limit)
        said = "" if limit is None else f" The claim is {_spoken(rule)} {percent(limit)}."
        sentence = f"{share_words(share)} {count['things']}.{said}"
        if not share.n:
            sentence = "The log holds no case that this claim is about."
        elif rule.get("never") and not share.k:
            sentence += (
                f" A share of up to {percent(share.measured('').high)} would still look like this with "
                f"{number(share.n)} cases."
            )
        return Ruling(judged.verdict, sentence, (share.measured(entry["title"]),), judged.needed)

    offending = f"({risk}) AND ({hits})" if rule.get("never") else ""
    return Check(entry["id"], entry["title"], needs, queries, judge, offending=offending)


def _judged(rule: Mapping[str, Any], share: Any, limit: Any) -> Judged:
    if rule.get("never"):
        return never(share)
    return at_most(share, float(limit)) if rule.get("at_most") else at_least(share, float(limit))


def _spoken(rule: Mapping[str, Any]) -> str:
    return "at most" if rule.get("at_most") else "at least"


def _named(condition: Mapping[str, Any]) -> list[str]:
    return [condition["column"], *(condition[key] for key in _TIMES if condition.get(key))]


def _all(conditions: Sequence[Mapping[str, Any]]) -> str:
    return " AND ".join(f"({_one(each)})" for each in conditions) or "true"


def _one(condition: Mapping[str, Any]) -> str:
    column = duck.name(condition["column"])
    if condition.get("present") is not None:
        return f"{column} IS {'NOT ' if condition['present'] else ''}NULL"
    if condition.get("is") is not None:
        value = condition["is"]
        return f"{column} = {str(value).lower() if isinstance(value, bool) else duck.text(value)}"
    if condition.get("in"):
        return f"{column} IN ({', '.join(map(duck.text, condition['in']))})"
    for key, sign in _NUMBERS.items():
        if condition.get(key) is not None:
            return f"{column} {sign} {float(condition[key])!r}"
    key = "after" if condition.get("after") else "before"
    other = duck.name(condition[key])
    seconds = float(condition.get("days") or 0) * 86_400
    shift = seconds if key == "after" else -seconds
    return f"epoch({column}) {_TIMES[key]} epoch({other}) + {shift!r}"
