"""What ``impact questions`` tells: the draft questions of an assessment folder.

In: a folder. Out: the block ``enquiries`` of its record. Opens no data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from impact.assessment.answers import Questionnaire, read_questionnaire
from impact.assessment.check import nothing_to_score
from impact.assessment.claims import doubted
from impact.assessment.folder import open_folder
from impact.errors import AnswerError
from impact.settings import Settings

__all__ = ["enquiries_of"]


def enquiries_of(path: Path, *, settings: Settings) -> dict[str, Any]:
    """Draft questions from what the folder's answers leave open or in doubt.

    Raises:
        AnswerError: The answers have faults; A108 it is an audit-only assessment.
    """
    folder = open_folder(path)
    asked = read_questionnaire(folder, settings=settings, step=lambda _: None)
    if not isinstance(asked, Questionnaire) or folder.header is None:
        raise AnswerError(nothing_to_score(folder))
    from impact.questionnaire.enquiries import enquiries_block

    head = folder.header
    claims = doubted(asked.examination.block if asked.examination is not None else None)
    return enquiries_block(asked.scores, system=head.system.name, organisation=head.organisation, claims=claims)
