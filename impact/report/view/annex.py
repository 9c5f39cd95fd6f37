"""Annexes: law, method, evidence, where everything came from, and how to check this document.

In: a cleaned record. Out: model parts. The prose of the method stands in the template; its figures come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date, byte_count, count, multiple
from impact.report.model import Evidence, Law, Limits, Method, Pair, Provenance, Verifying
from impact.report.view.answers import open_questions
from impact.report.view.audit import checks_of, metric_name
from impact.report.view.caveats import caveat_lines
from impact.report.view.frame import not_done
from impact.report.view.parts import Numbering, capital, citation, joined, percentage_points, plural
from impact.report.view.withheld import bar_of, sealed_root
from impact.report.words import METHODS, VERDICT_MEANINGS, VERDICTS, say

__all__ = ["ATTACHED", "make_evidence", "make_law", "make_limits", "make_method", "make_provenance", "make_verifying"]

_EFFECTS = {
    "burden": "A yes is a burden on the person.",
    "benefit": "A yes is a benefit to the person.",
    "identification": "A yes is an alert that names a person.",
    "neither": "A yes is neither a burden nor a benefit.",
}
_INPUT_ROLES = {
    "answers": "answers",
    "history": "history of the answers",
    "plan": "audit plan",
    "lock": "registration of the plan",
    "procurement": "contracts and notices",
    "suppliers": "comparison of suppliers",
    "review": "what was approved, and what happened since",
    "data": "data that were counted",
    "evidence": "evidence",
    "claims": "where the decision log stands",
    "their document": "document of the first body",
    "their record": "its record",
}


def make_limits(record: Mapping[str, Any], number: Numbering, *, cells: bool, undrawn: set[str]) -> Limits:
    heading = number.section("limits", "What this document does not show")
    audit = record.get("audit")
    return Limits(
        heading=heading,
        not_done=not_done(record, cells=cells),
        not_computed=number.table_or_none(
            "Figures that were not computed",
            [("Figure", 35), ("Why", 65)],
            [_not_computed(row, audit) for row in audit.get("not_computed") or []],
        )
        if audit
        else None,
        checks=checks_of(audit) if audit else (),
        caveats=caveat_lines(audit["findings"]) if audit else (),
        unanswered=open_questions(record) if record.get("questionnaire") else (),
        undrawn=", ".join(sorted(undrawn)),
    )


def _not_computed(row: Mapping[str, Any], audit: Mapping[str, Any]) -> tuple[str, str]:
    name = metric_name(row["metric"], audit)
    why = str(row.get("text") or row["reason"])
    return name, capital(why.removeprefix(f"{name}: "))


def make_law(record: Mapping[str, Any], number: Numbering) -> Law | None:
    law = record.get("law")
    if not law:
        return None
    heading = number.annex("law", "Law and guidance that the answers cite")
    as_at = british_date(record["pack"]["law_as_at"]) if record.get("pack") else ""
    return Law(
        heading=heading,
        as_at=as_at,
        table=number.table(
            "Law and guidance" + (f", as at {as_at}" if as_at else ""),
            [("Citation", 35), ("What it asks, in our words", 50), ("Extent", 15)],
            [
                (citation(key, law), _duty(law[key]), ", ".join(law[key].get("extent") or []))
                for key in sorted(law, key=lambda k: (str(law[k]["citation"]).casefold(), k))
            ],
            note=_extents(law),
        ),
    )


_EXTENTS = {
    "E": "England",
    "W": "Wales",
    "S": "Scotland",
    "NI": "Northern Ireland",
    "UK": "United Kingdom",
    "EU": "European Union",
    "CoE": "Council of Europe",
    "CA": "Canada",
    "US": "United States",
    "US-NYC": "New York City",
}


def _extents(law: Mapping[str, Any]) -> str:
    """What the short forms of the extent stand for, those that occur."""
    used = {place for entry in law.values() for place in entry.get("extent") or []}
    known = [f"{short} {name}" for short, name in _EXTENTS.items() if short in used]
    return f"{', '.join(known)}." if known else ""


def _duty(entry: Mapping[str, Any]) -> str:
    duty = str(entry.get("duty") or "")
    return f"{duty} To be checked: {entry['check']}." if entry.get("check") else duty


def make_method(record: Mapping[str, Any], number: Numbering) -> Method:
    heading = number.annex("method", "Method")
    audit, scoring = record.get("audit"), record.get("scoring")
    found = (
        {f["verdict"] for f in audit["findings"]} | {d["verdict"] for d in audit["tables"]["disparities"]}
        if audit
        else set()
    )
    return Method(
        heading=heading,
        scored=bool(scoring),
        claims=(scoring["claims"] or "") if scoring else "",
        audited=bool(audit),
        plan=_plan(audit) if audit else (),
        registered=_registered(audit) if audit else "",
        margin=_margin(audit) if audit else "",
        verdicts=number.table(
            "Verdicts and what they mean",
            [("Verdict", 30), ("Meaning", 70)],
            [(words, VERDICT_MEANINGS[code]) for code, words in VERDICTS.items() if code in found]
            or [(words, VERDICT_MEANINGS[code]) for code, words in VERDICTS.items()],
        )
        if audit
        else None,
        severity=_severity(audit) if audit else "",
        intervals=tuple(say(METHODS, name) for name in audit["reproducibility"].get("methods") or []) if audit else (),
    )


def _severity(audit: Mapping[str, Any]) -> str:
    effect = audit["plan"]["columns"]["decision"]["effect"]
    return (
        "Severity counts from the lower limit of the disadvantage, not from the estimate. It is triage, not law."
        if effect in ("burden", "benefit")
        else "No severity is given beyond “for information”, because a yes is neither a burden nor a benefit by itself."
        if effect == "neither"
        else "Severity is triage, not law."
    )


def _plan(audit: Mapping[str, Any]) -> tuple[Pair, ...]:
    plan = audit["plan"]
    decision, outcome = plan["columns"]["decision"], plan["columns"].get("outcome")
    rules = plan.get("plan") or {}
    pairs = [
        ("Title", plan["title"]),
        ("Question", plan["question"]),
        ("Who could have been affected", plan["pool"]),
        ("What a yes does", f"{decision['label']}. {_EFFECTS.get(decision['effect'], decision['effect'])}"),
    ]
    if decision.get("threshold") is not None:
        pairs.append(("Yes means", f"score {decision.get('rule', '>=')} {decision['threshold']:g}"))
    if outcome:
        seen = {
            "always": "known for everybody, whatever the decision",
            "decision_yes": "known only for people with a yes",
        }.get(outcome.get("observed_when", "always"), "")
        pairs.append(("What turned out", f"{outcome['label']}; {seen}" if seen else outcome["label"]))
        if outcome.get("recorded_by"):
            pairs.append(("Outcome recorded by", outcome["recorded_by"]))
    groups = [part.get("label") or name for name, part in plan["groups"].items()]
    pairs += [
        ("Characteristics", joined(groups)),
        ("Primary rates", joined([metric_name(key, audit) for key in rules.get("primary") or []])),
        (
            "Chance of a false finding (alpha)",
            f"{rules.get('alpha', 0.05) * 100:g}%, shared among the primary comparisons",
        ),
    ]
    hidden = plan.get("disclosure") or {}
    if hidden.get("min_cell"):
        pairs.append(
            (
                "Disclosure rule",
                f"in a copy for publication, counts under {hidden['min_cell']} are withheld and the others are rounded "
                f"to multiples of {hidden['base']}",
            )
        )
    return tuple(Pair(label=label, text=text) for label, text in pairs)


def _registered(audit: Mapping[str, Any]) -> str:
    stamp = audit.get("plan_registered")
    if not stamp:
        return "The plan was not registered before the data were read, so nobody can show that it came first."
    when = british_date(stamp["at"])
    if stamp.get("matches"):
        return f"The plan’s digest was registered on {when}, and the plan used here has the same digest."
    return f"A plan was registered on {when}, but the plan used here differs from it: it was changed afterwards."


def _margin(audit: Mapping[str, Any]) -> str:
    margin = (audit["plan"].get("plan") or {}).get("margin")
    if not margin:
        return "No margin was declared, so no verdict of a small difference or of no material difference is possible."
    value = multiple(margin["value"]) if margin["kind"] == "ratio" else percentage_points(margin["value"])
    return f"A {margin['kind']} beyond {value} was declared to be material beforehand. Reason given: {margin['reason']}"


def make_evidence(record: Mapping[str, Any], number: Numbering) -> Evidence:
    heading = number.annex("evidence", "Evidence list")
    return Evidence(
        heading=heading,
        table=number.table_or_none(
            "Evidence files",
            [("File", 25), ("Title", 20), ("Cited by", 10), ("Size", 10), ("SHA-256", 35)],
            [
                (
                    item["file"],
                    item.get("title") or "",
                    joined(item.get("cited_by") or []) or "no answer",
                    byte_count(item["bytes"]),
                    item["digest"],
                )
                for item in record.get("evidence") or []
            ],
        ),
    )


def local_changes(record: Mapping[str, Any]) -> tuple[str, ...]:
    """In which files pack and templates differ from those of the toolkit, and what was carried over; sentences."""
    changes = []
    pack, templates = record.get("pack"), record.get("templates")
    for name, found in (("questionnaire pack", pack), ("template set", templates)):
        if not found:
            continue
        label = found.get("id") or found.get("set")
        if found.get("layer") and found["layer"] != "bundled":
            changes.append(f"The {name} “{label}” is not the bundled one: it was taken from {_layer(found['layer'])}.")
        changes += [f"{name.capitalize()} “{label}”: {_change(change)}" for change in found.get("changes") or []]
    return (*changes, *_carried(record.get("migration")))


def make_provenance(record: Mapping[str, Any], number: Numbering) -> Provenance:
    heading = number.annex("provenance", "Inputs, local changes and versions")
    pack, templates = record.get("pack"), record.get("templates")
    versions = [("Made with", f"{record['tool']['name']} {record['tool']['version']}")]
    if pack:
        versions.append(("Questionnaire pack", f"{pack['id']} {pack['version']}, {pack['digest']}"))
    if templates:
        versions.append(("Template set", f"{templates['set']}, {templates['digest']}"))
        versions += [("Which extends", f"{base['set']}, {base['digest']}") for base in templates.get("bases") or []]
    render = record.get("render")
    versions += [(name, str(text)) for name, text in sorted(render.items())] if render else []
    if record.get("questionnaire"):
        told = bar_of(record, "block/history") or history_sentence(record.get("history"))
        versions.append(("History of the answers", told))
    audit = record.get("audit")
    if audit:
        made = audit["reproducibility"]
        versions += [("Counting engine", made["engine"]), ("Python", made["python"])]
    profile = record.get("profile") or {}
    if profile.get("approval_threshold") is not None:
        source = profile.get("approval_threshold_source") or "no source given"
        versions.append(("Approval threshold", f"£{count(profile['approval_threshold'])} ({source})"))
    return Provenance(
        heading=heading,
        inputs=number.table_or_none(
            "Files that were read",
            [("File", 30), ("What it is", 20), ("Size", 15), ("SHA-256", 35)],
            [
                (item["file"], _input_role(item["role"]), byte_count(item["bytes"]), item["digest"])
                for item in record.get("inputs") or []
            ],
        ),
        changes=local_changes(record),
        versions=tuple(Pair(label=label, text=text) for label, text in versions),
    )


def history_sentence(history: Mapping[str, Any] | None) -> str:
    """How many changes the history holds, and the hash that stands for them."""
    if not history:
        return "none was kept, so this document does not show who changed an answer, or when"
    text = f"{plural(history['events'], 'event')}, the last on {british_date(history['last'])}"
    text += f"; the hash of the last event, which stands for all of them, is {history['head']}"
    if history["unrecorded"]:
        text += f". Edited in the file and not in the history: {joined(history['unrecorded'])}"
    return text


def _layer(layer: str) -> str:
    return {"settings": "a folder named in the settings", "installed": "an installed package"}.get(layer, layer)


def _input_role(role: str) -> str:
    """What a file was read as; tables of a decision log are named by what they hold.

    >>> _input_role("plan"), _input_role("log: people")
    ('audit plan', 'decision log, table “people”')
    """
    if role.startswith("log: "):
        return f"decision log, table “{role.removeprefix('log: ')}”"
    return _INPUT_ROLES.get(role, role)


def _carried(migration: Mapping[str, Any] | None) -> list[str]:
    """What became of answers that were given to an older version of the pack."""
    if not migration:
        return []
    found = [
        f"The answers were given to version {migration['from']} of the questionnaire pack and carried over to version "
        f"{migration['to']}; those that are not simply the same: {len(migration['answers']) or 'none'}."
    ]
    said = {"again": "; to be answered again", "dropped": "; no longer asked"}
    for answer in migration["answers"]:
        found.append(f"Answer {answer['question']}: {answer['text']}{said.get(answer['what'], '')}.")
    return found


def _change(change: Any) -> str:
    if isinstance(change, Mapping) and "file" in change:
        return f"{change['file']} ({change['what']}){', ' + change['digest'] if change['digest'] else ''}"
    if isinstance(change, Mapping):
        return ", ".join(f"{key} {value}" for key, value in change.items())
    return str(change)


# Count tables beside the cells, for a reader who finds them attached.
ATTACHED = {
    "scores": "counts of people by score",
    "weights": "sums of the weights, and of their squares",
    "clusters": "sums over people who have several rows; no person’s own",
    "cluster_counts": "how many different people stand behind the rows",
    "periods": "the same counts by period and version",
    "strata": "the same counts by stratum",
    "population": "numbers of residents, as they were given",
    "joint": "counts of people by what each scorer decided",
    "bands": "counts of people by risk band",
    "amounts": "sums of errors of predicted amounts, for one characteristic at a time",
    "classes": "counts of people by predicted and true class, for one characteristic at a time",
    "joint_scores": "counts of people by two scores, for one characteristic at a time",
    "proxies": "counts of people by a column and one characteristic at a time",
    "searches": "counts of searches of the list",
    "search_clusters": "sums over people who were searched for several times; no person’s own",
    "search_cluster_counts": "how many different people stand behind the searches",
    "times": "counts of reviews by how long they took, for one characteristic at a time",
    "reviewers": "numbers of reviewers as bands and ranges; none of them by himself or herself",
    "reviewer_spread": "how far reviewers differ, as variances",
}


def make_verifying(
    record: Mapping[str, Any],
    number: Numbering,
    *,
    digest: str,
    cells: bytes | None,
    practice: bool,
    changes: tuple[str, ...] = (),
) -> Verifying:
    heading = number.annex("verifying", "How to check this document")
    audit = record.get("audit")
    public = bool(record.get("redaction"))
    digests = [("Public record (record.json)" if public else "Record (record.json)", digest)]
    if sealed_root(record):
        digests.append(("Root of the full record" if public else "Root of this record", sealed_root(record)))
    if audit:
        digests += [("Audit plan", audit["plan_digest"]), ("Counts (cells)", audit["cells_digest"])]
        digests += [(f"Counts ({name})", found) for name, found in sorted((audit.get("aggregates") or {}).items())]
    what = "everything this document is made from, in canonical JSON"
    attachments = [("record.json", f"{what}; what is withheld is not in it" if public else what)]
    if cells is not None:
        people = plural(audit["people"], "row") if audit else "rows"
        attachments.append(
            ("cells.parquet", f"the counts behind the audit; no person’s record, only how many of {people}")
        )
    held = (audit or {}).get("aggregates") or {}
    # Every table that is attached is named, also one that this list does not know.
    order = [*(name for name in ATTACHED if name in held), *sorted(set(held) - set(ATTACHED))]
    attachments += [(f"{name}.parquet", ATTACHED.get(name, "further counts")) for name in order]
    for one in (record.get("review") or {}).get("earlier") or ():
        digests.append((f"Earlier record ({one['attached']})", one["record_digest"]))
        attachments.append(
            (one["attached"], f"the record of {one['id']}, version {one['version']}, as it was compared")
        )
    return Verifying(
        heading=heading,
        digests=tuple(Pair(label=label, text=text) for label, text in digests),
        attachments=tuple(Pair(label=label, text=text) for label, text in attachments),
        practice=practice,
        changes=changes,
        public=public,
        sealed=bool(sealed_root(record)),
    )
