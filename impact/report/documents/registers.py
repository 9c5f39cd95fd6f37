"""Fields of public registers, filled from a record as far as it goes: data files of fields, and who says what.

In: a record, a data file of this package (fields, and where each is taken from). Out: ``Filled``: a field with its
lines. Invents nothing: a field that no answer fits is a gap with its reason, and an answer that says part of what a
field asks is marked as part of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from impact.report.documents.answered import Answered, barred, gap, untold
from impact.report.figures import british_date, count
from impact.report.shapes_documents import Said
from impact.report.view.headlines import findings_by_verdict
from impact.report.view.parts import joined, plural, sentence
from impact.report.view.withheld import hidden_names

__all__ = ["Filled", "Filler", "data_file"]

PART = "This is part of what the field asks."


@cache
def data_file(name: str) -> Mapping[str, Any]:
    """A data file of the documents.

    >>> data_file("atrs.json")["standard"]
    'Algorithmic Transparency Recording Standard'
    """
    text = (files("impact.report.documents") / "data" / name).read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True)
class Filled:
    """One field of a register.

    Attributes:
        field: As in the data file.
        lines: What the record says, a line for each source; a gap where it says nothing.
        parts: For each line, whether it is part of what the field asks.
    """

    field: Mapping[str, Any]
    lines: tuple[Said, ...]
    parts: tuple[bool, ...]

    @property
    def state(self) -> str:
        """“stated”, “partly stated”, “not stated”, or “withheld” where a public version withholds any of it.

        >>> Filled({}, (gap("Team"),), (False,)).state
        'not stated'
        """
        if any(line.withheld for line in self.lines):
            return "withheld"
        said = [part for line, part in zip(self.lines, self.parts, strict=True) if not line.gap]
        if not said:
            return "not stated"
        return "partly stated" if any(said) or len(said) < len(self.lines) else "stated"


class Filler:
    """Fills fields from one record."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record
        self._answered = Answered(record)

    def fill(self, field: Mapping[str, Any], label: str) -> Filled:
        sources: Sequence[Mapping[str, Any]] = field["from"]
        lines = []
        for source in sources:
            hint = source.get("hint")
            line = self._line(source, f"{label} ({hint[:1].lower()}{hint[1:]})" if hint else label)
            if source.get("part") and not line.gap and not line.withheld:
                line = replace(line, text=f"{line.text} {PART}")
            lines.append(line)
        return Filled(field, tuple(lines), tuple(bool(source.get("part")) for source in sources))

    def _line(self, source: Mapping[str, Any], label: str) -> Said:
        if "none" in source:
            return gap(label, why=source["none"])
        if "constant" in source:
            return Said(label=label, text=source["constant"], source="Standard", gap=False)
        if "column" in source:
            return self._answered.column(source["answer"], source["column"], label)
        if "answer" in source:
            return self._answered.say(source["answer"], label)
        if "head" in source:
            return self._head(source["head"], label)
        if "papers" in source:
            return self._papers(source["papers"], label, published=bool(source.get("published")))
        if "audit" in source:
            return self._audit(label)
        return self._levels(label) if "levels" in source else self._stops(label)

    def _head(self, name: str, label: str) -> Said:
        about = self._record["assessment"]
        value = about["system"]["name"] if name == "system" else about.get(name)
        if not value:
            return gap(label, "Assessment")
        if name == "processing_started":
            return Said(label=label, text=sentence(british_date(value)), source="Assessment", gap=False)
        version = about["system"].get("version")
        text = f"{value}, version {version}" if name == "system" and version else str(value)
        return Said(label=label, text=text if name == "id" else sentence(text), source="Assessment", gap=False)

    def cited(self, names: Sequence[str], *, published: bool = False) -> list[tuple[str, Mapping[str, Any]]]:
        """Evidence that some answers cite, each piece once, with the question that cites it first."""
        found: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for name in names:
            question = self._answered.question(name) or {}
            for item in question.get("evidence") or ():
                if item.get("url") or not published:
                    key = item.get("file") or item.get("url") or item.get("title") or ""
                    found.setdefault(key, (name, item))
        return list(found.values())

    def _papers(self, names: Sequence[str], label: str, *, published: bool) -> Said:
        pieces = self.cited(names, published=published)
        hidden = [name for name in names if (self._answered.question(name) or {}).get("bar")]
        if hidden and not pieces:
            return replace(self._answered.bars(*hidden)[0], label=label, source=f"Evidence of {joined(hidden)}")
        if not pieces:
            return gap(label, f"Question{'s' if len(names) > 1 else ''} {joined(names)}", "no file is cited")
        texts = [str(item["url"]) if published else _piece(item) for _, item in pieces]
        source = joined(list(dict.fromkeys(name for name, _ in pieces)))
        text = f"{sentence('; '.join(texts))} {untold(hidden)}".rstrip()
        return Said(label=label, text=text, source=f"Evidence of {source}", gap=False)

    def _audit(self, label: str) -> Said:
        hidden, audit = barred(self._record, "audit/findings", label, "Audit"), self._record.get("audit")
        if hidden:
            return hidden
        if not audit:
            return gap(label, "Audit", "the output of the system was not counted")
        text = f"{count(audit['people'])} rows counted; findings by verdict: {findings_by_verdict(audit['findings'])}."
        return Said(label=label, text=text, source="Audit, findings", gap=False)

    def _levels(self, label: str) -> Said:
        dimensions = (self._record.get("scoring") or {}).get("dimensions")
        hidden = hidden_names(self._record, "scoring/dimensions/")
        if not dimensions and hidden:
            return Said(label=label, text=untold(hidden), source="Levels", gap=False, withheld=True)
        if not dimensions:
            return gap(label, "Levels", "no level was worked out")
        said = "; ".join(f"{each['label']} {each['band_label'].lower()}" for each in dimensions)
        text = f"On the toolkit’s own scale, after safeguards: {said}."
        if hidden:
            text += f" {untold(hidden)}"
        return Said(label=label, text=text, source="Levels", gap=False)

    def _stops(self, label: str) -> Said:
        stops = (self._record.get("scoring") or {}).get("hard_stops")
        if not stops and not hidden_names(self._record, "scoring/hard_stops/"):
            return gap(label, "Hard stops", "no rule was looked at")
        fired = [stop for stop in stops or () if stop["state"] == "fired"]
        waiting = sum(stop["state"] == "unresolved" for stop in stops or ())
        hidden = hidden_names(self._record, "scoring/hard_stops/")
        none = "None of those that are shown has fired" if hidden else "None has fired"
        text = sentence("; ".join(f"{stop['text'].rstrip('.')} ({stop['id']})" for stop in fired) or none)
        if hidden:
            text += f" Whether these fired is withheld from this version: {joined(hidden)}."
        if waiting:
            text += f" For {plural(waiting, 'rule')} an answer is missing, which is not to be read as clear."
        return Said(label=label, text=text, source="Hard stops", gap=False)


def _piece(item: Mapping[str, Any]) -> str:
    title = item.get("title") or item.get("file") or item.get("url") or "not named"
    day = f", {british_date(item['date'])}" if item.get("date") else ""
    where = f", {item['url']}" if item.get("url") and item.get("published") else ", not published"
    return f"{title}{day}{where}"
