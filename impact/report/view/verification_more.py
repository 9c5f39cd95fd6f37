"""The second half of the page of a verification: what was added, which figures hold, what is withheld.

In: cleaned plain data. Out: ``Topic`` for each section. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count
from impact.report.model import Topic
from impact.report.view.parts import Numbering, capital, joined, plural
from impact.report.view.verification_parts import ANSWERS, holds_of, redacted_of, signatures_of, told_time, topic_of
from impact.report.view.verification_words import ADDED, FIGURES, NEVER_CHECKED, QUESTIONS
from impact.report.words import REASONS, say

__all__ = ["make_added", "make_again", "make_figures", "make_unchecked", "make_withheld"]

_THREE = (("Question", 30), ("Answer", 20), ("What this means", 50))


def make_added(found: Mapping[str, Any], number: Numbering) -> Topic:
    each = signatures_of(found).get("signatures") or []
    holds = holds_of(found, "whole_file")
    if not each:
        said = "There is no signature that could be read, so nobody can tell what was added, and when."
    elif holds and not holds_of(found, "intact"):
        said = "Nothing was appended, but something that was signed was changed where it stood."
    elif holds and len(each) == 1:
        said = "No. The file ends with its one signature, which covers every byte."
    elif holds:
        said = f"Only signatures: {plural(len(each), 'signature')} stand in the file, and the last covers every byte."
    else:
        said = (
            "Yes, or it cannot be ruled out. What the file showed when it was signed may differ from what it shows now."
        )
    last = len(each) - 1
    rows = [
        (f"{one['role']}: {one['signer']}", _later(one, last=index == last), _covers(one))
        for index, one in enumerate(each)
    ]
    table = number.table_or_none(
        "After each signature", [("Signature", 30), ("What was added later", 40), ("What it covers", 30)], rows
    )
    return topic_of(number, "added", "Was anything added later?", [said], table)


def _later(one: Mapping[str, Any], *, last: bool) -> str:
    if last and one["later_changes"] == "none" and one["coverage"] != "whole file":
        return "No further version of the file, but bytes stand in it that this signature does not cover."
    return ADDED[one["later_changes"]]


def _covers(one: Mapping[str, Any]) -> str:
    return {
        "whole file": "The whole file as it is now",
        "revision": "The whole file as it was then",
        "part": "Only a PART of the file",
    }[one["coverage"]]


def make_figures(found: Mapping[str, Any], number: Numbering) -> Topic:
    told = found.get("record")
    if not told or not holds_of(found, "record"):
        unusable = ["The attached record cannot be used, so no figure was computed again."]
        return topic_of(number, "figures", "Does each figure follow from what is attached?", unusable)
    audit, rulings = told["audit"] or {}, told["rulings"] or {}
    known = {
        "people": ("Cases behind the attached counts", audit.get("people"), "counts"),
        "findings": ("Findings of the audit", audit.get("findings"), "counts"),
        "rows": ("Rows of figures in the tables of the audit", audit.get("rows"), "counts"),
        "scores": ("Dimensions of the assessment that are scored", told["scores"], "answers"),
        "rulings": ("Rulings on claims that rest on attached counts", rulings.get("again"), "counts of the log"),
    }
    rows: list[tuple[str, str, str]] = []
    for kind, key in FIGURES:
        label, how_many, source = known[kind]
        if how_many is None:
            continue
        yes = "Yes, what is shown" if redacted_of(found) else "Yes, all"
        answer = {True: yes, False: "NO", None: "Not checked"}[holds_of(found, key)]
        rows.append((f"{label} (from the attached {source})", count(how_many), answer))
    if told["points"]:
        rows.append(("Points of the assessment (from the attached answers)", "all", ANSWERS[holds_of(found, "scores")]))
    asked = ("questionnaire", "cells", "findings", "scores", "suppliers", "page")
    said = [f"{capital(found['checks'][key]['text'])}." for key in asked if key in found["checks"]]
    if not found["ok"]:
        said.append(
            "These answers say only that what is attached agrees with itself. They do not make up for what is wrong."
        )
    if kept := rulings.get("kept"):
        said.append(
            f"{capital(plural(kept, 'ruling'))} more {'rests' if kept == 1 else 'rest'} on a model that was fitted to "
            "rows about people, which are not attached. What was ruled follows from the figure in the record; that "
            "figure cannot be computed again."
        )
    if redacted_of(found).get("audit"):
        said.append("The audit of the scorer’s output is withheld, with its counts.")
    elif told["audit"] is None:
        said.append("There is no audit of a scorer’s output in this document.")
    if told["scores"] is None and not told["points"]:
        said.append("Nobody answered a questionnaire for this document.")
    columns: list[tuple[str, int] | tuple[str, int, bool]] = [
        ("Figures", 55),
        ("How many", 20, True),
        ("Do they come out the same?", 25),
    ]
    table = number.table_or_none("Figures computed again on this machine", columns, rows)
    return topic_of(number, "figures", "Does each figure follow from what is attached?", said, table)


def make_withheld(found: Mapping[str, Any], number: Numbering) -> Topic:
    told = found.get("record")
    title = "What was withheld"
    if not told or not holds_of(found, "record"):
        return topic_of(number, "withheld", title, ["The attached record cannot be used, so this is not known."])
    audit = told["audit"]
    said = ["Rows about people are never attached: only counts are."]
    if told["evidence"]:
        said.append(f"{capital(plural(told['evidence'], 'file'))} of evidence are named and not attached.")
    table = None
    redacted, decided = redacted_of(found), None
    if redacted:
        said.append(
            f"This is a public version: {count(redacted['withheld'])} parts of the full record are withheld and "
            f"{count(redacted['shown'])} are shown. Root of the full record: {redacted['root']}."
        )
        decided = number.table_or_none(
            "What somebody decided to withhold", [("Part", 15), ("Reason", 35), ("Ground", 25), ("Decided", 25)],
            [(one["id"], one["reason"], one["ground"], f"{one['decided_by']}, {one['decided_on']}")
             for one in redacted["decisions"]],
            note="Further parts went with these, because they would give them away.",
        )  # fmt: skip
    if audit and audit["status"] == "protected":
        hidden = count(audit["suppressed_cells"] or 0)
        said.append(
            f"Counts were protected before publication: {hidden} counts are withheld, and others may be rounded."
        )
    elif audit:
        small = f" {count(audit['small_cells'])} of them are under {audit['min_cell']}." if audit["small_cells"] else ""
        said.append(f"The attached counts are exact: none was withheld or rounded.{small}")
    if audit:
        table = number.table_or_none(
            "Measures that were not computed, by reason", [("Reason", 75), ("Measures", 25, True)],
            [(capital(say(REASONS, one["reason"])), count(one["figures"])) for one in audit["not_computed"]],
        )  # fmt: skip
    return topic_of(number, "withheld", title, said, decided, table)


def make_unchecked(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = [
        (QUESTIONS[key].question if key in QUESTIONS else key, QUESTIONS[key].unasked if key in QUESTIONS else "")
        for key, check in found["checks"].items()
        if check["holds"] is None
    ]
    if not holds_of(found, "record"):
        rows.append(("Every figure, score and ruling, and the printed pages", "The attached record cannot be used."))
    rows += NEVER_CHECKED
    table = number.table("Not checked", [("What", 40), ("Why, and what to do", 60)], rows)
    said = ["No program can answer these from a file alone, or you did not ask for it."]
    return topic_of(number, "unchecked", "What was NOT checked", said, table)


def make_again(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = [
        ("Name of the file", found["file"]["name"]),
        ("Size", f"{count(found['file']['bytes'])} bytes"),
        ("Fingerprint of the file (SHA-256)", found["file"]["digest"]),
        ("Fingerprint of the attached record", found.get("record_digest") or "There is none that could be read"),
        ("Time of this check", told_time(found["checked_at"])),
        ("Checked with", found["tool"]),
        ("What to type", "impact verify DOCUMENT.pdf --trust YOUR-FOLDER --rerender"),
    ]
    said = [
        "This page is not signed: whoever sends it to you could have written it. Check the document itself, on your "
        "own machine, with a folder of authorities that you got in another way.",
        "Signatures can also be looked at with other programs, such as pdfsig. They do not say what was added, and do "
        "not compute any figure.",
    ]
    needed = joined(signatures_of(found).get("required") or [])
    if needed:
        said.append(f"Roles that your folder demands: {needed}.")
    table = number.table("The file", [("What", 40), ("Value", 60)], rows)
    return topic_of(number, "again", "Check it yourself", said, table)
