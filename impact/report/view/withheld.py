"""Parts that a public version withholds: the bars in their places, and the section that lists them all.

In: a cleaned record; of a full one nothing changes. Out: the same record without blanks, its bars under ``bars``, and
``Withheld``. A bar is words, so that it can be heard as well as seen; a part that is withheld is never told as one that
is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import british_date
from impact.report.model import PlacedBar, Withheld
from impact.report.view.parts import Numbering, joined, plural, question_texts

__all__ = ["STAMP", "bar_of", "hidden_names", "make_withheld", "named_few", "prepared", "sealed_root"]

STAMP = "PUBLIC VERSION – PARTS WITHHELD"
_MOST_NAMED = 12
_RULES = ("dimensions", "hard_stops", "flags", "floors", "contradictions")
# Beginning of the names of leaves -> where their bar stands, and what a reader calls them.
_PLACES: tuple[tuple[str, str, str], ...] = (
    ("scoring/dimensions/", "levels", "the dimensions {}"),
    ("scoring/floors/", "levels", "the floors {}"),
    ("scoring/hard_stops/", "stops", "whether these hard stops fired: {}"),
    ("scoring/flags/", "stops", "whether these red flags are raised: {}"),
    ("scoring/contradictions/", "stops", "whether these contradictions were found: {}"),
    ("scoring/rights_level", "levels", "the rights level"),
    ("scoring/stewardship_level", "levels", "the stewardship level"),
    ("scoring/outcome_reasons", "summary", "the reasons of the outcome"),
    ("scoring/outcome", "summary", "the outcome"),
    ("scoring/demands", "change", "what the level asks for"),
    ("scoring/incomplete", "summary", "whether enough is answered for a decision"),
    ("scoring/high_dimensions", "levels", "how many dimensions are at High or above"),
    ("scoring/evidenced", "levels", "the share of safeguards with evidence"),
    ("scoring/verified", "levels", "the share of safeguards that is verified"),
    ("scoring/counted", "levels", "how many answers count"),
    ("scoring/completeness", "levels", "completeness"),
    ("scoring/confidence", "levels", "confidence"),
    ("scoring/index", "levels", "the index"),
    ("scoring/sensitivity", "change", "which answers would move a level"),
    ("scoring/escalation_drawn", "summary", "whether the full form is to be used"),
    ("claims/check/", "claims summary", "the checks {}"),
    ("block/promises", "promises", "the promises that the answers make"),
    ("block/enquiries", "enquiries", "draft questions for a committee"),
    ("block/law", "law", "the law that is cited, which depends on where the system is used"),
    ("questionnaire/refs", "answers", "the law and guidance that each question cites, which depend on it too"),
    ("scoring/refs", "stops", "the law that each hard stop cites"),
    ("section/", "answers", "whether these sections apply: {}"),
    ("block/history", "provenance", "the history of the answers"),
    ("block/migration", "provenance", "what became of answers to an earlier version of the questionnaire"),
    ("inputs/", "provenance", "names, sizes and digests of {files} that were read"),
    ("evidence/", "evidence", "{files} that answers cite"),
    ("points/", "points", "points, and the figures made of them"),
    ("assessment/summary", "summary", "the summary in the assessor’s words"),
    ("assessment/assessors", "summary", "the names of the assessors"),
    ("audit/not_computed", "findings limits", "which figures were not computed"),
    ("audit/checks", "findings limits", "what the data gave rise to"),
    ("audit/tables/", "findings summary", "the tables {} of the audit"),
    ("audit/", "findings", "other parts of the audit"),
    ("block/procurement", "provenance", "contracts and notices"),
    ("block/suppliers", "provenance", "the comparison of suppliers"),
)
# Where the whole audit is withheld it is told in one line, in each section that would have shown some of it.
_WHOLE_AUDIT = ("summary", "findings", "limits", "method", "provenance")
_AUDIT_WORDS = "the whole audit: what it declared beforehand, counted, compared and found"


def prepared(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record as the sections can read it: without blanks, and with every bar.

    Returns:
        A full record as it is. A public version without entries that are withheld (dimensions, rules, checks, files),
        with ``bar`` in each question that is withheld, and ``bars``: name of a leaf -> the text of its bar. Dimensions,
        hard stops and checks that are withheld keep what the pack says of them, as ``barred_…``.
    """
    told = record.get("redaction")
    if not told:
        return record
    bars = {name: _bar(told, name) for name in told["withheld"]}
    made = {**record, "bars": bars}
    for key in ("scoring", "scoring_untested"):
        if made.get(key):
            made[key] |= {
                **{name: _shown(made[key][name]) for name in _RULES},
                "barred_dimensions": [one for one in made[key]["dimensions"] if "band" not in one],
                "barred_stops": [one for one in made[key]["hard_stops"] if one["state"] == "withheld"],
            }
    if made.get("claims"):
        checks = made["claims"]["checks"]
        made["claims"] = {
            **made["claims"],
            "checks": _shown(checks),
            "barred_checks": [c for c in checks if c.get("withheld")],
        }
    for key in ("evidence", "inputs"):
        if made.get(key):
            made[key] = _shown(made[key])
    if made.get("questionnaire"):
        sections = [
            {**section, "questions": [_question(one, bars) for one in section["questions"]]}
            for section in made["questionnaire"]["sections"]
        ]
        made["questionnaire"] = {**made["questionnaire"], "sections": sections}
    if (made.get("points") or {}).get("withheld"):
        made |= {"points": None, "points_level": made["points"]}
    return made


