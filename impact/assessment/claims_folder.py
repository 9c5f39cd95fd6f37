"""What ``impact claims`` tells about a folder: every check with its verdict, and what the verdicts change.

In: an assessment folder with a claims.yaml. Out: ``ClaimsTold``: plain data and lines for a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.assessment.answers import Questionnaire, read_questionnaire
from impact.assessment.claims import CLAIMS, cases_of, examine, verdicts_of
from impact.assessment.folder import AssessmentFolder, open_folder
from impact.claims.words import one_of_a_kind
from impact.errors import AnswerError, ClaimError, Fault
from impact.settings import Settings

__all__ = ["ClaimsTold", "claims_of_folder", "offending_cases"]

_WORDS = ("contradicted", "supported", "not enough data", "not testable")


@dataclass(frozen=True)
class ClaimsTold:
    """The block ``claims`` of a folder, and the levels before and after.

    Attributes:
        block: As in docs/record.md.
        levels: (dimension, points before, points after), those that moved.
    """

    block: dict[str, Any]
    levels: tuple[tuple[str, float, float], ...]

    def verdicts(self) -> list[str]:
        return [entry["ruling"]["verdict"] for entry in self.block["checks"] if entry["ruling"]]

    def to_json(self) -> dict[str, Any]:
        moved = [{"dimension": code, "before": before, "after": after} for code, before, after in self.levels]
        return {**self.block, "changed": moved}

    def lines(self) -> list[str]:
        """Verdict by verdict, the contradicted first."""
        entries = self.block["checks"]
        tested = [entry for entry in entries if entry["ruling"]]
        log = self.block["rows"].get("log")
        found = [
            one_of_a_kind(f"The log holds {log:,} rows.")
            if log is not None
            else "No case log is named, only side files."
        ]
        counts = [(word, sum(entry["ruling"]["verdict"] == word for entry in tested)) for word in _WORDS]
        found.append("Claims: " + ", ".join(f"{count} {word}" for word, count in counts))
        for word, _ in counts:
            for entry in (entry for entry in tested if entry["ruling"]["verdict"] == word):
                ruling = entry["ruling"]
                found += ["", f"{entry['check']} {entry['title']}: {word.upper()}", f"  {ruling['sentence']}"]
                found += [f"  It would take {ruling['needed']}."] if ruling["needed"] else []
                found += [f"  {caution}" for caution in ruling["cautions"]]
                found.append(f"  Tested: {entry['why']}")
        silent = [entry for entry in entries if not entry["ruling"]]
        unanswered = [entry["check"] for entry in silent if entry["made"] is None]
        denied = [entry["check"] for entry in silent if entry["made"] is False]
        if denied:
            found += ["", f"Not claimed, so not tested: {', '.join(denied)}"]
        if unanswered:
            found += ["", f"Not answered, so nothing is claimed yet: {', '.join(unanswered)}"]
        if self.levels:
            found += ["", "What the verdicts change (points of impact left after safeguards):"]
            found += [f"  {code}  {before:.1f} → {after:.1f}" for code, before, after in self.levels]
        return found


def claims_of_folder(
    path: Path, *, settings: Settings, step: Callable[[str], None], only: Sequence[str] = ()
) -> ClaimsTold:
    """Test the claims of a folder.

    Args:
        path: The folder.
        settings: Where packs are found.
        step: Told one line of progress at each stage.
        only: Checks to run; all when empty. Levels are told only when all ran.

    Raises:
        AnswerError: The answers have faults; A108 nothing is answered. ClaimError: K019 no claims.yaml, K015 a check
            that the pack has not, or the file's own faults. MetricError: the log.
    """
    from impact.questionnaire.score import score

    asked, folder = _asked(path, settings)
    known = [entry.id for entry in asked.pack.checks.checks]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise ClaimError([Fault(name, f"pack {asked.pack.id} has no such check", "", "", "K015") for name in unknown])
    day = asked.answered.context.assessment_date
    found = examine(folder.path, asked.answered, day=day, step=step, only=only)
    after = score(asked.answered, verdicts=verdicts_of(asked.pack, found.block)) if not only else asked.untested
    moved = [
        (one.dimension.code, one.figures.point, other.figures.point)
        for one, other in zip(asked.untested.dimensions, after.dimensions, strict=True)
        if abs(one.figures.point - other.figures.point) >= 0.05
    ]
    return ClaimsTold(found.block, tuple(moved))


def offending_cases(path: Path, check: str, *, settings: Settings, step: Callable[[str], None]) -> list[str]:
    """Ids of the cases that contradict one claim; see :func:`impact.assessment.claims.cases_of`."""
    asked, folder = _asked(path, settings)
    day = asked.answered.context.assessment_date
    return cases_of(folder.path, asked.answered, check, day=day, step=step)


def _asked(path: Path, settings: Settings) -> tuple[Questionnaire, AssessmentFolder]:
    folder = open_folder(path)
    asked = read_questionnaire(folder, settings=settings)
    if asked is None:
        remedy = "Name a pack in assessment.yaml, and answer it"
        where = folder.located.place_of(())
        raise AnswerError(Fault(where, "there are no answers to test", "a questionnaire", remedy, "A108"))
    if not isinstance(asked, Questionnaire):
        where = folder.located.place_of(("pack", "id"))
        found = f"pack {asked.pack.id} is scored by adding points and names no checks"
        raise ClaimError(Fault(where, found, "a pack with checks.yaml", "Use another pack for claims", "K021"))
    if not (path / CLAIMS).is_file():
        remedy = "Write one that says where the decision log stands; docs/claims.md shows how"
        raise ClaimError(Fault(str(path / CLAIMS), "the file does not exist", "", remedy, "K019"))
    return asked, folder
