"""How one finding arose: counts, formula with numbers, intervals, family, verdict rule, second opinion, caveats.

In: findings as plain data (schema ``impact/findings/1``) and the id of one finding. Out: an ``Explanation`` in words.
Intervals and the verdict are worked out again from the printed counts; where they differ from what the findings say,
the explanation says where. Reads no file and knows no person: findings hold counts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isclose, nan
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.caveats import FEW
from impact.metrics.analysis.levels import Group
from impact.metrics.analysis.power import detectable
from impact.metrics.analysis.severity import HIGH_EXCESS, HIGH_RATIO
from impact.metrics.analysis.verdict import judge, margin_band
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.tools.explain_sides import Sized, joined
from impact.metrics.tools.explain_strata import within_strata
from impact.metrics.tools.explain_words import CAVEAT_WORDS, REASON_WORDS, VERDICT_WORDS, level, number, shown_range
from impact.metrics.words import others, percent, plural, subject, whole

__all__ = ["Explanation", "Part", "explain"]

_NEAREST = 3


@dataclass(frozen=True)
class Part:
    """One step of the explanation: a heading and sentences."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """How one finding arose.

    Attributes:
        id: Id of the finding.
        title: Its title.
        sentence: Its sentence.
        parts: The steps, in order.
        disagreements: Printed figures that do not follow from the printed counts; empty when all do.
    """

    id: str
    title: str
    sentence: str
    parts: tuple[Part, ...]
    disagreements: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "impact/explanation/1",
            "id": self.id,
            "title": self.title,
            "sentence": self.sentence,
            "parts": [{"heading": part.heading, "lines": list(part.lines)} for part in self.parts],
            "disagreements": list(self.disagreements),
        }


def explain(findings: Mapping[str, Any], finding: str) -> Explanation:
    """Explain one finding.

    Args:
        findings: Plain data, schema ``impact/findings/1``.
        finding: Its id; ``7`` and ``f-7`` mean ``F-0007``.

    Raises:
        MetricError: E150 there is no such finding; the nearest ids are named. E-codes of a plan that cannot be read.
    """
    entry = _entry(findings, finding)
    plan = plan_of(findings["plan"], name="findings.json: plan")
    told = _Teller(findings, entry, plan)
    parts = [Part(heading, tuple(lines)) for heading, lines in told.parts() if lines]
    return Explanation(entry["id"], entry["title"], entry["sentence"], tuple(parts), tuple(told.disagreements))


def _entry(findings: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    entries: Sequence[Mapping[str, Any]] = findings["findings"]
    digits = wanted.upper().removeprefix("F").removeprefix("-")
    sought = int(digits) if digits.isdecimal() else None
    for entry in entries:
        if entry["id"] == wanted or (sought is not None and int(entry["id"][2:]) == sought):
            return entry
    ids = [entry["id"] for entry in entries]
    near = sorted(ids, key=lambda each: (abs(int(each[2:]) - (sought or 0)), each))[:_NEAREST]
    known = f"ids from {ids[0]} to {ids[-1]}" if ids else "the findings hold none"
    remedy = f"Nearest: {', '.join(near)}" if near else "Every comparison stands in tables/disparities.csv"
    raise MetricError(Fault("findings.json", f"no finding “{wanted}”", known, remedy, "E150"))


class _Teller:
    """The steps of one explanation; collects what does not follow from the counts."""

    def __init__(self, findings: Mapping[str, Any], entry: Mapping[str, Any], plan: AuditPlan) -> None:
        self.all, self.entry, self.plan = findings, entry, plan
        self.disagreements: list[str] = []
        estimate = entry["estimate"]
        self.own, self.other = estimate["group"], estimate["comparator"]
        self.difference, self.ratio = estimate["difference"], estimate["ratio"]
        self.excess, self.other_side = estimate["excess"], estimate["other_side_ratio"]
        group: Group = tuple((key, entry["group"][key]) for key in plan.groups if key in entry["group"])
        reference = entry["comparator"].get("value")
        self.who = subject(plan, group)
        self.others = others(plan, group, reference)
        self.reference = reference
        self.alpha = entry["power"]["alpha"]
        self.sides = (Sized(self.own), Sized(self.other))

    def parts(self) -> Iterator[tuple[str, list[str]]]:
        yield "What was counted", list(self._counted())
        yield "The rates", [*self._rate(self.who, self.own), *self._rate(self.others, self.other)]
        yield "How far apart", list(self._apart())
        yield "How many comparisons were allowed for", list(self._family())
        yield "The verdict", list(self._verdict())
        yield "The severity", list(self._severity())
        yield "What this data could have shown", list(self._power())
        yield "What other assumptions would change", list(self._robustness())
        yield "Within strata", list(within_strata(self.all, self.entry))
        yield "The second opinion", list(self._opinion())
        yield "Caveats", [self._caveat(text) for text in self.entry["caveats"]]
        yield "Where it comes from", list(self._evidence())

    def _counted(self) -> Iterator[str]:
        metric = self.entry["metric"]
        top, _, bottom = metric["definition"].partition(" / ")
        yield (
            f"Metric {metric['key']}, “{metric['label']}” ({metric['name']}): {metric['formula']}, that is {top} "
            f"over {bottom}."
        )
        yield f"Decision yes means: {self.plan.columns.decision.label}."
        if self.plan.columns.outcome is not None:
            yield f"Outcome yes means: {self.plan.columns.outcome.label}."
        for who, side in ((self.who, self.own), (self.others, self.other)):
            if side["n"] is not None:
                yield f"{_start(who)}: {whole(side['k'])} ({top}) of {whole(side['n'])} ({bottom})."
        if any(side.weighted for side in self.sides):
            yield "These are rows. Each stands for its weight: the rates are shares of weight, and not of rows."
        if self.reference is None:
            yield (
                f"“{_start(self.others)}” are everybody who is known not to share the characteristic; "
                f"{plural(self.plan.unit.row)} whose group is not known are on neither side."
            )

    def _rate(self, who: str, side: Mapping[str, Any]) -> Iterator[str]:
        if side["value"] is None:
            reason = REASON_WORDS.get(side["reason"], "it is undefined")
            yield f"{_start(who)}: there is no rate, because {reason}."
        else:
            sized = Sized(side)
            yield f"{_start(who)}: {sized.fraction()} = {number(sized.value)}."
            self._same(f"rate of {who}", side["value"], sized.value)
            if side["ci"] is None and side["reason"]:
                yield f"There is no interval, because {REASON_WORDS.get(side['reason'], side['reason'])}."
            if side["ci"] is not None:
                sure = 1 - self.plan.rules.alpha
                yield from sized.words(sure)
                self._same_interval(f"interval of {who}", side["ci"], sized.wilson(sure))
                yield f"Wilson score interval at {level(sure)}: {shown_range(side['ci'])}."
        if side.get("bounds"):
            low, high = side["bounds"]
            ends = "undefined" if low is None or high is None else f"from {number(low)} to {number(high)}"
            yield f"Over every possible set of missing outcomes the rate would be {ends}."

    def _apart(self) -> Iterator[str]:
        if self.difference is None or self.ratio is None:
            yield "No difference and no ratio were computed, because one of the rates is missing."
            return
        own, other = (side.value for side in self.sides)
        sure = self.difference["level"]
        gap = own - other
        yield f"Difference: {number(own)} - {number(other)} = {number(gap)}."
        self._same("difference", self.difference["value"], gap)
        self._same_interval("interval of the difference", self.difference["ci"], self._newcombe(sure))
        yield f"Newcombe interval of the difference at {level(sure)}: {shown_range(self.difference['ci'])}."
        yield from joined(self.sides, self.difference)
        if self.ratio["value"] is None:
            yield f"Ratio: nothing can be divided by zero; {self.others} have a rate of 0."
        else:
            quotient = own / other
            yield f"Ratio: {number(own)} / {number(other)} = {number(quotient)}."
            self._same("ratio", self.ratio["value"], quotient)
        self._same_interval("interval of the ratio", self.ratio["ci"], self._koopman(sure))
        yield f"Koopman interval of the ratio at {level(sure)}: {shown_range(self.ratio['ci'])}."
        yield from joined(self.sides, self.ratio)
        if self.difference["ci_single"] != self.difference["ci"]:
            single = level(1 - self.plan.rules.alpha)
            both = f"{shown_range(self.difference['ci_single'])}, and {shown_range(self.ratio['ci_single'])}"
            yield f"Before any allowance for several comparisons, at {single}: {both}."
        if self.other_side and self.other_side["value"] is not None:
            yield f"Ratio of the shares that were not counted: {number(self.other_side['value'])}."
        if self.excess is not None:
            count, ends = whole(self.excess["value"]), " to ".join(whole(end) for end in self.excess["ci"])
            n1 = self.own["n"]
            yield f"Excess: {whole(n1)} × {number(gap)} = {count} ({ends})."
            if abs(n1 * gap - self.excess["value"]) > 0.5 + 1e-6:
                self.disagreements.append("excess")

    def _newcombe(self, sure: float) -> tuple[float, float]:
        one, other = (side.counts(sure, self.difference.get("shared", 1.0)) for side in self.sides)
        low, high = newcombe_limits(*one, *other, level=sure)
        return float(low), float(high)

    def _koopman(self, sure: float) -> tuple[float, float]:
        one, other = (side.counts(sure, self.ratio.get("shared", 1.0)) for side in self.sides)
        low, high = koopman_limits(*one, *other, level=sure)
        return float(low), float(high)

    def _family(self) -> Iterator[str]:
        test = self.entry["test"]
        size = test["family_size"] if test else None
        adjusted = test["adjust"] == "holm" if test else self.alpha < self.plan.rules.alpha
        alpha = self.plan.rules.alpha
        if self.entry["role"] == "exploratory" and adjusted:
            yield "The plan is not the one that was registered before outcomes were read: this is exploratory."
        if adjusted and size:
            yield (
                f"The plan declared {size} different comparisons. Each keeps 1 - (1 - {alpha:g})^(1/{size}) = "
                f"{number(self.alpha)} (Šidák), so that all together keep {alpha:g}: intervals at "
                f"{level(1 - self.alpha)}."
            )
            self._same("level", self.alpha, sidak(alpha, size))
        elif not adjusted:
            yield (
                f"Nobody declared this comparison beforehand: it is exploratory. Its interval is at "
                f"{level(1 - alpha)} and allows for no other comparison{f'; there were {size}' if size else ''}."
            )
        if test:
            name = "Holm" if test["adjust"] == "holm" else "Benjamini and Hochberg"
            plain, adjusted_p = (_power_of_ten(test[key]) for key in ("log10_p", "log10_p_adjusted"))
            yield f"P-value of the score test: {plain}; adjusted by {name}: {adjusted_p}. P-values never decide."

    def _verdict(self) -> Iterator[str]:
        verdict = self.entry["verdict"]
        margin = self.plan.rules.margin
        band = margin_band(margin)
        if margin is None:
            yield "No margin was declared: this can show a disparity, and never that a difference is small."
        elif band is not None:
            yield f"Declared margin: {margin.kind} {margin.value:g}, that is {number(band[0])} to {number(band[1])}."
            yield f"Reason given: {margin.reason.rstrip('.')}."
        if self.difference is not None:
            verdict = yield from self._judged(band)
        yield VERDICT_WORDS.get(verdict, VERDICT_WORDS[self.entry["verdict"]])
        off = f", {self.entry['direction']} off" if self.entry["direction"] else ""
        yield f"Verdict: {self.entry['verdict']}{off}."
        if self.entry["reason"]:
            yield f"Reason: {REASON_WORDS.get(self.entry['reason'], self.entry['reason'])}."

    def _judged(self, band: tuple[float, float] | None) -> Generator[str, None, str]:
        """The two intervals that decide, worked out again; gives back the key of the rule that applies."""
        margin = self.plan.rules.margin
        by_difference = margin is not None and margin.kind == "difference"
        method = self._newcombe if by_difference else self._koopman
        outer, inner = method(1 - self.alpha), method(1 - 2 * self.alpha)
        kind, no_difference = ("difference", 0.0) if by_difference else ("ratio", 1.0)
        yield f"Deciding interval of the {kind}, at 1-a (D): {shown_range(_open(outer))}."
        yield f"Interval of the same at 1-2a (Q): {shown_range(_open(inner))}; no difference: {no_difference:g}."
        found = judge(outer, inner, no_difference=no_difference, band=band)
        if (found.name, found.material) != (self.entry["verdict"], bool(self.entry["material"])):
            self.disagreements.append("verdict")
        if found.name != "disparity_shown":
            return found.name
        return f"{found.name}:{'material' if found.material else 'uncertain'}"

    def _severity(self) -> Iterator[str]:
        basis = self.entry["severity_basis"]
        yield f"{self.entry['severity']}: an order of attention, proposed by this toolkit, and not a test of law."
        if basis["ratio_lower"] is not None:
            lower = number(basis["ratio_lower"])
            yield f"Lower limit of the disadvantage as a ratio: {lower} (high from {HIGH_RATIO:g})."
        if basis["excess_lower"] is not None:
            least = f"(high from {HIGH_EXCESS}, or when a yes cannot be undone)"
            yield f"Lower limit of the excess: {whole(basis['excess_lower'])} {least}."
        undone = ", which cannot be undone" if basis["irreversible"] else ""
        yield f"Effect of a yes as declared: {basis['effect']}{undone}."

    def _power(self) -> Iterator[str]:
        power = self.entry["power"]
        if power["reference_rate"] is None:
            return
        if power["mdd_ratio"] is None:
            yield "At these sizes no disparity, however large, could have been expected to be found."
            return
        sizes = f"{whole(self.own['n'])} and {whole(self.other['n'])} counted"
        shared = (self.difference or {}).get("shared", 1.0)
        one, other = (side.counts(1 - self.alpha, shared)[1] for side in self.sides)
        if any(side.evidence for side in self.sides):
            sizes += f", worth {number(one)} and {number(other)} independent ones,"
        least = detectable(power["reference_rate"], one, other, power=power["power"], alpha=self.alpha)
        self._same("smallest ratio", power["mdd_ratio"], nan if least is None else 1 + least / power["reference_rate"])
        yield (
            f"With {sizes} and a rate of {number(power['reference_rate'])} among {self.others}, the smallest "
            f"ratio with a chance of {percent(power['power'])} of being found is {number(power['mdd_ratio'])}."
        )

    def _robustness(self) -> Iterator[str]:
        for row in self.entry["robustness"]:
            if "ratio" in row:
                value = "no value" if row["ratio"]["value"] is None else number(row["ratio"]["value"])
                yield f"If {row['assumption']}: ratio {value}, interval {shown_range(row['ratio']['ci'])}."
            elif "effect" in row:
                yield f"{_start(row['assumption'])}: {row['effect']}."
            else:
                ends = [shown_range(row[side]) for side in ("group_bounds", "comparator_bounds") if row[side]]
                yield f"{_start(row['assumption'])}: rates of {' against '.join(ends)}."

    def _opinion(self) -> Iterator[str]:
        status = self.all["second_opinion"]["status"]
        if status == "skipped":
            yield "None was asked for."
            return
        yield f"fairlearn and aif360 recomputed the rates of this audit from the same cells; over all: {status}."
        for name, one in self.entry["second_opinion"].items():
            if one["max_abs_diff"] is None:
                yield f"{name} {one['version']}: did not compare this figure (undefined, or not in its sample)."
            else:
                yield f"{name} {one['version']}: largest difference from ours {one['max_abs_diff']:.1e}."

    def _caveat(self, text: str) -> str:
        code = text.partition(" ")[0]
        return f"{text}. {CAVEAT_WORDS.get(code, '').format(few=FEW)}".strip()

    def _evidence(self) -> Iterator[str]:
        evidence, lock = self.entry["evidence"], self.all["plan_registered"]
        yield f"{whole(evidence['rows'])} {plural(self.plan.unit.row)} counted by {evidence['engine']}."
        yield f"Counts {evidence['cells_digest']}."
        yield f"Plan {self.entry['plan_digest']}."
        if lock is None:
            yield "The plan was not registered before outcomes were read."
        else:
            same = "this plan" if lock["matches"] else f"another plan, {lock['digest']}"
            yield f"Registered before outcomes were read, on {lock['at']}: {same}."
        yield f"Findings made by impact {self.all['tool_version']}, {self.all['created']}."

    def _same(self, what: str, printed: float, computed: float) -> None:
        if not isclose(printed, computed, rel_tol=1e-9, abs_tol=1e-12):
            self.disagreements.append(what)

    def _same_interval(self, what: str, printed: Sequence[float | None], computed: tuple[float, float]) -> None:
        ends = _open(computed)
        same = len(ends) == len(printed) and all(
            a == b if a is None or b is None else isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
            for a, b in zip(printed, ends, strict=True)
        )
        if not same:
            self.disagreements.append(what)


def _open(limits: tuple[float, float]) -> list[float | None]:
    return [limits[0], None if limits[1] == inf else limits[1]]


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _power_of_ten(log10_p: float) -> str:
    """A p-value that may be far below what a floating-point number holds.

    >>> _power_of_ten(-1.30103), _power_of_ten(-82.78)
    ('0.05', '10^-82.8')
    """
    return f"{10**log10_p:.2g}" if log10_p > -4 else f"10^{log10_p:.1f}"
