"""The words of the page that ``impact verify --page`` writes: each question, and what each answer to it means.

In: nothing. Out: constants. Written for somebody who has never seen a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ADDED", "FIGURES", "LEVELS", "NEVER_CHECKED", "QUESTIONS", "Asked"]


@dataclass(frozen=True)
class Asked:
    """A question of ``impact verify`` in a reader's words, and what yes, no, and no answer mean."""

    question: str
    yes: str
    no: str
    unasked: str = "This was not checked. Nothing on this page says that it holds."


QUESTIONS: Mapping[str, Asked] = {
    "limits": Asked(
        "Could the file be judged at all?",
        "The file could be read to its end.",
        "Reading the file needed more time or memory than any honest report does, so it was stopped. The file may have "
        "been built to do harm. Do not open it elsewhere.",
    ),
    "intact": Asked(
        "Is what was signed unchanged?",
        "Not one byte of what was signed has changed since.",
        "Something that was signed is no longer what it was, or nothing is signed. Treat every word and number in the "
        "file as unknown.",
    ),
    "valid": Asked(
        "Was each signature made with the key it names?",
        "Each signature was made with the secret key that belongs to its certificate.",
        "A signature was not made with the key it names, or there is none. It shows nothing about anybody.",
    ),
    "trusted": Asked(
        "Does each signature lead to an authority that you chose?",
        "Each certificate was issued, in one or more steps, by an authority in the folder that you named, and could be "
        "used at the time of signing. The same holds for each time.",
        "At least one signature, or one time, could not be traced to an authority that you named. Anybody can make a "
        "certificate with any name in it, so a name alone shows nothing.",
    ),
    "revocation": Asked(
        "Was each certificate still good when it signed?",
        "No authority had withdrawn a certificate before it signed, by lists or answers of theirs that are up to date.",
        "A certificate had been withdrawn, or there is no up-to-date list or answer that could tell.",
        "You told impact not to demand this. A stolen key that was reported and withdrawn might not be noticed.",
    ),
    "whole_file": Asked(
        "Do the signatures cover the whole file?",
        "The last signature covers every byte of the file, and nothing but signatures was added after any of them.",
        "Part of the file is not covered by a signature, or something was added after signing. What you see on the "
        "page may not be what was signed.",
    ),
    "roles": Asked(
        "Has everybody signed who you said must sign?",
        "Each role that your folder demands has signed, each by a person your folder names for that role. A dissent "
        "does not count.",
        "A role that your folder demands has not signed, or not with a signature that holds, or has dissented. Whoever "
        "holds a file can cut off its last signatures, so ask for the whole one.",
    ),
    "signatures": Asked(
        "Is anything else wrong with the signatures?",
        "Nothing else was found.",
        "Something is wrong that none of the questions above names. It is printed below.",
    ),
    "record": Asked(
        "Is the attached record the one that the document names?",
        "The file of answers and figures inside the document is the one whose fingerprint the document states.",
        "There is no record, or not the one that the document names, or something else is attached. The figures "
        "cannot be checked.",
    ),
    "sealed": Asked(
        "Do all parts of the record give the root that it states?",
        "Every part of the record has a fingerprint, and together they give one root. Of a public version the "
        "fingerprints of what is withheld take part in it, so that nothing was changed, added or left out "
        "without a mark.",
        "A part was changed, added, left out or put in another’s place. Do not rely on this version.",
    ),
    "full": Asked(
        "Is this a public version of the full document?",
        "The full document that you named states the same root. Each part that is shown here is the same there, and "
        "each fingerprint of a withheld part is that of a part of it.",
        "It is not a version of the document that you named, or that document cannot be relied on itself.",
        "Nobody held it against the full document. Whoever has that one can ask with “--full”. Until then nothing "
        "shows that the root is that of a report that somebody signed.",
    ),
    "bars": Asked(
        "Does each bar hide what was decided, and what would give it away, and nothing else?",
        "It was tried on the full document what each decision would be known by: exactly that is withheld.",
        "Something is withheld that has nothing to do with a decision, or something is shown that gives one away.",
    ),
    "cells": Asked(
        "Are the attached counts those behind the findings?",
        "The tables of counts inside the document are those that its findings name.",
        "The counts are missing, or they are not those that the findings name.",
    ),
    "findings": Asked(
        "Do the figures of the audit follow from the counts?",
        "Every rate, comparison and finding was computed again on this machine from the attached counts, and came out "
        "the same.",
        "At least one figure in the record does not follow from the attached counts. Do not quote any of them.",
    ),
    "questionnaire": Asked(
        "Is the attached questionnaire the one that was used?",
        "The questions, weights and rules that the document carries are those that its record names. Whether they are "
        "the ones that you know is another question: compare the fingerprint, or the files.",
        "The questions, weights and rules that the document carries are not those that its record names.",
    ),
    "scores": Asked(
        "Do scores and rulings follow from the answers?",
        "Every score was computed again from the attached answers, and so was every ruling on a claim that rests on "
        "attached counts. They came out the same.",
        "At least one score or ruling in the record does not follow from what is attached. Do not quote any of them.",
        "The questionnaire that was used is not installed here in the same form, so no score was computed again.",
    ),
    "comparison": Asked(
        "Does the comparison follow from the two attached documents?",
        "Everything that is set side by side was made again from the two attached records, and came out the same.",
        "What is set side by side is not what the two attached documents say. Read the two, and not this one.",
    ),
    "first": Asked(
        "Does the first document hold by itself?",
        "The first document was judged as if it had been handed in by itself, and everything that was checked holds.",
        "The first document does not hold by itself. What this one says that it says may not be anybody’s.",
        "The first side was never signed, or did not verify when the two were set side by side; every page says so.",
    ),
    "second": Asked(
        "Does the second document hold by itself?",
        "The second document was judged as if it had been handed in by itself, and everything that was checked holds.",
        "The second document does not hold by itself. What this one says that it says may not be anybody’s.",
        "The second side was never signed, or did not verify when the two were set side by side; every page says so.",
    ),
    "suppliers": Asked(
        "Does the order of the suppliers follow from their marks?",
        "Totals, order and shares of weightings were computed again from the attached marks, prices and weights, and "
        "came out the same.",
        "The order of the suppliers, or a figure beside it, does not follow from the attached marks. Do not quote it.",
    ),
    "review": Asked(
        "Does the comparison with what was approved follow from the attached records?",
        "What changed since the approval, and what the toolkit proposes, was made again from the attached record, and "
        "came out the same. Whether that record was the approved one is for you to ask.",
        "What changed since the approval does not follow from the attached records. Do not decide on it.",
    ),
    "page": Asked(
        "Are the printed pages made from the record?",
        "The pages were made again from the attached record and are the same, byte for byte. What you read is what was "
        "recorded.",
        "The pages could not be made again, or they differ from what was signed. What you read may not be what was "
        "recorded.",
        "Nobody compared the printed pages with the record. Ask again with “--rerender”; until then, take figures from "
        "the record and not from the pages.",
    ),
}

