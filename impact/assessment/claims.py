"""The claims of an assessment: answers against the decision log that claims.yaml names.

In: a scored questionnaire and claims.yaml. Out: ``Examination``: the block ``claims`` of the record, the verdicts that
scoring takes, and the files that were read. The block holds every aggregate that a ruling rests on, so that
``examine_again`` gives the same rulings from the record alone. No row of the log leaves the engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.folder import InputFile

if TYPE_CHECKING:
    from impact.claims.check import Check, Claim, Context
    from impact.claims.examine import Examined
    from impact.claims.plan import ClaimsPlan
    from impact.metrics.logs.opening import DecisionLog
    from impact.questionnaire.evaluate import Answered
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.testing import Testable

__all__ = ["CLAIMS", "Examination", "cases_of", "checks_of", "doubted", "examine", "examine_again", "verdicts_of"]

CLAIMS = "claims.yaml"


@dataclass(frozen=True)
class Examination:
    """What the log said.

    Attributes:
        block: The block ``claims`` of docs/record.md.
        verdicts: Check -> verdict, of the checks that scoring knows.
        inputs: Files of the log, with digests.
    """

    block: dict[str, Any]
    verdicts: dict[str, str]
    inputs: list[InputFile]


def checks_of(pack: Pack) -> list[Check]:
    """The checks that a pack uses, in the order in which they run; those of its own come last.

    Raises:
        PackError: Q012, Q030 a check of the pack's own names what no log can have.
    """
    from impact.claims.checks import catalogue
    from impact.claims.own import own_check, own_faults
    from impact.errors import PackError

    known = catalogue()
    entries = {entry.id: entry for entry in pack.checks.checks}
    plain = {name: entry.model_dump(by_alias=True) for name, entry in entries.items() if entry.count is not None}
    faults = [fault for name, entry in plain.items() for fault in own_faults(entry, f"{pack.id}/checks.yaml: {name}")]
    if faults:
        raise PackError(faults)
    own = [own_check(entry) for entry in plain.values()]
    return [check for name, check in known.items() if name in entries] + own


def examine(
    folder: Path, answered: Answered, *, day: date, step: Callable[[str], None], only: Sequence[str] = ()
) -> Examination:
    """Test what the answers claim against the log.

    Args:
        folder: The assessment folder with its claims.yaml.
        answered: The answered pack.
        day: Date of the assessment, which “now” means unless claims.yaml says otherwise.
        step: Told one line of progress at each stage.
        only: Ids of the checks to run; all when empty.

    Raises:
        ClaimError: claims.yaml (codes K). MetricError: the log (codes D). PackError: a check of the pack's own.
    """
    from impact.claims.examine import ask, judge, with_those_guarded_together
    from impact.claims.plan import load_claims_plan

    checks = checks_of(answered.pack)
    plan = load_claims_plan(folder / CLAIMS, checks=tuple(check.id for check in checks))
    with tempfile.TemporaryDirectory(prefix="impact-") as scratch:
        log = _open(plan, folder, Path(scratch), step)
        try:
            head = _head(plan, log, day)
            contexts, claims = _prepared(answered, checks, head, plan.checks)
            # Nothing is asked of the log that no claim needs: the record keeps every answer.
            needed = [check for check in checks if claims[check.id].made is True or check.adjust is not None]
            if only:
                needed = with_those_guarded_together(needed, contexts, only)
            answers = ask(needed, contexts, log, step=step)
            files = [InputFile(file.file, file.digest, file.bytes, f"log: {name}") for name, file in log.files()]
        finally:
            log.close()
    if only:  # one check may hold the *supported* of another back
        checks = [check for check in checks if check.id in only or check in needed]
    found = [each for each in judge(checks, contexts, claims, answers) if not only or each.check.id in only]
    answers = {name: rows for name, rows in answers.items() if not only or name in only}
    block = {**head, "declared": _plain(plan.checks), "answers": answers, "checks": [_entry(each) for each in found]}
    return Examination(block, verdicts_of(answered.pack, block), files)


def examine_again(answered: Answered, block: Mapping[str, Any], *, without: Collection[str] = ()) -> dict[str, Any]:
    """The same block, ruled on again from the aggregates that it holds; checks of ``without`` are left out."""
    from impact.claims.examine import judge

    checks = [check for check in checks_of(answered.pack) if check.id not in without]
    head = {name: block[name] for name in _HEAD}
    contexts, claims = _prepared(answered, checks, head, block["declared"])
    found = judge(checks, contexts, claims, block["answers"])
    return {
        **head,
        "declared": block["declared"],
        "answers": block["answers"],
        "checks": [_entry(each) for each in found],
    }


def verdicts_of(pack: Pack, block: Mapping[str, Any]) -> dict[str, str]:
    """Check -> verdict, for scoring: those that a question is tested by, or that a rule of scoring names."""
    named = {name for question in pack.questions.values() for name in (*question.tested_by, *question.feeds)}
    named |= {cap.check for cap in pack.scoring.confidence.caps}
    named |= {name for outcome in pack.scoring.outcomes for name in outcome.contradicted}
    return {
        entry["check"]: entry["ruling"]["verdict"]
        for entry in block["checks"]
        if entry["ruling"] is not None and entry["check"] in named
    }


def doubted(block: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Claims that the log contradicts or cannot settle, once for each answer that makes them: for draft questions."""
    return [
        {
            "check": entry["check"],
            "verdict": entry["ruling"]["verdict"],
            "question": question,
            "sentence": entry["ruling"]["sentence"],
        }
        for entry in (block["checks"] if block else ())
        if entry["ruling"] and entry["ruling"]["verdict"] in ("contradicted", "not enough data")
        for question in entry["questions"]
    ]


