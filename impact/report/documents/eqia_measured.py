"""What was measured for each ground of equality law: selection, error, access and effect, with counts and verdicts.

In: a cleaned record. Out: a table of grounds, a table for each rate. Computes no statistic: rates, intervals, verdicts
and rulings are the record's. What nobody measured is “not measured”, never a blank and never “no difference”; what is
withheld is “withheld”, measured or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.documents.answered import barred
from impact.report.documents.burden import ERRORS, named_characteristic
from impact.report.documents.grounds import Ground, ground_of
from impact.report.documents.record_lines import barred_checks
from impact.report.figures import interval, percent
from impact.report.model import Said, Table
from impact.report.view.audit import DIRECTED, counted_of, level_of, metric_name, why_none
from impact.report.view.claims import widths
from impact.report.view.parts import Numbering, capital, comparator_label, group_label, joined
from impact.report.view.withheld import bar_of, hidden_names
from impact.report.words import VERDICTS, say

__all__ = ["barred_measures", "ground_table", "rate_tables", "ruling_tables", "without_ground"]

_NOT, _UNTOLD = "not measured", "Withheld"
_COLUMNS = (("Group", 20), ("Counted", 20, True), ("Rate", 15, True), ("Interval", 20, True), ("Verdict", 25))
_ALL_STEPS = "all steps together"
_SELECTION = "selection_rate"
_USUAL_ERRORS = ("fpr", "fnr", "ppv")  # where the plan declared no error rate as primary
# Checks of the log that compare groups, by what they are about (docs/claims.md).
_CHECKS: Mapping[str, tuple[str, ...]] = {
    "selection": ("CK-10", "CK-11"),
    "error": ("CK-12",),
    "access": (),
    "effect": ("CK-37", "CK-38"),
}


def ground_table(record: Mapping[str, Any], grounds: tuple[Ground, ...], number: Numbering, caption: str) -> Table:
    """One row for each ground, whether or not anything was measured."""
    return number.table(
        caption,
        [("Ground", 20), ("Selection", 25), ("Error", 25), ("Access", 10), ("Effect", 20)],
        [(ground.label, *(_cell(record, ground, grounds, aspect) for aspect in _CHECKS)) for ground in grounds],
        note="Selection: who is flagged. Error: for whom it is wrong. Access: who learns of it and can challenge. "
        "Effect: what follows. “Inconclusive” and “not enough data” are not “no difference”.",
    )


def _cell(record: Mapping[str, Any], ground: Ground, grounds: tuple[Ground, ...], aspect: str) -> str:
    audit = record.get("audit")
    said = []
    if audit and aspect in ("selection", "error"):
        for name in _columns(audit, ground, grounds):
            said += [_summary(audit, name, metric) for metric in _metrics(audit, aspect)]
    if aspect in ("selection", "error") and bar_of(record, "audit/tables/rates"):
        said.append(f"{_UNTOLD} [Audit].")
    said += [f"{_UNTOLD} [{name}]." for name in hidden_names(record, "claims/check/") if name in _CHECKS[aspect]]
    claims = record.get("claims") or {}
    if any(ground_of(name, grounds) == ground.label for name in claims.get("characteristics", ())):
        said += [
            f"{each['check']}: {each['ruling']['verdict']}."
            for each in claims["checks"]
            if each["check"] in _CHECKS[aspect] and each["ruling"]
        ]
    return " ".join(part for part in said if part) or _NOT


def barred_measures(record: Mapping[str, Any]) -> list[Said]:
    """Bars of what would have been measured of the grounds: the rates of the audit, and checks that compare groups."""
    checks = [one for named in _CHECKS.values() for one in named]
    found = barred(record, "audit/tables/rates", "Rates and verdicts by ground", "Audit")
    return [*([found] if found else []), *(said for said in barred_checks(record) if said.source in checks)]


def _columns(audit: Mapping[str, Any], ground: Ground, grounds: tuple[Ground, ...]) -> list[str]:
    return [name for name in audit["plan"].get("groups") or {} if _stands_for(audit, name, grounds) == ground.label]


def _stands_for(audit: Mapping[str, Any], name: str, grounds: tuple[Ground, ...]) -> str | None:
    return ground_of(name, grounds) or ground_of(named_characteristic(name, audit), grounds)


def _metrics(audit: Mapping[str, Any], aspect: str) -> list[str]:
    valued = {row["metric"] for row in audit["tables"]["rates"] if row["value"] is not None}
    if aspect == "selection":
        return [_SELECTION] if _SELECTION in valued else []
    primary = [key for key in (audit["plan"].get("plan") or {}).get("primary") or () if key in ERRORS]
    return primary or [key for key in _USUAL_ERRORS if key in valued]


def _summary(audit: Mapping[str, Any], name: str, metric: str) -> str:
    """The groups of a characteristic by verdict; the reason where no group has a value."""
    rows = _of(audit["tables"]["rates"], name, metric)
    if not rows:
        return ""
    measured = capital(metric_name(metric, audit)) if metric != _SELECTION else named_characteristic(name, audit)
    title = measured.partition(" (")[0]  # its definition stands over the table of the rate
    if all(row["value"] is None for row in rows):
        return f"{title}. {capital(_NOT)}: {why_none(rows[0].get('reason'))}."
    by: dict[str, list[str]] = {}
    for row in rows:
        by.setdefault(_verdict(_compared(audit, row), finding=False), []).append(group_label(row["group"]))
    return f"{title}. " + " ".join(f"{words}: {joined(labels)}." for words, labels in by.items())


def _of(rows: Sequence[Mapping[str, Any]], name: str, metric: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["metric"] == metric and tuple(row["group"]) == (name,)]


def _compared(audit: Mapping[str, Any], row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The comparison of a group with all others; where none was made, that with a named group."""
    found = [
        each
        for each in audit["tables"]["disparities"]
        if each["metric"] == row["metric"] and each["group"] == row["group"]
    ]
    others = [each for each in found if each["comparator"]["kind"] == "not_sharing"]
    return next(iter([*others, *found]), None)


