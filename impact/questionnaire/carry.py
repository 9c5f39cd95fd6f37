"""Answers of an older version of a pack, carried to the present one by the pack's own migrations.

In: located answers and migrations. Out: answers as the present version asks for them, each at the place where it was
written, and what became of every answer that is not simply the same. Nothing is lost: what cannot be carried is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from impact.questionnaire.migration import Migration
from impact.questionnaire.pack import Pack
from impact.yamlfile import KEY, Located, Path_, Place

__all__ = ["Carried", "Edits", "Fate", "carry"]


@dataclass(frozen=True)
class Fate:
    """What became of one answer.

    Attributes:
        question: Its id in the older version.
        now: Its id in the present one; None where the question is no longer asked.
        what: ``moved`` under a new id, ``recoded``, to be asked ``again``, or ``dropped`` with its question.
        text: The same in a sentence.
        kept: The answer as it was given, where it is not carried over.
    """

    question: str
    now: str | None
    what: Literal["moved", "recoded", "again", "dropped"]
    text: str
    kept: Any = None

    def to_json(self) -> dict[str, Any]:
        """Plain data; ``kept`` as YAML gave it, so that a date in it is a date."""
        return asdict(self)


@dataclass
class Edits:
    """Changes of the text, by the place they had in the file: keys and values that are replaced, entries that go."""

    keys: dict[Path_, str] = field(default_factory=dict)
    values: dict[Path_, str | tuple[str, ...]] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """Answers after their migrations.

    Attributes:
        located: The file with the answers as the present version asks for them; places are those of the file.
        before, after: Versions.
        fates: Every answer that is not simply the same, in the order of the file.
        edits: What changes in the text of the file (rewrite.py).
    """

    located: Located
    before: str
    after: str
    fates: tuple[Fate, ...]
    edits: Edits

    def to_json(self) -> dict[str, Any]:
        return {"from": self.before, "to": self.after, "answers": [fate.to_json() for fate in self.fates]}

    def lines(self, *, kept_in: str = "the record keeps") -> list[str]:
        """Words for a terminal; ``kept_in`` says what keeps the answers that are not carried over."""
        count = len(self.fates)
        said = f"answers of version {self.before} were carried to version {self.after} of the pack"
        if not count:
            return [f"{said}; every one of them stands as it was given"]
        found = [f"{said}; {count} {'is' if count == 1 else 'are'} not simply the same:"]
        titles = {"moved": "moved", "recoded": "code changed", "again": "asked again", "dropped": "no longer asked"}
        found += [f"  {fate.question} {titles[fate.what]}: {fate.text}" for fate in self.fates]
        kept = sum(fate.what in ("again", "dropped") for fate in self.fates)
        if kept:
            found.append(f"  {kept} given before and not counted now; {kept_in} what was given")
        return found


@dataclass
class _Entry:
    """An answer on its way: its present id and content, and where its parts stood."""

    first: str
    id: str
    data: Any
    paths: dict[Path_, Path_]
    said: list[str] = field(default_factory=list)
    what: Literal["moved", "recoded", "again", "dropped"] | None = None


def carry(located: Located, pack: Pack, steps: Sequence[Migration], *, before: str) -> Carried:
    """Apply migrations one after another to the key ``answers`` of an assessment file.

    Args:
        located: assessment.yaml. Answers that are not a mapping are left to the reader of answers.
        pack: The present version.
        steps: From ``before`` to the version of the pack, in order.
        before: The version the answers were made with.
    """
    answers = located.data.get("answers")
    edits = Edits()
    if not isinstance(answers, dict):
        return Carried(located, before, pack.version, (), edits)
    own: dict[str, dict[Path_, Path_]] = {str(name): {} for name in answers}
    for at in located.places:
        if at[:1] == ("answers",) and len(at) > 1 and at[1] in own:
            own[str(at[1])][at[2:]] = at[2:]
    entries = [_Entry(str(name), str(name), data, own[str(name)]) for name, data in answers.items()]
    for step in steps:
        for entry in entries:
            if entry.what not in ("again", "dropped") and entry.data is not None:
                _apply(entry, step, pack if step.after == pack.version else None)
    fates: list[Fate] = []
    kept: dict[str, Any] = {}
    places = {at: place for at, place in located.places.items() if at[:1] != ("answers",) or len(at) == 1}
    places |= {at: place for at, place in located.places.items() if at == ("answers", KEY)}
    for entry in entries:
        if entry.what is not None:
            now = None if entry.what == "dropped" else entry.id
            given = answers[entry.first] if entry.what in ("again", "dropped") else None
            fates.append(Fate(entry.first, now, entry.what, "; ".join(entry.said), given))
        if entry.what in ("again", "dropped"):
            edits.gone[entry.first] = "; ".join(entry.said)
            continue
        if entry.id in kept:  # two old questions became one: the first answer stands, the other is kept
            said = f"{entry.id} was answered already"
            fates.append(Fate(entry.first, entry.id, "again", said, answers[entry.first]))
            edits.gone[entry.first] = said
            continue
        kept[entry.id] = entry.data
        _note(entry, located.places, places, edits, answers[entry.first])
    data = {**located.data, "answers": kept}
    return Carried(Located(located.name, data, places), before, pack.version, tuple(fates), edits)


def _apply(entry: _Entry, step: Migration, pack: Pack | None) -> None:
    if entry.id in step.retired:
        entry.what = "dropped"
        entry.said.append(step.retired[entry.id])
        return
    new = step.renamed.get(entry.id)
    if new is not None:
        entry.id, entry.what = new, "moved"
        entry.said.append(f"it is {new} now")
    if entry.id in step.again:
        entry.what = "again"
        entry.said.append(step.again[entry.id])
        return
    codes, columns = step.codes.get(entry.id, {}), step.columns.get(entry.id, {})
    if columns:
        _columns(entry, columns)
    if codes:
        _codes(entry, codes)
    question = pack.questions.get(entry.id) if pack is not None else None
    if question is not None and question.type == "multi" and codes and entry.what == "recoded":
        value = entry.data.get("value") if isinstance(entry.data, dict) else entry.data
        if isinstance(value, str):
            _put(entry, [value])


def _codes(entry: _Entry, codes: Mapping[str, str | Sequence[str]]) -> None:
    value = entry.data.get("value") if isinstance(entry.data, dict) else entry.data
    given = [_code(one) for one in value] if isinstance(value, list) else [_code(value)]
    split = [
        (code, became) for code in given if (became := codes.get(code)) is not None and not isinstance(became, str)
    ]
    if split:
        code, became = split[0]
        entry.what = "again"
        entry.said.append(f"“{code}” was split into {', '.join(f'“{one}”' for one in became)}")
        return
    new = list(dict.fromkeys(str(codes.get(code, code)) for code in given))
    changed = [(code, codes[code]) for code in given if code in codes and codes[code] != code]
    if changed:
        _put(entry, new if isinstance(value, list) else new[0])
        entry.what = "recoded"
        entry.said += [f"“{code}” is “{became}” now" for code, became in changed]


def _code(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _put(entry: _Entry, value: Any) -> None:
    entry.data = {**entry.data, "value": value} if isinstance(entry.data, dict) else value


def _columns(entry: _Entry, columns: Mapping[str, str]) -> None:
    rows = entry.data.get("rows") if isinstance(entry.data, dict) else entry.data
    if not isinstance(rows, list):
        return
    told = [(old, new) for old, new in columns.items() if any(isinstance(row, dict) and old in row for row in rows)]
    named = dict(told)
    changed = [
        {named.get(str(key), key): cell for key, cell in row.items()} if isinstance(row, dict) else row for row in rows
    ]
    if told:
        entry.data = {**entry.data, "rows": changed} if isinstance(entry.data, dict) else changed
        depth = 2 if isinstance(entry.data, dict) else 1  # rows, index, column; or index, column in the short form
        entry.paths = {
            was: (*at[:depth], named[str(at[depth])], *at[depth + 1 :])
            if len(at) > depth and at[depth] in named
            else at
            for was, at in entry.paths.items()
        }
        entry.what = entry.what or "recoded"
        entry.said += [f"column “{old}” is “{new}” now" for old, new in told]


def _note(entry: _Entry, old: Mapping[Path_, Place], places: dict[Path_, Place], edits: Edits, given: Any) -> None:
    """The places of an entry under its present names, and the edits that its text needs."""
    for was, at in entry.paths.items():
        source: Path_ = ("answers", entry.first, *was)
        places["answers", entry.id, *at] = old[source]
        if was and was[-1] == KEY and was != at:
            edits.keys[source] = str(at[-2])
    if entry.id != entry.first:
        edits.keys["answers", entry.first, KEY] = entry.id
    before = given.get("value") if isinstance(given, dict) else given
    after = entry.data.get("value") if isinstance(entry.data, dict) else entry.data
    if before != after and not (isinstance(after, list) and after and isinstance(after[0], dict)):
        at = ("answers", entry.first, "value") if isinstance(given, dict) else ("answers", entry.first)
        edits.values[at] = tuple(after) if isinstance(after, list) else str(after)
