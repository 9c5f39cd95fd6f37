"""Check a public version: that it belongs to the root it states, and that what it shows follows from what it shows.

In: records as plain data; a stranger's, and they may hold anything. Out: whether it holds, in words. Raises nothing for
what is wrong with a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.assessment.again import read_pack
from impact.assessment.recompute import Comparison, findings_again, suppliers_again
from impact.assessment.redaction.closure import LEVELS, Closure, close, close_files, leaves_again, told_of
from impact.assessment.redaction.leaves import content, cut, join
from impact.assessment.redaction.public import PUBLIC_SCHEMA
from impact.assessment.redaction.seal import commitments_of
from impact.assessment.redaction.tree import METHOD, SALT_BYTES, commitment, root
from impact.canonical import canonical_json
from impact.errors import ImpactError
from impact.settings import Settings

__all__ = ["barred_rightly", "belongs", "recompute_public", "sealed"]

_LEVELS = {
    "scoring/rights_level": "the rights level",
    "scoring/stewardship_level": "the stewardship level",
    "scoring/outcome": "the outcome",
    "scoring/demands": "what the level asks for",
    "scoring/incomplete": "whether enough is answered",
    "points/level": "the level by points",
}
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


def sealed(record: Mapping[str, Any]) -> Comparison | None:
    """Whether the parts of a record give the root that it states; None for a record without a seal.

    Of a public version: the parts that are shown, with their salts, and the digests of those that are withheld, give
    the root; every name is in it once; and nothing stands in the record beside them.
    """
    if record.get("redaction") is None and record.get("schema") != PUBLIC_SCHEMA:
        return _sealed_full(record) if record.get("seal") is not None else None
    try:
        told = record["redaction"]
        problem = _problem(record, told)
        if problem:
            return Comparison("sealed", False, problem)
        shown, hidden = len(told["salts"]), len(told["withheld"])
        text = (
            f"the {shown:,} parts that are shown and the digests of the {hidden:,} that are withheld give the root of "
            f"the full record ({told['root']})"
        )
        return Comparison("sealed", True, text)
    except _BROKEN as error:
        return Comparison("sealed", False, f"the parts of the public version cannot be read: {type(error).__name__}")


def _sealed_full(record: Mapping[str, Any]) -> Comparison:
    try:
        told = record["seal"]
        found = commitments_of(record, bytes.fromhex(told["secret"]))
        good = told["method"] == METHOD and told["root"] == root(found) and told["parts"] == len(found)
        good = good and len(bytes.fromhex(told["secret"])) == SALT_BYTES
    except _BROKEN as error:
        return Comparison("sealed", False, f"the seal cannot be read: {type(error).__name__}")
    if not good:
        return Comparison("sealed", False, "the parts of the record do not give the root that it states")
    text = f"the {len(found):,} parts of the record give the root that it states ({told['root']})"
    return Comparison("sealed", True, text)


def _problem(record: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What is wrong with the tree of a public version; empty where nothing is."""
    if record["schema"] != PUBLIC_SCHEMA or told["method"] != METHOD or "seal" in record:
        return "the public version has another form than this one is checked in"
    salts, withheld = told["salts"], told["withheld"]
    if set(salts) & set(withheld) or len(salts) + len(withheld) != told["parts"] or not withheld:
        return "the parts that are shown and those that are withheld are not as many as the tree has"
    leaves = cut(record)
    missing = sorted(set(salts) - set(leaves))
    if missing:
        return f"{len(missing)} parts are said to be shown and are not there, the first is {missing[0]}"
    shown = {name: leaves[name] for name in salts}
    if canonical_json(join(shown, withheld)) != canonical_json(content(record)):
        return "something stands in the public version that is no part of the full record"
    commitments = {name: commitment(shown[name], bytes.fromhex(salts[name])) for name in shown}
    if root({**commitments, **{name: part["digest"] for name, part in withheld.items()}}) != told["root"]:
        return "the parts that are shown and the digests of those withheld do not give the root that is stated"
    return _wrong_decision(told)


def _wrong_decision(told: Mapping[str, Any]) -> str:
    """Each bar names parts that are withheld, and their digest; each part that is withheld has a bar."""
    withheld, known = told["withheld"], {one["id"] for one in told["decisions"]}
    if any(not part["with"] or set(part["with"]) - known for part in withheld.values()):
        return "a part is withheld that no decision names"
    for one in told["decisions"]:
        own = {name: withheld[name]["digest"] for name in one["parts"]}
        printed = next(iter(own.values())) if len(own) == 1 else root(own)
        if printed != one["digest"] or any(one["id"] not in withheld[name]["with"] for name in own):
            return f"the digest that is printed for “{one['id']}” is not that of what is withheld"
    if set(told["kept"]) - set(LEVELS) or set(told["kept"]) - set(told["salts"]):
        return "it names levels as kept that are none, or are not shown"
    return ""


