"""The files of an imported pack, as text that a person can read and edit.

In: what a survey holds, and the pack's head. Out: file name -> bytes. Writes nothing to disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from impact.questionnaire.points.surveyjs import Imported

__all__ = ["AIA_NOTICE", "pack_files"]

AIA_NOTICE = (
    "Reproduces the scoring of the Algorithmic Impact Assessment tool (canada-ca/aia-eia-js, version 1.0.1). "
    "It is not issued by the Government of Canada."
)
# Source: canada-ca/aia-eia-js at b900dc7d, src/store.ts. None of these numbers stands in the survey file.
_AIA: Mapping[str, Any] = {
    "follows": "canada-ca/aia-eia-js 1.0.1, src/store.ts",
    "notice": AIA_NOTICE,
    "reduction": {"share": 0.15, "from_share": 0.8, "phases": 2},
    "bands": [
        {"code": "1", "label": "Level I", "le": 25},
        {"code": "2", "label": "Level II", "gt": 25, "le": 50},
        {"code": "3", "label": "Level III", "gt": 50, "le": 75},
        {"code": "4", "label": "Level IV", "gt": 75},
    ],
}
_NONE: Mapping[str, Any] = {
    "follows": "nothing: the file says of no question that its points count",
    "notice": "No answer to this questionnaire is scored.",
}


def pack_files(
    imported: Imported, *, pack: str, version: str, title: str, language: str, source: str, digest: str
) -> dict[str, bytes]:
    """Files of the pack folder; translations are left to translate.py.

    Args:
        imported: What was read.
        pack, version, title, language: The pack's head.
        source, digest: The survey's file name and the digest of its bytes.
    """
    head = {
        "schema": "impact/pack/1",
        "method": "points",
        "id": pack,
        "version": version,
        "title": title,
        "language": language,
        "points": dict(_AIA if imported.scored else _NONE),
        "sections": [f"sections/{section['id']}.yaml" for section in imported.sections],
    }
    note = f"# Imported by “impact packs import” from {source} ({digest}). SOURCE.md says what was not taken over.\n"
    files = {"pack.yaml": note + _yaml(head)}
    files |= {f"sections/{section['id']}.yaml": _yaml(section) for section in imported.sections}
    files["SOURCE.md"] = _source(imported, source, digest)
    return {name: text.encode() for name, text in files.items()}


def _source(imported: Imported, source: str, digest: str) -> str:
    lines = ["# Where this pack comes from", "", f"- File: {source}", f"- Digest: {digest}"]
    lines += [f"- Questions whose points count: {imported.scored}", "", "Its licence is that of its source.", ""]
    lines += ["## Not taken over, or changed", "", *(f"- {note}" for note in imported.notes or ["nothing"])]
    return "\n".join(lines) + "\n"


def _yaml(data: Mapping[str, Any]) -> str:
    return "\n".join(_block(data, "")) + "\n"


def _block(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield f"{indent}{key}: {_flow(value)}"
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{key}:"
            for part in value:
                if any(isinstance(inner, list) for inner in part.values()) or key == "questions":
                    first, *rest = _block(part, f"{indent}    ")
                    yield f"{indent}  - {first.lstrip()}"
                    yield from rest
                else:
                    yield f"{indent}  - {_flow(part)}"
        else:
            yield f"{indent}{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    """A value on one line: JSON, which YAML 1.2 reads, but for plain keys."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
