"""What verifying a document found -> sections for a reader who has never seen a certificate.

In: cleaned plain data: the answers of ``impact verify`` with the name and digest of the file. Every text in it may have
been chosen by a stranger. Out: ``Topic`` for each section; the first is the answer in a sentence. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date
from impact.report.model import Topic
from impact.report.view.made_from import made_from_told
from impact.report.view.parts import Numbering, capital, joined, plural
from impact.report.view.verification_more import make_added, make_again, make_figures, make_unchecked, make_withheld
from impact.report.view.verification_parts import ANSWERS, holds_of, redacted_of, signatures_of, told_time, topic_of
from impact.report.view.verification_words import LEVELS, QUESTIONS

__all__ = ["make_verification"]

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
        make_added(found, number),
        make_figures(found, number),
        make_withheld(found, number),
        make_unchecked(found, number),
        make_again(found, number),
    ]
    return tuple(topic for topic in made if topic is not None)


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
    if signatures_of(found).get("practice"):
        paragraphs.append(
            "PRACTICE SIGNATURES: anybody can make such certificates, so they prove nothing about who signed."
        )
    against = [one for one in signatures_of(found).get("signatures") or [] if one["dissent"]]
    if against:
        paragraphs.append(
            f"DISSENT: {plural(len(against), 'signature')} in this document {'says' if len(against) == 1 else 'say'} "
            "that the signer does not approve. See who signed, below."
        )
    paragraphs.append(
        f"This page is about the file “{found['file']['name']}” as it was at {told_time(found['checked_at'])}. Its "
        "fingerprint is in the last section: a file with another fingerprint is another file."
    )
    told = found.get("record")
    if told and holds_of(found, "record"):
        paragraphs.append(
            f"The document calls itself “{told['title']}”, of {told['organisation'] or 'no named organisation'}, dated "
            f"{british_date(told['date'])}, about “{told['system']}”. Its status is “{told['status']}”."
        )
        if told.get("made_from"):
            paragraphs.append(made_from_told(told["made_from"]))
    return topic_of(number, "answer", "The answer", paragraphs)


def _problems(found: Mapping[str, Any], number: Numbering) -> Topic | None:
    problems = signatures_of(found).get("problems") or found.get("problems") or []
    rows = [(one["where"], capital(one["found"]), one["code"]) for one in problems]
    for key in (
        "record",
        "sealed",
        "questionnaire",
        "cells",
        "findings",
        "scores",
        "suppliers",
        "comparison",
        "first",
        "second",
        "review",
        "page",
        "full",
        "bars",
    ):
        if holds_of(found, key) is False:
            rows.append((QUESTIONS[key].question, capital(found["checks"][key]["text"]), ""))
    if not rows:
        return None
    table = number.table("What was found", [("Where", 30), ("What", 55), ("Code", 15)], rows)
    said = "Each line is a reason not to rely on the document. Codes are explained in docs/signing.md of impact."
    return topic_of(number, "wrong", "What is wrong", [said], table)


def _people(found: Mapping[str, Any], number: Numbering) -> Topic:
    each = signatures_of(found).get("signatures") or []
    if not each:
        said = ["No signature could be read in this file. Nobody is shown to stand by it."]
        return topic_of(number, "signed", "Who signed, and when", said)
    said = [
        "Names are those in the certificates. A name is worth only as much as the authority behind it: look at the "
        "last column first."
    ]
    if any(one["dissent"] for one in each):
        said.append("A signature marked DISSENT says that its signer does not approve. It is not an approval.")
    if empty := signatures_of(found).get("unsigned"):
        said.append(
            f"Nobody has signed in these boxes: {joined(empty)}. A file cannot say whether somebody had, and was "
            "cut off."
        )
    columns = [("Role, and name in the certificate", 35), ("When", 30), ("Does it lead to an authority you chose?", 35)]
    return topic_of(
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
        number.table_or_none(
            "How long each signature can be checked", [("Role", 30), ("Level", 15), ("What that means", 55)],
            [(one["role"], one["level"], LEVELS[one["level"]]) for one in each if one["kind"] == "signature"],
        ),
        number.table(
            "Fingerprints of the certificates", [("Name", 40), ("SHA-256", 60)],
            [(one["signer"], one["fingerprint"]) for one in each],
        ),
    )  # fmt: skip


def _person(one: Mapping[str, Any]) -> tuple[str, str, str]:
    who = "Time stamp of an archive" if one["kind"] == "timestamp" else one["role"]
    who = f"DISSENT, does not approve: {who}" if one["dissent"] else who
    if one["timestamp"] is not None:
        trust = "which leads to an authority you chose" if one["timestamp_trusted"] else "which is NOT to be trusted"
        when = f"{told_time(one['timestamp'])}, by the time service “{one['timestamp_authority']}”, {trust}"
    elif one["time_claimed"] is not None:
        when = f"{told_time(one['time_claimed'])}, by the signer’s own word only"
    else:
        when = "No time is stated"
    if one["judged_at"] is not None:
        when += f". Judged as at {told_time(one['judged_at'])}, of which an archive’s time stamp tells"
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
            _demanded(name, trust),
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
    return topic_of(
        number,
        "chosen",
        "Whom you chose to believe",
        said,
        number.table(
            "Authorities in your folder", [("Name", 40), ("Fingerprint (SHA-256)", 60)],
            [(root["name"], root["fingerprint"]) for root in trust["roots"]],
        ),
        number.table_or_none(
            "What tells of withdrawn certificates in your folder", [("Issued by", 60), ("A newer one is due on", 40)],
            [(one["issuer"], british_date(one["due"]) if one["due"] else "No date stated") for one in trust["lists"]]
            + [(_answered(one["issuer"]), british_date(one["due"])) for one in trust.get("answers", ())],
        ),
        number.table_or_none(
            "Who may sign, by your folder", [("Role", 40), ("Demand", 30), ("Who may sign in it", 30)], rows
        ),
    )  # fmt: skip


def _answered(issuer: str | None) -> str:
    return f"{issuer or 'An authority that is not in your folder'}, about one certificate"


def _demanded(name: str, trust: Mapping[str, Any]) -> str:
    if name in trust["required"]:
        return "Must have signed"
    return "Must stand there, be it as a dissent" if name in trust["present"] else "May sign"


def _questions(found: Mapping[str, Any], number: Numbering) -> Topic:
    rows = []
    for key, check in found["checks"].items():
        asked = QUESTIONS.get(key)
        if asked is None:
            rows.append((key, ANSWERS[check["holds"]], capital(check["text"])))
            continue
        means = {True: asked.yes, False: asked.no, None: asked.unasked}[check["holds"]]
        if redacted_of(found) and key in ("cells", "findings", "scores") and check["holds"] is not False:
            means = f"{capital(check['text'])}."  # of a public version: what of it, and what not
        # Of the two documents inside a side-by-side one, the reader also wants to know whose they are.
        means += f" {capital(check['text'])}." if key in ("first", "second") else ""
        rows.append((asked.question, ANSWERS[check["holds"]], means))
    said = [
        "An answer is Yes only where it was shown. Whatever could not be shown is NO, or “Not checked”; nothing is "
        "taken on trust."
    ]
    return topic_of(number, "asked", "What was asked of the file", said, number.table("Questions", list(_THREE), rows))
