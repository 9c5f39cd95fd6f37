"""Gates: conditions under which a run of an audit ends with a status of its own, for a pipeline that has to stop.

In: conditions as somebody typed them, the plan, the findings. Out: ``Gate`` (parsed), ``Gates`` (what each one met).
A gate reads what was found and changes nothing. A condition that nothing can be compared with is never "not met": it is
evidence that is insufficient, and has a status of its own.

The grammar, one condition each:

    severity>=high              a finding of this severity or a graver one (high, medium, low, info)
    verdict=disparity_shown     a finding with this verdict
    inconclusive                a declared comparison that the data cannot decide
    metric:fpr ratio.lower>1.25 a limit of ratio, difference or excess of any comparison of this metric
    check:warning               a check of the data that warns
    drift                       a rate, or its gap to the others, that moved over the periods, where a time is mapped
    worse                       a declared disparity that has become worse than in the baseline
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE, computable
from impact.metrics.analysis.verdict import VerdictName
from impact.metrics.plans.plan import METRIC_KEYS, AuditPlan
from impact.yamlfile import nearest

__all__ = ["REQUIRE_POWER", "SCHEMA", "Condition", "parse_conditions", "undecidable"]

SCHEMA = "impact/gates/1"
SEVERITIES = ("high", "medium", "low", "info")  # unknown has no place on this scale: it is “inconclusive”
VERDICTS: tuple[str, ...] = VerdictName.__args__  # type: ignore[attr-defined]  # Literal keeps its values there
UNDECIDED = ("inconclusive", "not_identified", "undefined", "suppressed")
_WORDS = ("inconclusive", "drift", "worse", "check:warning")
_FIELDS = tuple(f"{part}.{end}" for part in ("ratio", "difference", "excess") for end in ("lower", "upper"))
_ESTIMATES = ("ratio", "difference", "excess", "ratio.value", "difference.value", "excess.value")
_FORMS = ("severity>=high", "verdict=disparity_shown", *_WORDS, "metric:fpr ratio.lower>1.25")
_METRIC = re.compile(r"metric:\s*(?P<key>\S*)\s+(?P<field>[^<>=\s]*)\s*(?P<sign>[<>=!]*)\s*(?P<number>\S*)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SIGNS = (">=", "<=", ">", "<")
Kind = Literal["severity", "verdict", "inconclusive", "metric", "check", "drift", "worse", "power"]


@dataclass(frozen=True)
class Condition:
    """One condition, understood.

    Attributes:
        text: As it was typed.
        kind: What it looks at.
        value: A severity, a verdict or a metric key.
        exactly: For a severity: this one alone, and no graver one.
        field: ``ratio.lower`` and the like, for a metric.
        sign, number: What the field is compared with.
    """

    text: str
    kind: Kind
    value: str = ""
    exactly: bool = False
    field: str = ""
    sign: str = ""
    number: float = 0.0


REQUIRE_POWER = Condition("--require-power", "power")


def parse_conditions(texts: Iterable[str]) -> tuple[list[Condition], list[Fault]]:
    """Conditions from the command line, and E170 for each text that is none; each may hold several, with commas.

    >>> found, faults = parse_conditions(["severity>=high,inconclusive", "metric:fpr ratio.lower > 1.25", "severty"])
    >>> [one.kind for one in found], [fault.code for fault in faults]
    (['severity', 'inconclusive', 'metric'], ['E170'])
    """
    found: list[Condition] = []
    faults: list[Fault] = []
    for text in (part.strip() for each in texts for part in each.split(",")):
        try:
            one = _parsed(text)
        except MetricError as error:
            faults += error.faults
            continue
        if one not in found:
            found.append(one)
    return found, faults


def undecidable(conditions: Sequence[Condition], plan: AuditPlan, *, baseline: bool) -> Iterator[Fault]:
    """Conditions that no run under this plan could meet or miss: E171 for each.

    Args:
        conditions: Parsed.
        plan: The plan of the audit to come.
        baseline: Whether there is one.
    """
    possible = computable(plan)
    for one in conditions:
        where, remedy = f"--fail-on “{one.text}”", "Take the condition out, or map what it needs in the plan"
        if one.kind == "metric" and one.value not in possible:
            needs = "human decision" if one.value == "override_rate" else "outcome"
            yield Fault(where, f"the plan maps no {needs}, so there is no {one.value}", "", remedy, "E171")
        elif one.kind == "drift" and plan.columns.time is None:
            yield Fault(where, "the plan maps no time, so there are no periods", "", remedy, "E171")
        elif one.kind == "worse" and not baseline:
            what = "there is nothing to compare with"
            yield Fault(where, what, "--baseline with an earlier findings.json", "Name the baseline", "E171")
        elif one.kind == "worse" and not any(_harms(key, plan) for key in plan.rules.primary):
            what = f"no declared metric has a direction of harm under “effect: {plan.columns.decision.effect}”"
            yield Fault(where, what, "", remedy, "E171")
        elif one.kind == "power" and plan.rules.margin is None:
            what = "the plan declares no margin, so no size of disparity is asked for"
            yield Fault(one.text, what, "“plan.margin”", "Declare a margin with its reason", "E171")


def _harms(key: str, plan: AuditPlan) -> bool:
    return plan.columns.decision.effect in CATALOGUE[key].worse


def _parsed(text: str) -> Condition:
    plain = re.sub(r"\s+", "", text)
    if plain in _WORDS:
        kind: Kind = "check" if plain == "check:warning" else plain  # type: ignore[assignment]  # one of the words
        return Condition(text, kind)
    name = re.match(r"[A-Za-z_]*", plain)
    word = name.group() if name else ""
    rest = plain[len(word) :]
    if word == "severity" and rest[:1] in (">", "=", "<"):
        return _severity(text, rest)
    if word == "verdict" and rest.startswith("="):
        return _verdict(text, rest[1:])
    if word == "metric" and rest.startswith(":"):
        return _metric(text)
    if word == "check" and rest.startswith(":"):
        raise _wrong(text, f"“{rest[1:]}” is not a level that can be asked for", "check:warning", "")
    near = nearest(plain, _FORMS)
    raise _wrong(text, "not a condition" if text else "an empty condition", f"one of {'; '.join(_FORMS)}", _near(near))


def _severity(text: str, rest: str) -> Condition:
    sign = next((each for each in (">=", "=") if rest.startswith(each) and not rest.startswith("==")), None)
    if sign is None:
        raise _wrong(text, "severities are compared with >= or =", "severity>=high", "")
    value = rest[len(sign) :]
    if value == "unknown":
        remedy = "Write “inconclusive”: a severity that is not known is no point on the scale"
        raise _wrong(text, "“unknown” cannot be compared", "", remedy)
    if value not in SEVERITIES:
        raise _wrong(
            text, f"“{value}” is not a severity", f"one of {', '.join(SEVERITIES)}", _near(nearest(value, SEVERITIES))
        )
    return Condition(text, "severity", value, exactly=sign == "=")


def _verdict(text: str, value: str) -> Condition:
    if value not in VERDICTS:
        raise _wrong(
            text, f"“{value}” is not a verdict", f"one of {', '.join(VERDICTS)}", _near(nearest(value, VERDICTS))
        )
    return Condition(text, "verdict", value)


def _metric(text: str) -> Condition:
    """``metric:KEY FIELD SIGN NUMBER``. A gate is set on a limit: an estimate moves with every handful of people."""
    form = "metric:fpr ratio.lower>1.25"
    found = _METRIC.fullmatch(text)
    if found is None:
        raise _wrong(text, "a metric needs a field, a sign and a number", form, "")
    key, name, sign, number = found["key"], found["field"], found["sign"], found["number"]
    faults = []
    if key not in METRIC_KEYS:
        near = nearest(key, METRIC_KEYS)
        faults.append(_wrong(text, f"“{key}” is not a metric", f"one of {', '.join(METRIC_KEYS)}", _near(near)))
    if name not in _FIELDS:
        remedy = _near(nearest(name, _FIELDS))
        if name in _ESTIMATES:
            remedy = f"{remedy} An estimate moves with every handful of people; a limit does not".strip()
        faults.append(_wrong(text, f"“{name}” is not a limit", f"one of {', '.join(_FIELDS)}", remedy))
    if sign not in _SIGNS:
        faults.append(
            _wrong(text, f"“{sign}” is not a sign" if sign else "there is no sign", f"one of {' '.join(_SIGNS)}", "")
        )
    if not _NUMBER.fullmatch(number):
        remedy = "Write a difference of 5 percentage points as 0.05" if "%" in number else ""
        what = f"“{number}” is not a number" if number else "there is no number"
        faults.append(_wrong(text, what, "digits, with a point", remedy))
    elif name.startswith("ratio") and float(number) <= 0:
        faults.append(_wrong(text, f"a ratio cannot be compared with {number}", "a number above 0", ""))
    if faults:
        raise MetricError([fault for error in faults for fault in error.faults])
    return Condition(text, "metric", key, field=name, sign=sign, number=float(number))


def _near(word: str | None) -> str:
    return f"Did you mean “{word}”?" if word else ""


def _wrong(text: str, found: str, wanted: str, remedy: str) -> MetricError:
    return MetricError(Fault(f"--fail-on “{text}”", found, wanted, remedy, "E170"))