def belongs(public: Mapping[str, Any], full: Mapping[str, Any]) -> Comparison:
    """Whether a public version was made from a full record: one root, each part that is shown the same, each digest
    that of the part in the full record.

    Both records have been checked by :func:`sealed`.
    """
    what = "full"
    try:
        told, seal = public["redaction"], full.get("seal")
        if full.get("redaction") is not None or seal is None:
            text = "the other document holds no full record with a root: it is a public version, or has no seal"
            return Comparison(what, False, text)
        if told["root"] != seal["root"]:
            return Comparison(what, False, "the full document states another root: this is a version of another record")
        leaves, shown = cut(full), cut(public)
        found = commitments_of(full, bytes.fromhex(seal["secret"]))
        if set(told["salts"]) | set(told["withheld"]) != set(leaves):
            return Comparison(what, False, "the parts of the two records do not have the same names")
        other = [name for name in told["salts"] if canonical_json(shown[name]) != canonical_json(leaves[name])]
        other += [name for name, part in told["withheld"].items() if part["digest"] != found[name]]
    except _BROKEN as error:
        return Comparison(what, False, f"the two records cannot be compared: {type(error).__name__}")
    if other:
        return Comparison(what, False, f"{len(other)} parts are not those of the full record, the first is {other[0]}")
    text = (
        f"each of the {len(told['salts']):,} parts that are shown is the same in the full document, and each of the "
        f"{len(told['withheld']):,} digests is that of a part of it"
    )
    return Comparison(what, True, text)


def barred_rightly(public: Mapping[str, Any], full: Mapping[str, Any], settings: Settings) -> Comparison:
    """Whether exactly that went with the decisions which would give them away; for whoever holds the full record.

    A version may hide behind a decision what has nothing to do with it, or show what tells it: both are found here.
    What goes with a table of an audit is not looked at; it needs the counts.
    """
    what = "bars"
    try:
        told, found = public["redaction"], Closure()
        for one in told["decisions"]:
            found.add(one["parts"], [one["id"]])
        close_files(full, found)
        if full.get("questionnaire") is not None:
            again = read_pack(full, settings)
            if isinstance(again, str):
                return Comparison(what, None, f"not tried what the bars would give away: {again}")
            close(full, again, found)
        audit = {one["id"] for one in told["decisions"] if one["parts"][0].startswith("audit/")}
        beyond = set(told["withheld"]) - set(found.withheld)
        more = sorted(name for name in beyond if set(told["withheld"][name]["with"]) - audit)
        less = [name for name in found.withheld if name not in told["withheld"]]
    except (ImpactError, *_BROKEN) as error:
        return Comparison(what, False, f"what the bars would give away cannot be tried: {type(error).__name__}")
    if more:
        return Comparison(what, False, f"{len(more)} parts are withheld for no decision, the first is {more[0]}")
    if less:
        return Comparison(what, False, f"{len(less)} parts that are shown give away what is withheld")
    return Comparison(what, True, "what is withheld beyond the decisions is what would give it away, and no more")


def recompute_public(
    record: dict[str, Any], cells: bytes | None, *, settings: Settings, aggregates: Mapping[str, bytes]
) -> list[Comparison]:
    """What can be computed again of a public version, and what cannot because it is withheld."""
    hidden = (record["redaction"] or {}).get("withheld") or {}
    found = []
    of_audit = [name for name in hidden if name.startswith("audit/")]
    if record.get("audit") is not None or cells is not None:
        found += findings_again(record.get("audit"), cells, aggregates, of_audit)
    elif of_audit:
        found.append(Comparison("cells", None, "the counts are withheld, and not attached"))
        text = f"the audit is withheld ({len(of_audit)} parts): no figure of it can be computed again from this version"
        found.append(Comparison("findings", None, text))
    if record.get("questionnaire") is not None:
        found.append(_scores(record, hidden, settings))
    if record.get("suppliers") is not None:
        found.append(suppliers_again(record["suppliers"]))
    elif "block/suppliers" in hidden:
        text = "the comparison of suppliers is withheld: its totals and order cannot be computed again"
        found.append(Comparison("suppliers", None, text))
    return found


def _scores(record: dict[str, Any], hidden: Mapping[str, Any], settings: Settings) -> Comparison:
    what = "scores"
    try:
        again = read_pack(record, settings)
        if isinstance(again, str):
            return Comparison(what, None, again)
        made = leaves_again(record, again, answers=record["answers"] or {}, hidden=hidden, further=True)
        kept = set(record["redaction"]["kept"])
        leaves = cut(record)
        names = [name for name in leaves if name in made and name not in hidden and name not in kept]
        wrong = sorted(name for name in names if canonical_json(told_of(name, leaves[name])) != made[name])
    except (ImpactError, *_BROKEN) as error:
        return Comparison(what, False, f"the scores cannot be computed again: {type(error).__name__}")
    if wrong:
        return Comparison(what, False, f"{len(wrong)} scores or rulings come out differently, the first is {wrong[0]}")
    text = (
        f"what follows from the answers that are shown comes out the same from them ({len(names):,} scores, rulings, "
        f"rules and states of questions); {len(hidden):,} parts are withheld and cannot be computed again"
    )
    text += again.source
    if kept:
        listed = " and ".join(_LEVELS[name] for name in sorted(kept) if name in _LEVELS) or "levels"
        text += f"; from the full record alone, and so not computed again: {listed}"
    return Comparison(what, True, text)