def bar_of(record: Mapping[str, Any], leaf: str) -> str:
    """The bar of one part of a prepared record; empty where it is shown. A name ending in “/” is any part below it."""
    bars: Mapping[str, str] = record.get("bars") or {}
    if leaf.endswith("/"):
        return next((text for name, text in sorted(bars.items()) if name.startswith(leaf)), "")
    return bars.get(leaf, "")


def hidden_names(record: Mapping[str, Any], prefix: str) -> list[str]:
    """What is withheld below a prefix, as the names of leaves say it."""
    return sorted(name.removeprefix(prefix) for name in record.get("bars") or {} if name.startswith(prefix))


def named_few(names: Sequence[str]) -> str:
    """Names, or the first of them with the number of the others.

    >>> named_few(["A", "B"]), named_few([str(number) for number in range(14)])[-13:]
    ('A and B', '11 and 2 more')
    """
    if len(names) <= _MOST_NAMED:
        return joined(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"


def sealed_root(record: Mapping[str, Any]) -> str:
    """The root that a record states; empty where it has no seal."""
    return str((record.get("redaction") or record.get("seal") or {}).get("root", ""))


def make_withheld(record: Mapping[str, Any], number: Numbering, *, annex: bool = False) -> Withheld | None:
    """The section, or the annex of a document; None of a full record."""
    told = record.get("redaction")
    if not told:
        return None
    heading = (number.annex if annex else number.section)("withheld", "What is withheld from this version")
    texts, direct = question_texts(record), {name for one in told["decisions"] for name in one["parts"]}
    also = sorted(set(told["withheld"]) - direct)
    decisions = number.table(
        "What is withheld, and who decided it",
        [("Part", 20), ("Reason", 20), ("Ground", 15), ("Decided", 15), ("Digest", 30)],
        [
            (
                _titled(one["id"], texts),
                one["reason"],
                one["ground"],
                f"{one['decided_by']}, {british_date(one['decided_on'])}",
                one["digest"],
            )
            for one in told["decisions"]
        ],
        note="The digest of several parts is the root over theirs.",
    )
    parts = number.table_or_none(
        "Further parts that would give it away",
        [("Part of the record", 35), ("Withheld with", 20), ("Digest", 45)],
        [(name, joined(told["withheld"][name]["with"]), told["withheld"][name]["digest"]) for name in also],
        note="Names are those of the record: “scoring” is what was worked out, “untested” the same before claims were "
        "tested, “credit” what a safeguard earns, “inputs” a file that was read.",
    )
    return Withheld(
        heading=heading,
        lead=_lead(told, len(also)),
        decisions=decisions,
        parts=parts,
        root=told["root"],
        bars=tuple(_placed(record, heading.number if annex else f"section {heading.number}")),
    )


def _lead(told: Mapping[str, Any], also: int) -> tuple[str, ...]:
    shown, hidden = len(told["salts"]), len(told["withheld"])
    found = [
        f"This is a public version of a full record that has {told['parts']:,} parts: {shown:,} are shown as they "
        f"stand there, {hidden:,} are withheld. “Withheld” does not mean that a question was "
        "not answered, nor that it was.",
        "Each part of the full record has a digest, made with a random number so that short answers cannot be found by "
        "trying. All digests together give one root. The full record states the same root: whoever holds the full "
        "report can tell that each part shown here is the same there, and that each digest is that of a part of it.",
        f"{plural(also, 'further part')} would give away what is withheld, and went with it. What is left follows from "
        "the answers that are shown, and can be computed again from them.",
    ]
    if told["kept"]:
        found.append(
            "Levels and the outcome were computed from the full record. They cannot be computed again from this one."
        )
    if told.get("small_counts_public"):
        found.append(f"Small counts are shown. Reason given: {told['small_counts_public']}")
    return tuple(found)


def _bar(told: Mapping[str, Any], name: str) -> str:
    part = told["withheld"][name]
    decisions = {one["id"]: one for one in told["decisions"]}
    whys = list(dict.fromkeys(_why(decisions[one]) for one in part["with"]))
    if any(name in decisions[one]["parts"] for one in part["with"]):
        own = next(decisions[one] for one in part["with"] if name in decisions[one]["parts"])
        return f"Withheld: {_why(own)}. Digest {part['digest']}."
    more = f"; and {plural(len(whys) - _MOST_WHYS, 'more reason')}" if len(whys) > _MOST_WHYS else ""
    said = f"{'; '.join(whys[:_MOST_WHYS])}{more}"
    return f"Withheld: it would give away {named_few(part['with'])}. {said}. Digest {part['digest']}."


_MOST_WHYS = 3  # in a bar; all of them stand in the list of what is withheld


def _why(decision: Mapping[str, Any]) -> str:
    return f"{decision['reason'].rstrip('.')} ({decision['ground'].rstrip('.')})"


def _shown(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        one
        for one in entries
        if not one.get("withheld") and one.get("state") != "withheld" and not ("cap" in one and "band" not in one)
    ]


def _question(question: Mapping[str, Any], bars: Mapping[str, str]) -> Mapping[str, Any]:
    text, credit = bars.get(f"answer/{question['id']}", ""), f"credit/{question['id']}" in bars
    return {**question, "bar": text, "credit_withheld": credit} if text or credit else question


def _placed(record: Mapping[str, Any], section: str) -> Iterator[PlacedBar]:
    """One bar for each place: what of it is withheld, with what, and where the digests stand."""
    withheld = record["redaction"]["withheld"]
    left = set(withheld)
    found: dict[str, tuple[list[str], set[str]]] = {}
    if "audit/findings" in left and not record.get("audit"):
        causes = {one for name in left if name.startswith("audit/") for one in withheld[name]["with"]}
        found |= {place: ([_AUDIT_WORDS], set(causes)) for place in _WHOLE_AUDIT}
        left -= {name for name in left if name.startswith("audit/")}
    for prefix, places, words in _PLACES:
        mine = sorted(name for name in left if name == prefix or (name.startswith(prefix) and prefix.endswith("/")))
        mine = mine or sorted(name for name in left if name.startswith(prefix) and not prefix.endswith("/"))
        if not mine:
            continue
        left -= set(mine)
        names = [name.removeprefix(prefix) for name in mine]
        named = named_few(names)
        for place in places.split():
            texts, causes = found.setdefault(place, ([], set()))
            texts.append(words.format(named, files=plural(len(mine), "file")))
            causes |= {one for name in mine for one in withheld[name]["with"]}
    order = [one["id"] for one in record["redaction"]["decisions"]]
    told: set[str] = set()
    for place, (texts, causes) in found.items():
        text = f"Withheld here: {'; '.join(texts)}. Withheld as, or with: {joined(sorted(causes, key=order.index))}. "
        text += f"Reasons, grounds and digests: {section}."
        yield PlacedBar(place=place, text=text, again=text in told)
        told.add(text)


def _titled(name: str, texts: Mapping[str, str]) -> str:
    known = {
        "audit": "The whole audit of the system’s output",
        "levels": "Levels and outcome",
        "summary": "The summary in the assessor’s words",
        "assessors": "The names of the assessors",
        "procurement": "Contracts and notices (procurement.yaml)",
        "suppliers": "The comparison of suppliers (suppliers.yaml)",
    }
    return f"{name} {texts[name]}" if name in texts else known.get(name, name)
