"""What ``impact check`` and ``impact score`` tell of answers that are scored by adding points.

In: a questionnaire that was read. Out: plain data and lines for a terminal. Adds nothing up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.assessment.answers import PointsQuestionnaire

__all__ = ["CheckedPoints", "ScoredPoints", "checked_points", "scored_points"]

_STATES = ("answered", "not_known", "refused", "not_applicable", "unanswered", "hidden")


@dataclass(frozen=True)
class CheckedPoints:
    """A folder without faults, whose answers are scored by adding points."""

    path: Path
    states: dict[str, int]
    points: dict[str, Any]
    plan_digest: str | None
    placeholders: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": True,
            "states": self.states,
            "open": self.points["open"],
            "plan_digest": self.plan_digest,
            "placeholders": list(self.placeholders),
        }

    def lines(self) -> list[str]:
        asked = sum(self.states[state] for state in _STATES if state not in ("hidden", "not_applicable"))
        found = [
            f"{self.path}: no fault found",
            f"  {self.states['answered']} of {asked} questions that are shown are answered; "
            f"{self.states['hidden']} hidden",
        ]
        if self.points["open"]:
            found.append(f"  scored questions without an answer, each counted as 0 points: {len(self.points['open'])}")
        if self.placeholders:
            found.append(f"  still as “impact new” wrote it, and printed so: {', '.join(self.placeholders)}")
        found.append(f"  audit plan {self.plan_digest}" if self.plan_digest else "  no audit: there is no audit.yaml")
        return found


@dataclass(frozen=True)
class ScoredPoints:
    """The block ``points`` of the record, with lines for a terminal."""

    scoring: dict[str, Any]

    def lines(self) -> list[str]:
        p = self.scoring
        found = []
        for key, what in (("completed", "Completed"), ("live", "Live")):
            one = p[key]
            cut = ", reduced for its mitigation" if one["reduced"] else ""
            found.append(
                f"{what}: {one['label'] or 'no level'}; total {one['total']:g} of {p['most']['raw']:g}{cut} "
                f"(raw {one['raw']:g}, mitigation {one['mitigation']:g})"
            )
        found.append("Completed counts the questions that are shown; live counts hidden answers too.")
        if p["dropped"]:
            found.append(f"Hidden answers, which only the live figure counts: {', '.join(p['dropped'])}")
        if p["open"]:
            found.append(
                f"{len(p['open'])} of {p['scored']} scored questions are shown and have no answer: each adds 0 points, "
                "so that what is not said lowers the score."
            )
        found += ["", "Points by section, of the most that can be had:"]
        found += [
            f"  {s['title']} ({s['id']}): {s['points']:g} of {s['most']:g} ({s['scores']})" for s in p["sections"]
        ]
        return [*found, "", p["notice"]]


def checked_points(
    path: Path, asked: PointsQuestionnaire, *, plan_digest: str | None, placeholders: tuple[str, ...]
) -> CheckedPoints:
    from impact.questionnaire.points.blocks import points_block, points_questionnaire_block

    block = points_questionnaire_block(asked.answered)
    counted = Counter(question["state"] for section in block["sections"] for question in section["questions"])
    states = {state: counted.get(state, 0) for state in _STATES}
    return CheckedPoints(path, states, points_block(asked.answered), plan_digest, placeholders)


def scored_points(asked: PointsQuestionnaire) -> ScoredPoints:
    from impact.questionnaire.points.blocks import points_block

    return ScoredPoints(points_block(asked.answered))
