"""What ``impact check`` and ``impact score`` tell about a folder, without opening its data.

In: an assessment folder. Out: ``Checked`` and ``Scored``: plain data and lines for a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.answers import PointsQuestionnaire, Questionnaire, read_questionnaire
from impact.assessment.change_text import change_lines
from impact.assessment.claims import CLAIMS, checks_of
from impact.assessment.folder import AssessmentFolder, nothing_to_assess, open_folder
from impact.assessment.history.block import history_block
from impact.assessment.migrate import migration_block
from impact.assessment.points import CheckedPoints, ScoredPoints, checked_points, scored_points
from impact.assessment.promises_text import promise_lines
from impact.assessment.short import short_form_lines
from impact.errors import AnswerError, Fault, ImpactError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.questionnaire.carry import Carried
    from impact.questionnaire.explain import Explained

__all__ = ["Checked", "Scored", "check_folder", "explain_folder", "nothing_to_score", "score_folder"]

_DRIVERS = 5  # shown for each headline level; all of them are in the report
_STATES = ("answered", "not_known", "refused", "not_applicable", "unanswered", "hidden")


@dataclass(frozen=True)
class Checked:
    """A folder without faults.

    Attributes:
        path: The folder.
        states: State -> how many questions; None for an audit-only assessment.
        scoring: The scoring block of the record; None for an audit-only assessment.
        plan_digest: Digest of the audit plan, or None.
        placeholders: Keys of the head that still hold what a new folder holds.
        promises: The block ``promises`` of the record; None for an audit-only assessment.
        carried: What became of answers of an older version of the pack; None where they are of this one.
    """

    path: Path
    states: dict[str, int] | None
    scoring: dict[str, Any] | None
    plan_digest: str | None
    placeholders: tuple[str, ...] = ()
    promises: dict[str, Any] | None = None
    carried: Carried | None = None

    def to_json(self) -> dict[str, Any]:
        scoring = self.scoring or {}
        unresolved = [stop["id"] for stop in scoring.get("hard_stops", []) if stop["state"] == "unresolved"]
        return {
            "ok": True,
            "states": self.states,
            "completeness": scoring.get("completeness"),
            "incomplete": scoring.get("incomplete"),
            "unresolved_stops": unresolved,
            **({"use_full_form": scoring["escalation"]["use_full_form"]} if "escalation" in scoring else {}),
            "plan_digest": self.plan_digest,
            "placeholders": list(self.placeholders),
            "promises": self.promises,
            "migration": None if self.carried is None else migration_block(self.carried),
        }

    def lines(self) -> list[str]:
        found = [f"{self.path}: no fault found"]
        if self.states is not None and self.scoring is not None:
            asked = sum(self.states.get(state, 0) for state in _STATES if state not in ("hidden", "not_applicable"))
            found.append(
                f"  {self.states['answered']} of {asked} questions that apply or may apply are answered; "
                f"{self.states['not_known']} not known, {self.states['refused']} refused, "
                f"{self.states['unanswered']} unanswered; "
                f"{self.states['not_applicable']} said not to apply, {self.states['hidden']} hidden"
            )
            found.append(f"  completeness by weight {_down(self.scoring['completeness'])}")
            if self.scoring["incomplete"]:
                found.append("  INCOMPLETE: every page of the report will be stamped NOT FOR DECISION (below 90 %)")
            found += _stop_lines(self.scoring)
            found += promise_lines(self.promises, short=True)
            if "escalation" in self.scoring:
                found += ["", *short_form_lines(self.scoring["escalation"])]
        else:
            found.append("  no questionnaire: assessment.yaml names no pack")
        if self.carried is not None:
            first, *more = self.carried.lines()
            found += [f"  {first}", *(f"  {line}" for line in more)]
        if self.placeholders:
            found.append(f"  still as “impact new” wrote it, and printed so: {', '.join(self.placeholders)}")
        found.append(f"  audit plan {self.plan_digest}" if self.plan_digest else "  no audit: there is no audit.yaml")
        return found


@dataclass(frozen=True)
class Scored:
    """The scoring block of the record, with lines for a terminal.

    Attributes:
        scoring: The block.
        texts: Question -> its words, to say what an id asks.
        promises: The block ``promises`` of the record.
    """

    scoring: dict[str, Any]
    texts: Mapping[str, str]
    promises: Mapping[str, Any]

    def lines(self) -> list[str]:
        s = self.scoring
        found = [*short_form_lines(s["escalation"]), ""] if "escalation" in s else []
        for title, key in (("Rights level", "rights_level"), ("Stewardship level", "stewardship_level")):
            if s[key] is not None:
                name = next(d["label"] for d in s["dimensions"] if d["code"] == s[key]["dimension"])
                found.append(f"{title}: {s[key]['label']}, from its worst dimension, {name}")
        found.append(f"Outcome: {s['outcome']['label']}, because")
        found += _reasons(s)
        if s["incomplete"]:
            found.append(
                "INCOMPLETE: these levels are not for decision; under 90 % of the questions by weight are answered"
            )
        found.append(
            f"Confidence {s['confidence']['value']:.0f} of 100 ({s['confidence']['label']}); "
            f"completeness {_down(s['completeness'])}; evidenced {s['evidenced']:.1%}; verified {s['verified']:.1%}"
        )
        found += ["", "Impact left after safeguards, 0 to 100 [best to worst case of what is not answered]:"]
        for d in s["dimensions"]:
            floor = d["floor"]
            notes = [f"held up by {floor['id']}: {floor['text']}"] if floor and floor["binds"] else []
            if d["judged"]:
                notes.append(f"judged {d['judged']['point']:.1f}, {d['judged']['band_label']}, by the assessor")
            unknown = " *" if d["driven_by_unknowns"] else ""
            found.append(
                f"  {d['code']}  {d['label']:34} {d['point']:5.1f}  [{d['low']:.0f}–{d['high']:.0f}]  "
                f"{d['band_label']}{unknown}{'; ' + '; '.join(notes) if notes else ''}"
            )
        if any(d["driven_by_unknowns"] for d in s["dimensions"]):
            found.append("  * mostly because of what is not known or not answered")
        found += ["", *_stop_lines(s)]
        flags = [flag for flag in s["flags"] if flag["state"] == "fired"]
        if flags:
            found += ["", f"Red flags ({len(flags)}):", *(f"  {flag['id']}: {flag['text']}" for flag in flags)]
        for d in (d for d in s["dimensions"] if d["code"] in self._headlines()):
            raising = [driver for driver in d["drivers"] if driver["effect"] == "raises"][:_DRIVERS]
            found += ["", f"What raises {d['label']} most, and by how many points:"]
            found += [
                f"  {one['points']:4.1f}  {one['question']} {self.texts[one['question']]} – {one['text']}"
                for one in raising
            ]
        found += change_lines(s, self.texts)
        return [*found, *promise_lines(self.promises)]

    def _headlines(self) -> set[str]:
        return {self.scoring[key]["dimension"] for key in ("rights_level", "stewardship_level") if self.scoring[key]}


def check_folder(path: Path, *, settings: Settings) -> Checked | CheckedPoints:
    """Every fault of the folder's answers, evidence and plan at once.

    Raises:
        AnswerError: With the faults of all files, in the order assessment.yaml, evidence, audit.yaml.
    """
    folder = open_folder(path)
    faults: list[Fault] = []
    asked: Questionnaire | PointsQuestionnaire | None = None
    try:
        asked = read_questionnaire(folder, settings=settings)
    except AnswerError as error:
        faults += error.faults
    try:
        history_block(path)
    except AnswerError as error:
        faults += [fault for fault in error.faults if fault not in faults]
    digest = None
    try:
        digest = _plan_digest(folder)
    except ImpactError as error:
        faults += error.faults
    try:
        _claims_plan(folder, asked if isinstance(asked, Questionnaire) else None)
    except ImpactError as error:
        faults += error.faults
    if asked is None and folder.plan is None and not faults:
        faults.append(nothing_to_assess(folder))
    if faults:
        raise AnswerError(faults)
    left = _placeholders(folder)
    if asked is None:
        return Checked(path, None, None, digest, left)
    if isinstance(asked, PointsQuestionnaire):
        return checked_points(path, asked, plan_digest=digest, placeholders=left)
    from impact.questionnaire.blocks import questionnaire_block, scoring_block

    block = questionnaire_block(asked.answered, scores=asked.scores)
    counted = Counter(question["state"] for section in block["sections"] for question in section["questions"])
    states = {state: counted.get(state, 0) for state in _STATES}
    return Checked(path, states, scoring_block(asked.scores), digest, left, asked.promises, asked.carried)


def explain_folder(path: Path, what: str, *, settings: Settings) -> Explained:
    """How one figure, rule or answer of the folder's score is made.

    Raises:
        AnswerError: As :func:`score_folder`; A147 there is nothing of that name; A108 also where points are added.
    """
    folder = open_folder(path)
    asked = read_questionnaire(folder, settings=settings, step=lambda _: None, alone=True)
    if not isinstance(asked, Questionnaire):
        raise AnswerError(nothing_to_score(folder))
    from impact.questionnaire.explain import explain

    return explain(asked.scores, what)


def score_folder(
    path: Path, *, settings: Settings, prior: Path | None = None, step: Callable[[str], None] = lambda _: None
) -> Scored | ScoredPoints:
    """Score the folder's answers, tested against the decision log where claims.yaml names one.

    Args:
        path: The folder.
        settings: Where packs are found.
        prior: The earlier assessment, where the folder does not name it.

    Raises:
        AnswerError: The answers have faults; A108 it is an audit-only assessment, with nothing to score.
    """
    folder = open_folder(path)
    asked = read_questionnaire(folder, settings=settings, step=step, prior=prior)
    if asked is None:
        raise AnswerError(nothing_to_score(folder))
    if isinstance(asked, PointsQuestionnaire):
        return scored_points(asked)
    from impact.questionnaire.blocks import scoring_block

    texts = {name: one.text for name, one in asked.pack.questions.items()}
    return Scored(scoring_block(asked.scores), texts, asked.promises)


def nothing_to_score(folder: AssessmentFolder) -> Fault:
    """A108: an audit-only assessment."""
    remedy = "Name a pack in assessment.yaml, and answer it"
    return Fault(folder.located.place_of(()), "there are no answers to score", "a questionnaire", remedy, "A108")


def _placeholders(folder: AssessmentFolder) -> tuple[str, ...]:
    """Keys that still say “Name of the organisation”: nobody wants that in a signed document."""
    from impact.questionnaire.skeleton import PLACEHOLDERS

    head = folder.header
    if head is None:
        return ()
    said = {"title": head.title, "organisation": head.organisation, "system": head.system.name}
    said["assessors"] = head.assessors[0].name
    return tuple(key for key, value in said.items() if value in PLACEHOLDERS)


def _plan_digest(folder: AssessmentFolder) -> str | None:
    if folder.plan is None:
        return None
    from impact.metrics.plans.plan_file import load_plan

    return load_plan(folder.plan).digest


def _claims_plan(folder: AssessmentFolder, asked: Questionnaire | None) -> None:
    """The faults of claims.yaml itself; the log it names is not opened here."""
    path = folder.path / CLAIMS
    if path.is_file() and asked is not None:
        from impact.claims.plan import load_claims_plan

        load_claims_plan(path, checks=tuple(check.id for check in checks_of(asked.pack)))


def _reasons(scoring: dict[str, Any]) -> list[str]:
    """Why the outcome is what it is; stops are only counted, since they are listed with what they wait for."""
    ids = {stop["id"] for stop in scoring["hard_stops"]}
    reasons = scoring["outcome"]["reasons"]
    stops = sum(reason.partition(" ")[0] in ids for reason in reasons)
    found = [f"  hard stops, listed below: {stops}"] if stops else []
    found += [f"  {reason}" for reason in reasons if reason.partition(" ")[0] not in ids]
    return found or ["  no reason was found for a stricter one"]


def _down(share: float) -> str:
    """Rounded down, so that 89.96 % is never shown as the 90 % it falls short of."""
    return f"{int(share * 1000 + 1e-9) / 10:.1f}%"


def _stop_lines(scoring: dict[str, Any]) -> list[str]:
    fired = [stop for stop in scoring["hard_stops"] if stop["state"] == "fired"]
    open_ = [stop for stop in scoring["hard_stops"] if stop["state"] == "unresolved"]
    clear = sum(stop["state"] == "clear" for stop in scoring["hard_stops"])
    found = [f"Hard stops fired: {len(fired)}", *(f"  {stop['id']}: {stop['text']}" for stop in fired)]
    found.append(f"Hard stops unresolved, which is not clear: {len(open_)}; each waits for an answer")
    for stop in open_:
        found.append(f"  {stop['id']}: needs {', '.join(stop['missing'])} – {stop['text']}")
    return [*found, f"Hard stops clear: {clear} of {len(scoring['hard_stops'])}"]
