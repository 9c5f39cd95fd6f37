"""What ``impact check`` and ``impact score`` tell about a folder, without opening its data.

In: an assessment folder. Out: ``Checked`` and ``Scored``: plain data and lines for a terminal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.assessment.answers import Questionnaire, read_questionnaire
from impact.assessment.folder import AssessmentFolder, open_folder
from impact.errors import AnswerError, Fault, ImpactError
from impact.settings import Settings

__all__ = ["Checked", "Scored", "check_folder", "score_folder"]

_STATES = ("answered", "not_known", "refused", "not_applicable", "unanswered", "hidden")


@dataclass(frozen=True)
class Checked:
    """A folder without faults.

    Attributes:
        path: The folder.
        states: State -> how many questions; None for an audit-only assessment.
        scoring: The scoring block of the record; None for an audit-only assessment.
        plan_digest: Digest of the audit plan, or None.
    """

    path: Path
    states: dict[str, int] | None
    scoring: dict[str, Any] | None
    plan_digest: str | None

    def to_json(self) -> dict[str, Any]:
        scoring = self.scoring or {}
        unresolved = [stop["id"] for stop in scoring.get("hard_stops", []) if stop["state"] == "unresolved"]
        return {
            "ok": True,
            "states": self.states,
            "completeness": scoring.get("completeness"),
            "incomplete": scoring.get("incomplete"),
            "unresolved_stops": unresolved,
            "plan_digest": self.plan_digest,
        }

    def lines(self) -> list[str]:
        found = [f"{self.path}: no fault found"]
        if self.states is not None and self.scoring is not None:
            asked = sum(self.states.get(state, 0) for state in _STATES if state not in ("hidden", "not_applicable"))
            found.append(
                f"  {self.states['answered']} of {asked} questions that apply are answered; "
                f"{self.states['not_known']} not known, {self.states['refused']} refused, "
                f"{self.states['unanswered']} unanswered; "
                f"{self.states['not_applicable']} said not to apply, {self.states['hidden']} hidden"
            )
            found.append(f"  completeness by weight {self.scoring['completeness']:.1%}")
            if self.scoring["incomplete"]:
                found.append("  INCOMPLETE: every page of the report will be stamped NOT FOR DECISION (below 90 %)")
            found += _stop_lines(self.scoring)
        if self.plan_digest:
            found.append(f"  audit plan {self.plan_digest}")
        return found


@dataclass(frozen=True)
class Scored:
    """The scoring block of the record, with lines for a terminal."""

    scoring: dict[str, Any]

    def lines(self) -> list[str]:
        s = self.scoring
        found = []
        for title, key in (("Rights level", "rights_level"), ("Stewardship level", "stewardship_level")):
            found.append(f"{title}: {s[key]['label']} ({s[key]['dimension']})")
        found.append(f"Outcome: {s['outcome']['label']}")
        found.append(
            f"Confidence {s['confidence']['value']:.0f} of 100 ({s['confidence']['label']}); "
            f"completeness {s['completeness']:.1%}; evidenced {s['evidenced']:.1%}; verified {s['verified']:.1%}"
        )
        found += ["", "Residual impact, 0 to 100 [best to worst case of what is not answered]:"]
        for d in s["dimensions"]:
            floor = d["floor"]
            notes = [f"floor {floor['id']} holds it up"] if floor and floor["binds"] else []
            notes += ["driven by what is not known"] if d["driven_by_unknowns"] else []
            found.append(
                f"  {d['code']}  {d['label']:34} {d['point']:5.1f}  [{d['low']:.0f}–{d['high']:.0f}]  "
                f"{d['band_label']}{'; ' + '; '.join(notes) if notes else ''}"
            )
        found += ["", *_stop_lines(s)]
        flags = [flag for flag in s["flags"] if flag["state"] == "fired"]
        if flags:
            found += ["", f"Red flags ({len(flags)}):", *(f"  {flag['id']}: {flag['text']}" for flag in flags)]
        if s["sensitivity"]:
            found += ["", "What would change a level:"]
            found += [f"  {item['question']}: {item['change']}" for item in s["sensitivity"]]
        return found


def check_folder(path: Path, *, settings: Settings) -> Checked:
    """Every fault of the folder's answers, evidence and plan at once.

    Raises:
        AnswerError: With the faults of all files, in the order assessment.yaml, evidence, audit.yaml.
    """
    folder = open_folder(path)
    faults: list[Fault] = []
    asked: Questionnaire | None = None
    try:
        asked = read_questionnaire(folder, settings=settings)
    except AnswerError as error:
        faults += error.faults
    digest = None
    try:
        digest = _plan_digest(folder)
    except ImpactError as error:
        faults += error.faults
    if faults:
        raise AnswerError(faults)
    if asked is None:
        return Checked(path, None, None, digest)
    from impact.questionnaire.blocks import questionnaire_block, scoring_block

    block = questionnaire_block(asked.answered, scores=asked.scores)
    counted = Counter(question["state"] for section in block["sections"] for question in section["questions"])
    states = {state: counted.get(state, 0) for state in _STATES}
    return Checked(path, states, scoring_block(asked.scores), digest)


def score_folder(path: Path, *, settings: Settings) -> Scored:
    """Score the folder's answers.

    Raises:
        AnswerError: The answers have faults; A108 it is an audit-only assessment, with nothing to score.
    """
    folder = open_folder(path)
    asked = read_questionnaire(folder, settings=settings)
    if asked is None:
        where = folder.located.place_of(())
        remedy = "Name a pack in assessment.yaml, and answer it"
        raise AnswerError(Fault(where, "there are no answers to score", "a questionnaire", remedy, "A108"))
    from impact.questionnaire.blocks import scoring_block

    return Scored(scoring_block(asked.scores))


def _plan_digest(folder: AssessmentFolder) -> str | None:
    if folder.plan is None:
        return None
    from impact.metrics.plan_file import load_plan

    return load_plan(folder.plan).digest


def _stop_lines(scoring: dict[str, Any]) -> list[str]:
    fired = [stop for stop in scoring["hard_stops"] if stop["state"] == "fired"]
    open_ = [stop for stop in scoring["hard_stops"] if stop["state"] == "unresolved"]
    found = [f"  Hard stops fired: {len(fired)}", *(f"    {stop['id']}: {stop['text']}" for stop in fired)]
    found.append(f"  Hard stops unresolved (an answer is missing): {len(open_)}")
    for stop in open_:
        found.append(f"    {stop['id']}: needs {', '.join(stop['missing'])} – {stop['text']}")
    return found
