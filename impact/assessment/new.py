"""Start an assessment folder.

In: a pack and a folder's path. Out: files that load without a fault and wait to be answered.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from impact.assessment.against import their_answers
from impact.assessment.against_new import with_block
from impact.assessment.folder import AGAINST_RECORD
from impact.assessment.header import against_of, as_identifier
from impact.errors import Fault, SettingsError
from impact.outputs import staged
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import parse

if TYPE_CHECKING:
    from impact.assessment.against_new import Begun
    from impact.assessment.carry import Carried

__all__ = ["new_assessment"]

_EVIDENCE = """Put the files that your answers cite into this folder.
Each is hashed when the report is built, and the report lists its digest.
"""
_DATA = """Put the scorer's output here, or a table of counts, and describe it in audit.yaml beside assessment.yaml.
docs/audit-plan.md explains the plan. Nothing but counts leaves this folder.
"""


def new_assessment(
    folder: Path,
    *,
    pack: str,
    settings: Settings,
    today: date,
    answers_from: Path | None = None,
    begun: Begun | None = None,
) -> tuple[list[Path], Carried | None]:
    """Write a new assessment folder: assessment.yaml with every question, seal.yaml, evidence/, data/.

    Args:
        folder: The new folder.
        pack: Name of the pack.
        settings: Where packs are found.
        today: Date of the assessment.
        answers_from: An assessment folder whose answers are taken over, such as one of a short form.
        begun: The document of a first body that is answered; its answers are kept beside, and not taken over.

    Returns:
        The files written, and what was taken over.

    Raises:
        SettingsError: G011 no such pack; G023 the folder exists and is not empty (there is no --force for this).
        PackError: The pack cannot be used.
        AnswerError: ``answers_from`` has faults; A176 and A177 the document that is answered asks other questions.
    """
    from impact.assessment.carry import carry_answers, written_into
    from impact.assessment.redaction.seal import SEAL, seal_text
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.skeleton import skeleton

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = "Choose another name: a folder with answers in it is never overwritten"
        raise SettingsError(Fault(str(folder), "exists and is not empty", "a new folder", remedy, "G023"))
    resource = find("questionnaires", pack, settings)
    loaded = load_any(resource)
    text = skeleton(loaded, assessment_id=as_identifier(folder.resolve().name), today=today)
    carried = carry_answers(answers_from, loaded) if answers_from is not None else None
    text = written_into(text, carried) if carried is not None else text
    files = dict(carried.evidence) if carried is not None else {}
    if begun is not None:
        text = with_block(text, begun)
        files |= begun.files
        located = parse(text, name=str(folder / "assessment.yaml"), family="A")
        about = against_of(located)
        assert about is not None  # the block was made of a document that was read
        where = str(begun.block["document"])
        their_answers(json.loads(begun.files[AGAINST_RECORD]), about, loaded, resource, where=where)
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
