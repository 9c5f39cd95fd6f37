"""A record as named parts, and back: what the hash tree of a record is made of.

In: a record as plain data. Out: name -> value, so that every part of the record stands in exactly one leaf; and the
record again, with blanks where leaves are withheld. Knows no secrets and decides nothing.

The names of leaves are public. They come from the pack and the plan, or are numbers: nothing that was answered stands
in one. Lists whose length depends on answers (promises, draft questions, law that is cited) are one leaf each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

__all__ = ["OUTSIDE", "content", "cut", "join", "rule_names"]

# About one document of the record, or about the seal itself: not part of what is sealed.
OUTSIDE = ("schema", "seal", "redaction", "templates", "render", "practice", "review", "made_from")
SCORED = {"scoring": "scoring", "scoring_untested": "untested"}
# What the pack fixes of a question; everything else of it is its answer or follows from answers.
_ASKED = ("id", "text", "guidance", "type", "unit", "kind", "evidence_kind", "tested_by", "scores")
# Of a question, each with a leaf of its own: law depends on where the system is used, which is an answer; a credit
# depends on what the log says of the answer.
_APART = ("refs", "credit")
# List of a scoring block -> the key that names an entry, and what the pack fixes of it.
_RULES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "dimensions": ("code", ("code", "label", "level_kind", "cap")),
    "hard_stops": ("id", ("id", "kind", "text", "basis", "questions")),
    "flags": ("id", ("id", "question", "text")),
    "floors": ("id", ("id", "dimension", "floor", "text")),
    "contradictions": ("id", ("id", "between", "text")),
}
_NO_ANSWER: Mapping[str, Any] = {
    "state": "withheld", "reason": None, "answer": None, "value": None, "evidence": [], "author": None,
    "date": None, "time": None, "drafted_by": None, "change_reason": None,
}  # fmt: skip
_NO_RULE: Mapping[str, Mapping[str, Any]] = {
    "dimensions": {},
    "hard_stops": {"state": "withheld", "missing": [], "parts": []},
    "flags": {"state": "withheld", "missing": []},
    "floors": {"state": "withheld", "missing": [], "binds": False},
    "contradictions": {"state": "withheld", "missing": []},
}
_NO_LIST = (
    "sensitivity",
    "outcome_reasons",
    "checks",
    "source_fingerprint",
    "not_computed",
    "assessors",
    "law",
    "findings",
)
_NO_CHECK: Mapping[str, Any] = {
    "made": None,
    "why": "",
    "questions": [],
    "figures": {},
    "ruling": None,
    "withheld": True,
}
# Of a short form, what its pack fixes of the rule that sends an assessment to the full form.
_SENDS = ("text", "full_form", "asked", "of", "severity_at_least")
_NOT_SENT: Mapping[str, Any] = {
    "use_full_form": None, "severities": [], "stops": [],
    "not_asked": {"hard_stops": [], "contradictions": [], "flags": 0, "sections": []},
}  # fmt: skip
_LEVEL = ("level", "label")
_AT = ("completed", "live")


def content(record: Mapping[str, Any]) -> dict[str, Any]:
    """What is sealed of a record: all of it but what is about one document of it."""
    return {key: value for key, value in record.items() if key not in OUTSIDE}


def cut(record: Mapping[str, Any]) -> dict[str, Any]:
    """Every part of a record by name; ``join`` is its inverse.

    >>> cut({"schema": "impact/record/1", "tool": {"name": "impact"}, "evidence": [{"file": "a"}], "audit": None})
    {'block/tool': {'name': 'impact'}, 'evidence/length': 1, 'evidence/1': {'file': 'a'}, 'block/audit': None}
    """
    leaves: dict[str, Any] = {}
    for key, value in content(record).items():
        if key == "answers":
            continue  # with the questions
        if key == "questionnaire" and value is not None:
            _cut_questions(value, record.get("answers"), leaves)
        elif key in SCORED and value is not None:
            _cut_scoring(SCORED[key], value, leaves)
        elif key == "claims" and value is not None:
            _cut_claims(value, leaves)
        elif key == "audit" and value is not None:
            leaves |= {f"audit/{name}": part for name, part in value.items() if name != "tables"}
            leaves |= {f"audit/tables/{name}": part for name, part in value["tables"].items()}
        elif key == "points" and value is not None and value.get("withheld"):
            leaves |= {"points/level": {at: value[at] for at in _AT}} if _AT[0] in value else {}
        elif key == "points" and value is not None:
            leaves["points/level"] = {at: {name: value[at][name] for name in _LEVEL} for at in _AT}
            rest = {at: {name: part for name, part in value[at].items() if name not in _LEVEL} for at in _AT}
            leaves["points/rest"] = {**value, **rest}
        elif key in ("assessment", "judgements") and value:
            leaves |= {f"{key}/{name}": part for name, part in value.items()}
        elif key in ("evidence", "inputs") and value:
            leaves[f"{key}/length"] = len(value)
            leaves |= {f"{key}/{place}": part for place, part in enumerate(value, start=1)}
        else:
            leaves[f"block/{key}"] = value
    if "answers" in record and record.get("questionnaire") is None:
        leaves["block/answers"] = record["answers"]
    return leaves


def join(leaves: Mapping[str, Any], withheld: Collection[str] = ()) -> dict[str, Any]:
    """The sealed content of a record from its leaves; a blank stands for each that is withheld.

    Args:
        leaves: Those that are shown.
        withheld: Names of the others.

    >>> join({"block/tool": {}}, ["block/history"])
    {'history': None, 'tool': {}}
    """
    found: dict[str, Any] = {}
    hidden = set(withheld)
    names = sorted({*leaves, *hidden})
    heads = {name.partition("/")[0] for name in names}
    for name in names:
        if name.startswith("block/"):
            found[name[6:]] = leaves.get(name, {} if name == "block/law" else None)
    for key, prefix in SCORED.items():
        if prefix in heads:
            found[key] = _join_scoring(prefix, names, leaves)
    if "questionnaire" in heads:
        found["questionnaire"], found["answers"] = _join_questions(leaves, hidden)
    if "claims" in heads:
        found["claims"] = _join_claims(leaves, hidden)
    if "audit" in heads:
        found["audit"] = _join_audit(names, leaves)
    if "points" in heads:
        found["points"] = _join_points(leaves)
    for key in ("assessment", "judgements"):
        if key in heads:
            parts = _below(f"{key}/", names)
            # A judgement that is withheld is left out; the head of an assessment keeps all its keys.
            kept = [part for part in parts if key == "assessment" or f"{key}/{part}" in leaves]
            found[key] = {part: leaves.get(f"{key}/{part}", _blank(part)) for part in kept}
    for key in ("evidence", "inputs"):
        if key in heads:
            numbers = [int(part) for part in _below(f"{key}/", names) if part != "length"]
            # A file that is withheld keeps its place, so that the others keep their numbers.
            found[key] = [leaves.get(f"{key}/{n}", {"withheld": True}) for n in sorted(numbers)]
    return found


def rule_names(entries: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    """A name for each entry of a list: its id, with its number where one id occurs twice.

    >>> rule_names([{"id": "FL-1"}, {"id": "FL-2"}, {"id": "FL-1"}], "id")
    ['FL-1', 'FL-2', 'FL-1 (2)']
    """
    seen: dict[str, int] = {}
    names = []
    for entry in entries:
        seen[entry[key]] = seen.get(entry[key], 0) + 1
        names.append(entry[key] if seen[entry[key]] == 1 else f"{entry[key]} ({seen[entry[key]]})")
    return names


def _below(prefix: str, names: Iterable[str]) -> list[str]:
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def _blank(name: str) -> Any:
    return [] if name in _NO_LIST else {} if name == "aggregates" else None


def _cut_questions(block: Mapping[str, Any], given: Mapping[str, Any] | None, leaves: dict[str, Any]) -> None:
    asked = [
        {
            **{key: part for key, part in section.items() if key not in ("questions", "shown")},
            "questions": [{key: one[key] for key in _ASKED if key in one} for one in section["questions"]],
        }
        for section in block["sections"]
    ]
    leaves["questionnaire/asked"] = {**block, "sections": asked}
    questions = {one["id"]: one for section in block["sections"] for one in section["questions"]}
    leaves["questionnaire/refs"] = {name: one["refs"] for name, one in questions.items() if "refs" in one}
    leaves["questionnaire/given"] = None if given is None else sorted(set(given) - set(questions))
    leaves |= {f"section/{section['id']}": section.get("shown") for section in block["sections"]}
    told = given or {}
    for name, one in questions.items():
        entry = {key: part for key, part in one.items() if key not in (*_ASKED, *_APART)}
        if "credit" in one:
            leaves[f"credit/{name}"] = one["credit"]
        leaves[f"answer/{name}"] = {"entry": entry, **({"given": told[name]} if name in told else {})}
    leaves |= {f"answer/{name}": {"given": told[name]} for name in leaves["questionnaire/given"] or ()}


def _join_questions(leaves: Mapping[str, Any], hidden: Collection[str]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    asked, refs = leaves["questionnaire/asked"], leaves.get("questionnaire/refs", {})
    sections = []
    for section in asked["sections"]:
        questions = []
        for one in section["questions"]:
            name = f"answer/{one['id']}"
            entry = _NO_ANSWER if name in hidden else leaves[name]["entry"]
            law = [] if "questionnaire/refs" in hidden else refs.get(one["id"])
            credit = f"credit/{one['id']}"
            told = {"credit": leaves.get(credit)} if credit in leaves or credit in hidden else {}
            questions.append({**one, **entry, **told, **({} if law is None else {"refs": law})})
        # Of a section whose condition is withheld every question is withheld too: it is printed, with its bars.
        sections.append({**section, "shown": leaves.get(f"section/{section['id']}", True), "questions": questions})
    given = {name[7:]: part["given"] for name, part in leaves.items() if name.startswith("answer/") and "given" in part}
    return {**asked, "sections": sections}, given if leaves["questionnaire/given"] is not None else None


def _cut_scoring(prefix: str, block: Mapping[str, Any], leaves: dict[str, Any]) -> None:
    fixed: dict[str, list[dict[str, Any]]] = {}
    for name, (key, static) in _RULES.items():
        fixed[name] = [{part: entry[part] for part in static if part in entry} for entry in block[name]]
        for called, entry in zip(rule_names(block[name], key), block[name], strict=True):
            left = {part: held for part, held in entry.items() if part not in (*static, "refs")}
            leaves[f"{prefix}/{name}/{called}"] = left
    leaves[f"{prefix}/rules"] = fixed
    leaves[f"{prefix}/refs"] = [stop["refs"] for stop in block["hard_stops"] if "refs" in stop]
    outcome = block["outcome"]
    leaves[f"{prefix}/outcome"] = {key: part for key, part in outcome.items() if key != "reasons"}
    leaves[f"{prefix}/outcome_reasons"] = outcome["reasons"]
    if "escalation" in block:
        rule = block["escalation"]
        leaves[f"{prefix}/escalation"] = {key: part for key, part in rule.items() if key in _SENDS}
        leaves[f"{prefix}/escalation_drawn"] = {key: part for key, part in rule.items() if key not in _SENDS}
    leaves |= {f"{prefix}/{key}": part for key, part in block.items() if key not in (*_RULES, "outcome", "escalation")}


def _join_scoring(prefix: str, names: list[str], leaves: Mapping[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for name, (key, _) in _RULES.items():
        fixed = leaves[f"{prefix}/rules"][name]
        named = zip(rule_names(fixed, key), fixed, strict=True)
        block[name] = [{**one, **leaves.get(f"{prefix}/{name}/{called}", _NO_RULE[name])} for called, one in named]
    refs = leaves.get(f"{prefix}/refs", [[] for _ in block["hard_stops"]])
    if refs:
        block["hard_stops"] = [{**stop, "refs": law} for stop, law in zip(block["hard_stops"], refs, strict=True)]
    outcome = leaves.get(f"{prefix}/outcome", {"code": "withheld", "label": "Withheld"})
    block["outcome"] = {**outcome, "reasons": leaves.get(f"{prefix}/outcome_reasons", [])}
    for name in _below(f"{prefix}/", names):
        if "/" not in name and name not in ("rules", "refs", "outcome", "outcome_reasons", "escalation_drawn"):
            block[name] = leaves.get(f"{prefix}/{name}", _blank(name))
    if "escalation" in block:
        block["escalation"] = {**block["escalation"], **leaves.get(f"{prefix}/escalation_drawn", _NOT_SENT)}
    return block


def _cut_claims(block: Mapping[str, Any], leaves: dict[str, Any]) -> None:
    checks = {entry["check"]: entry for entry in block["checks"]}
    leaves["claims/checks"] = [{"check": name, "title": entry["title"]} for name, entry in checks.items()]
    for name, entry in checks.items():
        left = {part: held for part, held in entry.items() if part not in ("check", "title")}
        kept = {key: block[key][name] for key in ("declared", "answers") if name in block[key]}
        leaves[f"claims/check/{name}"] = {"entry": left, **kept}
    for key in ("declared", "answers"):
        leaves[f"claims/other_{key}"] = {name: part for name, part in block[key].items() if name not in checks}
    leaves |= {f"claims/{key}": part for key, part in block.items() if key not in ("checks", "declared", "answers")}


def _join_claims(leaves: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    block: dict[str, Any] = {"checks": []}
    for one in leaves["claims/checks"]:
        leaf = leaves.get(f"claims/check/{one['check']}", {"entry": _NO_CHECK})
        block["checks"].append({**one, **leaf["entry"]})
    for key in ("declared", "answers"):
        held = {
            name.removeprefix("claims/check/"): leaf[key]
            for name, leaf in leaves.items()
            if name.startswith("claims/check/") and key in leaf
        }
        block[key] = {**held, **leaves.get(f"claims/other_{key}", {})}
    for name in _below("claims/", [*leaves, *hidden]):
        if "/" not in name and name not in ("checks", "other_declared", "other_answers"):
            block[name] = leaves.get(f"claims/{name}")
    return block


def _join_audit(names: list[str], leaves: Mapping[str, Any]) -> dict[str, Any] | None:
    parts = _below("audit/", names)
    shown = [part for part in parts if f"audit/{part}" in leaves]
    if not shown:
        return None
    block = {part: leaves.get(f"audit/{part}", _blank(part)) for part in parts if not part.startswith("tables/")}
    # A table that is withheld is left out, as one is that the plan does not ask for.
    block["tables"] = {part[7:]: leaves[f"audit/{part}"] for part in shown if part.startswith("tables/")}
    return block


def _join_points(leaves: Mapping[str, Any]) -> dict[str, Any] | None:
    rest, level = leaves.get("points/rest"), leaves.get("points/level")
    if rest is None:
        return {"withheld": True, **({} if level is None else level)}
    return {**rest, **{at: {**rest[at], **(level or {}).get(at, dict.fromkeys(_LEVEL))} for at in _AT}}
