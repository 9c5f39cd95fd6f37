"""What else must go when an answer or a check is withheld: everything that would give it away.

In: a full record, its pack, what was decided. Out: ``Closure``. A leaf goes with a question if a rule
names it there, and if trying another answer changes it. So what stays would be the same whatever was answered,
and follows from the answers that stay: ``verify`` computes it again. Levels alone may stay although they would not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from impact.assessment.again import Again, blocks_again
from impact.assessment.redaction.leaves import cut
from impact.assessment.redaction.trials import named_in, other_answers
from impact.canonical import canonical_json
from impact.errors import AnswerError, Fault

__all__ = ["BESIDE", "LEVELS", "Closure", "close", "close_files", "leaves_again", "told_of", "within"]

# Files beside the answers that are withheld whole: marks, totals and order, or days and sums, follow from each other.
BESIDE = ("procurement", "suppliers")

# Said of the whole assessment. They stay, with a sentence that they rest on the full record, unless they are withheld
# by name; what they leave open of a withheld choice is counted.
LEVELS = (
    *(f"scoring/{name}" for name in ("rights_level", "stewardship_level", "outcome", "demands", "incomplete")),
    "points/level",
)
# Sums over all answers, and lists drawn from them: they go with any answer.
_SUMS = (
    "high_dimensions", "index", "completeness", "evidenced", "verified", "confidence", "counted", "outcome_reasons",
    "sensitivity", "sensitivity_further", "escalation_drawn",
)  # fmt: skip
_FIXED = {"scoring/rules", "untested/rules"}
_BLOCKS = (
    "answer/", "credit/", "section/", "questionnaire/refs", "scoring/", "untested/", "claims/check/", "points/",
    "block/law", "block/promises", "block/enquiries",
)  # fmt: skip


_FURTHER = ("/sensitivity_further", "block/enquiries")


@dataclass
class Closure:
    """What goes with what.

    Attributes:
        withheld: Leaf -> the ids that it goes with.
        kept: Levels that stay, and cannot be computed again from what is shown.
        possible: Withheld question -> how many of the answers that were tried give the same levels, its own among
            them, and how many were tried. Others that are withheld keep their answers in this count: whoever does not
            know them cannot tell more.
    """

    withheld: dict[str, set[str]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    possible: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, leaves: Iterable[str], cause: Iterable[str]) -> None:
        for leaf in leaves:
            self.withheld.setdefault(leaf, set()).update(cause)

    def ids(self, prefix: str) -> set[str]:
        return within(self.withheld, prefix)


def within(names: Iterable[str], prefix: str) -> set[str]:
    """What names of leaves say below a prefix.

    >>> sorted(within(["answer/A1", "credit/A1", "answer/B2"], "answer/"))
    ['A1', 'B2']
    """
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def close(record: Mapping[str, Any], again: Again, found: Closure) -> Closure:
    """Add to a closure whatever gives away the answers and checks in it.

    Args:
        record: The full record.
        again: Its pack.
        found: With the leaves ``answer/…`` and ``claims/check/…`` that were decided; added to.

    Raises:
        AnswerError: A163 an answer decides what the questionnaire is made of, so that it cannot be withheld.
    """
    leaves = cut(record)
    follow = leaves_again(record, again, answers=record["answers"] or {}, hidden=())
    stored = {name: value for name, value in _written(leaves, further=False).items() if name in follow}
    tried: set[str] = set()
    while True:
        before = len(found.withheld)
        _by_letter(record, again, leaves, found)
        for name in sorted(found.ids("answer/") - tried):
            tried.add(name)
            _try_others(record, again, name, stored, found, alone=True)
        if len(found.withheld) > before:
            continue
        # What is left is tried as a reader would: with every answer that is withheld left out.
        _try_without(record, again, stored, found)
        if len(found.withheld) == before:
            return found


def close_files(record: Mapping[str, Any], found: Closure) -> None:
    """Add what a file beside the answers would be known by: its digest and size, and evidence that it alone cites."""
    for name in BESIDE:
        causes = found.withheld.get(f"block/{name}")
        if not causes:
            continue
        own = {each["file"] for each in record.get("evidence") or () if each["cited_by"] == [f"{name}.yaml"]}
        files = [(each["file"] in own or each["role"] == name) for each in record["inputs"]]
        found.add((f"inputs/{at}" for at, goes in enumerate(files, start=1) if goes), causes)
        listed = enumerate(record.get("evidence") or (), start=1)
        found.add((f"evidence/{at}" for at, each in listed if f"{name}.yaml" in each["cited_by"]), causes)


def leaves_again(
    record: Mapping[str, Any],
    again: Again,
    *,
    answers: Mapping[str, Any],
    hidden: Iterable[str],
    further: bool = False,
) -> dict[str, bytes]:
    """Leaves that follow from answers, in canonical form, computed without what is hidden.

    Args:
        record: A full record, or a public one.
        again: Its pack.
        answers: As in the record, or others.
        hidden: Names of leaves; checks and judgements among them are left out.
        further: Work out what takes longest, too; it goes with any answer, so that trying another does not need it.
    """
    without, unjudged = within(hidden, "claims/check/"), within(hidden, "judgements/")
    judged = {name: one for name, one in (record.get("judgements") or {}).items() if name not in unjudged}
    made = blocks_again(record, again, answers=answers, judgements=judged, without=without, further=further)
    named = {**made, "answers": answers}
    if made.get("claims") is None:
        named.pop("claims", None)
    return _written(cut(named), further=further)


def _written(leaves: Mapping[str, Any], *, further: bool) -> dict[str, bytes]:
    kept = {name: value for name, value in leaves.items() if name.startswith(_BLOCKS)}
    if not further:
        kept = {name: value for name, value in kept.items() if not name.endswith(_FURTHER)}
    return {name: canonical_json(told_of(name, value)) for name, value in kept.items()}


def told_of(name: str, value: Any) -> Any:
    """Of an answer, what follows from others: its state, and what it counts."""
    return value.get("entry") if name.startswith("answer/") else value


def _with_answer(
    record: Mapping[str, Any], again: Again, name: str, causes: set[str], leaves: Mapping[str, Any], found: Closure
) -> None:
    """By the letter of the rules: what names the question, in the record or in the pack."""
    scored = [prefix for prefix in ("scoring", "untested") if f"{prefix}/rules" in leaves]
    question = again.pack.questions[name]
    found.add([f"credit/{name}"] if f"credit/{name}" in leaves else [], causes)
    moved = set(getattr(question, "weights", {}))
    shown, sections, floors = named_in(again.pack, {name})
    for section in again.pack.sections:
        if section.id in sections:
            found.add([f"section/{section.id}"], causes)
            shown |= {one.id for one in section.questions}
    found.add((f"answer/{one}" for one in shown), causes)
    for prefix in scored:
        rules = leaves[f"{prefix}/rules"]
        for clash in rules["contradictions"]:
            if name in clash["between"]:  # it takes credit from the answers that it doubts
                doubted = [one for one in clash["between"] if one in again.pack.questions]
                found.add((f"credit/{one}" for one in doubted), causes)
                moved |= {code for one in doubted for code in again.pack.questions[one].weights}
        found.add((f"{prefix}/dimensions/{code}" for code in moved), causes)
        found.add((leaf for leaf in leaves if leaf.startswith(f"{prefix}/floors/") and _id(leaf) in floors), causes)
        for kind in ("hard_stops", "flags", "contradictions"):
            for leaf, rule in _ruled(prefix, kind, leaves):
                if name in (*rule.get("questions", ()), rule.get("question"), *rule.get("between", ())) or name in (
                    *leaves[leaf]["missing"],
                    *(part["question"] for part in leaves[leaf].get("parts", ())),
                ):
                    found.add([leaf], causes)
        found.add((f"{prefix}/{one}" for one in _SUMS if f"{prefix}/{one}" in leaves), causes)
    _with_sums(leaves, causes, found)
    found.add(
        (f"claims/check/{one}" for one in getattr(question, "tested_by", ()) if f"claims/check/{one}" in leaves), causes
    )
    told = ((leaf, leaves[leaf]["entry"]) for leaf in leaves if leaf.startswith("claims/check/"))
    found.add((leaf for leaf, entry in told if name in entry["questions"]), causes)
    # Digests of the files in which the answer stands, and their sizes: short answers could be tried against them.
    for place, one in enumerate(record["inputs"], start=1):
        if one["role"] in ("answers", "history"):
            found.add([f"inputs/{place}"], causes)
    for place, one in enumerate(record.get("evidence") or (), start=1):
        if name in one["cited_by"]:
            found.add([f"evidence/{place}"], causes)
            found.add(
                (f"inputs/{at}" for at, file in enumerate(record["inputs"], start=1) if file["file"] == one["file"]),
                causes,
            )


def _with_sums(leaves: Mapping[str, Any], causes: set[str], found: Closure) -> None:
    always = ("block/enquiries", "block/history", "block/migration", "points/rest")
    found.add((leaf for leaf in always if leaves.get(leaf) is not None), causes)
    for code in found.ids("scoring/dimensions/"):
        found.add([f"judgements/{code}"] if f"judgements/{code}" in leaves else [], causes)


def _with_check(
    record: Mapping[str, Any], again: Again, name: str, causes: set[str], leaves: Mapping[str, Any], found: Closure
) -> None:
    """What a verdict moves: credits of the answers that it tests, their dimensions, and checks that it holds back."""
    from impact.assessment.claims import checks_of

    pack: Any = again.pack  # only packs that are scored have checks
    tested = [one for one, asked in again.pack.questions.items() if name in (*asked.tested_by, *asked.feeds)]
    found.add((f"credit/{one}" for one in tested), causes)
    weights = {code for one in tested for code in again.pack.questions[one].weights}
    found.add((f"scoring/dimensions/{code}" for code in weights), causes)
    found.add(
        (leaf for leaf, rule in _ruled("scoring", "contradictions", leaves) if set(rule["between"]) & {name, *tested}),
        causes,
    )
    found.add((f"scoring/{one}" for one in _SUMS if f"scoring/{one}" in leaves), causes)
    _with_sums(leaves, causes, found)
    found.add((f"inputs/{at}" for at, file in enumerate(record["inputs"], start=1) if file["role"] == "claims"), causes)
    check = next(one for one in checks_of(pack) if one.id == name)
    if check.adjust is not None:
        for leaf in (leaf for leaf in leaves if leaf.startswith("claims/check/")):
            ruling = leaves[leaf]["entry"]["ruling"]
            if ruling and (
                ruling["verdict"] == "supported" or any(one.startswith(f"{name}:") for one in ruling["cautions"])
            ):
                found.add([leaf], causes)


def _ruled(prefix: str, kind: str, leaves: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from impact.assessment.redaction.leaves import rule_names

    rules = leaves[f"{prefix}/rules"][kind]
    yield from ((f"{prefix}/{kind}/{name}", rule) for name, rule in zip(rule_names(rules, "id"), rules, strict=True))


def _id(leaf: str) -> str:
    return leaf.rpartition("/")[2].partition(" (")[0]


def _by_letter(record: Mapping[str, Any], again: Again, leaves: Mapping[str, Any], found: Closure) -> None:
    before = -1
    while before != len(found.withheld):
        before = len(found.withheld)
        for name, causes in list(found.withheld.items()):
            if name.startswith("answer/"):
                _with_answer(record, again, name[7:], causes, leaves, found)
            if name.startswith("claims/check/"):
                _with_check(record, again, name[13:], causes, leaves, found)


def _try_without(record: Mapping[str, Any], again: Again, stored: Mapping[str, bytes], found: Closure) -> None:
    asked = found.ids("answer/")
    if not asked and not found.ids("claims/check/"):
        return
    shown = {name: entry for name, entry in (record["answers"] or {}).items() if name not in asked}
    everything = {cause for causes in found.withheld.values() for cause in causes}
    _note(leaves_again(record, again, answers=shown, hidden=found.withheld), stored, everything, found)
    for name in sorted(asked):
        before = len(found.withheld)
        _try_others(record, again, name, stored, found, alone=False)
        if len(found.withheld) > before:
            return


def _try_others(
    record: Mapping[str, Any],
    again: Again,
    name: str,
    stored: Mapping[str, bytes],
    found: Closure,
    *,
    alone: bool,
) -> None:
    """Every other answer to one question; where it is tried ``alone``, the others that are withheld keep theirs."""
    question: Any = again.pack.questions[name]
    given = record["answers"] or {}
    left_out = {name} if alone else found.ids("answer/")
    shown = {one: part for one, part in given.items() if one not in left_out}
    own = given.get(name)
    held = own.get("value") if isinstance(own, Mapping) else own
    same, supposed = {json.dumps(held)}, {json.dumps(held)}
    for entry in other_answers(question, given.get(name), day=record["assessment"]["date"]):
        tried = {**shown, **({} if entry is None else {name: entry})}
        try:
            made = leaves_again(record, again, answers=tried, hidden=() if alone else found.withheld)
        except AnswerError:  # not an answer to this question
            continue
        _note(made, stored, found.withheld[f"answer/{name}"], found)
        if isinstance(entry, Mapping) and "value" in entry:
            supposed.add(json.dumps(entry["value"]))
            if all(made.get(one) == stored.get(one) for one in LEVELS):
                same.add(json.dumps(entry["value"]))
    if alone:
        found.possible[name] = (len(same), len(supposed))


def _note(made: Mapping[str, bytes], stored: Mapping[str, bytes], causes: set[str], found: Closure) -> None:
    changed = {name for name in stored if made.get(name) != stored[name]} - set(found.withheld)
    broken = changed & _FIXED
    if broken:
        where = ", ".join(sorted(causes))
        raise AnswerError(
            Fault(
                where,
                "the answer decides what the questionnaire or its rules are made of, so that a bar would tell it",
                "",
                "Withhold another part, or report the case",
                "A163",
            )
        )
    found.kept |= changed & set(LEVELS)
    found.add(changed - set(LEVELS) - _FIXED, causes)
