"""CK-13: does anything that goes into the score stand in for a protected characteristic?

In: what was fitted to a stated sample of people (``metrics.logs.proxies_fit``). Out: a ruling that the record alone
cannot give again, since rows are not kept. The flip test (change an input, score again) needs the scorer itself and is
not made. Source: claims.md 4.3 of the design.

Parameters:

================ =========== ============================================================= ====================
name             unit        meaning                                                       comes from
================ =========== ============================================================= ====================
margin           number      largest difference of scores, in points of the score          H8, margin
strong           share       area above which an input is a strong stand-in; 0.7 without   pack
legitimate       names       columns of ``inputs`` that may differ between groups          claims.yaml
sample           people      at most so many; 20,000 without it                            claims.yaml
characteristics  names       by which to test, instead of all                              pack or claims.yaml
================ =========== ============================================================= ====================

Side file ``inputs``: ``case_id`` or ``subject_key``, and every input of the scorer in a column of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log10

from impact.claims.check import Check, Context, Fit, Found, Guard, Measured, Query, Row, Ruling, Table, not_testable
from impact.claims.checks.equality import no_groups
from impact.claims.comparisons import all_hold, p_words
from impact.claims.groups import SMALLEST, chosen, genuine, parameter
from impact.claims.verdicts import Judged
from impact.claims.words import named, number
from impact.metrics.counting import duck
from impact.metrics.logs.proxies_fit import ProxyFit
from impact.metrics.logs.samples import SEED, sampled
from impact.metrics.statistics.multiplicity import holm

__all__ = ["CHECKS"]

_STRONG = 0.70
_SAMPLE = 20_000
_FIT = "stand-ins"
# Names under which a characteristic itself would stand among the inputs.
_DIRECT = {
    "ethnicity", "ethnic_group", "race", "sex", "gender", "age", "age_band", "date_of_birth", "dob", "disability",
    "religion", "faith", "belief", "sexual_orientation", "pregnancy", "marital_status", "gender_reassignment",
}  # fmt: skip


def _inputs(context: Context) -> list[str]:
    return sorted(context.columns.get("inputs", frozenset()) - {"case_id", "subject_key"})


def _direct(context: Context) -> list[str]:
    return [name for name in _inputs(context) if name.strip().lower().replace(" ", "_") in _DIRECT]


def _fits(context: Context) -> Sequence[Fit]:
    direct = _direct(context)
    inputs = {f"x{i}": name for i, name in enumerate(_inputs(context)) if name not in direct}
    groups = {f"g{i}": name for i, name in enumerate(chosen(context))}
    if not inputs or not groups:
        return ()
    key = "case_id" if context.has("inputs.case_id", "case_id") else "subject_key"
    if not context.has(f"inputs.{key}", key):
        return ()
    person = "c.subject_key" if context.has("subject_key") else "c.case_id"
    if key == "case_id":
        score = ", score" if context.has("score") else ""
        kept = ", ".join(dict.fromkeys(["case_id", person.removeprefix("c.")]))
        # Of several rows of a person one is drawn by a digest: the first in order would be that with the lowest score.
        lot = [f"md5('{SEED}:' || c.case_id) AS lot"]
        listed = "".join(f", {duck.name(name)}" for name in groups.values())
        cases = f"(SELECT {kept}{score}{listed} FROM cases WHERE {genuine(context)})"
    else:
        # One row for each person: the mean of their scores, and a group only where their rows agree on it.
        score = ", avg(score) AS score" if context.has("score") else ""
        listed = "".join(
            f", CASE WHEN min({sql}) = max({sql}) THEN min({sql}) END AS {sql}"
            for sql in map(duck.name, groups.values())
        )
        cases = f"(SELECT subject_key{score}{listed} FROM cases WHERE {genuine(context)} GROUP BY subject_key)"
        lot = []
    columns = [
        f"{person} AS person",
        *lot,
        *(["c.score AS score"] if context.has("score") else []),
        *(f"i.{duck.name(name)} AS {alias}" for alias, name in inputs.items()),
        *(f"c.{duck.name(name)} AS {alias}" for alias, name in groups.items()),
    ]
    joined = f"(SELECT {', '.join(columns)} FROM inputs AS i JOIN {cases} AS c ON i.{key} = c.{key})"
    names = ["person", *(["lot"] if lot else []), *(["score"] if context.has("score") else []), *inputs, *groups]
    size = int(parameter(context, "sample") or _SAMPLE)
    declared = context.parameters.get("legitimate")
    legitimate = [alias for alias, name in inputs.items() if isinstance(declared, list | tuple) and name in declared]
    fit = ProxyFit(inputs, groups, legitimate, SEED, SMALLEST)
    return (Fit(_FIT, sampled(names, view=joined, key="person", size=size), fit, guard=Guard("", "areas")),)


def _queries(context: Context) -> Sequence[Query]:
    return ()


def _judge(context: Context, found: Found) -> Ruling:
    direct = _direct(context)
    if direct:
        listed = ", ".join(f"“{name}”" for name in direct)
        return Ruling("contradicted", f"Among the inputs there is a protected characteristic by name: {listed}.")
    if not chosen(context):
        return no_groups(context)
    rows = found.rows(_FIT)
    if rows is None:
        return not_testable(
            "The inputs cannot be matched to the log: both need case_id, or both subject_key, beside inputs.",
            missing=("inputs.case_id",),
        )
    sample = next(row for row in rows if row["kind"] == "sample")
    people = f"{number(sample['people'])} people (sampled with seed {sample['seed']})"
    areas = [row for row in rows if row["kind"] == "area" and row["value"] is not None]
    if not areas:
        why = f"In a sample of {people} there are no two groups with enough people."
        return Ruling("not enough data", why, needed=f"at least {SMALLEST} people in every group")
    strong = parameter(context, "strong") or _STRONG
    judged, names, table, measures = _areas(context, areas, strong)
    cautions = [
        "Inputs were tried one beside the other, not in combination: a stand-in that needs several can be missed.",
        "The flip test, which changes an input and scores again, needs the scorer itself and was not made.",
    ]
    withheld = [f"{row['group']} ({row['characteristic']})" for row in rows if row["kind"] == "withheld"]
    if withheld:
        judged.append(Judged("not enough data", f"at least {SMALLEST} people in every group"))
        cautions.append(
            f"Not shown, since somewhere in these checks groups have fewer than {SMALLEST} people: "
            f"{', '.join(withheld)}."
        )
    said = [f"In a sample of {people}, the {number(sample['inputs'])} inputs tell no group as a strong stand-in would."]
    if names:
        said = [f"In a sample of {people}, the inputs are together a strong stand-in for {', '.join(names)}."]
    elif all_hold(judged).verdict != "supported":
        said = [f"A sample of {people} cannot tell whether the inputs are a strong stand-in for some group."]
    for name in chosen(context):
        known = max((row["inside"] + row["outside"] for row in areas if row["characteristic"] == name), default=None)
        if known is None:
            judged.append(Judged("not enough data", f"at least {SMALLEST} people in every group"))
            cautions.append(f"By {named(name)} there are not two groups with enough people.")
        elif known < sample["people"]:
            left = sample["people"] - known
            cautions.append(f"{number(left)} people have no {named(name)} recorded and were left out there.")
    more, line, effects = _effects(context, rows, sample)
    judged += more
    said += [line] if line else []
    cautions += effects
    measures += [
        Measured(
            f"Information that score and {row['characteristic']} share",
            row["value"],
            "number",
            row["low"],
            row["high"],
            0.95,
            "jeffreys_dirichlet",
            note=f"{row['bias']:.4f} would be seen with none"
            + ("" if row["p"] is None else f"; p {p_words(row['p'])}"),
        )
        for row in rows
        if row["kind"] == "information"
    ]
    measures += [
        Measured(
            f"Difference of scores given the legitimate factors: {row['group']} ({row['characteristic']})",
            row["value"],
            "number",
            row["value"] - 1.959964 * row["error"],
            row["value"] + 1.959964 * row["error"],
            0.95,
            "hc1",
        )
        for row in rows
        if row["kind"] == "coefficient" and row["value"] is not None and row["given"]
    ]
    verdict = all_hold(judged)
    return Ruling(verdict.verdict, " ".join(said), tuple(measures), verdict.needed, tuple(cautions), tables=(table,))


def _areas(
    context: Context, areas: Sequence[Row], strong: float
) -> tuple[list[Judged], list[str], Table, list[Measured]]:
    """“No strong stand-in” by group: Holm for what contradicts, all must hold for what supports."""
    raw = [_p(row, strong) for row in areas]
    adjusted = [10.0**p for p in holm([log10(p) for p in raw], len(raw))]
    judged, names, cells, measures = [], [], [], []
    for row, p, q in zip(areas, raw, adjusted, strict=True):
        name = f"{row['group']} ({row['characteristic']})"
        low, high = row["low"], row["high"]
        if low is None or high is None:
            judged.append(Judged("not enough data", "more people in each group"))
        elif low > strong and q <= context.alpha:
            judged.append(Judged("contradicted"))
            names.append(name)
        elif high <= strong:
            judged.append(Judged("supported"))
        else:
            judged.append(Judged("not enough data", "more people in each group"))
        label = f"Area of telling {name} from the inputs"
        measures.append(Measured(label, row["value"], "number", low, high, 0.95, "delong_logit", of=row["inside"]))
        ends = f"{row['value']:.2f}" + ("" if low is None else f" ({low:.2f} to {high:.2f})")
        cells.append((name, number(row["inside"]), ends, p_words(p), p_words(q)))
    columns = ("Group", "People", "Area (95% interval); 0.5 is guessing", "p", "p, adjusted")
    return judged, names, Table("How well a group can be told from the inputs", columns, tuple(cells)), measures


def _p(row: Row, strong: float) -> float:
    """p-value of “the area is at most that of a strong stand-in”, on the scale on which the interval was made."""
    from scipy.special import ndtr

    value, low, high = row["value"], row["low"], row["high"]
    if low is None or value <= strong:
        return 1.0
    if value >= 1:
        return 1e-12 if low > strong else 1.0

    def logit(x: float) -> float:
        return log(x / (1 - x))

    error = (logit(high) - logit(low)) / (2 * 1.959964)
    return max(float(2 * ndtr(-(logit(value) - logit(strong)) / max(error, 1e-12))), 1e-12)


def _effects(context: Context, rows: Sequence[Row], sample: Row) -> tuple[list[Judged], str, list[str]]:
    """The group's coefficient against the margin, where legitimate factors and a margin were declared."""
    from scipy.special import ndtr, ndtri

    fitted = [row for row in rows if row["kind"] == "coefficient"]
    own = [row for row in fitted if row["value"] is not None]
    margin = parameter(context, "margin")
    if not sample["scored"]:
        return [], "", ["The log has no scores, so nothing is known of differences in scores."]
    if not any(row["given"] for row in fitted):
        return [], "", ["No legitimate factors were declared, so differences in scores were not judged."]
    if margin is None:
        return [], "", ["No margin was declared, so differences in scores are shown and not judged."]
    judged, outside, effects = [], [], []
    # The interval must exclude 0 and the difference exceed the margin; Holm over the groups.
    raw = [max(float(2 * ndtr(-abs(row["value"]) / max(row["error"], 1e-12))), 1e-12) for row in own]
    adjusted = [10.0**p for p in holm([log10(p) for p in raw], len(raw))]
    narrow = float(ndtri(0.95))
    if len(own) < len(fitted):
        judged.append(Judged("not enough data", "legitimate factors that do not tell a group by themselves"))
        effects.append(
            "For some group the legitimate factors tell who belongs to it, so scores cannot be compared there."
        )
    for row, q in zip(own, adjusted, strict=True):
        if q <= context.alpha and abs(row["value"]) - 1.959964 * row["error"] > 0 and abs(row["value"]) > margin:
            judged.append(Judged("contradicted"))
            outside.append(f"{row['group']} ({row['characteristic']}): {row['value']:+.3g}")
        elif abs(row["value"]) + narrow * row["error"] <= margin:
            judged.append(Judged("supported"))
        else:
            judged.append(Judged("not enough data", "more people with scores in each group"))
    line = ""
    if outside:
        line = (
            f"Given the legitimate factors, scores differ by more than the declared {margin:g}: {', '.join(outside)}."
        )
    return judged, line, effects


CHECKS = (
    Check(
        "CK-13",
        "No protected characteristic is used",
        ("inputs.case_id|inputs.subject_key",),
        _queries,
        _judge,
        fits=_fits,
    ),
)
