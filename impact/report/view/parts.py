"""Parts that every section of the view uses: numbering, tables, labels of groups, citations of law.

In: pieces of a cleaned record. Out: model parts. Knows nothing of any one section.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from impact.report.model import Column, Figure, Heading, Table
from impact.report.view.language import MARK, plain
from impact.rounding import half_up

__all__ = [
    "MISSING",
    "Numbering",
    "as_table",
    "capital",
    "citation",
    "cite_all",
    "comparator_label",
    "flag_rule",
    "group_label",
    "joined",
    "percentage_points",
    "plural",
    "question_texts",
    "sentence",
    "signed_points",
    "with_unit",
]

MISSING = "__missing__"  # how cells name a group value that is null (docs/record.md)


class Numbering:
    """Gives sections, tables and figures their numbers in the order in which the reader meets them."""

    def __init__(self) -> None:
        self._sections = self._annexes = self._tables = self._figures = 0

    def section(self, anchor: str, title: str) -> Heading:
        self._sections += 1
        return Heading(anchor=anchor, number=str(self._sections), title=title)

    def annex(self, anchor: str, title: str) -> Heading:
        self._annexes += 1
        return Heading(anchor=anchor, number=f"Annex {chr(64 + self._annexes)}", title=title)

    def table(
        self,
        caption: str,
        columns: Sequence[tuple[str, int] | tuple[str, int, bool]],
        rows: Iterable[Sequence[str]],
        *,
        note: str = "",
    ) -> Table:
        """A numbered table. A column is its label, its width in per cent (a multiple of 5), and if it is numeric."""
        self._tables += 1
        return as_table(f"Table {self._tables}", caption, columns, rows, note=note)

    def table_or_none(
        self,
        caption: str,
        columns: Sequence[tuple[str, int] | tuple[str, int, bool]],
        rows: Iterable[Sequence[str]],
        *,
        note: str = "",
    ) -> Table | None:
        """The same, or None where there are no rows: an empty box tells nobody anything."""
        found = list(rows)
        return self.table(caption, columns, found, note=note) if found else None

    def figure(self, caption: str, drawing: Markup) -> Figure:
        self._figures += 1
        return Figure(number=f"Figure {self._figures}", caption=caption, drawing=drawing)


def as_table(
    number: str,
    caption: str,
    columns: Sequence[tuple[str, int] | tuple[str, int, bool]],
    rows: Iterable[Sequence[str]],
    *,
    note: str = "",
) -> Table:
    made = tuple(
        Column(label=column[0], width=f"w{column[1]}", numeric=len(column) == 3 and bool(column[2]))
        for column in columns
    )
    # A cell without text has no place in the tag tree; a dash says that nothing belongs here.
    filled = tuple(tuple(cell or "–" for cell in row) for row in rows)
    return Table(number=number, caption=caption, columns=made, rows=filled, note=note)


def joined(words: Sequence[str], *, last: str = "and") -> str:
    """A list in words.

    >>> joined(["A1"]), joined(["A1", "A2", "B6"])
    ('A1', 'A1, A2 and B6')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "finding"), plural(0, "finding"), plural(2, "person", "people")
    ('1 finding', '0 findings', '2 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def with_unit(label: str, unit: str | None) -> str:
    """What was answered with its unit behind it, unless it is there: of one thing it stands in the singular.

    >>> with_unit("12", "suppliers"), with_unit("1 supplier", "suppliers"), with_unit("1 to 9", "suppliers")
    ('12 suppliers', '1 supplier', '1 to 9 suppliers')
    """
    return label if not unit or unit in label or re.fullmatch(r"1 \D+", label) else f"{label} {unit}"


def percentage_points(value: float) -> str:
    """A difference of two shares.

    >>> percentage_points(0.03919), percentage_points(-0.012)
    ('+3.9 points', '−1.2 points')
    """
    return f"{signed_points(value)} points"


def signed_points(value: float) -> str:
    """A difference of two shares in percentage points, for a column that names the unit.

    One decimal, as its interval has; one digit that is not nought where that would read as no difference.

    >>> signed_points(0.03919), signed_points(-0.00058), signed_points(-0.00046), signed_points(0.0)
    ('+3.9', '−0.1', '−0.05', '0')
    """
    if not value:
        return "0"
    rounded = half_up(abs(value) * 100, 1)
    if float(rounded) == 0:
        rounded = f"{Decimal(f'{abs(value) * 100:.1g}'):f}"
    return f"{'−' if value < 0 else '+'}{rounded}"


def group_label(group: Mapping[str, Any]) -> str:
    """Words for a group: its values. Where several characteristics meet, one that is not known is named.

    >>> group_label({}), group_label({"ethnicity": "Black"}), group_label({"ethnicity": "Black", "sex": "__missing__"})
    ('Everyone', 'Black', 'Black, sex not known')
    """
    if not group:
        return "Everyone"
    if len(group) == 1:
        return next("not known" if value == MISSING else str(value) for value in group.values())
    return ", ".join(f"{key} not known" if value == MISSING else str(value) for key, value in group.items())


def capital(text: str) -> str:
    """``text`` with its first letter in upper case, the rest as it is.

    >>> capital("share flagged")
    'Share flagged'
    """
    if text[:1] == MARK:  # a text in another language keeps the letters that its translator gave it
        return text
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """``text`` with a full stop, unless it ends in one.

    >>> sentence("No exit plan"), sentence("Why?")
    ('No exit plan.', 'Why?')
    """
    return text if plain(text).endswith((".", "?", "!", "…")) else f"{text}."


def comparator_label(comparator: Mapping[str, Any]) -> str:
    """Whom a group is compared with.

    >>> comparator_label({"kind": "not_sharing"}), comparator_label({"kind": "reference", "value": "White"})
    ('all others', 'White')
    """
    if comparator.get("kind") == "not_sharing":
        return "all others"
    return str(comparator.get("value", comparator.get("kind", "")))


def flag_rule(flag: Mapping[str, Any]) -> str:
    """The rule of a red flag as a sentence. Packs write it as “RF if …”.

    >>> flag_rule({"text": "RF if fewer than two suppliers were evaluated"})
    'Raised if fewer than two suppliers were evaluated.'
    """
    text = str(flag["text"])
    if text[:1] == MARK:
        return sentence(text)
    return sentence(f"Raised if {text.removeprefix('RF if ')}" if text.startswith("RF if ") else capital(text))


def question_texts(record: Mapping[str, Any]) -> dict[str, str]:
    """Question id -> its text; empty without a questionnaire."""
    sections = (record.get("questionnaire") or {}).get("sections", [])
    return {question["id"]: question["text"] for section in sections for question in section["questions"]}


def citation(key: str, law: Mapping[str, Any]) -> str:
    """A citation with every mark that it must carry (framework.md part 2, rule 2)."""
    entry = law.get(key)
    if entry is None:
        return f"{key} (not in the register of law: citation to be checked)"
    marks = []
    kind = entry.get("kind")
    if kind in ("comparison", "pending"):
        marks.append("comparison only" if kind == "comparison" else "pending")
    if not entry.get("verified"):
        marks.append("citation to be checked")
    marks = [mark for mark in marks if mark not in str(entry["citation"])]  # some citations carry their mark already
    return f"{entry['citation']} ({'; '.join(marks)})" if marks else str(entry["citation"])


def cite_all(keys: Sequence[str], law: Mapping[str, Any]) -> str:
    """Several citations. A group key (``scot.*``) stands for every key with that beginning."""
    found: list[str] = []
    for key in keys:
        expanded = sorted(name for name in law if name.startswith(key[:-1])) if key.endswith("*") else [key]
        found += [name for name in expanded or [key] if name not in found]
    return "; ".join(citation(key, law) for key in found)
