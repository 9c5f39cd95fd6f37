"""Files that may stand beside ``assessment.yaml`` and hold what no question asks: procurement, suppliers compared.

In: an assessment folder. Out: ``Beside``: one block of the record for each file that is there, the evidence that they
cite, and every fault. A folder without them has the record that it would have without this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from impact.assessment.procurement import ProcurementFile, faults_of_procurement
from impact.assessment.review_file import ReviewFile, faults_of_review
from impact.assessment.suppliers import SuppliersFile, faults_of_suppliers, read_suppliers
from impact.errors import Fault
from impact.yamlfile import Located, YamlFaults, faults_of_model, load

__all__ = ["BESIDE", "Beside", "read_beside"]

# Name of a fault in pydantic -> our code. Everything else is a value that cannot be used.
_CODES = {"missing": "A191", "extra_forbidden": "A192", "literal_error": "A193"}


@dataclass(frozen=True)
class Beside:
    """What stood beside the answers.

    Attributes:
        blocks: Name of the block -> its content, plain data.
        cited: Evidence files that were named: the file, the place that names it, its title.
        faults: In the order of the files.
    """

    blocks: dict[str, Any] = field(default_factory=dict)
    cited: tuple[tuple[str, str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


def _procurement(located: Located) -> tuple[dict[str, Any] | None, list[tuple[str, str, str]], list[Fault]]:
    file, faults = _read(located, ProcurementFile)
    if isinstance(file, ProcurementFile):
        faults += faults_of_procurement(file, located)
        return file.model_dump(mode="json"), [], faults
    return None, [], faults


def _suppliers(located: Located) -> tuple[dict[str, Any] | None, list[tuple[str, str, str]], list[Fault]]:
    file, faults = _read(located, SuppliersFile)
    if not isinstance(file, SuppliersFile):
        return None, [], faults
    faults += faults_of_suppliers(file, located)
    cited = []
    for index, offer in enumerate(file.offers):
        at: tuple[str | int, ...] = ("offers", index)
        rests = [((*at, "marks", name), mark.evidence) for name, mark in offer.marks.items()]
        rests += [((*at, "red_lines", name), line.evidence) for name, line in offer.red_lines.items()]
        rests += [((*at, "prices"), offer.prices.evidence)] if offer.prices else []
        for place, evidence in rests:
            for number, piece in enumerate(evidence):
                if piece.file:
                    where = located.place_of((*place, "evidence", number, "file"))
                    cited.append((piece.file, where, piece.title or ""))
    return (None if faults else read_suppliers(file)), cited, faults


def _review(located: Located) -> tuple[dict[str, Any] | None, list[tuple[str, str, str]], list[Fault]]:
    file, faults = _read(located, ReviewFile)
    if isinstance(file, ReviewFile):
        faults += faults_of_review(file, located)
        return file.model_dump(mode="json"), [], faults
    return None, [], faults


_Reader = Callable[[Located], tuple[dict[str, Any] | None, list[tuple[str, str, str]], list[Fault]]]
# Name of the file -> its block in the record (and its role among the inputs), and who reads it.
BESIDE: dict[str, tuple[str, _Reader]] = {
    "procurement.yaml": ("procurement", _procurement),
    "suppliers.yaml": ("suppliers", _suppliers),
    "review.yaml": ("review", _review),
}


def read_beside(folder: Path) -> Beside:
    """Read the files that are there.

    Returns:
        Blocks and faults: A001 to A004 not YAML, A190 a value that cannot be used, A191 missing, A192 unknown key, A193
        not one of the allowed words, A194 to A197 what does not fit together.
    """
    blocks: dict[str, Any] = {}
    cited: list[tuple[str, str, str]] = []
    faults: list[Fault] = []
    for name, (block, reader) in BESIDE.items():
        if not (folder / name).exists():
            continue
        try:
            located = load(folder / name, name=str(folder / name), family="A")
        except YamlFaults as error:
            faults += error.faults
            continue
        made, named, more = reader(located)
        faults += more
        cited += named
        if made is not None:
            blocks[block] = made
    return Beside(blocks, tuple(cited), tuple(faults))


def _read(located: Located, model: type[BaseModel]) -> tuple[BaseModel | None, list[Fault]]:
    if not isinstance(located.data, dict):
        what = "the file is empty" if located.data is None else "the file holds no keys"
        return None, [Fault(located.place_of(()), what, "keys and values", "docs/report.md shows the form", "A190")]
    try:
        return model.model_validate(located.data), []
    except ValidationError as error:
        return None, faults_of_model(error, located, codes=_CODES, default="A190", model=model)
