"""A counter-assessment: the document of a first body that this folder answers, and what that body said.

In: an opened folder with the block ``against``, and its pack. Out: ``Theirs``: their answers, for reference. Nothing of
them is adopted: what this body says stands in its own answers, and its stand on theirs beside them
(docs/counter-assessment.md). Opens no PDF: ``impact new --against`` took the record out of it, and assessment.yaml
holds the digests of both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from impact.assessment.folder import AGAINST_PDF, AGAINST_RECORD, AssessmentFolder
from impact.assessment.header import Against
from impact.canonical import digest
from impact.errors import AnswerError, Fault
from impact.regularfile import FileRefused, read_regular
from impact.yamlfile import Located

if TYPE_CHECKING:
    from impact.questionnaire.answer import Answer
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.pack import PointsPack
    from impact.resources import Resource

__all__ = [
    "MOST",
    "SAID",
    "Theirs",
    "against_block",
    "asked_in",
    "quoted",
    "read_theirs",
    "same_answer",
    "stand_faults",
    "their_answers",
]

MOST = 200_000_000  # bytes of a PDF, as the signing room reads
SAID = ("answered", "not_known", "refused", "not_applicable")  # states in which a body has said something


@dataclass(frozen=True)
class Theirs:
    """What the first body said, by the question ids of the present pack.

    Attributes:
        about: The block of assessment.yaml.
        pack: Id, version and digest of the pack that they answered.
        answers: Their answers, read as the present version of the pack asks.
        entries: The same as plain data.
        said: Question -> the question of their record, with labels, note and evidence as their document has them.
        moved: Question -> what became of their answer between the two versions of the pack.
    """

    about: Against
    pack: Mapping[str, Any]
    answers: Mapping[str, Answer]
    entries: Mapping[str, Any]
    said: Mapping[str, Mapping[str, Any]]
    moved: Mapping[str, str] = field(default_factory=dict)


def read_theirs(folder: AssessmentFolder, pack: Pack | PointsPack, resource: Resource) -> Theirs | None:
    """Their answers; None where the folder answers no other document.

    Raises:
        AnswerError: A175 their files are missing or are not those that assessment.yaml names; A176 and A177 as
            :func:`their_answers`.
    """
    about = folder.against
    if about is None:
        return None
    where = folder.located.place_of(("against",), key=True)
    held = {}
    for name, wanted in ((AGAINST_PDF, about.digest), (AGAINST_RECORD, about.record_digest)):
        try:
            held[name] = read_regular(folder.path / name, most=MOST)
        except FileRefused as refused:
            remedy = "Begin the folder again with “impact new --against”, or put the file back"
            raise AnswerError(Fault(where, f"{name}: {refused.said}", "their document", remedy, "A175")) from None
        if digest(held[name]) != wanted:
            found = f"{name} is not the file that the block “against” names"
            remedy = "Put back the file that “impact new --against” wrote"
            raise AnswerError(Fault(where, found, wanted, remedy, "A175"))
    return their_answers(json.loads(held[AGAINST_RECORD]), about, pack, resource, where=where)


def their_answers(
    record: Mapping[str, Any], about: Against, pack: Pack | PointsPack, resource: Resource, *, where: str
) -> Theirs:
    """The answers of a record as the pack asks now.

    Args:
        record: The record of the first body.
        about: What is known of their document.
        pack: The pack that is installed here.
        resource: Its files, for its migrations.
        where: The place for messages.

    Raises:
        AnswerError: A176 they answered no questionnaire, or another one; A177 another version, and the pack has no
            migration from it.
    """
    from impact.assessment.answers import plain
    from impact.questionnaire.entries import Reader

    named = asked_in(record, pack.id, where=where)
    entries, moved = dict(record["answers"]), dict[str, str]()
    came_from = {name: name for name in entries}
    if named["version"] != pack.version:
        entries, moved, came_from = _carried(entries, named["version"], pack, resource, where)
    reader = Reader(Located("record.json", {"answers": entries}, {}), pack)
    answers = reader.read()
    if reader.faults:
        found = f"their answers do not fit the pack {pack.id} {pack.version} that is installed here"
        remedy = "Ask which pack they used: theirs was changed, or yours was"
        raise AnswerError(Fault(where, found, "the same questions", remedy, "A176"))
    asked = {one["id"]: one for section in record["questionnaire"]["sections"] for one in section["questions"]}
    said = {name: asked[first] for name, first in came_from.items() if first in asked}
    # A question that is on nobody’s list of answers may still be known to them: hidden, or never answered.
    said |= {name: asked[name] for name in pack.questions if name in asked and name not in {**said, **came_from}}
    kept = {key: named[key] for key in ("id", "version", "digest")}
    return Theirs(about, kept, answers, plain(entries), said, moved)


def asked_in(record: Mapping[str, Any], pack: str, *, where: str) -> Mapping[str, Any]:
    """The pack that a record answers.

    Raises:
        AnswerError: A176 it answers none, or not this one.
    """
    named = record.get("pack")
    if not named or not record.get("questionnaire") or record.get("answers") is None:
        found = "their document answers no questionnaire"
        remedy = "Its audit alone can be compared: “impact diff”, or “impact audit compare”"
        raise AnswerError(Fault(where, found, "a document with questions and answers", remedy, "A176"))
    if named["id"] != pack:
        found = f"their document answers the pack {named['id']}"
        raise AnswerError(Fault(where, found, pack, f"Begin the folder with “impact new {named['id']}”", "A176"))
    return dict(named)


def _carried(
    entries: dict[str, Any], before: str, pack: Pack | PointsPack, resource: Resource, where: str
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    from impact.questionnaire.carry import carry
    from impact.questionnaire.migration import migrations_of, path_between
    from impact.questionnaire.pack import Pack

    steps = None
    if isinstance(pack, Pack) and pack.head.migrations:
        steps = path_between(migrations_of(resource, pack), before=before, after=pack.version)
    if steps is None or not isinstance(pack, Pack):
        found = f"their document answers version {before} of pack {pack.id}, which has no migration from it"
        remedy = "Install the version that they used"
        raise AnswerError(Fault(where, found, f"version {pack.version}, which is installed", remedy, "A177"))
    carried = carry(Located("record.json", {"answers": entries}, {}), pack, steps, before=before)
    moved = {fate.now: fate.text for fate in carried.fates if fate.now is not None}
    came_from = {fate.now: fate.question for fate in carried.fates if fate.now is not None}
    now = dict(carried.located.data["answers"])
    return now, moved, {name: name for name in now} | came_from


def same_answer(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same: status, value, words, rows and judgement; not notes, and not evidence."""
    return (one.status, one.value, one.text, one.rows, one.judged and one.judged.value) == (
        other.status, other.value, other.text, other.rows, other.judged and other.judged.value,
    )  # fmt: skip


