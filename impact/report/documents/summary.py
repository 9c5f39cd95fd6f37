"""The public summary (T-6): ten questions that anybody asks, answered from the record alone.

In: a cleaned record. Out: ``PublicSummary``. Computes nothing but “about n in 100”, beside the exact counts.
Prints no figure of a group that rests on fewer people than may be published; the finding is then told in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered, barred, gap
from impact.report.documents.plain import about, reading_age
from impact.report.figures import interval, percent
from impact.report.model import Heading
from impact.report.shapes_documents import PublicSummary, Said, SaidPart
from impact.report.view.audit import counted_of, level_of
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import capital, comparator_label, group_label, plural, sentence
from impact.report.view.withheld import bar_of, hidden_names

__all__ = ["make_public_summary", "public_age"]

_ANSWERS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("what", "What is it?", (("A2", "What it does"), ("A3", "How far it has come"), ("B2", "Who answers for it"))),
    (
        "whom",
        "Who does it affect?",
        (("D1", "Whose data it uses"), ("A9", "People in a year"), ("A10", "Share not suspected")),
    ),
    (
        "happen",
        "What can happen to me?",
        (
            ("A7", "The worst that can follow"),
            ("F1", "Its part in a decision"),
            ("A8", "Time to put a mistake right"),
        ),
    ),
    ("refuse", "Can I say no, or find out?", (("K3", "How people learn of it"), ("K4", "If you can find out"))),
    ("wrong", "How often is it wrong, and for whom?", ()),
    (
        "checks",
        "Who checks?",
        (("F3", "Who looks at each result"), ("E6", "Who tested it"), ("H4", "Who checked it for bias")),
    ),
    ("kept", "How long is it kept?", (("M1", "How long data are kept"), ("M2", "Data on people with no match"))),
    ("cost", "What does it cost?", (("O1", "Cost over its whole life"), ("B9", "Value of the contract"))),
    ("ends", "When does it end?", (("Q1", "Approval ends on"),)),
    ("complain", "How do I complain?", (("K5", "How to challenge a result"), ("K6", "How complaints are handled"))),
)
_FEWEST = 10  # of a group, where the plan sets no threshold of its own
_MOST_GROUPS = 4
_LISTED = "What is withheld from this version"


def make_public_summary(record: Mapping[str, Any]) -> PublicSummary:
    answered = Answered(record)
    parts = []
    for anchor, title, asked in _ANSWERS:
        lines = [answered.say(name, label, note=False) for name, label in asked]
        if anchor == "wrong":
            hidden = barred(record, "audit/findings", "How often it is wrong", "Audit")
            lines = [hidden] if hidden else _errors(record.get("audit"))
        parts.append(SaidPart(heading=Heading(anchor=anchor, number="", title=title), lines=tuple(_together(lines))))
    return PublicSummary(standing=_standing(record), questions=tuple(parts))


def _together(lines: list[Said]) -> list[Said]:
    """Lines that are all gaps for one reason as one line; every question keeps its id."""
    if len(lines) < 2 or not all(line.gap for line in lines) or len({line.text for line in lines}) > 1:
        return lines
    source = ", ".join(line.source for line in lines)
    return [Said(label="; ".join(line.label for line in lines), text=lines[0].text, source=source, gap=True)]


def public_age(found: PublicSummary) -> float | None:
    """Reading age of the whole text, the assessor’s words included."""
    lines = [
        f"{sentence(line.label)} {line.text}" for part in found.questions for line in part.lines if not line.withheld
    ]
    return reading_age(" ".join([*found.standing, *lines]))


def _standing(record: Mapping[str, Any]) -> tuple[str, ...]:
    """What the assessment came to, in words that say what is not known."""
    scoring = record.get("scoring")
    if not scoring:
        return ("No level was worked out: no questions were answered for this summary.",)
    stops = scoring["hard_stops"]
    fired = [stop["id"] for stop in stops if stop["state"] == "fired"]
    waiting = sum(stop["state"] == "unresolved" for stop in stops)
    found = [sentence(f"The outcome of the assessment is: {scoring['outcome']['label']}")]
    if bar_of(record, "scoring/outcome"):
        found = [f"The outcome of the assessment is withheld: see “{_LISTED}”."]
    if bar_of(record, "scoring/rights_level"):
        found.append(f"How the impact on people’s rights is rated is withheld: see “{_LISTED}”.")
    elif scoring.get("rights_level"):
        found.append(f"The impact on people’s rights is rated: {sentence(scoring['rights_level']['label'])}")
    hidden = hidden_names(record, "scoring/hard_stops/")
    none = "No stop rule that is shown applied." if hidden else "No stop rule applied so far."
    found.append(f"{plural(len(fired), 'stop rule')} applied ({', '.join(fired)})." if fired else none)
    if hidden:
        found.append(f"For {plural(len(hidden), 'stop rule')} the result is withheld.")
    if waiting:
        found.append(f"For {plural(waiting, 'stop rule')} an answer is missing. That does not mean clear.")
    if record.get("redaction"):
        found.append("Parts of the assessment are withheld from this version. Each is marked.")
    found.append("These ratings are the toolkit’s proposals. They are not the law.")
    return tuple(found)


def _errors(audit: Mapping[str, Any] | None) -> list[Said]:
    if not audit:
        return [gap("How often it is wrong", "Audit", "the results of the tool were not counted")]
    found = [*_overall(audit)]
    found += [
        Said(label="Counts", text=text, source="Audit, sheet of alerts", gap=False)
        for text in (audit["tables"].get("identification") or {}).get("sentences", ())
    ]
    return [*found, *_false_alerts(audit), *_groups(audit)]


def _false_alerts(audit: Mapping[str, Any]) -> list[Said]:
    """How false alerts fall on groups: told where every count is large enough for anybody to read it."""
    sheet = audit["tables"].get("identification") or {}
    shares, even = sheet.get("shares") or (), sheet.get("break_even") or {}
    if not shares:
        return []
    text = "How false alerts fall on groups rests on counts that are too small to print here."
    if even.get("sentence") and all(_printable(share, audit) for share in shares):
        text = even["sentence"]
    return [Said(label="For whom", text=text, source="Audit, sheet of alerts", gap=False)]


def _noun(audit: Mapping[str, Any]) -> str:
    plan = audit["plan"]
    if plan.get("identification"):
        return str(plan["identification"].get("alert") or "alerts")
    return "flags" if (plan["columns"].get("decision") or {}).get("effect") == "burden" else "“yes” results"


def _overall(audit: Mapping[str, Any]) -> list[Said]:
    right = f"{_noun(audit)} were right, as far as the outcome is known"
    return [
        _rate(audit, "ppv", "How often it is right", right),
        _rate(audit, "fnr", "How often it misses", "of those it should have found were missed"),
    ]


def _rate(audit: Mapping[str, Any], metric: str, label: str, said: str) -> Said:
    """One rate over everybody, with its counts and its interval."""
    row = next((row for row in audit["tables"]["rates"] if row["metric"] == metric and not row["group"]), None)
    source = f"Audit, {metric}"
    if row is None or row["value"] is None:
        return gap(label, source, "the counts do not show it")
    return Said(
        label=label, text=f"{capital(about(row['value']))} {said} {_counts(row, audit)}.", source=source, gap=False
    )


def _counts(part: Mapping[str, Any], audit: Mapping[str, Any]) -> str:
    level = percent(part["level"]) if part.get("level") else level_of(audit)
    return f"({counted_of(part)}" + (f"; {level} interval {interval(part['ci'], percent)})" if part.get("ci") else ")")


def _groups(audit: Mapping[str, Any]) -> list[Said]:
    primary = [found for found in findings_in_order(audit["findings"]) if found.get("role") == "primary"]
    shown = [found for found in primary if found["verdict"] == "disparity_shown"]
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for found in shown:  # one comparison for each group and rate; the others are named by their ids
        first.setdefault((found["metric"]["key"], group_label(found["group"])), found)
    told = list(first.values())[:_MOST_GROUPS]
    lines = [_group(found, audit) for found in told]
    rest = [found["id"] for found in shown if found not in told]
    if rest:
        text = f"{plural(len(rest), 'more difference')} shown."
        lines.append(Said(label="More", text=text, source=", ".join(rest), gap=False))
    if not shown:
        lines.append(gap("For whom", "Audit", "no difference between groups was shown, which is not a finding of none"))
    unknown = sum(found["verdict"] not in ("disparity_shown", "difference_small") for found in primary)
    if unknown:
        text = f"For {plural(unknown, 'comparison')} of groups the data cannot tell."
        lines.append(Said(label="Not known", text=text, source="Audit, findings", gap=False))
    return lines


def _group(finding: Mapping[str, Any], audit: Mapping[str, Any]) -> Said:
    estimate = finding.get("estimate") or {}
    one, other = estimate.get("group") or {}, estimate.get("comparator") or {}
    text = sentence(finding["title"])
    if _printable(one, audit) and _printable(other, audit):
        sides = (
            f"{capital(group_label(finding['group']))}: {_side(one, audit)}",
            f"{comparator_label(finding['comparator'])}: {_side(other, audit)}",
        )
        text += f" {'; '.join(sides)}. This does not say why."
    else:
        text += " Some counts are too small to print here. This does not say why."
    return Said(label="For whom", text=text, source=f"Finding {finding['id']}", gap=False)


def _side(part: Mapping[str, Any], audit: Mapping[str, Any]) -> str:
    return f"{about(part['value'])} {_counts(part, audit)}"


def _printable(part: Mapping[str, Any], audit: Mapping[str, Any]) -> bool:
    """Whether people with a yes and people without one are each enough to be printed for anybody."""
    fewest = (audit["plan"].get("disclosure") or {}).get("min_cell") or _FEWEST
    k, n = part.get("k"), part.get("n")
    return part.get("value") is not None and k is not None and n is not None and k >= fewest and n - k >= fewest
