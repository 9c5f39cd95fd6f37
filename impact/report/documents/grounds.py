"""Protected characteristics and section 75 grounds, and which column of an audit or a log stands for which.

In: names of characteristics as a plan or a log has them. Out: the ground that each stands for, by whole words of its
name, or None: a name that says nothing is listed as it is and never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["NINE", "SECTION_75", "Ground", "ground_of"]


@dataclass(frozen=True)
class Ground:
    """A ground of equality law, and words that name it in a column."""

    label: str
    words: frozenset[str]


_AGE = frozenset({"age", "ages", "birth"})
_DISABILITY = frozenset({"disability", "disabled", "impairment"})
_RACE = frozenset({"race", "racial", "ethnicity", "ethnic", "nationality"})
_RELIGION = frozenset({"religion", "religious", "belief", "faith"})
_ORIENTATION = frozenset({"orientation", "sexuality"})
_SEX = frozenset({"sex", "gender"})
_MARRIAGE = frozenset({"marriage", "marital", "married", "partnership"})

# A column stands for the first ground that shares a word with it: “gender reassignment” stands before “sex”.
NINE = (  # Equality Act 2010 s.4
    Ground("Age", _AGE),
    Ground("Disability", _DISABILITY),
    Ground("Gender reassignment", frozenset({"reassignment", "transgender", "trans"})),
    Ground("Marriage and civil partnership", _MARRIAGE),
    Ground("Pregnancy and maternity", frozenset({"pregnancy", "pregnant", "maternity"})),
    Ground("Race", _RACE),
    Ground("Religion or belief", _RELIGION),
    Ground("Sex", _SEX),
    Ground("Sexual orientation", _ORIENTATION),
)
SECTION_75 = (  # Northern Ireland Act 1998 s.75(1), in our words; the register of law marks it as to be checked
    Ground("Religious belief", _RELIGION),
    Ground("Political opinion", frozenset({"political", "politics"})),
    Ground("Racial group", _RACE),
    Ground("Age", _AGE),
    Ground("Marital status", _MARRIAGE),
    Ground("Sexual orientation", _ORIENTATION),
    Ground("Men and women generally", _SEX),
    Ground("Persons with a disability and without", _DISABILITY),
    Ground("Persons with dependants and without", frozenset({"dependants", "dependents", "carer", "caring"})),
)


def ground_of(name: str, grounds: tuple[Ground, ...]) -> str | None:
    """The ground that a characteristic stands for, or None where its words name none.

    >>> ground_of("age_band", NINE), ground_of("Ethnicity (officer-defined)", NINE), ground_of("ethnicity", SECTION_75)
    ('Age', 'Race', 'Racial group')
    >>> ground_of("sexual_orientation", NINE), ground_of("stage", NINE), ground_of("rank_grade", NINE)
    ('Sexual orientation', None, None)
    """
    words = set(re.findall(r"[a-z]+", name.lower()))
    return next((ground.label for ground in grounds if ground.words & words), None)
