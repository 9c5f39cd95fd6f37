"""A public version of a record: decisions carried out, and the root of the full record kept.

In: a full record with its seal, the decisions, its count tables. Out: ``Public``: the public record (docs/record.md)
and the counts that may be attached. Refuses (codes A16x) whatever would make a bar that hides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from impact.assessment.again import Again, read_pack
from impact.assessment.redaction.closure import BESIDE, LEVELS, Closure, close, close_files
from impact.assessment.redaction.decisions import Decision, Decisions
from impact.assessment.redaction.leaves import cut, join
from impact.assessment.redaction.seal import commitments_of, salts_of
from impact.assessment.redaction.tree import METHOD, root
from impact.assessment.redaction.words import counts_of, places_of, said_often, words_of, words_of_file
from impact.errors import AnswerError, Fault
from impact.settings import Settings
from impact.yamlfile import nearest

__all__ = ["PUBLIC_SCHEMA", "Public", "make_public", "not_sealed"]

PUBLIC_SCHEMA = "impact/public-record/1"
_HEAD = {"summary": "assessment/summary", "assessors": "assessment/assessors"}
_FILES = {name: f"block/{name}" for name in BESIDE}
# Of an audit with a table withheld: what names, counts or digests the people of that table.
_BESIDE = ("audit/aggregates", "audit/checks", "audit/source_fingerprint")


@dataclass(frozen=True)
class Public:
    """A public version.

    Attributes:
        record: Schema ``impact/public-record/1``; the blocks ``templates`` and ``render`` are the report's to add.
        cells: The counts, or None where they are withheld.
        aggregates: Further count tables; none where one is withheld.
        told: What whoever decides should know, one line each; written into no file.
    """

    record: dict[str, Any]
    cells: bytes | None
    aggregates: dict[str, bytes] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def make_public(
    record: Mapping[str, Any],
    cells: bytes | None,
    aggregates: Mapping[str, bytes],
    *,
    decisions: Decisions,
    where: str,
    settings: Settings,
) -> Public:
    """Withhold parts of a full record.

    Args:
        record: With the block ``seal``.
        cells, aggregates: The count tables of its audit.
        decisions: What is withheld, and why.
        where: How messages name the folder.
        settings: Where packs are found.

    Raises:
        AnswerError: A160 the record is not sealed; A163 a part cannot be withheld; A164 an id is none of the record;
            A166 the levels that stay would tell an answer; A167 words of an answer stand elsewhere; A168 small counts.
    """
    if "seal" not in record:
        raise AnswerError(not_sealed(where))
    leaves = cut(record)
    again = _pack(record, settings, where)
    found = Closure()
    direct = {one.id: _direct(one, leaves, again, where) for one in decisions.chosen}
    for name, named in direct.items():
        found.add(named, [name])
    close_files(record, found)
    if again is not None:
        close(record, again, found)
    cells, tables = _without_tables(record, cells, aggregates, direct, found)
    own = {leaf for leaves_of in direct.values() for leaf in leaves_of}
    told = _refuse(record, cells, leaves, decisions, found, own, where)
    return Public(_made(record, leaves, decisions, direct, found), cells, tables, told)


def not_sealed(where: str) -> Fault:
    """A160: without a root nothing shows that a public version belongs to a record."""
    return Fault(
        where,
        "the assessment has no seal, so nothing could show that a public version belongs to its record",
        "the file seal.yaml",
        "Run “impact seal DIR”, then make and sign the full report again: its root is signed with it",
        "A160",
    )


def _pack(record: Mapping[str, Any], settings: Settings, where: str) -> Again | None:
    if record.get("questionnaire") is None:
        return None
    again = read_pack(record, settings)
    if isinstance(again, str):
        raise AnswerError(
            Fault(where, f"cannot be withheld from: {again}", "the pack of the record", "Install it", "A163")
        )
    return again


def _direct(decision: Decision, leaves: Mapping[str, Any], again: Again | None, where: str) -> list[str]:
    """The leaves that an id names."""
    name = decision.id
    if again is not None and name in again.pack.questions:
        return [f"answer/{name}"]
    for leaf in (f"claims/check/{name}", f"audit/tables/{name}", _HEAD.get(name, ""), _FILES.get(name, "")):
        if leaf in leaves:
            return [leaf]
    if name == "audit" and "audit/findings" in leaves:
        return [leaf for leaf in leaves if leaf.startswith("audit/")]
    if name == "levels" and any(leaf in leaves for leaf in LEVELS):
        return [leaf for leaf in LEVELS if leaf in leaves]
    known = [
        *_HEAD,
        *(name for name, leaf in _FILES.items() if leaf in leaves),
        *(leaf.rpartition("/")[2] for leaf in leaves if leaf.startswith(("answer/", "claims/", "audit/tables"))),
    ]
    near = nearest(name, known)
    finding = "audit/findings" in leaves and any(one["id"] == name for one in leaves["audit/findings"])
    remedy = "Withhold “audit”: every finding follows from the same counts" if finding else ""
    remedy = remedy or (f"Did you mean “{near}”?" if near else "")
    wanted = (
        "a question, a check of the log, audit, a further table of the audit, levels, summary, assessors, procurement "
        "or suppliers"
    )
    raise AnswerError(Fault(where, f"the record has no part “{name}”", wanted, remedy, "A164"))


def _without_tables(
    record: Mapping[str, Any],
    cells: bytes | None,
    aggregates: Mapping[str, bytes],
    direct: Mapping[str, list[str]],
    found: Closure,
) -> tuple[bytes | None, dict[str, bytes]]:
    """The count tables that may be attached; what follows from the others is added to the closure."""
    data = [f"inputs/{at}" for at, file in enumerate(record["inputs"], start=1) if file["role"] == "data"]
    if "audit" in direct:
        found.add(data, ["audit"])
        return None, {}
    tables = {name for name, own in direct.items() if own[0].startswith("audit/tables/")}
    if not tables:
        return cells, dict(aggregates)
    # Further tables share their margins and can be subtracted from each other (decision record 24): all of them go.
    changed = _of_further_tables(record["audit"], cells)
    core = sorted(name for name in tables if f"audit/tables/{name}" not in changed)
    if core:
        remedy = "Withhold “audit”, or make a copy with protected counts first (impact audit publish)"
        raise AnswerError(
            Fault(
                "audit",
                f"the table “{core[0]}” follows from the counts that everything else of the audit follows from",
                "a further table, or the whole audit",
                remedy,
                "A164",
            )
        )
    found.add([*changed, *(leaf for leaf in _BESIDE if leaf[6:] in record["audit"]), *data], tables)
    return cells, {}


def _of_further_tables(audit: Mapping[str, Any], cells: bytes | None) -> list[str]:
    """Parts of an audit that are other ones, or none, where only the counts of the rates are known."""
    from impact.assessment.recompute import audit_again
    from impact.canonical import canonical_json
    from impact.metrics.analysis.differences import comparable, differences
    from impact.metrics.disclosure.published_file import read_published
    from impact.metrics.tables.cells import Cells

    protected = (audit.get("disclosure") or {}).get("status") == "protected"
    counts = read_published(cells or b"") if protected else Cells.from_parquet(cells or b"")
    made, _ = audit_again(audit, counts, {})
    import json

    stored = json.loads(canonical_json(comparable(audit)))
    keys = [key for key in stored if key != "tables" and differences(stored[key], made.get(key))]
    named = [key for key, part in stored["tables"].items() if differences(part, made["tables"].get(key))]
    return [*(f"audit/{key}" for key in keys), *(f"audit/tables/{key}" for key in named)]


def _refuse(
    record: Mapping[str, Any],
    cells: bytes | None,
    leaves: Mapping[str, Any],
    decisions: Decisions,
    found: Closure,
    own: set[str],
    where: str,
) -> tuple[str, ...]:
    """Bars that would hide nothing; and what whoever decides should know."""
    faults, told = [], []
    for name, (possible, choices) in sorted(found.possible.items()):
        if possible <= 1 < choices and found.kept - set(found.withheld):
            faults.append(
                Fault(
                    where,
                    f"the levels that stay leave one answer to {name} possible, of {choices} that were tried",
                    "levels that do not tell what is withheld",
                    "Withhold “levels” too, or show the answer",
                    "A166",
                )
            )
        elif possible < choices and found.kept - set(found.withheld):
            told.append(f"{name}: the levels that stay leave {possible} of {choices} answers possible that were tried")
    allowed = {one.id for one in decisions.chosen if one.stands_elsewhere}
    shown = {name: value for name, value in leaves.items() if name not in found.withheld}
    common = said_often(leaves)
    for name in sorted(found.ids("answer/") - allowed):
        if found.withheld[f"answer/{name}"] & allowed:
            continue
        places = places_of(words_of(leaves[f"answer/{name}"]) - common, shown)
        if places:
            faults.append(_elsewhere(where, f"the answer to {name}", places))
    for name, leaf in _FILES.items():
        if leaf not in found.withheld or name in allowed:
            continue
        places = places_of(words_of_file(leaves[leaf]) - common, shown)
        if places:
            faults.append(_elsewhere(where, f"the file {name}.yaml", places))
    faults += _small(record, cells, decisions, where)
    if faults:
        raise AnswerError(faults)
    for name in sorted(found.ids("claims/check/")):
        places = places_of(counts_of(leaves[f"claims/check/{name}"]), shown)
        if places:  # they may be of something else
            told.append(f"{name}: counts of its ruling stand in parts that are shown as well: {', '.join(places[:8])}")
    also = sorted(set(found.withheld) - own)
    if also:
        told.append(f"Withheld with it, because they would give it away: {_parts(len(also))} ({', '.join(also)})")
    told.append("Read what is shown once more: nobody but a person finds what is withheld said there in other words")
    return tuple(told)


def _elsewhere(where: str, what: str, places: list[str]) -> Fault:
    return Fault(
        where,
        f"words of {what} stand in parts that are shown: {', '.join(places[:8])}",
        "words that stand in no other part",
        "Withhold those parts or change their words; where it does no harm, say why: “stands_elsewhere”",
        "A167",
    )


def _parts(number: int) -> str:
    return "1 further part" if number == 1 else f"{number} further parts"


def _small(record: Mapping[str, Any], cells: bytes | None, decisions: Decisions, where: str) -> list[Fault]:
    held = (record.get("audit") or {}).get("disclosure") or {}
    if cells is None or not held.get("small_cells") or decisions.small_counts_public:
        return []
    return [
        Fault(
            where,
            f"{held['small_cells']:,} of the {held['cells']:,} counts that would be attached are under "
            f"{held['min_cell']}, so that one may point at a person",
            "counts that may be published",
            "Withhold “audit”, or assess a copy with protected counts (impact audit publish); where the counts are "
            "public already, say so in withhold.yaml: “small_counts_public”",
            "A168",
        )
    ]


def _made(
    record: Mapping[str, Any],
    leaves: Mapping[str, Any],
    decisions: Decisions,
    direct: Mapping[str, list[str]],
    found: Closure,
) -> dict[str, Any]:
    secret = bytes.fromhex(record["seal"]["secret"])
    commitments, salts = commitments_of(record, secret), salts_of(record, secret)
    shown = {name: value for name, value in leaves.items() if name not in found.withheld}
    order = [one.id for one in decisions.chosen]
    return {
        **join(shown, found.withheld),
        "schema": PUBLIC_SCHEMA,
        "redaction": {
            "method": METHOD,
            "root": record["seal"]["root"],
            "parts": len(leaves),
            "salts": {name: salts[name].hex() for name in shown},
            "withheld": {
                name: {"digest": commitments[name], "with": sorted(causes, key=order.index)}
                for name, causes in found.withheld.items()
            },
            "decisions": [
                {**one.to_json(), "parts": sorted(direct[one.id]), "digest": _digest(direct[one.id], commitments)}
                for one in decisions.chosen
            ],
            "kept": sorted(found.kept - set(found.withheld)),
            "small_counts_public": decisions.small_counts_public,
        },
    }


def _digest(own: list[str], commitments: Mapping[str, str]) -> str:
    """What is printed in a bar: the commitment of the part, or a root over those of several."""
    return commitments[own[0]] if len(own) == 1 else root({name: commitments[name] for name in own})
