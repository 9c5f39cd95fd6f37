"""What verifying a document found -> sections for a reader who has never seen a certificate.

In: cleaned plain data: the answers of ``impact verify`` with the name and digest of the file. Every text in it may have
been chosen by a stranger. Out: ``Topic`` for each section; the first is the answer in a sentence. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date, count
from impact.report.model import Table, Topic
from impact.report.view.parts import Numbering, capital, joined, plural
from impact.report.view.verification_words import ADDED, FIGURES, NEVER_CHECKED, QUESTIONS
from impact.report.words import REASONS, say

__all__ = ["make_verification"]

_ANSWERS = {True: "Yes", False: "NO", None: "Not checked"}
_THREE = (("Question", 30), ("Answer", 20), ("What this means", 50))


def make_verification(found: Mapping[str, Any]) -> tuple[Topic, ...]:
    """The sections of the page, the answer first."""
    number = Numbering()
    made = [
        _answer(found, number),
        _problems(found, number),
        _people(found, number),
        _chosen(found, number),
        _questions(found, number),
        _added(found, number),
        _figures(found, number),
        _withheld(found, number),
        _unchecked(found, number),
        _again(found, number),
    ]
    return tuple(topic for topic in made if topic is not None)


def _topic(number: Numbering, anchor: str, title: str, paragraphs: list[str], *tables: Table | None) -> Topic:
    kept = tuple(table for table in tables if table is not None)
    return Topic(heading=number.section(anchor, title), paragraphs=tuple(paragraphs), figures=(), tables=kept)


def _signed(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found.get("signatures") or {}


def _redacted(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the record says of itself as a public version; empty of a full one."""
    return (found.get("record") or {}).get("redaction") or {}


def _holds(found: Mapping[str, Any], key: str) -> bool | None:
    return (found["checks"].get(key) or {}).get("holds")


def _answer(found: Mapping[str, Any], number: Numbering) -> Topic:
    checks = found["checks"]
    failed = [key for key, check in checks.items() if check["holds"] is False]
    if found["ok"]:
        left = sum(check["holds"] is None for check in checks.values())
        text = "Everything that was checked holds."
        text += f" {capital(plural(left, 'question'))} {'was' if left == 1 else 'were'} not checked." if left else ""
    else:
        text = "DO NOT RELY ON THIS DOCUMENT."
        text += f" {capital(plural(len(failed), 'question'))} below {'is' if len(failed) == 1 else 'are'} answered NO."
    paragraphs = [text]
    if _signed(found).get("practice"):
        paragraphs.append(
            "PRACTICE SIGNATURES: anybody can make such certificates, so they prove nothing about who signed."
        )
    paragraphs.append(
        f"This page is about the file “{found['file']['name']}” as it was at {_when(found['checked_at'])}. Its "
        "fingerprint is in the last section: a file with another fingerprint is another file."
    )
    told = found.get("record")
    if told and _holds(found, "record"):
        paragraphs.append(
            f"The document calls itself “{told['title']}”, of {told['organisation'] or 'no named organisation'}, dated "
            f"{british_date(told['date'])}, about “{told['system']}”. Its status is “{told['status']}”."
        )
    return _topic(number, "answer", "The answer", paragraphs)


def _problems(found: Mapping[str, Any], number: Numbering) -> Topic | None:
    problems = _signed(found).get("problems") or found.get("problems") or []
    rows = [(one["where"], capital(one["found"]), one["code"]) for one in problems]
    for key in ("record", "sealed", "cells", "findings", "scores", "page", "full", "bars"):
        if _holds(found, key) is False:
            rows.append((QUESTIONS[key].question, capital(found["checks"][key]["text"]), ""))
    if not rows:
        return None
    table = number.table("What was found", [("Where", 30), ("What", 55), ("Code", 15)], rows)
    said = "Each line is a reason not to rely on the document. Codes are explained in docs/signing.md of impact."
    return _topic(number, "wrong", "What is wrong", [said], table)


