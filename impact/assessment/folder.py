"""An assessment folder on disk: its files, read once, each with its digest.

In: a path. Out: a frozen ``AssessmentFolder``. Refuses links and paths that lead out of the folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impact.assessment.beside import BESIDE, Beside, read_beside
from impact.assessment.header import Against, Header, PackRef, against_of, read_header
from impact.canonical import digest
from impact.errors import AnswerError, Fault
from impact.yamlfile import Located, YamlFaults, load

__all__ = ["AssessmentFolder", "InputFile", "open_folder", "read_evidence"]

ASSESSMENT = "assessment.yaml"
PLAN = "audit.yaml"
LOCK = "audit.lock"
HISTORY = "log.jsonl"
AGAINST_PDF, AGAINST_RECORD = "against/report.pdf", "against/record.json"
_MAX_EVIDENCE = 200_000_000  # bytes; a file cited as evidence is read whole to be hashed


@dataclass(frozen=True)
class InputFile:
    """A file that was read for the record.

    Attributes:
        file: Path relative to the assessment folder, with ``/``.
        digest: SHA-256 of its bytes.
        size: Bytes.
        role: answers, history, plan, lock, claims, procurement,
            suppliers, data, evidence, or “log: ” and the table's name.
    """

    file: str
    digest: str
    size: int
    role: str

    def to_json(self) -> dict[str, str | int]:
        return {"file": self.file, "digest": self.digest, "bytes": self.size, "role": self.role}


@dataclass(frozen=True)
class AssessmentFolder:
    """Head, answers file and plan of one assessment.

    Attributes:
        path: The folder.
        located: assessment.yaml with the place of every part.
        header: Its head; None when the head has faults.
        pack: Which pack it answers; None for an audit-only assessment.
        plan: Path of audit.yaml, or None.
        faults: Every fault of the head and of the files beside it; the answers are judged by the questionnaire room.
        beside: What the files beside the answers hold.
        against: The document of a first body that it answers; None where it is no counter-assessment.
        beside_evidence: Files that they cite.
    """

    path: Path
    located: Located
    header: Header | None
    pack: PackRef | None
    plan: Path | None
    faults: tuple[Fault, ...]
    beside: Beside = field(default_factory=Beside)
    against: Against | None = None
    beside_evidence: tuple[InputFile, ...] = ()

    def inputs(self) -> list[InputFile]:
        """assessment.yaml, log.jsonl, audit.yaml, audit.lock, claims.yaml, files beside, a first body’s document."""
        named: tuple[tuple[str, str], ...] = (
            (ASSESSMENT, "answers"),
            (HISTORY, "history"),
            (PLAN, "plan"),
            (LOCK, "lock"),
            ("claims.yaml", "claims"),
            *((name, block) for name, (block, _) in BESIDE.items()),
        )
        if self.against is not None:
            named = (*named, (AGAINST_PDF, "their document"), (AGAINST_RECORD, "their record"))
        return [read_input(self.path, name, role) for name, role in named if (self.path / name).is_file()]


def open_folder(path: Path) -> AssessmentFolder:
    """Read the head of an assessment folder. Faults of the head are returned, so that all can be shown together.

    Raises:
        AnswerError: A001 no such folder, or assessment.yaml cannot be read as YAML (A001 to A004).
    """
    if not path.is_dir():
        found = "is a file" if path.exists() else "does not exist"
        remedy = "Start one with “impact new PACK DIR”"
        raise AnswerError(Fault(str(path), f"the folder {found}", "an assessment folder", remedy, "A001"))
    try:
        located = load(path / ASSESSMENT, name=str(path / ASSESSMENT), family="A")
    except YamlFaults as error:
        raise AnswerError(error.faults) from None
    header, pack, faults = read_header(located)
    plan = path / PLAN
    beside = read_beside(path)
    evidence, missing = read_evidence(path, [(name, where) for name, where, _ in beside.cited])
    faults += [*beside.faults, *missing]
    return AssessmentFolder(
        path,
        located,
        header,
        pack,
        plan if plan.exists() else None,
        tuple(faults),
        beside,
        against_of(located),
        tuple(evidence),
    )


def nothing_to_assess(folder: AssessmentFolder) -> Fault:
    """A107: a folder with neither answers nor an audit."""
    where = folder.located.place_of(())
    remedy = "Name a pack in assessment.yaml, or add an audit.yaml"
    return Fault(where, "neither answers nor an audit", "at least one of them", remedy, "A107")


def read_input(folder: Path, name: str, role: str) -> InputFile:
    data = (folder / name).read_bytes()
    return InputFile(name, digest(data), len(data), role)


def read_evidence(folder: Path, names: list[tuple[str, str]]) -> tuple[list[InputFile], list[Fault]]:
    """Hash the files that answers cite.

    Args:
        folder: The assessment folder.
        names: (path as cited, place of the citation) in file order.

    Returns:
        One entry for each file, once; and the faults: A110 not inside the folder or a link, A111 missing, A112 too big.
    """
    found: dict[str, InputFile] = {}
    faults: list[Fault] = []
    root = folder.resolve()
    for name, where in names:
        path = folder / name
        inside = path.resolve().is_relative_to(root) and not Path(name).is_absolute()
        try:
            size = path.stat().st_size if path.is_file() else None
            linked = any(
                part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder) and part != folder
            )
        except OSError:  # a name that the system refuses, such as one of 300 letters
            size, linked = None, False
        if not inside or linked:
            remedy = "Copy the file into evidence/"
            faults.append(Fault(where, f"“{name}” leads out of the folder", "a file inside it", remedy, "A110"))
        elif size is None:
            remedy = f"Put it into {folder / 'evidence'}, or correct the name"
            faults.append(Fault(where, f"there is no file “{name}”", "the evidence that is cited", remedy, "A111"))
        elif size > _MAX_EVIDENCE:
            faults.append(Fault(where, f"“{name}” is larger than 200 MB", "a smaller file", "Cite an extract", "A112"))
        elif name not in found:
            found[name] = read_input(folder, name, "evidence")
    return list(found.values()), faults