FIGURES: tuple[tuple[str, str], ...] = (  # kind of figure, question that covers it
    ("people", "cells"),
    ("findings", "findings"),
    ("rows", "findings"),
    ("scores", "scores"),
    ("rulings", "scores"),
)

LEVELS: Mapping[str, str] = {
    "B-B": "Until the certificate ends. Only the signer says when it was signed.",
    "B-T": "While the time service’s certificate lasts, with lists of withdrawn certificates that you bring.",
    "B-LT": "The same. The lists that held at the time stand in the document, ready for an archive’s time stamp.",
    "B-LTA": "While the certificate of the last archive’s time stamp lasts. Another one, added before, prolongs it.",
}

ADDED: Mapping[str, str] = {
    "none": "Nothing was added after it.",
    "signatures only": "After it, only further signatures were added, or what an archive adds to keep them checkable.",
    "other": "The file was changed after it. What was signed here is not all of what you see.",
}

NEVER_CHECKED: tuple[tuple[str, str], ...] = (
    (
        "Whether what the report says is true",
        "Signatures show who stood by it and when. Recomputing shows that figures follow from the counts, not that the "
        "counts were taken well.",
    ),
    (
        "The data behind the counts",
        "Rows about people are not in the document. Ask the organisation how they were drawn and who checked them.",
    ),
    (
        "Whether the answers to the questionnaire are honest",
        "Files of evidence are named by their fingerprints but are not attached. Ask to see them.",
    ),
    (
        "Who a person is, beyond the certificate",
        "That rests on the authority that issued it, and on the folder that you chose.",
    ),
    (
        "Whether there is a later version, or were more signatures once",
        "A file cannot say what came after it. Compare with the copy that the organisation publishes.",
    ),
    (
        "What other software said of the figures, when the report was made, and how the data were read",
        "The second opinion, the checks of the data, dates and versions are printed as they were signed. They cannot "
        "be computed again from counts.",
    ),
)
