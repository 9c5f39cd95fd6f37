"""Answers made with an older version of a pack: carried over in memory, or in the file when asked.

In: an opened folder, its pack and the pack's migrations. Out: the folder with its answers as the present version asks
for them. Decides nothing about a question: the pack's own migrations do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.folder import ASSESSMENT, AssessmentFolder, open_folder
from impact.errors import AnswerError, Fault
from impact.resources import Resource, find
from impact.settings import Settings
from impact.yamlfile import MAX_BYTES

if TYPE_CHECKING:
    from impact.questionnaire.carry import Carried
    from impact.questionnaire.pack import Pack

__all__ = ["Migrated", "carried_over", "migrate_folder", "migrated_folder", "migration_block"]


@dataclass(frozen=True)
class Migrated:
    """What ``impact packs migrate`` made.

    Attributes:
        carried: What became of every answer.
        text: The new assessment.yaml; None where its version is the installed one already.
    """

    carried: Carried
    text: str | None

    def to_json(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, **migration_block(self.carried)}

    def lines(self, path: Path, *, force: bool) -> list[str]:
        if self.text is None:
            return [f"The answers are of version {self.carried.after}, which is installed: nothing to do"]
        found = [f"Made: {path}", *self.carried.lines(kept_in="a comment in the file keeps")]
        if not force:
            found += ["", "Compare it with assessment.yaml. With --force it is written to assessment.yaml itself."]
        return found


def carried_over(folder: AssessmentFolder, pack: Pack, resource: Resource) -> Carried | None:
    """The answers in the present version; None where the pack has no path from theirs.

    Raises:
        PackError: A migration of the pack has a fault.
    """
    from impact.questionnaire.carry import carry
    from impact.questionnaire.migration import migrations_of, path_between

    before = folder.pack.version if folder.pack is not None else pack.version
    if not pack.head.migrations:
        return None
    steps = path_between(migrations_of(resource, pack), before=before, after=pack.version)
    return None if steps is None else carry(folder.located, pack, steps, before=before)


def migration_block(carried: Carried) -> dict[str, Any]:
    """Block ``migration`` of the record."""
    from impact.assessment.answers import plain

    block: dict[str, Any] = plain(carried.to_json())
    return block


def migrate_folder(path: Path, *, settings: Settings) -> Migrated:
    """Carry the answers of a folder over, for its assessment.yaml.

    Raises:
        AnswerError: A106 no path from the version of the answers; Q045 the form of the file does not allow it.
    """
    from impact.assessment.answers import other_version
    from impact.questionnaire.carry import carry
    from impact.questionnaire.load import load_pack
    from impact.questionnaire.rewrite import rewritten
    from impact.regularfile import read_regular

    folder = open_folder(path)
    if folder.pack is None or not isinstance(folder.located.data, dict):
        where = folder.located.place_of(())
        raise AnswerError([*folder.faults, Fault(where, "no pack is named", "a pack", "Name it in “pack”", "A108")])
    resource = find("questionnaires", folder.pack.id, settings)
    pack = load_pack(resource)
    if folder.pack.version == pack.version:
        return Migrated(carry(folder.located, pack, [], before=pack.version), None)
    carried = carried_over(folder, pack, resource)
    if carried is None:
        raise AnswerError(other_version(folder, pack))
    text = read_regular(path / ASSESSMENT, most=MAX_BYTES).decode("utf-8-sig")
    return Migrated(carried, rewritten(text, folder.located, carried))


def migrated_folder(folder: AssessmentFolder, carried: Carried) -> AssessmentFolder:
    """The folder as if its answers had been written for the present version; places are those of its file."""
    return replace(folder, located=carried.located)
