"""Annexes on where everything came from, and how to check the document.

In: a cleaned record. Out: ``Provenance``, ``Verifying``. Names every file that was read and every table attached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date, byte_count, count
from impact.report.model import Pair, Provenance, Verifying
from impact.report.view.parts import Numbering, joined, plural
from impact.report.view.withheld import bar_of, sealed_root

__all__ = ["ATTACHED", "history_sentence", "local_changes", "make_provenance", "make_verifying"]

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
    if (record.get("pack") or {}).get("attached"):
        attachments.append((record["pack"]["attached"], "the questionnaire, by which answers can be scored again"))
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
