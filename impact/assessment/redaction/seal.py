"""The seal of an assessment: a secret that is made once, and the root over every part of a record.

In: an assessment folder, a record. Out: the block ``seal`` of the record (docs/record.md). The secret is as
confidential as the answers: with it, what is withheld can be found by trying.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impact.assessment.redaction.leaves import content, cut
from impact.assessment.redaction.tree import METHOD, SALT_BYTES, commitment, root, salt
from impact.canonical import canonical_json
from impact.errors import AnswerError, Fault
from impact.outputs import write_file
from impact.yamlfile import YamlFaults, load

__all__ = ["SEAL", "commitments_of", "make_seal", "read_secret", "salts_of", "seal_block", "seal_text"]

SEAL = "seal.yaml"
_SECRET = re.compile(r"[0-9a-f]{64}")


def seal_text() -> str:
    """A new seal file with a secret that nobody has seen."""
    return (
        "# Made once, by “impact new” or “impact seal”. Keep it with the answers, and as confidential as they are:\n"
        "# whoever has it and a public version can find out what is withheld. Without it no public version can be\n"
        "# made that belongs to a report signed before. docs/report.md, “A public version with parts withheld”.\n"
        f'version: 1\nsecret: "{secrets.token_hex(SALT_BYTES)}"\n'
    )


def make_seal(folder: Path) -> Path:
    """Write a new seal into an assessment folder.

    Raises:
        AnswerError: A001 no such folder; A161 it has one, which is never replaced.
    """
    if not folder.is_dir():
        remedy = "Start one with “impact new PACK DIR”"
        raise AnswerError(Fault(str(folder), "the folder does not exist", "an assessment folder", remedy, "A001"))
    path = folder / SEAL
    if path.exists():
        raise AnswerError(
            Fault(
                str(path),
                "the assessment has a seal; with another one no public version belongs to a report signed before",
                "",
                "Leave it as it is",
                "A161",
            )
        )
    write_file(path, seal_text().encode(), force=False)
    return path


def read_secret(folder: Path) -> bytes | None:
    """The secret of an assessment folder; None where it has no seal.

    Raises:
        AnswerError: A001 to A004 seal.yaml is not YAML; A162 it holds something else.
    """
    path = folder / SEAL
    if not path.is_file():
        return None
    try:
        located = load(path, name=str(path), family="A")
    except YamlFaults as error:
        raise AnswerError(error.faults) from None
    held = located.data if isinstance(located.data, dict) else {}
    secret = held.get("secret")
    # Digits alone are a number to YAML; such a secret is as good as another, but its leading zeros are lost.
    if set(held) != {"version", "secret"} or held["version"] != 1 or not _SECRET.fullmatch(str(secret)):
        wanted = "“version: 1” and “secret:” with 64 digits of hexadecimal"
        remedy = "Restore the file from a copy of the folder; if no report with its root was signed, remove it"
        raise AnswerError(Fault(str(path), "this is not a seal", wanted, remedy, "A162"))
    return bytes.fromhex(str(secret))


def salts_of(record: Mapping[str, Any], secret: bytes) -> dict[str, bytes]:
    """The salt of every leaf of a full record."""
    context = hashlib.sha256(canonical_json(content(record))).digest()
    return {name: salt(secret, context, name) for name in cut(record)}


def commitments_of(record: Mapping[str, Any], secret: bytes) -> dict[str, str]:
    """The commitment of every leaf of a full record."""
    salts = salts_of(record, secret)
    return {name: commitment(value, salts[name]) for name, value in cut(record).items()}


def seal_block(record: Mapping[str, Any], secret: bytes) -> dict[str, Any]:
    """The block ``seal``: with it the full record is all that is needed to check any public version of it."""
    found = commitments_of(record, secret)
    return {"method": METHOD, "secret": secret.hex(), "root": root(found), "parts": len(found)}