def stand_faults(located: Located, answers: Mapping[str, Answer], theirs: Theirs | None) -> list[Fault]:
    """Stands that cannot be: A172 there is no first body, A173 “agree” with another answer, A174 they said nothing."""
    faults = []
    for name, answer in answers.items():
        if answer.stand is None:
            continue
        where = located.place_of(("answers", name, "stand"), key=True)
        if theirs is None:
            found = f"{name} takes a stand, and this folder answers no other document"
            faults.append(Fault(where, found, "", "Remove it, or begin with “impact new --against”", "A172"))
            continue
        first = theirs.answers.get(name)
        if first is None:
            found = f"{name} takes a stand, and the first body did not answer it"
            faults.append(Fault(where, found, "", "Remove the stand: your answer stands by itself", "A174"))
        elif answer.stand.says == "agree" and not same_answer(answer, first):
            found = f"{name} says that it agrees, and is another answer than the first body’s"
            remedy = "Write their answer, or “stand: {says: differ, reason: …}”"
            faults.append(Fault(where, found, "the same answer", remedy, "A173"))
    return faults


def against_block(theirs: Theirs) -> dict[str, Any]:
    """Block ``against`` of the record: whose document is answered, and what that body said, question by question."""
    about = theirs.about.model_dump(mode="json")
    return {
        **about,
        "pack": dict(theirs.pack),
        "answers": {
            name: quoted(said, theirs.moved.get(name))
            for name, said in sorted(theirs.said.items())
            if said["state"] in SAID
        },
    }


def quoted(said: Mapping[str, Any], moved: str | None) -> dict[str, Any]:
    """A question of their record as another document quotes it: what was said, without evidence and scores."""
    answer = said.get("answer") or {}
    return {
        "state": said["state"],
        "reason": said.get("reason"),
        "labels": list(answer.get("labels") or []),
        "rows": answer.get("rows"),
        "note": answer.get("note"),
        "moved": moved,
    }