def _people(found: Mapping[str, Any], number: Numbering) -> Topic:
    each = _signed(found).get("signatures") or []
    if not each:
        said = ["No signature could be read in this file. Nobody is shown to stand by it."]
        return _topic(number, "signed", "Who signed, and when", said)
    said = [
        "Names are those in the certificates. A name is worth only as much as the authority behind it: look at the "
        "last column first."
    ]
    columns = [("Role, and name in the certificate", 35), ("When", 30), ("Does it lead to an authority you chose?", 35)]
    return _topic(
        number,
        "signed",
        "Who signed, and when",
        said,
        number.table("Signatures, in the order in which they were made", columns, [_person(one) for one in each]),
        number.table_or_none(
            "Reasons that the signers gave", [("Role", 30), ("Reason", 70)],
            [(one["role"], one["reason"]) for one in each if one["reason"]],
            note="These are the signers’ own words.",
        ),
        number.table(
            "Fingerprints of the certificates", [("Name", 40), ("SHA-256", 60)],
            [(one["signer"], one["fingerprint"]) for one in each],
        ),
    )  # fmt: skip


def _person(one: Mapping[str, Any]) -> tuple[str, str, str]:
    who = "Time stamp of an archive" if one["kind"] == "timestamp" else one["role"]
    if one["timestamp"] is not None:
        trust = "which leads to an authority you chose" if one["timestamp_trusted"] else "which is NOT to be trusted"
        when = f"{_when(one['timestamp'])}, by the time service “{one['timestamp_authority']}”, {trust}"
    elif one["time_claimed"] is not None:
        when = f"{_when(one['time_claimed'])}, by the signer’s own word only"
    else:
        when = "No time is stated"
    if not (one["intact"] and one["valid"]):
        worth = "NO. This signature does not hold"
    elif not one["trusted"]:
        worth = "NO. Anybody could have made it"
    elif one["problems"]:
        worth = "Yes, but something else is wrong with it: see “What is wrong”"
    else:
        worth = "Yes"
    revoked = {
        "checked": "the certificate was not withdrawn at that time",
        "revoked": "the certificate HAD BEEN WITHDRAWN",
        "not checked": "whether the certificate had been withdrawn was not established",
    }[one["revocation"]]
    return f"{who}: {one['signer']}", when, f"{worth}; {revoked}."


def _chosen(found: Mapping[str, Any], number: Numbering) -> Topic | None:
    trust = found.get("trust")
    if not trust:
        return None
    listed = {role["name"]: role for role in trust["roles"]}
    rows = [
        (
            role["label"] if role["label"] == name else f"{role['label']} ({name})",
            "Must have signed" if name in trust["required"] else "May sign",
            plural(role["certificates"], "certificate"),
        )
        for name, role in listed.items()
    ]
    said = [
        "Nothing is believed but what stands in the folder that you named. Neither the authorities of your computer "
        "nor the network were asked. If somebody sent you this folder together with the document, it proves nothing: "
        "get these fingerprints from the organisation in another way, and compare.",
        "A trusted time is demanded of each signature." if trust["timestamp_required"]
        else "Your folder does not demand a trusted time, so a signer may have stated any time.",
    ]  # fmt: skip
    return _topic(
        number,
        "chosen",
        "Whom you chose to believe",
        said,
        number.table(
            "Authorities in your folder", [("Name", 40), ("Fingerprint (SHA-256)", 60)],
            [(root["name"], root["fingerprint"]) for root in trust["roots"]],
        ),
        number.table_or_none(
            "Lists of withdrawn certificates in your folder", [("Issued by", 60), ("A newer list is due on", 40)],
            [(one["issuer"], british_date(one["due"]) if one["due"] else "No date stated") for one in trust["lists"]],
        ),
        number.table_or_none(
            "Who may sign, by your folder", [("Role", 40), ("Demand", 30), ("Who may sign in it", 30)], rows
        ),
    )  # fmt: skip


