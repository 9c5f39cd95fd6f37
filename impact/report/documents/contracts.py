"""Contracts as the procurement annex reads them: from the block ``procurement``, or from answers where there is none.

In: a cleaned record. Out: ``Terms``. A day or a sum that the record lacks is None; none is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from impact.report.documents.answered import Answered

__all__ = ["Terms", "day_of", "terms_of"]


def day_of(text: Any) -> date | None:
    """A day of the record, or None where there is none.

    >>> day_of("2026-06-01"), day_of(""), day_of("spring")
    (datetime.date(2026, 6, 1), None, None)
    """
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is known of one contract.

    Attributes:
        source: What the rows about it rest on: the file, or an answer.
        value_source: What its value rests on.
        covered: Whether it is said to be a public contract under the Act.
        plan: The entry of procurement.yaml; empty where the contract is known from answers alone.
    """

    name: str
    source: str
    value: float | None
    value_source: str
    direct: bool | None
    covered: bool | None = None
    start: date | None
    first_end: date | None
    end: date | None
    plan: Mapping[str, Any] = field(default_factory=dict)

    def day(self, key: str) -> date | None:
        return day_of(self.plan.get(key))

    def published(self, kind: str) -> tuple[date, ...]:
        """Days of the notices of one kind, earliest first."""
        days = (day_of(notice["date"]) for notice in self.plan.get("notices", ()) if notice["kind"] == kind)
        return tuple(sorted(day for day in days if day))


def terms_of(record: Mapping[str, Any]) -> tuple[Terms, ...]:
    """The contracts of the record; where no file lists them, those of B10, or one without a date."""
    answered = Answered(record)
    listed = (record.get("procurement") or {}).get("contracts", ())
    value = _value(answered)
    route = answered.question("B5") or {}
    chosen = (route.get("answer") or {}).get("value") if route.get("state") == "answered" else None
    direct = None if chosen is None else chosen in ("direct-award", "switch-to-direct-award")
    if listed:
        alone = len(listed) == 1  # the answer B9 is about everything together
        return tuple(
            Terms(
                name=each["name"],
                source="procurement.yaml",
                value=each["value"] if each["value"] is not None else value if alone else None,
                value_source="procurement.yaml" if each["value"] is not None or not alone else "Answer B9",
                direct=each["direct_award"] if each["direct_award"] is not None else direct if alone else None,
                covered=each["covered"],
                start=day_of(each["start"]),
                first_end=day_of(each["first_end"]),
                end=day_of(each["end"]),
                plan=each,
            )
            for each in listed
        )
    rows = _rows(answered, "B10")
    made = [
        Terms(
            name=row["contract"] or "Contract without a name",
            source="Answer B10",
            value=value if len(rows) == 1 else None,
            value_source="Answer B9",
            direct=direct if len(rows) == 1 else None,
            start=day_of(row["start"]),
            first_end=day_of(row["first_end"]),
            end=day_of(row["current_end"]),
        )
        for row in rows
    ]
    if made:
        return tuple(made)
    one = Terms(
        name="The contract",
        source="Answers",
        value=value,
        value_source="Answer B9",
        direct=direct,
        start=None,
        first_end=None,
        end=None,
    )
    return (one,)


def _value(answered: Answered) -> float | None:
    question = answered.question("B9") or {}
    value = (question.get("answer") or {}).get("value") if question.get("state") == "answered" else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _rows(answered: Answered, name: str) -> list[dict[str, Any]]:
    question = answered.question(name) or {}
    rows = (question.get("answer") or {}).get("rows") if question.get("state") == "answered" else None
    if not rows:
        return []
    codes = [column["code"] for column in rows["columns"]]
    wanted = ("contract", "start", "first_end", "current_end")
    return [dict.fromkeys(wanted) | dict(zip(codes, row, strict=True)) for row in rows["rows"]]
