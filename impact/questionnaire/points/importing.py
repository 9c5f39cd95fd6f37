"""A SurveyJS file on disk as the files of a pack, with a gettext catalogue for each further language in it.

In: a path and the pack's head. Out: file name -> bytes, and what was read.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from impact.canonical import digest
from impact.errors import Fault, PackError
from impact.questionnaire.catalogues import is_language, written
from impact.questionnaire.points.surveyjs import Imported, read_survey
from impact.questionnaire.points.write import pack_files

__all__ = ["import_survey"]

_MOST = 20_000_000  # bytes; the largest survey that is known has 0.4 million


def import_survey(
    path: Path, *, pack: str, version: str, title: str, language: str, now: datetime
) -> tuple[dict[str, bytes], Imported]:
    """Read a survey and make the files of its pack.

    Args:
        path: The SurveyJS file.
        pack, version: Id and version of the pack.
        title: Empty for the survey's own title, or the id where it has none.
        language: The language of the key ``default`` and of texts that name none.
        now: Written into the catalogues.

    Raises:
        PackError: Q060 to Q064, every fault of the file at once.
    """
    try:
        if path.stat().st_size > _MOST:
            raise PackError(Fault(path.name, "larger than 20 MB", "a survey", "Check the file", "Q060"))
        data = path.read_bytes()
        survey = json.loads(data)
    except OSError:
        raise PackError(Fault(str(path), "cannot be read", "a SurveyJS file", "Check the name", "Q060")) from None
    except json.JSONDecodeError as error:
        where = f"{path.name}:{error.lineno}:{error.colno}"
        raise PackError(Fault(where, "not JSON", "a SurveyJS file", "Export it as JSON", "Q060")) from None
    except (UnicodeDecodeError, RecursionError):
        raise PackError(Fault(path.name, "not JSON in UTF-8", "a SurveyJS file", "Export it again", "Q060")) from None
    imported = read_survey(survey, name=path.name, language=language)
    named = title or imported.title or pack
    files = pack_files(
        imported, pack=pack, version=version, title=named, language=language, source=path.name, digest=digest(data)
    )
    for tag, texts in sorted(imported.texts.items()):
        if not is_language(tag):
            imported.notes.append(f"the language “{tag}” is not known; its texts are left out")
            continue
        entries = [(*key, translation) for key, translation in texts.items() if key[0] != "pack.title" or not title]
        files[f"locale/{tag}/pack.po"] = written(tag, entries, project=pack, version=version, now=now)
    return files, imported