def _questions(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = []
    for key, check in found["checks"].items():
        asked = QUESTIONS.get(key)
        if asked is None:
            rows.append((key, _ANSWERS[check["holds"]], capital(check["text"])))
            continue
        means = {True: asked.yes, False: asked.no, None: asked.unasked}[check["holds"]]
        if _redacted(found) and key in ("cells", "findings", "scores") and check["holds"] is not False:
            means = f"{capital(check['text'])}."  # of a public version: what of it, and what not
        rows.append((asked.question, _ANSWERS[check["holds"]], means))
    said = [
        "An answer is Yes only where it was shown. Whatever could not be shown is NO, or “Not checked”; nothing is "
        "taken on trust."
    ]
    return _topic(number, "asked", "What was asked of the file", said, number.table("Questions", list(_THREE), rows))


def _added(found: Mapping[str, Any], number: Numbering) -> Topic:
    each = _signed(found).get("signatures") or []
    holds = _holds(found, "whole_file")
    if not each:
        said = "There is no signature that could be read, so nobody can tell what was added, and when."
    elif holds and not _holds(found, "intact"):
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
    return _topic(number, "added", "Was anything added later?", [said], table)


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


def _figures(found: Mapping[str, Any], number: Numbering) -> Topic:
    told = found.get("record")
    if not told or not _holds(found, "record"):
        unusable = ["The attached record cannot be used, so no figure was computed again."]
        return _topic(number, "figures", "Does each figure follow from what is attached?", unusable)
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
        yes = "Yes, what is shown" if _redacted(found) else "Yes, all"
        answer = {True: yes, False: "NO", None: "Not checked"}[_holds(found, key)]
        rows.append((f"{label} (from the attached {source})", count(how_many), answer))
    if told["points"]:
        rows.append(("Points of the assessment (from the attached answers)", "all", _ANSWERS[_holds(found, "scores")]))
    said = [f"{capital(found['checks'][key]['text'])}." for key in ("cells", "findings", "scores", "page")
            if key in found["checks"]]  # fmt: skip
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
    if _redacted(found).get("audit"):
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
    return _topic(number, "figures", "Does each figure follow from what is attached?", said, table)


def _withheld(found: Mapping[str, Any], number: Numbering) -> Topic:
    told = found.get("record")
    title = "What was withheld"
    if not told or not _holds(found, "record"):
        return _topic(number, "withheld", title, ["The attached record cannot be used, so this is not known."])
    audit = told["audit"]
    said = ["Rows about people are never attached: only counts are."]
    if told["evidence"]:
        said.append(f"{capital(plural(told['evidence'], 'file'))} of evidence are named and not attached.")
    table = None
    redacted, decided = _redacted(found), None
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
    return _topic(number, "withheld", title, said, decided, table)


def _unchecked(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = [
        (QUESTIONS[key].question if key in QUESTIONS else key, QUESTIONS[key].unasked if key in QUESTIONS else "")
        for key, check in found["checks"].items()
        if check["holds"] is None
    ]
    if not _holds(found, "record"):
        rows.append(("Every figure, score and ruling, and the printed pages", "The attached record cannot be used."))
    rows += NEVER_CHECKED
    table = number.table("Not checked", [("What", 40), ("Why, and what to do", 60)], rows)
    said = ["No program can answer these from a file alone, or you did not ask for it."]
    return _topic(number, "unchecked", "What was NOT checked", said, table)


def _again(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = [
        ("Name of the file", found["file"]["name"]),
        ("Size", f"{count(found['file']['bytes'])} bytes"),
        ("Fingerprint of the file (SHA-256)", found["file"]["digest"]),
        ("Fingerprint of the attached record", found.get("record_digest") or "There is none that could be read"),
        ("Time of this check", _when(found["checked_at"])),
        ("Checked with", found["tool"]),
        ("What to type", "impact verify DOCUMENT.pdf --trust YOUR-FOLDER --rerender"),
    ]
    said = [
        "This page is not signed: whoever sends it to you could have written it. Check the document itself, on your "
        "own machine, with a folder of authorities that you got in another way.",
        "Signatures can also be looked at with other programs, such as pdfsig. They do not say what was added, and do "
        "not compute any figure.",
    ]
    needed = joined(_signed(found).get("required") or [])
    if needed:
        said.append(f"Roles that your folder demands: {needed}.")
    table = number.table("The file", [("What", 40), ("Value", 60)], rows)
    return _topic(number, "again", "Check it yourself", said, table)


def _when(text: str) -> str:
    return british_date(text.replace("Z", "+00:00"))
