"""Start an assessment folder.

In: a pack and a folder's path. Out: files that load without a fault and wait to be answered.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from impact.assessment.header import as_identifier
from impact.errors import Fault, SettingsError
from impact.outputs import staged
from impact.resources import find
from impact.settings import Settings

__all__ = ["new_assessment"]

_EVIDENCE = """Put the files that your answers cite into this folder.
Each is hashed when the report is built, and the report lists its digest.
"""
_DATA = """Put the scorer's output here, or a table of counts, and describe it in audit.yaml beside assessment.yaml.
docs/audit-plan.md explains the plan. Nothing but counts leaves this folder.
"""


def new_assessment(folder: Path, *, pack: str, settings: Settings, today: date) -> list[Path]:
    """Write a new assessment folder: assessment.yaml with every question, evidence/, data/.

    Returns:
        The files written.

    Raises:
        SettingsError: G011 no such pack; G023 the folder exists and is not empty (there is no --force for this).
        PackError: The pack cannot be used.
    """
    from impact.questionnaire.load import load_pack
    from impact.questionnaire.skeleton import skeleton

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = "Choose another name: a folder with answers in it is never overwritten"
        raise SettingsError(Fault(str(folder), "exists and is not empty", "a new folder", remedy, "G023"))
    loaded = load_pack(find("questionnaires", pack, settings))
    text = skeleton(loaded, assessment_id=as_identifier(folder.resolve().name), today=today)
    with staged(folder, force=False) as stage:
        (stage / "assessment.yaml").write_text(text, encoding="utf-8")
        for name, note in (("evidence", _EVIDENCE), ("data", _DATA)):
            (stage / name).mkdir()
            (stage / name / "README.txt").write_text(note, encoding="utf-8")
    return [folder / "assessment.yaml", folder / "evidence" / "README.txt", folder / "data" / "README.txt"]
