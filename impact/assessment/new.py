"""Start an assessment folder.

In: a pack and a folder's path. Out: files that load without a fault and wait to be answered.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from impact.assessment.header import as_identifier
from impact.errors import Fault, SettingsError
from impact.outputs import staged
from impact.resources import find
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.assessment.carry import Carried

__all__ = ["new_assessment"]

_EVIDENCE = """Put the files that your answers cite into this folder.
Each is hashed when the report is built, and the report lists its digest.
"""
_DATA = """Put the scorer's output here, or a table of counts, and describe it in audit.yaml beside assessment.yaml.
docs/audit-plan.md explains the plan. Nothing but counts leaves this folder.
"""


def new_assessment(
    folder: Path, *, pack: str, settings: Settings, today: date, answers_from: Path | None = None
) -> tuple[list[Path], Carried | None]:
    """Write a new assessment folder: assessment.yaml with every question, seal.yaml, evidence/, data/.

    Args:
        folder: The new folder.
        pack: Name of the pack.
        settings: Where packs are found.
        today: Date of the assessment.
        answers_from: An assessment folder whose answers are taken over, such as one of a short form.

    Returns:
        The files written, and what was taken over.

    Raises:
        SettingsError: G011 no such pack; G023 the folder exists and is not empty (there is no --force for this).
        PackError: The pack cannot be used.
        AnswerError: ``answers_from`` has faults.
    """
    from impact.assessment.carry import carry_answers, written_into
    from impact.assessment.redaction.seal import SEAL, seal_text
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.skeleton import skeleton

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = "Choose another name: a folder with answers in it is never overwritten"
        raise SettingsError(Fault(str(folder), "exists and is not empty", "a new folder", remedy, "G023"))
    loaded = load_any(find("questionnaires", pack, settings))
    text = skeleton(loaded, assessment_id=as_identifier(folder.resolve().name), today=today)
    carried = carry_answers(answers_from, loaded) if answers_from is not None else None
    text = written_into(text, carried) if carried is not None else text
    files = carried.evidence if carried is not None else {}
    with staged(folder, force=False) as stage:
        (stage / "assessment.yaml").write_text(text, encoding="utf-8")
        (stage / SEAL).write_text(seal_text(), encoding="utf-8")
        for name, note in (("evidence", _EVIDENCE), ("data", _DATA)):
            (stage / name).mkdir()
            (stage / name / "README.txt").write_text(note, encoding="utf-8")
        for name, data in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
    made = ["assessment.yaml", SEAL, "evidence/README.txt", "data/README.txt", *sorted(files)]
    return [folder / name for name in made], carried
