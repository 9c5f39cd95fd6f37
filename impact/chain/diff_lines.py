"""The difference of two assessments in lines for a terminal of 80 columns, for a reader who knows no record.

In: the data of ``impact diff``. Out: lines. Computes nothing; what is not shown is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import british_date, count
from impact.report.words import RULE_STATES, VERDICTS, say

__all__ = ["lines"]

Data = Mapping[str, Any]
_STATES = {
    "unanswered": "unanswered",
    "not_known": "not known",
    "refused": "refused",
    "not_applicable": "said not to apply",
    "hidden": "does not apply, by its condition",
}
_LEVELS = {"rights_level": "Rights level", "stewardship_level": "Stewardship level"}
_SHARES = {"completeness": "Completeness", "evidenced": "Evidenced", "verified": "Verified", "confidence": "Confidence"}
_LONGEST = 220
_LEAST = 0.05  # points: what one decimal can show


def lines(data: Data, *, every: bool = False) -> list[str]:
    """The whole comparison.

    Args:
        data: Of :class:`impact.chain.diff.Compared`.
        every: Show texts whole, and dimensions that did not move.
    """
    return [
        *_heads(data),
        *_results(data),
        *_dimensions(data, every=every),
        *_split(data),
        *_rules("Hard stops", data["stops"]),
        *_rules("Red flags", data["flags"]),
        *_claims(data["claims"]),
        *_audit(data["audit"]),
        *_answers(data, every=every),
        *_evidence(data["evidence"]),
    ]


def _heads(data: Data) -> list[str]:
    found = []
    for name in "ab":
        head = data[name]
        version = f", version {head['system']['version']}" if head["system"].get("version") else ""
        found.append(f"{name.upper()}  {head['title']} ({head['id']}, version {head['version']})")
        found.append(f"   {head['system']['name']}{version}; {british_date(head['date'])}; {head['status']}")
        if head["pack"]:
            found.append(f"   pack {head['pack']['id']} {head['pack']['version']}")
        if head["read_from"] == "document":
            found.append("   from a PDF; its signature was not judged here (impact verify)")
    if data["linked"]:
        found.append("B names A as its earlier assessment.")
    if data["packs"] == "other":
        found.append("The two answer different packs: answers and scores are not set against each other.")
    elif data["packs"] == "version":
        found.append(
            "The two answer different versions of the pack: part of a change may come from its rules, not the system."
        )
    if all(data[name]["system"]["name"] != data["a"]["system"]["name"] for name in "b"):
        found.append("The two are about systems of different names.")
    return found


def _results(data: Data) -> list[str]:
    found = ["", "What it comes to"]
    outcome = data["outcome"]
    if data["points"] is not None:
        ends = [_added(data["points"][side]) for side in ("from", "to")]
        found.append(_moved("Points", *ends))
    if outcome is None:
        return found if data["points"] is not None else [*found, "  Neither has scores."]
    label = [(outcome[side] or {}).get("label", "not scored") for side in ("from", "to")]
    marks = [" (incomplete)" if flag else "" for flag in outcome["incomplete"]]
    found.append(_moved("Outcome", *(f"{text}{mark}" for text, mark in zip(label, marks, strict=True))))
    for level in data["levels"]:
        ends = [f"{side['label']} ({side['dimension']})" if side else "none" for side in (level["from"], level["to"])]
        found.append(_moved(_LEVELS[level["level"]], *ends))
    for share in data["shares"]:
        ends = [_share(share["what"], side) for side in (share["from"], share["to"])]
        found.append(_moved(_SHARES[share["what"]], *ends))
    return found


def _added(side: Data | None) -> str:
    """The completed figure of a pack that adds points."""
    if side is None:
        return "none"
    done = side["completed"]
    return f"{done['total']:g} ({done['label'] or 'no level'}; raw {done['raw']:g}, mitigation {done['mitigation']:g})"


def _claims(rows: Sequence[Data]) -> list[str]:
    if not rows:
        return []
    found = ["", "Claims on which the logs rule otherwise"]
    for row in rows:
        ends = [row[side] or "not tested" for side in ("from", "to")]
        found.append(f"  {row['check']}: {ends[0]} → {ends[1]}")
        found.append(f"      {row['title']}")
    return found


def _moved(name: str, before: str, after: str) -> str:
    return f"  {name + ':':19} {before}" + (" (unchanged)" if before == after else f" → {after}")


def _share(what: str, value: float | None) -> str:
    if value is None:
        return "none"
    # Rounded down: 89.96% is never shown as the 90% it falls short of.
    return f"{value:.0f} of 100" if what == "confidence" else f"{int(value * 1000) / 10:.1f}%"


def _dimensions(data: Data, *, every: bool) -> list[str]:
    rows = data["scores"]
    if not rows:
        return []
    found = ["", "Impact left after safeguards, 0 to 100 [best to worst case of open questions]"]
    still = []
    for row in rows:
        change = row["change"]
        if change is not None and abs(change) < _LEAST and row["from"]["band"] == row["to"]["band"] and not every:
            still.append(row["code"])
            continue
        found.append(f"  {row['label']} ({row['code']})")
        text = f"      {_point(row['from'])} → {_point(row['to'])}"
        if change is not None:
            text += f": {_by(change)}"
        found.append(text)
    found += [f"  No change: {', '.join(still)}"] if still else []
    near = [row["code"] for row in rows if row["overlap"] and row["code"] not in still]
    if near:
        found.append(f"  Ranges overlap, so that open questions leave room for no change: {', '.join(near)}")
    return found


def _point(side: Data | None) -> str:
    return f"{side['point']:.1f} [{side['low']:.0f}–{side['high']:.0f}] {side['band_label']}" if side else "not scored"


def _by(change: float) -> str:
    if abs(change) < _LEAST:
        return "no change"
    return f"{abs(change):.1f} {'higher' if change > 0 else 'lower'}"


def _split(data: Data) -> list[str]:
    if not data["scores"]:
        return []
    if data["split"] is None:
        return ["", f"Facts and safeguards are not told apart: {data['no_split_because']}."]
    rows = [row for row in data["split"] if _shows(row)]
    if not rows:
        return []
    found = [
        "",
        "The change in two parts: changed facts, and safeguards with their evidence",
        "  Scored again with one side's facts and the other's safeguards, both ways",
        "  round. The two orders may differ: a safeguard closes a share of what the",
        "  facts leave. Neither order is the right one. Safeguards: what is said to be",
        "  in place, times what its evidence earns. Facts: every other answer.",
    ]
    for row in rows:
        one, two = row["safeguards_first"], row["facts_first"]
        found += [
            f"  {row['dimension']}  {row['before']:.1f} → {row['after']:.1f}",
            f"       B's safeguards on A's facts give {row['new_safeguards']:.1f}: "
            f"safeguards {_step(one['safeguards'])}, then facts {_step(one['facts'])}",
            f"       B's facts with A's safeguards give {row['new_facts']:.1f}: "
            f"facts {_step(two['facts'])}, then safeguards {_step(two['safeguards'])}",
        ]
    return found


def _step(points: float) -> str:
    """Points gained or lost, with a true minus sign; nothing moved is 0 without a sign."""
    return "0.0" if abs(points) < _LEAST else f"{points:+.1f}".replace("-", "−")


def _shows(row: Data) -> bool:
    steps = (*row["safeguards_first"].values(), *row["facts_first"].values())
    return any(abs(step) >= _LEAST for step in steps)


def _rules(title: str, rows: Sequence[Data]) -> list[str]:
    if not rows:
        return []
    found = ["", f"{title} that stand otherwise"]
    for row in rows:
        ends = [say(RULE_STATES, row[side]).lower() or "no such rule" for side in ("from", "to")]
        found.append(f"  {row['id']}: {ends[0]} → {ends[1]}")
        found.append(f"      {row['text']}")
    return found


def _audit(audit: Data | None) -> list[str]:
    if audit is None:
        return []
    found = ["", "Audit"]
    alike = audit["from"] == audit["to"]
    for name, side in (("A and B", audit["from"]),) if alike else (("A", audit["from"]), ("B", audit["to"])):
        if side is None:
            found.append(f"  {name}: the system's output was not counted")
            continue
        verdicts = "; ".join(f"{say(VERDICTS, key).lower()} {number}" for key, number in side["verdicts"].items())
        found.append(f"  {name}: {side['title']}")
        found.append(
            f"      {count(side['people'])} rows, each one {side['unit']}; {side['findings']} findings: {verdicts}"
        )
    if audit["findings"] is None:
        return found
    if audit["same_counts"]:
        found.append("  Both rest on the same counts.")
    if not audit["same_plan"]:
        found.append("  The two have different plans; “impact audit compare” says whether their figures may be set")
        found[-1] += " against each other."
    if audit["findings"]:
        found.append("  Primary findings that stand otherwise:")
    for row in audit["findings"]:
        ends = [say(VERDICTS, row[side]).lower() or "not looked at" for side in ("from", "to")]
        found.append(f"    {row['title']}: {ends[0]} → {ends[1]}")
    return found


def _answers(data: Data, *, every: bool) -> list[str]:
    rows = data["answers"]
    if rows is None:
        return []
    if not rows:
        return ["", "Answers: no answer differs."]
    found = ["", f"Answers that differ ({len(rows)})"]
    for row in rows:
        found.append(f"  {row['question']}  {row['text']}")
        if row["asked_in"] != "both":
            found.append(f"      asked in {row['asked_in'].upper()} only")
        if row["reworded"]:
            found.append("      the question is worded otherwise in B than in A")
        found += [
            f"      {name}: {_said(row[side], every=every)}" for name, side in (("A", "from"), ("B", "to")) if row[side]
        ]
        if row["reason"]:
            signed = ", ".join(
                part for part in (row["author"], british_date(row["date"]) if row["date"] else "") if part
            )
            found.append(f"      why: {row['reason']}{f' ({signed})' if signed else ''}")
    return found


def _said(side: Data, *, every: bool) -> str:
    parts = []
    if side["state"] != "answered":
        reason = f": {side['reason']}" if side["reason"] and side["state"] in ("refused", "not_applicable") else ""
        parts.append(f"{_STATES[side['state']]}{reason}")
    if side["state"] != "hidden":
        parts += [_short(str(label), every=every) for label in side["labels"]]
        if side["rows"]:
            rows = "; ".join(", ".join(str(cell) for cell in row.values()) for row in side["rows"])
            number = len(side["rows"])
            parts.append(f"{number} row{'s' if number != 1 else ''}: {_short(rows, every=every)}")
        if side["judged"]:
            parts.append(f"judged {side['judged']['value']:g}: {side['judged']['reason']}")
        if side["note"]:
            parts.append(f"note: {_short(side['note'], every=every)}")
    return "; ".join(parts) or "nothing ticked"


def _short(text: str, *, every: bool) -> str:
    return text if every or len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _evidence(rows: Sequence[Data] | None) -> list[str]:
    if not rows:
        return []
    found = ["", f"Evidence that differs (questions: {len(rows)})"]
    for row in rows:
        found.append(f"  {row['question']}  {row['text']}")
        found += [f"      added: {_piece(item)}" for item in row["added"]]
        found += [f"      gone: {_piece(item)}" for item in row["removed"]]
        for item in row["changed"]:
            what = ", ".join(_field(name, *ends) for name, ends in item["differs"].items())
            found.append(f"      {item['title'] or item['file'] or item['url']}: {what}")
    return found


def _piece(item: Data) -> str:
    text = f"{item.get('title') or 'untitled'} ({item.get('file') or item.get('url')})"
    text += f", {british_date(item['date'])}" if item.get("date") else ""
    return text + (f", expires {british_date(item['expires'])}" if item.get("expires") else "")


def _field(name: str, before: Any, after: Any) -> str:
    if name == "digest":
        return "the file is another" if before and after else "the file was not there" if after else "the file is gone"
    if name in ("date", "expires"):
        ends = [british_date(end) if end else "none" for end in (before, after)]
        return f"{'expiry' if name == 'expires' else 'date'} {ends[0]} → {ends[1]}"
    words = {"verified_by": "verified by"}.get(name, name)
    return f"{words} {_word(before)} → {_word(after)}"


def _word(value: Any) -> str:
    return {True: "yes", False: "no", None: "none"}.get(value, str(value)) if not isinstance(value, str) else value
