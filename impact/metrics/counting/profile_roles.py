"""What a column may be for, by the words of its name and the kind of its values. A guess, offered and never acted upon.

In: a column's name, kind and counts. Out: roles. Sees no value: whether they may be shown is decided in ``profile``.
Refuses to guess from a name alone: “review_seconds” of text are no times, and an “officer_id” of one row each no one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["NAMES_PEOPLE", "roles", "words_of"]

# A column with such a word in its name holds values of persons, or free text about them: none of them is shown.
NAMES_PEOPLE = frozenset(
    {"id", "ids", "uuid", "guid", "ref", "reference", "name", "surname", "forename", "firstname", "lastname", "email",
     "mail", "phone", "mobile", "telephone", "address", "street", "postcode", "zip", "nino", "nhs", "dob", "birth",
     "birthdate", "collar", "warrant", "passport", "username", "login", "comment", "comments", "note", "notes",
     "remark", "remarks", "description", "details", "narrative", "summary", "freetext"}
)  # fmt: skip
_CATEGORIES: Mapping[str, frozenset[str]] = {
    "decision": frozenset({"decision", "flag", "flagged", "referred", "referral", "selected", "shortlisted", "alert",
                           "alerted", "predicted", "prediction", "stopped", "searched", "granted", "approved", "denied",
                           "rated"}),
    "outcome": frozenset({"outcome", "found", "upheld", "confirmed", "result", "actual", "truth", "label", "reoffended",
                          "recid", "proven", "detected", "hired", "repaid", "y"}),
    "human": frozenset({"human", "officer", "reviewer", "review", "reviewed", "override", "overridden", "final",
                        "caseworker"}),
    "group": frozenset({"ethnicity", "ethnic", "eth", "eth5", "race", "sex", "gender", "age", "disability", "disabled",
                        "religion", "belief", "faith", "nationality", "orientation", "rank", "grade", "borough", "area",
                        "region", "ward", "employment", "band", "pregnancy", "marital", "language"}),
    "strata": frozenset({"unit", "team", "station", "office", "branch", "site", "area", "region", "borough", "ward",
                         "district", "division", "department", "directorate", "force", "grade", "rank", "offence",
                         "category"}),
}  # fmt: skip
_SCORE = frozenset({"score", "probability", "prob", "likelihood", "risk", "confidence", "similarity"})
_COUNT = frozenset({"count", "n", "people", "number", "total", "persons", "faces"})
_IDS = frozenset({"id", "ids", "key", "uuid", "guid", "ref", "reference", "number", "no", "hash", "pseudonym"})
_PEOPLE = frozenset({"person", "subject", "individual", "claimant", "client", "customer", "staff", "employee",
                     "suspect", "defendant", "applicant", "resident", "offender", "pupil", "patient",
                     "nhs", "nino"})  # fmt: skip
_REVIEWERS = frozenset({"reviewer", "officer", "caseworker", "assessor", "adjudicator", "handler", "analyst",
                        "operator"})  # fmt: skip
_NOT_WHO = frozenset({"decision", "seconds", "secs", "minutes", "time", "date", "outcome", "opinion", "view", "agreed",
                      "count", "on", "at"})  # fmt: skip
_SECONDS = frozenset({"seconds", "secs", "sec"})
_REVIEW = frozenset({"review", "reviewer", "reviewing", "reading", "handling", "decision", "viewing", "officer"})
_WEIGHTS = frozenset({"weight", "weights", "wt", "wgt", "pweight", "pw"})
_NOT_WEIGHTS = frozenset({"body", "kg", "lbs", "height", "birth", "paper"})
_NOT_WHEN = frozenset({"birth", "dob", "born", "death", "outcome", "result", "closed", "upheld", "review", "reviewed",
                       "reviewer", "joined", "left", "hired", "started", "ended", "updated", "extracted"})  # fmt: skip
_VERSIONS = frozenset({"version", "release"})
_MANY_VERSIONS = 50  # as a plan's rule
_NUMBERS = ("whole numbers", "numbers")
_REPEATED = 0.95  # the number of values is approximate: ids on nearly as many rows as there are may all differ
_FEW_IDS = 5  # fewer are no people


def words_of(name: str) -> frozenset[str]:
    """Words of a column name.

    >>> sorted(words_of("riskScore_2024"))
    ['2024', 'risk', 'score']
    """
    return frozenset(re.findall(r"[a-z]+\d?|\d+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()))


def roles(name: str, kind: str, *, distinct: int, given: int, shown: bool, values: bool) -> tuple[str, ...]:
    """What a column may be for.

    Args:
        name: Its name.
        kind: As ``Column.kind``.
        distinct: How many different values; approximate where there are many.
        given: Rows with a value.
        shown: Whether its values may be shown, so that people can be grouped by them.
        values: Whether there are at least two of them.

    Returns:
        Any of decision, score, outcome, human, group, strata, count, time, version, person_id, reviewer, review_seconds
        and weight.

    >>> roles("ethnicity", "text", distinct=5, given=900, shown=True, values=True)
    ('group',)
    >>> roles("ethnicity_id", "text", distinct=5, given=900, shown=False, values=True)
    ()
    >>> roles("claimant_id", "text", distinct=300, given=900, shown=False, values=True)
    ('person_id',)
    """
    words, numeric = words_of(name), kind in _NUMBERS
    scored = bool(words & _SCORE)
    found = [role for role, signs in _CATEGORIES.items() if words & signs and shown]
    if scored or not values:  # bands of a score are no characteristic, and one value separates nobody
        found = [role for role in found if role not in ("group", "strata")]
    if "human" in found:  # “officer_decision” is what a person decided, and not the system
        found = [role for role in found if role != "decision"]
    if numeric and distinct > 2 and scored:
        found.insert(0, "score")
    if numeric and distinct > 2 and words & _COUNT:
        found.append("count")
    found += [role for role, fits in _further(words, kind, distinct=distinct, given=given) if fits]
    return tuple(found)


def _further(words: frozenset[str], kind: str, *, distinct: int, given: int) -> list[tuple[str, bool]]:
    numeric, several = kind in _NUMBERS, _FEW_IDS < distinct < given * _REPEATED
    is_id = kind in ("text", "whole numbers") and several
    who = bool(words & _REVIEWERS) and not words & _NOT_WHO
    person = bool(words & _IDS) and (bool(words & _PEOPLE) or words <= _IDS)
    version = bool(words & _VERSIONS) and 2 <= distinct <= _MANY_VERSIONS and kind in ("text", *_NUMBERS)
    return [
        ("time", kind == "dates" and not words & _NOT_WHEN),
        ("version", version),
        ("person_id", is_id and person and not who),
        ("reviewer", is_id and who),
        ("review_seconds", numeric and distinct > 2 and bool(words & _SECONDS) and bool(words & _REVIEW)),
        ("weight", numeric and distinct > 1 and bool(words & _WEIGHTS) and not words & _NOT_WEIGHTS),
    ]