def cases_of(folder: Path, answered: Answered, check: str, *, day: date, step: Callable[[str], None]) -> list[str]:
    """Ids of the cases that contradict a claim, for people who may see them. Never in the record.

    Raises:
        ClaimError: K020 the check has no list of cases or no figure to tell them by, or the log no ``case_id``.
    """
    from impact.claims.plan import load_claims_plan
    from impact.errors import ClaimError, Fault

    checks = {each.id: each for each in checks_of(answered.pack)}
    plan = load_claims_plan(folder / CLAIMS, checks=tuple(checks))
    one = checks.get(check)
    if one is None or not one.offending:
        listed = ", ".join(name for name, each in checks.items() if each.offending)
        raise ClaimError(Fault(check, "no list of cases can be made for it", f"one of {listed}", "", "K020"))
    with tempfile.TemporaryDirectory(prefix="impact-") as scratch:
        log = _open(plan, folder, Path(scratch), step)
        try:
            context = _prepared(answered, [one], _head(plan, log, day), plan.checks)[0][check]
            lacking = one.lacking(context)
            if lacking or "case_id" not in log.columns.get("log", frozenset()):
                lacks = ", ".join((*lacking, *(() if "case_id" in log.columns.get("log", ()) else ("case_id",))))
                raise ClaimError(Fault(check, f"the log has no {lacks}", "", "Map it in claims.yaml", "K020"))
            condition = one.offending_in(context)
            if not condition:
                found = "no figure says what would contradict it"
                raise ClaimError(Fault(check, found, "", "Answer the question, or declare it in claims.yaml", "K020"))
            rows = log.rows(f"SELECT case_id FROM cases WHERE {condition} ORDER BY case_id")  # noqa: S608  # ours
        finally:
            log.close()
    return [str(row["case_id"]) for row in rows]


_HEAD = ("as_at", "engine", "columns", "rows", "characteristics", "reference", "repeated", "notes")


def _open(plan: ClaimsPlan, folder: Path, scratch: Path, step: Callable[[str], None]) -> DecisionLog:
    from impact.claims.contract import CONTRACT
    from impact.metrics.logs.opening import open_log

    return open_log(plan.sources(), CONTRACT, base=folder, scratch=scratch, progress=step)


def _head(plan: ClaimsPlan, log: DecisionLog, day: date) -> dict[str, Any]:
    from impact.claims.contract import CHARACTERISTICS
    from impact.metrics.logs.repeats import repeats

    there = log.columns.get("cases", frozenset())
    asked = plan.characteristics or CHARACTERISTICS
    repeated, rows = False, {}
    for table in sorted(plan.sources()):
        (row,) = log.rows(f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608  # a name of the contract
        rows[table] = row["n"]
    if "subject_key" in log.columns.get("log", frozenset()):
        repeated = repeats(log, "subject_key", rows=rows["log"])
    return {
        "as_at": (plan.as_at or day).isoformat(),
        "engine": log.engine,
        "columns": {table: sorted(columns) for table, columns in sorted(log.columns.items())},
        "rows": rows,
        "characteristics": [name for name in asked if name in there],
        "reference": dict(plan.reference),
        "repeated": repeated,
        "notes": list(log.notes),
    }


def _prepared(
    answered: Answered, checks: Sequence[Check], head: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Context], dict[str, Claim]]:
    """A context and a claim for each check: figures of the answers, and over them those declared in claims.yaml."""
    from impact.claims.check import Claim, Context
    from impact.questionnaire.testing import testables

    said: dict[str, Testable] = {each.check.id: each for each in testables(answered)}
    contexts, claims = {}, {}
    columns = {table: frozenset(names) for table, names in head["columns"].items()}
    for check in checks:
        one = said[check.id]
        given = {name: _plain(value) for name, value in declared.get(check.id, {}).items() if name != "reason"}
        figures = {**one.parameters, **given}
        claims[check.id] = Claim(check.id, one.made, one.why, one.questions, figures)
        contexts[check.id] = Context(
            columns,
            tuple(head["characteristics"]),
            head["reference"],
            date.fromisoformat(head["as_at"]),
            figures,
            head["repeated"],
        )
    return contexts, claims


def _entry(each: Examined) -> dict[str, Any]:
    return {
        "check": each.check.id,
        "title": each.check.title,
        "made": each.claim.made,
        "why": each.claim.why,
        "questions": list(each.claim.questions),
        "figures": _plain(each.claim.parameters),
        "ruling": None if each.ruling is None else each.ruling.to_json(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