def _verdict(compared: Mapping[str, Any] | None, *, finding: bool) -> str:
    if compared is None:
        return "Not compared"
    text = say(VERDICTS, compared["verdict"])
    if compared.get("direction") and compared["verdict"] in DIRECTED:
        text += f", {compared['direction']} for the group"
    if not finding:
        return text
    if compared["comparator"]["kind"] != "not_sharing":
        text += f", compared with {comparator_label(compared['comparator'])}"
    if compared.get("role") == "exploratory":
        text += " (exploratory)"
    return f"{text} [{compared['finding']}]" if compared.get("finding") else text


def rate_tables(record: Mapping[str, Any], grounds: tuple[Ground, ...], number: Numbering) -> tuple[Table, ...]:
    """For each ground that was counted, every group with its count, rate, interval and verdict."""
    audit = record.get("audit")
    if not audit:
        return ()
    found = []
    for ground in grounds:
        for name in _columns(audit, ground, grounds):
            for metric in (*_metrics(audit, "selection"), *_metrics(audit, "error")):
                rows = _of(audit["tables"]["rates"], name, metric)
                if all(row["value"] is None for row in rows):
                    continue  # the table of grounds says why
                title = f"{ground.label}: {metric_name(metric, audit)}"
                found.append(
                    number.table_or_none(
                        title,
                        _COLUMNS,
                        [_row(audit, row) for row in rows],
                        note=f"By “{named_characteristic(name, audit)}”; {level_of(audit)} intervals. Each group is "
                        "compared with all others unless it says with whom.",
                    )
                )
    return tuple(table for table in found if table)


def _row(audit: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    label, counted = group_label(row["group"]), counted_of(row)
    if row["value"] is None:  # a reason is longer than a rate: it stands where there is room
        return label, counted, "", "", capital(why_none(row.get("reason")))
    limits = interval(row["ci"], percent) if row.get("ci") else "no interval"
    return label, counted, percent(row["value"]), limits, _verdict(_compared(audit, row), finding=True)


def ruling_tables(record: Mapping[str, Any], number: Numbering) -> tuple[Table, ...]:
    """Groups as the decision log has them, for the checks that compare groups."""
    found = []
    wanted = [check for checks in _CHECKS.values() for check in checks]
    for entry in (record.get("claims") or {}).get("checks", ()):
        if entry["check"] not in wanted or not entry["ruling"]:
            continue
        for table in entry["ruling"]["tables"]:
            note = f"{entry['check']}, {entry['ruling']['verdict']}: {entry['ruling']['sentence']}"
            found.append(_ruling_table(f"{table['title']} [{entry['check']}]", table, note, number))
    return tuple(table for table in found if table)


def _ruling_table(caption: str, table: Mapping[str, Any], note: str, number: Numbering) -> Table | None:
    """A table of a ruling; of several steps the row on all of them, with the single steps in the general assessment."""
    kept = [at for at, name in enumerate(table["columns"]) if name != "p"]
    names = [table["columns"][at] for at in kept]
    rows = [[row[at] for at in kept] for row in table["rows"]]
    whole = [row for row in rows if row[0].endswith(_ALL_STEPS)]
    if whole and len(whole) < len(rows):
        rows, note = whole, f"{note} Single steps stand in the general assessment."
    if len({row[0] for row in whole}) == 1:
        caption, names, rows = f"{caption}: {whole[0][0]}", names[1:], [row[1:] for row in whole]
    if names[-1].startswith("p, adjusted"):
        note = f"{note} p is adjusted for the number of comparisons."
    sized = zip(names, widths(names, rows), strict=True)
    columns = [(name, width, name not in ("Step", "Group")) for name, width in sized]
    return number.table_or_none(caption, columns, rows, note=note)


def without_ground(record: Mapping[str, Any], grounds: tuple[Ground, ...]) -> list[str]:
    """Characteristics that were counted and name none of the grounds."""
    audit = record.get("audit")
    if not audit:
        return []
    names = audit["plan"].get("groups") or {}
    return [named_characteristic(name, audit) for name in names if _stands_for(audit, name, grounds) is None]
